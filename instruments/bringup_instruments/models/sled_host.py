"""The sled's host processor on its serial console: boot ROM, POST codes, kernel, and a shell with its tools.

Silent until it is switched on; a host that hangs says nothing more, whatever is typed. Neighbours: the driver's
pyserial port above (`wires/serial_urls`), `host_shell/` is what runs on it, `SledPhysics` below; `sled_bmc` switches
its power.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..physics import SledPhysics
from ..physics.jobs import Job
from .host_shell.boot_story import BootStory
from .host_shell.commands import commands_of
from .host_shell.interpreter import Interpreter
from .host_shell.machine import Machine
from .host_shell.watcher import Watcher
from .line_shell import LineShell

if TYPE_CHECKING:
    from ..catalogue import Placement

PROMPT = "root@sled:~# "

EPOCH_S = 1_767_225_600.0
"""What the host's clock says at lab second 0 where no lab tells it: 2026-01-01."""


class SledHost:
    """`world.Console` of one sled's host.

    Args:
        sled: whose host it is.
        reply_s: how long a command takes.
        utc: seconds since 1970 at a lab time, as the host's clock has them.
    """

    def __init__(
        self, sled: SledPhysics, reply_s: float = 0.050, utc: Callable[[float], float] = lambda at_s: EPOCH_S + at_s
    ) -> None:
        self._sled = sled
        self._machine = Machine(sled, utc)
        self._interpreter = Interpreter(self._machine, commands_of(self._machine))
        self._watcher = Watcher(self._machine)
        self._shell = LineShell(PROMPT, self._answer, reply_s, self._interrupt)
        self._boots = 0
        self._story: BootStory | None = None
        self._told = 0  # the last job whose end was said; only one runs at a time
        self._lost: set[tuple[int, int]] = set()

    def receive(self, at_s: float, data: bytes) -> None:
        """The line brings `data`; only a running operating system takes it."""
        self._follow(at_s)
        if self._sled.host.answers(at_s):
            self._shell.receive(at_s, data)

    def transmit(self, at_s: float) -> bytes:
        """Take what the host has sent."""
        self._follow(at_s)
        return self._shell.transmit(at_s)

    def next_at(self, at_s: float) -> float | None:
        """When the boot says its next line, a job ends, a tool reports, or an answer in the making will be out."""
        self._follow(at_s)
        job, running = self._sled.running, self._machine.foreground
        times = [self._shell.next_at(), job.end_s if job else None]
        times.append(running.next_at() if running is not None and not self._sled.host.silent(at_s) else None)
        times.append(self._next_of_boot())
        return min((time for time in times if time is not None), default=None)

    def _follow(self, at_s: float) -> None:
        """Catch up with what became of the host and its jobs."""
        self._sled.advance(at_s)
        host = self._sled.host
        if host.on_at_s is None:
            if self._story is not None:
                self._end()
            return
        if host.boots != self._boots:
            self._boots = host.boots
            self._begin_boot(host.on_at_s)
        if self._story is not None:
            self._tell_of_boot(at_s)
        if host.hung_at_s is not None:
            self._shell.cut(host.hung_at_s)
        if not host.silent(at_s):
            self._tell_of_jobs()
            if host.answers(at_s):
                self._tell_unasked(at_s)

    def _begin_boot(self, at_s: float) -> None:
        self._end()
        self._watcher.restart()
        self._story = BootStory(self._machine, at_s, self._sled.parameters.host.boot_s)

    def _end(self) -> None:
        """Power is gone, or comes anew: everything in memory is."""
        self._story = None
        self._shell.reset()
        self._machine.restart()
        self._interpreter.status = 0
        self._lost.clear()

    def _next_of_boot(self) -> float | None:
        """When the boot goes on, if it has not hung by then."""
        story, host = self._story, self._sled.host
        next_s = story.next_s if story is not None else None
        if next_s is None or (host.hung_at_s is not None and next_s >= host.hung_at_s):
            return None
        return next_s

    def _tell_of_boot(self, at_s: float) -> None:
        story = self._story
        while story is not None and (next_s := self._next_of_boot()) is not None and next_s <= at_s:
            for line in story.lines():
                self._shell.say(next_s, f"{line}\n")
            if story.next_s is None and (ready_s := self._sled.host.ready_at_s) is not None:
                self._shell.prompt(ready_s, "\n")

    def _tell_of_jobs(self) -> None:
        # From the first that was not told of wholly: a night runs hundreds, and every poll comes by here.
        for number in range(self._told + 1, self._sled.last_job + 1):
            if job := self._sled.jobs.get(number):
                self._tell_of(job)

    def _tell_of(self, job: Job) -> None:
        for run in job.runs:
            if run.lost and (job.number, run.chip) not in self._lost:
                self._lost.add((job.number, run.chip))
                self._interject(run.fault_s, str(self._watcher.lost(run.fault_s, run.chip)))
        if job.ended:
            self._told = job.number
            self._interject(job.end_s, f"job {job.number} done")

    def _interject(self, at_s: float, line: str) -> None:
        """A line that nobody asked for, and a prompt for whoever is typing."""
        if self._shell.held:
            self._shell.say(at_s, f"\n{line}\n")
        else:
            self._shell.prompt(at_s, f"\n{line}\n")

    def _tell_unasked(self, at_s: float) -> None:
        """What the kernel says, and the tool that has the terminal."""
        if entries := self._watcher.look(at_s):
            self._interject(at_s, "\n".join(map(str, entries)))
        running = self._machine.foreground
        if running is not None and running.next_at() <= at_s:
            self._machine.now_s = at_s
            for said_s, line in running.said(at_s):
                self._shell.say(said_s, f"{line}\n")

    def _answer(self, at_s: float, line: str) -> list[str]:
        lines = self._interpreter.run(at_s, line)
        self._shell.held = self._machine.foreground is not None
        return lines

    def _interrupt(self) -> None:
        self._machine.foreground = None
        self._interpreter.status = 130  # 128 and the number of SIGINT, as bash has it


def place(placement: Placement) -> SledHost:
    """The host of the sled that a placement serves, with the lab's clock."""
    clock = placement.clock
    return SledHost(placement.served_sled(), utc=lambda at_s: clock.utc().timestamp() + at_s - clock.now())
