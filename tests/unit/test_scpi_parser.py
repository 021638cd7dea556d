"""Headers, compounds and program data, in every spelling that IEEE 488.2 and SCPI-99 allow and some they forbid."""

from __future__ import annotations

import pytest

from bringup.virtual_clock import VirtualClock
from bringup_instruments.scpi import (
    Boolean,
    Choice,
    Limits,
    Number,
    ScpiDevice,
    Setting,
    Text,
    command,
    integer,
    query,
)
from bringup_instruments.scpi.lexer import message_end
from bringup_instruments.scpi.tree import Tree


class Bench(ScpiDevice):
    """An instrument with one command of each kind."""

    def __init__(self) -> None:
        super().__init__(VirtualClock(), "Maker,Model,1,0")
        self.closed: list[int] = []
        self.pair: tuple[float, float] | None = None

    volts = Setting(
        "[SOURce]:VOLTage[:LEVel][:IMMediate][:AMPLitude]",
        Number("V", Limits(0.0, 60.0, 5.0)),
        reset=1.0,
    )
    protection = Setting("[SOURce]:VOLTage:PROTection[:LEVel]", Number("V", Limits(0.0, 66.0)), reset=66.0)
    amps = Setting("[SOURce]:CURRent[:LEVel]", Number("A", Limits(0.0, 85.0)), reset=0.0)
    hertz = Setting("[SOURce]:FREQuency", Number("HZ"), reset=0.0)
    ohms = Setting("[SOURce]:RESistance", Number("OHM"), reset=0.0)
    count = Setting("SAMPle:COUNt", integer(1, 100), reset=1.0)
    on = Setting("OUTPut[:STATe]", Boolean(), reset=False)
    source = Setting("TRIGger:SOURce", Choice(("IMMediate", "BUS")), reset="IMM")
    text = Setting("DISPlay:TEXT", Text(longest=12), reset="")

    @command("ROUTe<1:4>:CLOSe<1:20>")
    def close(self, module: int, channel: int) -> None:
        self.closed.append(100 * module + channel)

    @command("PAIR", Number("V"), Number("A", optional=True))
    def set_pair(self, volts: float, amps: float = -1.0) -> None:
        self.pair = (volts, amps)

    @query("PAIR?")
    def get_pair(self) -> str:
        return str(self.pair)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def ask(device: ScpiDevice, message: str) -> str:
    device.write(message.encode("latin-1"), end=True)
    data, ended = device.read(1 << 20, 0.0)
    assert ended
    assert data.endswith(b"\n")
    return data.decode("latin-1")[:-1]


def errors(device: ScpiDevice) -> list[int]:
    found = []
    while not (entry := ask(device, "SYST:ERR?")).startswith(("0,", "+0,")):
        found.append(int(entry.split(",")[0]))
    return found


@pytest.mark.parametrize(
    "header",
    ["VOLT", "volt", "VoLtAgE", ":VOLT", "SOUR:VOLT", "SOURCE:VOLTAGE:LEVEL:IMMEDIATE:AMPLITUDE", "VOLT:IMM",
     ":sour:volt:lev:ampl", "VOLT:AMPL", "\t VOLT"],
)  # fmt: skip
def test_every_legal_spelling_reaches_the_command(bench: Bench, header: str) -> None:
    bench.write(f"{header} 12.5".encode(), end=True)
    assert ask(bench, f"{header}?") == "+1.25000000E+01"
    assert errors(bench) == []


@pytest.mark.parametrize("header", ["VOLTA", "VOL", "VOLTAG", "SOURC:VOLT", "VOLT:FOO", "LEV", "VOLT1"])
def test_other_spellings_are_undefined_headers(bench: Bench, header: str) -> None:
    bench.write(f"{header} 3\n".encode(), end=True)
    assert bench.volts == 1.0
    assert errors(bench) == [-113]


def test_a_compound_goes_on_from_the_node_that_was_written(bench: Bench) -> None:
    assert ask(bench, "VOLT:LEV 7;PROT 8;:CURR:LEV 3;LEV?") == "+3.00000000E+00"
    assert (bench.volts, bench.protection, bench.amps) == (7.0, 8.0, 3.0)


def test_common_commands_do_not_move_the_node(bench: Bench) -> None:
    bench.write(b"VOLT:LEV 7;*CLS;PROT 8\n", end=True)
    assert bench.protection == 8.0
    assert errors(bench) == []


def test_without_a_colon_the_node_is_not_the_root(bench: Bench) -> None:
    bench.write(b"VOLT:LEV 7;CURR 3\n", end=True)
    assert bench.amps == 0.0
    assert errors(bench) == [-113]


def test_every_message_starts_at_the_root(bench: Bench) -> None:
    bench.write(b"VOLT:LEV 7\nCURR 3\n", end=True)
    assert bench.amps == 3.0


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("10 MV", 0.010), ("0.05 KV", 50.0), ("5e6UV", 5.0), ("1V", 1.0), (".5", 0.5), ("+5.", 5.0), ("1 E1", 10.0),
     ("5E-1v", 0.5), ("#H1F", 31.0), ("#b101", 5.0), ("#Q17", 15.0), ("MIN", 0.0), ("MAXimum", 60.0), ("def", 5.0)],
)  # fmt: skip
def test_numbers(bench: Bench, sent: str, kept: float) -> None:
    bench.write(f"VOLT {sent}".encode(), end=True)
    assert errors(bench) == []
    assert bench.volts == pytest.approx(kept)


