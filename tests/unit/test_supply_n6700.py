"""The N6700 family: channel lists, levels and ranges, on and off, status by output, *RST table, stored states."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.supply_n6700 import SupplyN6700, place
from bringup_instruments.physics import CoolantLoop, SledParameters, SledPhysics
from bringup_instruments.physics.circuit import TerminalBlock
from tests.unit.supply_bench import SupplyBench


@pytest.fixture
def bench() -> SupplyBench:
    return SupplyBench(lambda clock, loads: SupplyN6700(clock, loads, "MY53001", "N6705C", seed=1), outputs=4)


def test_identity_and_modules(bench: SupplyBench) -> None:
    assert bench.ask("*IDN?").split(",")[:3] == ["Keysight Technologies", "N6705C", "MY53001"]
    assert bench.ask("SYST:CHAN?;:SYST:CHAN:COUN?") == "4;4"
    assert bench.ask("SYST:CHAN:MOD? (@1,3)") == "N6752A, N6762A"
    assert bench.ask("SYST:CHAN:OPT? (@2);SER? (@2)") == "0;MY53001M2"


def test_an_unknown_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="N6705C"):
        SupplyN6700(VirtualClock(), {n: TerminalBlock() for n in range(1, 5)}, "1", "N6999A")


@pytest.mark.parametrize(
    ("channels", "volts"),
    [
        ("(@1)", "3,0,0,0"),
        ("(@1,3)", "3,0,3,0"),
        ("(@2:4)", "0,3,3,3"),
        ("(@1,3:4)", "3,0,3,3"),
        ("(@ 4 : 3 )", "0,0,3,3"),
    ],
)
def test_channel_lists(bench: SupplyBench, channels: str, volts: str) -> None:
    bench.send(f"VOLT 3,{channels}")
    assert bench.numbers("VOLT? (@1:4)") == [float(one) for one in volts.split(",")]


def test_answers_come_in_the_order_of_the_list(bench: SupplyBench) -> None:
    bench.send("VOLT 1,(@1);VOLT 2,(@2);VOLT 3,(@3)")
    assert bench.ask("VOLT? (@3,1:2)") == "+3.000000E+00,+1.000000E+00,+2.000000E+00"


@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("VOLT 5,@(1)", -101),
        ("VOLT 5", -109),
        ("VOLT 5,(1)", -171),
        ("VOLT 5,(@1", -171),
        ("VOLT 5,(@)", -171),
        ("VOLT 5,(@5)", -222),
        ("VOLT 5,(@1:7)", -222),
        ("OUTP ON", -109),
        ("OUTP:PROT:CLE", -109),
        ("VOLT 51.5,(@1)", -222),
        ("CURR 4,(@1,3)", -222),
        ("VOLT:PROT 60,(@1)", -222),
        ("OUTP:DEL:RISE 1.1,(@1)", -222),
        ("VOLT:MODE SWEEP,(@1)", -224),
        ("OUTP:PROT:WDOG:DEL 0", -222),
        ("EMUL PS1Q,(@1)", 310),
        ("OUTP:REL:POL NORM,(@1)", 302),
        ("INIT:TRAN (@1)", 309),
        ("TRIG:ACQ (@1)", -211),
        ("*TRG", -211),
    ],
)
def test_errors(bench: SupplyBench, message: str, number: int) -> None:
    bench.send(message)
    assert bench.error() == number
    assert bench.numbers(["VOLT? (@1:4)", ":CURR? (@3)"][0]) == [0.0] * 4
    assert bench.error() == 0


def test_a_query_with_a_malformed_list_is_not_answered(bench: SupplyBench) -> None:
    with pytest.raises(TimeoutError):
        bench.ask("VOLT:PROT? @(1)", timeout_s=1.0)
    assert bench.error() == -101


def test_a_list_is_judged_before_any_output_moves(bench: SupplyBench) -> None:
    bench.send("CURR 4,(@1:4)")
    assert bench.error() == -222
    assert bench.numbers("CURR? (@1:4)") == [0.08] * 4


def test_limits_by_module(bench: SupplyBench) -> None:
    assert bench.numbers("VOLT? MAX,(@1,3)") == [51.0, 51.0]
    assert bench.numbers("CURR? MAX,(@1:4)") == [10.2, 5.1, 3.06, 1.53]
    assert bench.numbers("VOLT:PROT? MAX,(@2)") == [55.0]


def test_a_lower_range_takes_the_levels_down_and_bounds_them(bench: SupplyBench) -> None:
    bench.send("VOLT 20,(@3);CURR 2,(@3);:VOLT:RANG 5,(@3)")
    assert bench.numbers("VOLT:RANG? (@3)") == [5.5]
    assert bench.numbers("VOLT? (@3)") == [pytest.approx(5.61)]
    bench.send("VOLT 12,(@3)")
    assert bench.error() == -222
    bench.send("VOLT:RANG MAX,(@3);:VOLT 12,(@3)")
    assert bench.error() == 0


def test_constant_voltage_constant_current_and_off(bench: SupplyBench) -> None:
    bench.send("VOLT 5,(@1:2);CURR 2,(@1);CURR 0.3,(@2);:OUTP ON,(@1:2)")
    assert bench.numbers("MEAS:VOLT? (@1:3)") == [
        pytest.approx(5.0, abs=1e-3),
        pytest.approx(3.0, abs=1e-3),
        pytest.approx(0.0, abs=1e-3),
    ]
    assert bench.numbers("MEAS:CURR? (@1,2)") == [pytest.approx(0.5, abs=1e-4), pytest.approx(0.3, abs=1e-4)]
    assert bench.numbers("MEAS:POW? (@1)") == [pytest.approx(2.5, abs=0.01)]
    assert bench.ask("STAT:OPER:COND? (@1:3)") == "1,2,4"
    assert bench.ask("OUTP? (@1:4)") == "1,1,0,0"


def test_more_power_than_the_module_has(bench: SupplyBench) -> None:
    bench.send("VOLT 40,(@1);CURR 10,(@1);:OUTP ON,(@1)")  # 160 W into 10 ohms, of 100
    volts = bench.numbers("MEAS:VOLT? (@1)")[0]
    assert volts == pytest.approx(25.0, abs=0.01), "100 W at 40 V leave 2.5 A"
    assert bench.ask("STAT:QUES:COND? (@1);:STAT:OPER:COND? (@1)") == "8;0"


def test_output_state_with_norelay(bench: SupplyBench) -> None:
    bench.send("VOLT 5,(@1);CURR 1,(@1);:OUTP ON,NOR,(@1)")
    assert bench.error() == 0
    assert bench.volts(1) == 5.0


def test_delays_of_on_and_off(bench: SupplyBench) -> None:
    bench.send("VOLT 5,(@1:2);CURR 1,(@1:2);:OUTP:DEL:RISE 0.5,(@2);FALL 0.25,(@1);:OUTP ON,(@1:2)")
    assert bench.ask("OUTP? (@1:2)") == "1,1"
    assert (bench.volts(1), bench.volts(2)) == (5.0, 0.0)
    bench.clock.sleep(0.6)
    assert bench.volts(2) == 5.0
    assert bench.blocks[2]._times[-1] == pytest.approx(0.5)
    bench.send("OUTP OFF,(@1:2)")
    assert (bench.volts(1), bench.volts(2)) == (5.0, 0.0)
    bench.clock.sleep(0.3)
    assert bench.volts(1) == 0.0


def test_slew_ramps_and_its_maximum_does_not(bench: SupplyBench) -> None:
    bench.send("CURR 2,(@1);:VOLT:SLEW 2,(@1);:OUTP ON,(@1);:VOLT 10,(@1)")
    assert bench.ask("VOLT:SLEW? (@1);SLEW:MAX? (@1)") == "+2.000000E+00;0"
    bench.clock.sleep(2.5)
    assert bench.volts(1) == pytest.approx(5.0, abs=0.1)
    bench.clock.sleep(2.6)
    assert bench.volts(1) == 10.0
    bench.send("VOLT:SLEW:MAX ON,(@1);:VOLT 1,(@1)")
    assert bench.volts(1) == 1.0


def test_coupled_outputs_switch_together(bench: SupplyBench) -> None:
    bench.send("VOLT 5,(@1:4);CURR 1,(@1:4);:OUTP:COUP ON;:OUTP:COUP:CHAN 1,3;:OUTP ON,(@3)")
    assert bench.ask("OUTP? (@1:4);:OUTP:COUP:CHAN?") == "1,0,1,0;1,3"
    bench.send("OUTP:COUP:CHAN (@2,4);:OUTP ON,(@4);:OUTP OFF,(@1)")
    assert bench.ask("OUTP? (@1:4)") == "0,1,1,1"


def test_status_is_each_outputs_own(bench: SupplyBench) -> None:
    bench.send("*CLS;STAT:OPER:ENAB 2,(@3);:VOLT 5,(@1:4);CURR 0.1,(@1:4);:OUTP ON,(@1)")
    assert not bench.supply.status_byte() & 128, "output 1's bit is not enabled"
    bench.send("OUTP ON,(@3)")
    assert bench.supply.status_byte() & 128
    assert bench.ask("STAT:OPER? (@3);:STAT:OPER? (@3);:STAT:OPER:ENAB? (@1:4)") == "2;0;0,0,2,0"
    bench.send("STAT:OPER:NTR 2,(@3);:OUTP OFF,(@3)")
    assert int(bench.ask("STAT:OPER:EVEN? (@3)")) & 2
    bench.send("*CLS;STAT:PRES")
    assert bench.ask("STAT:OPER:ENAB? (@3);PTR? (@3);NTR? (@3)") == "0;32767;0"


def test_reset_table(bench: SupplyBench) -> None:
    bench.send("VOLT 5,(@1:4);CURR 1,(@1:4);:VOLT:PROT 20,(@2);:OUTP:PROT:WDOG ON;COUP ON;:OUTP:INH:MODE LIVE")
    bench.send("SENS:SWE:POIN 10,(@1);TINT 0.1,(@1);:OUTP:PMOD CURR,(@3);:OUTP ON,(@1:4);:OUTP:PROT:WDOG:DEL 7")
    bench.send("*RST")
    assert bench.ask("VOLT? (@2);CURR? (@2);:VOLT:PROT? (@2)") == "+0.000000E+00;+8.000000E-02;+5.500000E+01"
    assert bench.ask("OUTP? (@1:4);:OUTP:PROT:WDOG?;COUP?;DEL? (@1);WDOG:DEL?") == "0,0,0,0;0;0;+2.000000E-02;60"
    assert bench.ask("SENS:SWE:POIN? (@1);TINT? (@1);OFFS:POIN? (@1);:SENS:FUNC? (@1)") == '1024;+2.048000E-05;0;"VOLT"'
    assert (
        bench.ask("VOLT:MODE? (@1);SLEW? (@1);:TRIG:TRAN:SOUR? (@1);:TRIG:ACQ:SOUR? (@1)")
        == "FIX;+9.900000E+37;BUS;BUS"
    )
    assert bench.ask("OUTP:PMOD? (@3);:LIST:COUN? (@1);DWEL? (@1);TERM:LAST? (@1)") == "VOLT;1;+1.000000E-03;0"
    assert bench.ask("OUTP:INH:MODE?") == "LIVE", "non-volatile"
    assert [bench.volts(n) for n in range(1, 5)] == [0.0] * 4


def test_states_are_saved_and_recalled(bench: SupplyBench) -> None:
    bench.send("VOLT 5,(@2);CURR 1,(@2);:LIST:VOLT 1,2,(@2);:OUTP ON,(@2);*SAV 4;*RST")
    assert bench.volts(2) == 0.0
    bench.send("*RCL 4")
    assert bench.ask("OUTP? (@2);:LIST:VOLT? (@2)") == "1;+1.000000E+00,+2.000000E+00"
    assert bench.volts(2) == 5.0


def test_a_changed_priority_mode_turns_the_output_off(bench: SupplyBench) -> None:
    bench.send("VOLT 5,(@3);CURR 1,(@3);:OUTP ON,(@3);:OUTP:PMOD CURR,(@3)")
    assert bench.ask("OUTP:PMOD? (@3);:OUTP? (@3)") == "CURR;0"


def test_n6700c_has_no_data_logger() -> None:
    bench = SupplyBench(lambda clock, loads: SupplyN6700(clock, loads, "MY1", "N6700C"), outputs=4)
    bench.send("SENS:DLOG:TIME 5")
    assert bench.error() == -113


def test_an_output_feeds_a_sled() -> None:
    clock = VirtualClock()
    sled = SledPhysics("SL-1", SledParameters(), CoolantLoop())
    loads = {1: sled.load, 2: TerminalBlock(), 3: TerminalBlock(), 4: TerminalBlock()}
    supply = SupplyN6700(clock, loads, "MY1")
    supply.write(b"VOLT 50,(@1);CURR 2,(@1);:OUTP ON,(@1)\n")
    clock.sleep(1.0)
    assert sled.input.powered
    assert sled.vin(clock.now()).volts == pytest.approx(50.0, abs=0.1)


def test_same_seed_same_noise() -> None:
    def readings() -> list[str]:
        bench = SupplyBench(lambda clock, loads: SupplyN6700(clock, loads, "MY1", seed=7), outputs=4)
        bench.send("VOLT 5,(@1);CURR 1,(@1);:OUTP ON,(@1)")
        return [bench.ask("MEAS:VOLT? (@1)") for _ in range(3)]

    first = readings()
    assert first == readings()
    assert len(set(first)) == 3


def test_the_catalogue_places_a_frame_with_open_outputs_where_nothing_is_wired() -> None:
    clock = VirtualClock()
    wired = {2: TerminalBlock(5.0)}
    placement = SimpleNamespace(
        model="Keysight N6700C", clock=clock, serial_number="MY9", seed=1, load=lambda n: wired.get(n, TerminalBlock())
    )
    supply = place(cast("Any", placement))
    supply.write(b"VOLT 5,(@1:2);CURR 1.5,(@1:2);:OUTP ON,(@1:2);:MEAS:CURR? (@1:2)\n")
    amps = [float(one) for one in supply.read(1000, 1.0)[0].decode().split(",")]
    assert amps == [pytest.approx(0.0, abs=1e-4), pytest.approx(1.0, abs=1e-4)]
    assert supply.model == "N6700C"
