"""The automatic measurements of an InfiniiVision 1000 X-Series oscilloscope.

After the Programmer's Guide, chapter ":MEASure Commands". A command installs a measurement on the screen, its query
makes it once and answers; what cannot be made answers +9.9E+37. Time measurements take the edge nearest to the
time base's reference. Neighbours: `dsox_pulse.py` measures, `dsox_traces.py` has the record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from ..scpi import Choice, Number, ScpiError, Setting, command, query
from ..scpi.command import Command
from ..scpi.lexer import Kind, Token
from ..scpi.parameters import refuse
from .dsox_pulse import Pulse
from .dsox_traces import SOURCES, Traces

IMPOSSIBLE = "+9.9E+37"
_MOST_POINTS = 20_000  # of the record that are measured (estimate; the instrument takes 62 500)
_MOST_INSTALLED = 4  # the screen has room for four
_STANDARD = (0.1, 0.5, 0.9)
_SOURCE = Choice(SOURCES)
_WORDS = Choice(("CYCLe", "DISPlay", "AC", "DC"))

Measured = Callable[[Pulse, float], float | None]


def _rise(pulse: Pulse, near_s: float, *, rising: bool) -> float | None:
    edge = pulse.edge(rising=rising, near_s=near_s)
    return None if edge is None else edge.last_s - edge.first_s


def _frequency(pulse: Pulse, near_s: float) -> float | None:
    period = pulse.period_s(near_s)
    return None if period is None else 1.0 / period


def _duty(pulse: Pulse, near_s: float, *, positive: bool) -> float | None:
    period, width = pulse.period_s(near_s), pulse.width_s(near_s, positive=positive)
    return None if period is None or width is None else 100.0 * width / period


def _over(pulse: Pulse, near_s: float, *, before: bool) -> float | None:
    """Overshoot behind the edge nearest to the reference, or preshoot in front of it, in percent of the amplitude."""
    if not pulse.edges:
        return None
    base, top = pulse.levels
    edge = min(pulse.edges, key=lambda e: abs(e.middle_s - near_s))
    upward = edge.rising != before
    return 100.0 * ((pulse.highest - top) if upward else (base - pulse.lowest)) / (top - base)


def _count(pulse: Pulse, *, rising: bool) -> float:
    return float(sum(edge.rising == rising for edge in pulse.edges))


def _pulses(pulse: Pulse, *, positive: bool) -> float:
    starts = [edge for edge in pulse.edges if edge.rising == positive]
    return float(sum(pulse.next_edge(edge, rising=not positive) is not None for edge in starts))


def _time_of(pulse: Pulse, volts: float) -> float:
    return pulse.left_s + pulse.volts.index(volts) * pulse.step_s


PLAIN: Mapping[str, Measured] = {
    "AREa": lambda p, _: sum(p.volts) * p.step_s,
    "COUNter": _frequency,
    "DUTYcycle": partial(_duty, positive=True),
    "NDUTy": partial(_duty, positive=False),
    "FALLtime": partial(_rise, rising=False),
    "FREQuency": _frequency,
    "NEDGes": lambda p, _: _count(p, rising=False),
    "NPULses": lambda p, _: _pulses(p, positive=False),
    "NWIDth": lambda p, near: p.width_s(near, positive=False),
    "OVERshoot": partial(_over, before=False),
    "PEDGes": lambda p, _: _count(p, rising=True),
    "PERiod": lambda p, near: p.period_s(near),
    "PPULses": lambda p, _: _pulses(p, positive=True),
    "PREShoot": partial(_over, before=True),
    "PWIDth": lambda p, near: p.width_s(near, positive=True),
    "RISetime": partial(_rise, rising=True),
    "SDEViation": lambda p, _: p.rms(without_mean=True),
    "VAMPlitude": lambda p, _: p.amplitude,
    "VBASe": lambda p, _: p.levels[0],
    "VMAX": lambda p, _: p.highest,
    "VMIN": lambda p, _: p.lowest,
    "VPP": lambda p, _: p.highest - p.lowest,
    "VTOP": lambda p, _: p.levels[1],
    "XMAX": lambda p, _: _time_of(p, p.highest),
    "XMIN": lambda p, _: _time_of(p, p.lowest),
}
"""By the guide's name: measurements with an optional source."""


@dataclass(frozen=True, slots=True)
class SourceOrInterval:
    """A source, or one of CYCLe, DISPlay, AC and DC; any of them may be left out."""

    optional: bool = True

    def accept(self, token: Token) -> str:
        """A word."""
        if token.kind is not Kind.WORD:
            raise refuse(token)
        return token.text

    def check(self, owner: Any, value: object) -> str:
        """Its short form."""
        try:
            return _WORDS.check(owner, value)
        except ScpiError:
            return _SOURCE.check(owner, value)

    def show(self, value: str) -> str:
        """As it is."""
        return value

    def limits_of(self, _owner: Any) -> None:
        """A word has no range."""
        return


