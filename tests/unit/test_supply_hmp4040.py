"""The HMP4040 against resistors: selection, levels, switches, protections, power, sequences, status and *RST table."""

from __future__ import annotations

import pytest

from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.supply_hmp4040 import SupplyHmp4040
from bringup_instruments.physics.circuit import TerminalBlock


class Drain:
    """An electronic load of some amperes, whatever the voltage."""

    def __init__(self, amps: float) -> None:
        self.amps = amps

    def amps_at(self, volts: float) -> float:
        return self.amps if volts > 0 else 0.0


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def blocks() -> dict[int, TerminalBlock]:
    return {number: TerminalBlock(10.0) for number in (1, 2, 3, 4)}


@pytest.fixture
def supply(clock: VirtualClock, blocks: dict[int, TerminalBlock]) -> SupplyHmp4040:
    return SupplyHmp4040(clock, blocks, "103781")


def send(supply: SupplyHmp4040, message: str) -> None:
    supply.write(message.encode() + b"\n", end=True)


def ask(supply: SupplyHmp4040, message: str) -> str:
    send(supply, message)
    return supply.read(10_000, 1.0)[0].decode().rstrip("\n")


def error(supply: SupplyHmp4040) -> int:
    return int(ask(supply, "SYST:ERR?").split(",")[0])


def test_identity(supply: SupplyHmp4040) -> None:
    assert ask(supply, "*IDN?").split(",")[:3] == ["ROHDE&SCHWARZ", "HMP4040", "103781"]
    assert ask(supply, "*OPT?;:SYST:ERR?") == '0;0,"No error"'


@pytest.mark.parametrize("name", ["OUTPut3", "OUTP3", "OUT3", "out3", "OUTPUT3"])
def test_a_channel_has_three_names(supply: SupplyHmp4040, name: str) -> None:
    send(supply, f"INSTrument:SELect {name}")
    assert ask(supply, "INST?;:INST:NSEL?") == "OUTP3;3"


def test_there_is_no_fifth_channel(supply: SupplyHmp4040) -> None:
    send(supply, "INST OUT5")
    assert error(supply) == -224
    send(supply, "INST:NSEL 5")
    assert error(supply) == -222
    assert ask(supply, "INST:NSEL?") == "1"


RESET = {
    "VOLT?": "0.000",
    "CURR?": "0.1000",
    "VOLT:STEP?": "1.000",
    "CURR:STEP?": "0.1000",
    "APPL?": "0.000,0.1000",
    "VOLT:PROT?": "33.000",
    "VOLT:PROT:MODE?": "measured",
    "VOLT:PROT:TRIP?": "0",
    "FUSE?": "0",
    "FUSE:DEL?": "0",
    "FUSE:TRIP?": "0",
    "FUSE:LINK? 3": "0",
    "OUTP?": "0",
    "OUTP:SEL?": "0",
    "OUTP:GEN?": "0",
    "ARB:REP?": "1",
}


def test_power_on_and_reset_table(supply: SupplyHmp4040) -> None:
    def table() -> list[dict[str, str]]:
        return [
            {question: ask(supply, f"INST:NSEL {number};:{question}") for question in RESET} for number in range(1, 5)
        ]

    assert table() == [RESET] * 4
    for number in range(1, 5):
        send(supply, f"INST:NSEL {number};:APPL 5,2;:VOLT:STEP 2;:CURR:STEP 1;:VOLT:PROT 9;:VOLT:PROT:MODE PROT")
        send(supply, "FUSE:DEL 100;LINK 3;:FUSE ON;:OUTP ON;:ARB:REP 7")
    assert error(supply) == 0
    send(supply, "*RST")
    assert ask(supply, "INST:NSEL?") == "1"
    assert table() == [RESET] * 4


