"""One controller PC and the bench wired to it, as a TOML file: instruments by role, slots, wiring.

`load_station` also reads the products of the sleds in its slots, so that a station that loads is whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from pathlib import Path

from pydantic import Field

from ..capabilities import TapLayout
from ..errors import FileMistake, UsageError
from ..nearest import unknown
from ..records import Source
from .board_fault import BoardFaultFacts, place_mistake
from .product import Product, load_product
from .toml_file import FileModel, line_of, parse, read_text
from .wire_fault import FaultFacts, FaultKind


class StationFacts(FileModel):
    """`[station]`: its name, and whether its bench is real."""

    name: str = Field(min_length=1)
    lab: str = "hardware"


class SimulationFacts(FileModel):
    """`[simulation]`: what the simulated lab needs beyond the wiring.

    `speed` stands in the station file of a lab that is served: how many of its seconds pass in one of the wall's.
    """

    seed: int = 1
    starts: time | None = None
    speed: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    faults: tuple[FaultFacts, ...] = ()
    board_faults: tuple[BoardFaultFacts, ...] = ()


class InstrumentFacts(FileModel):
    """`[instruments.ROLE]`: which model, and where it answers.

    `serial_number`, where given, must be what the instrument says of itself. `wired_to` is the place that its
    leads, output or air touch: a fixture's name, or as in "S1.vdd_core.0"; `channels` says the same for each
    channel of an instrument with several. `calibration_due` is the day after which its readings prove nothing.
    """

    model: str
    address: str = Field(min_length=1)
    serial_number: str | None = None
    wired_to: str | None = None
    channels: dict[str, str] = Field(default_factory=dict)
    calibration_due: date | None = None
    timeout_s: float = Field(default=2.0, gt=0)


class FixtureFacts(FileModel):
    """`[fixtures.NAME]`: a terminal block of the bench, with a resistor across it or none."""

    ohms: float | None = Field(default=None, gt=0)
    celsius: float = Field(default=23.0, ge=-273.15)


class SlotFacts(FileModel):
    """`[slots.NAME]`: the sled that sits there, and the instruments that serve it, by role.

    `others` are instruments by roles of the lab's own choosing: a plan's parameter of that name gets them.
    """

    sled: str = Field(min_length=1)
    product: str
    supply: str
    controller: str
    host: str
    coolant: str
    multimeter: str | None = None
    others: dict[str, str] = Field(default_factory=dict)

    @property
    def roles(self) -> Mapping[str, str]:
        """Instrument by the role that it plays for this slot."""
        named = {role: getattr(self, role) for role in ROLES}
        others = {role: instrument for role, instrument in self.others.items() if role not in named}
        return {role: instrument for role, instrument in (named | others).items() if instrument is not None}


ROLES = ("supply", "controller", "host", "coolant", "multimeter")
EXCLUSIVE_ROLES = ("supply", "controller", "host", "multimeter")


class SettleFacts(FileModel):
    """`[settle.KNOB]`: when a moved knob counts as arrived; what is left out keeps the tool's own value.

    Attributes:
        tolerance: how far the read-back may be from the target, in the knob's unit.
        slope_per_min: how fast it may still change, in the knob's unit per minute.
        poll_s: how often it is read.
        timeout_s: after which the point is INVALID.
        cost_s: what one move is expected to take, for the order of the axes and the first estimate.
    """

    tolerance: float | None = Field(default=None, gt=0)
    slope_per_min: float | None = Field(default=None, gt=0)
    poll_s: float | None = Field(default=None, gt=0)
    timeout_s: float | None = Field(default=None, gt=0)
    cost_s: float | None = Field(default=None, ge=0)


class StationModel(FileModel):
    """The whole file."""

    station: StationFacts
    simulation: SimulationFacts = SimulationFacts()
    instruments: dict[str, InstrumentFacts] = Field(min_length=1)
    slots: dict[str, SlotFacts] = Field(min_length=1)
    settle: dict[str, SettleFacts] = Field(default_factory=dict)
    fixtures: dict[str, FixtureFacts] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Station:
    """A station file, read and valid, with the products of its sleds.

    Attributes:
        path: of the file, absolute.
        facts: what it says.
        products: product by slot.
        source: the text that it was read from, for the journal.
        faults_in_file: how many of its faults stand there; the others came with the command line.
    """

    path: Path
    facts: StationModel
    products: Mapping[str, Product]
    source: Source
    faults_in_file: int = 0

    @property
    def name(self) -> str:
        """As the file gives it."""
        return self.facts.station.name

    @property
    def is_simulated(self) -> bool:
        """Whether its bench is the simulated lab."""
        return self.facts.station.lab == "simulated"

    def calibration_due(self, role: str) -> date | None:
        """The day after which an instrument's readings prove nothing, or None where nobody has said."""
        expired = any(f.instrument == role and f.kind is FaultKind.EXPIRED_CALIBRATION for f in self.faults)
        if expired:
            return date.today() - timedelta(days=1)
        return self.facts.instruments[role].calibration_due

    @property
    def faults(self) -> tuple[FaultFacts, ...]:
        """What the simulated lab is told to do wrong with its instruments and their wires."""
        return self.facts.simulation.faults

    def scan_chain(self, role: str) -> tuple[TapLayout, ...]:
        """The TAPs of the sled that an instrument serves, from TDI to TDO; none if it serves no slot."""
        served = (self.products[slot] for slot, facts in self.facts.slots.items() if role in facts.roles.values())
        return next((product.scan_chain for product in served), ())

    @property
    def board_faults(self) -> tuple[BoardFaultFacts, ...]:
        """What it is told to do wrong with its sleds."""
        return self.facts.simulation.board_faults

    def with_faults(self, faults: Sequence[FaultFacts | BoardFaultFacts]) -> Station:
        """The same station, with more going wrong.

        Raises:
            UsageError: an instrument, slot or place that is not there, or a bench that is not simulated.
        """
        if faults and not self.is_simulated:
            raise UsageError(f"{self.path}: faults can be put on a simulated bench only; this one is real")
        for fault in faults:
            if said := self.fault_mistake(fault):
                raise UsageError(f"--fault: {said}")
        of_wires = tuple(fault for fault in faults if isinstance(fault, FaultFacts))
        of_boards = tuple(fault for fault in faults if isinstance(fault, BoardFaultFacts))
        more = {"faults": (*self.faults, *of_wires), "board_faults": (*self.board_faults, *of_boards)}
        simulation = self.facts.simulation.model_copy(update=more)
        return replace(self, facts=self.facts.model_copy(update={"simulation": simulation}))

    def fault_mistake(self, fault: FaultFacts | BoardFaultFacts) -> str:
        """Why a fault cannot be put on this bench, or ""."""
        if isinstance(fault, FaultFacts):
            there = self.facts.instruments
            return "" if fault.instrument in there else unknown("instrument", fault.instrument, there)
        if fault.slot not in self.products:
            return unknown("slot", fault.slot, self.products)
        serving = tuple(self.facts.slots[fault.slot].roles.values())
        return place_mistake(fault, self.products[fault.slot], serving)

    def mistake(self, what: str, *location: str | int) -> FileMistake:
        """An error that points at the place in the file that `location` names."""
        return FileMistake(self.path, line_of(self.source.text, location), what)


