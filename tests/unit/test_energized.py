"""The one owner of a powered slot: the way up refuses what looks odd, the way down goes on whatever happens.

On the real drivers and the simulated lab of one test, without a night around them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bringup.capabilities import HostState
from bringup.errors import Aborted, BenchError, NotSafe, RailFault, SledHang
from bringup.events import SlotState
from bringup.files.lab_folder import lab_at
from bringup.files.wire_fault import FaultKind
from bringup.runner.bench import Bench, SlotBench
from bringup.runner.energized import SlotPower, energized
from bringup_instruments.lab import SimulatedLab, open_lab
from bringup_instruments.world import Delivered
from tests.integration.one_night import BMC, SUPPLY, wired


class Slot:
    """Slot S1 of a lab of the test's own; the test's thread takes part in its time."""

    def __init__(self, bench: Bench, lab: SimulatedLab, supply: Any, bmc: Any) -> None:
        self.bench, self.lab, self.supply, self.bmc = bench, lab, supply, bmc
        self.slot: SlotBench = bench.slot("S1")
        self.sled: Any = lab.sleds["S1"]
        self.told: list[tuple[NotSafe | None, str]] = []
        self.states: list[tuple[SlotState, str]] = []

    def energized(self) -> Any:
        return energized(
            self.slot,
            lambda state, detail: self.states.append((state, detail)),
            lambda doubt, out_of_order: self.told.append((doubt, out_of_order)),
        )

    def on(self) -> list[str]:
        now = self.lab.clock.now()
        return [rail.name for rail in self.sled.bank if self.sled.read_rail(now, rail.name).on]

    def volts(self) -> float:
        volts: float = self.sled.vin(self.lab.clock.now()).volts
        return volts

    def assert_safe(self) -> None:
        assert self.on() == []
        assert self.volts() < 2.0
        assert self.sled.sequence_violations == []
        assert self.sled.abs_max_exceedances == []
        assert self.told == [(None, "")]
        assert self.states[-1][0] is SlotState.POWER_DOWN


@pytest.fixture
def slot(lab: Path) -> Iterator[Slot]:
    station = lab_at(lab).station(None)
    opened = open_lab(station.path)
    supply, bmc = wired(opened, SUPPLY), wired(opened, BMC)
    bench = Bench(station)
    with bench.clock.enrolled("test"):
        yield Slot(bench, opened, supply, bmc)
    bench.close()


def test_the_way_up_and_down(slot: Slot) -> None:
    with slot.energized() as power:
        assert slot.volts() < 2.0, "owning a slot's power switches nothing on"
        steps = list(power.steps())
        assert [step.rail for step in steps] == [rail.name for rail in slot.slot.product.facts.rails]
        assert all(r.power_good for step in steps for r in step.readings)
        power.boot()
        assert slot.slot.controller.host_state() is HostState.READY
        assert len(slot.on()) == len(list(slot.sled.bank))
    slot.assert_safe()


@pytest.mark.parametrize("steps", range(12))
def test_from_any_step_of_the_way_up_the_way_leads_down(slot: Slot, steps: int) -> None:
    """A plan that walks the power and stops after so many rails."""

    def walk(power: SlotPower) -> None:
        for _ in zip(range(steps), power.steps(), strict=False):
            pass
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), slot.energized() as power:
        walk(power)
    slot.assert_safe()


def test_a_slot_that_was_never_switched_on_needs_no_console(slot: Slot) -> None:
    slot.bmc.spoil = lambda _said: b""
    began_s = slot.lab.clock.now()
    with slot.energized():
        pass
    slot.assert_safe()
    assert slot.lab.clock.now() - began_s < 1.0


def test_an_abort_inside_does_not_shorten_the_way_down(slot: Slot) -> None:
    def work(power: SlotPower) -> None:
        power.walk_up()
        slot.lab.clock.abort("Ctrl-C")
        slot.lab.clock.sleep(1.0)

    with pytest.raises(Aborted, match="Ctrl-C"), slot.energized() as power:
        work(power)
    slot.assert_safe()


def test_an_abort_during_a_power_cycle_is_told_as_one(slot: Slot) -> None:
    """And not as a slot that could not be made safe."""
    with slot.energized() as power:
        power.walk_up()
        slot.lab.clock.abort("Ctrl-C")
        with pytest.raises(Aborted, match="Ctrl-C"):
            power.cycle()
    slot.assert_safe()


def test_the_first_error_goes_on_its_way_with_the_doubt_beside_it(slot: Slot) -> None:
    def work(power: SlotPower) -> None:
        power.walk_up()
        slot.supply.fault = FaultKind.NO_ANSWER
        raise ValueError("the first")

    with pytest.raises(ValueError, match="the first"), slot.energized() as power:
        work(power)
    ((doubt, _),) = slot.told
    assert isinstance(doubt, NotSafe)
    assert "supply1" in str(doubt)
    assert "by hand" in str(doubt)


def test_a_telling_that_fails_does_not_hide_the_first_error(slot: Slot) -> None:
    def made_safe(_doubt: NotSafe | None, _out_of_order: str) -> None:
        raise OSError("the disk is full")

    with pytest.raises(ValueError, match="the first") as caught, energized(slot.slot, lambda *_: None, made_safe):
        raise ValueError("the first")
    assert any("the disk is full" in note for note in caught.value.__notes__)


def test_without_a_first_error_a_telling_that_fails_is_the_error(slot: Slot) -> None:
    def made_safe(_doubt: NotSafe | None, _out_of_order: str) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"), energized(slot.slot, lambda *_: None, made_safe):
        pass


def test_a_rail_that_holds_voltage_before_it_is_enabled_is_not_enabled(slot: Slot) -> None:
    (rail,) = slot.sled.bank.select("vdd_core.1")
    volts = rail.volts
    rail.volts = lambda at_s: max(volts(at_s), 0.3)
    with pytest.raises(RailFault, match=r"vdd_core\.1 of slot S1 holds 0\.3.*back-powered"), slot.energized() as power:
        power.walk_up()
    assert slot.on() == []
    assert slot.sled.sequence_violations == []


def test_a_rail_without_power_good_stops_the_way_up(slot: Slot) -> None:
    (rail,) = slot.sled.bank.select("vpp.3")
    rail.power_good = lambda _at_s: False
    with pytest.raises(RailFault, match=r"vpp\.3 of slot S1.*no power-good"), slot.energized() as power:
        power.walk_up()
    slot.assert_safe()


def test_a_rail_out_of_its_band_stops_the_way_up(slot: Slot) -> None:
    (rail,) = slot.sled.bank.select("vdd_core.0")
    rail._scale = 1.02
    with pytest.raises(RailFault, match=r"vdd_core\.0.*outside ±0\.5 %"), slot.energized() as power:
        power.walk_up()
    slot.assert_safe()


def test_the_wrong_sled_is_not_powered_further(slot: Slot) -> None:
    slot.bmc.spoil = lambda said: said.replace(b"LS-A-0041", b"LS-A-0099")
    with pytest.raises(BenchError, match="slot S1 holds sled LS-A-0099"), slot.energized() as power:
        power.walk_up()
    slot.assert_safe()


def test_a_host_that_does_not_boot_is_a_hang(slot: Slot) -> None:
    slot.sled.host_status = lambda _at_s: HostState.BOOTING
    with pytest.raises(SledHang, match="host is booting after 600 s"), slot.energized() as power:
        power.walk_up()
    slot.assert_safe()


def test_a_short_on_the_input_is_met_by_the_small_limit_only(slot: Slot) -> None:
    shorted = Delivered(volts=1.2, amps=0.5, constant_current=True)
    slot.supply.device._load.delivered = lambda _at_s: shorted
    with pytest.raises(RailFault, match="look for a short"), slot.energized() as power:
        power.walk_up()
    assert slot.on() == []
    assert slot.told == [(None, "")]


def test_a_supply_that_is_on_already_is_not_built_upon(slot: Slot) -> None:
    slot.supply.write(b"CURR 10;:VOLT 54;:OUTP ON\n", end=True)
    slot.lab.clock.sleep(5.0)
    with pytest.raises(BenchError, match="on before this night switched it on"), slot.energized() as power:
        power.walk_up()
    assert slot.volts() < 2.0
    assert slot.told[0][0] is None
