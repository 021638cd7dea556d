"""What a sled's firmware says that it measures: late, averaged, in steps, a little off, and sometimes a lie.

    reading = quantise(gain * mean over w of x(t - d) + offset)

A sensor samples at whole multiples of its period. A sample that lies before the present is taken from what the sled
remembers of its last moments, so that asking late and asking twice give the same answer. Neighbours: `sled.SledPhysics`
is asked for the truth, `hardware.SensorParameters` says how good a sensor is, `defects.SledDefects.lies` which one
lies; the instruments in `models/` show what comes out, each of them what it is wired to.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import floor
from typing import NamedTuple, Protocol

from bringup.errors import UnknownName
from bringup.nearest import unknown

from .draw import normal
from .hardware import SensorParameters
from .parameters import SledParameters

_REMEMBERED = 64  # moments; sub-steps of a load step are 10 ms to 1 s apart, delays under a second
_GAIN_QUANTITIES = ("amps", "watts", "flow")  # whose sensors are off by a part of the reading
_WRAPS_AT = 65536.0  # a 16-bit register read without its sign
_EXPONENT_ERROR = 2048.0  # LINEAR11's exponent decoded as if it were LINEAR16's: 12 V reads 24576 V


class LieKind(StrEnum):
    """How a reading can be wrong while everything that it measures is well."""

    STUCK = "stuck"
    STALE = "stale"
    WRONG_PAGE = "wrong-page"
    SIGN_WRAP = "sign-wrap"
    EXPONENT = "exponent"
    SWAPPED = "swapped"
    OFFSET = "offset"


@dataclass(frozen=True, slots=True)
class Lie:
    """One sensor's lie.

    Attributes:
        kind: what is wrong.
        since_s: from when on.
        other: the sensor whose reading is shown instead, of one that is swapped.
        offset: added to the reading, of one that is off.
    """

    kind: LieKind
    since_s: float = 0.0
    other: str = ""
    offset: float = 0.0


class Sample(NamedTuple):
    """A reading, and the lab time at which firmware took it."""

    value: float
    sampled_s: float


class Moment(NamedTuple):
    """What was true at one time: value by quantity, instances of chips and rails included."""

    at_s: float
    values: Mapping[str, float]


class Truth(Protocol):
    """What telemetry needs of a sled; `now_s` is the time that it was last advanced to."""

    now_s: float

    def advance(self, at_s: float) -> None:
        """Bring it to a time."""

    def true_values(self) -> dict[str, float]:
        """Every quantity that moves by itself, as of the time last advanced to."""

    def true_value(self, quantity: str) -> float:
        """Any one quantity, as of the time last advanced to."""


class Telemetry:
    """The sensors of one sled.

    Args:
        sled: the truth.
        powered_since_s: when its firmware last got its power.
        parameters: the product, with its sensors.
        serial_number: seeds each sensor's own error.
        lies: by sensor instance and place; looked at each time.
    """

    def __init__(
        self,
        sled: Truth,
        powered_since_s: Callable[[], float],
        parameters: SledParameters,
        serial_number: str,
        lies: Mapping[tuple[str, str], Lie],
    ) -> None:
        self._sled = sled
        self._powered_since_s = powered_since_s
        self._lies = lies
        self._sensors: dict[str, _Sensor] = {}
        for facts in parameters.sensors:
            numbers: list[int | None] = list(range(parameters.chips)) if facts.per_chip else [None]
            for number in numbers:
                name = facts.name if number is None else f"{facts.name}.{number}"
                self._sensors[name] = _Sensor(name, facts, number, serial_number)
        self._past: deque[Moment] = deque(maxlen=_REMEMBERED)
        self._wanted = False

    def names(self, place: str) -> tuple[str, ...]:
        """The sensors that one shows, in the product's order."""
        return tuple(name for name, sensor in self._sensors.items() if place in sensor.facts.places)

    def unit(self, name: str) -> str:
        """Of a sensor's readings."""
        return self._known(name).facts.unit

    def read(self, at_s: float, name: str, place: str) -> Sample:
        """What `place` shows for a sensor.

        Args:
            at_s: now.
            name: such as "tj.0".
            place: who is asked: "bmc", "console", "pmbus".

        Raises:
            UnknownName: no such sensor.
        """
        sensor = self._known(name)
        lie = self._lies.get((name, place))
        if lie is None or at_s < lie.since_s:
            return self._honest(at_s, sensor)
        return self._lied(at_s, sensor, lie)

    def note(self, at_s: float) -> None:
        """Something may have changed: keep what is true now, for samples that are asked for later."""
        if self._wanted:
            self._past.append(Moment(at_s, self._sled.true_values()))

    def _known(self, name: str) -> _Sensor:
        if name not in self._sensors:
            raise UnknownName(unknown("sensor", name, self._sensors))
        return self._sensors[name]

    def _honest(self, at_s: float, sensor: _Sensor) -> Sample:
        facts, taken_s = sensor.facts, at_s
        if facts.period_s > 0.0:
            taken_s = floor((at_s - facts.delay_s) / facts.period_s + 1e-9) * facts.period_s
            # Firmware takes its first sample when it starts.
            taken_s = min(max(taken_s, self._powered_since_s()), at_s)
        if sensor.last is not None and sensor.last.sampled_s == taken_s:
            return sensor.last
        if not self._wanted:
            self._wanted = True
            self._sled.advance(taken_s)
            self.note(taken_s)
        if facts.average_s > 0.0:
            true = self._mean(sensor.quantity, taken_s, facts.average_s)
        else:
            true = self._true(sensor.quantity, taken_s)
        sensor.last = Sample(sensor.reading(true), taken_s)
        if self._sled.now_s < at_s:
            self._sled.advance(at_s)
        return sensor.last

    def _lied(self, at_s: float, sensor: _Sensor, lie: Lie) -> Sample:
        match lie.kind:
            case LieKind.STUCK:
                return Sample(self._at(lie, sensor).value, self._honest(at_s, sensor).sampled_s)
            case LieKind.STALE:
                return self._at(lie, sensor)
            case LieKind.SWAPPED:
                return self._honest(at_s, self._known(lie.other))
        honest = self._honest(at_s, sensor)
        step = sensor.facts.resolution
        wrong = {
            LieKind.WRONG_PAGE: 0.0,
            LieKind.SIGN_WRAP: _WRAPS_AT * step - abs(honest.value),
            LieKind.EXPONENT: honest.value * _EXPONENT_ERROR,
            LieKind.OFFSET: honest.value + lie.offset,
        }
        return Sample(wrong[lie.kind], honest.sampled_s)

    def _at(self, lie: Lie, sensor: _Sensor) -> Sample:
        """The reading at the moment from which on nothing new comes."""
        if sensor.frozen is None or sensor.frozen[0] != lie:
            sensor.frozen = (lie, self._honest(lie.since_s, sensor))
        return sensor.frozen[1]

    def _mean(self, quantity: str, at_s: float, over_s: float) -> float:
        """Of a quantity over the time before `at_s`, by the trapezoids between what is remembered."""
        from_s = max(0.0, at_s - over_s)
        inside = [moment.at_s for moment in self._past if from_s < moment.at_s < at_s]
        times = [from_s, *inside, at_s]
        values = [self._true(quantity, time) for time in times]
        spans = zip(times, times[1:], values, values[1:], strict=False)
        area = sum((later - earlier) * 0.5 * (a + b) for earlier, later, a, b in spans)
        return area / (at_s - from_s) if at_s > from_s else values[-1]

    def _true(self, quantity: str, at_s: float) -> float:
        """At a time that may have passed: between two moments it went straight."""
        if self._sled.now_s < at_s:
            self._sled.advance(at_s)
        past = self._past
        if not past or quantity not in past[-1].values or at_s >= past[-1].at_s:
            return self._sled.true_value(quantity)
        place = bisect_right(past, at_s, key=lambda moment: moment.at_s)
        if place == 0:
            return past[0].values[quantity]
        earlier, later = past[place - 1], past[place]
        if later.at_s <= earlier.at_s:
            return later.values[quantity]
        share = (at_s - earlier.at_s) / (later.at_s - earlier.at_s)
        return earlier.values[quantity] + share * (later.values[quantity] - earlier.values[quantity])


class _Sensor:
    """One instance, with the error that it was made with."""

    def __init__(self, name: str, facts: SensorParameters, chip: int | None, serial_number: str) -> None:
        self.facts = facts
        self.quantity = facts.quantity if chip is None else _of_chip(facts.quantity, chip)
        self.last: Sample | None = None
        self.frozen: tuple[Lie, Sample] | None = None
        drawn = facts.sigma * normal(serial_number, "telemetry", name, facts.unit)
        is_gain = facts.quantity.rpartition(".")[2] in _GAIN_QUANTITIES
        self._gain = 1.0 + drawn if is_gain else 1.0
        self._offset = 0.0 if is_gain else drawn

    def reading(self, true: float) -> float:
        """What a value reads as."""
        step = self.facts.resolution
        seen = round((self._gain * true + self._offset) / step) * step
        return max(seen, self.facts.low)


def _of_chip(quantity: str, chip: int) -> str:
    """A chip's own: "tj" of chip 2 is "tj.2", "vdd_core.volts" of it "vdd_core.2.volts"."""
    head, _, what = quantity.rpartition(".")
    return f"{head}.{chip}.{what}" if head else f"{quantity}.{chip}"
