"""What an InfiniiVision 1000 X-Series oscilloscope sends of its records: preamble and data.

After the Programmer's Guide, chapter ":WAVeform Commands". Blocks have eight digits of length, as the guide's
examples show. Neighbours: `dsox_acquisition.py` holds the record, `dsox_traces.py` finds the one of a source.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..scpi import Boolean, Choice, ScpiError, Setting, command, query
from ..scpi.lexer import Kind, Token
from ..scpi.parameters import refuse
from .dsox_acquisition import SHOWN_POINTS
from .dsox_channel import CENTRE, FINE
from .dsox_traces import SOURCES, Trace, Traces

POINTS_MODES = ("NORMal", "MAXimum", "RAW")
POINTS = (100, 250, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 62_500, 100_000, 200_000, 500_000, 1_000_000)
_KINDS = {"NORM": 0, "PEAK": 1, "AVER": 2, "HRES": 3}
_FORMATS = {"BYTE": 0, "WORD": 1, "ASC": 4}


def long_block(data: bytes) -> str:
    """A definite length block with eight digits, as this maker's oscilloscopes send every one."""
    return f"#8{len(data):08d}{data.decode('latin-1')}"


@dataclass(frozen=True, slots=True)
class PointsOrMode:
    """A number of points, or one of the modes' names."""

    optional: bool = False

    def accept(self, token: Token) -> float | str:
        """A number or a word."""
        if token.kind is Kind.WORD:
            return token.text
        if token.kind is not Kind.NUMBER:
            raise refuse(token)
        if token.suffix:
            raise ScpiError(-138)
        return token.number

    def check(self, owner: Any, value: object) -> float | str:
        """From 100 points on; -222 below, -224 for another word."""
        if isinstance(value, str):
            return Choice(POINTS_MODES).check(owner, value)
        assert isinstance(value, float)  # noqa: S101 - accept() made it
        if not POINTS[0] <= value <= POINTS[-1] * 8:  # more than there is means all
            raise ScpiError(-222)
        return value

    def show(self, value: float | str) -> str:
        """Nothing shows it."""
        return str(value)

    def limits_of(self, _owner: Any) -> None:
        """Nothing asks."""
        return


