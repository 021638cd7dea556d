"""Protections of the N6700 family: over-voltage, over-current with its delay, coupling, watchdog, inhibit and fault."""

from __future__ import annotations

import pytest

from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.supply_n6700 import SupplyN6700
from bringup_instruments.physics import CoolantLoop, SledParameters, SledPhysics
from bringup_instruments.physics.circuit import TerminalBlock
from tests.unit.supply_bench import SupplyBench

OV, OC, INH, PROT = 1, 2, 512, 2048


@pytest.fixture
def bench() -> SupplyBench:
    bench = SupplyBench(lambda clock, loads: SupplyN6700(clock, loads, "MY1"), outputs=4)
    bench.send("VOLT 5,(@1:4);CURR 1,(@1:4)")
    return bench


def causes(bench: SupplyBench) -> list[int]:
    return [int(one) for one in bench.ask("STAT:QUES:COND? (@1:4)").split(",")]


def test_over_voltage_trips_its_output_alone_and_keeps_the_programmed_state(bench: SupplyBench) -> None:
    bench.send("OUTP ON,(@1:2);:VOLT:PROT 4,(@1)")
    assert (bench.volts(1), bench.volts(2)) == (0.0, 5.0)
    assert causes(bench) == [OV, 0, 0, 0]
    assert bench.ask("OUTP? (@1);:STAT:OPER:COND? (@1)") == "1;0"


def test_clearing_returns_to_the_state_before_and_trips_again_while_the_cause_persists(bench: SupplyBench) -> None:
    bench.send("OUTP ON,(@1);:VOLT:PROT 4,(@1);:OUTP:PROT:CLE (@1)")
    assert causes(bench)[0] == OV
    bench.send("VOLT:PROT 6,(@1)")
    assert bench.volts(1) == 0.0, "latched until it is cleared"
    bench.send("OUTP:PROT:CLE (@1)")
    assert bench.volts(1) == 5.0
    assert causes(bench)[0] == 0
    bench.send("VOLT:PROT 4,(@1);:OUTP OFF,(@1);:OUTP:PROT:CLE (@1)")
    assert bench.volts(1) == 0.0, "it was switched off meanwhile"


def test_over_current_trips_after_its_delay_by_itself(bench: SupplyBench) -> None:
    bench.send("CURR 0.3,(@1);:CURR:PROT:STAT ON,(@1);:OUTP:PROT:DEL 0.1,(@1);:OUTP ON,(@1)")
    assert bench.ask("CURR:PROT:DEL? (@1)") == "+1.000000E-01"
    assert bench.volts(1) == 3.0, "still in constant current"
    bench.clock.sleep(0.5)
    assert bench.volts(1) == 0.0
    assert bench.blocks[1]._times[-1] == pytest.approx(0.1), "at its own time, though nobody looked"
    assert causes(bench)[0] == OC


def test_over_current_delay_runs_from_a_change_of_settings_unless_told_otherwise(bench: SupplyBench) -> None:
    sink = Sink()
    changed = bench.blocks[2].connect(sink)
    for start, expected_s in (("SCH", 0.0), ("CCTR", 0.2)):
        sink.siemens = 0.0
        changed(bench.clock.now())
        bench.send(f"CURR:PROT:STAT ON,(@2);DEL 0.2,(@2);DEL:STAR {start},(@2);:OUTP:PROT:CLE (@2);:OUTP ON,(@2)")
        bench.clock.sleep(1.0)
        sink.siemens = 1.0
        before_s = bench.clock.now()
        changed(before_s)
        bench.clock.sleep(1.0)
        assert bench.volts(2) == 0.0
        assert bench.blocks[2]._times[-1] - before_s == pytest.approx(expected_s), start


class Sink:
    """An electronic load in constant resistance."""

    siemens = 0.0

    def amps_at(self, volts: float) -> float:
        return volts * self.siemens


