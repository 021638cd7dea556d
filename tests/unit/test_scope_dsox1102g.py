"""The oscilloscope's settings: default setup, spellings, ranges, errors, setups, picture."""

from __future__ import annotations

import re
import struct
import zlib

import pytest

from tests.unit.scope_bench import Bench, block_of


@pytest.fixture
def bench() -> Bench:
    return Bench()


# Setup.


def test_identity_and_default_setup(bench: Bench) -> None:
    assert bench.ask("*IDN?").split(",")[:3] == ["KEYSIGHT TECHNOLOGIES", "DSO-X 1102G", "CN1"]
    bench.send(
        ":CHAN1:DISP OFF;RANG 1;OFFS 0.1;COUP AC;BWL ON;INV ON;LAB 'x';PROB 1;:CHAN2:DISP ON;"
        ":TIM:RANG 1;POS 1;REF LEFT;:TRIG:SWE NORM;:TRIG:EDGE:SLOP NEG;SOUR CHAN2;LEV 1;:ACQ:TYPE AVER;COUN 4;"
        ":WAV:FORM WORD;BYT LSBF;UNS 0;POIN 100;:MEAS:SOUR CHAN2;:STOP;*RST"
    )
    assert bench.error() == 0
    assert bench.ask(":CHAN1?") == (
        ":CHAN1:RANG +4.0000E+01;OFFS +0.00000E+00;COUP DC;IMP ONEM;DISP 1;BWL 0;INV 0;"
        "UNIT VOLT;PROB +1.00E+01;PROB:SKEW +0.00E+00;STYP SING"
    )
    assert bench.ask(":CHAN2:DISP?;LAB?") == '0;"2"'
    assert bench.ask(":TIM?") == ":TIM:MODE MAIN;REF CENT;MAIN:RANG +1.000E-03;POS +0.00000E+00"
    assert bench.ask(":TRIG?").startswith(
        ":TRIG:MODE EDGE;SWE AUTO;NREJ 0;HFR 0;HOLD +6.0E-08;:TRIG:EDGE:SOUR CHAN1;LEV +0"
    )
    assert bench.ask(":ACQ:TYPE?;COUN?;COMP?;MODE?") == "NORM;8;100;RTIM"
    assert bench.ask(":WAV:FORM?;BYT?;UNS?;SOUR?;POIN?;POIN:MODE?") == "BYTE;MSBF;1;CHAN1;+62500;NORM"
    assert bench.ask(":MEAS:SOUR?;:OPER:COND?") == "CHAN1,CHAN2;+8"


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        (":channel1:scale 0.5;:CHANNEL1:RANGE?", "+4.00000E+00"),
        (":CHAN:SCAL 500 mV;:CHAN1:SCAL?", "+5.00000E-01"),
        (":CHAN2:RANG 10;SCAL?", "+1.25000E+00"),
        (":CHAN1:LAB 'quite long label';LAB?", '"QUITE LONG"'),
        (":CHAN1:PROB 20,DB;PROB?", "+1.00E+01"),
        (":TIM:SCAL 1e-3;RANG?", "+1.000000000000E-02"),
        (":TIM:POS 1;DEL?", "+1.000000000000E+00"),
        (":TRIGger:LEVel 1.5;:TRIG:EDGE:LEV? CHAN1", "+1.50000E+00"),
        (":TRIG:SLOP NEG;:TRIG:EDGE:SLOP?", "NEG"),
        (":WAV:SOUR MATH;:WAV:SOUR?;:STAT? FUNC", "MATH;1"),
        (":BLAN CHAN1;:STAT? CHAN1;:VIEW CHAN2;:STAT? CHAN2", "0;1"),
        (":WGEN:FREQ 2 MHZ;PER?", "+5.00000000E-07"),
        (":MARK:X1P 1e-3;X2P 3e-3;XDEL?", "+2.00000E-03"),
        (":MEAS:DEF THR,PERC,80,50,20;DEF? THR", "THR,PERC,+8.0000E+01,+5.0000E+01,+2.0000E+01"),
    ],
)
def test_settings_in_any_spelling(bench: Bench, message: str, answer: str) -> None:
    assert bench.ask(message) == answer
    assert bench.error() == 0


@pytest.mark.parametrize(
    ("message", "number"),
    [
        (":CHAN1:RANG 401", -222),
        (":CHAN1:PROB 1;RANG 7e-3", -222),
        (":CHAN1:PROB 0.01", -222),
        (":CHAN3:DISP ON", -114),
        (":CHAN1:COUP GND", -224),
        (":TIM:RANG 501", -222),
        (":TRIG:LEV 31", -222),
        (":WAV:POIN 99", -222),
        (":WAV:FORM", -109),
        (":ACQ:COUN 1", -222),
        (":TIM:MODE ROLL;:DIG", -221),
        (":TIM:MODE XY;:DIG", -221),
        (":MEAS:DEF THR,PERC,10,50,90", -222),
        (":WMEM1:SAVE WMEM2", -230),
        (":SYST:SET #15hello", -230),
        (":STAT:OPER:ENAB 1", -113),
        ("SYST:VERS?", -113),
        (":SYST:DSP 3", -128),
    ],
)
def test_errors(bench: Bench, message: str, number: int) -> None:
    bench.send(message)
    assert bench.error() == number


def test_the_error_queue_is_thirty_deep_and_has_no_bit(bench: Bench) -> None:
    bench.send(":NONSENSE\n" * 40)
    assert bench.ask("*STB?") == "0"
    numbers = [bench.error() for _ in range(31)]
    assert numbers == [-113] * 29 + [-350, 0]


