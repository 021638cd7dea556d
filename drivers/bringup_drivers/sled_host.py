"""The sled's host, at the far end of its serial console: workloads are started here and their results read.

`workload start gemm --seconds 60` answers `job 12 started`; later the host says `job 12 done` unasked, and
`workload result 12` answers with one line of JSON. A host that hangs says nothing more.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from bringup.capabilities import ChipResult, Identity, WorkloadResult
from bringup.errors import BadReply, InstrumentError, NoReply, SledFault, SledHang
from bringup.hooks import Connection

from .console_session import ConsoleSession, Refused
from .replies import ReplyMistake, as_sled_identity

T = TypeVar("T")

PROMPT = "root@sled:~# "

HANG_S = 90.0
"""Silence after which a host counts as hung, beyond the time that its workload takes (estimate)."""

LONGEST_RUN_S = 7 * 86_400.0
"""No workload is started for longer than a week."""

_STARTED = re.compile(r"job (\d{1,9}) started")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_UNASKED = r"job \d{1,9} done|\[.*"  # jobs that end, and what the kernel says


@dataclass(frozen=True, slots=True)
class _Job:
    """What was started, and when."""

    workload: str
    seconds: float
    began_s: float


class SledHost:
    """A `WorkloadHost` on a console."""

    def __init__(self, connection: Connection) -> None:
        self._where = connection.where
        self._clock = connection.lab.clock
        self._jobs: dict[int, _Job] = {}
        self._console = ConsoleSession(connection, PROMPT, _UNASKED)

    def close(self) -> None:
        """Give the wire back; what runs goes on."""
        self._console.close()

    def identify(self) -> Identity:
        """Ask `id`; a host that has no such command proves only that it answers, without a serial number.

        Raises:
            NoReply: the host is silent: off, booting or hung.
        """
        try:
            return self._ask("id", as_sled_identity)
        except Refused:
            return Identity("bringup", "sled host", "", "")

    def workloads(self) -> tuple[str, ...]:
        """The workloads that the host can run."""
        return self._ask("workload list", _names)

    def run(self, workload: str, seconds: float) -> WorkloadResult:
        """Run a workload for `seconds` and wait for its answer.

        Raises:
            SledHang: the console was silent, or the job not done, 90 s after the workload's own time.
            SledFault: a chip dropped off its link meanwhile.
            InstrumentError: the host refused it, or answered what cannot be believed.
        """
        return self.finish(self.start(workload, seconds))

    def start(self, workload: str, seconds: float) -> int:
        """Start a workload for `seconds`; its job's number.

        Raises:
            SledHang: the console was silent for 90 s.
            InstrumentError: the host refused it, or answered what cannot be believed.
        """
        if not _NAME.fullmatch(workload) or not 0 < seconds <= LONGEST_RUN_S:
            raise InstrumentError(f"{self._where}: cannot run {workload!r} for {seconds!r} s; nothing was sent")
        began_s = self._clock.now()
        job = self._start(workload, seconds)
        self._jobs[job] = _Job(workload, seconds, began_s)
        return job

    def finish(self, job: int) -> WorkloadResult:
        """Wait for a job that `start` began, until 90 s after its own time; its answer.

        Raises:
            SledHang: the console was silent, or the job not done by then.
            SledFault: a chip dropped off its link meanwhile.
            InstrumentError: no such job was started here, or an answer that cannot be believed.
        """
        started = self._jobs.pop(job, None)
        if started is None:
            raise InstrumentError(f"{self._where}: job {job} was not started here, or has been asked for already")
        with self._console.lock:
            self._await_end(job, started)
            return self._result(job, started)

    def _result(self, job: int, started: _Job) -> WorkloadResult:
        def meaning(lines: list[str]) -> WorkloadResult:
            return _result(lines, job, started.workload, started.seconds)

        return self._ask(f"workload result {job}", meaning)

    def _start(self, workload: str, seconds: float) -> int:
        line = f"workload start {workload} --seconds {seconds:g}"
        try:
            return self._ask(line, _job, timeout_s=HANG_S)
        except NoReply as error:
            raise SledHang(f"hang: {self._where} is silent, no answer to {line!r} within {HANG_S:g} s") from error

    def _await_end(self, job: int, started: _Job) -> None:
        limit_s = started.seconds + HANG_S
        left_s = max(started.began_s + limit_s - self._clock.now(), 0.0)
        if self._console.await_line(f"job {job} done", left_s):
            return
        try:
            self._result(job, started)
        except (NoReply, BadReply) as error:
            raise SledHang(
                f"hang: {self._where} fell silent, {started.workload} (job {job}) did not end within {limit_s:g} s"
            ) from error

    def _ask(self, line: str, meaning: Callable[[list[str]], T], timeout_s: float | None = None) -> T:
        lines = self._console.ask(line, timeout_s)
        try:
            return meaning(lines)
        except ReplyMistake as mistake:
            raise self._console.bad_reply(line, lines, mistake) from None


def _names(lines: list[str]) -> tuple[str, ...]:
    names = tuple(word for line in lines for word in line.split())
    if not names or len(set(names)) != len(names) or not all(map(_NAME.fullmatch, names)):
        raise ReplyMistake("not a list of workloads")
    return names


def _job(lines: list[str]) -> int:
    match = _STARTED.fullmatch(lines[0]) if len(lines) == 1 else None
    if not match:
        raise ReplyMistake("not 'job N started'")
    return int(match[1])


def _result(lines: list[str], job: int, workload: str, seconds: float) -> WorkloadResult:
    if len(lines) != 1:
        raise ReplyMistake("not one line of JSON")
    try:
        answer = json.loads(lines[0])
    except (ValueError, RecursionError):
        raise ReplyMistake("not JSON") from None
    if not isinstance(answer, dict) or answer.get("job") != job or answer.get("workload") != workload:
        raise ReplyMistake(f"not the result of {workload} as job {job}")
    ran_s = _real(answer, "seconds", 0, LONGEST_RUN_S)
    if not math.isclose(ran_s, seconds, rel_tol=1e-3, abs_tol=1e-3):
        raise ReplyMistake(f"it ran for {ran_s:g} s instead of {seconds:g} s")
    chips = answer.get("chips")
    if not isinstance(chips, list) or not chips:
        raise ReplyMistake("no chip")
    results = tuple(_chip(chip) for chip in chips)
    lost = [chip["chip"] for chip in chips if chip.get("lost")]
    if lost:
        numbers = ", ".join(map(str, lost))
        raise SledFault(f"link lost: chip {numbers} dropped off its link while {workload} ran")
    if len({result.chip for result in results}) != len(results):
        raise ReplyMistake("a chip twice")
    return WorkloadResult(workload, ran_s, results)


def _chip(chip: object) -> ChipResult:
    if not isinstance(chip, dict) or not isinstance(chip.get("throttled"), bool):
        raise ReplyMistake("not a chip's result")
    return ChipResult(
        chip=_whole(chip, "chip", 0, 4096),
        errors=_whole(chip, "errors", 0, 10**15),
        hertz=_real(chip, "hertz", 0, 1e11),
        throttled=chip["throttled"],
    )


def _real(holder: dict[str, Any], key: str, low: float, high: float) -> float:
    value = holder.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ReplyMistake(f"{key} is {value!r}, not a number from {low:g} to {high:g}")
    return float(value)


def _whole(holder: dict[str, Any], key: str, low: int, high: int) -> int:
    value = holder.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ReplyMistake(f"{key} is {value!r}, not a whole number from {low} to {high}")
    return value
