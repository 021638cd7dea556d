"""`Regulator` over a bus that others use too, and that may damage what passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bringup.capabilities import I2cBus, I2cRead, I2cWrite, NotAcknowledged
from bringup.errors import BadReply, InstrumentError, OutOfEnvelope
from bringup.pmbus import Command, StatusCml, StatusVout
from bringup.regulators import Regulator, RegulatorPage, regulators_of
from bringup_instruments.models.i2c_bus import NotAcknowledgedError

from .regulator_bench import CORE, CORE_BUS, PRODUCT, RegulatorBench


class Bus(RegulatorBench):
    """The bench's bus, which counts transactions, lets others in between, and damages what it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.transactions: list[tuple[Any, ...]] = []
        self.between: Callable[[], object] = lambda: None
        self.damage: Callable[[bytes], bytes] = lambda data: data
        self.damaged = 0

    def transfer(self, bus: int, *messages: Any) -> tuple[bytes, ...]:
        self.between()
        self.transactions.append(messages)
        try:
            read = super().transfer(bus, *messages)
        except NotAcknowledgedError:
            raise NotAcknowledged("bench: Remote I/O error") from None
        if self.damaged > 0:
            self.damaged -= 1
            return tuple(map(self.damage, read))
        return read


@pytest.fixture
def bus() -> Bus:
    bus = Bus()
    bus.power_up()
    return bus


@pytest.fixture
def core(bus: Bus) -> Regulator:
    return regulators_of(bus, PRODUCT)["vr_core.0"]


def test_the_product_says_which_regulators_there_are(bus: Bus) -> None:
    assert isinstance(bus, I2cBus)
    regulators = regulators_of(bus, PRODUCT)
    assert len(regulators) == 1 + 3 * 4
    assert [page.rail for page in regulators["vr_hbm.3"].pages] == ["vpp.3", "vddc_hbm.3", "vddql.3"]
    assert regulators["vr_hbm.3"].where == "vr_hbm.3 (0x61 on I2C bus 7)"
    for regulator in regulators.values():
        facts = next(r for r in PRODUCT.facts.regulators if regulator.name.startswith(r.name))
        config = regulator.config()
        assert (config.model, config.version, config.crc) == (facts.model, facts.config_version, facts.config_crc)
        for page in range(len(regulator.pages)):
            assert regulator.status(page).faults == ()
            assert regulator.status(page).power_good


def test_a_reading_knows_its_steps(bus: Bus, core: Regulator) -> None:
    reading = core.read(0)
    seen = bus.sled.read_rail(bus.now, "vdd_core.0")
    assert reading.volts.value == pytest.approx(seen.volts, abs=0.002)
    assert reading.volts.step == 2.0**-12
    assert reading.volts.value % reading.volts.step == 0.0
    assert reading.amps.value == pytest.approx(seen.amps, rel=0.05)
    assert reading.amps.step in {0.0625, 0.125}
    assert reading.watts.value == pytest.approx(reading.volts.value * reading.amps.value, rel=0.01)
    assert 25.0 < reading.celsius.value < 60.0
    assert core.read(1).volts.value == pytest.approx(0.8, abs=0.003)


def test_a_set_point_is_the_nearest_step_and_is_told(bus: Bus, core: Regulator) -> None:
    taken = core.set_volts(0, 0.752)
    assert (taken.value, taken.step) == (0.751953125, 2.0**-12)
    assert core.set_point(0) == taken
    assert bus.sled.read_rail(bus.now, "vdd_core.0").set_volts == 0.751953125


@pytest.mark.parametrize(("volts", "word"), [(0.90, 3686), (0.56, 2294)])
def test_a_step_at_the_bounds_lies_within_them(core: Regulator, volts: float, word: int) -> None:
    assert core.set_volts(0, volts).value == word / 4096


@pytest.mark.parametrize("volts", [0.5599, 0.9001, float("nan"), float("inf"), -1.0])
def test_beyond_the_products_bounds_nothing_is_sent(bus: Bus, core: Regulator, volts: float) -> None:
    with pytest.raises(OutOfEnvelope, match="nothing was sent"):
        core.set_volts(0, volts)
    assert not bus.transactions


def test_a_rail_without_bounds_is_not_moved(bus: Bus) -> None:
    with pytest.raises(OutOfEnvelope, match=r"vpp\.0 is not to be moved"):
        regulators_of(bus, PRODUCT)["vr_hbm.0"].set_volts(0, 1.8)
    assert not bus.transactions


