"""Faults of the catalogue as people write them, and as the simulated lab carries them out and takes them back."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bringup.errors import FileMistake, UsageError
from bringup.files.any_fault import fault_of, parse_any_fault
from bringup.files.board_fault import BoardFaultFacts, parse_board_fault
from bringup.files.fault_catalogue import Where, catalogue
from bringup.files.lab_folder import lab_at
from bringup.files.station import load_station
from bringup.files.wire_fault import FaultFacts
from bringup_instruments.faults.carriers import CARRIERS
from bringup_instruments.faults.scene import Scene
from bringup_instruments.lab import SimulatedLab, open_lab
from bringup_instruments.physics.defects import SledDefects

from ..conftest import Run

ELSEWHERE = {"O1", "O2", "I1"}  # two end the process; the third is a wire's, see below
LEAVES_A_TRACE = {"O4", "O3"}  # a door that was opened stays in the log; a clock is no defect of the sled


def test_every_fault_of_the_catalogue_is_carried_out() -> None:
    assert set(CARRIERS) == set(catalogue())
    assert len(catalogue()) == 44


def test_every_entry_says_what_shows_and_what_tells_it_apart() -> None:
    for name, entry in catalogue().items():
        assert entry.seen, name
        assert all(text and text.strip(".") == text for text in (*entry.seen, entry.discriminator, entry.severity)), (
            name
        )


@given(
    fault=st.sampled_from(sorted(catalogue())),
    severity=st.floats(0.01, 1.0).map(lambda value: round(value, 2)),
    at_s=st.floats(0, 1e6).map(lambda value: round(value, 1)),
    for_s=st.none() | st.floats(0.1, 1e6).map(lambda value: round(value, 1)),
)
def test_a_fault_is_what_was_written(fault: str, severity: float, at_s: float, for_s: float | None) -> None:
    text = f"S1={fault}*{severity}@{at_s}" + ("" if for_s is None else f"+{for_s}")
    read = parse_any_fault(text)
    assert read == BoardFaultFacts(slot="S1", fault=fault, severity=severity, at_s=at_s, for_s=for_s)
    assert fault_of(read.model_dump(mode="json")) == read


def test_a_wires_fault_is_still_one() -> None:
    assert parse_any_fault("meter1=late-answer:3@120") == FaultFacts(
        instrument="meter1", fault="late-answer", seconds=3.0, at_s=120.0
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("S1=P99", "unknown fault 'P99'"),
        ("S1=P5:vr_core.0*2", "severity|less than or equal to 1"),
        ("S1=P5:vr_core.0*0", "greater than 0"),
        ("S1=X1:tj.0/exponet", "X1 has the modes stuck, stale"),
        ("S1=T1:0/hot", "T1 has no modes"),
        ("S1=P5:vr_core.0@soon", "should read SLOT=ID"),
        ("=P5", "should read"),
    ],
)
def test_a_mistake_is_told(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_board_fault(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("S9=P5", "unknown slot 'S9'; did you mean"),
        ("S1=P1:vdd_coer.0", r"unknown rail 'vdd_coer\.0'; did you mean 'vdd_core\.0'"),
        ("S1=P5:vr_core.7", "unknown regulator 'vr_core.7'"),
        ("S1=T1:4", "unknown chip '4'"),
        ("S1=T4", "T4 is of a sled that is cooled by air; liquid-sled is not"),
        ("S1=P7:vin", "P7 sits at the sled as a whole"),
        ("S1=I1:meter2", "unknown instrument 'meter2'"),
    ],
)
def test_a_place_that_is_not_there_is_refused_before_anything_runs(lab: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        lab_at(lab).station(None).with_faults([parse_board_fault(text)])


def test_a_mistake_in_the_station_file_has_its_line(lab: Path) -> None:
    path = lab / "stations" / "simulated.toml"
    fault = '[[simulation.board_faults]]\nslot = "S1"\nfault = "P5"\nplace = "vr_coer.2"\n\n[slots.S1]'
    text = path.read_text(encoding="utf-8").replace("[slots.S1]", fault, 1)
    path.write_text(text, encoding="utf-8")
    line = text.splitlines().index('place = "vr_coer.2"') + 1
    with pytest.raises(FileMistake, match=rf"simulated.toml:{line}: unknown regulator 'vr_coer.2'; did you mean"):
        load_station(path)


def spoilt(defects: SledDefects) -> Any:
    """Everything that is wrong with a sled, as something that can be compared; empty entries count for nothing."""
    found = copy.deepcopy(defects)
    found.chips = {number: one for number, one in found.chips.items() if one != type(one)()}
    found.regulators = {name: one for name, one in found.regulators.items() if one != type(one)()}
    found.links = {name: one for name, one in found.links.items() if one != type(one)()}
    return found


@pytest.mark.parametrize("fault", sorted(set(catalogue()) - ELSEWHERE))
def test_a_fault_comes_at_its_time_and_goes_without_a_trace(lab: Path, fault: str) -> None:
    product = "air-sled" if fault == "T4" else "liquid-sled"
    station = lab / "stations" / "simulated.toml"
    station.write_text(station.read_text(encoding="utf-8").replace('"liquid-sled"', f'"{product}"'), encoding="utf-8")
    simulated = open_lab(station)
    try:
        sled, loop = simulated.sleds["S1"], simulated.loops["cdu"]
        before = spoilt(sled.defects)
        of_loop = (loop.dew_celsius, loop.air_share, set(loop.failed_pumps))
        simulated.inject(parse_board_fault(f"S1={fault}@100+50"))
        sled.advance(99.0)
        assert spoilt(sled.defects) == before
        sled.advance(101.0)
        now_of_loop = (loop.dew_celsius, loop.air_share, set(loop.failed_pumps))
        if fault not in LEAVES_A_TRACE - {"O4"}:
            assert spoilt(sled.defects) != before or now_of_loop != of_loop
        sled.advance(151.0)
        if fault not in LEAVES_A_TRACE:
            assert spoilt(sled.defects) == before
            assert (loop.dew_celsius, loop.air_share, set(loop.failed_pumps)) == of_loop
    finally:
        simulated.close()


def test_a_fault_in_the_station_file_is_there_from_its_time_on(lab: Path) -> None:
    path = lab / "stations" / "simulated.toml"
    fault = '[[simulation.board_faults]]\nslot = "S2"\nfault = "T1"\nplace = "3"\nseverity = 0.5\n\n[slots.S1]'
    path.write_text(path.read_text(encoding="utf-8").replace("[slots.S1]", fault, 1), encoding="utf-8")
    with SimulatedLabOf(path) as simulated:
        assert simulated.sleds["S2"].chips[3].defects.interface_scale == pytest.approx(2.0)
        assert simulated.sleds["S1"].chips[3].defects.interface_scale == 1.0


def test_an_instruments_trouble_can_be_had_by_the_catalogues_name(lab: Path, bringup: Run) -> None:
    done = bringup("run", "smoke", "--sled", "S1", "--fault", "S1=I1:meter1/no-answer@400")
    assert done.returncode == 4, done.stderr
    assert "meter1 (Keysight 34465A" in done.stdout
    assert "within 2 s" in done.stdout


class SimulatedLabOf:
    """A lab for the length of a block."""

    def __init__(self, path: Path) -> None:
        self.lab = open_lab(path)

    def __enter__(self) -> SimulatedLab:
        return self.lab

    def __exit__(self, *exc: object) -> None:
        self.lab.close()


def test_the_first_of_its_kind_is_meant_where_no_place_is_named(lab: Path) -> None:
    with SimulatedLabOf(lab / "stations" / "simulated.toml") as simulated:

        def place(text: str) -> str:
            fault = parse_board_fault(text)
            return Scene(simulated, simulated.sleds["S1"], simulated.station.products["S1"], fault, 0.0).place

        assert place("S1=P1") == "vdd_core.0"
        assert place("S1=P5") == "vr_core.0"
        assert place("S1=J1") == "cpld"
        assert place("S1=W1") == "manifold"
        assert {entry.where for entry in catalogue().values()} == set(Where)
