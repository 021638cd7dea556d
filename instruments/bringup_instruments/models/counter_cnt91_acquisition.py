"""How a Pendulum CNT-91 measures: arming, gate, giving up, and the results that wait to be fetched.

After the "CNT-90/91/91R/90XL Programmer's Handbook" (4031 600 90201), chapter 5 "Instrument Model" and chapter 8, ARM,
TRIGger, INITiate, FETCh and READ. Neighbours: `counter_cnt91.py` chooses the function, `counter_cnt91_inputs.py`
has the signals.
"""

from __future__ import annotations

import math
from collections.abc import Generator

from ..scpi import Boolean, Choice, Limits, Number, ScpiDevice, ScpiError, Setting, command, integer, query
from .counter_cnt91_calculate import NOT_A_NUMBER, Calculate, Result
from .counter_cnt91_inputs import INPUT_A, Front, HowMany

GIVE_UP_S = 0.1  # after which signal detection says that there is no signal (estimate)
DEAD_S = 100e-6  # between two measurements that are not back to back (estimate)
TIMED_OUT = 1024  # STATus:QUEStionable bit 10
MEASURING, WAITING = 16, 64  # STATus:OPERation bits 4 and 6
MOST_RESULTS = 750_000
SHORTEST_GATE_S, LONGEST_GATE_S = 20e-9, 1000.0