@pytest.mark.parametrize(
    ("message", "kept"),
    [("CURR 5 MA", 0.005), ("CURR 0.00001 MAA", 10.0), ("FREQ 2 MHZ", 2e6), ("FREQ 2 MAHZ", 2e6), ("FREQ 3 KHZ", 3e3),
     ("RES 2 MOHM", 2e6), ("RES 2 KOHM", 2e3), ("RES 2 UOHM", 2e-6)],
)  # fmt: skip
def test_m_is_milli_except_for_hertz_and_ohm(bench: Bench, message: str, kept: float) -> None:
    bench.write(message.encode(), end=True)
    assert errors(bench) == []
    name = {"CURR": "amps", "FREQ": "hertz", "RES": "ohms"}[message.split(maxsplit=1)[0]]
    assert getattr(bench, name) == pytest.approx(kept)


@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("VOLT 61", -222), ("VOLT -1", -222), ("VOLT", -109), ("VOLT 1,2", -108), ("VOLT? 1", -128),
        ("VOLT ON", -141), ('VOLT "1"', -158), ("VOLT #15hello", -168), ("VOLT (@1)", -178), ("VOLT 1 A", -131),
        ("VOLT 1 MHZ", -131), ("VOLT 1 2", -103), ("VOLT 1,", -102), ("VOLT 1.2.3", -121), ("VOLT +", -121),
        ("VOLT 1e99999", -123), ("VOLT " + "1" * 300, -124), ("VOLT 1 ABCDEFGHIJKLMN", -134), ("VOLT #H1G", -121),
        ("VOLT #Z1", -102), ("VOLT #19", -161), ("OUTP MAYBE", -141), ("OUTP 1 V", -138), ("SAMP:COUN 1 V", -138),
        ("SAMP:COUN 0", -222), ("TRIG:SOUR SOON", -224), ("TRIG:SOUR 1", -128), ("TRIG:SOUR ABCDEFGHIJKLM", -144),
        ("TRIG:SOUR? MAX", -108), ('DISP:TEXT "open', -151), ("DISP:TEXT FOO", -148),
        ('DISP:TEXT "longer than this"', -223), ("$", -101), ("\xe9", -101),
        ("VOLT=5", -111), ("VOLT,5", -103), ("VOLT::LEV 5", -102), ("5 VOLT", -102),
        ("*FOO", -113), ("ABCDEFGHIJKLMNOP 1", -112), ("*IDN", -113), ("*CLS?", -113), ("MEASURE?", -113),
        ("ROUT5:CLOS1", -114), ("ROUT1:CLOS21", -114), ("ROUT1:CLOS99999999999999999999", -114), ("TRIG:SOUR (", -171),
    ],
)  # fmt: skip
def test_each_mistake_has_its_number(bench: Bench, message: str, number: int) -> None:
    bench.write(message.encode("latin-1"), end=True)
    assert errors(bench) == [number]


def test_numeric_suffixes_default_to_the_first(bench: Bench) -> None:
    bench.write(b"ROUT:CLOS;CLOS7;:ROUTE3:CLOSE20\n", end=True)
    assert bench.closed == [101, 107, 320]


def test_optional_parameters(bench: Bench) -> None:
    assert ask(bench, "PAIR 3;PAIR?") == "(3.0, -1.0)"
    assert ask(bench, "PAIR 3,4 MA;PAIR?") == "(3.0, 0.004)"


def test_strings_take_either_quote_and_double_it_inside(bench: Bench) -> None:
    assert ask(bench, """DISP:TEXT 'it''s "5;6"';TEXT?""") == '"it\'s ""5;6"""'


def test_booleans_round_numbers(bench: Bench) -> None:
    assert ask(bench, "OUTP 0.4;OUTP?;OUTP 2;OUTP?;OUTP OFF;OUTP?;OUTP ON;OUTP?") == "0;1;0;1"


def test_queries_of_min_max_and_default(bench: Bench) -> None:
    assert ask(bench, "VOLT? MIN;VOLT? MAX;VOLT? DEF") == "+0.00000000E+00;+6.00000000E+01;+5.00000000E+00"
    bench.write(b"CURR? DEF", end=True)
    assert errors(bench) == [-224]


def test_a_command_error_ends_the_message_but_an_execution_error_does_not(bench: Bench) -> None:
    bench.write(b"VOLT 2;FOO;VOLT 3\n", end=True)
    assert (bench.volts, errors(bench)) == (2.0, [-113])
    bench.write(b"VOLT 99;VOLT 4\n", end=True)
    assert (bench.volts, errors(bench)) == (4.0, [-222])


def test_white_space_and_empty_units_are_harmless(bench: Bench) -> None:
    bench.write(b" ; VOLT   3 ;; ;\r\n\r\n\n", end=True)
    assert bench.volts == 3.0
    assert errors(bench) == []


@pytest.mark.parametrize(
    ("buffer", "end"),
    [(b"A", 0), (b"A\nB", 2), (b"A #13a\nb\nC\n", 9), (b'T "item #12"\n', 13), (b"A #19ab", 0), (b"A #3\n", 5),
     (b"'#12\n", 5), (b"A #0abc\n", 8)],
)  # fmt: skip
def test_a_newline_ends_a_message_except_inside_a_block(buffer: bytes, end: int) -> None:
    assert message_end(buffer) == end


def test_a_header_that_no_manual_would_print_is_refused_at_declaration() -> None:
    from bringup_instruments.scpi.command import Command

    with pytest.raises(ValueError, match="cannot read the header"):
        Tree([Command("[SOURce:VOLT", lambda: None)])
    with pytest.raises(ValueError, match="share a spelling"):
        Tree([Command("VOLTage[:LEVel]", lambda: None), Command("VOLTage", lambda: None)])
    with pytest.raises(ValueError, match="must end in"):
        query("VOLTage")