@pytest.mark.parametrize("header", ["VOLT", "SOURce:VOLTage:LEVel:IMMediate:AMPLitude", "sour:volt:lev:ampl"])
def test_long_and_short_headers(supply: SupplyHmp4040, header: str) -> None:
    send(supply, f"{header} 3.3")
    assert ask(supply, f"{header}?") == "3.300"


def test_ends_of_the_ranges(supply: SupplyHmp4040) -> None:
    assert ask(supply, "VOLT? MIN;VOLT? MAX;VOLT? DEF") == "0.000;32.050;0.000"
    assert ask(supply, "CURR? MIN;CURR? MAX;CURR? DEF") == "0.0000;10.0100;0.1000"
    assert ask(supply, "FUSE:DEL? MAX;:VOLT:PROT? MAX") == "250;33.000"
    send(supply, "VOLT MAX;CURR DEF")
    assert ask(supply, "APPL?") == "32.050,0.1000"


@pytest.mark.parametrize(
    "refused",
    ["VOLT 32.06", "VOLT -1", "CURR 10.02", "VOLT:PROT 33.1", "FUSE:DEL 251", "APPL 5,11", "APPL 33,1", "*SAV 10",
     "ARB:REP 256", "FUSE:LINK 5", "ARB:DATA 1,1,61", 'APPL "33,1"', "VOLT DOWN"],
)  # fmt: skip
def test_out_of_range_is_222_and_changes_nothing(supply: SupplyHmp4040, refused: str) -> None:
    before = ask(supply, "APPL?;:VOLT:PROT?;:FUSE:DEL?;:ARB:REP?")
    send(supply, refused)
    assert error(supply) == -222
    assert ask(supply, "APPL?;:VOLT:PROT?;:FUSE:DEL?;:ARB:REP?") == before


@pytest.mark.parametrize(
    ("wrong", "number"),
    [("VOLTS 1", -113), ("VOLT", -109), ("VOLT 1,2", -108), ("VOLT SIDEWAYS", -141), ("VOLT 1 A", -131),
     ("APPL 1,1,1", -108), ('APPL "1,1",1', -108), ("ARB:DATA 1,1", -109), ("ARB:STAR 1", -221), ("FUSE:LINK?", -109)],
)  # fmt: skip
def test_standard_errors(supply: SupplyHmp4040, wrong: str, number: int) -> None:
    send(supply, wrong)
    assert error(supply) == number


def test_all_errors_at_once(supply: SupplyHmp4040) -> None:
    send(supply, "VOLT 99")
    send(supply, "NONSENSE")
    assert ask(supply, "SYST:ERR:ALL?") == '-222,"Data out of range",-113,"Undefined header"'
    assert ask(supply, "SYST:ERR:ALL?") == '0,"No error"'


def test_steps_up_and_down(supply: SupplyHmp4040) -> None:
    send(supply, "VOLT 1;VOLT:STEP 0.25;:VOLT UP;VOLT UP;VOLT DOWN")
    assert ask(supply, "VOLT?") == "1.250"
    send(supply, "CURR UP")
    assert ask(supply, "CURR?") == "0.2000"


def test_settings_have_the_resolution_of_the_data_sheet(supply: SupplyHmp4040) -> None:
    send(supply, "APPL 1.23456,0.12351")
    assert ask(supply, "APPL?") == "1.235,0.1236"
    send(supply, "CURR 2.3456")
    assert ask(supply, "CURR?") == "2.3460"


@pytest.mark.parametrize("message", ["APPL 6,2", "APPL 6 V, 2000 MA", 'APPLY "6,2"'])
def test_apply(supply: SupplyHmp4040, message: str) -> None:
    send(supply, message)
    assert ask(supply, "APPL?") == "6.000,2.0000"
    send(supply, "APPL MIN")
    assert ask(supply, "APPL?") == "0.000,2.0000"


# Switches.


