"""Waiting until a moved knob has arrived: by read-back and slope, never by a fixed soak.

A fixed 20-minute soak wastes most of it on a 5 °C step and still ends degrees short after 25 °C; reading says.
"""

from __future__ import annotations

from typing import NamedTuple

from ..clock import Clock
from .knobs import Knob


class Settled(NamedTuple):
    """How a move ended.

    Attributes:
        knob: its name.
        target: where it was sent.
        value: the last read-back.
        took_s: lab seconds from the command to the end of waiting.
        doubt: why the point cannot be trusted, or "" if the knob arrived.
    """

    knob: str
    target: float
    value: float
    took_s: float
    doubt: str


def move(knob: Knob, target: float, clock: Clock) -> Settled:
    """Command `target` and wait until the knob has arrived, or its time is over.

    Raises:
        InstrumentError: the instrument refused, or cannot be read.
        Aborted: the clock was aborted meanwhile.
    """
    began_s = clock.now()
    knob.move(target)
    settle = knob.spec.settle
    last, last_s = knob.read(), clock.now()
    while True:
        if settle.slope_per_min is None and abs(last - target) <= settle.tolerance:
            return Settled(knob.spec.name, target, last, clock.now() - began_s, "")
        if clock.now() - began_s >= settle.timeout_s:
            return Settled(knob.spec.name, target, last, clock.now() - began_s, _doubt(knob, target, last))
        clock.sleep(settle.poll_s)
        value, now_s = knob.read(), clock.now()
        slope_per_min = abs(value - last) / (now_s - last_s) * 60
        slow = settle.slope_per_min is not None and slope_per_min <= settle.slope_per_min
        if slow and abs(value - target) <= settle.tolerance:
            return Settled(knob.spec.name, target, value, now_s - began_s, "")
        last, last_s = value, now_s


def drifted(knob: Knob, target: float) -> str:
    """Why a knob that had arrived is no longer where it belongs, or "" if it still is."""
    value = knob.read()
    return "" if abs(value - target) <= knob.spec.settle.tolerance else _doubt(knob, target, value)


def _doubt(knob: Knob, target: float, value: float) -> str:
    return f"not settled: {knob.spec.name} {value:.6g} for {target:.6g} {knob.spec.unit}"
