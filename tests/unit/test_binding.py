"""A plan meets a slot: everything that files alone can prove wrong is found before anything is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from bringup.errors import FileMistake, UsageError
from bringup.files.plan_file import load_plans
from bringup.files.station import Station, load_station
from bringup.runner.binding import BoundPlan, bind
from bringup.runner.session import prepare

HEAD = "from bringup import *\nfrom bringup.axes import Axis\n"


@pytest.fixture
def station(lab: Path) -> Station:
    return load_station(lab / "stations" / "simulated.toml")


def bound(station: Station, arguments: str, parameters: str = "sled: Sled, measure: Measure") -> BoundPlan:
    """A plan with these arguments, each on its own line from line 4 on, bound to slot S1."""
    path = station.path.parent.parent / "mine.py"
    given = "".join(f"    {line},\n" for line in arguments.split("; "))
    path.write_text(f"{HEAD}@plan(\n{given})\ndef mine({parameters}) -> None: ...\n", encoding="utf-8")
    return bind(load_plans(path)[0], station, "S1")


LIMITS = 'limits={"x": at_most(1)}'


def test_the_slowest_knob_is_outermost_and_everything_else_stands_at_nominal(station: Station) -> None:
    found = bound(station, f'points=sweep("vdd_core", 0.7, 0.8, step=0.1); over={{"coolant": (20, 30)}}; {LIMITS}')
    assert [axis.knob for axis in found.axes] == ["coolant", "vdd_core"]
    assert [dict(point.values) for point in found.points] == [
        {"coolant": coolant, "vdd_core": volts} for coolant in (20, 30) for volts in (0.7, 0.8)
    ]
    assert found.at == {"flow": 6.0, "core_clock": 1.6e9, "vdd_sram": 0.8}
    assert found.shared_values(found.points[0]) == {"flow": 6.0, "coolant": 20}


def test_an_axis_in_another_unit_is_converted(station: Station) -> None:
    axis = 'Axis("vdd_core", (700.0, 600.0), "mV", stop_at_fail=True, must_pass_to=650.0)'
    (found,) = bound(station, f"points={axis}; {LIMITS}").axes
    assert (found.values, found.unit, found.must_pass_to) == ((0.7, 0.6), "V", 0.65)


@pytest.mark.parametrize(
    ("arguments", "line", "said"),
    [
        ('points=sweep("vdd_coer", 0.7, 0.8, step=0.1)', 4, r"unknown knob 'vdd_coer'; did you mean 'vdd_core'\?"),
        ('points=sweep("vpp", 1.8, 1.9, step=0.1)', 4, r"unknown knob 'vpp'"),
        ('points=sweep("vdd_core.4", 0.7, 0.8, step=0.1)', 4, r"unknown knob 'vdd_core.4'; did you mean 'vdd_core"),
        ('points=sweep("vdd_core", 0.7, 1.0, step=0.1)', 4, r"vdd_core = 1 V is refused: .* absolute maximum 0.95 V"),
        (
            'points=sweep("vdd_core", 0.7, 0.92, step=0.11)',
            4,
            r"vdd_core = 0.92 V is refused: the product allows 0.56 …",
        ),
        ('points=sweep("vdd_core", 0.7, 0.5, step=-0.1)', 4, r"vdd_core = 0.5 V is refused"),
        ('points=sweep("core_clock", 1e9, 3e9, step=1e9)', 4, r"core_clock = 3e\+09 Hz is refused"),
        ('points=Axis("vdd_core", (0.7,), "mV")', 4, r"vdd_core = 0.0007 V is refused"),
        ('points=Axis("vdd_core", (0.7,), "A")', 4, r"knob 'vdd_core' moves in V: A measures current, V measures volt"),
        ('points=Axis("vdd_core", (0.7,), "Volts")', 4, r"knob 'vdd_core' moves in V: unknown unit 'Volts'; did you"),
        ('retries=1; at={"vdd_core": 1.0}', 5, r"vdd_core = 1 V is refused"),
        ('retries=1; at={"vdd_core": float("nan")}', 5, r"vdd_core = nan V is refused"),
        ('retries=1; at={"vdd_coer": 0.7}', 5, r"unknown knob 'vdd_coer'"),
        ('retries=1; over={"coolant": (60.0,)}', 5, r"coolant = 60 degC is refused: the product allows 17 … 45 degC"),
        ('retries=1; over={"colant": (30.0,)}', 5, r"unknown knob 'colant'; did you mean 'coolant'\?"),
    ],
)
def test_a_knob_that_cannot_go_there_is_refused(station: Station, arguments: str, line: int, said: str) -> None:
    with pytest.raises(FileMistake, match=said) as mistake:
        bound(station, f"{arguments}; {LIMITS}")
    assert (mistake.value.path.name, mistake.value.line) == ("mine.py", line)


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ('"tj.max": at_most(120, "degC")', r"limit 'tj.max' \(≤ 120 degC\) is looser than the product's \(≤ 95 degC\)"),
        (
            '"vin.power": at_most(4000, "W")',
            r"limit 'vin.power' \(≤ 4000 W\) is looser than the product's \(100 … \d+ W\)",
        ),
        ('"vin.power": between(0.1, 5, "kW")', r"is looser than the product's"),
        (
            '"tj.max": at_most(80, "W")',
            r"limit 'tj.max' against .*liquid-sled.toml: degC measures temperature, W measu",
        ),
        ('"tj.max": at_most(80)', r"degC measures temperature, a bare number measures count"),
        ('"tj.mix": of_product', r"unknown limit 'tj.mix'; did you mean 'tj.max'\?.* in .*liquid-sled.toml"),
    ],
)
def test_a_limit_that_contradicts_the_product_is_refused(station: Station, limit: str, said: str) -> None:
    with pytest.raises(FileMistake, match=said) as mistake:
        bound(station, f'retries=1; limits={{"x": at_most(1), {limit}}}')
    assert mistake.value.line == 5


def test_a_plan_may_tighten_a_limit_or_take_it_over(station: Station) -> None:
    given = '"tj.max": of_product, "vin.power": between(1, 4, "kW"), "vin.volts": unjudged("V")'
    limits = bound(station, f"limits={{{given}}}").limits
    assert limits["tj.max"] == station.products["S1"].limits["tj.max"]
    assert str(limits["vin.power"]) == "1 … 4 kW"


REQUIRED = """
[limits."vin.power"]
low = 100.0
high = 4200.0
unit = "W"
source = "specification"
version = "3"
requirement = "REQ-17"
"""


def test_a_tighter_limit_still_proves_the_products_requirement(lab: Path) -> None:
    file = lab / "products" / "liquid-sled.toml"
    text = file.read_text(encoding="utf-8")
    start = text.index('[limits."vin.power"]')
    end = text.find("\n[", start + 1)
    file.write_text(text[:start] + REQUIRED.strip() + text[end:], encoding="utf-8")
    station = load_station(lab / "stations" / "simulated.toml")

    def traced(limit: str) -> tuple[str, str, str]:
        found = bound(station, f'limits={{"vin.power": {limit}}}').limits["vin.power"]
        return found.source, found.version, found.requirement

    assert traced("of_product") == ("specification", "3", "REQ-17")
    assert traced('between(1, 4, "kW")') == ("", "", "REQ-17"), "these figures are the plan's own"
    assert traced('between(0.1, 4.2, "kW")') == ("specification", "3", "REQ-17"), "these are the product's"
    assert traced('between(1, 4, "kW", source="me", version="1", requirement="REQ-99")') == ("me", "1", "REQ-99")
    assert traced('unjudged("W")') == ("", "", ""), "what is not judged proves nothing"


@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        (
            "multimetr: Multimeter",
            r"slot S1 of .*simulated.toml: unknown role 'multimetr'; did you mean 'multimeter'\?",
        ),
        (
            "supply: Multimeter",
            r"the supply of slot S1, Keysight N8757A, is no Multimeter; the parameter's name is the",
        ),
        ("host: PowerSupply", r"the host of slot S1, .*, is no PowerSupply"),
    ],
)
def test_a_role_that_the_slot_does_not_have_is_refused(station: Station, parameter: str, said: str) -> None:
    with pytest.raises(FileMistake, match=said) as mistake:
        bound(station, LIMITS, f"measure: Measure, {parameter}")
    assert mistake.value.line == 6


@pytest.mark.parametrize(
    ("sled", "said"),
    [
        ("S9", "unknown sled or slot 'S9'"),
        ("LS-A-004", r"did you mean 'LS-A-004\d'\?"),
        ("", "unknown sled or slot ''"),
    ],
)
def test_an_unknown_sled_is_refused(station: Station, lab: Path, sled: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        prepare("night", station, load_plans(lab / "smoke.py"), [sled])


def test_sleds_are_chosen_by_serial_number_or_slot_in_the_stations_order(station: Station, lab: Path) -> None:
    order = prepare("night", station, load_plans(lab / "smoke.py"), ["S3", "LS-A-0041", "S3"])
    assert list(order.plans) == ["S1", "S3"]


def test_a_plan_that_walks_the_power_runs_alone(station: Station, lab: Path) -> None:
    plans = load_plans(lab / "first_power_on.py") + load_plans(lab / "smoke.py")
    with pytest.raises(UsageError, match="'first-power-on' brings the rails up itself and runs alone"):
        prepare("night", station, plans)