def test_a_channel_is_on_when_it_is_active_and_the_master_is_on(
    supply: SupplyHmp4040, blocks: dict[int, TerminalBlock]
) -> None:
    send(supply, "INST OUT2;:APPL 5,1;:OUTP:SEL ON")
    assert ask(supply, "OUTP:SEL?;:OUTP:GEN?;:OUTP?") == "1;0;0"
    assert blocks[2].volts(0.0) == 0
    send(supply, "OUTP:GEN ON")
    assert ask(supply, "OUTP?;:MEAS:VOLT?;CURR?") == "1;5.000;0.5000"
    assert blocks[2].volts(0.0) == 5.0
    assert blocks[1].volts(0.0) == 0, "channel 1 was never activated"
    send(supply, "OUTP:GEN OFF")
    assert ask(supply, "OUTP:SEL?;:OUTP?;:MEAS?") == "1;0;0.000"


def test_output_on_raises_the_master_and_output_off_leaves_it(supply: SupplyHmp4040) -> None:
    send(supply, "INST OUT1;:VOLT 3;:OUTP ON;:INST OUT2;:VOLT 4;:OUTP ON")
    send(supply, "OUTP OFF")
    assert ask(supply, "OUTP?;:OUTP:GEN?;:MEAS:VOLT?") == "0;1;0.000"
    assert ask(supply, "INST OUT1;:OUTP?;:VOLT?") == "1;3.000"


def test_measuring_takes_lab_time(supply: SupplyHmp4040, clock: VirtualClock) -> None:
    ask(supply, "MEAS:VOLT?")
    assert clock.now() == pytest.approx(0.05)


# Regulation and power.


def test_crossover_shows_in_the_channels_register(supply: SupplyHmp4040) -> None:
    send(supply, "INST OUT2;:APPL 5,1;:OUTP ON;:STAT:QUES:INST:ISUM2:ENAB 1;:STAT:QUES:INST:ENAB 4")
    send(supply, "STAT:QUES:ENAB 8192")
    assert ask(supply, "STAT:QUES:INST:ISUM2:COND?") == "2"
    assert not supply.status_byte() & 8
    send(supply, "CURR 0.3")
    assert ask(supply, "MEAS:VOLT?;CURR?") == "3.000;0.3000"
    assert ask(supply, "STAT:QUES:INST:ISUM2:COND?") == "1"
    assert ask(supply, "STAT:QUES:INST:COND?;:STAT:QUES:COND?") == "4;8192"
    assert supply.status_byte() & 8
    assert ask(supply, "STAT:QUES:INST:ISUM2?;:STAT:QUES:INST?;:STAT:QUES?") == "3;4;8192"
    assert ask(supply, "STAT:QUES:INST:ISUM2?;:STAT:QUES:COND?") == "0;0"
    assert ask(supply, "STAT:QUES:INST:ISUM1:COND?") == "0", "off"


def test_clear_status_reaches_every_register(supply: SupplyHmp4040) -> None:
    send(supply, "APPL 5,1;:OUTP ON")
    assert ask(supply, "*ESR?;*CLS;:STAT:QUES:INST:ISUM1?") == "128;0"
    send(supply, "STAT:QUES:INST:ISUM1:ENAB 3;:STAT:PRES")
    assert ask(supply, "STAT:QUES:INST:ISUM1:ENAB?") == "0"


def test_a_channel_gives_160_watts(supply: SupplyHmp4040, blocks: dict[int, TerminalBlock]) -> None:
    blocks[1].connect(Drain(9.0))
    send(supply, "APPL 32,10;:OUTP ON")
    assert float(ask(supply, "MEAS:CURR?")) == pytest.approx(5.0)
    send(supply, "VOLT 16")
    assert float(ask(supply, "MEAS:CURR?")) == pytest.approx(10.0), "9 A, and the resistor gets 1 A"


