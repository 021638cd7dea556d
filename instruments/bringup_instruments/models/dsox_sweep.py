"""When an InfiniiVision 1000 X-Series oscilloscope looks: its time base and its trigger, as settings.

After the Programmer's Guide, chapters ":TIMebase Commands" and ":TRIGger Commands". The edge trigger is the one
that works; the other modes' settings are kept and shown, and such a trigger never comes by itself.
Neighbours: `dsox_acquisition.py` acts on them.
"""

from __future__ import annotations

from collections.abc import Callable

from ..scpi import Boolean, Choice, Limits, Number, ScpiError, Setting, command, integer, query

REFERENCES = {"LEFT": 0.1, "CENT": 0.5, "RIGH": 0.9}  # part of the screen before the reference point
SHORTEST_S, LONGEST_S = 20e-9, 500.0  # full sweep: 2 ns/div (estimate for the 100 MHz models) to 50 s/div
TRIGGER_SOURCES = ("CHANnel1", "CHANnel2", "EXTernal", "LINE", "WGEN")
LEVEL_SPAN = 0.75  # of full scale to either side of the screen's centre


class Timebase:
    """The horizontal settings.

    Args:
        changed: called after any setting has changed.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed

    def _then(self) -> None:
        self._changed()

    def _window_limits(self) -> Limits:
        return Limits(SHORTEST_S / 2, self.range_s / 2)

    mode = Setting("TIMebase:MODE", Choice(("MAIN", "WINDow", "XY", "ROLL")), reset="MAIN", then=_then)
    range_s = Setting(
        "TIMebase:RANGe", Number("S", Limits(SHORTEST_S, LONGEST_S), form="+.12E"), reset=1e-3, then=_then
    )
    position_s = Setting(
        "TIMebase:POSition", Number("S", Limits(-LONGEST_S, LONGEST_S), form="+.12E"), reset=0.0, then=_then
    )
    reference = Setting("TIMebase:REFerence", Choice(("LEFT", "CENTer", "RIGHt")), reset="CENT", then=_then)
    vernier = Setting("TIMebase:VERNier", Boolean(), reset=False)
    window_position_s = Setting("TIMebase:WINDow:POSition", Number("S", form="+.12E"), reset=0.0)
    window_range_s = Setting("TIMebase:WINDow:RANGe", Number("S", _window_limits, form="+.12E"), reset=500e-6)

    @command("TIMebase:SCALe", Number("S", Limits(SHORTEST_S / 10, LONGEST_S / 10)))
    def set_scale(self, seconds: float) -> None:
        """Seconds per division."""
        self.range_s = seconds * 10
        self._changed()

    @query("TIMebase:SCALe?")
    def show_scale(self) -> str:
        """Seconds per division."""
        return f"{self.range_s / 10:+.12E}"

    @command("TIMebase:WINDow:SCALe", Number("S", Limits(SHORTEST_S / 20, LONGEST_S / 20)))
    def set_window_scale(self, seconds: float) -> None:
        """Seconds per division of the zoomed window; -222 beyond half of the main sweep."""
        if seconds * 10 > self.range_s / 2:
            raise ScpiError(-222)
        self.window_range_s = seconds * 10

    @query("TIMebase:WINDow:SCALe?")
    def show_window_scale(self) -> str:
        """Seconds per division of the zoomed window."""
        return f"{self.window_range_s / 10:+.12E}"

    @command("TIMebase:DELay", Number("S", Limits(-LONGEST_S, LONGEST_S)))
    def set_delay(self, seconds: float) -> None:
        """The older name of the position."""
        self.position_s = seconds
        self._changed()

    @query("TIMebase:DELay?")
    def show_delay(self) -> str:
        """The older name of the position."""
        return f"{self.position_s:+.12E}"

    @query("TIMebase?")
    def setup(self) -> str:
        """All of it in one answer."""
        window = ""
        if self.mode == "WIND":
            window = f";WIND:RANG {self.window_range_s:+.3E};POS {self.window_position_s:+.3E}"
        head = f":TIM:MODE {self.mode};REF {self.reference}"
        return f"{head};MAIN:RANG {self.range_s:+.3E};POS {self.position_s:+.5E}{window}"

    @property
    def left_s(self) -> float:
        """Time of the screen's left edge after the trigger."""
        return self.position_s - REFERENCES[self.reference] * self.range_s