class GatedMeasurement(ScpiDevice):
    """A counter that measures into a memory of results.

    The parts are made by the class below, before the command tree is.
    """

    front: Front
    calculate: Calculate
    results: list[Result]
    function_name: str = "FREQ"
    channels: tuple[int, ...] = (INPUT_A,)
    _fetched = 0
    _waits_for_trigger = False

    # Settings.

    def _start_over(self) -> None:
        self.overlapped.abort()
        self.results.clear()
        self._fetched = 0
        self.status.operation.update(0)

    def _follow_continuous(self) -> None:
        self._start_over()
        if self.continuous:
            self.overlapped.start(self._measure_on())

    gate_s = Setting(
        "[SENSe]:ACQuisition:APERture",
        Number("S", Limits(SHORTEST_GATE_S, LONGEST_GATE_S, 0.01), form=".12E"),
        reset=0.01,
        then=_start_over,
    )
    continuous = Setting("INITiate:CONTinuous", Boolean(), reset=False, then=_follow_continuous)
    block_count = Setting("ARM[:SEQuence][:LAYer]:COUNt", integer(1, 2_147_483_647, 1), reset=1.0, then=_start_over)
    arm_source = Setting(
        "ARM[:SEQuence][:LAYer]:SOURce",
        Choice(("IMMediate", "EXTernal1", "EXTernal2", "EXTernal4")),
        reset="IMM",
        then=_start_over,
    )
    arm_slope = Setting("ARM[:SEQuence][:LAYer]:SLOPe", Choice(("POSitive", "NEGative")), reset="POS")
    arm_delay_s = Setting("ARM[:SEQuence][:LAYer]:DELay", Number("S", Limits(0, 2, 0)), reset=0.0, then=_start_over)
    arm_layer = Setting("ARM:LAYer2:SOURce", Choice(("IMMediate", "BUS")), reset="IMM", then=_start_over)
    stop_source = Setting(
        "ARM:STOP:SOURce", Choice(("IMMediate", "EXTernal1", "EXTernal2", "EXTernal4", "TIMer")), reset="IMM"
    )
    stop_slope = Setting("ARM:STOP:SLOPe", Choice(("POSitive", "NEGative")), reset="POS")
    sample_count = Setting("TRIGger:COUNt", integer(1, 2_147_483_647, 1), reset=1.0, then=_start_over)
    pacing = Setting("TRIGger:SOURce", Choice(("IMMediate", "TIMer")), reset="IMM", then=_start_over)
    pacing_s = Setting("TRIGger:TIMer", Number("S", Limits(2e-6, 500.0, 0.02)), reset=0.02, then=_start_over)
    gives_up = Setting("SYSTem:TOUT", Boolean(), reset=False)
    gives_up_s = Setting("SYSTem:TOUT:TIME", Number("S", Limits(0.01, 1000.0, 0.1)), reset=0.1)
    detects_signal = Setting("SYSTem:SDETect", Boolean(), reset=True)

    # Measuring.

    @command("INITiate[:IMMediate]")
    def initiate(self) -> None:
        """Start measuring; -213 if it does so already."""
        if self.overlapped.busy:
            raise ScpiError(-213)
        self.results.clear()
        self._fetched = 0
        self.overlapped.start(self._acquire(self._wanted()))

    @command("ABORt")
    def abort(self) -> None:
        """Back to idle; results stay."""
        self.continuous = False
        self.overlapped.abort()
        self.status.operation.update(0)

    @query("READ[:SCALar]?")
    def read_new(self) -> Generator[float, None, str]:
        """Measure afresh and answer the first result."""
        return self._read(1)

    @query("READ:ARRay?", HowMany())
    def read_array(self, many: float) -> Generator[float, None, str]:
        """Measure afresh and answer so many results."""
        return self._read(many)

    @query("FETCh[:SCALar]?")
    def fetch(self) -> Generator[float, None, str]:
        """The next result that was not fetched."""
        return self._fetch(1)

    @query("FETCh:ARRay?", HowMany())
    def fetch_array(self, many: float) -> Generator[float, None, str]:
        """The next results that were not fetched; with a negative number the latest."""
        return self._fetch(many)

    def on_trigger(self) -> None:
        """*TRG: -211 unless it waits for the bus."""
        if not self._waits_for_trigger or self.arm_layer != "BUS":
            raise ScpiError(-211)
        self.overlapped.wake()

    def _read(self, many: float) -> Generator[float, None, str]:
        if self.arm_layer == "BUS":
            raise ScpiError(-214)
        self.continuous = False
        self._start_over()
        return self._read_and_answer(many)

    def _read_and_answer(self, many: float) -> Generator[float, None, str]:
        wanted = self._wanted()
        yield from self._acquire(wanted if math.isinf(many) else max(wanted, int(abs(many))))
        return (yield from self._fetch(many))

    def _fetch(self, many: float) -> Generator[float, None, str]:
        """Waits while there are fewer and more are coming; -230 if there are none."""
        most = int(self.calculate.most)
        if many < 0:
            while not self.results and self.overlapped.busy:
                yield self._next_result_s()
            found = self.results[max(len(self.results) + int(many), 0) :]
        else:
            while self.overlapped.busy and len(self.results) - self._fetched < many:
                yield self._next_result_s()
            count = min(most, len(self.results) - self._fetched if math.isinf(many) else int(many))
            found = self.results[self._fetched : self._fetched + count]
            self._fetched += len(found)
        if not found:
            raise ScpiError(-230)
        return self.calculate.told(found[-most:])

    def _next_result_s(self) -> float:
        return max(self.overlapped.due_s - self.clock.now(), 0.0)

    def _wanted(self) -> int:
        """How many results one INITiate makes."""
        if self.calculate.statistics_on:
            return int(self.calculate.count)
        return int(self.block_count * self.sample_count)

    def _acquire(self, count: int) -> Generator[float, None, None]:
        yield from self._armed()
        self.status.operation.update(MEASURING)
        for _ in range(count):
            yield from self._measure()
        self.status.operation.update(0)

    def _measure_on(self) -> Generator[float, None, None]:
        """INITiate:CONTinuous: until it is switched off."""
        while True:
            yield from self._measure()

    def _armed(self) -> Generator[float, None, None]:
        waits = self.arm_layer == "BUS" or (self.arm_source != "IMM" and not self._edge_comes())
        if waits:
            self._waits_for_trigger = True
            self.status.operation.update(WAITING)
            try:
                yield math.inf
            finally:
                self._waits_for_trigger = False
        if self.arm_delay_s > 0:
            yield self.arm_delay_s

    def _edge_comes(self) -> bool:
        """Whether the input that arms has a signal; its next edge is at hand then."""
        return self.front.has_signal("FREQ", (int(self.arm_source[-1]),), self.clock.now())

    def _measure(self) -> Generator[float, None, None]:
        """One gate, or the time until it gives up."""
        began_s = self.clock.now()
        if self.front.has_signal(self.function_name, self.channels, began_s):
            back_to_back = self.function_name.endswith("BTB")
            yield self.gate_s if back_to_back else self.gate_s + DEAD_S
            now_s = self.clock.now()
            value = self.front.result(self.function_name, self.channels, now_s - self.gate_s, now_s)
        else:
            yield self._patience_s()
            self.status.questionable.latch(TIMED_OUT)
            value = NOT_A_NUMBER
        self.calculate.judge(value)
        self.results.append(Result(value, began_s))
        if len(self.results) > MOST_RESULTS:
            del self.results[0]
            self._fetched = max(self._fetched - 1, 0)
        if self.pacing == "TIM":
            yield max(began_s + self.pacing_s - self.clock.now(), 0.0)

    def _patience_s(self) -> float:
        detected_s = max(self.gate_s, GIVE_UP_S) if self.detects_signal else math.inf
        return min(detected_s, self.gives_up_s) if self.gives_up else detected_s
