"""Triggered work of the N6700 family: steps, lists, waveforms, the digitizer, the external and the internal log."""

from __future__ import annotations

import struct

import pytest

from bringup_instruments.models.supply_n6700 import SupplyN6700
from tests.unit.supply_bench import SupplyBench


@pytest.fixture
def bench() -> SupplyBench:
    bench = SupplyBench(lambda clock, loads: SupplyN6700(clock, loads, "MY1"), outputs=4)
    bench.send("VOLT 5,(@1:4);CURR 1.5,(@1:4);:OUTP ON,(@1:4)")
    bench.clock.sleep(1.0)
    return bench


def steps(bench: SupplyBench, output: int, since_s: float) -> list[tuple[float, float]]:
    block = bench.blocks[output]
    bench.volts(output)
    return [
        (round(at_s - since_s, 6), volts)
        for at_s, volts in zip(block._times, block._volts, strict=True)
        if at_s >= since_s
    ]


def test_step_of_several_outputs_at_one_trigger(bench: SupplyBench) -> None:
    bench.send("VOLT:TRIG 3,(@1:2);MODE STEP,(@1:2);:INIT:TRAN (@1:2)")
    assert bench.ask("STAT:OPER:COND? (@1:3)") == "81,81,1"
    bench.send("*TRG")
    assert (bench.volts(1), bench.volts(2)) == (3.0, 3.0)
    assert bench.ask("VOLT? (@1);:STAT:OPER:COND? (@1)") == "+3.000000E+00;1"
    bench.send("*TRG")
    assert bench.error() == -211


def test_list_runs_by_itself_and_ends_where_it_began(bench: SupplyBench) -> None:
    bench.send("VOLT:MODE LIST,(@1);:LIST:VOLT 1,2,3,(@1);DWEL 0.2,0.3,0.5,(@1);COUN 2,(@1);:INIT:TRAN (@1)")
    start_s = bench.clock.now()
    bench.send("TRIG:TRAN (@1);*OPC")
    assert bench.ask("LIST:VOLT:POIN? (@1);:LIST:VOLT? (@1);:VOLT? (@1)").startswith("3;+1.000000E+00,+2.")
    assert bench.ask("*ESR?") == str(128), "power-on alone: not complete yet"
    assert bench.ask("*OPC?") == "1"
    assert bench.clock.now() - start_s == pytest.approx(2.0)
    assert bench.ask("*ESR?") == "1"
    assert steps(bench, 1, start_s) == [(0, 1), (0.2, 2), (0.5, 3), (1.0, 1), (1.2, 2), (1.5, 3), (2.0, 5)]


def test_list_can_keep_its_last_level_and_be_paced_by_triggers(bench: SupplyBench) -> None:
    bench.send("VOLT:MODE LIST,(@2);:LIST:VOLT 1,2,(@2);STEP ONCE,(@2);TERM:LAST ON,(@2);:INIT:TRAN (@2)")
    seen = []
    for _ in range(3):
        bench.send("TRIG:TRAN (@2)")
        seen.append(bench.volts(2))
        bench.clock.sleep(1.0)
    assert seen == [1.0, 2.0, 2.0]
    assert bench.ask("VOLT? (@2)") == "+2.000000E+00"


@pytest.mark.parametrize(
    ("setup", "number"),
    [
        ("VOLT:MODE LIST,(@1);:LIST:VOLT 1,2,3,(@1);DWEL 1,2,(@1);:INIT:TRAN (@1)", 307),
        ("VOLT:MODE LIST,(@1);:CURR:MODE STEP,(@1);:INIT:TRAN (@1)", 304),
        ("VOLT:MODE STEP,(@1);:INIT:TRAN (@1);:INIT:TRAN (@1)", -213),
        ("LIST:VOLT 1,60,(@1)", -222),
        ("LIST:DWEL 300,(@1)", -222),
        ("FETC:VOLT? (@1)", 303),
        ("INIT:DLOG 'a.dlog'", 325),
        ("INIT:ELOG (@1)", 327),
    ],
)
def test_what_does_not_fit_is_refused(bench: SupplyBench, setup: str, number: int) -> None:
    bench.send(setup)
    assert bench.error() == number


