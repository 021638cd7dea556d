"""Ctrl-C, SIGTERM and SIGHUP at every stage of a night: safe state, exit code 5, and a journal that says so.

Real processes and real signals. The night stops at the stage until the signal was heard (`night_with_stages.py`),
so that no test depends on timing. That everything is safe is the simulated lab's own evidence, not the runner's.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from bringup.events import EventKind
from bringup.store import Reader, open_reader
from bringup.verdicts import Verdict

CHILD = Path(__file__).with_name("night_with_stages.py")
ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0
TWO_SLEDS = ("--sled", "S1", "--sled", "S2")
SMOKE = ("night", "smoke", *TWO_SLEDS)

pytestmark = [
    pytest.mark.crash,
    pytest.mark.skipif(sys.platform == "win32", reason="a test on Windows cannot send another process Ctrl-C alone"),
]

HANGING = '''
"""Far below the edge: the sled hangs."""
from bringup import Measure, Sled, at_most, plan

@plan(points=(), at={"vdd_core": 0.56, "core_clock": 2.0e9}, limits={"gemm.errors": at_most(0)}, retries=1)
def hanging(sled: Sled, measure: Measure) -> None:
    measure("gemm.errors", sled.run("gemm", seconds=60).errors)
'''

STAGED = '''
"""A body that stops in its middle, with one number taken."""
from bringup import Measure, Sled, at_most, plan, unjudged

at_stage("plan file")

@plan(points=(), limits={"before": unjudged("W"), "after": unjudged("W")}, retries=1)
def staged(sled: Sled, measure: Measure) -> None:
    measure("before", sled.power())
    at_stage("body")
    measure("after", sled.power())
'''


class Child:
    """A night in its own process."""

    def __init__(self, process: subprocess.Popen[bytes], lab: Path, evidence: Path) -> None:
        self.process = process
        self.lab = lab
        self.output = b""
        self._evidence = evidence
        self._from = process.stdout.fileno() if process.stdout else -1

    def wait_for(self, text: bytes, readable: int | None = None) -> None:
        """Read its output until it has said `text`."""
        deadline = time.monotonic() + PATIENCE_S
        while text not in self.output:
            chunk = os.read(self._from if readable is None else readable, 65536)
            assert chunk, f"it ended without saying {text!r}: {self.output.decode()}"
            self.output += chunk
            assert time.monotonic() < deadline, self.output.decode()

    def send(self, *numbers: int) -> None:
        for number in numbers:
            self.process.send_signal(number)
            time.sleep(0.05)  # two equal signals that are pending at once would count as one

    def ended(self) -> int:
        """Wait for its end; its exit code. It has shown no traceback."""
        rest, errors = self.process.communicate(timeout=PATIENCE_S)
        self.output += (rest or b"") + (errors or b"")
        assert b"Traceback" not in self.output, self.output.decode()
        assert b"defect of bringup" not in self.output, self.output.decode()
        return self.process.returncode

    def sleds(self) -> dict[str, dict[str, Any]]:
        sleds = json.loads(self._evidence.read_text(encoding="utf-8"))["sleds"]
        assert isinstance(sleds, dict)
        return sleds

    def assert_safe(self) -> set[str]:
        """Every sled is safe and was never put at risk; returns the slots that had been energized."""
        for slot, sled in self.sleds().items():
            assert sled["vin"] < 2.0, (slot, sled)
            assert sled["highest_rail"] < 0.2, (slot, sled)
            assert sled["on"] == [], (slot, sled)
            assert sled["sequence_violations"] == [], (slot, sled)
            assert sled["abs_max_exceedances"] == [], (slot, sled)
        return {slot for slot, sled in self.sleds().items() if sled["energized"]}


@contextmanager
def held(lab: Path, stage: str, arguments: tuple[str, ...], signals: int = 1, **popen: Any) -> Iterator[Child]:
    evidence = lab / "evidence.json"
    command = [sys.executable, str(CHILD), str(evidence), stage, str(signals), *arguments]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} | popen
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    process: Any = subprocess.Popen(command, cwd=lab, env=environment, bufsize=0, **pipes)
    try:
        yield Child(process, lab, evidence)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.communicate()


def assert_told(lab: Path, name: str, energized: set[str]) -> None:
    """The journal says that the night was aborted by the signal, and that every powered slot was made safe."""
    with open_reader(lab / "bringup.db") as reader:
        night = reader.night()
        assert night.verdict is Verdict.ABORTED
        assert name in night.cause
        events = [event for _, event in reader.events(night.id)]
        assert [event.message for event in events if event.kind is EventKind.ABORTED and not event.slot] == [
            f"{name} (Ctrl-C)" if name == "SIGINT" else name
        ]
        assert {event.slot for event in events if event.kind is EventKind.MADE_SAFE} >= energized
        assert not [event for event in events if event.kind is EventKind.QUARANTINED]
        assert_nothing_open(reader, night.id)


def assert_nothing_open(reader: Reader, night_id: int) -> None:
    for run in reader.runs(night_id):
        assert run.ended_s is not None
        for attempt in reader.attempts(run.id):
            assert attempt.ended_s is not None, "an attempt that the runner could have closed"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize(
    ("stage", "energized"),
    [("WAIT coolant", 0), ("PWRUP vdd_core", 1), ("RUN", 2)],
)
def test_a_signal_takes_the_night_to_its_safe_state(
    lab: Path, stage: str, energized: int, number: signal.Signals
) -> None:
    with held(lab, stage, SMOKE) as child:
        child.wait_for(f"<{stage}>".encode())
        child.send(number)
        assert child.ended() == 5
        powered = child.assert_safe()
        assert len(powered) >= energized
        assert_told(lab, number.name, powered)


@pytest.mark.parametrize(
    "stage",
    [
        "event night-started",
        "PWRUP 54 V",
        "PWRUP host boots",
        "event powered-on",
        "SETTL",
        "WAIT shared knobs",
        "PWRDN",
    ],
)
def test_every_other_stage(lab: Path, stage: str) -> None:
    with held(lab, stage, SMOKE) as child:
        child.wait_for(f"<{stage}>".encode())
        child.send(signal.SIGINT)
        assert child.ended() == 5
        assert_told(lab, "SIGINT", child.assert_safe())


@pytest.mark.parametrize("stage", ["import bringup.store", "plan file", "open meter1"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_before_the_bench_is_open_nothing_is_energized_or_journaled(
    lab: Path, stage: str, number: signal.Signals
) -> None:
    (lab / "staged.py").write_text(STAGED, encoding="utf-8")
    with held(lab, stage, ("night", "staged", *TWO_SLEDS)) as child:
        child.wait_for(f"<{stage}>".encode())
        child.send(number)
        assert child.ended() == 5
        assert f"bringup: aborted: {number.name}".encode() in child.output
        assert child.assert_safe() == set()
    if (lab / "bringup.db").exists():
        with open_reader(lab / "bringup.db") as reader:
            assert reader.nights() == ()


def test_what_a_body_had_measured_is_kept(lab: Path) -> None:
    (lab / "staged.py").write_text(STAGED, encoding="utf-8")
    with held(lab, "body", ("night", "staged", "--sled", "S1")) as child:
        child.wait_for(b"<body>")
        child.send(signal.SIGTERM)
        assert child.ended() == 5
        assert_told(lab, "SIGTERM", child.assert_safe())
    with open_reader(lab / "bringup.db") as reader:
        (run,) = reader.runs(reader.night().id)
        (attempt,) = reader.attempts(run.id)
        assert (run.verdict, attempt.verdict, attempt.cause) == (Verdict.ABORTED, Verdict.ABORTED, "SIGTERM")
        assert [one.name for one in reader.measurements(run.id)[attempt.id]] == ["before"]


@pytest.mark.parametrize("stage", ["RECOV power cycle", "event sled-hung", "event sled-recovered"])
def test_while_a_hung_sled_is_recovered(lab: Path, stage: str) -> None:
    (lab / "hanging.py").write_text(HANGING, encoding="utf-8")
    with held(lab, stage, ("night", "hanging", *TWO_SLEDS)) as child:
        child.wait_for(f"<{stage}>".encode())
        child.send(signal.SIGTERM)
        assert child.ended() == 5
        assert_told(lab, "SIGTERM", child.assert_safe())
    with open_reader(lab / "bringup.db") as reader:
        runs = reader.runs(reader.night().id)
        assert {run.verdict for run in runs} == {Verdict.ABORTED}


def test_more_signals_do_not_interrupt_the_way_down(lab: Path) -> None:
    with held(lab, "PWRDN", SMOKE, signals=4) as child:
        child.wait_for(b"<PWRDN>")
        child.send(signal.SIGINT, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        assert child.ended() == 5
        assert_told(lab, "SIGINT", child.assert_safe())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_the_report_of_an_ended_night_is_cut_short(lab: Path, number: signal.Signals) -> None:
    with held(lab, "report", SMOKE) as child:
        child.wait_for(b"<report>")
        child.send(number)
        assert child.ended() == 0
        assert number.name.encode() in child.output
        assert child.assert_safe() == {"S1", "S2"}
    with open_reader(lab / "bringup.db") as reader:
        assert reader.night().verdict is Verdict.PASS


FIRST = ("run", "first-power-on", "--sled", "S1")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize("holds", [1, 4])
def test_at_a_hold_asked_over_a_pipe(lab: Path, number: signal.Signals, holds: int) -> None:
    with held(lab, "none", FIRST) as child:
        assert child.process.stdin is not None
        for hold in range(1, holds + 1):
            child.wait_for(b"[y/n] ")
            if hold < holds:
                child.output = b""
                child.process.stdin.write(b"y\n")
        child.send(number)
        assert child.ended() == 5
        powered = child.assert_safe()
        assert powered == (set() if holds == 1 else {"S1"})
        assert_told(lab, number.name, powered)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_at_a_hold_asked_at_a_terminal(lab: Path, number: signal.Signals) -> None:
    import pty

    ours, theirs = pty.openpty()
    try:
        with held(lab, "none", FIRST, stdin=theirs, stdout=theirs, stderr=theirs) as child:
            os.close(theirs)
            for _ in range(2):  # ohms to ground, and the input
                child.wait_for(b"[y/n] ", ours)
                child.output = b""
                os.write(ours, b"y\n")
            child.wait_for(b"is up", ours)
            child.wait_for(b"go on? [y/n] ", ours)
            child.send(number)
            if number is signal.SIGHUP:
                os.close(ours)  # the terminal is gone: whatever is printed from here on fails
            else:
                _drain(child, ours)
            assert child.ended() == 5
            assert_told(lab, number.name, child.assert_safe())
    finally:
        with suppress(OSError):
            os.close(ours)


def test_a_terminal_that_vanishes_without_a_word_ends_the_night(lab: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    with held(
        lab, "RUN", ("run", "smoke", "--sled", "S1"), signals=0, stdin=theirs, stdout=theirs, stderr=theirs
    ) as child:
        os.close(theirs)
        child.wait_for(b"<RUN>", ours)
        os.close(ours)
        assert child.ended() == 5
        assert child.assert_safe() == {"S1"}
    with open_reader(lab / "bringup.db") as reader:
        assert "the screen broke" in reader.night().cause
        assert_nothing_open(reader, reader.night().id)


def _drain(child: Child, ours: int) -> None:
    """Read what a terminal shows until its other end is closed."""
    with suppress(OSError):  # Linux says EIO where others give an empty read
        while chunk := os.read(ours, 65536):
            child.output += chunk


@pytest.mark.parametrize("answer", [b"n\n", b""])
def test_a_no_at_a_hold_ends_in_the_safe_state(lab: Path, answer: bytes) -> None:
    """An answer of no, or the end of the input."""
    with held(lab, "none", FIRST) as child:
        assert child.process.stdin is not None
        child.wait_for(b"[y/n] ")
        child.process.stdin.write(b"y\ny\n")  # ohms to ground, and the input
        child.wait_for(b"go on? [y/n] ")
        child.process.stdin.write(answer)
        child.process.stdin.close()
        child.process.stdin = None
        assert child.ended() == 5
        assert child.assert_safe() == {"S1"}
    with open_reader(lab / "bringup.db") as reader:
        night = reader.night()
        assert night.verdict is Verdict.ABORTED
        assert_nothing_open(reader, night.id)
        assert any("the operator said no" in event.message for _, event in reader.events(night.id))


def test_a_check_is_aborted_too(lab: Path) -> None:
    with held(lab, "RUN", ("check", "smoke")) as child:
        child.wait_for(b"<RUN>")
        child.send(signal.SIGINT)
        assert child.ended() == 5
        child.assert_safe()