def test_beyond_vout_max_nothing_is_set(bus: Bus, core: Regulator) -> None:
    bus.write(Command.VOUT_MAX, 3277)
    with pytest.raises(OutOfEnvelope, match=r"above its VOUT_MAX of 0\.800049 V"):
        core.set_volts(0, 0.85)
    assert core.set_point(0).value == 0.75


def test_what_the_format_cannot_hold_is_not_sent(bus: Bus) -> None:
    wide = Regulator(bus, "wide", CORE_BUS, CORE, (RegulatorPage("vdd_core.0", 50.0, 0.0, 50.0),))
    with pytest.raises(OutOfEnvelope, match="ULINEAR16"):
        wide.set_volts(0, 40.0)


def test_margins_act_on_faults(bus: Bus, core: Regulator) -> None:
    high = core.margin(0, "high")
    assert high.value == pytest.approx(0.7725, abs=2e-4)
    assert bus.sled.read_rail(bus.now, "vdd_core.0").set_volts == high.value
    assert bus.read(Command.OPERATION) == 0xA8
    assert core.margin(0, "low").value == pytest.approx(0.7275, abs=2e-4)
    assert bus.read(Command.OPERATION) == 0x98
    assert core.margin(0, "off").value == 0.75
    assert bus.sled.read_rail(bus.now, "vdd_core.0").set_volts == 0.75
    bus.write(Command.VOUT_UV_FAULT_LIMIT, 3000)
    core.margin(0, "low")
    status = core.status(0)
    assert status.vout == StatusVout.UV_FAULT
    assert status.is_off
    assert status.faults == ("VOUT UV_FAULT",)


def test_a_margin_beyond_the_bounds_is_not_set(bus: Bus, core: Regulator) -> None:
    bus.write(Command.VOUT_MARGIN_HIGH, 3700)
    with pytest.raises(OutOfEnvelope, match=r"at margin 'high' would be 0\.90332 V"):
        core.margin(0, "high")
    assert bus.read(Command.OPERATION) == 0x80


def test_an_output_that_is_off_is_not_margined(bus: Bus, core: Regulator) -> None:
    bus.write(Command.OPERATION, 0x00)
    with pytest.raises(InstrumentError, match="is off; margining would turn it on"):
        core.margin(0, "low")
    assert not bus.sled.read_rail(bus.now, "vdd_core.0").on


def test_phases_are_read_only_by_who_knows_what_it_costs(bus: Bus, core: Regulator) -> None:
    with pytest.raises(InstrumentError, match="invasive=True"):
        core.phases(0, invasive=False)
    assert not bus.transactions
    bus.sled.defects.regulator("vr_core.0").dead_phases.add(7)
    amps = [phase.value for phase in core.phases(0, invasive=True)]
    assert len(amps) == 12
    assert [number for number, one in enumerate(amps) if one < 0.5] == [7]
    assert sum(amps) == pytest.approx(core.read(0).amps.value, rel=0.01)
    assert bus.read(Command.PHASE) == 0xFF
    assert len(core.phases(1, invasive=True)) == 1


def test_a_wrong_configuration_shows(bus: Bus, core: Regulator) -> None:
    bus.sled.defects.regulator("vr_core.0").config_crc = 0xDEADBEEF
    bus.sled.defects.regulator("vr_core.0").config_version = "8"
    assert core.config().crc == 0xDEADBEEF
    assert core.config().version == "8"


def test_the_black_box(bus: Bus, core: Regulator) -> None:
    assert core.black_box() is None
    bus.write(Command.VOUT_UV_FAULT_LIMIT, 3000)
    core.margin(0, "low")
    box = core.black_box()
    assert box is not None
    assert box.status.faults == ("VOUT UV_FAULT",)
    assert box.volts.value == pytest.approx(0.7275, abs=0.002)
    core.clear_faults(0)
    assert core.status(0).faults == ()
    bus.power_cycle()
    assert core.black_box() == box
    core.clear_black_box()
    assert core.black_box() is None


# Others on the bus.


