"""The oscilloscope on lab time: triggers on the physics, records, blocks, status."""

from __future__ import annotations

import struct
from math import exp

import pytest

from bringup_instruments.models.dsox_channel import CENTRE, FINE, Vertical
from bringup_instruments.models.dsox_edges import EdgeFinder, Slope
from bringup_instruments.physics.places import Place
from tests.unit.scope_bench import RAMP, Bench, block_of


@pytest.fixture
def bench() -> Bench:
    return Bench()


# Records.


def test_a_single_acquisition_waits_for_the_edge_and_holds_it(bench: Bench) -> None:
    bench.send(f"{RAMP};:SING")
    assert bench.ask(":OPER:COND?;:AER?") == "+8;+0", "the memory before the trigger is still filling"
    bench.clock.sleep(2e-3)
    assert bench.ask(":OPER:COND?;:AER?;:AER?;:TER?") == "+40;+1;+0;+0"
    bench.clock.sleep(100.0)
    assert bench.ask(":OPER:COND?;*OPC?") == "+40;1", "*OPC? does not wait for :SINGle"
    bench.sled.rail_on(bench.clock.now(), "vdd_sram")
    bench.clock.sleep(5e-3)
    assert bench.ask(":OPER:COND?;*STB?;:TER?;:TER?") == "+8;1;+1;+0", "triggered, and not yet complete"
    bench.clock.sleep(5.1e-3)
    assert bench.ask(":OPER:COND?") == "+0"
    captured = bench.ask(":WAV:PRE?;:WAV:DATA?")
    bench.sled.rail_off(bench.clock.now(), "vdd_sram")
    bench.clock.sleep(10.0)
    assert bench.ask(":WAV:PRE?;:WAV:DATA?") == captured
    assert bench.number(":MEAS:RIS?") == pytest.approx(1.6e-3, rel=0.01)


def test_the_trigger_is_found_to_the_sample_whenever_one_asks() -> None:
    def crossing(asked_after_s: float) -> float:
        bench = Bench()
        bench.send(f"{RAMP};:SING")
        bench.clock.sleep(1.0)
        bench.sled.rail_on(bench.clock.now(), "vdd_sram")
        bench.clock.sleep(asked_after_s)
        bench.ask("*OPC?")
        bench.clock.sleep(100.0)
        capture = bench.scope.acquisition.capture
        bench.scope.observe()
        capture = bench.scope.acquisition.capture
        assert capture is not None
        return capture.trigger_s

    assert crossing(0.5e-3) == pytest.approx(1.001, abs=2e-6), "half way up a ramp of 2 ms"
    assert crossing(0.5e-3) == crossing(3600.0) == crossing(0.9e-3)


def test_the_preamble_fits_the_data_in_every_format(bench: Bench) -> None:
    bench.ramp()
    seen = {}
    for form, kind, shape in (("BYTE", 0, "B"), ("WORD", 1, ">H"), ("ASC", 4, "")):
        answer = bench.ask(f":WAV:FORM {form};POIN 1000;PRE?;DATA?;POIN:MODE RAW")
        head, _, data = answer.partition(";")
        fields = [float(field) for field in head.split(",")]
        assert len(fields) == 10
        assert fields[:4] == [kind, 0, 1000, 1]
        step_s, left_s, x_reference, step_volts, centre, y_reference = fields[4:]
        raw = block_of(data)
        if form == "ASC":
            volts = [float(field) for field in raw.decode().split(",")]
        else:
            volts = [(word[0] - y_reference) * step_volts + centre for word in struct.iter_unpack(shape, raw)]
        assert len(volts) == 1000
        assert (step_s, left_s, x_reference, centre) == (1e-5, -1e-3, 0, 0.4)
        seen[form] = volts
    assert seen["WORD"] == pytest.approx(seen["BYTE"], abs=1e-6), "normal acquisitions have eight bits"
    assert seen["ASC"] == pytest.approx(seen["BYTE"], abs=1e-6)
    crossing = next(place for place, volts in enumerate(seen["BYTE"]) if volts >= 0.4)
    assert left_s + crossing * step_s == pytest.approx(0.0, abs=3e-5)


