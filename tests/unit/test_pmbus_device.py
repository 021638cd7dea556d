"""A simulated PMBus regulator on its bus: what the standard asks of it, and what it does to its rails."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bringup.capabilities import I2cRead, I2cWrite
from bringup.pmbus import (
    BlackBox,
    Command,
    StatusCml,
    StatusIout,
    StatusVout,
    StatusWord,
    from_linear11,
    pec,
    to_linear11,
)
from bringup.pmbus import from_ulinear16 as volts_of
from bringup_instruments.models.i2c_bus import NotAcknowledgedError
from bringup_instruments.models.sled_bmc import SledBmc
from bringup_instruments.physics import CoolantLoop, SledPhysics
from bringup_instruments.physics.parameters import Role
from bringup_instruments.physics.rails import Rail
from bringup_instruments.physics.telemetry import Lie, LieKind

from .regulator_bench import CORE, CORE_BUS, STANDBY, RegulatorBench

WORD_0752 = 0x0C08


@pytest.fixture
def bench() -> RegulatorBench:
    return RegulatorBench()


def cml(bench: RegulatorBench) -> int:
    return bench.read(Command.STATUS_CML)


def test_every_regulator_is_at_its_address(bench: RegulatorBench) -> None:
    assert bench.scan(1) == (0x40,)
    assert [bench.scan(4 + chip) for chip in range(4)] == [(0x60, 0x61, 0x62)] * 4
    assert bench.scan(0) == ()
    assert cml(bench) == 0  # being looked for does it no harm


def test_it_says_who_it_is(bench: RegulatorBench) -> None:
    assert bench.read(Command.PMBUS_REVISION) == 0x33
    assert bench.read(Command.CAPABILITY) & 0x80
    (data,) = bench.transfer(CORE_BUS, I2cWrite(CORE, bytes([Command.MFR_MODEL])), I2cRead(CORE, 8))
    assert data[:7] == b"\x06MPVR12"
    assert data[7] == pec(bytes([CORE << 1, Command.MFR_MODEL, CORE << 1 | 1]), data[:7])


def test_without_input_power_nobody_is_there(bench: RegulatorBench) -> None:
    bench.sled.load.feed(bench.now, replace(bench.sled.input.source, on=False))
    assert bench.scan(4) == ()


# Commands that move a rail.


def test_operation_switches_only_its_own_rail(bench: RegulatorBench) -> None:
    bench.write(Command.PAGE, 1)
    bench.write(Command.OPERATION, 0x80)
    assert bench.sled.read_rail(bench.now, "vdd_sram.0").on
    assert not bench.sled.read_rail(bench.now, "vdd_sram.1").on
    assert not bench.sled.read_rail(bench.now, "vdd_core.0").on
    assert bench.read(Command.STATUS_WORD) & StatusWord.POWER_GOOD_NEGATED
    bench.now += 0.1
    assert bench.read(Command.STATUS_WORD) == 0
    assert volts_of(bench.read(Command.READ_VOUT), -12).value == pytest.approx(0.8, abs=0.003)
    bench.write(Command.OPERATION, 0x40)
    assert not bench.sled.read_rail(bench.now, "vdd_sram.0").on
    assert bench.read(Command.STATUS_WORD) == StatusWord.OFF | StatusWord.POWER_GOOD_NEGATED


def test_vout_command_moves_the_rail_to_a_multiple_of_its_own_step(bench: RegulatorBench) -> None:
    bench.power_up()
    bench.write(Command.VOUT_COMMAND, WORD_0752)
    assert bench.sled.read_rail(bench.now, "vdd_core.0").set_volts == 0.751953125
    assert bench.sled.read_rail(bench.now, "vdd_core.1").set_volts == 0.75


def test_what_the_console_sets_is_what_the_register_says(bench: RegulatorBench) -> None:
    assert bench.ask("rail set vdd_core.0 0.752") == []
    assert bench.read(Command.VOUT_COMMAND) == WORD_0752
    assert bench.ask("rail on vdd_core.0") == []
    assert bench.read(Command.OPERATION) == 0x80
    assert bench.sled.read_rail(bench.now, "vdd_core.0").set_volts == 0.751953125
    assert bench.ask("rail off vdd_core.0") == []
    assert bench.read(Command.OPERATION) == 0x00


def test_a_margin_and_back(bench: RegulatorBench) -> None:
    bench.power_up()
    high = volts_of(bench.read(Command.VOUT_MARGIN_HIGH), -12).value
    assert high == pytest.approx(0.7725, abs=2e-4)
    bench.write(Command.OPERATION, 0xA8)
    assert bench.sled.read_rail(bench.now, "vdd_core.0").set_volts == high
    bench.write(Command.OPERATION, 0x98)
    assert bench.sled.read_rail(bench.now, "vdd_core.0").set_volts == pytest.approx(0.7275, abs=2e-4)
    bench.write(Command.OPERATION, 0x80)
    assert bench.sled.read_rail(bench.now, "vdd_core.0").set_volts == 0.75


@pytest.mark.parametrize(("operation", "trips"), [(0xA8, True), (0xA4, False)])
def test_a_fault_acts_in_a_margin_unless_it_is_masked(bench: RegulatorBench, operation: int, trips: bool) -> None:
    bench.power_up()
    bench.write(Command.VOUT_OV_FAULT_LIMIT, round(0.76 * 4096))
    bench.write(Command.OPERATION, operation)
    assert bench.sled.read_rail(bench.now, "vdd_core.0").on is not trips
    assert bool(bench.read(Command.STATUS_VOUT) & StatusVout.OV_FAULT) is trips
    assert bool(bench.read(Command.STATUS_WORD) & StatusWord.VOUT_OV_FAULT) is trips
    assert [trip.rail for trip in bench.sled.trips] == ["vdd_core.0"] * trips


def test_vout_max_holds_a_set_point_down_and_warns(bench: RegulatorBench) -> None:
    most = bench.read(Command.VOUT_MAX)
    assert 0.949 < volts_of(most, -12).value <= 0.95
    bench.write(Command.VOUT_COMMAND, most + 200)
    assert bench.sled.read_rail(bench.now, "vdd_core.0").set_volts == most / 4096
    assert bench.read(Command.STATUS_VOUT) == StatusVout.MAX_MIN_WARNING
    assert bench.read(Command.STATUS_WORD) & (StatusWord.VOUT | StatusWord.NONE_OF_THE_ABOVE) == 0x8001
    bench.write(Command.CLEAR_FAULTS)
    assert bench.read(Command.STATUS_VOUT) == StatusVout.MAX_MIN_WARNING  # it is still so
    bench.write(Command.VOUT_COMMAND, 3072)
    bench.write(Command.CLEAR_FAULTS)
    assert bench.read(Command.STATUS_VOUT) == 0
    assert not bench.sled.abs_max_exceedances


def test_the_standby_regulator_is_on_whenever_it_has_power(bench: RegulatorBench) -> None:
    bench.write(Command.OPERATION, 0x00, address=STANDBY)
    assert bench.sled.read_rail(bench.now, "3v3_sb").on
    assert volts_of(bench.read(Command.READ_VOUT, STANDBY), -12).value == pytest.approx(3.3, abs=0.01)


def test_power_brings_the_configuration_back(bench: RegulatorBench) -> None:
    bench.write(Command.VOUT_COMMAND, WORD_0752)
    bench.write(Command.PAGE, 1)
    bench.power_cycle()
    assert bench.read(Command.PAGE) == 0
    assert bench.read(Command.VOUT_COMMAND) == 3072
    assert bench.read(Command.OPERATION) == 0


# Pages and phases.


def test_page_ff_writes_all_and_reads_none(bench: RegulatorBench) -> None:
    bench.write(Command.PAGE, 0xFF)
    bench.write(Command.OPERATION, 0x80)
    assert bench.sled.read_rail(bench.now, "vdd_core.0").on
    assert bench.sled.read_rail(bench.now, "vdd_sram.0").on
    (data,) = bench.transfer(CORE_BUS, I2cWrite(CORE, bytes([Command.READ_VOUT])), I2cRead(CORE, 2))
    assert data == b"\xff\xff"
    assert cml(bench) == StatusCml.INVALID_DATA


def test_phases_add_up_and_a_dead_one_shows(bench: RegulatorBench) -> None:
    bench.power_up()
    whole = from_linear11(bench.read(Command.READ_IOUT)).value
    assert whole > 50.0

    def sweep() -> list[float]:
        amps = []
        for phase in range(12):
            bench.write(Command.PHASE, phase)
            amps.append(from_linear11(bench.read(Command.READ_IOUT)).value)
        bench.write(Command.PHASE, 0xFF)
        return amps

    amps = sweep()
    assert sum(amps) == pytest.approx(whole, rel=0.01)
    assert 1.02 < max(amps) / min(amps) < 1.25
    cool = from_linear11(bench.read(Command.READ_TEMPERATURE_1)).value
    bench.sled.defects.regulator("vr_core.0").dead_phases.update({3, *range(5, 12)})
    bench.now += 1.0
    amps = sweep()
    assert amps[3] == 0.0
    assert sum(amps) == pytest.approx(whole, rel=0.02)
    assert from_linear11(bench.read(Command.READ_TEMPERATURE_1)).value > cool
    bench.write(Command.PHASE, 12)
    assert cml(bench) == StatusCml.INVALID_DATA


def test_a_phase_check_may_lock_everybody_else_out(bench: RegulatorBench) -> None:
    reading = "i2ctransfer -y 4 w1@0x61 0x20 r1"
    bench.write(Command.PHASE, 3)
    assert bench.ask(reading) == ["0x14"]
    bench.sled.defects.bus_locks_for_s = 5.0
    bench.write(Command.PHASE, 4)
    assert bench.ask(reading) == ["Error: Sending messages failed: Connection timed out"]
    assert bench.ask("i2cget -y 4 0x61 0x20") == ["Error: Read failed"]
    assert bench.ask("i2cdetect -y 4")[7].startswith("60: 60 -- -- ")
    assert bench.ask("i2ctransfer -y 5 w1@0x61 0x20 r1") == ["0x14"]  # another bus
    assert bench.read(Command.PHASE) == 4
    bench.now += 6.0
    assert bench.ask(reading) == ["0x14"]


# What should not be sent.


def test_an_unknown_command_is_not_acknowledged(bench: RegulatorBench) -> None:
    with pytest.raises(NotAcknowledgedError):
        bench.transfer(CORE_BUS, I2cWrite(CORE, b"\x3f"), I2cRead(CORE, 1))
    assert cml(bench) == StatusCml.INVALID_COMMAND
    assert bench.read(Command.STATUS_WORD) & StatusWord.CML


def test_a_wrong_packet_error_code_is_told_and_nothing_is_done(bench: RegulatorBench) -> None:
    with pytest.raises(NotAcknowledgedError):
        bench.write(Command.VOUT_COMMAND, WORD_0752, spoil=0x01)
    assert cml(bench) == StatusCml.PEC_FAILED
    assert bench.read(Command.VOUT_COMMAND) == 3072


def test_a_code_is_not_needed(bench: RegulatorBench) -> None:
    bench.transfer(CORE_BUS, I2cWrite(CORE, bytes([Command.VOUT_COMMAND, 0x08, 0x0C])))
    assert bench.read(Command.VOUT_COMMAND) == WORD_0752
    assert cml(bench) == 0


def test_data_that_is_cut_short_is_ignored(bench: RegulatorBench) -> None:
    bench.transfer(CORE_BUS, I2cWrite(CORE, bytes([Command.VOUT_COMMAND, 0x08])))
    assert bench.read(Command.VOUT_COMMAND) == 3072
    assert cml(bench) == 0


def test_too_much_is_told(bench: RegulatorBench) -> None:
    with pytest.raises(NotAcknowledgedError):
        bench.transfer(CORE_BUS, I2cWrite(CORE, bytes([Command.VOUT_COMMAND, 0x08, 0x0C, 0x00, 0x00])))
    assert cml(bench) == StatusCml.INVALID_DATA
    bench.write(Command.STATUS_CML, 0x40)
    assert cml(bench) == 0
    (data,) = bench.transfer(CORE_BUS, I2cWrite(CORE, bytes([Command.PAGE])), I2cRead(CORE, 4))
    assert data[2:] == b"\xff\xff"
    assert cml(bench) == StatusCml.INVALID_DATA


@pytest.mark.parametrize(
    ("command", "value"),
    [(Command.PAGE, 2), (Command.OPERATION, 0xC0), (Command.WRITE_PROTECT, 0x01), (Command.VOUT_MODE, 0x17)],
)
def test_data_that_means_nothing_is_told(bench: RegulatorBench, command: Command, value: int) -> None:
    before = bench.read(command)
    bench.write(command, value)
    assert bench.read(command) == before
    assert cml(bench) == StatusCml.INVALID_DATA


def test_what_can_only_be_read_is_not_written(bench: RegulatorBench) -> None:
    with pytest.raises(NotAcknowledgedError):
        bench.write(Command.READ_VOUT, 0)
    assert cml(bench) == StatusCml.INVALID_DATA


@pytest.mark.parametrize(
    ("level", "writable", "refused"),
    [
        (0x80, [], [(Command.PAGE, 1), (Command.OPERATION, 0x80), (Command.VOUT_COMMAND, WORD_0752)]),
        (0x40, [(Command.PAGE, 1), (Command.OPERATION, 0x80)], [(Command.VOUT_COMMAND, WORD_0752)]),
        (0x20, [(Command.VOUT_COMMAND, WORD_0752), (Command.PAGE, 1)], [(Command.VOUT_MAX, 0x0FFF)]),
    ],
)
def test_write_protect(
    bench: RegulatorBench, level: int, writable: list[tuple[Command, int]], refused: list[tuple[Command, int]]
) -> None:
    bench.write(Command.WRITE_PROTECT, level)
    for command, value in refused:
        before = bench.read(command)
        with pytest.raises(NotAcknowledgedError):
            bench.write(command, value)
        assert bench.read(command) == before
    with pytest.raises(NotAcknowledgedError):
        bench.write(Command.CLEAR_FAULTS)
    for command, value in writable:
        bench.write(command, value)
        assert bench.read(command) == value
    bench.write(Command.WRITE_PROTECT, 0)
    bench.write(Command.VOUT_MAX, 0x0FFF)
    assert bench.read(Command.VOUT_MAX) == 0x0FFF


def test_commands_to_several_devices_in_one_transaction_act_at_its_end(
    bench: RegulatorBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    turn_on = bench.sled.bank.turn_on

    def noted(at_s: float, rail: Rail) -> None:
        done.append(rail.name)
        turn_on(at_s, rail)

    monkeypatch.setattr(bench.sled.bank, "turn_on", noted)
    last = bench.bmc.buses[CORE_BUS]._slaves[0x62]

    def read(at_s: float, length: int) -> bytes:
        done.append("read")
        return bytes(length)

    monkeypatch.setattr(last, "read", read)
    bench.transfer(CORE_BUS, I2cWrite(0x61, b"\x01\x80"), I2cWrite(CORE, b"\x01\x80"), I2cRead(0x62, 1))
    assert done == ["read", "vpp.0", "vdd_core.0"]
    done.clear()
    bench.transfer(CORE_BUS, I2cWrite(CORE, b"\x00\x01"), I2cWrite(CORE, b"\x01\x80"), I2cRead(0x62, 1))
    assert done == ["read", "vdd_sram.0"]  # but a repeated start for the same device lets its page act


def test_what_nobody_should_set_can_still_be_read(bench: RegulatorBench) -> None:
    assert bench.ask("rail set 3v3_sb 20") == []
    bench.now += 1.0
    assert bench.read(Command.VOUT_COMMAND, STANDBY) == 0xFFFF
    assert bench.read(Command.READ_VOUT, STANDBY) == 0xFFFF
    assert bench.read(Command.STATUS_VOUT, STANDBY) == StatusVout.MAX_MIN_WARNING


def test_registers_that_cannot_hold_a_rail_are_a_mistake(bench: RegulatorBench) -> None:
    parameters = bench.sled.parameters
    narrow = tuple(replace(regulator, vout_exponent=-16) for regulator in parameters.regulators)
    with pytest.raises(ValueError, match=r"vr_standby: vout_exponent -16 reaches 0\.99"):
        replace(parameters, regulators=narrow)


def test_clearing_status_moves_nothing(bench: RegulatorBench) -> None:
    bench.power_up()
    assert bench.ask("rail set vdd_core.0 0.96") == []  # above VOUT_MAX, as the console may
    bench.write(Command.STATUS_VOUT, 0xFF)
    bench.write(Command.VOUT_UV_FAULT_LIMIT, 2000)
    assert bench.sled.read_rail(bench.now, "vdd_core.0").set_volts == pytest.approx(0.96, abs=2e-4)
    bench.write(Command.VOUT_COMMAND, WORD_0752)
    assert bench.sled.read_rail(bench.now, "vdd_core.0").set_volts == 0.751953125


# Trips.


def overloaded() -> RegulatorBench:
    """A sled whose core regulators trip in a workload."""
    bench = RegulatorBench()
    parameters = bench.sled.parameters
    rails = tuple(replace(rail, trip_amps=900.0) if rail.role is Role.CORE else rail for rail in parameters.rails)
    bench.sled = SledPhysics("SN-9", replace(parameters, rails=rails), CoolantLoop())
    bench.bmc = SledBmc(bench.sled)
    bench.sled.load.feed(0.0, replace(bench.sled.input.source, volts=54.0, amps_limit=100.0, on=True))
    bench.power_up()
    bench.sled.host_on(bench.now)
    bench.now += 400.0
    return bench


def black_box(bench: RegulatorBench) -> BlackBox | None:
    reading = (I2cWrite(CORE, bytes([Command.MFR_BLACK_BOX])), I2cRead(CORE, 1))
    ((count,),) = bench.transfer(CORE_BUS, *reading)
    (data,) = bench.transfer(CORE_BUS, reading[0], I2cRead(CORE, 1 + count))
    return BlackBox.parse(data[1:])


def test_an_over_current_is_latched_and_remembered_without_power() -> None:
    bench = overloaded()
    assert black_box(bench) is None
    began = bench.now
    bench.sled.start_workload(began, "virus", 60.0)
    bench.now += 1.0
    assert bench.read(Command.STATUS_IOUT) == StatusIout.OC_FAULT
    word = bench.read(Command.STATUS_WORD)
    assert word & StatusWord.IOUT_OC_FAULT
    assert word & StatusWord.OFF
    assert bench.read(Command.OPERATION) == 0x80
    bench.write(Command.OPERATION, 0x80)  # no way out of a latch
    assert not bench.sled.read_rail(bench.now, "vdd_core.0").on
    bench.write(Command.CLEAR_FAULTS)
    assert bench.read(Command.STATUS_IOUT) == 0
    assert not bench.sled.read_rail(bench.now, "vdd_core.0").on

    box = black_box(bench)
    assert box is not None
    assert (box.trips, box.page) == (1, 0)
    assert box.status.iout == StatusIout.OC_FAULT
    assert not box.status.is_off  # as it was at that moment
    assert box.amps.value > 900.0
    assert box.volts.value == pytest.approx(0.75, abs=0.002)
    assert box.celsius.value > 40.0
    assert box.uptime_s == int(began)
    bench.power_cycle()
    assert black_box(bench) == box
    bench.write(Command.MFR_BLACK_BOX_CLEAR)
    assert black_box(bench) is None


def test_an_over_current_ends_by_off_and_on() -> None:
    bench = overloaded()
    bench.sled.start_workload(bench.now, "virus", 60.0)
    bench.now += 1.0
    bench.write(Command.OPERATION, 0x00)
    assert bench.read(Command.STATUS_IOUT) == StatusIout.OC_FAULT
    bench.now += 1.0
    bench.write(Command.OPERATION, 0x80)
    assert bench.sled.read_rail(bench.now, "vdd_core.0").on
    assert bench.read(Command.STATUS_IOUT) == 0


def test_the_consoles_way_out_of_an_over_current_is_the_same() -> None:
    bench = overloaded()
    bench.sled.start_workload(bench.now, "virus", 60.0)
    bench.now += 1.0
    assert bench.read(Command.STATUS_IOUT) == StatusIout.OC_FAULT
    assert bench.ask("rail set vdd_core.0 0.74") == []
    assert bench.read(Command.OPERATION) == 0x80
    bench.write(Command.OPERATION, 0x80)
    assert not bench.sled.read_rail(bench.now, "vdd_core.0").on
    assert bench.ask("rail on vdd_core.0") == []
    assert bench.read(Command.STATUS_IOUT) == 0
    bench.write(Command.OPERATION, 0xA8)
    assert bench.sled.read_rail(bench.now, "vdd_core.0").on


def test_a_lower_over_current_limit_trips_sooner(bench: RegulatorBench) -> None:
    bench.power_up()
    assert from_linear11(bench.read(Command.IOUT_OC_FAULT_LIMIT)).value == 1300.0
    bench.write(Command.IOUT_OC_FAULT_LIMIT, to_linear11(20.0))
    bench.now += 0.1
    assert bench.read(Command.STATUS_IOUT) == StatusIout.OC_FAULT
    assert [trip.rail for trip in bench.sled.trips] == ["vdd_core.0"]
    bench.power_cycle()
    assert from_linear11(bench.read(Command.IOUT_OC_FAULT_LIMIT)).value == 1300.0
    bench.write(Command.PAGE, 1)
    with pytest.raises(NotAcknowledgedError):
        bench.write(Command.IOUT_OC_FAULT_LIMIT, to_linear11(20.0))
    assert cml(bench) == StatusCml.INVALID_COMMAND


def test_a_load_step_and_a_short_are_over_currents(bench: RegulatorBench) -> None:
    bench.power_up()
    bench.sled.host_on(bench.now)
    bench.now += 400.0
    bench.sled.defects.rails.step_trip_amps["vdd_core.0"] = 100.0
    bench.sled.start_workload(bench.now, "gemm", 60.0)
    assert bench.read(Command.STATUS_IOUT) == StatusIout.OC_FAULT
    box = black_box(bench)
    assert box is not None
    assert (box.trips, box.page) == (1, 0)
    bench.sled.defects.rails.shorts["vdd_sram.0"] = 1e-3
    bench.sled.touch(bench.now)
    box = black_box(bench)
    assert box is not None
    assert (box.trips, box.page) == (2, 1)
    assert box.status.faults == ("IOUT OC_FAULT",)


def test_a_hot_chip_turns_its_rails_off_and_the_regulator_has_no_fault(bench: RegulatorBench) -> None:
    bench.power_up()
    bench.sled.chips[0].die_celsius = 160.0
    bench.sled.advance(bench.now + 0.001)
    assert {trip.reason.split()[0] for trip in bench.sled.trips} == {"THERMTRIP"}
    assert bench.read(Command.STATUS_WORD) == StatusWord.OFF | StatusWord.POWER_GOOD_NEGATED
    assert black_box(bench) is None


def test_a_regulator_that_is_too_hot_turns_off(bench: RegulatorBench) -> None:
    bench.power_up()
    bench.write(Command.OT_FAULT_LIMIT, 20)
    assert bench.read(Command.STATUS_TEMPERATURE) == 0x80
    assert not bench.sled.read_rail(bench.now, "vdd_core.0").on
    box = black_box(bench)
    assert box is not None
    assert box.status.temperature == 0x80


# Faults that can be put on it.


@pytest.mark.parametrize("stuck", [True, False])
def test_a_power_good_that_is_stuck(bench: RegulatorBench, stuck: bool) -> None:
    wrong = bench.sled.defects.rails.power_good
    if not stuck:
        bench.power_up()
    wrong["vdd_core.0"] = stuck
    assert bool(bench.read(Command.STATUS_WORD) & StatusWord.POWER_GOOD_NEGATED) is not stuck
    assert f"pg={int(stuck)}" in bench.ask("rail read vdd_core.0")[0]
    wrong.clear()
    assert bool(bench.read(Command.STATUS_WORD) & StatusWord.POWER_GOOD_NEGATED) is stuck


@pytest.mark.parametrize(
    ("sensor", "lie", "command", "shown"),
    [
        ("vdd_core.volts.0", Lie(LieKind.WRONG_PAGE), Command.READ_VOUT, 0.0),
        ("vdd_core.volts.0", Lie(LieKind.EXPONENT), Command.READ_VOUT, 0xFFFF / 4096),
        ("vdd_core.amps.0", Lie(LieKind.SIGN_WRAP), Command.READ_IOUT, 32768.0),
    ],
)
def test_a_sensor_that_lies_on_pmbus_lies_here(
    bench: RegulatorBench, sensor: str, lie: Lie, command: Command, shown: float
) -> None:
    bench.power_up()
    honest = bench.read(command)
    bench.sled.defects.lies[sensor, "pmbus"] = lie
    word = bench.read(command)
    assert word != honest
    seen = volts_of(word, -12) if command is Command.READ_VOUT else from_linear11(word)
    assert seen.value == pytest.approx(shown, rel=0.01)
