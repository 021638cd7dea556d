"""The settings of each measurement function of the graphical Keithley meters, and their commands.

After the Model DMM6500 Reference Manual, SENSe1, CALCulate1 and DISPlay subsystems. A *setup* is a full set of
settings of all functions together with the one that is chosen: a DMM has one for its terminals, a switching
instrument one more for every channel, addressed by a channel list behind the command's data
(`VOLT:NPLC 1,(@101:110)`). Neighbours: `keithley_functions.py` has the facts, `keithley_setup_commands.py` puts
the commands on a meter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..scpi import Boolean, Choice, Limits, Number, ScpiError, Setting, command, integer, reset_settings
from ..scpi.command import settings_of
from .keithley_functions import BY_NAME, FUNCTIONS, Function, Quantity

LINE_HZ = 60.0
SENSE = "[SENSe<1:1>]:{f}"
"""In front of every setting; `{f}` stands for the function's node."""

DETECTOR_HZ = (3.0, 30.0, 300.0)
BIAS_AMPS = (10e-6, 100e-6, 1e-3, 10e-3)
SHORTEST_APERTURE_S = 8.33e-6  # at 60 Hz; the manual's own rounding
LONGEST_APERTURE_S = 0.25


@dataclass(frozen=True, slots=True)
class RangeNumber(Number):
    """An expected reading, of either sign and however small, for which a range is chosen."""

    def check(self, owner: Any, value: object) -> float:
        """Not beyond the highest range; -222 otherwise."""
        if isinstance(value, float):
            limits = self.limits_of(owner)
            value = max(abs(value), limits.minimum) if limits is not None else value
        return Number.check(self, owner, value)


class FunctionSetup:
    """What every function has.

    Attributes:
        function: which one.
        to_measure: makes one reading with these settings, for REL:ACQuire; set by the meter.
    """

    to_measure: Callable[[FunctionSetup], float] | None = None

    def __init__(self, function: Function) -> None:
        self.function = function
        reset_settings(self)

    averaging = Setting(SENSE + ":AVERage[:STATe]", Boolean(), reset=False)
    average_count = Setting(SENSE + ":AVERage:COUNt", integer(1, 100, 10), reset=10.0)
    average_kind = Setting(SENSE + ":AVERage:TCONtrol", Choice(("REPeat", "MOVing", "HYBRid")), reset="REP")
    average_window = Setting(SENSE + ":AVERage:WINDow", Number(limits=Limits(0, 10, 0), form="g"), reset=0.0)
    relative = Setting(SENSE + ":RELative", Number("", Limits(-1e9, 1e9, 0), form="g"), reset=0.0)
    relative_on = Setting(SENSE + ":RELative:STATe", Boolean(), reset=False)
    delay_auto = Setting(SENSE + ":DELay:AUTO", Boolean(), reset=True)
    math_on = Setting("CALCulate<1:1>:{f}:MATH:STATe", Boolean(), reset=False)
    math_kind = Setting("CALCulate<1:1>:{f}:MATH:FORMat", Choice(("MXB", "PERCent", "RECiprocal")), reset="PERC")
    math_m = Setting("CALCulate<1:1>:{f}:MATH:MMFactor", Number(limits=Limits(-1e12, 1e12, 1), form="g"), reset=1.0)
    math_b = Setting("CALCulate<1:1>:{f}:MATH:MBFactor", Number(limits=Limits(-1e12, 1e12, 0), form="g"), reset=0.0)
    math_percent = Setting(
        "CALCulate<1:1>:{f}:MATH:PERCent", Number(limits=Limits(-1e12, 1e12, 1), form="g"), reset=1.0
    )
    digits = Setting("DISPlay:{f}:DIGits", integer(3, 6, 6), reset=6.0)

    @command(SENSE + ":RELative:ACQuire")
    def acquire_relative(self) -> None:
        """Take one reading as the relative offset."""
        if self.to_measure is not None:
            self.relative = self.to_measure(self)

    @property
    def measured_range(self) -> float:
        """The range in use."""
        return self.function.ranges[-1]

    def shown(self, value: float) -> float:
        """A converted value after relative offset and math."""
        if self.relative_on:
            value -= self.relative
        if not self.math_on:
            return value
        if self.math_kind == "MXB":
            return self.math_m * value + self.math_b
        if self.math_kind == "REC":
            return 1.0 / value if value else 9.9e37
        return (value - self.math_percent) / self.math_percent * 100.0 if self.math_percent else 9.9e37

    def reset(self) -> None:
        """The *RST table."""
        reset_settings(self)

    def copy_from(self, other: FunctionSetup) -> None:
        """Take another setup's values of the same function."""
        for name, _ in settings_of(type(self)):
            setattr(self, name, getattr(other, name))


