"""The E3631A against resistors: selection, signs, crossover, tracking, triggers, status and *RST table."""

from __future__ import annotations

import pytest

from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.supply_e3631a import SupplyE3631A
from bringup_instruments.physics.circuit import TerminalBlock


class Drain:
    """An electronic load of some amperes, in the direction of the voltage."""

    def __init__(self, amps: float) -> None:
        self.amps = amps

    def amps_at(self, volts: float) -> float:
        return self.amps if volts > 0 else -self.amps if volts < 0 else 0.0


@pytest.fixture
def blocks() -> dict[int, TerminalBlock]:
    return {number: TerminalBlock(10.0) for number in (1, 2, 3)}


@pytest.fixture
def supply(blocks: dict[int, TerminalBlock]) -> SupplyE3631A:
    return SupplyE3631A(VirtualClock(), blocks)


def send(supply: SupplyE3631A, message: str) -> None:
    supply.write(message.encode() + b"\n", end=True)


def ask(supply: SupplyE3631A, message: str) -> str:
    send(supply, message)
    return supply.read(10_000, 10.0)[0].decode().rstrip("\n")


def values(supply: SupplyE3631A, message: str) -> list[float]:
    return [float(value) for value in ask(supply, message).split(";")]


def error(supply: SupplyE3631A) -> int:
    return int(ask(supply, "SYST:ERR?").split(",")[0])


def test_identity_has_no_serial_number(supply: SupplyE3631A) -> None:
    assert ask(supply, "*IDN?").startswith("HEWLETT-PACKARD,E3631A,0,")
    assert ask(supply, "SYST:VERS?;:SYST:ERR?;*PSC?") == '1995.0;+0,"No error";1'


RESET = (
    'P6V;1;NONE;0;0;1;"";BUS;+0.00000000E+00;"0.000000,5.000000";"0.000000,1.000000";"0.000000,1.000000";'
    "+0.00000000E+00;+5.00000000E+00"
)
STATE = (
    "INST?;:INST:NSEL?;COUP?;:OUTP?;:OUTP:TRAC?;:DISP?;:DISP:TEXT?;:TRIG:SOUR?;DEL?;:APPL? P6V;:APPL? P25V;"
    ":APPL? N25V;:VOLT:TRIG?;:CURR:TRIG?"
)


def test_power_on_and_reset_table(supply: SupplyE3631A) -> None:
    assert ask(supply, STATE) == RESET
    send(supply, "APPL P6V,5,1;:APPL P25V,20,0.5;:APPL N25V,-10,0.2;:OUTP ON;:INST:COUP P6V,P25V;:OUTP:TRAC ON")
    send(supply, "DISP:TEXT 'HELLO';:DISP OFF;:TRIG:SOUR IMM;DEL 5;:INST P6V;:VOLT:TRIG 2;:CURR:TRIG 2")
    assert error(supply) == 0
    assert ask(supply, STATE) != RESET
    send(supply, "*RST")
    assert ask(supply, STATE) == RESET


@pytest.mark.parametrize(("number", "name"), [(1, "P6V"), (2, "P25V"), (3, "N25V")])
def test_selection_by_name_and_number(supply: SupplyE3631A, number: int, name: str) -> None:
    send(supply, f"INST:SEL {name}")
    assert ask(supply, "INST:NSEL?") == str(number)
    send(supply, f"*RST;:INST:NSEL {number}")
    assert ask(supply, "INST?") == name


RANGES = [("P6V", 6.18, 5.15), ("P25V", 25.75, 1.03), ("N25V", -25.75, 1.03)]


@pytest.mark.parametrize(("name", "volts", "amps"), RANGES)
def test_ranges(supply: SupplyE3631A, name: str, volts: float, amps: float) -> None:
    send(supply, f"INST {name}")
    assert values(supply, "VOLT? MIN;VOLT? MAX;CURR? MIN;CURR? MAX") == pytest.approx([0.0, volts, 0.0, amps])
    assert values(supply, "VOLT:TRIG? MAX;:CURR:TRIG? MAX") == pytest.approx([volts, amps])
    send(supply, "VOLT MAX;CURR MAX")
    assert values(supply, "VOLT?;CURR?") == pytest.approx([volts, amps])
    send(supply, f"APPL {name},DEF,DEF")
    assert values(supply, "VOLT?;CURR?") == [0.0, 5.0 if name == "P6V" else 1.0]
    for refused in (
        f"VOLT {volts * 1.01}",
        f"VOLT {-volts}",
        f"CURR {amps * 1.01}",
        "CURR -0.1",
        f"VOLT:TRIG {-volts}",
    ):
        send(supply, refused)
        assert error(supply) == -222, refused
    assert values(supply, "VOLT?;CURR?;VOLT:TRIG?") == [0.0, 5.0 if name == "P6V" else 1.0, 0.0]