def test_byte_order_and_sign(bench: Bench) -> None:
    bench.ramp(RAMP + ";:WAV:FORM WORD;POIN 100;POIN:MODE RAW")
    big = struct.unpack(">100H", block_of(bench.ask(":WAV:DATA?")))
    little = struct.unpack("<100H", block_of(bench.ask(":WAV:BYT LSBF;DATA?")))
    signed = struct.unpack("<100h", block_of(bench.ask(":WAV:UNS 0;DATA?")))
    assert big == little == tuple(value + CENTRE for value in signed)
    assert bench.ask(":WAV:YREF?;:WAV:UNS 1;:WAV:YREF?") == "+0;+32768"
    octets = block_of(bench.ask(":WAV:FORM BYTE;DATA?"))
    minus = struct.unpack("100b", block_of(bench.ask(":WAV:UNS 0;DATA?")))
    assert tuple(octet - 128 for octet in octets) == minus


def test_eight_bits_and_clipping_at_the_converters_ends(bench: Bench) -> None:
    bench.feed(5.0)
    bench.send(":CHAN2:PROB 1;DISP ON;RANG 0.8;OFFS 0;:WAV:SOUR CHAN2;POIN 100")
    bench.clock.sleep(1.0)
    assert set(block_of(bench.ask(":WAV:DATA?"))) == {255}
    assert set(block_of(bench.ask(":CHAN2:INV 1;:WAV:DATA?"))) == {1}
    assert bench.number(":CHAN2:INV 0;RANG 16;:MEAS:VAV? CHAN2") == pytest.approx(5.0, abs=0.15)
    vertical = Vertical(16.0, 0.0)
    assert vertical.step_volts == pytest.approx(16.0 / 199)
    assert vertical.volts(vertical.word(5.0)) == pytest.approx(5.0, abs=vertical.step_volts / FINE)


def test_noise_is_small_seeded_and_its_own_for_every_acquisition() -> None:
    def data(seed: int, serial_number: str = "CN1", acquisitions: int = 1) -> bytes:
        bench = Bench(seed, serial_number)
        bench.feed(2.0)
        for _ in range(acquisitions):
            bench.clock.sleep(1.0)
            bench.ask(":CHAN2:DISP ON;PROB 1;RANG 8;:DIG CHAN2;*OPC?")
        return block_of(bench.ask(":WAV:SOUR CHAN2;POIN 1000;DATA?"))

    first = data(1)
    assert 2 <= len(set(first)) <= 6
    assert data(1) == first
    assert len({data(2), data(1, "CN2"), data(1, acquisitions=2), first}) == 4


def test_averaging_has_less_noise_and_more_bits(bench: Bench) -> None:
    bench.feed(2.0)

    def spread(kind: str) -> float:
        bench.ask(f":CHAN2:DISP ON;PROB 1;RANG 8;:ACQ:TYPE {kind};COUN 64;:DIG CHAN2;*OPC?")
        return bench.number(":MEAS:SDEV? CHAN2")

    normal = spread("NORM")
    assert spread("AVER") < normal / 4
    assert spread("HRES") < normal / 2
    bench.ask(":ACQ:TYPE AVER;:DIG;*OPC?")
    assert bench.ask(":WAV:SOUR CHAN2;PRE?").split(",")[1:4:2] == ["+2", "+64"]


def test_memory_against_sample_rate(bench: Bench) -> None:
    assert bench.ask(":STOP;:ACQ:SRAT?;POIN?;SRAT? MAX") == "+1.00000E+09;+1000000;+2.00000E+09"
    assert bench.ask(":TIM:RANG 1e-6;:ACQ:SRAT?;POIN?") == "+2.00000E+09;+2000"
    assert bench.ask(":CHAN2:DISP 1;:ACQ:SRAT?;POIN?") == "+1.00000E+09;+1000"
    assert bench.ask(":TIM:RANG 10;:ACQ:SRAT?;POIN?") == "+5.00000E+04;+500000"


@pytest.mark.parametrize("points", [100, 250, 500, 1000, 2000, 5000, 10000, 20000, 50000, 62500])
def test_points(bench: Bench, points: int) -> None:
    assert bench.ask(f":WAV:POIN:MODE RAW;:WAV:POIN {points};POIN?") == f"+{points}"
    assert len(block_of(bench.ask(":WAV:DATA?"))) == points


def test_more_points_than_there_are_mean_all(bench: Bench) -> None:
    bench.ramp()
    assert bench.ask(":WAV:POIN 1000000;POIN?;:WAV:POIN:MODE RAW;:WAV:POIN?") == "+62500;+1000000"
    assert bench.ask(":WAV:POIN MAX;:WAV:POIN:MODE?;:WAV:POIN 3000;POIN?") == "MAX;+2000"