class Trigger:
    """The trigger settings.

    Args:
        changed: called after any setting has changed.
        span_volts: centre and full scale of a source, from which its level may be chosen.
    """

    def __init__(self, changed: Callable[[], None], span_volts: Callable[[str], tuple[float, float]]) -> None:
        self._changed = changed
        self._span_volts = span_volts
        self.after_reset()

    def after_reset(self) -> None:
        """All levels to zero."""
        self.levels: dict[str, float] = {}

    def _then(self) -> None:
        self._changed()

    mode = Setting(
        "TRIGger:MODE",
        Choice(("EDGE", "GLITch", "PATTern", "SHOLd", "TRANsition", "TV", "SBUS1")),
        reset="EDGE",
        then=_then,
    )
    sweep = Setting("TRIGger:SWEep", Choice(("AUTO", "NORMal")), reset="AUTO", then=_then)
    noise_reject = Setting("TRIGger:NREJect", Boolean(), reset=False, then=_then)
    high_reject = Setting("TRIGger:HFReject", Boolean(), reset=False)
    holdoff_s = Setting("TRIGger:HOLDoff", Number("S", Limits(60e-9, 10.0), form="+.3E"), reset=60e-9)
    coupling = Setting("TRIGger[:EDGE]:COUPling", Choice(("AC", "DC", "LFReject")), reset="DC", then=_then)
    reject = Setting("TRIGger[:EDGE]:REJect", Choice(("OFF", "LFReject", "HFReject")), reset="OFF")
    slope = Setting(
        "TRIGger[:EDGE]:SLOPe", Choice(("NEGative", "POSitive", "EITHer", "ALTernate")), reset="POS", then=_then
    )
    source = Setting("TRIGger[:EDGE]:SOURce", Choice(TRIGGER_SOURCES), reset="CHAN1", then=_then)
    glitch_source = Setting("TRIGger:GLITch:SOURce", Choice(("CHANnel1", "CHANnel2", "EXTernal")), reset="CHAN1")
    glitch_polarity = Setting("TRIGger:GLITch:POLarity", Choice(("POSitive", "NEGative")), reset="POS")
    glitch_qualifier = Setting("TRIGger:GLITch:QUALifier", Choice(("GREaterthan", "LESSthan", "RANGe")), reset="LESS")
    glitch_longer_s = Setting("TRIGger:GLITch:GREaterthan", Number("S", Limits(2e-9, 10.0)), reset=20e-9)
    glitch_shorter_s = Setting("TRIGger:GLITch:LESSthan", Number("S", Limits(2e-9, 10.0)), reset=30e-9)
    tv_line = Setting("TRIGger:TV:LINE", integer(1, 1250), reset=1.0)
    tv_source = Setting("TRIGger:TV:SOURce", Choice(("CHANnel1", "CHANnel2")), reset="CHAN1")
    tv_standard = Setting("TRIGger:TV:STANdard", Choice(("NTSC", "PAL", "PALM", "SECam")), reset="NTSC")

    @command("TRIGger[:EDGE]:LEVel", Number("V"), Choice(TRIGGER_SOURCES, optional=True))
    def set_level(self, volts: float, source: str | None = None) -> None:
        """Of a source, or of the present one; -222 beyond 0.75 of full scale from the centre of the screen."""
        source = source or self.source
        centre, full = self._span_volts(source)
        if abs(volts - centre) > LEVEL_SPAN * full * (1 + 1e-9):
            raise ScpiError(-222)
        self.levels[source] = volts
        self._changed()

    @query("TRIGger[:EDGE]:LEVel?", Choice(TRIGGER_SOURCES, optional=True))
    def show_level(self, source: str | None = None) -> str:
        """Of a source, or of the present one."""
        return f"{self.level(source or self.source):+.5E}"

    @command("TRIGger:LEVel:ASETup")
    def centre_levels(self) -> None:
        """Every level to the middle of its screen."""
        self.levels = {source: self._span_volts(source)[0] for source in ("CHAN1", "CHAN2")}
        self._changed()

    @query("TRIGger?")
    def setup(self) -> str:
        """All of it in one answer."""
        head = (
            f":TRIG:MODE {self.mode};SWE {self.sweep};NREJ {self.noise_reject:d};HFR {self.high_reject:d};"
            f"HOLD {self.holdoff_s:+.1E}"
        )
        edge = f":TRIG:EDGE:SOUR {self.source};LEV {self.level(self.source):+.5E};SLOP {self.slope}"
        return f"{head};{edge};REJ {self.reject};COUP {self.coupling}"

    def level(self, source: str) -> float:
        """Of a source."""
        return self.levels.get(source, 0.0)