@pytest.mark.parametrize(
    ("wrong", "number"),
    [("INST P8V", -224), ("INST:NSEL 4", -222), ("APPL 5,1", -128), ("APPL P6V,7", -222), ("OUTP ON,(@1)", -108),
     ("STAT:OPER?", -113), ("*OPT?", -113), ("VOLT:PROT 5", -113), ("TRIG:DEL 3601", -222), ("*SAV 4", -222),
     ("*TRG", -211), ("INST:COUP ALL,P6V", -108)],
)  # fmt: skip
def test_errors(supply: SupplyE3631A, wrong: str, number: int) -> None:
    send(supply, wrong)
    assert error(supply) == number


def test_the_error_queue_holds_twenty(supply: SupplyE3631A) -> None:
    for _ in range(30):
        send(supply, "NONSENSE")
    numbers = [error(supply) for _ in range(21)]
    assert numbers == [-113] * 19 + [-350, 0]


def test_apply_selects_and_refuses_both_values_together(supply: SupplyE3631A) -> None:
    send(supply, "APPL P25V,12,0.5")
    assert ask(supply, "INST?;:APPL?") == 'P25V;"12.000000,0.500000"'
    send(supply, "APPL N25V,-5,2")
    assert error(supply) == -222
    assert ask(supply, "INST?;:APPL? N25V") == 'P25V;"0.000000,1.000000"'


# Outputs.


def test_one_switch_for_all_three(supply: SupplyE3631A, blocks: dict[int, TerminalBlock]) -> None:
    send(supply, "APPL P6V,5,5;:APPL P25V,8,1;:APPL N25V,-9,1")
    assert [block.volts(0.0) for block in blocks.values()] == [0.0, 0.0, 0.0]
    send(supply, "OUTP ON")
    assert [block.volts(0.0) for block in blocks.values()] == [5.0, 8.0, -9.0]
    assert values(supply, "MEAS:VOLT? P6V;VOLT? P25V;VOLT? N25V") == pytest.approx([5.0, 8.0, -9.0], abs=1e-3)
    assert values(supply, "MEAS:CURR? P6V;CURR? P25V;CURR? N25V") == pytest.approx([0.5, 0.8, 0.9], abs=1e-3)
    assert values(supply, "MEAS?") == pytest.approx([-9.0], abs=1e-3), "the selected one"
    send(supply, "OUTP OFF")
    assert [block.volts(0.0) for block in blocks.values()] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(("name", "sign"), [("P25V", 1), ("N25V", -1)])
def test_crossover(supply: SupplyE3631A, name: str, sign: int) -> None:
    number = 2 if sign > 0 else 3
    send(supply, f"APPL {name},{sign * 8},0.5;:OUTP ON")
    assert values(supply, f"MEAS:VOLT? {name};CURR? {name}") == pytest.approx([sign * 5.0, 0.5], abs=1e-3)
    assert ask(supply, f"STAT:QUES:INST:ISUM{number}:COND?") == "1"
    send(supply, "CURR 1")
    assert values(supply, f"MEAS:VOLT? {name};CURR? {name}") == pytest.approx([sign * 8.0, 0.8], abs=1e-3)
    assert ask(supply, f"STAT:QUES:INST:ISUM{number}:COND?") == "2"


def test_the_negative_output_goes_back_up_when_the_load_gets_lighter(
    supply: SupplyE3631A, blocks: dict[int, TerminalBlock]
) -> None:
    drain = Drain(0.0)
    changed = blocks[3].connect(drain)
    send(supply, "APPL N25V,-8,0.9;:OUTP ON")
    drain.amps = 0.5
    changed(0.0)
    assert values(supply, "MEAS:CURR?")[0] == pytest.approx(0.9, abs=1e-3)
    assert -8.0 < blocks[3].volts(0.0) < 0.0
    drain.amps = 0.0
    changed(0.0)
    assert blocks[3].volts(0.0) == -8.0


def test_measuring_takes_lab_time(supply: SupplyE3631A) -> None:
    ask(supply, "MEAS:VOLT?;CURR?")
    assert supply.clock.now() == pytest.approx(0.2)


def test_summary_registers(supply: SupplyE3631A) -> None:
    send(supply, "STAT:QUES:INST:ISUM2:ENAB 1;:STAT:QUES:INST:ENAB 4;:STAT:QUES:ENAB 8192;*SRE 8")
    send(supply, "APPL P25V,20,0.5;:OUTP ON")
    assert ask(supply, "*STB?") == str(8 + 64)
    assert ask(supply, "STAT:QUES:INST?;:STAT:QUES?") == "4;8192"
    assert ask(supply, "*CLS;:STAT:QUES:INST:ISUM2?;:STAT:QUES:INST:COND?;*STB?").startswith("0;")
    assert ask(supply, "*STB?") == "0"