def load_station(path: Path) -> Station:
    """Read and check a station file and the product files that it names.

    Raises:
        FileMistake, UsageError: with path, line, what is wrong and the nearest valid name.
    """
    path = path.resolve()
    text = read_text(path)
    facts = parse(StationModel, path, text)
    station = Station(path, facts, {}, Source("station", str(path), text))
    _check_once(station)
    _check_roles(station)
    products = {name: _product(station, name, slot) for name, slot in facts.slots.items()}
    station = Station(path, facts, products, station.source, len(facts.simulation.faults))
    _check_wiring(station)
    _check_settle(station)
    _check_faults(station)
    return station


def _check_once(station: Station) -> None:
    """One address for one instrument, one slot for one sled."""
    addresses: dict[str, str] = {}
    for role, instrument in station.facts.instruments.items():
        other = addresses.setdefault(instrument.address, role)
        if other != role:
            what = f"{role!r} and {other!r} have one address, {instrument.address!r}"
            raise station.mistake(what, "instruments", role, "address")
    sleds: dict[str, str] = {}
    for name, slot in station.facts.slots.items():
        other = sleds.setdefault(slot.sled, name)
        if other != name:
            raise station.mistake(f"sled {slot.sled!r} sits in two slots, {other} and {name}", "slots", name, "sled")