def test_an_over_current_that_passes_in_time_trips_nothing(bench: SupplyBench) -> None:
    bench.send("CURR:PROT:STAT ON,(@1);:OUTP:PROT:DEL 0.2,(@1);:CURR 0.3,(@1);:OUTP ON,(@1)")
    bench.clock.sleep(0.1)
    bench.send("CURR 1,(@1)")
    bench.clock.sleep(1.0)
    assert bench.volts(1) == 5.0


def test_coupled_protection_takes_all_outputs_along(bench: SupplyBench) -> None:
    bench.send("OUTP:PROT:COUP ON;:OUTP ON,(@1:3);:VOLT:PROT 4,(@2)")
    assert causes(bench) == [PROT, OV, PROT, PROT]
    assert [bench.volts(n) for n in (1, 2, 3)] == [0.0] * 3
    bench.send("VOLT:PROT 9,(@2);:OUTP:PROT:CLE (@1:4)")
    assert causes(bench) == [0] * 4
    assert [bench.volts(n) for n in (1, 2, 3, 4)] == [5.0, 5.0, 5.0, 0.0]


# The watchdog.


def test_watchdog_switches_all_outputs_off_at_its_own_time(bench: SupplyBench) -> None:
    bench.send("OUTP ON,(@1:3);:OUTP:PROT:WDOG:DEL 5;:OUTP:PROT:WDOG ON")
    bench.clock.sleep(4.9)
    assert bench.volts(1) == 5.0
    bench.clock.sleep(60.0)
    assert bench.blocks[3].volts(bench.clock.now()) == 0.0, "whoever looks first, and at which output"
    assert [bench.blocks[n]._times[-1] for n in (1, 2, 3)] == [5.0] * 3
    assert causes(bench) == [PROT] * 4
    assert bench.ask("OUTP? (@1:4)") == "1,1,1,0"


@pytest.mark.parametrize("traffic", ["write", "half a message", "serial poll", "device clear", "nonsense"])
def test_any_traffic_feeds_the_watchdog(bench: SupplyBench, traffic: str) -> None:
    bench.send("OUTP ON,(@1);:OUTP:PROT:WDOG:DEL 5;:OUTP:PROT:WDOG ON")
    for _ in range(10):
        bench.clock.sleep(4.0)
        if traffic == "serial poll":
            bench.supply.status_byte()
        elif traffic == "device clear":
            bench.supply.clear()
        else:
            data = {"write": b"*CLS\n", "half a message": b"*CL", "nonsense": b"BLARP\n"}[traffic]
            bench.supply.write(data, end=traffic != "half a message")
    assert bench.volts(1) == 5.0
    bench.clock.sleep(5.1)
    assert bench.volts(1) == 0.0


def test_looking_is_no_traffic(bench: SupplyBench) -> None:
    bench.send("OUTP ON,(@1);:OUTP:PROT:WDOG:DEL 2;:OUTP:PROT:WDOG ON")
    for _ in range(4):
        bench.clock.sleep(1.0)
        bench.volts(1)
        bench.supply.poll(100)
    assert bench.volts(1) == 0.0


def test_the_command_that_comes_too_late_does_not_save_the_outputs(bench: SupplyBench) -> None:
    bench.send("OUTP ON,(@1);:OUTP:PROT:WDOG:DEL 2;:OUTP:PROT:WDOG ON;*CLS")
    bench.clock.sleep(2.5)
    assert bench.ask("STAT:QUES? (@1)") == str(PROT)
    bench.send("OUTP:PROT:CLE (@1:4)")
    assert bench.volts(1) == 5.0
    bench.clock.sleep(3.0)
    assert bench.volts(1) == 0.0, "it is still armed"
    bench.send("OUTP:PROT:WDOG OFF;:OUTP:PROT:CLE (@1:4)")
    bench.clock.sleep(1e5)
    assert bench.volts(1) == 5.0


def test_a_shorter_delay_counts_from_when_it_was_set(bench: SupplyBench) -> None:
    bench.send("OUTP ON,(@1);:OUTP:PROT:WDOG ON")
    bench.clock.sleep(10.0)
    bench.send("OUTP:PROT:WDOG:DEL 3")
    bench.clock.sleep(20.0)
    bench.volts(1)
    assert bench.blocks[1]._times[-1] == 13.0


