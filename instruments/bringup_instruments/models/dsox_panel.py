"""Settings of an InfiniiVision 1000 X-Series oscilloscope that nothing in the lab depends on: kept and shown.

Markers, the display, the external input, hardcopy, the digital voltmeter and the waveform generator of the G models,
after the Programmer's Guide's chapters of these names. Neighbours: `scope_dsox1102g.py` owns them.
"""

from __future__ import annotations

from collections.abc import Callable

from ..scpi import Boolean, Choice, Limits, Number, Setting, Text, command, integer, query
from .dsox_traces import SOURCES, Traces

_OFF = "OFF"


class Markers:
    """The `:MARKer` subsystem: two cursors in each direction.

    Args:
        traces: what the vertical ones read.
    """

    def __init__(self, traces: Traces) -> None:
        self._traces = traces

    mode = Setting("MARKer:MODE", Choice(("OFF", "MEASurement", "MANual", "WAVeform", "BINary", "HEX")), reset=_OFF)
    x1_s = Setting("MARKer:X1Position", Number("S", form="+.5E"), reset=0.0)
    x2_s = Setting("MARKer:X2Position", Number("S", form="+.5E"), reset=0.0)
    y1_volts = Setting("MARKer:Y1Position", Number("V", form="+.5E"), reset=0.0)
    y2_volts = Setting("MARKer:Y2Position", Number("V", form="+.5E"), reset=0.0)
    source1 = Setting("MARKer:X1Y1source", Choice(SOURCES), reset="CHAN1")
    source2 = Setting("MARKer:X2Y2source", Choice(SOURCES), reset="CHAN1")
    x_units = Setting("MARKer:XUNits", Choice(("SEConds", "HERTz", "DEGRees", "PERCent")), reset="SEC")
    y_units = Setting("MARKer:YUNits", Choice(("BASE", "PERCent")), reset="BASE")

    @query("MARKer:XDELta?")
    def x_delta(self) -> str:
        """Between the two, in seconds."""
        return f"{self.x2_s - self.x1_s:+.5E}"

    @query("MARKer:YDELta?")
    def y_delta(self) -> str:
        """Between the two, in volts; of the waveform where they follow it."""
        if self.mode != "WAV":
            return f"{self.y2_volts - self.y1_volts:+.5E}"
        first, second = (self._at(*pair) for pair in ((self.source1, self.x1_s), (self.source2, self.x2_s)))
        return "+9.9E+37" if first is None or second is None else f"{second - first:+.5E}"

    @query("MARKer:DYDX?")
    def slope(self) -> str:
        """Volts per second between the two."""
        seconds = self.x2_s - self.x1_s
        return f"{float(self.y_delta()) / seconds:+.5E}" if seconds else "+9.9E+37"

    def _at(self, source: str, at_s: float) -> float | None:
        trace = self._traces.of(source)
        place = -1 if trace is None else round((at_s - trace.left) / trace.step)
        if trace is None or not 0 <= place < trace.count:
            return None
        return trace.vertical.volts(trace.words((place,))[0])


