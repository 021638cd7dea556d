"""What an instrument's leads, outputs and channels touch, by the names that the station file uses.

A place is a fixture's name, or `SLOT.vin`, `SLOT.RAIL[.CHIP]`, `SLOT.CLOCK[.CHIP]` or a sensor of the sled such as
`SLOT.board`. Neighbours: `files/station.py` reads and checks the names, `physics/` is what they lead to.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from bringup.errors import FileMistake, UnknownName
from bringup.files.station import InstrumentFacts, Station

from .physics.air import FixturePart
from .physics.circuit import TerminalBlock
from .physics.places import Place
from .physics.sled import SledPhysics
from .world import Fed, Load, Node, Part, Terminals


class Wires:
    """Everything in the lab that can be touched.

    Args:
        station: the file.
        sleds: by slot.
    """

    def __init__(self, station: Station, sleds: Mapping[str, SledPhysics]) -> None:
        self.station = station
        self.sleds = sleds
        self.blocks = {
            name: TerminalBlock(facts.ohms or inf, facts.celsius) for name, facts in station.facts.fixtures.items()
        }
        self.masses = {name: FixturePart() for name in station.facts.fixtures}

    def of(self, role: str) -> Wiring:
        """One instrument's."""
        return Wiring(self, role, self.station.facts.instruments[role])


class Wiring:
    """One instrument's wires; a channel of None is the instrument's only one."""

    def __init__(self, wires: Wires, role: str, facts: InstrumentFacts) -> None:
        self._wires = wires
        self._role = role
        self._facts = facts

    def place(self, channel: int | None = None) -> str | None:
        """The name of the place, as in the station file."""
        if channel is None:
            return self._facts.wired_to
        return self._facts.channels.get(str(channel))

    def load(self, channel: int | None = None) -> Load:
        """What an output feeds; an open terminal block where nothing is wired.

        Raises:
            FileMistake: the place takes no supply.
        """
        name = self.place(channel)
        slot, _, rest = (name or "").partition(".")
        if slot in self._wires.sleds and rest == "vin":
            return self._wires.sleds[slot].load
        return self.terminals(channel)

    def fed(self, channel: int | None = None) -> Fed | None:
        """What an outlet of the mains feeds: the supply of a slot, where it names one."""
        return self._wires.sleds.get(self.place(channel) or "")

    def terminals(self, channel: int | None = None) -> Terminals:
        """A terminal block.

        Raises:
            FileMistake: the place is none.
        """
        name = self.place(channel)
        if name is None:
            return TerminalBlock()
        if name not in self._wires.blocks:
            what = f"{self._role}: {name!r} is no fixture; this output or load can be wired to one, [fixtures.NAME]"
            raise self._mistake(what, channel)
        return self._wires.blocks[name]

    def node(self, channel: int | None = None) -> Node:
        """A place to measure.

        Raises:
            FileMistake: there is no such place.
        """
        name = self.place(channel)
        if name is None:
            return Place()
        if name in self._wires.blocks:
            return self._wires.blocks[name]
        slot, _, rest = name.partition(".")
        try:
            return self._wires.sleds[slot].place(rest)
        except (UnknownName, ValueError, KeyError) as problem:
            raise self._mistake(f"{self._role}: {problem}", channel) from None

    def part(self, channel: int | None = None) -> Part:
        """Something to heat and cool; an empty fixture where nothing is wired.

        Raises:
            FileMistake: there is no such part.
        """
        name = self.place(channel)
        if name is None:
            return FixturePart()
        if name in self._wires.masses:
            return self._wires.masses[name]
        slot, _, rest = name.partition(".")
        try:
            return self._wires.sleds[slot].part(rest)
        except (UnknownName, ValueError, KeyError) as problem:
            raise self._mistake(f"{self._role}: {problem}", channel) from None

    def _mistake(self, what: str, channel: int | None) -> FileMistake:
        key = ("wired_to",) if channel is None else ("channels", str(channel))
        return self._wires.station.mistake(what, "instruments", self._role, *key)