def test_abort_goes_back_to_the_programmed_level(bench: SupplyBench) -> None:
    bench.send(
        "VOLT:MODE LIST,(@1);:LIST:VOLT 1,2,(@1);DWEL 100,(@1);COUN INF,(@1);:TRIG:TRAN:SOUR IMM,(@1);:INIT:TRAN (@1)"
    )
    assert bench.volts(1) == 1.0
    assert bench.ask("LIST:COUN? (@1)") == "9.9E37"
    bench.send("ABOR:TRAN (@1)")
    assert bench.volts(1) == 5.0


def test_a_protection_holds_a_running_list_off_and_clearing_finds_it_further_on(bench: SupplyBench) -> None:
    bench.send("VOLT:MODE LIST,(@1);:LIST:VOLT 1,6,2,(@1);DWEL 1,(@1);:VOLT:PROT 5.5,(@1);:INIT:TRAN (@1);*TRG")
    bench.clock.sleep(2.5)
    assert bench.volts(1) == 0.0
    bench.send("OUTP:PROT:CLE (@1)")
    assert bench.volts(1) == 2.0


def test_sine(bench: SupplyBench) -> None:
    bench.send("VOLT:MODE ARB,(@1);:ARB:FUNC:TYPE VOLT,(@1);:ARB:FUNC:SHAP SIN,(@1);:ARB:COUN 2,(@1)")
    bench.send("ARB:VOLT:SIN:AMPL 1,(@1);OFFS 4,(@1);FREQ 10,(@1);:INIT:TRAN (@1)")
    start_s = bench.clock.now()
    bench.send("*TRG")
    bench.clock.sleep(0.3)
    course = steps(bench, 1, start_s)
    assert max(v for t, v in course if t < 0.2) == pytest.approx(5.0, abs=0.01)
    assert min(v for t, v in course if t < 0.2) == pytest.approx(3.0, abs=0.01)
    assert course[-1] == (0.2, 5.0)


def test_every_shape_takes_its_time(bench: SupplyBench) -> None:
    for shape, seconds, setup in (
        ("STEP", 0.5, "STEP:STAR 1,(@1);END 2,(@1);STAR:TIM 0.5"),
        ("RAMP", 1.5, "RAMP:STAR 1,(@1);END 2,(@1);STAR:TIM 0.25,(@1);:ARB:VOLT:RAMP:RTIM 1,(@1);END:TIM 0.25"),
        ("STA", 1.0, "STA:STAR 1,(@1);END 2,(@1);NST 4,(@1);TIM 1"),
        ("PULS", 0.6, "PULS:STAR 1,(@1);TOP 3,(@1);STAR:TIM 0.1,(@1);:ARB:VOLT:PULS:TOP:TIM 0.5"),
        ("TRAP", 3.0, "TRAP:STAR 1,(@1);TOP 3"),
        ("EXP", 1.0, "EXP:STAR 0,(@1);END 2,(@1);TIM 1,(@1);TCON 0.2"),
        ("CDW", 0.3, "CDW 1,2,3,(@1);:ARB:VOLT:CDW:DWEL 0.1"),
        ("UDEF", 0.7, "UDEF 1,2,(@1);:ARB:VOLT:UDEF:DWEL 0.3,0.4"),
    ):
        bench.send(f"VOLT:MODE ARB,(@1);:ARB:FUNC:SHAP {shape},(@1);:ARB:VOLT:{setup},(@1)")
        assert bench.error() == 0, shape
        start_s = bench.clock.now()
        bench.send("INIT:TRAN (@1);*TRG")
        assert bench.ask("*OPC?") == "1"
        assert bench.clock.now() - start_s == pytest.approx(seconds, abs=1e-6), shape


# The digitizer.


def test_a_measurement_takes_points_times_interval(bench: SupplyBench) -> None:
    bench.send("SENS:SWE:POIN 100,(@1);TINT 0.001,(@1)")
    interval_s = float(bench.ask("SENS:SWE:TINT? (@1)"))
    assert interval_s == pytest.approx(0.001, rel=0.02), "in whole ticks of 20.48 us"
    before_s = bench.clock.now()
    assert bench.numbers("MEAS:VOLT? (@1)") == [pytest.approx(5.0, abs=1e-3)]
    assert bench.clock.now() - before_s == pytest.approx(100 * interval_s)


