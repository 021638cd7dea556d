"""Where a fault happens, and when: on the sled's own time line, so that whoever asks later finds it at its moment."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from bringup.files.board_fault import BoardFaultFacts, places_of
from bringup.files.product import Product

from ..physics.chip import Chip
from ..physics.defects import SledDefects
from ..physics.sled import SledPhysics

if TYPE_CHECKING:
    from ..lab import SimulatedLab

Key = TypeVar("Key")
Value = TypeVar("Value")

Undo = Callable[[], None]
"""Takes a fault away again."""

Carrier = Callable[["Scene"], Undo]
"""Puts one kind of fault on its scene."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One fault about to happen.

    Attributes:
        lab: that it happens in.
        sled: whose.
        product: of that sled.
        fault: as it was asked for.
        at_s: now.
    """

    lab: SimulatedLab
    sled: SledPhysics
    product: Product
    fault: BoardFaultFacts
    at_s: float

    @property
    def defects(self) -> SledDefects:
        """The sled's, to be changed."""
        return self.sled.defects

    @property
    def severity(self) -> float:
        """From just above 0 to 1."""
        return self.fault.severity

    @property
    def place(self) -> str:
        """Where it sits: as asked for, else the first of its kind."""
        if self.fault.target:
            return self.fault.target
        instruments = tuple(self.lab.station.facts.slots[self.fault.slot].roles.values())
        return places_of(self.fault.entry.where, self.product, instruments)[0]

    @property
    def chip(self) -> Chip:
        """The chip that it sits at."""
        return self.sled.chips[int(self.place)]


def put(table: MutableMapping[Key, Value], key: Key, value: Value) -> Undo:
    """Write into a table; what is given back takes it out again."""
    missing = key not in table
    before = None if missing else table[key]
    table[key] = value

    def undo() -> None:
        if missing:
            table.pop(key, None)
        else:
            table[key] = before  # type: ignore[assignment]

    return undo


def alter(thing: Any, **fields: Any) -> Undo:
    """Set attributes; what is given back sets them as they were."""
    before = {name: getattr(thing, name) for name in fields}

    def write(values: dict[str, Any]) -> None:
        for name, value in values.items():
            setattr(thing, name, value)

    write(fields)
    return lambda: write(before)


def both(*undos: Undo) -> Undo:
    """Several as one."""

    def undo() -> None:
        for one in reversed(undos):
            one()

    return undo


def let_come(lab: SimulatedLab, fault: BoardFaultFacts, from_s: float = 0.0) -> None:
    """Let a fault of the catalogue happen at its time, and go again where it is to.

    Args:
        lab: the simulated lab.
        fault: valid for its station.
        from_s: the lab time that its own time counts from.

    Raises:
        UsageError: this lab cannot do it.
    """
    from .carriers import CARRIERS  # noqa: PLC0415 - they know this module

    sled, product = lab.sleds[fault.slot], lab.station.products[fault.slot]
    carrier = CARRIERS[fault.fault]

    def come(at_s: float) -> None:
        undo = carrier(Scene(lab, sled, product, fault, at_s))
        sled.touch(at_s)
        if fault.for_s is not None:
            sled.alarms.put((fault, "over"), at_s + fault.for_s, lambda later_s: over(later_s, undo))

    def over(at_s: float, undo: Undo) -> None:
        undo()
        sled.touch(at_s)

    due_s = from_s + fault.at_s
    if due_s <= lab.clock.now():
        come(lab.clock.now())
    else:
        sled.alarms.put((fault, due_s), due_s, come)
