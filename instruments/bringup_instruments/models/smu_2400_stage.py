"""The output stage of the 2400: forces volts or amperes on a terminal block and looks at what comes of it.

A negative level is offered to the block as a negative voltage; where the block would then pass more than the limit,
the voltage is scaled back until it does not. Two leads have resistance, which 2-wire sensing measures and which
lowers what arrives; with four wires the level is what the block gets. Neighbours: `world.Terminals` is the far
end, `smu_2400.py` decides what to force.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import NamedTuple

from ..world import Delivered, Source, Terminals
from .smu_2400_facts import LEAD_OHMS, NOISE_OVER_RANGE, Accuracy

OFF = Source(0.0, 0.0, on=False)
_CLOSE = 1e-9  # of the level: nearer than the source's own resolution


@dataclass(frozen=True, slots=True)
class Forced:
    """What the stage is told to do.

    Attributes:
        volts: whether it forces a voltage, else a current.
        level: in V or A, as it really comes out.
        limit: compliance, in the other unit; positive.
        four_wire: whether it senses at the block.
    """

    volts: bool
    level: float
    limit: float
    four_wire: bool


class Sensed(NamedTuple):
    """What is at the sense terminals."""

    volts: float
    amps: float
    in_compliance: bool


class Stage:
    """The output of one source meter.

    Args:
        terminals: the block that it is wired to.
    """

    def __init__(self, terminals: Terminals) -> None:
        self._terminals = terminals
        self._offered = OFF
        self._forced: Forced | None = None
        self._limited = False
        self._seen = Delivered(0.0, 0.0, constant_current=False)

    @property
    def terminals(self) -> Terminals:
        """The block."""
        return self._terminals

    def force(self, at_s: float, forced: Forced | None) -> None:
        """Force this from now on; None switches off."""
        if forced == self._forced and self._terminals.delivered(at_s) == self._seen:
            return
        self._forced = forced
        if forced is None:
            self._offer(at_s, OFF)
        elif forced.volts:
            self._force_volts(at_s, forced)
        else:
            self._force_amps(at_s, forced)
        self._seen = self._terminals.delivered(at_s)

    def sensed(self, at_s: float) -> Sensed:
        """What is there now; whatever the load did meanwhile is followed first."""
        forced = self._forced
        if forced is None:
            return Sensed(self._terminals.volts(at_s), 0.0, in_compliance=False)
        self.force(at_s, forced)
        volts, amps = self._seen.volts, self._seen.amps
        if forced.volts:
            return Sensed(volts + amps * _lead_ohms(forced), amps, self._limited)
        reached = self._limited or not forced.level
        return Sensed(volts + amps * _lead_ohms(forced), amps, not reached)

    def _force_volts(self, at_s: float, forced: Forced) -> None:
        lead_ohms = _lead_ohms(forced)
        ohms = self._terminals.ohms(at_s)
        volts = forced.level / (1.0 + lead_ohms / ohms) if ohms else 0.0
        self._push(at_s, volts, forced.limit)
        delivered = self._terminals.delivered(at_s)
        missing = forced.level - delivered.volts - delivered.amps * lead_ohms
        if not self._limited and delivered.amps and abs(missing) > _CLOSE * abs(forced.level):
            self._push(at_s, forced.level / (1.0 + lead_ohms * delivered.amps / delivered.volts), forced.limit)

    def _force_amps(self, at_s: float, forced: Forced) -> None:
        amps = abs(forced.level)
        lead_ohms = _lead_ohms(forced)
        volts = max(forced.limit - amps * lead_ohms, 0.0) if amps else 0.0
        self._push(at_s, math.copysign(volts, forced.level), amps)
        delivered = self._terminals.delivered(at_s)
        if not self._limited and lead_ohms and delivered.volts:  # the limit holds it: less flows, the leads take less
            volts = forced.limit / (1.0 + lead_ohms * delivered.amps / delivered.volts)
            self._push(at_s, math.copysign(volts, forced.level), amps)

    def _push(self, at_s: float, volts: float, amps_limit: float) -> None:
        """Offer a voltage of either sign; `_limited` says whether the current limit holds it."""
        self._offer(at_s, Source(volts, amps_limit, on=True))
        delivered = self._terminals.delivered(at_s)
        self._limited = delivered.constant_current
        if volts < 0.0 and delivered.amps < -amps_limit:
            self._limited = True
            self._offer(at_s, Source(volts * amps_limit / -delivered.amps, amps_limit, on=True))

    def _offer(self, at_s: float, source: Source) -> None:
        if source != self._offered:
            self._offered = source
            self._terminals.feed(at_s, source)


def _lead_ohms(forced: Forced) -> float:
    return 0.0 if forced.four_wire else LEAD_OHMS


class Converter:
    """One converter of the instrument, source or meter, with the error that its last calibration left.

    Args:
        accuracy: one-year accuracy by range.
        seed: of error and noise; any text.
    """

    def __init__(self, accuracy: Accuracy, seed: str) -> None:
        self._random = random.Random(seed)  # noqa: S311 - noise, not secrets
        self._error = {
            full: (percent / 100.0 * self._within_one(), offset * self._within_one())
            for full, (percent, offset) in accuracy.items()
        }

    def put(self, value: float, full: float) -> float:
        """What comes out when `value` is wanted."""
        gain, offset = self._error[full]
        return value * (1.0 + gain) + offset if value else 0.0

    def take(self, value: float, full: float, nplc: float) -> float:
        """A reading of `value`."""
        gain, offset = self._error[full]
        return value * (1.0 + gain) + offset + self._random.gauss(0.0, NOISE_OVER_RANGE * full / math.sqrt(nplc))

    def _within_one(self) -> float:
        """Normal with two sigma at the specified limit, and never beyond it."""
        return min(max(self._random.gauss(0.0, 0.5), -1.0), 1.0)