def test_an_offset_beyond_the_range_goes_to_its_end(bench: Bench) -> None:
    assert bench.number(":CHAN1:PROB 1;SCAL 0.1;OFFS 9;OFFS?") == 2.0
    assert bench.error() == 0


def test_a_new_probe_keeps_the_volts_at_the_connector(bench: Bench) -> None:
    assert bench.ask(":CHAN1:RANG 8;OFFS 2;PROB 1;RANG?;OFFS?") == "+8.00000E-01;+2.00000E-01"


# Mathematics, memories, picture, setups.


def test_function_and_spectrum(bench: Bench) -> None:
    bench.feed(2.0)
    bench.clock.sleep(1.0)
    bench.send(":CHAN1:PROB 1;RANG 8;:CHAN2:PROB 1;RANG 8;:FUNC:OPER SUBT;DISP ON;RANG 16;:CHAN2:DISP ON;:STOP")
    assert bench.number(":MEAS:VAV? FUNC") == pytest.approx(-2.0, abs=0.2)
    assert len(block_of(bench.ask(":WAV:SOUR FUNC;FORM ASC;POIN 100;DATA?")).split(b",")) == 100
    bench.send(":RUN;:TIM:RANG 0.1;:FFT:DISP ON;SOUR1 CHAN2;:TRIG:EDGE:SOUR CHAN2;LEV 1")
    for _ in range(60):
        for volts in (0.0, 2.0):
            bench.feed(volts)
            bench.clock.sleep(1e-3)
    bench.send(":STOP;:WAV:SOUR FFT;FORM ASC;POIN MAX")
    step = bench.number(":WAV:XINC?")
    lines = [float(field) for field in block_of(bench.ask(":WAV:DATA?")).split(b",")]
    assert (10 + lines[10:].index(max(lines[10:]))) * step == pytest.approx(500.0, abs=2 * step)


def test_a_reference_memory_keeps_a_trace(bench: Bench) -> None:
    bench.ramp()
    bench.send(":WMEM1:SAVE CHAN1;:RUN")
    bench.sled.rail_off(bench.clock.now(), "vdd_sram")
    bench.clock.sleep(1.0)
    assert bench.number(":MEAS:VMAX? CHAN1") == pytest.approx(0.0, abs=0.05)
    assert bench.number(":MEAS:VMAX? WMEM1") == pytest.approx(0.8, abs=0.05)
    bench.send(":WMEM1:CLE;:WAV:SOUR WMEM1;:WAV:DATA?")
    assert bench.error() == -230


def test_the_screen_is_a_picture(bench: Bench) -> None:
    bench.ramp()
    png = block_of(bench.ask(":DISP:DATA? PNG,COL"))
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", png[16:24]) == (800, 480)
    start = png.index(b"IDAT")
    pixels = zlib.decompress(png[start + 4 : start + 4 + int.from_bytes(png[start - 4 : start], "big")])
    rows = [pixels[row * 801 + 1 : (row + 1) * 801] for row in range(480)]
    first = next(row for row in range(480) if rows[row][720] == 2)
    assert first < next(row for row in range(480) if rows[row][60] == 2), "the ramp goes up"
    for form, bits in (("BMP", 24), ("BMP8bit", 8)):
        bmp = block_of(bench.ask(f":DISP:DATA? {form},GRAYscale"))
        assert bmp[:2] == b"BM"
        assert struct.unpack("<I", bmp[2:6])[0] == len(bmp)
        assert struct.unpack("<H", bmp[28:30])[0] == bits


def test_setups_as_blocks_in_places_and_learned(bench: Bench) -> None:
    bench.send(":CHAN1:PROB 1;RANG 3;LAB 'VDD';:TIM:RANG 0.02;:TRIG:EDGE:LEV 0.5;:WAV:POIN 500;*SAV 3")
    setup = bench.ask(":SYST:SET?")
    learned = bench.ask("*LRN?")
    assert learned == f":SYST:SET {setup}"
    wanted = bench.ask(":CHAN1?;:TIM?;:TRIG?;:WAV:POIN?")
    for restore in (f":SYST:SET {setup}", learned, "*RCL 3"):
        bench.send("*RST")
        assert bench.ask(":CHAN1?;:TIM?;:TRIG?;:WAV:POIN?") != wanted
        bench.send(restore)
        assert bench.error() == 0
        assert bench.ask(":CHAN1?;:TIM?;:TRIG?;:WAV:POIN?") == wanted
        assert bench.ask(":SYST:SET?") == setup
    bench.send("*RCL 7")
    assert bench.ask(":CHAN1:RANG?") == "+4.00000E+01"


def test_autoscale_fits_what_is_there(bench: Bench) -> None:
    bench.feed(3.0)
    bench.send(":CHAN2:DISP ON;:TIM:POS 1;:CHAN2:PROB 1;RANG 0.1;:AUT")
    assert bench.number(":TIM:POS?") == 0.0
    assert bench.clock.now() >= 1.0
    assert 6.0 <= bench.number(":CHAN2:RANG?") <= 16.0
    assert bench.number(":MEAS:VAV? CHAN2") == pytest.approx(3.0, abs=0.2)


def test_the_voltmeter_and_the_message_line(bench: Bench) -> None:
    bench.feed(3.0)
    assert bench.ask(":DVM:SOUR CHAN2;CURR?;ENAB ON;CURR?") == "+9.9E+37;+3.00E+00"
    bench.send(":SYST:DSP 'hands off'")
    assert bench.scope.system.message == "hands off"
    assert re.fullmatch(r"\d{4},\d+,\d+;\d+,\d+,\d+", bench.ask(":SYST:DATE?;TIME?"))
