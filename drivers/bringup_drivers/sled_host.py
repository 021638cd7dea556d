"""The sled's host, at the far end of its serial console: a shell, where workloads are started and results read.

`workload start gemm --seconds 60` answers `job 12 started`; later the host says `job 12 done` unasked, and
`workload result 12` answers with one line of JSON. A host that hangs says nothing more. Neighbours: `shell_session`
runs commands, `host_answers` reads what they print.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bringup.capabilities import (
    ChipCounters,
    CommandResult,
    Identity,
    KernelLine,
    LinkReading,
    NeuronDevice,
    WorkloadResult,
)
from bringup.errors import BadReply, InstrumentError, NoReply, SledFault, SledHang
from bringup.hooks import Connection
from bringup.transcript import Said

from . import host_answers as answers
from .replies import ReplyMistake
from .shell_session import ShellSession

T = TypeVar("T")

PROMPT = "root@sled:~# "

HANG_S = 90.0
"""Silence after which a host counts as hung, beyond the time that its workload takes (estimate)."""

LONGEST_RUN_S = 7 * 86_400.0
"""No workload is started for longer than a week."""

_STARTED = re.compile(r"job (\d{1,9}) started")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_UNASKED = r"job \d{1,9} done|\[ *(?:kernel|\d+\.\d{1,6}) *\] .*"  # jobs that end, and what the kernel says
_NOT_FOUND = 127
_IDENTITY = "cat " + " ".join(f"/sys/class/dmi/id/product_{what}" for what in ("serial", "name", "version"))
_ACCELERATORS = "/sys/class/accel"


@dataclass(frozen=True, slots=True)
class _Job:
    """What was started, and when."""

    workload: str
    seconds: float
    began_s: float


class SledHost:
    """A `WorkloadHost` and `HostShell` on a console."""

    def __init__(self, connection: Connection) -> None:
        self._where = connection.where
        self._clock = connection.lab.clock
        self._jobs: dict[int, _Job] = {}
        self._console = ShellSession(connection, PROMPT, _UNASKED)

    def close(self) -> None:
        """Give the wire back; what runs goes on."""
        self._console.close()

    def identify(self) -> Identity:
        """Read its DMI; a host that has none proves only that it answers, without a serial number.

        Raises:
            NoReply: the host is silent: off, booting or hung.
        """
        return self._read(_IDENTITY, answers.as_identity)

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
        return self.start_on(workload, seconds)

    def start_on(self, workload: str, seconds: float, chips: Sequence[int] = (), pattern: str = "") -> int:
        """Start a workload on some chips (all if none is named), with a pattern of operands; its job's number.

        Raises:
            SledHang: the console was silent for 90 s.
            InstrumentError: the host refused it, or answered what cannot be believed.
        """
        names = [workload, pattern] if pattern else [workload]
        if not all(map(_NAME.fullmatch, names)) or not 0 < seconds <= LONGEST_RUN_S or any(chip < 0 for chip in chips):
            asked = ", ".join([*map(repr, names), *(f"chip {chip}" for chip in chips)])
            raise InstrumentError(f"{self._where}: cannot run {asked} for {seconds!r} s; nothing was sent")
        began_s = self._clock.now()
        options = "".join(f" --chip {chip}" for chip in chips) + (f" --pattern {pattern}" if pattern else "")
        job = self._start(workload, seconds, options)
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

    def command(self, line: str, timeout_s: float | None = None) -> CommandResult:
        """Run a command line and wait for its end; one that goes on is given Ctrl-C after `timeout_s`.

        Raises:
            NoReply, BadReply: it did not end, or the console is silent.
            InstrumentError: the line cannot be typed.
        """
        return self._console.command(line, timeout_s)

    def neuron_devices(self) -> tuple[NeuronDevice, ...]:
        """Every Neuron device that is up.

        Raises:
            InstrumentError: the host has no Neuron tools, or answered what cannot be believed.
        """
        line = "neuron-ls -j"
        result = self.command(line)
        if result.exit_code == _NOT_FOUND:
            raise InstrumentError(f"{self._where} has no Neuron tools: {line!r} is not found there")
        return self._meaning(line, result, answers.as_devices)

    def counters(self, chip: int) -> ChipCounters:
        """What one chip has counted.

        Raises:
            BadReply: the chip is not there, or what came are no counts.
        """
        folder = f"{_ACCELERATORS}/accel{chip:d}"
        return self._read("cat " + " ".join(f"{folder}/{name}" for name in answers.COUNTER_FILES), answers.as_counters)

    def chips_up(self) -> tuple[int, ...]:
        """The chips that the host's driver has brought up.

        Raises:
            BadReply: what came says neither yes nor no of each.
        """
        found = self._read(f"ls {_ACCELERATORS}", answers.as_accelerators)
        if not found:
            return ()
        states = self._read("cat " + " ".join(f"{_ACCELERATORS}/accel{chip}/up" for chip in found), answers.as_flags)
        if len(states) != len(found):
            raise BadReply(f"{self._console.where}: {len(states)} answers for {len(found)} accelerators")
        return tuple(chip for chip, is_up in zip(found, states, strict=True) if is_up)

    def link_states(self) -> tuple[LinkReading, ...]:
        """Every link of every chip that answers on its bus.

        Raises:
            BadReply: what came are no links.
        """
        found = self._read(f"ls {_ACCELERATORS}", answers.as_accelerators)
        lists = [self._read(f"cat {_ACCELERATORS}/accel{chip}/links", answers.as_links) for chip in found]
        return tuple(link for links in lists for link in links)

    def kernel_log(self) -> tuple[KernelLine, ...]:
        """Everything that the kernel still has of what it said, oldest first.

        Raises:
            BadReply: what came is no kernel's log.
        """
        return self._read("dmesg --json", answers.as_kernel_log)

    def console_tail(self, seconds: float) -> tuple[Said, ...]:
        """The raw bytes of the last lab seconds in both directions, what nobody has read yet included.

        Raises:
            NoReply: the console is lost.
        """
        return self._console.tail(seconds)

    def _read(self, line: str, meaning: Callable[[CommandResult], T]) -> T:
        return self._meaning(line, self.command(line), meaning)

    def _meaning(self, line: str, result: CommandResult, meaning: Callable[[CommandResult], T]) -> T:
        try:
            return meaning(result)
        except ReplyMistake as mistake:
            raise self._console.bad_reply(line, list(result.lines), mistake) from None

    def _result(self, job: int, started: _Job) -> WorkloadResult:
        def meaning(lines: list[str]) -> WorkloadResult:
            return _result(lines, job, started.workload, started.seconds)

        return self._ask(f"workload result {job}", meaning)

    def _start(self, workload: str, seconds: float, options: str) -> int:
        line = f"workload start {workload} --seconds {seconds:g}{options}"
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
    ran_s = answers.real(answer, "seconds", 0, LONGEST_RUN_S)
    if not math.isclose(ran_s, seconds, rel_tol=1e-3, abs_tol=1e-3):
        raise ReplyMistake(f"it ran for {ran_s:g} s instead of {seconds:g} s")
    chips = answer.get("chips")
    if not isinstance(chips, list) or not chips:
        raise ReplyMistake("no chip")
    results = tuple(answers.as_chip_result(chip) for chip in chips)
    lost = [chip["chip"] for chip in chips if chip.get("lost")]
    if lost:
        numbers = ", ".join(map(str, lost))
        raise SledFault(f"link lost: chip {numbers} dropped off its link while {workload} ran")
    if len({result.chip for result in results}) != len(results):
        raise ReplyMistake("a chip twice")
    return WorkloadResult(workload, ran_s, results)