def test_all_channels_give_384_watts(supply: SupplyHmp4040, blocks: dict[int, TerminalBlock]) -> None:
    for number, block in blocks.items():
        block.connect(Drain(9.0))
        send(supply, f"INST:NSEL {number};:APPL 16,10;:OUTP ON")
    watts = [block.volts(0.0) * block.amps(0.0) for block in blocks.values()]
    assert sum(watts) <= 384.0 + 1e-6
    assert max(watts) <= 160.0 + 1e-6


# Protections.


def test_over_voltage_switches_the_channel_off_until_it_is_cleared(supply: SupplyHmp4040) -> None:
    send(supply, "APPL 5,1;:VOLT:PROT 6;:OUTP ON;:INST OUT2;:VOLT 3;:OUTP ON;:INST OUT1;:VOLT 7")
    assert ask(supply, "VOLT:PROT:TRIP?;:OUTP?;:MEAS:VOLT?") == "1;0;0.000"
    assert ask(supply, "STAT:QUES:INST:ISUM1:COND?") == "512"
    assert ask(supply, "INST OUT2;:OUTP?;:VOLT:PROT:TRIP?") == "1;0"
    send(supply, "INST OUT1;:VOLT 5;:OUTP ON")
    assert ask(supply, "OUTP?") == "0", "still latched"
    send(supply, "VOLT:PROT:CLE")
    assert ask(supply, "VOLT:PROT:TRIP?;:OUTP?") == "0;0", "it does not come on by itself"
    assert ask(supply, "OUTP ON;:OUTP?") == "1"


def test_protection_mode_decides_whether_the_setting_counts(supply: SupplyHmp4040) -> None:
    send(supply, "APPL 8,0.3;:VOLT:PROT 6;:OUTP ON")  # 3 V at the terminals, in constant current
    assert ask(supply, "OUTP?;:VOLT:PROT:MODE?") == "1;measured"
    send(supply, "VOLT:PROT:MODE PROTected")
    assert ask(supply, "VOLT:PROT:MODE?;TRIP?;:OUTP?") == "protected;1;0"


def test_the_fuse_trips_in_constant_current_and_takes_linked_channels_along(supply: SupplyHmp4040) -> None:
    send(supply, "INST OUT3;:APPL 2,1;:OUTP ON;:INST OUT4;:APPL 2,1;:OUTP ON")
    send(supply, "INST OUT1;:FUSE:LINK 3;:FUSE ON;:APPL 5,1;:OUTP ON")
    assert ask(supply, "FUSE:LINK? 3;:FUSE:LINK? 4;:FUSE:TRIP?") == "1;0;0"
    send(supply, "CURR 0.2")
    assert ask(supply, "FUSE:TRIP?;:OUTP?;:STAT:QUES:INST:ISUM1:COND?") == "1;0;1024"
    assert ask(supply, "INST OUT3;:OUTP?;:FUSE:TRIP?") == "0;1"
    assert ask(supply, "INST OUT4;:OUTP?;:FUSE:TRIP?") == "1;0"
    send(supply, "INST OUT1;:CURR 1;:OUTP ON")
    assert ask(supply, "FUSE:TRIP?;:OUTP?;:FUSE:UNL 3;LINK? 3") == "0;1;0"


def test_the_fuse_acts_by_itself_when_a_load_changes(supply: SupplyHmp4040, blocks: dict[int, TerminalBlock]) -> None:
    drain = Drain(0.0)
    changed = blocks[1].connect(drain)
    send(supply, "APPL 5,1;:FUSE ON;:OUTP ON")
    drain.amps = 2.0
    changed(supply.clock.now())
    assert blocks[1].volts(0.0) == 0, "nobody talked to the supply"
    assert ask(supply, "FUSE:TRIP?") == "1"


# Sequences.