def test_digitize_holds_the_input_back_until_it_has_the_record(bench: Bench) -> None:
    bench.send(":TRIG:SWE NORM;:TRIG:EDGE:SOUR CHAN2;LEV 1;:CHAN2:DISP ON;PROB 1;RANG 8")
    bench.send(":DIG CHAN2")
    bench.scope.write(b":WAV:SOUR CHAN2;POIN?\n", end=True)
    with pytest.raises(TimeoutError):
        bench.scope.read(100, 5.0)
    bench.feed(3.0)
    answer, _ = bench.scope.read(100, 5.0)
    assert answer == b"+62500\n"
    assert bench.clock.now() == pytest.approx(5.0, abs=0.02)
    capture = bench.scope.acquisition.capture
    assert capture is not None
    assert capture.trigger_s == pytest.approx(5.0, abs=1e-9)
    assert list(capture.records) == [2]


def test_digitize_triggers_by_itself_in_the_automatic_sweep(bench: Bench) -> None:
    begin_s = bench.clock.now()
    assert bench.ask(":DIG;*OPC?") == "1"
    assert 0.04 < bench.clock.now() - begin_s < 0.2
    assert bench.ask(":OPER:COND?;:TER?") == "+0;+1"
    assert bench.ask("*TRG;*OPC?") == "1"


def test_a_single_acquisition_never_triggers_by_itself_but_can_be_forced(bench: Bench) -> None:
    bench.send(":SING")
    bench.clock.sleep(3600.0)
    assert bench.ask(":TER?") == "+0"
    bench.send(":TRIG:FORC")
    bench.clock.sleep(0.01)
    assert bench.ask(":TER?;:OPER:COND?") == "+1;+0"


def test_a_device_clear_ends_a_digitize(bench: Bench) -> None:
    bench.send(":TRIG:SWE NORM;:DIG")
    bench.clock.sleep(10.0)
    bench.scope.clear()
    assert bench.ask(":OPER:COND?") == "+0"
    bench.sled.rail_on(bench.clock.now(), "vdd_sram")
    bench.clock.sleep(1.0)
    assert bench.ask(":TER?") == "+0"


@pytest.mark.parametrize(("slope", "coming"), [("POS", True), ("NEG", False), ("EITH", True)])
def test_slopes(bench: Bench, slope: str, coming: bool) -> None:
    bench.send(f"{RAMP};:TRIG:EDGE:SLOP {slope};:SING")
    bench.clock.sleep(1.0)
    bench.sled.rail_on(bench.clock.now(), "vdd_sram")
    bench.clock.sleep(1.0)
    assert bench.ask(":TER?") == f"+{coming:d}"
    bench.sled.rail_off(bench.clock.now(), "vdd_sram")
    bench.clock.sleep(1.0)
    assert bench.ask(":OPER:COND?") == "+0"


def test_a_pulse_of_a_microsecond_in_an_hour_is_not_missed(bench: Bench) -> None:
    bench.send(":CHAN2:DISP ON;PROB 1;RANG 8;:TIM:RANG 1e-5;:TRIG:EDGE:SOUR CHAN2;LEV 1;:SING")
    bench.clock.sleep(1000.0)
    bench.feed(3.0)
    bench.clock.sleep(1e-6)
    bench.feed(0.0)
    bench.clock.sleep(2600.0)
    assert bench.ask(":TER?;:OPER:COND?") == "+1;+0"
    assert bench.number(":MEAS:PWID? CHAN2") == pytest.approx(1e-6, rel=0.02)
    assert bench.number(":MEAS:TEDG? +1,CHAN2") == pytest.approx(0.0, abs=1e-8)


def test_noise_reject_and_the_screen_decide_what_is_an_edge(bench: Bench) -> None:
    bench.send(":CHAN2:DISP ON;PROB 1;RANG 8;:TRIG:EDGE:SOUR CHAN2;LEV 1;:TRIG:NREJ 1;:SING")
    bench.feed(0.8)
    bench.clock.sleep(1.0)
    bench.scope.observe()
    bench.send(":SING")
    bench.clock.sleep(1.0)
    bench.feed(1.2)
    bench.clock.sleep(1.0)
    assert bench.ask(":TER?") == "+0"
    bench.send(":TRIG:NREJ 0;:SING")
    bench.feed(0.8)
    bench.clock.sleep(1.0)
    bench.feed(1.2)
    bench.clock.sleep(1.0)
    assert bench.ask(":TER?") == "+1"


