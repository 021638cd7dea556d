"""A station file: whatever is wrong in it is told by path, line and the nearest valid name."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bringup.errors import FileMistake, UsageError
from bringup.files.station import load_station
from bringup.files.toml_file import line_of
from bringup.runner.bench import check_models


@pytest.fixture
def station(lab: Path) -> Path:
    return lab / "stations" / "simulated.toml"


def edit(path: Path, old: str, new: str) -> int:
    """Replace the first occurrence; the line where it stands."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_the_shipped_station_is_whole(station: Path) -> None:
    loaded = load_station(station)
    assert loaded.is_simulated
    assert list(loaded.facts.slots) == ["S1", "S2", "S3", "S4"]
    assert {product.name for product in loaded.products.values()} == {"liquid-sled"}
    check_models(loaded)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('wired_to = "S1', 'wird_to = "S1', r"unknown key 'instruments.meter1.wird_to'; did you mean 'wired_to'\?"),
        ("[simulation]", "[simulatoin]", r"unknown key 'simulatoin'; did you mean 'simulation'\?"),
        ('supply = "supply1"', 'suply = "supply1"', r"unknown key 'slots.S1.suply'; did you mean 'supply'\?"),
        ('supply = "supply1"', 'supply = "suply1"', r"slot S1: unknown instrument 'suply1'; did you mean 'supply1'\?"),
        ('"liquid-sled"', '"liqid-sled"', r"slot S1: unknown product 'liqid-sled'; did you mean 'liquid-sled'\?"),
        ('"S1.vdd_core.0"', '"S1.vdd_coer.0"', r"meter1: unknown rail 'vdd_coer.0'; did you mean 'vdd_core.0'\?"),
        ('"S1.vdd_core.0"', '"S1.vdd_core.7"', r"meter1: unknown rail 'vdd_core.7'"),
        ('"S1.vdd_core.0"', '"S1"', r"meter1: unknown rail ''"),
        ('"S1.vdd_core.0"', '"T1.vdd_core.0"', r"unknown slot 'T1'; did you mean 'S1'\?"),
        ('"S2.vdd_core.0"', '"S1.vdd_core.0"', r"'meter2' and 'meter1' are both wired to 'S1.vdd_core.0'"),
        ('address = "serial:bmc2"', 'address = "serial:bmc1"', "'bmc2' and 'bmc1' have one address, 'serial:bmc1'"),
        ('sled = "LS-A-0042"', 'sled = "LS-A-0041"', "sled 'LS-A-0041' sits in two slots, S1 and S2"),
        ('supply = "supply2"', 'supply = "supply1"', "slots S1 and S2 both use 'supply1' as supply; it can serve one"),
        (
            'address = "serial:bmc1"',
            'address = ""',
            r"instruments.bmc1.address: String should have at least 1 character",
        ),
        ("seed = 417", "seed = 4.5", r"simulation.seed: Input should be a valid integer.*\(it is 4.5\)"),
        ("seed = 417", "seed = true", r"simulation.seed: true and false are no values for this key"),
        ("starts = 19:00:00", 'starts = "tonight"', r"simulation.starts: .*\(it is 'tonight'\)"),
        (
            'wired_to = "S1.vdd_core.0"',
            "timeout_s = inf",
            r"instruments.meter1.timeout_s: .*finite number \(it is inf\)",
        ),
        (
            'wired_to = "S1.vdd_core.0"',
            "timeout_s = nan",
            r"instruments.meter1.timeout_s: .*finite number \(it is nan\)",
        ),
        ('wired_to = "S1.vdd_core.0"', "timeout_s = 0", r"timeout_s: Input should be greater than 0 \(it is 0\)"),
        ('name = "simulated"', "name = simulated", "not valid TOML"),
        ('lab = "simulated"', 'name = "again"', "not valid TOML: Cannot overwrite a value"),
    ],
)
def test_a_mistake_is_told_at_its_line(station: Path, old: str, new: str, said: str) -> None:
    line = edit(station, old, new)
    with pytest.raises(FileMistake, match=said) as mistake:
        load_station(station)
    assert (mistake.value.path, mistake.value.line) == (station, line)
    assert str(mistake.value).startswith(f"{station}:{line}: ")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Keysight N8757A", "Keysight N8757", r"unknown model 'Keysight N8757'; did you mean 'Keysight N8757A'\?"),
        ('lab = "simulated"', 'lab = "simulatd"', r"unknown kind of lab 'simulatd'; did you mean 'simulated'\?"),
        (
            'multimeter = "meter1"',
            'multimeter = "cdu"',
            r"cdu \(Redfish coolant unit\) is no Multimeter, .* of slot S1",
        ),
    ],
)
def test_what_only_drivers_know_is_told_at_its_line_too(station: Path, old: str, new: str, said: str) -> None:
    line = edit(station, old, new)
    loaded = load_station(station)
    with pytest.raises(FileMistake, match=said) as mistake:
        check_models(loaded)
    assert mistake.value.line == line


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("[settle.vdd_coer]\ntolerance = 0.1", r"unknown knob 'vdd_coer'; did you mean 'vdd_core'\?"),
        ("[settle.vdd_pll]\ntolerance = 0.1", r"unknown knob 'vdd_pll'"),
        ("[settle.coolant]\ntolerance = 0", r"settle.coolant.tolerance: Input should be greater than 0"),
        ("[settle.coolant]\ntolerence = 1", r"unknown key 'settle.coolant.tolerence'; did you mean 'tolerance'\?"),
        ('[settle]\n"" = 1', r"settle\.: "),
        ("[settle", "not valid TOML"),
    ],
)
def test_settling_is_of_knobs_that_there_are(station: Path, more: str, said: str) -> None:
    lines = station.read_text(encoding="utf-8").count("\n") + 1
    with station.open("a", encoding="utf-8") as file:
        file.write(f"\n{more}\n")
    with pytest.raises(FileMistake, match=said) as mistake:
        load_station(station)
    assert mistake.value.line in (lines + 1, lines + 2)


