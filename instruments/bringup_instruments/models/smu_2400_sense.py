"""The SENSe subsystem of the 2400.

After the Series 2400 User's Manual, section 18, "SENSe1 subsystem". Measurement ranges are bound to the compliance:
a range beyond the compliance's is +824, a compliance below 0.1 % of the range +822, and the range of the quantity
that is sourced cannot be chosen at all while the source is read back (+823).
Neighbours: `smu_2400.py` measures with these settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..scpi import Boolean, Choice, Limits, Number, ScpiError, Setting, Text, command, integer, query, reset_settings
from .smu_2400_facts import AMPS_RANGES, OHMS_RANGES, VOLTS_RANGES, SmuError, holding

if TYPE_CHECKING:
    from .smu_2400 import Smu2400

SENSE = "[SENSe<1:1>]:"
FORM = ".6E"
SMALLEST_COMPLIANCE = 0.001  # of the measurement range (section 6)
NAMES = {"VOLT": "VOLT:DC", "CURR": "CURR:DC", "RES": "RES"}


class SenseFunction:
    """What volts, amperes and ohms have in common.

    Args:
        smu: the instrument.
        node: as the manual prints it.
        ranges: ascending.
        default_range: after *RST.
    """

    def __init__(self, smu: Smu2400, node: str, ranges: tuple[float, ...], default_range: float) -> None:
        self.smu = smu
        self.node = node
        self.ranges = ranges
        self.default_range = default_range
        self.reset()

    def reset(self) -> None:
        """The *RST table."""
        reset_settings(self)
        self.full = self.highest = self.default_range
        self.lowest = self.ranges[0]

    def to_defaults(self) -> None:
        """CONFigure: range and integration time, but not the compliance (estimate: the manual says all controls)."""
        self.full, self.automatic = self.default_range, True
        self.smu.nplc = 1.0

    def _range_limits(self) -> Limits:
        return Limits(-self.ranges[-1], self.ranges[-1], self.default_range)

    def _adopt_range(self, value: float) -> float:
        full = holding(self.ranges, value)
        self.permit_range(full)
        return full

    def permit_range(self, full: float) -> None:
        """Raise where a range cannot be chosen now."""

    def _adopt_end(self, value: float) -> float:
        return holding(self.ranges, value)

    def _fix(self) -> None:
        self.automatic = False
        self.smu.feed()

    def _changed(self) -> None:
        self.smu.feed()

    full = Setting(
        SENSE + "{f}:RANGe[:UPPer]", Number("", _range_limits, form=FORM), reset=0.0, adopt=_adopt_range, then=_fix
    )
    automatic = Setting(SENSE + "{f}:RANGe:AUTO", Boolean(), reset=True, then=_changed)
    lowest = Setting(SENSE + "{f}:RANGe:AUTO:LLIMit", Number("", _range_limits, form=FORM), reset=0.0, adopt=_adopt_end)
    highest = Setting(
        SENSE + "{f}:RANGe:AUTO:ULIMit", Number("", _range_limits, form=FORM), reset=0.0, adopt=_adopt_end
    )

    @command(SENSE + "{f}:NPLCycles", Number("", Limits(0.01, 10.0, 1.0)))
    def set_nplc(self, cycles: float) -> None:
        """One integration time for all functions."""
        self.smu.nplc = cycles

    @query(SENSE + "{f}:NPLCycles?", Choice(("MINimum", "MAXimum", "DEFault"), optional=True))
    def tell_nplc(self, special: str | None = None) -> str:
        """As set, or an end of its range."""
        cycles = {None: self.smu.nplc, "MIN": 0.01, "MAX": 10.0, "DEF": 1.0}[special]
        return f"{cycles:.2f}"

    def follow(self, value: float) -> float:
        """The range that a value is read on."""
        if self.automatic:
            self.full = max(holding(self.ranges, value), self.lowest)
        return self.full


class Limited(SenseFunction):
    """Volts and amperes, which have a compliance limit.

    Args:
        smu: the instrument.
        name: VOLT or CURR.
        ranges: ascending.
        default_range: after *RST, and the compliance too.
    """

    def __init__(self, smu: Smu2400, name: str, ranges: tuple[float, ...], default_range: float) -> None:
        self.name = name
        super().__init__(smu, {"VOLT": "VOLTage[:DC]", "CURR": "CURRent[:DC]"}[name], ranges, default_range)

    def reset(self) -> None:
        """The compliance begins at the default range."""
        super().reset()
        self.compliance = self.default_range

    def permit_range(self, full: float) -> None:
        """Not of what is sourced, and not beyond the compliance."""
        if self.smu.source_function == self.name:
            raise SmuError(823)
        if full > holding(self.ranges, self.compliance):
            raise SmuError(824)

    def _compliance_limits(self) -> Limits:
        return Limits(-self.ranges[-1], self.ranges[-1], self.default_range)

    def _adopt_compliance(self, value: float) -> float:
        value = abs(value)
        smallest = SMALLEST_COMPLIANCE * (self.ranges[0] if self.automatic else self.full)
        if value < smallest:
            raise SmuError(822)
        before, self.compliance = self.compliance, value
        try:
            self.smu.check_power()
        except ScpiError:
            self.compliance = before
            raise
        return value

    def _follow_compliance(self) -> None:
        highest = holding(self.ranges, self.compliance)
        if self.full > highest and self.smu.source_function != self.name:
            self.full = highest
        self.smu.feed()

    compliance = Setting(
        SENSE + "{f}:PROTection[:LEVel]",
        Number("", _compliance_limits, form=FORM),
        reset=0.0,
        adopt=_adopt_compliance,
        then=_follow_compliance,
    )
    synchronous = Setting(SENSE + "{f}:PROTection:RSYNchronize", Boolean(), reset=False)

    @query(SENSE + "{f}:PROTection:TRIPped?")
    def tripped(self) -> str:
        """Whether this limit holds the source now."""
        limits_now = self.smu.forcing_volts == (self.name == "CURR")
        return "1" if limits_now and self.smu.in_compliance() else "0"


class Ohms(SenseFunction):
    """Resistance."""

    def _changed_mode(self) -> None:
        self.smu.feed()

    mode = Setting(SENSE + "{f}:MODE", Choice(("MANual", "AUTO")), reset="AUTO", then=_changed_mode)
    compensated = Setting(SENSE + "{f}:OCOMpensated", Boolean(), reset=False)


class SenseCommands:
    """Which functions are measured, and the filter; the instrument inherits this."""

    if TYPE_CHECKING:
        sense: dict[str, SenseFunction]

        def feed(self) -> None:
            """The instrument's."""

    nplc = 1.0
    enabled: tuple[str, ...] = ("CURR",)

    def make_senses(self, smu: Smu2400) -> None:
        """Build the functions; before the command tree."""
        self.sense = {
            "VOLT": Limited(smu, "VOLT", VOLTS_RANGES, 21.0),
            "CURR": Limited(smu, "CURR", AMPS_RANGES, 1.05e-4),
            "RES": Ohms(smu, "RESistance", OHMS_RANGES, 2.1e5),
        }

    def reset_senses(self) -> None:
        """The *RST table."""
        self.nplc, self.enabled = 1.0, ("CURR",)
        for function in self.sense.values():
            function.reset()

    def _follow_concurrent(self) -> None:
        if not self.concurrent and len(self.enabled) > 1:
            self.enabled = ("VOLT",) if "VOLT" in self.enabled else self.enabled[:1]

    concurrent = Setting(SENSE + "FUNCtion:CONCurrent", Boolean(), reset=True, then=_follow_concurrent)
    averaging = Setting(SENSE + "AVERage[:STATe]", Boolean(), reset=False)
    average_count = Setting(SENSE + "AVERage:COUNt", integer(1, 100, 10), reset=10.0)
    average_kind = Setting(SENSE + "AVERage:TCONtrol", Choice(("REPeat", "MOVing")), reset="REP")

    @command(SENSE + "FUNCtion[:ON]", *(Text(longest=20),), *(Text(longest=20, optional=True),) * 2)
    def functions_on(self, *names: str) -> None:
        """Measure these too; one alone where they cannot be measured together."""
        wanted = tuple(_named(name) for name in names)
        self.enabled = _ordered({*self.enabled, *wanted}) if self.concurrent else wanted[-1:]
        self.feed()

    @command(SENSE + "FUNCtion:OFF", *(Text(longest=20),), *(Text(longest=20, optional=True),) * 2)
    def functions_off(self, *names: str) -> None:
        """Measure these no longer."""
        self.enabled = _ordered(set(self.enabled) - {_named(name) for name in names})
        self.feed()

    @command(SENSE + "FUNCtion[:ON]:ALL")
    def all_on(self) -> None:
        """Measure everything; only where it can be done together."""
        if self.concurrent:
            self.enabled = tuple(NAMES)
        self.feed()

    @command(SENSE + "FUNCtion:OFF:ALL")
    def all_off(self) -> None:
        """Measure nothing."""
        self.enabled = ()
        self.feed()

    @query(SENSE + "FUNCtion[:ON]?")
    def tell_on(self) -> str:
        """What is measured."""
        return ",".join(f'"{NAMES[name]}"' for name in self.enabled) or '""'

    @query(SENSE + "FUNCtion:OFF?")
    def tell_off(self) -> str:
        """What is not."""
        return ",".join(f'"{NAMES[name]}"' for name in NAMES if name not in self.enabled) or '""'

    @query(SENSE + "FUNCtion[:ON]:COUNt?")
    def count_on(self) -> str:
        """How many are measured."""
        return str(len(self.enabled))

    @query(SENSE + "FUNCtion:OFF:COUNt?")
    def count_off(self) -> str:
        """How many are not."""
        return str(len(NAMES) - len(self.enabled))

    @query(SENSE + "FUNCtion:STATe?", Text(longest=20))
    def function_state(self, name: str) -> str:
        """Whether one is measured."""
        return "1" if _named(name) in self.enabled else "0"


def _named(text: str) -> str:
    """A function by any spelling of its name; -224 for one that does not exist."""
    head = text.strip().upper().removesuffix(":DC")
    for short, long in (("VOLT", "VOLTAGE"), ("CURR", "CURRENT"), ("RES", "RESISTANCE")):
        if head in (short, long):
            return short
    raise ScpiError(-224)


def _ordered(names: set[str]) -> tuple[str, ...]:
    return tuple(name for name in NAMES if name in names)
