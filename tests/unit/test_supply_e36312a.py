"""The E36312A: selected and listed outputs, levels, pairs, tracking, protections, triggers, status, *RST table."""

from __future__ import annotations

import pytest

from bringup_instruments.models.supply_e36312a import SupplyE36312A
from tests.unit.supply_bench import SupplyBench


@pytest.fixture
def bench() -> SupplyBench:
    return SupplyBench(lambda clock, loads: SupplyE36312A(clock, loads, "MY59"), outputs=3)


def test_identity(bench: SupplyBench) -> None:
    assert bench.ask("*IDN?").split(",")[:3] == ["Keysight Technologies", "E36312A", "MY59"]


def test_limits_by_output(bench: SupplyBench) -> None:
    assert bench.numbers("VOLT? MAX,(@1:3)") == [pytest.approx(6.18), pytest.approx(25.75), pytest.approx(25.75)]
    assert bench.numbers("CURR? MAX,(@1:3)") == [pytest.approx(5.15), pytest.approx(1.03), pytest.approx(1.03)]
    assert bench.numbers("CURR? DEF,(@1:2)") == [5.0, 1.0]
    assert bench.numbers("VOLT:PROT? MAX,(@1:2)") == [pytest.approx(6.6), pytest.approx(27.5)]


@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("VOLT 6.2,(@1)", -222),
        ("CURR 1.1,(@2)", -222),
        ("VOLT 5,(@4)", -222),
        ("VOLT 5,@(1)", -101),
        ("VOLT 7,(@1:3)", -222),
        ("INST CH4", -224),
        ("INST:NSEL 4", -222),
        ("CURR:PROT:DEL 3601,(@1)", -222),
        ("OUTP:COUP:CHAN ALL,CH1", -224),
        ("DIG:PIN4:FUNC DIO", -114),
        ("*TRG", -211),
        ("APPL CH1,3,6", -222),
    ],
)
def test_errors(bench: SupplyBench, message: str, number: int) -> None:
    bench.send(message)
    assert bench.error() == number
    assert bench.numbers("VOLT? (@1:3)") == [0.0] * 3


def test_commands_without_a_list_mean_the_selected_output(bench: SupplyBench) -> None:
    bench.send("INST CH2;VOLT 12;CURR 0.5;:OUTP ON")
    assert bench.ask("INST?;:INST:NSEL?;:VOLT?") == "CH2;2;+1.20000000E+01"
    assert bench.ask("OUTP? (@1:3)") == "0,1,0"
    bench.send("INST:NSEL 3;:VOLT 5")
    assert bench.numbers("VOLT? (@1:3)") == [0.0, 12.0, 5.0]
    assert bench.ask("VOLT?") == "+5.00000000E+00"
    bench.send("INST P6V")
    assert bench.ask("INST?;:VOLT?") == "CH1;+0.00000000E+00"


def test_measurements_by_list_by_name_and_selected(bench: SupplyBench) -> None:
    bench.send("VOLT 5,(@1:2);CURR 0.3,(@2);:OUTP ON,(@1:2)")
    assert bench.numbers("MEAS:VOLT? (@1:3)") == [pytest.approx(5.0), pytest.approx(3.0), 0.0]
    assert bench.numbers("MEAS:CURR? CH2") == [pytest.approx(0.3)]
    assert bench.numbers("MEAS:CURR?") == [pytest.approx(0.5)]
    assert bench.ask("STAT:QUES:INST:ISUM1:COND?;:STAT:QUES:INST:ISUM2:COND?") == "2;1"


def test_apply_sets_both_or_neither(bench: SupplyBench) -> None:
    bench.send("APPL CH2,12,0.5")
    assert bench.ask("APPL? CH2") == '"+1.20000000E+01,+5.00000000E-01"'
    bench.send("APPL P25V,20,9")
    assert bench.error() == -222
    assert bench.numbers("VOLT? (@2)") == [12.0]
    bench.send("APPL CH2,MIN,DEF")
    assert bench.ask("APPL? CH2") == '"+0.00000000E+00,+1.00000000E+00"'