def test_settling_of_every_knob_is_taken(station: Path) -> None:
    with station.open("a", encoding="utf-8") as file:
        for knob in ("vdd_core", "vdd_sram", "core_clock", "coolant", "flow"):
            file.write(f"\n[settle.{knob}]\ncost_s = 7\n")
    assert set(load_station(station).facts.settle) == {"vdd_core", "vdd_sram", "core_clock", "coolant", "flow"}


def test_a_file_that_is_not_there_is_told_a_near_one(station: Path) -> None:
    with pytest.raises(UsageError, match=r"simulatd.toml: there is no such file; did you mean .*simulated.toml\?"):
        load_station(station.with_name("simulatd.toml"))


def test_a_file_that_is_not_text_is_told(station: Path) -> None:
    station.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match=r"simulated.toml: cannot be read: 'utf-8' codec"):
        load_station(station)


@pytest.mark.parametrize("text", ["", "# nothing\n", '[station]\nname = "x"\n'])
def test_an_empty_file_says_what_is_missing(station: Path, text: str) -> None:
    station.write_text(text, encoding="utf-8")
    with pytest.raises(FileMistake, match=r"key '(station|instruments)' is missing"):
        load_station(station)


TOML = """\
top = 1
[plain]
a = 1
"quoted key" = 2
dotted.b = 3
nested = [
  [1.0, 2.0],
  [3.0, 4.0]
]
after = 4  # a comment with x = 1
[ spaced . out ]
c = 1
[[many]]
d = 1
[many.inner]
e = 1
[[many]]
'literal' = 2
[limits."tj.max"]
high = 95.0
[a-b.c_d]  # a comment
e-f = 1
"""


@pytest.mark.parametrize(
    ("location", "line"),
    [
        (("top",), 1),
        (("plain",), 2),
        (("plain", "a"), 3),
        (("plain", "quoted key"), 4),
        (("plain", "dotted", "b"), 5),
        (("plain", "nested"), 6),
        (("plain", "nested", 1, 0), 6),
        (("plain", "after"), 10),
        (("plain", "missing"), 2),
        (("spaced", "out", "c"), 12),
        (("many", 0), 13),
        (("many", 0, "d"), 14),
        (("many", 0, "inner", "e"), 16),
        (("many", 1), 17),
        (("many", 1, "literal"), 18),
        (("many", 1, "missing"), 17),
        (("limits", "tj.max", "high"), 20),
        (("limits", "tj.max", "low"), 19),
        (("a-b", "c_d", "e-f"), 22),
        (("nowhere",), None),
    ],
)
def test_the_line_of_a_key(location: tuple[str | int, ...], line: int | None) -> None:
    assert line_of(TOML, location) == line


KEYS = st.text(st.characters(codec="ascii", categories=("L", "N"), include_characters="_-"), min_size=1, max_size=8)
QUOTED = st.text(st.characters(codec="ascii", min_codepoint=32, exclude_characters="\"\\'"), max_size=8)
TABLES = st.dictionaries(
    KEYS | QUOTED, st.dictionaries(KEYS | QUOTED, st.integers(), min_size=1, max_size=4), min_size=1, max_size=4
)


@given(TABLES, st.booleans(), st.sampled_from(["", "  ", "# = [x]\n", "\n"]))
def test_the_line_of_any_key_of_any_file(tables: dict[str, dict[str, int]], array: bool, between: str) -> None:
    lines: list[str] = []
    expected: dict[tuple[str | int, ...], int] = {}
    for table, keys in tables.items():
        lines += (between + (f'[["{table}"]]' if array else f'["{table}"]')).splitlines()
        at: tuple[str | int, ...] = (table, 0) if array else (table,)
        expected[at] = len(lines)
        for key, value in keys.items():
            lines.append(f'"{key}" = {value}')
            expected[*at, key] = len(lines)
    text = "\n".join(lines)
    assert {location: line_of(text, location) for location in expected} == expected
