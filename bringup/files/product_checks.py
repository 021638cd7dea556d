"""The tables of a product file held against each other: names that clash, and names that nothing bears."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

from ..errors import FileMistake
from ..nearest import unknown
from .product import COOLANT, FLOW, ProductModel
from .product_hardware import OF_EACH_CHIP, RegulatorFacts, SensorFacts, quantity_mistake
from .toml_file import Location, line_of

BALANCES = ("power balance", "heat balance", "junction balance")
"""Witnesses that are no sensors: what goes in comes out; heat leaves with the coolant; Tj follows power."""


def check_product(path: Path, text: str, facts: ProductModel) -> None:
    """Look through a file whose every table is well-formed.

    Raises:
        FileMistake: the first thing that does not fit the rest, with its line.
    """
    check = _Check(path, text, facts)
    check.names()
    check.regulators()
    check.sensors()
    check.others()


class _Check:
    def __init__(self, path: Path, text: str, facts: ProductModel) -> None:
        self._path = path
        self._text = text
        self._facts = facts
        self._per_chip = {rail.name: rail.per_chip for rail in facts.rails}

    def names(self) -> None:
        """No rail or clock bears another's name."""
        seen = {COOLANT: "the coolant's own knob", FLOW: "the coolant's own knob"}
        rails = ((rail.name, ("rails", place, "name"), "rail") for place, rail in enumerate(self._facts.rails))
        clock = self._facts.clock.name
        for name, location, what in chain(rails, [(clock, ("clock", "name"), "clock")]):
            if name in seen:
                raise self._mistake(f"{what} {name!r} is the name of {seen[name]} already", *location)
            seen[name] = f"a {what}"

        cores = [rail.name for rail in self._facts.rails if rail.role == "core"]
        if len(cores) != 1:
            raise self._mistake(
                f"one rail has the role 'core', that of the chips; here {len(cores)} have it", "rails", 0
            )

    def regulators(self) -> None:
        """Each drives rails that there are, and has an address to itself."""
        driven: dict[str, str] = {}
        addresses: dict[tuple[int, int], str] = {}
        for place, regulator in enumerate(self._facts.regulators):
            where = ("regulators", place)
            for rail in regulator.rails:
                if rail not in self._per_chip:
                    said = f"regulator {regulator.name}: {unknown('rail', rail, self._per_chip)}"
                    raise self._mistake(said, *where, "rails")
                if self._per_chip[rail] != regulator.per_chip:
                    said = f"regulator {regulator.name} and its rail {rail} have to agree in per_chip"
                    raise self._mistake(said, *where, "rails")
                other = driven.setdefault(rail, regulator.name)
                if other != regulator.name or regulator.rails.count(rail) > 1:
                    raise self._mistake(
                        f"rail {rail} is driven twice, by {other} and {regulator.name}", *where, "rails"
                    )
            for bus in self._buses(regulator):
                other = addresses.setdefault((bus, regulator.address), regulator.name)
                if other != regulator.name:
                    said = f"regulators {other} and {regulator.name} are both at 0x{regulator.address:02x} of bus {bus}"
                    raise self._mistake(said, *where, "address")

    def sensors(self) -> None:
        """Each measures something that there is, where it can be read, and its witness exists."""
        names = [sensor.name for sensor in self._facts.sensors]
        driven = {rail for regulator in self._facts.regulators for rail in regulator.rails}
        for place, sensor in enumerate(self._facts.sensors):
            where = ("sensors", place)
            if names.count(sensor.name) > 1:
                raise self._mistake(f"sensor {sensor.name!r} is there twice", *where, "name")
            if said := quantity_mistake(sensor, self._per_chip):
                raise self._mistake(f"sensor {sensor.name}: {said}", *where, "quantity")
            if sensor.per_chip != self._is_of_each_chip(sensor):
                which = "each chip has its own" if not sensor.per_chip else "the sled has one"
                raise self._mistake(f"sensor {sensor.name}: {which} {sensor.quantity}", *where, "per_chip")
            if "pmbus" in sensor.read_at and sensor.rail not in driven:
                said = f"sensor {sensor.name}: no regulator drives {sensor.rail or sensor.quantity}, so it has no page"
                raise self._mistake(said, *where, "read_at")
            witnesses = [name for name in (*names, *BALANCES) if name != sensor.name]
            if sensor.witness and sensor.witness not in witnesses:
                said = f"sensor {sensor.name}: {unknown('witness', sensor.witness, witnesses)}"
                raise self._mistake(said, *where, "witness")

    def others(self) -> None:
        """No two of a kind bear one name."""
        kinds = {
            "links": [link.name for link in self._facts.links],
            "taps": [tap.name for tap in self._facts.taps],
            "leak_detectors": [detector.name for detector in self._facts.leak_detectors],
        }
        for table, names in kinds.items():
            for place, name in enumerate(names):
                if name in names[:place]:
                    raise self._mistake(f"{name!r} is there twice", table, place, "name")
        components = [image.component for image in self._facts.firmware]
        for place, component in enumerate(components):
            if component in components[:place]:
                raise self._mistake(f"{component!r} is there twice", "firmware", place, "component")

    def _buses(self, regulator: RegulatorFacts) -> range:
        count = self._facts.product.chips if regulator.per_chip else 1
        return range(regulator.bus, regulator.bus + count)

    def _is_of_each_chip(self, sensor: SensorFacts) -> bool:
        return sensor.quantity in OF_EACH_CHIP if sensor.rail is None else self._per_chip[sensor.rail]

    def _mistake(self, what: str, *location: str | int) -> FileMistake:
        place: Location = location
        return FileMistake(self._path, line_of(self._text, place), what)
