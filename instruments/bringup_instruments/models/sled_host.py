"""The sled's host processor on its serial console: boot ROM, POST codes, kernel, and a shell for workloads.

Silent until it is switched on; a host that hangs says nothing more, whatever is typed. Neighbours: the driver's
pyserial port above (`wires/serial_urls`), `SledPhysics` below; `sled_bmc` switches its power.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bringup.nearest import unknown

from ..physics import SledPhysics
from ..physics.host import PCIE_POST_SHARE
from ..physics.jobs import Job
from .line_shell import LineShell

if TYPE_CHECKING:
    from ..catalogue import Placement

PROMPT = "root@sled:~# "
HELP = "workload list | workload start NAME --seconds N | workload result JOB | help"

# What a boot says, as (share of the boot time, text). POST codes freeze where the boot does.
_BOOT = (
    (0.002, "boot ROM 1.4"),
    (0.010, "POST 01 reset vector"),
    (0.030, "POST 19 memory controller"),
    (0.200, "POST 31 memory trained"),
    (0.300, "POST 60 drivers"),
    (PCIE_POST_SHARE - 0.001, "POST 92 PCIe enumeration"),
    (0.480, "POST A0 boot device"),
    (0.520, "POST AD handing over to the kernel"),
    (0.560, "[    0.000000] Linux on sled"),
    (0.640, "[    8.214711] pci: accelerators enumerated"),
    (0.950, "[   61.902288] systemd: reached target multi-user"),
)


class SledHost:
    """`world.Console` of one sled's host.

    Args:
        sled: whose host it is.
        reply_s: how long a command takes.
    """

    def __init__(self, sled: SledPhysics, reply_s: float = 0.050) -> None:
        self._sled = sled
        self._shell = LineShell(PROMPT, self._answer, reply_s)
        self._boots = 0
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
        """When the boot says its next line, a job ends, or an answer in the making will be out."""
        self._follow(at_s)
        job = self._sled.running
        times = [t for t in (self._shell.next_at(), job.end_s if job else None) if t is not None]
        return min(times, default=None)

    def _follow(self, at_s: float) -> None:
        """Catch up with what became of the host and its jobs."""
        self._sled.advance(at_s)
        host = self._sled.host
        if host.on_at_s is None:
            self._shell.reset()
            return
        if host.boots != self._boots:
            self._boots = host.boots
            self._begin_boot(host.on_at_s)
        if host.hung_at_s is not None:
            self._shell.cut(host.hung_at_s)
        if not host.silent(at_s):
            self._tell_of_jobs()

    def _begin_boot(self, at_s: float) -> None:
        self._shell.reset()
        self._lost.clear()
        boot_s = self._sled.parameters.host.boot_s
        for share, text in _BOOT:
            self._shell.say(at_s + share * boot_s, f"{text}\n")
        self._shell.prompt(at_s + boot_s, "\n")

    def _tell_of_jobs(self) -> None:
        # From the first that was not told of wholly: a night runs hundreds, and every poll comes by here.
        for number in range(self._told + 1, self._sled.last_job + 1):
            if job := self._sled.jobs.get(number):
                self._tell_of(job)

    def _tell_of(self, job: Job) -> None:
        for run in job.runs:
            if run.lost and (job.number, run.chip) not in self._lost:
                self._lost.add((job.number, run.chip))
                self._shell.prompt(run.fault_s, f"\n[ kernel ] pcieport: chip {run.chip}: link down\n")
        if job.ended:
            self._told = job.number
            self._shell.prompt(job.end_s, f"\njob {job.number} done\n")

    def _answer(self, at_s: float, line: str) -> list[str]:
        word, *rest = line.split()
        if word == "workload":
            return self._workload(at_s, rest)
        if word == "help":
            return HELP.split(" | ")
        return [f"error: {unknown('command', word, ['workload', 'help'])}"]

    def _workload(self, at_s: float, words: list[str]) -> list[str]:
        match words:
            case ["list"]:
                return list(self._sled.parameters.chip.workloads)
            case ["start", name, "--seconds", seconds]:
                return [self._start(at_s, name, seconds)]
            case ["result", number]:
                return [self._result(number)]
        return [f"error: cannot read 'workload {' '.join(words)}'; the forms are: {HELP}"]

    def _start(self, at_s: float, name: str, seconds: str) -> str:
        if name not in self._sled.parameters.chip.workloads:
            return f"error: {unknown('workload', name, self._sled.parameters.chip.workloads)}"
        try:
            job = self._sled.start_workload(at_s, name, float(seconds))
        except ValueError as error:
            return f"error: {error}"
        return f"job {job.number} started"

    def _result(self, number: str) -> str:
        job = self._sled.jobs.get(int(number)) if number.isdecimal() else None
        if job is None:
            return f"error: no job {number}; results are kept until the host is switched off"
        return self._json(job) if job.ended else f"job {job.number} running"

    def _json(self, job: Job) -> str:
        step = self._sled.parameters.chip.clock_step_hertz
        chips = []
        for run in job.runs:
            chip = {
                "chip": run.chip,
                "errors": job.errors(run, self._sled.parameters.chip),
                "hertz": round(run.hertz / step) * step,
                "throttled": run.throttled,
            }
            chips.append(chip | {"lost": True} if run.lost else chip)
        return json.dumps(
            {"job": job.number, "workload": job.workload, "seconds": job.seconds, "chips": chips},
            allow_nan=False,
        )


def place(placement: Placement) -> SledHost:
    """The host of the sled that a placement serves."""
    return SledHost(placement.served_sled())