def test_another_client_may_choose_pages_between_our_transactions(bus: Bus, core: Regulator) -> None:
    pages = iter(range(1000))

    def meddle() -> None:
        page = next(pages) % 2
        RegulatorBench.transfer(bus, CORE_BUS, I2cWrite(CORE, bytes([Command.PAGE, page])))
        RegulatorBench.transfer(bus, CORE_BUS, I2cWrite(CORE, bytes([Command.PHASE, 0xFF])))

    bus.between = meddle
    for _ in range(3):
        assert core.read(0).volts.value == pytest.approx(0.75, abs=0.003)
        assert core.read(1).volts.value == pytest.approx(0.80, abs=0.003)
        assert core.set_volts(0, 0.75).value == 0.75
    core.set_volts(1, 0.81)
    assert bus.sled.read_rail(bus.now, "vdd_core.0").set_volts == 0.75
    assert bus.sled.read_rail(bus.now, "vdd_sram.0").set_volts == pytest.approx(0.81, abs=2e-4)


def test_each_operation_is_one_transaction(bus: Bus, core: Regulator) -> None:
    for act in (lambda: core.read(1), lambda: core.status(1), lambda: core.set_point(1), lambda: core.clear_faults(1)):
        bus.transactions.clear()
        act()
        assert len(bus.transactions) == 1


def test_a_page_that_cannot_be_chosen_is_found(bus: Bus, core: Regulator) -> None:
    bus.write(Command.WRITE_PROTECT, 0x80)
    with pytest.raises(NotAcknowledged):
        core.read(1)


def test_a_page_that_was_chosen_in_vain_is_found(bus: Bus, core: Regulator, monkeypatch: pytest.MonkeyPatch) -> None:
    (device,) = [slave for address, slave in bus.bmc.buses[CORE_BUS]._slaves.items() if address == CORE]
    monkeypatch.setattr(device, "_choose_page", lambda value: None)
    assert core.read(0).volts.value == pytest.approx(0.75, abs=0.003)
    with pytest.raises(BadReply, match="page 0 answers where page 1 was chosen"):
        core.read(1)


# Damage.


def flipped(data: bytes) -> bytes:
    return bytes([data[0] ^ 0x10, *data[1:]])


ASK: dict[str, Callable[[Regulator], object]] = {
    "read": lambda regulator: regulator.read(0),
    "status": lambda regulator: regulator.status(0),
    "set": lambda regulator: regulator.set_volts(0, 0.74),
    "config": lambda regulator: regulator.config(),
    "black box": lambda regulator: regulator.black_box(),
    "phases": lambda regulator: regulator.phases(0, invasive=True),
}


@pytest.mark.parametrize("ask", list(ASK.values()), ids=list(ASK))
@pytest.mark.parametrize("damage", [flipped, lambda data: b"\xff" * len(data), lambda data: bytes(len(data))])
def test_damage_is_tried_again_once_and_then_told(
    bus: Bus, core: Regulator, ask: Callable[[Regulator], object], damage: Callable[[bytes], bytes]
) -> None:
    whole = ask(core)
    bus.damage = damage
    bus.damaged = 1
    assert ask(core) == whole
    bus.damaged = 1000
    with pytest.raises(BadReply, match="and so the first time"):
        ask(core)


def test_a_write_that_was_damaged_on_its_way_is_refused_by_the_device(bus: Bus, core: Regulator) -> None:
    del core
    with pytest.raises(NotAcknowledged):
        bus.write(Command.VOUT_COMMAND, 3100, spoil=0x80)
    assert bus.read(Command.STATUS_CML) == StatusCml.PEC_FAILED


def test_another_format_is_refused(bus: Bus, core: Regulator) -> None:
    (device,) = [slave for address, slave in bus.bmc.buses[CORE_BUS]._slaves.items() if address == CORE]
    device._pages[0].registers[Command.VOUT_MODE] = 0x21  # type: ignore[attr-defined]
    for ask in (lambda: core.read(0), lambda: core.set_volts(0, 0.74), lambda: core.margin(0, "low")):
        with pytest.raises(InstrumentError, match="VID"):
            ask()


def test_nobody_there(bus: Bus) -> None:
    absent = Regulator(bus, "absent", CORE_BUS, 0x50, (RegulatorPage("x", 1.0),))
    with pytest.raises(NotAcknowledged):
        absent.read(0)
    with pytest.raises(InstrumentError, match="has the pages 0 … 0, not 1"):
        absent.read(1)
    with pytest.raises(NotAcknowledged):
        bus.transfer(0, I2cRead(0x20, 1))