def test_a_sequence_runs_on_lab_time_and_stays_at_its_last_point(supply: SupplyHmp4040, clock: VirtualClock) -> None:
    send(supply, "INST OUT2;:OUTP ON;:ARB:DATA 1,0.5,1,2,0.6,2;:ARB:REP 2;:ARB:TRAN 2;:ARB:STAR 2")
    seen = []
    for _ in range(7):
        seen.append(ask(supply, "APPL?"))
        clock.sleep(1.0)
    low, high = "1.000,0.5000", "2.000,0.6000"
    assert seen == [low, high, high, low, high, high, high]
    send(supply, "VOLT 7")
    assert ask(supply, "VOLT?;:SYST:ERR?") == '7.000;0,"No error"', "it is over"


def test_an_endless_sequence_is_stopped(supply: SupplyHmp4040, clock: VirtualClock) -> None:
    send(supply, "ARB:DATA 1,1,1,2,1,1;REP 0;TRAN 1;STAR 1")
    clock.sleep(1001.5)
    assert ask(supply, "VOLT?;:ARB:STOP 1") == "2.000"
    clock.sleep(1.0)
    assert ask(supply, "VOLT?") == "2.000"
    send(supply, "ARB:CLE 1;:ARB:STAR 1")
    assert error(supply) == -221


def test_tables_are_saved_and_restored(supply: SupplyHmp4040) -> None:
    send(supply, "ARB:DATA 4,1,1;REP 9;SAVE 2;*RST;:ARB:REST 2;TRAN 3;STAR 3")
    assert ask(supply, "INST OUT3;:VOLT?;:ARB:REP?") == "4.000;9"


def test_states_are_saved_and_recalled_with_the_master_off(supply: SupplyHmp4040) -> None:
    send(supply, "INST OUT3;:APPL 3,2;:FUSE ON;:OUTP ON;*SAV 9;*RST;*RCL 9")
    assert ask(supply, "INST OUT3;:APPL?;:FUSE?;:OUTP:SEL?;:OUTP:GEN?") == "3.000,2.0000;1;1;0"
    send(supply, "*RCL 1;:INST OUT3")
    assert ask(supply, "APPL?") == "0.000,0.1000"


@pytest.mark.parametrize("word", ["LOCal", "REMote", "RWLock", "MIX", "BEEPer", "BEEPer:IMMediate", "BEEPer:STATe OFF"])
def test_system_commands(supply: SupplyHmp4040, word: str) -> None:
    send(supply, f"SYSTem:{word}")
    assert error(supply) == 0


@pytest.mark.parametrize("ending", [b"\n", b"\r", b"\r\n"])
@pytest.mark.parametrize("pieces", [1, 2, 100])
def test_a_serial_line_ends_in_any_way(supply: SupplyHmp4040, ending: bytes, pieces: int) -> None:
    for message in (b"VOLT 5", b"VOLT?"):
        sent = message + ending
        size = -(-len(sent) // pieces)
        for at in range(0, len(sent), size):
            supply.write(sent[at : at + size], end=False)
    assert supply.read(100, 1.0)[0] == b"5.000\n"
    assert error(supply) == 0


def test_delay_and_points_happen_at_their_own_time_though_nobody_talks_to_the_supply(
    supply: SupplyHmp4040, clock: VirtualClock, blocks: dict[int, TerminalBlock]
) -> None:
    send(supply, "INST OUT1;:APPL 5,0.2;:FUSE ON;:FUSE:DEL 200;:OUTP ON")
    send(supply, "INST OUT2;:OUTP ON;:ARB:DATA 1,0.5,1,2,0.6,2;:ARB:REP 0;:ARB:TRAN 2;:ARB:STAR 2")
    clock.sleep(7.5)
    assert blocks[1].volts(clock.now()) == 0.0
    assert blocks[2].volts(clock.now()) == 2.0
    assert list(blocks[1].trace(0.1, 0.3, 3)) == pytest.approx([2.0, 0.0, 0.0])
    assert list(blocks[2].trace(0.5, 6.5, 7)) == [1.0, 2.0, 2.0, 1.0, 2.0, 2.0, 1.0]