class Panel:
    """Display, hardcopy, external input, printer and the like."""

    annotation = Setting("DISPlay:ANNotation", Boolean(), reset=False)
    annotation_text = Setting("DISPlay:ANNotation:TEXT", Text(longest=254), reset="")
    labels_shown = Setting("DISPlay:LABel", Boolean(), reset=False)
    intensity = Setting("DISPlay:INTensity:WAVeform", integer(0, 100), reset=50.0)
    persistence = Setting("DISPlay:PERSistence", Choice(("MINimum", "INFinite")), reset="MIN")
    vectors = Setting("DISPlay:VECTors", Boolean(), reset=True)
    ink_saver = Setting("HARDcopy:INKSaver", Boolean(), reset=True)
    palette = Setting("HARDcopy:PALette", Choice(("COLor", "GRAYscale", "NONE")), reset="COL")
    external_limited = Setting("EXTernal:BWLimit", Boolean(), reset=False)
    external_probe = Setting("EXTernal:PROBe", Number("", Limits(0.1, 10000.0), form="+.2E"), reset=1.0)
    external_range = Setting("EXTernal:RANGe", Number("V", Limits(1.6, 8.0), form="+.2E"), reset=8.0)
    external_units = Setting("EXTernal:UNITs", Choice(("VOLT", "AMPere")), reset="VOLT")
    save_name = Setting("SAVE:FILename", Text(longest=64), reset="scope")
    image_format = Setting("SAVE:IMAGe:FORMat", Choice(("BMP", "BMP24bit", "PNG", "NONE")), reset="NONE")
    waveform_format = Setting("SAVE:WAVeform:FORMat", Choice(("ASCiixy", "CSV", "BINary", "NONE")), reset="NONE")
    menu = Setting("SYSTem:MENU", Choice(("MASK", "MEASure", "SEGMented", "LISTer", "POWer", "OFF")), reset=_OFF)

    @command("DISPlay:CLEar")
    @command("CDISplay")
    def clear(self) -> None:
        """Take old traces off the screen; the record stays."""

    @query("EXTernal?")
    def external(self) -> str:
        """All of it in one answer."""
        return (
            f":EXT:BWL {self.external_limited:d};RANG {self.external_range:+.2E};UNIT {self.external_units};"
            f"PROB {self.external_probe:+.2E}"
        )

    @query("DISPlay?")
    def display(self) -> str:
        """All of it in one answer."""
        return f":DISP:LAB {self.labels_shown:d};CONN {self.vectors:d};PERS {self.persistence}"


class Generator:
    """The `:WGEN` subsystem; its output is wired to nothing."""

    function = Setting("WGEN:FUNCtion", Choice(("SINusoid", "SQUare", "RAMP", "PULSe", "NOISe", "DC")), reset="SIN")
    hertz = Setting("WGEN:FREQuency", Number("HZ", Limits(0.1, 20e6)), reset=1e3)
    output = Setting("WGEN:OUTPut", Boolean(), reset=False)
    load = Setting("WGEN:OUTPut:LOAD", Choice(("ONEMeg", "FIFTy")), reset="ONEM")
    volts = Setting("WGEN:VOLTage", Number("V", Limits(2e-3, 20.0)), reset=0.5)
    offset_volts = Setting("WGEN:VOLTage:OFFSet", Number("V", Limits(-10.0, 10.0)), reset=0.0)
    duty = Setting("WGEN:FUNCtion:SQUare:DCYCle", Number("", Limits(20.0, 80.0)), reset=50.0)
    symmetry = Setting("WGEN:FUNCtion:RAMP:SYMMetry", Number("", Limits(0.0, 100.0)), reset=100.0)
    width_s = Setting("WGEN:FUNCtion:PULSe:WIDTh", Number("S", Limits(20e-9, 1.0)), reset=100e-6)

    @command("WGEN:PERiod", Number("S", Limits(50e-9, 10.0)))
    def set_period(self, seconds: float) -> None:
        """One over the frequency."""
        self.hertz = 1.0 / seconds

    @query("WGEN:PERiod?")
    def show_period(self) -> str:
        """One over the frequency."""
        return f"{1.0 / self.hertz:+.8E}"

    @command("WGEN:RST")
    def reset(self) -> None:
        """The generator's own default setup."""
        for name in ("function", "hertz", "output", "load", "volts", "offset_volts"):
            setattr(self, name, getattr(type(self), name).reset)


class Voltmeter:
    """The `:DVM` subsystem: three digits beside the traces.

    Args:
        volts: what a channel's probe touches now.
    """

    def __init__(self, volts: Callable[[str], float]) -> None:
        self._volts = volts

    enabled = Setting("DVM:ENABle", Boolean(), reset=False)
    auto_range = Setting("DVM:ARANge", Boolean(), reset=False)
    mode = Setting("DVM:MODE", Choice(("ACRMs", "DC", "DCRMs", "FREQuency")), reset="DC")
    source = Setting("DVM:SOURce", Choice(("CHANnel1", "CHANnel2")), reset="CHAN1")

    @query("DVM:CURRent?")
    def current(self) -> str:
        """The reading now; only DC is alive here."""
        if not self.enabled or self.mode == "FREQ":
            return "+9.9E+37"
        volts = 0.0 if self.mode == "ACRM" else self._volts(self.source)
        return f"{volts:+.2E}"