class Measurements:
    """The `:MEASure` subsystem.

    Args:
        traces: by source.
        reference_s: time of the screen's reference after the trigger.
    """

    def __init__(self, traces: Traces, reference_s: Callable[[], float]) -> None:
        self._traces = traces
        self._reference_s = reference_s
        self.after_reset()

    def after_reset(self) -> None:
        """Nothing installed, standard thresholds."""
        self.sources = ["CHAN1", "CHAN2"]
        self._installed: list[tuple[str, Callable[[], str]]] = []
        self._thresholds: tuple[float, float, float] = _STANDARD
        self._absolute = False

    window = Setting("MEASure:WINDow", Choice(("MAIN", "ZOOM", "AUTO")), reset="AUTO")
    statistics = Setting(
        "MEASure:STATistics",
        Choice(("ON", "OFF", "CURRent", "MINimum", "MAXimum", "MEAN", "STDDev", "COUNt")),
        reset="ON",
    )

    def commands(self) -> Iterator[Command]:
        """Command and query of every measurement in the tables."""
        for name, measure in PLAIN.items():
            run = partial(self._plain, measure)
            yield Command(f"MEASure:{name}", partial(self._install, name, run), (_optional_source(),), self)
            yield Command(f"MEASure:{name}?", run, (_optional_source(),), self)
        words = (SourceOrInterval(), SourceOrInterval(), SourceOrInterval())
        for name, answer in (("VAVerage", self._average), ("VRMS", self._rms)):
            yield Command(f"MEASure:{name}", partial(self._install, name, answer), words, self)
            yield Command(f"MEASure:{name}?", answer, words, self)
        for name, compare in (("DELay", self._delay), ("PHASe", self._phase), ("VRATio", self._ratio)):
            yield Command(f"MEASure:{name}", partial(self._install, name, compare), words, self)
            yield Command(f"MEASure:{name}?", compare, words, self)

    @command("MEASure:SOURce", _SOURCE, Choice(SOURCES, optional=True))
    def set_source(self, first: str, second: str | None = None) -> None:
        """What measurements without a source of their own are made on."""
        self.sources = [first, second or self.sources[1]]

    @query("MEASure:SOURce?")
    def show_source(self) -> str:
        """Both."""
        return ",".join(self.sources)

    @command("MEASure:CLEar")
    def clear(self) -> None:
        """Take all measurements off the screen."""
        self._installed.clear()

    @command("MEASure:STATistics:RESet")
    def restart_statistics(self) -> None:
        """Statistics are of one acquisition here; there is nothing to forget."""

    @command("MEASure:SHOW", Choice(("ON", "OFF", "1", "0"), optional=True))
    def show(self, _on: str = "ON") -> None:
        """Measurements are always shown (guide)."""

    @query("MEASure:SHOW?")
    def is_shown(self) -> str:
        """Always."""
        return "1"

    @query("MEASure:RESults?")
    def results(self) -> str:
        """What is installed, in order; with names and statistics if these are on."""
        found = []
        for name, answer in self._installed:
            value = answer()
            found += [name, value, value, value, value, "+0.0E+00", "+1"] if self.statistics == "ON" else [value]
        return ",".join(found)

    @command(
        "MEASure:DEFine",
        Choice(("THResholds", "DELay")),
        Choice(("STANdard", "PERCent", "ABSolute"), optional=True),
        *(Number(optional=True) for _ in range(3)),
    )
    def define(
        self,
        what: str,
        mode: str = "STAN",
        upper: float | None = None,
        middle: float | None = None,
        lower: float | None = None,
    ) -> None:
        """Thresholds, from the upper one down; -222 where they are not in order."""
        if what != "THR":
            return
        if mode == "STAN" or upper is None or middle is None or lower is None:
            self._thresholds, self._absolute = _STANDARD, False
            return
        if not lower < middle < upper:
            raise ScpiError(-222)
        scale = 100.0 if mode == "PERC" else 1.0
        self._thresholds, self._absolute = (lower / scale, middle / scale, upper / scale), mode == "ABS"

    @query("MEASure:DEFine?", Choice(("THResholds", "DELay")))
    def show_definition(self, what: str) -> str:
        """As it was set."""
        if what != "THR":
            return "+1,+1"
        scale, mode = (1.0, "ABS") if self._absolute else (100.0, "PERC")
        return f"THR,{mode}," + ",".join(f"{value * scale:+.4E}" for value in reversed(self._thresholds))

    @query("MEASure:TEDGe?", Number(), Choice(SOURCES, optional=True))
    def time_of_edge(self, slope_and_place: float, source: str | None = None) -> str:
        """Of the n-th edge on the screen, rising for a positive number."""
        pulse = self._pulse(source)
        edges = [edge for edge in pulse.edges if edge.rising == (slope_and_place >= 0)] if pulse else []
        place = abs(round(slope_and_place))
        return _shown(edges[place - 1].middle_s if 1 <= place <= len(edges) else None)

    @query("MEASure:TVALue?", Number("V"), Number(), Choice(SOURCES, optional=True))
    def time_of_value(self, volts: float, slope_and_place: float, source: str | None = None) -> str:
        """Of the n-th crossing of a voltage."""
        pulse = self._pulse(source)
        if pulse is None:
            return IMPOSSIBLE
        rising = slope_and_place >= 0
        values = pulse.volts
        found = [
            place
            for place, (before, value) in enumerate(pairwise(values))
            if (before < volts <= value if rising else before > volts >= value)
        ]
        place = abs(round(slope_and_place))
        return _shown(pulse.left_s + (found[place - 1] + 1) * pulse.step_s if 1 <= place <= len(found) else None)

    @query("MEASure:VTIMe?", Number("S"), Choice(SOURCES, optional=True))
    def value_at_time(self, seconds: float, source: str | None = None) -> str:
        """The voltage at a time after the trigger."""
        pulse = self._pulse(source)
        place = -1 if pulse is None else round((seconds - pulse.left_s) / pulse.step_s)
        return _shown(pulse.volts[place] if pulse is not None and 0 <= place < len(pulse.volts) else None)

    @query("MEASure?")
    def setup(self) -> str:
        """All of it in one answer."""
        return f":MEAS:SOUR {','.join(self.sources)};STAT {self.statistics}"

    def _install(self, name: str, run: Callable[..., str], *values: str) -> None:
        self._installed.append((f"{name}({values[-1] if values else self.sources[0]})", partial(run, *values)))
        del self._installed[:-_MOST_INSTALLED]

    def _pulse(self, source: str | None) -> Pulse | None:
        trace = self._traces.of(source or self.sources[0])
        if trace is None:
            return None
        volts, step_s = trace.volts(_MOST_POINTS)
        return Pulse(volts, trace.left, step_s, trace.vertical.step_volts, self._thresholds, self._absolute)

    def _plain(self, measure: Measured, source: str | None = None) -> str:
        pulse = self._pulse(source)
        return IMPOSSIBLE if pulse is None else _shown(measure(pulse, self._reference_s()))

    def _average(self, *words: str) -> str:
        pulse = self._part(words)
        return _shown(None if pulse is None else pulse.mean)

    def _rms(self, *words: str) -> str:
        pulse = self._part(words)
        return _shown(None if pulse is None else pulse.rms(without_mean="AC" in words))

    def _part(self, words: tuple[str, ...]) -> Pulse | None:
        """The whole screen, or its whole cycles."""
        pulse = self._pulse(_sources(words)[0])
        return pulse.cycles() if pulse is not None and "CYCL" in words else pulse

    def _pair(self, words: tuple[str, ...]) -> tuple[Pulse | None, Pulse | None]:
        first, second = _sources(words)
        return self._pulse(first), self._pulse(second or self.sources[1])

    def _delay(self, *words: str) -> str:
        first, second = self._pair(words)
        near_s = self._reference_s()
        edges = [None if p is None else p.edge(rising=True, near_s=near_s) for p in (first, second)]
        if edges[0] is None or edges[1] is None:
            return IMPOSSIBLE
        return _shown(edges[1].middle_s - edges[0].middle_s)

    def _phase(self, *words: str) -> str:
        delay, first = self._delay(*words), self._pair(words)[0]
        period = None if first is None else first.period_s(self._reference_s())
        return IMPOSSIBLE if delay == IMPOSSIBLE or period is None else _shown(360.0 * float(delay) / period)

    def _ratio(self, *words: str) -> str:
        first, second = self._pair(words)
        if first is None or second is None or not second.rms(without_mean=True):
            return IMPOSSIBLE
        return _shown(first.rms(without_mean=True) / second.rms(without_mean=True))


def _optional_source() -> Choice:
    return Choice(SOURCES, optional=True)


def _sources(words: tuple[str, ...]) -> tuple[str | None, str | None]:
    found = [word for word in words if word not in {"CYCL", "DISP", "AC", "DC"}]
    return found[0] if found else None, found[1] if len(found) > 1 else None


def _shown(value: float | None) -> str:
    return IMPOSSIBLE if value is None else f"{value:+.5E}"