def test_running_shows_the_present_and_stop_keeps_it(bench: Bench) -> None:
    bench.send(":CHAN2:DISP ON;PROB 1;RANG 8;:WAV:SOUR CHAN2")
    for volts in (1.0, 3.0):
        bench.feed(volts)
        bench.clock.sleep(1.0)
        assert bench.number(":MEAS:VAV? DISP,CHAN2") == pytest.approx(volts, abs=0.1)
    bench.send(":STOP")
    bench.feed(0.0)
    bench.clock.sleep(1.0)
    assert bench.number(":MEAS:VAV? CHAN2") == pytest.approx(3.0, abs=0.1)
    bench.send(":RUN")
    assert bench.number(":MEAS:VAV? CHAN2") == pytest.approx(0.0, abs=0.1)


def test_running_in_the_normal_sweep_shows_the_last_trigger(bench: Bench) -> None:
    bench.send(":CHAN2:DISP ON;PROB 1;RANG 8;:TRIG:SWE NORM;:TRIG:EDGE:SOUR CHAN2;LEV 1;:RUN")
    bench.clock.sleep(1.0)
    for volts in (2.0, 0.0, 3.0, 0.0):
        bench.feed(volts)
        bench.clock.sleep(1.0)
    assert bench.number(":MEAS:VMAX? CHAN2") == pytest.approx(3.0, abs=0.1)
    assert bench.number(":MEAS:VMIN? CHAN2") == pytest.approx(0.0, abs=0.1)


def test_coupling_takes_the_mean_away(bench: Bench) -> None:
    bench.feed(3.0)
    bench.clock.sleep(1.0)
    bench.send(":CHAN2:DISP ON;PROB 1;RANG 8;COUP AC")
    assert bench.number(":MEAS:VAV? CHAN2") == pytest.approx(0.0, abs=0.05)


def test_a_trigger_requests_service(bench: Bench) -> None:
    bench.send(f"{RAMP};*SRE 1;:SING")
    bench.clock.sleep(1.0)
    assert bench.scope.status_byte() == 0
    bench.sled.rail_on(bench.clock.now(), "vdd_sram")
    bench.clock.sleep(1.0)
    assert bench.scope.status_byte() == 65
    bench.send("*CLS")
    assert bench.scope.status_byte() == 0


def test_operation_events_and_their_mask(bench: Bench) -> None:
    bench.send(":STOP;:OPEE 8;*CLS")
    assert bench.ask(":OPER?;:OPEE?;*STB?") == "+0;+8;0"
    bench.send(":RUN")
    assert bench.ask("*STB?;:OPER:EVEN?;:OPER?") == "128;+8;+0"


# Edges.


def test_a_place_that_cannot_say_when_it_changed_is_looked_at_in_steps() -> None:
    class Falling:
        """Only what the trigger asks of a node."""

        def trace(self, from_s: float, to_s: float, samples: int) -> list[float]:
            step = (to_s - from_s) / max(samples - 1, 1)
            return [exp(-(from_s + place * step)) for place in range(samples)]

    found = EdgeFinder().find(Falling(), 0.0, 10.0, 0.5, 0.01, Slope.FALLING, last=False)  # type: ignore[arg-type]
    assert found == pytest.approx(0.6931471805599453, abs=1e-9)
    assert EdgeFinder().find(Falling(), 0.0, 10.0, 0.5, 0.01, Slope.RISING, last=False) is None  # type: ignore[arg-type]
    assert EdgeFinder().find(Place(), 0.0, 10.0, 0.5, 0.01, Slope.RISING, last=False) is None


def test_an_edge_that_lies_over_two_looks_is_found(bench: Bench) -> None:
    bench.send(f"{RAMP};:SING")
    bench.clock.sleep(1.0)
    bench.sled.rail_on(bench.clock.now(), "vdd_sram")
    for _ in range(40):
        bench.clock.sleep(0.37e-3)
        bench.scope.observe()
    assert bench.ask(":TER?;:OPER:COND?") == "+1;+0"


def test_a_step_at_the_very_instant_of_a_look_is_found(bench: Bench) -> None:
    """Lab time stands still while messages are executed, so that this is the usual case."""
    bench.send(":CHAN2:DISP ON;PROB 1;RANG 8;:TRIG:EDGE:SOUR CHAN2;LEV 1;:SING")
    bench.clock.sleep(0.5e-3)
    for message in (":AER?", ":OPER:COND?"):
        bench.ask(message)
    bench.feed(3.0)
    bench.clock.sleep(1.0)
    assert bench.ask(":TER?;:OPER:COND?") == "+1;+0"
    capture = bench.scope.acquisition.capture
    assert capture is not None
    assert capture.trigger_s == pytest.approx(0.5e-3)
