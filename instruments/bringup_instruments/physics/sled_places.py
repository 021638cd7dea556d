"""Where a sled can be touched: its rails' sense points, its input, clocks and temperatures; and what air blows at.

A place that something touches remembers its past from then on, and none before. Neighbours: `wiring.py` finds places by
the names of a station file, `waveform` has the records, `places.Seen` the form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bringup.errors import UnknownName
from bringup.nearest import unknown

from ..world import Node, Part
from .places import Seen
from .rails import Rail
from .sled_part import SledPart
from .waveform import InputRecord, RailRecord, Regulation, Waveform

if TYPE_CHECKING:
    from .sled import SledPhysics

SPOT_KELVIN_PER_WATT = 4.0
"""Of a square centimetre of board that a leaky part heats (estimate: a 2 W part is felt at 8 K by an IR camera)."""


class SledPlaces:
    """Of one sled."""

    def __init__(self, sled: SledPhysics) -> None:
        self._sled = sled

    def node(self, rail: str, chip: int | None = None) -> Node:
        """A rail's sense point, or the input's with "vin".

        Raises:
            UnknownName: no such rail.
            ValueError: the rail has one instance for each chip and `chip` does not name one, or the reverse.
        """
        sled = self._sled
        if rail == "vin":
            entry = self._input_record()
            return Seen(
                volts=lambda at_s: sled.vin(at_s).volts,
                past=lambda at_s: self._up_to(at_s, entry.waveform),
                ohms=sled.input_ohms,
            )
        instance = sled.bank.one(rail if chip is None else f"{rail}.{chip}")
        record = self._rail_record(instance)
        return Seen(
            volts=lambda at_s: sled.read_rail(at_s, instance.name).volts,
            past=lambda at_s: self._up_to(at_s, record.waveform),
            ohms=lambda at_s: sled.rail_ohms(at_s, instance),
        )

    def place(self, name: str) -> Node:
        """A place by its name without the slot: "vin", a rail, the clock, a sensor such as "board", "spot.RAIL".

        Raises:
            UnknownName: no such place.
            ValueError: the rail has one instance for each chip and the name does not say which.
        """
        sled = self._sled
        if name in sled.sensors(0.0):
            return Seen(celsius=lambda at_s: sled.sensors(at_s)[name])
        head, _, rest = name.partition(".")
        if head == sled.parameters.clock_name:
            index = int(rest) if rest else None
            return Seen(hertz=lambda at_s: sled.measured_clock(at_s, index))
        if head == "spot":
            rail = sled.bank.one(rest)
            return Seen(celsius=lambda at_s: self._spot(at_s, rail))
        return self.node(head, int(rest) if rest else None)

    def part(self, name: str) -> Part:
        """What a chamber or a thermal stream can blow at.

        Raises:
            UnknownName: no such part.
        """
        sled = self._sled
        parts = {"board": lambda: sled.board_celsius}
        parts |= {f"chip.{c.index}": lambda c=c: c.plate_celsius for c in sled.chips}  # type: ignore[misc]
        if name not in parts:
            raise UnknownName(unknown("part", name, parts))
        return SledPart(sled, name, parts[name])

    def _spot(self, at_s: float, rail: Rail) -> float:
        """Beside a rail's parts: the board, and whatever a soft short there turns into heat."""
        sled = self._sled
        sled.advance(at_s)
        leak = sled.defects.rails.leaks.get(rail.name, 0.0)
        return sled.board_celsius + SPOT_KELVIN_PER_WATT * leak * rail.target_volts

    def _up_to(self, at_s: float, waveform: Waveform) -> Waveform:
        self._sled.advance(at_s)
        return waveform

    def _rail_record(self, rail: Rail) -> RailRecord:
        sled = self._sled
        vr = sled.parameters.vr
        regulation = Regulation(rail.parameters.load_line_ohms, vr.response_s, vr.undershoot_ohms)
        chip = None if rail.chip is None else sled.chips[rail.chip]

        def causes() -> object:
            own = (rail.on, rail.set_volts)
            return own if chip is None else (*own, chip.workload, chip.throttled, chip.clock_hertz, chip.feeds)

        record = RailRecord(rail, regulation, lambda: sled.rail_amps(rail), causes)
        sled.listeners.append(record.note)
        return record

    def _input_record(self) -> InputRecord:
        sled = self._sled
        entry, parameters = sled.input, sled.parameters.input

        def recovers_at_s(at_s: float) -> float:
            until_s = entry.brownouts[-1] + parameters.collapse_s if entry.brownouts else 0.0
            return until_s if entry.source.on and not entry.powered and until_s > at_s else float("inf")

        record = InputRecord(
            volts=lambda at_s: entry.sled_end(at_s, sled.input_watts()).volts,
            fed=lambda: entry.source.on,
            changes_at_s=recovers_at_s,
            decay_s=parameters.discharge_s,
        )
        sled.listeners.append(record.note)
        return record
