"""The lab folder: found, named or shipped; never another one than was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from bringup.errors import UsageError
from bringup.files.lab_folder import find_lab, lab_at, shipped_folder


@pytest.fixture(autouse=True)
def nowhere_in_particular(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("BRINGUP_LAB", raising=False)
    monkeypatch.chdir(tmp_path)


def test_the_lab_that_one_is_in_is_found_from_below(lab: Path) -> None:
    for place in (lab, lab / "stations", lab / "products"):
        found = find_lab(place)
        assert (found.path, found.shipped) == (lab, False)
    assert find_lab(lab).database == lab / "bringup.db"


def test_anywhere_else_the_shipped_lab_is_used_and_the_journal_lies_here(tmp_path: Path) -> None:
    found = find_lab(tmp_path)
    assert (found.path, found.shipped) == (shipped_folder(), True)
    assert found.database == tmp_path / "bringup.db"
    assert found.station(None).is_simulated


def test_the_environment_names_a_lab(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRINGUP_LAB", str(lab))
    assert find_lab().path == lab
    monkeypatch.setenv("BRINGUP_LAB", str(lab / "products"))
    with pytest.raises(UsageError, match=r"products: not a lab folder: it needs stations/ and products/; make one"):
        find_lab()


@pytest.mark.parametrize("name", ["nowhere", "smoke.py", "stations"])
def test_what_is_no_lab_folder_says_how_to_make_one(lab: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"not a lab folder.*make one with `bringup init"):
        lab_at(lab / name)


@pytest.mark.parametrize("wanted", ["simulated", "simulated.toml", "stations/simulated.toml", None])
def test_a_station_is_found_by_name_by_file_and_by_default(
    lab: Path, wanted: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(lab)
    assert lab_at(lab).station(wanted).path == lab / "stations" / "simulated.toml"


@pytest.mark.parametrize("wanted", ["simulatd", "simulatd.toml"])
def test_a_misspelt_station_is_told_the_nearest_one(lab: Path, wanted: str) -> None:
    with pytest.raises(UsageError, match=rf"unknown station '{wanted}'; did you mean 'simulated'\?.*files in"):
        lab_at(lab).station(wanted)


def test_a_path_means_that_station_and_never_another_of_its_name(lab: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"simulated.toml: there is no such file"):
        lab_at(lab).station(str(tmp_path / "elsewhere" / "simulated.toml"))


def test_a_lab_without_a_station_says_so(lab: Path) -> None:
    for station in (lab / "stations").glob("*.toml"):
        station.unlink()
    with pytest.raises(UsageError, match="stations: holds no station file; make one with `bringup init`"):
        lab_at(lab).station(None)


def test_without_a_simulated_station_the_first_one_is_the_default(lab: Path) -> None:
    stations = lab / "stations"
    (stations / "full-bench.toml").unlink()
    (stations / "simulated.toml").rename(stations / "rack7.toml")
    assert lab_at(lab).station(None).path.name == "rack7.toml"
