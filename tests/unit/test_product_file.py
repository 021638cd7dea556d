"""A product file: numbers that would hurt a sled, and names that nothing bears."""

from __future__ import annotations

from pathlib import Path

import pytest

from bringup.errors import FileMistake, UsageError
from bringup.files.product import load_product
from bringup.files.station import load_station
from bringup_instruments.lab import SimulatedLab


@pytest.fixture
def product(lab: Path) -> Path:
    return lab / "products" / "liquid-sled.toml"


def edit(path: Path, old: str, new: str, after: str = "") -> int:
    """Replace the first occurrence after `after`; the line where it stands."""
    text = path.read_text(encoding="utf-8")
    begin = text.index(after)
    place = text.index(old, begin)
    path.write_text(text[:place] + new + text[place + len(old) :], encoding="utf-8")
    return text[:place].count("\n") + 1


def line_with(path: Path, text: str) -> int:
    return path.read_text(encoding="utf-8").splitlines().index(text) + 1


def test_the_shipped_product_says_what_a_plan_may_move(product: Path) -> None:
    loaded = load_product(product)
    assert loaded.knobs == ("vdd_sram", "vdd_core", "core_clock", "coolant", "flow")
    assert loaded.instances(loaded.rail("vdd_core")) == ("vdd_core.0", "vdd_core.1", "vdd_core.2", "vdd_core.3")
    assert loaded.rail("vdd_core.2") == loaded.rail("vdd_core")
    assert loaded.rail("3v3_sb").comes_with_input
    assert not loaded.rail("vpp").is_knob


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("vdd_coer", r"unknown rail 'vdd_coer'; did you mean 'vdd_core'\?"),
        ("vdd_core.4", r"unknown rail 'vdd_core.4'"),
        ("vdd_core.", r"unknown rail 'vdd_core.'"),
        ("3v3_sb.0", r"unknown rail '3v3_sb.0'"),
        ("", "unknown rail ''"),
    ],
)
def test_an_unknown_rail_is_told_the_nearest_one(product: Path, name: str, said: str) -> None:
    with pytest.raises(LookupError, match=said):
        load_product(product).rail(name)


CORE = 'name = "vdd_core"'


@pytest.mark.parametrize(
    ("after", "old", "new", "said"),
    [
        (CORE, "abs_max_volts = 0.95", "abs_max_volts = inf", r"rails.4.abs_max_volts: .*finite number \(it is inf\)"),
        (CORE, "nominal_volts = 0.75", "nominal_volts = nan", r"rails.4.nominal_volts: .*finite number"),
        (
            CORE,
            "nominal_volts = 0.75",
            "nominal_volts = -0.75",
            r"rails.4.nominal_volts: .*greater than 0 \(it is -0.75\)",
        ),
        (CORE, "nominal_volts = 0.75", "nominal_volts = true", r"rails.4.nominal_volts: true and false are no values"),
        (CORE, "nominal_volts = 0.75", 'nominal_volts = "high"', r"rails.4.nominal_volts: .*\(it is 'high'\)"),
        (CORE, "low_volts", "low_volt", r"unknown key 'rails.4.low_volt'; did you mean 'low_volts'\?"),
        (CORE, 'role = "core"', 'role = "coer"', r"rails.4.role: unknown role 'coer'; did you mean 'core'\?"),
        (CORE, 'name = "vdd_core"', 'name = "VDD CORE"', r"rails.4.name: String should match pattern"),
        (CORE, 'name = "vdd_core"', 'name = "vdd_sram"', r"rail 'vdd_sram' is the name of a rail already"),
        (CORE, 'name = "vdd_core"', 'name = "flow"', r"rail 'flow' is the name of the coolant's own knob already"),
        ("[clock]", 'name = "core_clock"', 'name = "vpp"', r"clock 'vpp' is the name of a rail already"),
        (CORE, "tolerance_percent = 0.5", "tolerance_percent = 50", r"tolerance_percent: .*less than or equal to 20"),
        ("[product]", "chips = 4", "chips = 0", r"product.chips: .*greater than or equal to 1"),
        ("[product]", "chips = 4", "chips = 400000000", r"product.chips: .*less than or equal to 256"),
        ("tj.max", 'unit = "degC"', 'unit = "C"', r"limits.tj.max.unit: unknown unit 'C'; did you mean 'degC'\?"),
        ("tj.max", 'unit = "degC"', 'unti = "degC"', r"unknown key 'limits.tj.max.unti'; did you mean 'unit'\?"),
        ("tj.max", "high = 95.0", "high = nan", r"limits.tj.max.high: .*finite number"),
        ("tj.max", "marginal = 5.0", "marginal = -5.0", r"limits.tj.max.marginal: .*greater than or equal to 0"),
        (
            "[input]",
            "nominal_volts",
            "nominal_vlots",
            r"unknown key 'input.nominal_vlots'; did you mean 'nominal_volts'\?",
        ),
        ("[coolant]", "low_lpm = 2.4", "low_lpm = 0", r"coolant.low_lpm: .*greater than 0"),
    ],
)
def test_a_mistake_is_told_at_its_line(product: Path, after: str, old: str, new: str, said: str) -> None:
    line = edit(product, old, new, after)
    with pytest.raises(FileMistake, match=said) as mistake:
        load_product(product)
    assert (mistake.value.path, mistake.value.line) == (product, line)