def test_up_and_down_by_steps(bench: SupplyBench) -> None:
    bench.send("VOLT 5,(@2);VOLT:STEP 0.25,(@2);:VOLT UP,(@2);:VOLT UP,(@2);:VOLT DOWN,(@2)")
    assert bench.numbers("VOLT? (@2)") == [5.25]


def test_tracking(bench: SupplyBench) -> None:
    bench.send("VOLT 4,(@2);VOLT 9,(@3);:OUTP ON,(@2:3);:OUTP:TRAC ON")
    assert (bench.volts(2), bench.volts(3)) == (4.0, 4.0)
    bench.send("VOLT 7,(@3)")
    assert (bench.volts(2), bench.volts(3)) == (7.0, 7.0)
    bench.send("OUTP:TRAC OFF;:VOLT 5,(@2)")
    assert (bench.volts(2), bench.volts(3)) == (5.0, 7.0)


def test_pairs(bench: SupplyBench) -> None:
    bench.send("OUTP ON,(@2:3);:OUTP:PAIR SER")
    assert bench.ask("OUTP? (@2:3);:OUTP:PAIR?") == "0,0;SER"
    bench.send("VOLT 40,(@2);CURR 1,(@2);:OUTP ON,(@2)")
    assert bench.volts(2) == pytest.approx(10.0), "1 A into 10 ohms"
    assert bench.numbers("VOLT? MAX,(@2)") == [51.5]
    bench.send("OUTP ON,(@3)")
    assert bench.error() == -221
    bench.send("OUTP:TRAC ON")
    assert bench.error() == -221
    bench.send("OUTP:PAIR PAR;:VOLT 15,(@2);CURR 2,(@2);:OUTP ON,(@2)")
    assert bench.error() == 0
    assert bench.volts(2) == 15.0
    bench.send("OUTP:PAIR OFF")
    assert bench.numbers("CURR? (@2)") == [pytest.approx(1.03)]


def test_coupled_outputs_and_delays(bench: SupplyBench) -> None:
    bench.send("VOLT 5,(@1:3);:OUTP:COUP:CHAN CH1,CH3;:OUTP:DEL:RISE 2,(@3);:OUTP ON,(@1)")
    assert bench.ask("OUTP? (@1:3);:OUTP:COUP:CHAN?") == "1,0,1;CH1,CH3"
    assert bench.volts(3) == 0.0
    bench.clock.sleep(3.0)
    assert bench.volts(3) == 5.0
    assert bench.blocks[3]._times[-1] == 2.0
    bench.send("OUTP:COUP:CHAN NONE")
    assert bench.ask("OUTP:COUP:CHAN?") == "NONE"


def test_over_voltage(bench: SupplyBench) -> None:
    bench.send("VOLT 5,(@1);:OUTP ON,(@1);:VOLT:PROT 4,(@1)")
    assert bench.volts(1) == 0.0
    assert bench.ask("VOLT:PROT:TRIP? (@1:2);:STAT:QUES:INST:ISUM1:COND?") == "1,0;512"
    bench.send("VOLT:PROT:STAT OFF,(@1);CLE (@1)")
    assert bench.volts(1) == 5.0


def test_over_current_with_its_delay(bench: SupplyBench) -> None:
    bench.send("VOLT 5,(@1);CURR 0.2,(@1);:CURR:PROT:STAT ON,(@1);DEL 1.5,(@1);:OUTP ON,(@1)")
    bench.clock.sleep(10.0)
    assert bench.volts(1) == 0.0
    assert bench.blocks[1]._times[-1] == 1.5
    assert bench.ask("CURR:PROT:TRIP? (@1);:STAT:QUES:INST:ISUM1:COND?") == "1;1024"
    bench.send("CURR 1,(@1);:OUTP:PROT:CLE (@1)")
    assert bench.volts(1) == 5.0


