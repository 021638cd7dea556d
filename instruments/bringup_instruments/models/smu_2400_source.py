"""The SOURce subsystem of the 2400.

After the Series 2400 User's Manual, section 18, "SOURce subsystem". A `SourceFunction` holds the settings of one of
the two, volts and amperes; the rest is declared on `SourceCommands`, which the instrument inherits.
Neighbours: `smu_2400_stage.py` forces what is set here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..scpi import Boolean, Choice, Limits, Number, ScpiError, Setting, command, integer, query, reset_settings
from .smu_2400_facts import AMPS_RANGES, VOLTS_RANGES, SmuError, holding

SOURCE = "SOURce<1:1>:"
FORM = ".6E"
MOST_POINTS = 2500
LIST_POINTS = 100
PROTECTION_STEPS = (20.0, 40.0, 60.0, 80.0, 100.0, 120.0, 160.0, 210.0)


class SourceFunction:
    """Levels, range and sweep of volts or of amperes.

    Args:
        node: as the manual prints it.
        ranges: ascending.
        default_range: after *RST.
        check: raises where a level or range is not permitted now.
        changed: called after a change.
    """

    def __init__(
        self,
        node: str,
        ranges: tuple[float, ...],
        default_range: float,
        check: Callable[[], None],
        changed: Callable[[], None],
    ) -> None:
        self.node = node
        self.ranges = ranges
        self.values: list[float] = [0.0]
        self._default_range = default_range
        self._permitted = check
        self._tell = changed
        self.reset()

    def reset(self) -> None:
        """The *RST table."""
        reset_settings(self)
        self.full = self._default_range
        self.values = [0.0]

    def _limits(self) -> Limits:
        return Limits(-self.ranges[-1], self.ranges[-1], 0.0)

    def _level_limits(self) -> Limits:
        highest = self.ranges[-1] if self.automatic else self.full
        return Limits(-highest, highest, 0.0)

    def _range_limits(self) -> Limits:
        return Limits(-self.ranges[-1], self.ranges[-1], self._default_range)

    def _changed(self) -> None:
        self._tell()

    def _adopt_level(self, value: float) -> float:
        self._permitted()
        before, self.level = self.level, value
        full_before = self.full
        if self.automatic:
            self.full = holding(self.ranges, value)
        try:
            self._tell()
        except ScpiError:
            self.level, self.full = before, full_before
            raise
        return value

    def _adopt_range(self, value: float) -> float:
        self._permitted()
        return holding(self.ranges, value)

    def _fix_range(self) -> None:
        self.automatic = False
        self.level = min(max(self.level, -self.full), self.full)
        self._tell()

    def _follow_automatic(self) -> None:
        if self.automatic:
            self.full = holding(self.ranges, self.level)
            self._tell()

    def _centre(self) -> None:
        self.centre, self.span = (self.start + self.stop) / 2, self.stop - self.start

    def _ends(self) -> None:
        self.start, self.stop = self.centre - self.span / 2, self.centre + self.span / 2

    level = Setting(
        SOURCE + "{f}[:LEVel][:IMMediate][:AMPLitude]",
        Number("", _level_limits, form=FORM),
        reset=0.0,
        adopt=_adopt_level,
    )
    triggered = Setting(SOURCE + "{f}[:LEVel]:TRIGgered[:AMPLitude]", Number("", _limits, form=FORM), reset=0.0)
    full = Setting(
        SOURCE + "{f}:RANGe", Number("", _range_limits, form=FORM), reset=0.0, adopt=_adopt_range, then=_fix_range
    )
    automatic = Setting(SOURCE + "{f}:RANGe:AUTO", Boolean(), reset=True, then=_follow_automatic)
    mode = Setting(SOURCE + "{f}:MODE", Choice(("FIXed", "LIST", "SWEep")), reset="FIX")
    start = Setting(SOURCE + "{f}:STARt", Number("", _limits, form=FORM), reset=0.0, then=_centre)
    stop = Setting(SOURCE + "{f}:STOP", Number("", _limits, form=FORM), reset=0.0, then=_centre)
    step = Setting(SOURCE + "{f}:STEP", Number("", _limits, form=FORM), reset=0.0)
    centre = Setting(SOURCE + "{f}:CENTer", Number("", _limits, form=FORM), reset=0.0, then=_ends)
    span = Setting(SOURCE + "{f}:SPAN", Number("", None, form=FORM), reset=0.0, then=_ends)

    @command(SOURCE + "LIST:{f}", Number("", None), *(Number("", None, optional=True),) * (LIST_POINTS - 1))
    def set_list(self, *values: float) -> None:
        """The list of a list sweep."""
        self.values = []
        self.append_list(*values)

    @command(SOURCE + "LIST:{f}:APPend", Number("", None), *(Number("", None, optional=True),) * (LIST_POINTS - 1))
    def append_list(self, *values: float) -> None:
        """More values for the list."""
        if any(abs(value) > self.ranges[-1] for value in values):
            raise ScpiError(-222)
        if len(self.values) + len(values) > MOST_POINTS:
            raise ScpiError(-223)
        self.values += values

    @query(SOURCE + "LIST:{f}?")
    def tell_list(self) -> str:
        """The list."""
        return ",".join(f"{value:+.6E}" for value in self.values)

    @query(SOURCE + "LIST:{f}:POINts?")
    def list_points(self) -> str:
        """Its length."""
        return str(len(self.values))


class SourceCommands:
    """What both source functions share; the instrument inherits this."""

    if TYPE_CHECKING:
        volts: SourceFunction
        amps: SourceFunction

        def feed(self) -> None:
            """The instrument's."""

        def switch(self, on: bool) -> None:
            """The instrument's."""

        def refuse_auto_ohms(self) -> None:
            """The instrument's."""

    def make_sources(self) -> None:
        """Build both functions; before the command tree."""
        self.volts = SourceFunction("VOLTage", VOLTS_RANGES, 21.0, self.refuse_auto_ohms, self._changed_level)
        self.amps = SourceFunction("CURRent", AMPS_RANGES, 1.05e-4, self.refuse_auto_ohms, self._changed_level)

    def _changed_level(self) -> None:
        if hasattr(self, "ready"):
            self.feed()

    def _feed(self) -> None:
        self.feed()

    def _adopt_function(self, name: str) -> str:
        self.refuse_auto_ohms()
        return name

    def _adopt_protection(self, volts: float) -> float:
        return next((step for step in PROTECTION_STEPS if step >= abs(volts)), PROTECTION_STEPS[-1])

    def _fix_delay(self) -> None:
        self.delay_auto = False

    source_function = Setting(
        SOURCE + "FUNCtion[:MODE]",
        Choice(("VOLTage", "CURRent", "MEMory")),
        reset="VOLT",
        adopt=_adopt_function,
        then=_feed,
    )
    shape = Setting(SOURCE + "FUNCtion:SHAPe", Choice(("DC",)), reset="DC")
    protection_volts = Setting(
        SOURCE + "VOLTage:PROTection[:LEVel]",
        Number("V", Limits(-210.0, 210.0, 210.0), form=FORM),
        reset=210.0,
        adopt=_adopt_protection,
        then=_feed,
    )
    delay_s = Setting(
        SOURCE + "DELay", Number("S", Limits(0.0, 999.9999, 0.001), form=".5f"), reset=0.001, then=_fix_delay
    )
    delay_auto = Setting(SOURCE + "DELay:AUTO", Boolean(), reset=True)
    clear_auto = Setting(SOURCE + "CLEar:AUTO", Boolean(), reset=False)
    clear_mode = Setting(SOURCE + "CLEar:AUTO:MODE", Choice(("ALWays", "TCOunt")), reset="ALW")
    soak_s = Setting(SOURCE + "SOAK", Number("S", Limits(0.0, 9999.999, 0.0), form=".5f"), reset=0.0)
    spacing = Setting(SOURCE + "SWEep:SPACing", Choice(("LINear", "LOGarithmic")), reset="LIN")
    points = Setting(SOURCE + "SWEep:POINts", integer(1, MOST_POINTS, MOST_POINTS), reset=float(MOST_POINTS))
    direction = Setting(SOURCE + "SWEep:DIRection", Choice(("UP", "DOWN")), reset="UP")
    ranging = Setting(SOURCE + "SWEep:RANGing", Choice(("BEST", "AUTO", "FIXed")), reset="BEST")
    abort_on = Setting(SOURCE + "SWEep:CABort", Choice(("NEVer", "EARLy", "LATE")), reset="NEV")

    @command(SOURCE + "CLEar[:IMMediate]")
    def clear_source(self) -> None:
        """Output off."""
        self.switch(on=False)

    @query(SOURCE + "VOLTage:PROTection:TRIPped?")
    def protection_tripped(self) -> str:
        """Whether the voltage limit of the source holds it."""
        return "1" if self.source_function == "VOLT" and abs(self.volts.level) > self.protection_volts else "0"

    def sweep(self) -> list[float] | None:
        """The levels that triggers step through, or None for a fixed source.

        Raises:
            ScpiError: +801, a list without values, or a logarithmic sweep through zero.
        """
        function = self.amps if self.source_function == "CURR" else self.volts
        if function.mode == "FIX":
            return None
        values = function.values if function.mode == "LIST" else self._stepped(function)
        if not values:
            raise SmuError(801)
        return values[::-1] if self.direction == "DOWN" and function.mode == "SWE" else values

    def _stepped(self, function: SourceFunction) -> list[float]:
        start, stop = function.start, function.stop
        if self.spacing == "LOG":
            if start * stop <= 0.0:
                raise SmuError(801)
            count = int(self.points)
            ratio = (stop / start) ** (1.0 / (count - 1)) if count > 1 else 1.0
            return [start * ratio**index for index in range(count)]
        if function.step:
            count = min(round(abs((stop - start) / function.step)) + 1, MOST_POINTS)
            step = abs(function.step) if stop >= start else -abs(function.step)
            return [start + step * index for index in range(count)]
        count = int(self.points)
        return [start + (stop - start) * index / max(count - 1, 1) for index in range(count)]


def best_range(values: list[float], ranges: tuple[float, ...]) -> float:
    """The range that holds a whole sweep (RANGing BEST)."""
    return holding(ranges, max(abs(value) for value in values))
