"""Knobs that several slots share (the coolant): moved once for all of them, with a meeting before and after.

Every slot visits the same groups of points in the same order, a group being the points between two moves of a
shared knob; whoever arrives last moves, the others wait. A slot that drops out leaves the meeting, so that nobody
waits for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import inf

from ..axes import Point
from ..clock import Clock
from ..errors import Aborted, BenchError
from ..files.product import COOLANT
from .binding import BoundPlan
from .knobs import Knob
from .settle import Settled, drifted, move

STIRRING_KELVIN = 2.0
"""A move of the coolant beyond it stirs the heat of everything that it flows past."""


@dataclass(frozen=True, slots=True)
class Group:
    """Consecutive points between two moves of a shared knob."""

    shared: Mapping[str, float]
    points: tuple[Point, ...]


def groups_of(plan: BoundPlan) -> tuple[Group, ...]:
    """A plan's points, cut where a shared knob moves."""
    grouped = groupby(plan.points, key=lambda point: tuple(plan.shared_values(point).items()))
    return tuple(Group(dict(values), tuple(points)) for values, points in grouped)


class SharedKnobs:
    """The shared knobs of some slots and the meeting at which they are moved.

    Args:
        knobs: by name.
        parties: how many slots take part.
        clock: the station's.
        moved: told of every finished move.
    """

    def __init__(self, knobs: Mapping[str, Knob], parties: int, clock: Clock, moved: Callable[[Settled], None]) -> None:
        self._knobs = knobs
        self._clock = clock
        self._moved = moved
        self._meeting = clock.barrier(parties)
        self._at: dict[str, float] = {}
        self._doubt = ""
        self._failure: Exception | None = None
        self.stirred_s = -inf
        """When the coolant last arrived from somewhere else, so that what it cools still warms or cools."""

    def go(self, values: Mapping[str, float]) -> str:
        """Meet the other slots, have the knobs moved, and return why the group cannot be trusted, or "".

        Raises:
            BenchError: the instrument failed; every slot of the meeting gets it.
            Aborted: the clock was aborted meanwhile.
        """
        if self._meeting.wait():
            self._move_for_all(values)
        self._meeting.wait()
        if self._failure is not None:
            raise BenchError(str(self._failure)) from self._failure
        return self._doubt

    def drift(self) -> str:
        """Why a shared knob is no longer where it was sent, or ""."""
        said = [drifted(self._knobs[name], target) for name, target in self._at.items()]
        return "; ".join(filter(None, said))

    def leave(self) -> None:
        """Take part no longer."""
        self._meeting.leave()

    def _move_for_all(self, values: Mapping[str, float]) -> None:
        try:
            settled = self._move(values)
        except Aborted:
            raise  # which everybody hears
        except Exception as problem:
            # Kept for all: the others wait at the meeting and must hear of it too.
            self._failure = problem
            return
        self._doubt = "; ".join(move.doubt for move in settled if move.doubt)

    def _move(self, values: Mapping[str, float]) -> Sequence[Settled]:
        settled = []
        for name, target in values.items():
            if self._at.get(name) == target:
                continue
            self._at.pop(name, None)
            far = name == COOLANT and abs(self._knobs[name].read() - target) > STIRRING_KELVIN
            arrived = move(self._knobs[name], target, self._clock)
            if far:
                self.stirred_s = self._clock.now()
            if not arrived.doubt:
                self._at[name] = target
            self._moved(arrived)
            settled.append(arrived)
        return settled
