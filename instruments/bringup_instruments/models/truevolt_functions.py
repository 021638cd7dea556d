"""What is set for one measurement function of a Keysight meter: the SENSe subtree under its name.

The subtrees of the functions are alike, so they are made from the data sheet's facts: a `FunctionKind` holds the
settings that a function of a model has, a `FunctionState` their values, one per meter or one per channel of the
34980A. Neighbours: `truevolt_models.py`, `meter_commands.py` puts the headers into a tree, `truevolt_probes.py` has
the transducers of the temperature function.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from ..scpi import Automatic, Boolean, Limits, Number, ScpiError, Setting
from .truevolt_models import LINE_HZ, MODELS, FunctionFacts, MeterModel, Pace
from .truevolt_probes import probe_settings

NOT_TIMED_BY_AUTOZERO = ("FRES",)  # the four-wire function always takes a zero; it has no switch for it
AUTOZERO_FACTOR = 2.0  # autozero measures a zero after each reading, of the same length
HIGHEST_APERTURE_S = 1.0


class FunctionState:
    """The values that are set for one function.

    Args:
        kind: which settings there are.
        changed: what the instrument does when any of them was set.
        present_value: the true value now, for RANGe:AUTO ONCE.
    """

    range: float = 0.0
    auto_range: str = "ON"
    auto_zero: str = "ON"
    nplc: float = 10.0
    aperture_s: float = 0.1
    aperture_on: bool = False
    bandwidth_hz: float = 20.0
    null_on: bool = False
    null_value: float = 0.0
    null_auto: bool = False
    auto_impedance: bool = False
    offset_compensated: bool = False
    terminals_amps: float = 3.0
    probe: str = "FRTD"
    unit: str = "C"

    def __init__(
        self, kind: FunctionKind, changed: Callable[[], None], present_value: Callable[[FunctionState], float]
    ) -> None:
        self.kind = kind
        self.changed = changed
        self._present_value = present_value
        self.reset()

    def reset(self) -> None:
        """The *RST table."""
        self.range = self.kind.facts.ranges[0]
        for name, setting in self.kind.settings.items():
            setattr(self, name, setting.reset)

    def fit_range(self) -> None:
        """RANGe:AUTO ONCE: the range that holds what is there now."""
        ranges = self.kind.facts.ranges
        value = self._present_value(self)
        self.range = next((full for full in ranges if abs(value) <= full * 1.2), ranges[-1])

    @property
    def highest_range(self) -> float:
        """What AUTO may go up to: the 10 A range has terminals of its own."""
        return self.terminals_amps if self.kind.has_terminals else self.kind.facts.ranges[-1]

    @property
    def integration_nplc(self) -> float:
        """Integration in line cycles, whichever way it was set."""
        return self.aperture_s * LINE_HZ if self.aperture_on else self.nplc

    @property
    def resolution(self) -> float:
        """What a reading resolves, in the function's unit."""
        return self.kind.resolution(self.range, self)

    @property
    def reading_s(self) -> float:
        """Lab seconds that one reading takes now."""
        facts = self.kind.facts
        if facts.pace is Pace.FILTER:
            return self.kind.model.filters_s[self.bandwidth_hz]
        if facts.pace is Pace.GATE:
            return self.aperture_s
        if facts.pace is Pace.FIXED:
            return facts.fixed_s
        zeroed = self.auto_zero == "ON" or facts.name in NOT_TIMED_BY_AUTOZERO
        compensated = 2.0 if self.offset_compensated else 1.0
        return self.integration_nplc / LINE_HZ * (AUTOZERO_FACTOR if zeroed else 1.0) * compensated