def _check_roles(station: Station) -> None:
    taken: dict[str, str] = {}
    for name, slot in station.facts.slots.items():
        for role, instrument in slot.roles.items():
            if instrument not in station.facts.instruments:
                what = unknown("instrument", instrument, station.facts.instruments)
                raise station.mistake(f"slot {name}: {what}", "slots", name, role)
            if role in EXCLUSIVE_ROLES:
                if instrument in taken:
                    what = f"slots {taken[instrument]} and {name} both use {instrument!r} as {role}; it can serve one"
                    raise station.mistake(what, "slots", name, role)
                taken[instrument] = name


def _product(station: Station, slot: str, facts: SlotFacts) -> Product:
    folder = station.path.parent.parent / "products"
    path = folder / f"{facts.product}.toml"
    if not path.is_file():
        names = [p.stem for p in folder.glob("*.toml")]
        what = unknown("product", facts.product, names) + f"; products are files in {folder}"
        raise station.mistake(f"slot {slot}: {what}", "slots", slot, "product")
    return load_product(path)


def _check_faults(station: Station) -> None:
    for place, fault in enumerate(station.faults):
        if said := station.fault_mistake(fault):
            raise station.mistake(said, "simulation", "faults", place, "instrument")
    for place, of_board in enumerate(station.board_faults):
        if said := station.fault_mistake(of_board):
            key = "slot" if of_board.slot not in station.products else "place" if of_board.place else "fault"
            raise station.mistake(said, "simulation", "board_faults", place, key)


def _check_settle(station: Station) -> None:
    knobs = {knob for product in station.products.values() for knob in product.knobs}
    for knob in station.facts.settle:
        if knob not in knobs:
            raise station.mistake(unknown("knob", knob, knobs), "settle", knob)


def _check_wiring(station: Station) -> None:
    """Every wire leads somewhere, and no place of a sled has two: it has one connector."""
    taken: dict[str, str] = {}
    for role, facts in station.facts.instruments.items():
        ends: list[tuple[str, tuple[str, ...]]] = [(p, ("channels", n)) for n, p in facts.channels.items()]
        if facts.wired_to is not None:
            ends.append((facts.wired_to, ("wired_to",)))
        for place, key in ends:
            _check_place(station, place, "instruments", role, *key)
            if place in taken and place not in station.facts.fixtures:
                what = f"{role!r} and {taken[place]!r} are both wired to {place!r}; it has one connector"
                raise station.mistake(what, "instruments", role, *key)
            taken[place] = role


def _check_place(station: Station, place: str, *where: str) -> None:
    """A fixture, or something of a sled."""
    slot, _, rest = place.partition(".")
    if place in station.facts.fixtures:
        return
    if place in station.facts.slots and "channels" in where:  # an outlet of the mains, for the slot's supply
        return
    if slot not in station.facts.slots:
        places = [*station.facts.fixtures, *station.facts.slots]
        raise station.mistake(unknown("slot or fixture" if "." not in place else "slot", slot, places), *where)
    if _is_beside_rails(station.products[slot], rest):
        return
    try:
        station.products[slot].rail(rest)
    except LookupError as problem:
        raise station.mistake(f"{where[1]}: {problem.args[0]}", *where) from None


def _is_beside_rails(product: Product, name: str) -> bool:
    """Whether a place of a sled is none of its rails but exists: the input, a temperature, the clock."""
    if name in SLED_PLACES:
        return True
    head, _, chip = name.partition(".")
    of_chip = chip.isascii() and chip.isdigit() and int(chip) < len(product.chips)
    return (head in CHIP_PLACES or head == product.facts.clock.name) and (of_chip or not chip)


SLED_PLACES = ("vin", "board", "coolant.in", "coolant.out")
CHIP_PLACES = ("tj", "hbm", "chip")
