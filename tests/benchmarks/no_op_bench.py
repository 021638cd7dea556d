"""A slot's instruments that answer at once: what is left is the runner's own cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bringup.capabilities import HostState, Identity, InputReading, RailReading, WorkloadResult


class NoOpInstrument:
    """Answers at once, and does nothing."""

    def identify(self) -> Identity:
        return Identity("bringup", "no-op", "0", "0")

    def close(self) -> None:
        pass


class NoOpMeter(NoOpInstrument):
    """Gives the numbers of some points, one after the other."""

    def __init__(self, numbers: Iterable[Iterable[float]]) -> None:
        self._numbers = iter([value for values in numbers for value in values])

    def dc_volts(self) -> float:
        return next(self._numbers)


class NoOpController(NoOpInstrument):
    """Is at once where it is sent."""

    def __init__(self) -> None:
        self._rail = (RailReading("vdd_core.0", True, True, 0.0, 0.0, 0.0),)
        self._hertz = 0.0
        self._input = InputReading(54.0, 20.0, 1080.0)
        self._sensors = {f"tj.{chip}": 60.0 for chip in range(4)}

    def rail_on(self, rail: str) -> None:
        pass

    def rail_off(self, rail: str) -> None:
        pass

    def set_rail(self, rail: str, volts: float) -> None:
        self._rail = (RailReading(rail, True, True, volts, volts, 0.0),)

    def read_rail(self, rail: str) -> tuple[RailReading, ...]:
        return self._rail

    def input(self) -> InputReading:
        return self._input

    def sensors(self) -> Mapping[str, float]:
        return self._sensors

    def set_clock(self, hertz: float) -> None:
        self._hertz = hertz

    def measured_clock(self) -> float:
        return self._hertz

    def host_on(self) -> None:
        pass

    def host_off(self) -> None:
        pass

    def host_state(self) -> HostState:
        return HostState.READY


class NoOpHost(NoOpInstrument):
    def workloads(self) -> tuple[str, ...]:
        return ()

    def start(self, workload: str, seconds: float) -> int:
        return 1

    def finish(self, job: int) -> WorkloadResult:
        return WorkloadResult("idle", 0.0, ())


class NoOpCoolant(NoOpInstrument):
    def __init__(self) -> None:
        self._celsius = self._lpm = 0.0

    def set_supply_celsius(self, celsius: float) -> None:
        self._celsius = celsius

    def set_flow_lpm(self, lpm: float) -> None:
        self._lpm = lpm

    def supply_celsius(self) -> float:
        return self._celsius

    def return_celsius(self) -> float:
        return self._celsius

    def flow_lpm(self) -> float:
        return self._lpm


class Nobody:
    """An operator who is never asked."""

    def hold(self, question: str) -> None:
        pass

    def tell(self, message: str) -> None:
        pass
