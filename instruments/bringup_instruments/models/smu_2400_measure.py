"""How the 2400 makes readings: the source-delay-measure cycle, and the commands that ask for one.

After the Series 2400 User's Manual, section 17 (signal oriented measurement commands) and section 18 (status word).
Neighbours: `smu_2400_trigger.py` calls the cycle, `smu_2400.py` inherits this.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from ..scpi import ScpiError, command, query
from .smu_2400_buffer import SmuReading
from .smu_2400_facts import (
    AMPS_RANGES,
    AUTOZERO_FACTOR,
    NOT_A_NUMBER,
    OVERFLOW,
    READING_OVERHEAD_S,
    Word,
    holding,
)
from .smu_2400_stage import Sensed

if TYPE_CHECKING:
    from .smu_2400 import Smu2400

READABLE = 1.003  # over a range's 105 % before a reading is an overflow (estimate)


class MeasureCommands:
    """Readings; the instrument inherits this."""

    if TYPE_CHECKING:

        def _smu(self) -> Smu2400:
            """The whole instrument."""

    def begin(self) -> None:
        """The trigger model leaves idle."""
        smu = self._smu()
        smu.latest = ()
        if smu.stamp_reset_auto:
            smu.reset_stamp()

    def finish(self) -> None:
        """It is back there."""
        smu = self._smu()
        if smu.clear_auto:
            smu.switch(on=False)

    def cycle(self, level: float | None) -> Generator[float, None, None]:
        """Source, delay, measure."""
        smu = self._smu()
        if smu.clear_auto:
            smu.output_on = True
        smu.feed(level)
        yield self._source_delay_s() + self._conversion_s()
        smu.keep(self._reading(level))
        if smu.clear_auto and smu.clear_mode == "ALW":
            smu.switch(on=False)

    def _source_delay_s(self) -> float:
        smu = self._smu()
        if not smu.delay_auto:
            return smu.delay_s
        return 0.003 if not smu.forcing_volts and smu.amps.full <= AMPS_RANGES[1] else 0.001

    def _conversion_s(self) -> float:
        smu = self._smu()
        conversions = max(len(set(smu.enabled) - {"RES"}), 2 if "RES" in smu.enabled else 1)
        repeats = smu.average_count if smu.averaging and smu.average_kind == "REP" else 1.0
        factor = AUTOZERO_FACTOR if smu.auto_zero == "ON" else 1.0
        return conversions * repeats * factor * smu.nplc / smu.frequency + READING_OVERHEAD_S

    def _reading(self, level: float | None) -> SmuReading:
        smu = self._smu()
        sensed = smu.stage.sensed(smu.clock.now())
        volts, amps = self._measured("VOLT", sensed.volts), self._measured("CURR", sensed.amps)
        wanted = set(smu.enabled)
        ohms = self._ohms_of(volts, amps) if "RES" in wanted else NOT_A_NUMBER
        sourced = smu.forced(level)
        if "VOLT" not in wanted:
            volts = sourced.level if sourced.volts else NOT_A_NUMBER
        if "CURR" not in wanted:
            amps = NOT_A_NUMBER if sourced.volts else sourced.level
        seconds = smu.clock.now() - smu.stamp_reset_at_s
        return SmuReading(volts, amps, ohms, seconds, self._word(sensed, OVERFLOW in (volts, amps, ohms)))

    def _measured(self, name: str, true: float) -> float:
        """A converted value, in the digits that are sent; the range of what is sourced is the source's."""
        smu = self._smu()
        function = smu.limited(name)
        forced_here = smu.forcing_volts == (name == "VOLT")
        if forced_here and not smu.auto_ohms:
            full = max((smu.volts if name == "VOLT" else smu.amps).full, holding(function.ranges, true))
        else:
            full = function.follow(true)
        if abs(true) > full * READABLE:
            return OVERFLOW if true > 0 else -OVERFLOW
        repeats = smu.average_count if smu.averaging else 1.0
        converter = smu.converters["MV" if name == "VOLT" else "MI"]
        return float(f"{converter.take(true, full, smu.nplc * repeats):.6E}")

    def _ohms_of(self, volts: float, amps: float) -> float:
        smu = self._smu()
        if abs(volts) >= OVERFLOW or abs(amps) >= OVERFLOW:
            return OVERFLOW
        if smu.auto_ohms and smu.stage.sensed(smu.clock.now()).in_compliance:
            return OVERFLOW
        value = volts / amps if amps else OVERFLOW
        ohms = smu.sense["RES"]
        full = ohms.follow(value)
        return value if ohms.automatic or abs(value) <= full * READABLE else OVERFLOW

    def _word(self, sensed: Sensed, overflow: bool) -> int:
        smu = self._smu()
        enabled = set(smu.enabled)
        flags = {
            Word.OVERFLOW: overflow,
            Word.FILTERED: smu.averaging,
            Word.FRONT: smu.terminals == "FRON",
            Word.COMPLIANCE: sensed.in_compliance,
            Word.OVER_VOLTAGE: smu.protection_tripped() == "1",
            Word.MATH: smu.math_on,
            Word.NULL: smu.null_on,
            Word.LIMITS: smu.limit_on or smu.compliance_limit_on,
            Word.AUTO_OHMS: smu.auto_ohms,
            Word.MEASURED_VOLTS: "VOLT" in enabled,
            Word.MEASURED_AMPS: "CURR" in enabled,
            Word.MEASURED_OHMS: "RES" in enabled,
            Word.SOURCED_VOLTS: smu.forcing_volts,
            Word.SOURCED_AMPS: not smu.forcing_volts,
            Word.REMOTE_SENSE: smu.remote_sense,
        }
        return sum(bit for bit, set_ in flags.items() if set_)

    @query("READ?")
    def read_new(self) -> Generator[float, None, str]:
        """INITiate and FETCh?; +803 while the output is off."""
        smu = self._smu()
        smu.must_be_on()
        smu.may_read()
        smu.overlapped.abort()
        return self._read()

    def _read(self) -> Generator[float, None, str]:
        smu = self._smu()
        yield from smu.acquire()
        return smu.written(smu.latest)

    @query("FETCh?")
    @query("[SENSe<1:1>]:DATA[:LATest]?")
    def fetch(self) -> Generator[float, None, str]:
        """The latest readings once they are complete; -230 if there are none."""
        smu = self._smu()
        yield from smu.until_idle()
        if not smu.latest:
            raise ScpiError(-230)
        return smu.written(smu.latest)

    def configure(self, name: str) -> None:
        """One function with its controls at their defaults, one reading, and the output on; the compliance stays."""
        smu = self._smu()
        smu.overlapped.abort()
        smu.sense[name].to_defaults()
        smu.enabled = (name,)
        smu.arm_source = smu.trigger_source = "IMM"
        smu.arm_count = smu.trigger_count = 1.0
        smu.trigger_delay_s = 0.0
        smu.auto_zero, smu.math_on = "ON", False
        smu.output_on = True
        smu.switched()

    @command("CONFigure:VOLTage[:DC]")
    def configure_volts(self) -> None:
        """Volts."""
        self.configure("VOLT")

    @command("CONFigure:CURRent[:DC]")
    def configure_amps(self) -> None:
        """Amperes."""
        self.configure("CURR")

    @command("CONFigure:RESistance")
    def configure_ohms(self) -> None:
        """Ohms."""
        self.configure("RES")

    @query("CONFigure?")
    def configuration(self) -> str:
        """What is measured."""
        smu = self._smu()
        return smu.tell_on()

    @query("MEASure?")
    def measure(self) -> Generator[float, None, str]:
        """One reading of what is chosen already."""
        smu = self._smu()
        smu.output_on = True
        smu.switched()
        return self.read_new()

    @query("MEASure:VOLTage[:DC]?")
    def measure_volts(self) -> Generator[float, None, str]:
        """CONFigure and READ?."""
        self.configure("VOLT")
        return self.read_new()

    @query("MEASure:CURRent[:DC]?")
    def measure_amps(self) -> Generator[float, None, str]:
        """CONFigure and READ?."""
        self.configure("CURR")
        return self.read_new()

    @query("MEASure:RESistance?")
    def measure_ohms(self) -> Generator[float, None, str]:
        """CONFigure and READ?."""
        self.configure("RES")
        return self.read_new()
