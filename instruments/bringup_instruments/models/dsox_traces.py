"""Everything on the screen of an InfiniiVision 1000 X-Series oscilloscope that can be sent or measured.

Channels, the mathematics function, its spectrum, two reference memories and the external input, as the
Programmer's Guide has them in ":FUNCtion", ":FFT" and ":WMEMory<r> Commands". Neighbours: `dsox_acquisition.py`
holds the records, `dsox_waveform.py` and `dsox_measure.py` use the traces.
"""

from __future__ import annotations

import cmath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import cos, log10, pi

from ..scpi import Boolean, Choice, Limits, Number, ScpiError, Setting, Text, command
from .dsox_acquisition import Acquisition, Capture
from .dsox_channel import LABEL_LENGTH, Channel, Record, Vertical

SOURCES = ("CHANnel1", "CHANnel2", "FUNCtion", "MATH", "FFT", "WMEMory1", "WMEMory2", "EXTernal")
_OPERANDS = ("CHANnel1", "CHANnel2")
_LONGEST_SPECTRUM = 4096  # points transformed (estimate; the instrument's are 65 536)
_FLOOR_DECIBELS = -160.0


@dataclass(frozen=True, slots=True)
class Trace:
    """One record with its scales, ready to be sent.

    Args:
        kind: how it was acquired: NORM, AVER, HRES or PEAK.
        averages: acquisitions that each point is the mean of.
        left: of the first point, in seconds (or hertz).
        step: between points.
        count: of points.
        vertical: of the words.
        words: the points at some places.
    """

    kind: str
    averages: int
    left: float
    step: float
    count: int
    vertical: Vertical
    words: Callable[[Sequence[int]], list[int]]

    def volts(self, most: int) -> tuple[list[float], float]:
        """At most so many points as they read, and the step between them."""
        every = -(-self.count // most)
        places = range(0, self.count, every)
        return [self.vertical.volts(word) for word in self.words(places)], self.step * every


class Function:
    """The `:FUNCtion` subsystem: one operation on two channels.

    Args:
        changed: called after any setting has changed.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed

    def _then(self) -> None:
        self._changed()

    displayed = Setting("FUNCtion:DISPlay", Boolean(), reset=False, then=_then)
    operation = Setting(
        "FUNCtion:OPERation", Choice(("ADD", "SUBTract", "MULTiply", "DIVide", "FFT", "LOWPass")), reset="ADD"
    )
    first = Setting("FUNCtion:SOURce1", Choice(_OPERANDS), reset="CHAN1", then=_then)
    second = Setting("FUNCtion:SOURce2", Choice(_OPERANDS), reset="CHAN2", then=_then)
    offset_volts = Setting("FUNCtion:OFFSet", Number("", form="+.5E"), reset=0.0)
    range_volts = Setting("FUNCtion:RANGe", Number("", Limits(1e-6, 1e6), form="+.5E"), reset=80.0)
    label = Setting("FUNCtion:LABel", Text(longest=LABEL_LENGTH), reset="MATH")

    def of(self, first: float, second: float) -> float:
        """The operation on two voltages."""
        if self.operation == "SUBT":
            return first - second
        if self.operation == "MULT":
            return first * second
        if self.operation == "DIV":
            return first / second if second else 0.0
        return first + second if self.operation == "ADD" else first


class Spectrum:
    """The `:FFT` subsystem.

    Args:
        changed: called after any setting has changed.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed

    def _then(self) -> None:
        self._changed()

    displayed = Setting("FFT:DISPlay", Boolean(), reset=False, then=_then)
    source = Setting("FFT:SOURce1", Choice(_OPERANDS), reset="CHAN1", then=_then)
    center_hertz = Setting("FFT:CENTer", Number("HZ", Limits(0.0, 1e9)), reset=500e3)
    span_hertz = Setting("FFT:SPAN", Number("HZ", Limits(1.0, 1e9)), reset=1e6)
    window = Setting("FFT:WINDow", Choice(("RECTangular", "HANNing", "FLATtop", "BHARris", "BARTlett")), reset="HANN")
    vertical_type = Setting("FFT:VTYPe", Choice(("DECibel", "VRMS")), reset="DEC")
    offset_decibels = Setting("FFT:OFFSet", Number("", form="+.5E"), reset=-60.0)
    range_decibels = Setting("FFT:RANGe", Number("", Limits(8.0, 400.0), form="+.5E"), reset=160.0)


class Traces:
    """By source.

    Args:
        acquisition: whose records they are.
        channels: by number.
        changed: called after a setting of mathematics has changed.
    """

    def __init__(self, acquisition: Acquisition, channels: Mapping[int, Channel], changed: Callable[[], None]) -> None:
        self._acquisition = acquisition
        self._channels = channels
        self.function = Function(changed)
        self.spectrum = Spectrum(changed)
        self.memories: dict[int, Trace] = {}
        acquisition.also_needed = self.operands

    def operands(self) -> set[int]:
        """Channels that what is shown of mathematics needs."""
        found = {self.function.first, self.function.second} if self.function.displayed else set()
        if self.spectrum.displayed:
            found.add(self.spectrum.source)
        return {int(name[-1]) for name in found}

    def of(self, source: str) -> Trace | None:
        """The trace of a source, or None where nothing was acquired for it."""
        if source.startswith("WMEM"):
            return self.memories.get(int(source[-1]))
        self._acquisition.refresh()
        capture = self._acquisition.capture
        if capture is None:
            return None
        if source == "EXT":
            return _computed(capture, Vertical(16.0, 0.0), lambda _place: 0.0)
        if source in {"FUNC", "MATH"}:
            return self._function(capture)
        if source == "FFT":
            record = capture.records.get(int(self.spectrum.source[-1]))
            return None if record is None else self._spectrum(_of_channel(capture, record))
        record = capture.records.get(int(source[-1]))
        return None if record is None else _of_channel(capture, record)

    def _function(self, capture: Capture) -> Trace | None:
        function = self.function
        pair = [capture.records.get(int(name[-1])) for name in (function.first, function.second)]
        first, second = pair
        if first is None or second is None:
            return None

        def at(place: int) -> float:
            left, right = first.words((place,))[0], second.words((place,))[0]
            return function.of(first.vertical.volts(left), second.vertical.volts(right))

        return _computed(capture, Vertical(function.range_volts, function.offset_volts), at)

    def _spectrum(self, trace: Trace) -> Trace:
        volts, step_s = trace.volts(_LONGEST_SPECTRUM)
        length = 1 << (len(volts).bit_length() - 1)
        window = [0.5 - 0.5 * cos(2.0 * pi * place / length) for place in range(length)]
        lines = _transform([complex(v * w) for v, w in zip(volts, window, strict=False)])[: length // 2]
        rms = [abs(line) * 2.0 * 2.0 / length / 2.0**0.5 for line in lines]  # the window's own gain is one half
        seen = [20.0 * log10(value) if value > 1e-8 else _FLOOR_DECIBELS for value in rms]
        settings = self.spectrum
        vertical = Vertical(settings.range_decibels, settings.offset_decibels)
        found = replace(trace, left=0.0, step=1.0 / (step_s * length), count=len(seen), vertical=vertical)
        return replace(found, words=lambda places: [vertical.word(seen[place]) for place in places])


class Memory:
    """One reference waveform, `:WMEMory<r>`.

    Args:
        number: 1 or 2.
        traces: where it is kept.
    """

    def __init__(self, number: int, traces: Traces) -> None:
        self._number = number
        self._traces = traces

    displayed = Setting("WMEMory<1:2>:DISPlay", Boolean(), reset=False)
    label = Setting("WMEMory<1:2>:LABel", Text(longest=LABEL_LENGTH), reset="")
    skew_s = Setting("WMEMory<1:2>:SKEW", Number("S", form="+.5E"), reset=0.0)
    range_volts = Setting("WMEMory<1:2>:YRANge", Number("V", form="+.5E"), reset=40.0)
    offset_volts = Setting("WMEMory<1:2>:YOFFset", Number("V", form="+.5E"), reset=0.0)

    @command("WMEMory<1:2>:SAVE", Choice(SOURCES))
    def save(self, source: str) -> None:
        """Keep a copy of a trace; -230 where there is none."""
        trace = self._traces.of(source)
        if trace is None:
            raise ScpiError(-230)
        self._traces.memories[self._number] = trace
        self.range_volts, self.offset_volts = trace.vertical.range_volts, trace.vertical.offset_volts

    @command("WMEMory<1:2>:CLEar")
    def clear(self) -> None:
        """Forget it."""
        self._traces.memories.pop(self._number, None)


def _of_channel(capture: Capture, record: Record) -> Trace:
    return Trace(
        capture.kind, capture.averages, capture.left_s, capture.step_s, capture.count, record.vertical, record.words
    )


def _computed(capture: Capture, vertical: Vertical, at: Callable[[int], float]) -> Trace:
    def words(places: Sequence[int]) -> list[int]:
        return [vertical.word(at(place)) for place in places]

    return Trace(capture.kind, 1, capture.left_s, capture.step_s, capture.count, vertical, words)


def _transform(values: list[complex]) -> list[complex]:
    """The discrete Fourier transform of a power of two of values (Cooley and Tukey)."""
    count = len(values)
    if count == 1:
        return values
    even, odd = _transform(values[::2]), _transform(values[1::2])
    turned = [cmath.exp(-2j * pi * place / count) * value for place, value in enumerate(odd)]
    return [a + b for a, b in zip(even, turned, strict=True)] + [a - b for a, b in zip(even, turned, strict=True)]