@pytest.mark.parametrize(
    ("table", "old", "new", "said"),
    [
        (CORE, "abs_max_volts = 0.95", "abs_max_volts = 0.85", "rail vdd_core: high_volts lies above abs_max_volts"),
        (CORE, "abs_max_volts = 0.95", "abs_max_volts = 0.70", "rail vdd_core: nominal_volts must lie below abs_max"),
        (CORE, "low_volts = 0.56\n", "", "rail vdd_core: give low_volts and high_volts together, or neither"),
        (CORE, "low_volts = 0.56", "low_volts = 0.80", "nominal_volts must lie between low_volts and high_volts"),
        ("[input]", "abs_max_volts = 60.0", "abs_max_volts = 50.0", "nominal_volts must lie below abs_max_volts"),
        ("[clock]", "low_hertz = 0.8e9", "low_hertz = 1.8e9", "nominal_hertz must lie between"),
        ("[coolant]", "high_lpm = 10.0", "high_lpm = 5.0", "nominal_lpm must lie between"),
        ('[limits."vin.power"]', "low = 100.0", "low = 9100.0", r"low limit 9100 is above high limit \d+ W"),
    ],
)
def test_numbers_that_contradict_each_other_are_told_at_their_table(
    product: Path, table: str, old: str, new: str, said: str
) -> None:
    edit(product, old, new, table)
    with pytest.raises(FileMistake, match=said) as mistake:
        load_product(product)
    header = line_with(product, table) - (table == CORE)
    assert mistake.value.line == header


def test_a_missing_table_is_named(product: Path) -> None:
    product.write_text('[product]\nname = "x"\nchips = 1\n', encoding="utf-8")
    with pytest.raises(FileMistake, match="key 'input' is missing"):
        load_product(product)


def test_a_product_that_is_not_there_is_told_a_near_one(product: Path) -> None:
    with pytest.raises(UsageError, match=r"did you mean .*liquid-sled.toml\?"):
        load_product(product.with_name("liqid-sled.toml"))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("[simulation.chp]\n", r"unknown part of the simulation 'chp'; did you mean 'chip'\?"),
        ("[simulation.chip]\nleakage_amp = 1.0\n", r"unknown parameter .*'leakage_amp'; did you mean 'leakage_amps'\?"),
    ],
)
def test_a_simulation_that_the_physics_does_not_have_is_told(lab: Path, product: Path, more: str, said: str) -> None:
    with product.open("a", encoding="utf-8") as file:
        file.write(f"\n{more}")
    with pytest.raises(FileMistake, match=said) as mistake:
        SimulatedLab(load_station(lab / "stations" / "simulated.toml"))
    assert mistake.value.path == product


CHIP_TAP = "idcode = 0x13A71EF7"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("opcode = 0x11", "opcode = 0x10", "tap chip: fuses and mbist have one opcode, 0x10"),
        ("opcode = 0x11", "opcode = 0x01", "tap chip: idcode and mbist have one opcode, 0x1"),
        ("opcode = 0x11", "opcode = 0x3f", "opcode 0x3f of mbist is BYPASS, or does not fit 6 bits"),
        ('name = "mbist"', 'name = "fuses"', "tap chip: register 'fuses' is there twice"),
        ("bits = 40", "bits = 39", "field spares: bits 24 to 39 are not in a register of 39"),
        ("bits = 40", "bits = 0", "bits: .*greater than or equal to 1"),
        (CHIP_TAP, "idcode = 0x13A71EF6", "bit 0 of an IDCODE is 1"),
    ],
)
def test_a_scan_register_that_cannot_be_is_refused(product: Path, old: str, new: str, said: str) -> None:
    edit(product, old, new, after=CHIP_TAP)
    with pytest.raises(FileMistake, match=said):
        load_product(product)


def test_the_scan_chain_has_a_tap_for_every_chip_from_tdi_to_tdo(product: Path) -> None:
    chain = load_product(product).scan_chain
    assert [(tap.name, tap.chip) for tap in chain] == [("cpld", None), *((f"chip.{n}", n) for n in range(4))]
    fuses = chain[4].registers["fuses"]
    assert (fuses.opcode, fuses.bits) == (0x10, 128)
    assert fuses.split(fuses.pack({"cores": 0xFF, "leakage_class": 17})) == {
        "sku": 0,
        "cores": 0xFF,
        "leakage_class": 1,
        "vmin_millivolts": 0,
        "blown": 0,
    }


def test_a_tap_may_have_no_idcode(product: Path) -> None:
    edit(product, "idcode = 0x012BD043\n", "")
    assert load_product(product).scan_chain[0].idcode is None