def test_a_triggered_acquisition_sees_the_list_that_the_same_trigger_starts(bench: SupplyBench) -> None:
    bench.send("VOLT:MODE LIST,(@1);:LIST:VOLT 1,3,(@1);DWEL 0.5,(@1);:SENS:SWE:POIN 100,(@1);TINT 0.01,(@1)")
    bench.send("INIT:TRAN (@1);:INIT:ACQ (@1)")
    assert int(bench.ask("STAT:OPER:COND? (@1)")) & 8
    bench.send("*TRG")
    assert bench.ask("*OPC?") == "1"
    array = bench.numbers("FETC:ARR:VOLT? (@1)")
    assert len(array) == 100
    assert array[:50] == [pytest.approx(1.0, abs=5e-3)] * 50
    assert array[51:] == [pytest.approx(3.0, abs=5e-3)] * 49
    assert bench.numbers("FETC:VOLT? (@1)")[0] == pytest.approx(2.0, abs=0.03)
    assert bench.numbers(["FETC:VOLT:MAX? (@1)", ":FETC:VOLT:MIN? (@1)"][0])[0] == pytest.approx(3.0, abs=5e-3)
    assert bench.numbers("FETC:ARR:CURR? 98,5,(@1)") == [pytest.approx(0.3, abs=1e-3)] * 2
    assert bench.ask("FETC:ARR:VOLT? (@1)") == bench.ask("FETC:ARR:VOLT? (@1)")


def test_samples_from_before_the_trigger(bench: SupplyBench) -> None:
    bench.send("SENS:SWE:POIN 100,(@1);TINT 0.01,(@1);OFFS:POIN -50,(@1);:TRIG:ACQ:SOUR VOLT1,(@1)")
    bench.send("TRIG:ACQ:VOLT 2,(@1);VOLT:SLOP NEG,(@1);:INIT:ACQ (@1)")
    assert bench.error() == 0
    bench.clock.sleep(2.0)
    bench.send("VOLT 1,(@1)")
    bench.ask("*OPC?")
    array = bench.numbers("FETC:ARR:VOLT? (@1)")
    assert array[48] == pytest.approx(5.0, abs=5e-3)
    assert array[52] == pytest.approx(1.0, abs=5e-3)


def test_arrays_as_binary_blocks(bench: SupplyBench) -> None:
    bench.send("SENS:SWE:POIN 4,(@1);:FORM REAL")
    bench.send("MEAS:ARR:VOLT? (@1)")
    raw = bench.supply.read(1000, 10.0)[0]
    assert raw[:4] == b"#216"
    assert struct.unpack(">4f", raw[4:20]) == (pytest.approx(5.0, abs=5e-3),) * 4
    bench.send("FORM:BORD SWAP;:FETC:ARR:VOLT? (@1)")
    assert struct.unpack("<4f", bench.supply.read(1000, 10.0)[0][4:20])[0] == pytest.approx(5.0, abs=5e-3)


# Logs.


def test_external_log_gives_out_what_is_complete(bench: SupplyBench) -> None:
    bench.send("SENS:ELOG:FUNC:VOLT ON,(@1);VOLT:MINM ON,(@1);:SENS:ELOG:FUNC:CURR ON,(@1);:SENS:ELOG:PER 0.1,(@1)")
    bench.send("INIT:ELOG (@1);:TRIG:ELOG (@1)")
    bench.clock.sleep(0.15)
    bench.send("VOLT 3,(@1)")
    bench.clock.sleep(0.10)
    records = bench.numbers("FETC:ELOG? 100,(@1)")
    assert records == [pytest.approx(one) for one in (0.5, 5.0, 5.0, 5.0, 0.4, 4.0, 3.0, 5.0)]
    assert bench.ask("FETC:ELOG? 100,(@1)") == ""
    bench.clock.sleep(100.0)
    assert len(bench.numbers("FETC:ELOG? 1000,(@1)")) // 4 in (199, 200), "the buffer holds twenty seconds"


def test_internal_log_runs_for_its_time_and_is_exported(bench: SupplyBench) -> None:
    bench.send(r"SENS:DLOG:FUNC:VOLT ON,(@1);:SENS:DLOG:TIME 1;PER 0.25;:INIT:DLOG 'Internal:\a.dlog'")
    bench.clock.sleep(0.5)
    bench.send("VOLT 3,(@1)")
    bench.clock.sleep(5.0)
    bench.send(r"MMEM:EXP:DLOG 'Internal:\a.csv'")
    lines = bench.ask(r"MMEM:DATA? 'Internal:\a.csv'").split("\n")
    assert [float(line.split(",")[1]) for line in lines[2:6]] == [5.0, 5.0, 3.0, 3.0]
    bench.send("MMEM:DATA? 'nothing'")
    assert bench.error() == -256