class FunctionKind:
    """The settings that one function of one model has, by the attribute of `FunctionState` that they set.

    Args:
        model: the meter's figures.
        facts: the function's.
    """

    def __init__(self, model: MeterModel, facts: FunctionFacts) -> None:
        self.model = model
        self.facts = facts
        self.settings: dict[str, Setting[Any]] = {}
        self.has_terminals = facts.name.startswith("CURR") and facts.ranges[-1] == 10.0
        if len(facts.ranges) > 1:
            self._add_ranges()
        self._add_pace()
        if facts.name not in ("DIOD", "CONT"):
            self._add_null()
        self._add_own()

    def resolution(self, full: float, state: FunctionState) -> float:
        """What a reading on a range resolves."""
        facts = self.facts
        if facts.pace is Pace.INTEGRATION:
            return 0.001 if facts.name == "TEMP" else full * self._ppm(state.integration_nplc) / 1e6
        if facts.pace is Pace.GATE:
            return facts.default_range * 1e-6 / state.aperture_s
        return full * (1e-3 if facts.name == "CAP" else 1e-6)

    def noise(self, value: float, full: float, state: FunctionState) -> float:
        """RMS noise of a reading, in the function's unit (taken to be of the size of its resolution)."""
        if self.facts.pace is Pace.GATE:
            return abs(value) * 1e-7 / state.aperture_s
        return self.resolution(full, state)

    def fastest(self, resolution: float, full: float) -> float:
        """The shortest NPLC that resolves so much on a range.

        Raises:
            ScpiError: -222, none does.
        """
        ppm = self.model.resolution_ppm
        if self.facts.name == "TEMP":
            return self.model.default_nplc
        found = [nplc for nplc in ppm if full * ppm[nplc] / 1e6 <= resolution * (1 + 1e-9)]
        if not found:
            raise ScpiError(-222)
        return min(found)

    def resolution_limits(self, full: float) -> Limits:
        """Finest, coarsest and default resolution on a range."""
        ppm = self.model.resolution_ppm
        return Limits(*(full * of / 1e6 for of in (min(ppm.values()), max(ppm.values()), ppm[self.model.default_nplc])))

    def _ppm(self, nplc: float) -> float:
        ppm = self.model.resolution_ppm
        return ppm[max((step for step in ppm if step <= nplc * (1 + 1e-9)), default=min(ppm))]

    # The settings.

    def _keep(self, name: str, setting: Setting[Any]) -> None:
        setting.__set_name__(FunctionState, name)
        self.settings[name] = setting

    def _add(
        self,
        name: str,
        header: str,
        kind: Any,
        reset: Any,
        *,
        adopt: Callable[[Any, Any], Any] | None = None,
        then: Callable[[Any], None] | None = None,
    ) -> None:
        self._keep(name, Setting(header, kind, reset=reset, adopt=adopt, then=then or _touched))

    def _add_ranges(self) -> None:
        facts = self.facts
        kind = Number(facts.suffix, Limits(facts.ranges[0], facts.ranges[-1], facts.default_range))
        self._add("range", "RANGe[:UPPer]", kind, facts.default_range, adopt=_adopt_range, then=_fix_range)
        self._add("auto_range", "RANGe:AUTO", Automatic(), "ON", then=_follow_auto_range)

    def _add_pace(self) -> None:
        pace = self.facts.pace
        if pace is Pace.INTEGRATION:
            self._add_integration()
        elif pace is Pace.FILTER:
            self._add("bandwidth_hz", "BANDwidth", Number("HZ", Limits(3.0, 300e3, 20.0)), 20.0, adopt=_adopt_bandwidth)
        elif pace is Pace.GATE:
            self._add_gate()

    def _add_own(self) -> None:
        """What one or two functions have."""
        name = self.facts.name
        if name == "VOLT":
            self._add("auto_impedance", "IMPedance:AUTO", Boolean(), reset=False)
        if name in ("RES", "FRES"):
            self._add("offset_compensated", "OCOMpensated", Boolean(), reset=False)
        if self.has_terminals:
            self._add("terminals_amps", "TERMinals", Number("A", Limits(3.0, 10.0, 3.0)), 3.0, then=_follow_terminals)
        if name == "TEMP":
            for attribute, setting in probe_settings(_touched):
                self._keep(attribute, setting)

    def _add_integration(self) -> None:
        steps, default = self.model.resolution_ppm, self.model.default_nplc
        limits = Limits(min(steps), max(steps), default)
        self._add("nplc", "NPLC", Number("", limits), default, adopt=_adopt_nplc, then=_follow_nplc)
        if self.facts.name not in NOT_TIMED_BY_AUTOZERO:
            self._add("auto_zero", "ZERO:AUTO", Automatic(), "ON", then=_follow_auto_zero)
        if self.model.has_digitizing:
            seconds = Limits(min(steps) / LINE_HZ, HIGHEST_APERTURE_S, 0.1)
            self._add("aperture_s", "APERture", Number("S", seconds), 0.1, then=_follow_aperture)
            self._add("aperture_on", "APERture:ENABled", Boolean(), reset=False)

    def _add_gate(self) -> None:
        gates = self.model.apertures_s
        self._add("aperture_s", "APERture", Number("S", Limits(gates[0], gates[-1], 0.1)), 0.1, adopt=_adopt_gate)
        self._add("bandwidth_hz", "RANGe:LOWer", Number("HZ", Limits(3, 300e3, 20)), 20.0, adopt=_adopt_bandwidth)
        volts = self.model.functions["VOLT:AC"]
        kind = Number("V", Limits(volts.ranges[0], volts.ranges[-1], 10.0))
        self._add("volts_range", "VOLTage:RANGe[:UPPer]", kind, 10.0, adopt=_adopt_volts)
        self._add("auto_volts_range", "VOLTage:RANGe:AUTO", Automatic(), "ON")
        self._add("timeout_auto", "TIMeout:AUTO", Boolean(), reset=False)

    def _add_null(self) -> None:
        facts = self.facts
        highest = facts.ranges[-1] * 1.2
        self._add("null_on", "NULL[:STATe]", Boolean(), reset=False, then=_follow_null)
        kind = Number(facts.suffix, Limits(-highest, highest, 0.0))
        self._add("null_value", "NULL:VALue", kind, 0.0, then=_fix_null)
        self._add("null_auto", "NULL:VALue:AUTO", Boolean(), reset=False)