def test_the_sled_really_loses_its_power_then() -> None:
    clock = VirtualClock()
    sled = SledPhysics("SL-1", SledParameters(), CoolantLoop())
    supply = SupplyN6700(clock, {1: sled.load, 2: TerminalBlock(), 3: TerminalBlock(), 4: TerminalBlock()}, "MY1")
    supply.write(b"VOLT 50,(@1);CURR 2,(@1);:OUTP ON,(@1);:OUTP:PROT:WDOG:DEL 10;:OUTP:PROT:WDOG ON\n")
    clock.sleep(9.5)
    assert sled.vin(clock.now()).volts > 49.0
    clock.sleep(0.7)
    sagging = sled.vin(clock.now()).volts
    assert 0.0 < sagging < 10.0, "0.2 s after the trip the input has discharged for just that long"
    assert not sled.input.powered


def test_the_watchdog_keeps_no_clock_alive() -> None:
    clock = VirtualClock()
    supply = SupplyN6700(clock, {n: TerminalBlock(10.0) for n in range(1, 5)}, "MY1")
    supply.write(b"OUTP:PROT:WDOG ON\n")
    clock.spawn(lambda: clock.sleep(1.0), "somebody").result()
    assert clock.now() == 1.0


# The digital port.


def test_live_inhibit_follows_the_pin(bench: SupplyBench) -> None:
    bench.send("OUTP:INH:MODE LIVE;:DIG:PIN3:FUNC INH;:OUTP ON,(@1)")
    port = bench.supply.protection.digital
    port.drive(3, high=True)
    assert bench.volts(1) == 0.0
    assert causes(bench) == [INH] * 4
    port.drive(3, high=False)
    assert bench.volts(1) == 5.0
    assert causes(bench) == [0] * 4


def test_latching_inhibit_stays_until_it_is_released_and_cleared(bench: SupplyBench) -> None:
    bench.send("DIG:PIN3:FUNC INH;:DIG:PIN3:POL NEG;:OUTP:INH:MODE LATC;:OUTP ON,(@1)")
    port = bench.supply.protection.digital
    assert bench.volts(1) == 5.0, "nobody drives the pin"
    port.drive(3, high=False)
    bench.send("OUTP:PROT:CLE (@1:4)")
    assert causes(bench) == [INH] * 4, "the pin is still true"
    port.drive(3, high=True)
    assert bench.volts(1) == 0.0
    bench.send("OUTP:PROT:CLE (@1:4)")
    assert bench.volts(1) == 5.0


def test_fault_of_one_frame_inhibits_another(bench: SupplyBench) -> None:
    other = SupplyBench(lambda clock, loads: SupplyN6700(clock, loads, "MY2"), outputs=4)
    other.send("OUTP:INH:MODE LATC;:DIG:PIN3:FUNC INH;:VOLT 3,(@1);CURR 1,(@1);:OUTP ON,(@1)")
    bench.send("DIG:PIN1:FUNC FAUL")
    bench.supply.protection.digital.watch_fault(lambda on: other.supply.protection.digital.drive(3, high=on))
    bench.send("OUTP ON,(@1);:VOLT:PROT 1,(@1)")
    assert bench.supply.protection.digital.fault
    assert other.volts(1) == 0.0


def test_pins(bench: SupplyBench) -> None:
    bench.send("DIG:PIN2:FUNC DIO;:DIG:OUTP:DATA 2")
    bench.supply.protection.digital.drive(5, high=True)
    assert bench.ask("DIG:INP:DATA?;:DIG:OUTP:DATA?;:DIG:PIN2:FUNC?;POL?") == "18;2;DIO;POS"
    for refused, number in (("DIG:PIN4:FUNC INH", -221), ("DIG:PIN3:FUNC FAUL", -221), ("DIG:PIN8:FUNC DIO", -114)):
        bench.send(refused)
        assert bench.error() == number
