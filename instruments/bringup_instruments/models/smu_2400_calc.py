"""CALCulate1 and CALCulate2 of the 2400: a power reading, null, and the compliance and level limits.

After the Series 2400 User's Manual, sections 8, 12 and 18. Of the math expressions, the built-in POWER, OFFCOMPOHM,
VOLTCOEF and VARALPHA can be named; POWER alone computes. Neighbours: `smu_2400.py` inherits this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..scpi import Boolean, Choice, Limits, Number, ScpiError, Setting, Text, command, query, quoted
from .smu_2400_buffer import SmuReading
from .smu_2400_facts import NOT_A_NUMBER, Measurement, SmuError

if TYPE_CHECKING:
    from .smu_2400 import Smu2400

EXPRESSIONS = ("POWER", "OFFCOMPOHM", "VOLTCOEF", "VARALPHA")
_FORM = ".6E"
_LIMIT = Limits(-9.999999e20, 9.999999e20, 0.0)


class CalculateCommands:
    """Math, null and one pair of limits; the instrument inherits this."""

    if TYPE_CHECKING:
        latest: tuple[SmuReading, ...]

        def _smu(self) -> Smu2400:
            """The whole instrument."""

    expression = "POWER"

    math_on = Setting("CALCulate<1:1>:STATe", Boolean(), reset=False)
    null_on = Setting("CALCulate2:NULL:STATe", Boolean(), reset=False)
    null_offset = Setting("CALCulate2:NULL:OFFSet", Number("", _LIMIT, form=_FORM), reset=0.0)
    calculate_feed = Setting(
        "CALCulate2:FEED", Choice(("CALCulate1", "VOLTage", "CURRent", "RESistance")), reset="VOLT"
    )
    upper = Setting("CALCulate2:LIMit2:UPPer[:DATA]", Number("", _LIMIT, form=_FORM), reset=1.0)
    lower = Setting("CALCulate2:LIMit2:LOWer[:DATA]", Number("", _LIMIT, form=_FORM), reset=-1.0)
    limit_on = Setting("CALCulate2:LIMit2:STATe", Boolean(), reset=False)
    compliance_limit_on = Setting("CALCulate2:LIMit<1:1>:STATe", Boolean(), reset=False)
    fail_on = Setting("CALCulate2:LIMit<1:1>:COMPliance:FAIL", Choice(("IN", "OUT")), reset="IN")

    @command("CALCulate<1:1>:MATH[:EXPRession]:NAME", Text(longest=10))
    def name_expression(self, name: str) -> None:
        """Choose an expression; +806 for one that does not exist."""
        if name.upper() not in EXPRESSIONS:
            raise SmuError(806)
        self.expression = name.upper()

    @query("CALCulate<1:1>:MATH[:EXPRession]:NAME?")
    def expression_name(self) -> str:
        """The name."""
        return quoted(self.expression)

    @query("CALCulate<1:1>:MATH[:EXPRession]:CATalog?")
    def expressions(self) -> str:
        """All names."""
        return ",".join(quoted(name) for name in EXPRESSIONS)

    @query("CALCulate<1:1>:DATA[:LATest]?")
    def math_data(self) -> str:
        """The expression's value of the latest reading; not a number while it is off."""
        return f"{self._math():+.6E}"

    @command("CALCulate2:NULL:ACQuire")
    def acquire_null(self) -> None:
        """The latest value becomes the offset."""
        self.null_offset = self._fed()

    @query("CALCulate2:DATA[:LATest]?")
    def limit_data(self) -> str:
        """What limits look at, less the null."""
        return f"{self._nulled():+.6E}"

    @query("CALCulate2:LIMit2:FAIL?")
    def failed(self) -> str:
        """Whether the latest value lies beyond the limits."""
        if not self.limit_on:
            return "0"
        value = self._nulled()
        failed = not self.lower <= value <= self.upper
        if failed:
            bit = Measurement.HIGH_LIMIT_2 if value > self.upper else Measurement.LOW_LIMIT_2
            self._smu().status.measurement.latch(bit)
        return "1" if failed else "0"

    @query("CALCulate2:LIMit<1:1>:FAIL?")
    def compliance_failed(self) -> str:
        """Whether the source is in compliance, or is not, as FAIL has it."""
        if not self.compliance_limit_on:
            return "0"
        return "1" if self._smu().in_compliance() == (self.fail_on == "IN") else "0"

    def _math(self) -> float:
        if not self.latest:
            raise ScpiError(-230)
        reading = self.latest[-1]
        if not self.math_on or self.expression != "POWER":
            return NOT_A_NUMBER
        return reading.volts * reading.amps

    def _fed(self) -> float:
        if self.calculate_feed == "CALC1":
            return self._math()
        if not self.latest:
            raise ScpiError(-230)
        return self.latest[-1].element(self.calculate_feed)

    def _nulled(self) -> float:
        return self._fed() - (self.null_offset if self.null_on else 0.0)