# Tracking.


def test_tracking_mirrors_both_ways(supply: SupplyE3631A) -> None:
    send(supply, "APPL P25V,12,1;:APPL N25V,-5,0.5;:OUTP:TRAC ON")
    assert ask(supply, "APPL? P25V;:APPL? N25V") == '"12.000000,1.000000";"-12.000000,0.500000"'
    send(supply, "INST N25V;:VOLT -7")
    assert ask(supply, "APPL? P25V") == '"7.000000,1.000000"'
    send(supply, "APPL P6V,3,1")
    assert ask(supply, "APPL? P25V") == '"7.000000,1.000000"', "the +6 V output never tracks"
    send(supply, "OUTP:TRAC OFF;:APPL P25V,1")
    assert ask(supply, "APPL? N25V") == '"-7.000000,0.500000"'


def test_tracking_and_trigger_coupling_exclude_each_other(supply: SupplyE3631A) -> None:
    send(supply, "OUTP:TRAC ON;:INST:COUP P25V,N25V")
    assert error(supply) == 800
    send(supply, "INST:COUP P6V,P25V")
    assert ask(supply, "INST:COUP?") == "P6V,P25V"
    send(supply, "OUTP:TRAC OFF;:INST:COUP ALL;:OUTP:TRAC ON")
    assert error(supply) == 801
    assert ask(supply, "OUTP:TRAC?;:INST:COUP?") == "0;ALL"


# Triggers.


def test_a_bus_trigger_moves_coupled_outputs_after_the_delay(supply: SupplyE3631A) -> None:
    send(supply, "INST:COUP P6V,N25V;:TRIG:DEL 5;SOUR BUS")
    send(supply, "INST P6V;:VOLT:TRIG 5;:CURR:TRIG 2;:INST P25V;:VOLT:TRIG 9;:INST N25V;:VOLT:TRIG -4;:INIT")
    assert ask(supply, "APPL? P6V") == '"0.000000,5.000000"'
    send(supply, "INIT")
    assert error(supply) == -213
    send(supply, "*TRG")
    assert ask(supply, "APPL? P6V") == '"0.000000,5.000000"', "the delay runs"
    assert ask(supply, "*OPC?") == "1"
    assert supply.clock.now() == pytest.approx(5.0)
    assert ask(supply, "APPL? P6V;:APPL? P25V;:APPL? N25V") == (
        '"5.000000,2.000000";"0.000000,1.000000";"-4.000000,1.000000"'
    )


def test_an_immediate_trigger_moves_the_selected_output(supply: SupplyE3631A) -> None:
    send(supply, "TRIG:SOUR IMM;:INST P25V;:VOLT:TRIG 9;:CURR:TRIG 0.4;:INIT")
    assert ask(supply, "APPL?") == '"9.000000,0.400000"'
    assert ask(supply, "VOLT 3;VOLT:TRIG?") == "+9.00000000E+00", "a triggered level stays programmed"


def test_reset_stops_a_trigger_that_is_under_way(supply: SupplyE3631A) -> None:
    send(supply, "VOLT:TRIG 5;:INIT;*RST;*TRG")
    assert error(supply) == -211
    assert values(supply, "VOLT?") == [0.0]


# The rest.


def test_display_text(supply: SupplyE3631A) -> None:
    send(supply, 'DISP:TEXT "POWER ON TEST RUN"')
    assert ask(supply, "DISP:TEXT?") == '"POWER ON TES"'
    send(supply, "DISP:TEXT:CLE;:DISP:STAT OFF")
    assert ask(supply, "DISP:TEXT?;:DISP?") == '"";0'


def test_states_are_saved_and_recalled(supply: SupplyE3631A, blocks: dict[int, TerminalBlock]) -> None:
    send(supply, "APPL N25V,-6,0.7;:OUTP ON;*SAV 2;*RST")
    assert blocks[3].volts(0.0) == 0.0
    send(supply, "*RCL 2")
    assert ask(supply, "INST?;:OUTP?;:APPL?") == 'N25V;1;"-6.000000,0.700000"'
    assert blocks[3].volts(0.0) == -6.0
    send(supply, "*RCL 3")
    assert ask(supply, "OUTP?") == "0"


@pytest.mark.parametrize("word", ["REMote", "RWLock", "LOCal", "BEEPer", "BEEPer:IMMediate"])
def test_system_commands(supply: SupplyE3631A, word: str) -> None:
    send(supply, f"SYSTem:{word}")
    assert error(supply) == 0


def test_control_c_on_the_serial_line_is_a_device_clear(supply: SupplyE3631A) -> None:
    supply.write(b"APPL?\r\nVOLT 3", end=False)
    supply.write(b"\x03INST?\r", end=False)
    assert supply.read(100, 1.0)[0] == b"P6V\n"
    assert values(supply, "VOLT?") == [0.0]
