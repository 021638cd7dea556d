"""Which boards a lab knows, and what its product files want of them: from its files, and its journal if it has one.

A broken file of another station must not stand in the way of writing down a rework: what cannot be read is passed over,
and told only where a board is not found that it may have named.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import UsageError
from ..files.lab_folder import LabFolder
from ..files.product import Product, load_product
from ..files.station import load_station
from ..nearest import unknown
from ..store import open_reader


@dataclass(frozen=True, slots=True)
class KnownBoards:
    """The boards of a lab.

    Attributes:
        products: of the lab's files, by name.
        in_stations: product by the serial number that a station file puts into a slot.
        in_journal: product by serial number.
        unread: what is wrong with the files that could not be read.
    """

    products: dict[str, Product]
    in_stations: dict[str, Product]
    in_journal: dict[str, str]
    unread: tuple[str, ...] = ()

    def product_of(self, serial_number: str) -> Product | None:
        """What a board's product file says; None if this lab has none."""
        if serial_number in self.in_stations:
            return self.in_stations[serial_number]
        return self.products.get(self.in_journal.get(serial_number, ""))

    def product_to_enter(self, serial_number: str, *, is_new: bool, product: str | None) -> str:
        """The product that a board is entered under.

        Raises:
            UsageError: the board is known though it is said to be new, or the reverse; or the product is not known.
        """
        known = {**self.in_journal, **{key: one.name for key, one in self.in_stations.items()}}
        if serial_number in known:
            if is_new or product is not None:
                what = f"board {serial_number} is known, as a {known[serial_number]}"
                raise UsageError(f"{what}; --new and --product are for one that is not")
            return self.in_journal.get(serial_number, known[serial_number])
        if not is_new:
            raise UsageError(
                unknown("board", serial_number, known)
                + ". Nothing was entered. If it is a new one: --new --product NAME enters it"
                + "".join(f". Not looked at, for it cannot be read: {mistake}" for mistake in self.unread)
            )
        if product not in self.products:
            names = ", ".join(sorted(self.products)) or "none"
            what = "--new needs --product NAME" if product is None else unknown("product", product, self.products)
            raise UsageError(what if product is not None else f"{what} (valid: {names})")
        return str(product)


def known_boards(lab: LabFolder, database: Path) -> KnownBoards:
    """Read them.

    Raises:
        JournalError: there is a journal, but it cannot be read.
    """
    products: dict[str, Product] = {}
    in_stations: dict[str, Product] = {}
    unread: dict[str, None] = {}
    for file in sorted((lab.path / "products").glob("*.toml")):
        try:
            product = load_product(file)
        except UsageError as mistake:
            unread[str(mistake)] = None
        else:
            products.setdefault(product.name, product)
    for file in sorted((lab.path / "stations").glob("*.toml")):
        try:
            station = load_station(file)
        except UsageError as mistake:
            unread[str(mistake)] = None  # a broken product breaks every station that names it, and is told once
            continue
        for slot, facts in station.facts.slots.items():
            in_stations.setdefault(facts.sled, station.products[slot])
    in_journal: dict[str, str] = {}
    if database.is_file() and database.stat().st_size:
        with open_reader(database) as reader:
            in_journal = {one.board.serial_number: one.board.product for one in reader.boards()}
    return KnownBoards(products, in_stations, in_journal, tuple(unread))
