"""Every shipped product comes up, works and goes down again: a product is a file, and no code knows which one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bringup.boards import BoardEntry, BoardEventKind
from bringup.files.lab_folder import lab_at
from bringup.files.product import load_product
from bringup.store import open_journal
from bringup.verdicts import Verdict
from bringup.virtual_clock import VirtualClock
from bringup_instruments.lab import SimulatedLab
from bringup_instruments.physics import SledPhysics
from tests.integration.one_night import hold_one

LOADED_S = 380.0  # every product is under load then
PRODUCTS = ("liquid-sled", "air-sled", "bringup-board", "graphics-card")


def put_in_slots(lab: Path, product: str) -> None:
    """Sleds of another product in the same bench; its meter at that product's core rail."""
    station = lab / "stations" / "simulated.toml"
    core = load_product(lab / "products" / f"{product}.toml").core_rail.name
    text = station.read_text(encoding="utf-8").replace('product = "liquid-sled"', f'product = "{product}"')
    station.write_text(re.sub(r'"(S\d)\.vdd_core\.0"', rf'"\1.{core}.0"', text), encoding="utf-8")


def record_ecos(lab: Path, product: str) -> None:
    """What its product wants done to a board before it gets power has been done."""
    facts = load_product(lab / "products" / f"{product}.toml").facts
    done = [BoardEntry(BoardEventKind.ECO, eco, "", "test") for eco in facts.identity.ecos]
    with open_journal(lab_at(lab).database) as journal:
        journal.enter("LS-A-0041", done, product)


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_sled_of_every_product_passes_smoke(lab: Path, product: str) -> None:
    put_in_slots(lab, product)
    record_ecos(lab, product)
    seen = hold_one(lab, "smoke")
    assert seen.held.result.verdict is Verdict.PASS
    assert seen.danger() == []
    assert seen.misdeeds() == []
    chips = load_product(lab / "products" / f"{product}.toml").facts.product.chips
    errors = [m for measured in seen.measurements.values() for m in measured if m.name == "gemm.errors"]
    assert len(errors) == chips


@pytest.mark.parametrize("product", PRODUCTS)
def test_its_sensors_show_what_is_true_of_it(lab: Path, product: str) -> None:
    """Every sensor that the file lists is read, and none is farther off than it says that a good one may be."""
    put_in_slots(lab, product)
    record_ecos(lab, product)
    read: dict[str, tuple[float, float, float]] = {}

    def look(sled: SledPhysics, at_s: float) -> None:
        sled.advance(at_s)
        facts = {sensor.name: sensor for sensor in load_product(lab / "products" / f"{product}.toml").facts.sensors}
        for place in ("bmc", "pmbus", "console"):
            for name in sled.telemetry.names(place):
                sensor = facts.get(name) or facts[name.rpartition(".")[0]]
                number = name.removeprefix(sensor.name).strip(".")
                head, _, what = sensor.quantity.rpartition(".")
                of_chip = f"{head}.{number}.{what}" if head else f"{sensor.quantity}.{number}"
                true = sled.true_value(of_chip if sensor.per_chip else sensor.quantity)
                value = sled.telemetry.read(at_s, name, place).value
                read[f"{name} {place}"] = (value, true, sensor.tolerance(true) + sensor.resolution)

    def plan_a_look(simulated: SimulatedLab) -> None:
        clock = simulated.clock
        assert isinstance(clock, VirtualClock)
        clock.plan(LOADED_S, lambda: look(simulated.sleds["S1"], clock.now()))

    seen = hold_one(lab, "smoke", sabotage=plan_a_look)
    assert seen.held.result.verdict is Verdict.PASS
    assert len(read) >= 10
    wrong = {name: values for name, values in read.items() if abs(values[0] - values[1]) > values[2]}
    assert wrong == {}