@lru_cache(maxsize=64)
def kind_of(model: str, name: str) -> FunctionKind:
    """The function of a model; made once, as many channels share it."""
    return FunctionKind(MODELS[model], MODELS[model].functions[name])


def _touched(state: FunctionState) -> None:
    state.changed()


def _adopt_range(state: FunctionState, value: float) -> float:
    return state.kind.facts.range_that_holds(value)


def _adopt_volts(state: FunctionState, value: float) -> float:
    return state.kind.model.functions["VOLT:AC"].range_that_holds(value)


def _fix_range(state: FunctionState) -> None:
    state.auto_range = "OFF"
    if state.kind.has_terminals:
        state.terminals_amps = 10.0 if state.range == 10.0 else 3.0
    state.changed()


def _follow_auto_range(state: FunctionState) -> None:
    if state.auto_range == "ONCE":
        state.fit_range()
        state.auto_range = "OFF"
    state.changed()


def _follow_terminals(state: FunctionState) -> None:
    """The terminals are for 3 A or for 10 A; the latter have just one range."""
    state.terminals_amps = 10.0 if state.terminals_amps > 3.0 else 3.0
    if state.terminals_amps == 10.0:
        state.range, state.auto_range = 10.0, "OFF"
    elif state.range == 10.0:
        state.range = 3.0
    state.changed()


def _adopt_nplc(state: FunctionState, nplc: float) -> float:
    return min(step for step in state.kind.model.resolution_ppm if step >= nplc)


def _follow_nplc(state: FunctionState) -> None:
    state.aperture_on = False
    state.changed()


def _follow_aperture(state: FunctionState) -> None:
    state.aperture_on = True
    state.changed()


def _follow_auto_zero(state: FunctionState) -> None:
    if state.auto_zero == "ONCE":
        state.auto_zero = "OFF"
    state.changed()


def _adopt_gate(state: FunctionState, seconds: float) -> float:
    return min(state.kind.model.apertures_s, key=lambda gate: abs(gate - seconds))


def _adopt_bandwidth(state: FunctionState, hertz: float) -> float:
    """The filter whose lowest frequency is at most the one that is expected."""
    return max(lowest for lowest in state.kind.model.filters_s if lowest <= hertz)


def _follow_null(state: FunctionState) -> None:
    """Switching null on takes the next reading as its value (guide, NULL[:STATe])."""
    state.null_auto = state.null_on
    state.changed()


def _fix_null(state: FunctionState) -> None:
    state.null_auto = False
    state.changed()