def test_coupled_protection(bench: SupplyBench) -> None:
    bench.send("OUTP:PROT:COUP ON;:VOLT 5,(@1:3);:OUTP ON,(@1:3);:VOLT:PROT 4,(@2)")
    assert [bench.volts(n) for n in (1, 2, 3)] == [0.0] * 3


def test_summary_of_the_status(bench: SupplyBench) -> None:
    bench.send("*CLS;:STAT:QUES:INST:ISUM2:ENAB 512;:STAT:QUES:INST:ENAB 4;:STAT:QUES:ENAB 8192")
    bench.send("VOLT 5,(@2);:OUTP ON,(@2);:VOLT:PROT 4,(@2)")
    assert bench.supply.status_byte() & 8
    assert bench.ask("STAT:QUES:COND?;:STAT:QUES:INST:COND?;:STAT:QUES:INST:ISUM2?") == "8192;4;514"
    assert bench.ask("STAT:QUES:INST?;:STAT:QUES:COND?") == "4;0"


def test_triggered_levels(bench: SupplyBench) -> None:
    bench.send("VOLT 5,(@1:2);CURR 0.7,(@1);:OUTP ON,(@1:2);:VOLT:TRIG 3,(@1);:INIT (@1)")
    assert int(bench.ask("STAT:QUES:INST:ISUM1:COND?")) & 256
    bench.send("*TRG")
    assert (bench.volts(1), bench.volts(2)) == (3.0, 5.0)
    assert bench.numbers("CURR? (@1)") == [0.7], "no triggered current was programmed"


def test_a_list_with_a_trigger_delay(bench: SupplyBench) -> None:
    bench.send("VOLT 5,(@1);:OUTP ON,(@1);:VOLT:MODE LIST,(@1);:LIST:VOLT 1,2,(@1);DWEL 1,(@1)")
    bench.send("TRIG:DEL 0.5,(@1);:INIT (@1);*TRG")
    assert bench.ask("*OPC?") == "1"
    assert bench.clock.now() == pytest.approx(2.5)
    assert list(bench.blocks[1]._volts)[-3:] == [1.0, 2.0, 5.0]
    assert list(bench.blocks[1]._times)[-3:] == [0.5, 1.5, 2.5]


def test_reset_table(bench: SupplyBench) -> None:
    bench.send("VOLT 5,(@1:3);CURR 0.5,(@1:3);:OUTP ON,(@1:3);:INST CH3;:OUTP:TRAC ON;:CURR:PROT:STAT ON,(@1:3)")
    bench.send("OUTP:COUP:CHAN ALL;:VOLT:SENS EXT,(@2);:VOLT:PROT 3,(@1);*RST")
    assert bench.numbers("CURR? (@1:3)") == [5.0, 1.0, 1.0]
    assert bench.ask("OUTP? (@1:3);:INST?;:OUTP:TRAC?;PAIR?;:OUTP:COUP:CHAN?") == "0,0,0;CH1;0;OFF;NONE"
    assert (
        bench.ask("CURR:PROT:STAT? (@1);DEL? (@1);:VOLT:PROT:STAT? (@1);:VOLT:SENS? (@2)") == "0;+5.00000000E-02;1;INT"
    )
    assert bench.numbers("VOLT? (@1:3)") == [0.0] * 3


def test_states_are_saved_and_recalled(bench: SupplyBench) -> None:
    bench.send("VOLT 5,(@2);:OUTP ON,(@2);*SAV 9;*RST")
    assert bench.volts(2) == 0.0
    bench.send("*RCL 9")
    assert bench.volts(2) == 5.0


def test_data_log(bench: SupplyBench) -> None:
    bench.send("VOLT 5,(@1);:OUTP ON,(@1);:SENS:DLOG:FUNC:CURR ON,(@1);:SENS:DLOG:TIME 1;PER 0.5;:INIT:DLOG 'x.dlog'")
    bench.clock.sleep(2.0)
    assert bench.error() == 0
    assert "1,+5.000000E-01" in bench.ask("MMEM:DATA? 'x.dlog'")