class Ranged(FunctionSetup):
    """Functions with a choice of ranges."""

    def __init__(self, function: Function) -> None:
        super().__init__(function)
        self.reset()

    def _range_limits(self) -> Limits:
        return Limits(self.function.ranges[0], self.function.ranges[-1], self.function.default_range)

    def _adopt_range(self, value: float) -> float:
        return self.function.holding(value)

    def _fix_range(self) -> None:
        self.auto_range = False

    full_range = Setting(
        SENSE + ":RANGe[:UPPer]",
        RangeNumber("", _range_limits, form="g"),
        reset=0.0,  # to the function's own default: see reset()
        adopt=_adopt_range,
        then=_fix_range,
    )
    auto_range = Setting(SENSE + ":RANGe:AUTO", Boolean(), reset=True)
    auto_lowest = Setting(
        SENSE + ":RANGe:AUTO:LLIMit", Number("", _range_limits, form="g"), reset=0.0, adopt=_adopt_range
    )
    auto_highest = Setting(
        SENSE + ":RANGe:AUTO:ULIMit", Number("", _range_limits, form="g"), reset=0.0, adopt=_adopt_range
    )

    @property
    def measured_range(self) -> float:
        """As set, or as automatic ranging left it."""
        return self.full_range

    def reset(self) -> None:
        """Ranges begin at the function's default, with automatic ranging over all of them."""
        super().reset()
        self.full_range = self.auto_highest = self.function.default_range
        self.auto_lowest = self.function.ranges[0]

    def follow(self, value: float) -> None:
        """Automatic ranging: up beyond 120 % of the present range, down below 10 % of it."""
        if not self.auto_range:
            return
        ranges = [full for full in self.function.ranges if self.auto_lowest <= full <= self.auto_highest]
        if not ranges:
            return
        place = ranges.index(self.full_range) if self.full_range in ranges else len(ranges) - 1
        while place + 1 < len(ranges) and abs(value) > self.function.readable(ranges[place]):
            place += 1
        while place > 0 and abs(value) < 0.1 * ranges[place]:
            place -= 1
        self.full_range = ranges[place]


class Integrating(FunctionSetup):
    """Functions that integrate over power-line cycles: NPLCycles and APERture are two views of one time."""

    def _couple_aperture(self) -> None:
        aperture_s = self.nplc / LINE_HZ
        self.aperture_s = SHORTEST_APERTURE_S if self.nplc == 0.0005 else aperture_s

    def _couple_nplc(self) -> None:
        self.nplc = self.aperture_s * LINE_HZ

    nplc = Setting(
        SENSE + ":NPLCycles", Number("", Limits(0.0005, 15.0, 1.0), form="g"), reset=1.0, then=_couple_aperture
    )
    aperture_s = Setting(
        SENSE + ":APERture",
        Number("S", Limits(SHORTEST_APERTURE_S, LONGEST_APERTURE_S, 1 / LINE_HZ), form="g"),
        reset=1 / LINE_HZ,
        then=_couple_nplc,
    )
    auto_zero = Setting(SENSE + ":AZERo[:STATe]", Boolean(), reset=True)
    line_sync = Setting(SENSE + ":LINE:SYNC", Boolean(), reset=False)


class Banded(Ranged):
    """AC functions."""

    def _adopt_band(self, hertz: float) -> float:
        return max(step for step in DETECTOR_HZ if step <= hertz)

    detector_hz = Setting(
        SENSE + ":DETector:BANDwidth", Number("HZ", Limits(3, 300, 3), form="g"), reset=3.0, adopt=_adopt_band
    )


class Counting(FunctionSetup):
    """Frequency and period."""

    aperture_s = Setting(SENSE + ":APERture", Number("S", Limits(2e-3, 273e-3, 0.2), form="g"), reset=0.2)
    threshold_volts = Setting(SENSE + ":THReshold:RANGe", Number("V", Limits(0.1, 750, 10), form="g"), reset=10.0)
    threshold_auto = Setting(SENSE + ":THReshold:RANGe:AUTO", Boolean(), reset=True)


class Volts(Ranged, Integrating):
    """DC voltage."""

    unit = Setting(SENSE + ":UNIT", Choice(("VOLT", "DB", "DBM")), reset="VOLT")
    input_impedance = Setting(SENSE + ":INPutimpedance", Choice(("AUTO", "MOHM10")), reset="MOHM10")
    db_reference = Setting(SENSE + ":DB:REFerence", Number("V", Limits(1e-7, 1000, 1), form="g"), reset=1.0)
    dbm_reference = Setting(SENSE + ":DBM:REFerence", Number("OHM", Limits(1, 9999, 50), form="g"), reset=50.0)


