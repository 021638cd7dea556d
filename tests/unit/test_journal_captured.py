"""Captured evidence: in its attempt's transaction, a short text in the row, anything else a file that can be proved."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bringup.errors import JournalError
from bringup.measure import Measurement
from bringup.records import MOST_INLINE_BYTES, AttemptEnd, AttemptStart, Evidence
from bringup.store import Durability, Journal, open_journal, open_reader
from bringup.verdicts import Verdict
from tests.unit.journal_facts import a_night, a_run, one_attempt


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def files(path: Path) -> list[str]:
    return sorted(file.name for file in (path.parent / "evidence").glob("*"))


def test_evidence_comes_with_its_attempt(path: Path) -> None:
    scope = Evidence("scope", 8.5, bytes(range(256)), "application/x-hdf5")
    last = Evidence("console", 8.25, "POST 0x31\n\udc80")
    with open_journal(path) as journal, open_reader(path) as reader:
        night_id = journal.begin_night(a_night())
        run = journal.begin_run(night_id, a_run())
        attempt_id = journal.begin_attempt(run, AttemptStart(0, 1, 2.0))
        journal.complete(run, attempt_id, AttemptEnd(9.0, Verdict.FAIL, "hang", (), (last, scope)))
        text, file = reader.evidence(night_id)
        assert [(one.night_id, one.run_id, one.attempt_id, one.slot) for one in (text, file)] == [
            (night_id, run.id, attempt_id, "slot1")
        ] * 2
        assert [(one.kind, one.position, one.at_s, one.media_type) for one in (text, file)] == [
            ("console", 0, 8.25, "text/plain"),
            ("scope", 1, 8.5, "application/x-hdf5"),
        ]
        assert (text.text, text.path) == ("POST 0x31\n\\udc80", "")
        assert reader.evidence_content(text) == b"POST 0x31\n\\udc80"
        assert (file.text, file.size, file.sha256) == (None, 256, sha256(bytes(range(256))).hexdigest())
        assert files(path) == [f"{file.sha256}.h5"]
        assert reader.evidence_content(file) == bytes(range(256))


def test_a_nights_and_a_runs_own_evidence(path: Path) -> None:
    with open_journal(path) as journal, open_reader(path) as reader:
        night_id, run, _ = one_attempt(journal)
        journal.keep(night_id, [Evidence("trips", 1.0, "[]", "application/json")])
        journal.keep(night_id, [Evidence("vr", 2.0, "black box"), Evidence("bmc-log", 2.0, "")], "slot1", run)
        journal.keep(night_id, [])
        assert [(one.run_id, one.slot, one.kind) for one in reader.evidence(night_id)] == [
            (None, "", "trips"),
            (run.id, "slot1", "vr"),
            (run.id, "slot1", "bmc-log"),
        ]
        assert [one.kind for one in reader.evidence(night_id, run_id=run.id)] == ["vr", "bmc-log"]
        assert reader.evidence(night_id, attempt_id=1) == ()
        with pytest.raises(JournalError, match="refused"):
            journal.keep(night_id + 1, [Evidence("vr", 2.0, "no such night")])
        journal.end_run(run, 3.0, Verdict.PASS, "")
        with pytest.raises(JournalError, match="this run has ended"):
            journal.keep(night_id, [Evidence("vr", 3.0, "late")], "slot1", run)
        journal.end_night(night_id, 4.0, Verdict.PASS, "")
        with pytest.raises(JournalError, match="this night has ended"):
            journal.keep(night_id, [Evidence("vr", 4.0, "late")])


def test_an_attempt_that_is_refused_leaves_no_evidence(path: Path) -> None:
    bad = Measurement("vdd_core", "chip0", float("nan"), Verdict.PASS)
    with open_journal(path) as journal, open_reader(path) as reader:
        night_id = journal.begin_night(a_night())
        run = journal.begin_run(night_id, a_run())
        attempt_id = journal.begin_attempt(run, AttemptStart(0, 1, 2.0))
        captured = (Evidence("vr", 1.0, "x"),)
        with pytest.raises(JournalError, match="NOT NULL"):
            journal.complete(run, attempt_id, AttemptEnd(9.0, Verdict.PASS, "", (bad,), captured))
        assert reader.evidence(night_id) == ()
        journal.complete(run, attempt_id, AttemptEnd(9.0, Verdict.PASS, "", (), captured))
        with pytest.raises(JournalError, match="this attempt has ended"):
            journal.complete(run, attempt_id, AttemptEnd(9.0, Verdict.PASS, "", (), captured))
        assert len(reader.evidence(night_id)) == 1


@pytest.mark.parametrize(("extra", "inline"), [(0, True), (1, False)])
def test_a_long_text_is_a_file(path: Path, extra: int, inline: bool) -> None:
    text = "é" * (MOST_INLINE_BYTES // 2) + "x" * extra
    with open_journal(path) as journal, open_reader(path) as reader:
        night_id = journal.begin_night(a_night())
        journal.keep(night_id, [Evidence("console", 1.0, text)] * 2)
        first, second = reader.evidence(night_id)
        assert (first.text is not None) is inline
        assert reader.evidence_content(first).decode() == text
        assert (first.sha256, first.size) == (second.sha256, MOST_INLINE_BYTES + extra)
        assert len(files(path)) == (0 if inline else 1), "one content is one file"


def test_a_file_that_was_touched_or_lost_is_told(path: Path) -> None:
    with open_journal(path) as journal, open_reader(path) as reader:
        night_id = journal.begin_night(a_night())
        journal.keep(night_id, [Evidence("scope", 1.0, b"volts")])
        (kept,) = reader.evidence(night_id)
        file = path.parent / kept.path
        file.chmod(0o644)
        file.write_bytes(b"other")
        with pytest.raises(JournalError, match=r"is not what was kept \(SHA-256 differs\)"):
            reader.evidence_content(kept)
        file.unlink()
        with pytest.raises(JournalError, match=r"cannot be read: .*keep evidence/ beside the journal"):
            reader.evidence_content(kept)


def test_a_folder_that_cannot_be_made_is_told_and_nothing_is_written(path: Path) -> None:
    with open_journal(path) as journal, open_reader(path) as reader:
        night_id = journal.begin_night(a_night())
        (path.parent / "evidence").write_text("in the way", encoding="utf-8")
        with pytest.raises(JournalError, match=r"evidence cannot be written to .*evidence"):
            journal.keep(night_id, [Evidence("scope", 1.0, b"volts")])
        assert reader.evidence(night_id) == ()


@pytest.fixture(scope="module")
def long_lived(tmp_path_factory: pytest.TempPathFactory) -> Journal:
    return open_journal(tmp_path_factory.mktemp("journal") / "j.db", Durability.NORMAL)


@given(content=st.text() | st.binary(), kind=st.text(max_size=9), media_type=st.text(max_size=30))
@settings(max_examples=40, deadline=None)
def test_whatever_is_captured_comes_back(long_lived: Journal, content: str | bytes, kind: str, media_type: str) -> None:
    night_id = long_lived.begin_night(a_night())
    long_lived.keep(night_id, [Evidence(kind, 1.0, content, media_type)])
    with open_reader(long_lived.path) as reader:
        (kept,) = reader.evidence(night_id)
        assert reader.evidence_content(kept) == (content.encode() if isinstance(content, str) else content)
        assert (kept.kind, kept.media_type) == (kind, media_type)
        if kept.path:
            assert Path(kept.path).parent == Path("evidence")
    long_lived.end_night(night_id, 2.0, Verdict.PASS, "")