class WaveformSender:
    """The `:WAVeform` subsystem.

    Args:
        traces: by source.
        show: switches a source on: choosing it does.
    """

    def __init__(self, traces: Traces, show: Callable[[str], None]) -> None:
        self._traces = traces
        self._show = show
        self.after_reset()

    def after_reset(self) -> None:
        """As many points as there are."""
        self.points: float = POINTS[-1]

    def _follow_source(self) -> None:
        self._show(self.source)

    byte_order = Setting("WAVeform:BYTeorder", Choice(("LSBFirst", "MSBFirst")), reset="MSBF")
    form = Setting("WAVeform:FORMat", Choice(("WORD", "BYTE", "ASCii")), reset="BYTE")
    mode = Setting("WAVeform:POINts:MODE", Choice(POINTS_MODES), reset="NORM")
    source = Setting("WAVeform:SOURce", Choice(SOURCES), reset="CHAN1", then=_follow_source)
    sub_source = Setting(
        "WAVeform:SOURce:SUBSource", Choice(("SUB0", "RX", "MOSI", "SUB1", "TX", "MISO")), reset="SUB0"
    )
    unsigned = Setting("WAVeform:UNSigned", Boolean(), reset=True)
    view = Setting("WAVeform:VIEW", Choice(("MAIN",)), reset="MAIN")

    @command("WAVeform:POINts", PointsOrMode())
    def set_points(self, points: float | str) -> None:
        """How many to send at most; a mode's name asks for all in that mode."""
        if isinstance(points, str):
            self.mode, self.points = points, POINTS[-1]
        else:
            self.points = points

    @query("WAVeform:POINts?")
    def show_points(self) -> str:
        """How many it would send."""
        trace = self._traces.of(self.source)
        return f"{0 if trace is None else len(self._places(trace)):+d}"

    @query("WAVeform:COUNt?")
    def show_count(self) -> str:
        """Acquisitions that each point is the mean of."""
        return f"{self._trace().averages:+d}"

    @query("WAVeform:TYPE?")
    def show_kind(self) -> str:
        """How it was acquired."""
        return self._trace().kind

    @query("WAVeform:PREamble?")
    def preamble(self) -> str:
        """Ten fields: format, type, points, count, and increment, origin and reference of x and of y."""
        trace = self._trace()
        return ",".join(
            (
                f"{_FORMATS[self.form]:+d}",
                f"{_KINDS[trace.kind]:+d}",
                f"{len(self._places(trace)):+d}",
                f"{trace.averages:+d}",
                f"{self._x_step(trace):+.8E}",
                f"{trace.left:+.8E}",
                "+0",
                f"{self._y_step(trace):+.6E}",
                f"{trace.vertical.offset_volts:+.6E}",
                f"{self._reference():+d}",
            )
        )

    @query("WAVeform:XINCrement?")
    def x_increment(self) -> str:
        """Between the points that are sent."""
        return f"{self._x_step(self._trace()):+.8E}"

    @query("WAVeform:XORigin?")
    def x_origin(self) -> str:
        """The first point's."""
        return f"{self._trace().left:+.8E}"

    @query("WAVeform:XREFerence?")
    def x_reference(self) -> str:
        """Always the first point."""
        return "+0"

    @query("WAVeform:YINCrement?")
    def y_increment(self) -> str:
        """Of a byte or a word."""
        return f"{self._y_step(self._trace()):+.6E}"

    @query("WAVeform:YORigin?")
    def y_origin(self) -> str:
        """At the centre of the screen."""
        return f"{self._trace().vertical.offset_volts:+.6E}"

    @query("WAVeform:YREFerence?")
    def y_reference(self) -> str:
        """The value that stands for the centre of the screen."""
        return f"{self._reference():+d}"

    @query("WAVeform:DATA?")
    def data(self) -> str:
        """The points, as a block in every format."""
        trace = self._trace()
        words = trace.words(self._places(trace))
        if self.form == "ASC":
            volts = (f"{trace.vertical.volts(word):.6E}" for word in words)
            return long_block((" " + ", ".join(volts)).encode())
        return long_block(self._binary(words))

    @query("WAVeform?")
    def setup(self) -> str:
        """All of it in one answer."""
        return (
            f":WAV:UNS {self.unsigned:d};VIEW {self.view};BYT {self.byte_order};FORM {self.form};"
            f"POIN {self.show_points()};SOUR {self.source};SOUR:SUBS NONE"
        )

    def _binary(self, words: list[int]) -> bytes:
        if self.form == "BYTE":
            flip = 0 if self.unsigned else 0x80  # two's complement around the centre
            return bytes((word // FINE) ^ flip for word in words)
        shift = 0 if self.unsigned else CENTRE
        data = array("H" if self.unsigned else "h", [word - shift for word in words])
        if (self.byte_order == "MSBF") == _LITTLE_ENDIAN:
            data.byteswap()
        return data.tobytes()

    def _trace(self) -> Trace:
        """The record of the source; -230 where there is none."""
        trace = self._traces.of(self.source)
        if trace is None:
            raise ScpiError(-230)
        return trace

    def _places(self, trace: Trace) -> Sequence[int]:
        """Which samples are sent."""
        available = min(trace.count, SHOWN_POINTS) if self.mode == "NORM" else trace.count
        wanted = available if self.points >= available else max(n for n in POINTS if n <= self.points)
        if wanted == trace.count:
            return range(wanted)
        return [place * trace.count // wanted for place in range(wanted)]

    def _x_step(self, trace: Trace) -> float:
        return trace.step * trace.count / len(self._places(trace))

    def _y_step(self, trace: Trace) -> float:
        step = trace.vertical.step_volts
        return step if self.form == "BYTE" else step / FINE

    def _reference(self) -> int:
        if self.form != "ASC" and not self.unsigned:
            return 0
        return CENTRE // FINE if self.form == "BYTE" else CENTRE


_LITTLE_ENDIAN = array("H", [1]).tobytes()[0] == 1