class Amps(Ranged, Integrating):
    """Direct current, and the ratio of two voltages."""


class Ohms(Ranged, Integrating):
    """2-wire resistance."""

    open_leads = Setting(SENSE + ":ODETector", Boolean(), reset=False)


class FourWireOhms(Ohms):
    """4-wire resistance."""

    compensation = Setting(SENSE + ":OCOMpensated", Choice(("ON", "OFF", "AUTO")), reset="OFF")


class Diode(Integrating):
    """The voltage at a test current."""

    def _adopt_bias(self, amps: float) -> float:
        return min(BIAS_AMPS, key=lambda step: abs(step - amps))

    bias_amps = Setting(
        SENSE + ":BIAS:LEVel", Number("A", Limits(10e-6, 10e-3, 1e-3), form="g"), reset=1e-3, adopt=_adopt_bias
    )


class Temperature(Integrating):
    """A thermocouple, thermistor or RTD on the terminals."""

    transducer = Setting(
        SENSE + ":TRANsducer",
        Choice(("TCouple", "THERmistor", "RTD", "FRTD", "CJC2001")),
        reset="TC",
    )
    thermocouple = Setting(SENSE + ":TCouple:TYPE", Choice(tuple("BEJKNRST")), reset="K")
    junction = Setting(SENSE + ":TCouple:RJUNction:RSELect", Choice(("SIMulated", "INTernal", "EXTernal")), reset="SIM")
    junction_celsius = Setting(
        SENSE + ":TCouple:RJUNction:SIMulated", Number("", Limits(0, 65, 23), form="g"), reset=23.0
    )
    rtd = Setting(SENSE + ":RTD:FOUR", Choice(("PT100", "PT385", "PT3916", "D100", "F100", "USER")), reset="PT100")
    rtd_2w = Setting(SENSE + ":RTD:TWO", Choice(("PT100", "PT385", "PT3916", "D100", "F100", "USER")), reset="PT100")
    thermistor_ohms = Setting(SENSE + ":THERmistor", Number("OHM", Limits(2252, 10000, 5000), form="g"), reset=5000.0)
    open_detector = Setting(SENSE + ":ODETector", Boolean(), reset=True)
    unit = Setting(SENSE + ":UNIT", Choice(("CELSius", "KELVin", "FAHRenheit")), reset="CELS")

    def shown(self, value: float) -> float:
        """In the chosen unit."""
        if self.unit == "KELV":
            value += 273.15
        elif self.unit == "FAHR":
            value = value * 1.8 + 32.0
        return super().shown(value)


CLASSES: Mapping[Quantity, type[FunctionSetup]] = {
    Quantity.DC_VOLTS: Volts,
    Quantity.AC_VOLTS: Banded,
    Quantity.DC_AMPS: Amps,
    Quantity.AC_AMPS: Banded,
    Quantity.OHMS: Ohms,
    Quantity.OHMS_4W: FourWireOhms,
    Quantity.DIODE: Diode,
    Quantity.CELSIUS: Temperature,
    Quantity.CONTINUITY: Integrating,
    Quantity.FARADS: Ranged,
    Quantity.HERTZ: Counting,
    Quantity.SECONDS: Counting,
    Quantity.RATIO: Amps,
}


class MeasureSetup:
    """All functions' settings, and the function that is chosen."""

    def __init__(self) -> None:
        self.chosen = FUNCTIONS[0].name
        self.functions = {function.name: CLASSES[function.quantity](function) for function in FUNCTIONS}

    @property
    def active(self) -> FunctionSetup:
        """The settings of the chosen function."""
        return self.functions[self.chosen]

    def reset(self) -> None:
        """*RST: DC voltage, everything at its default."""
        self.chosen = FUNCTIONS[0].name
        for setup in self.functions.values():
            setup.reset()


def named_function(text: str) -> str:
    """A function's name as it is answered, from any spelling of it.

    Raises:
        ScpiError: -224, there is no such function.
    """
    wanted = _short(text)
    for alias in (wanted, wanted + ":DC", wanted + ":VOLT"):
        if alias in BY_NAME:
            return alias
    if wanted == "VOLT:RAT":
        return "VOLT:DC:RAT"
    raise ScpiError(-224)


def _short(text: str) -> str:
    parts = text.strip().upper().split(":")
    longs = {"VOLTAGE": "VOLT", "CURRENT": "CURR", "RESISTANCE": "RES", "FRESISTANCE": "FRES", "DIODE": "DIOD"}
    longs |= {"CAPACITANCE": "CAP", "TEMPERATURE": "TEMP", "CONTINUITY": "CONT", "FREQUENCY": "FREQ"}
    longs |= {"PERIOD": "PER", "RATIO": "RAT"}
    return ":".join(longs.get(part, part) for part in parts)
