"""What the host's commands run on: the sled, the kernel's log, the files, and what tools keep between two calls.

Neighbours: `../sled_host.py` makes one for each console, `commands` and the files below read it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ...physics import SledPhysics
from .file_tree import FileTree, Scratch
from .kernel_log import KernelLog
from .power_use import PowerUse

HOME = "/root"


class Foreground(Protocol):
    """A command that goes on until Ctrl-C."""

    def next_at(self) -> float:
        """When it says something again."""

    def said(self, at_s: float) -> list[tuple[float, str]]:
        """What it has to say by now, each line with its time."""


class Machine:
    """One host.

    Args:
        sled: that it is a part of.
        utc: seconds since 1970 at a lab time, by its own clock.

    Attributes:
        now_s: lab time of the command that runs.
        log: of the kernel.
        cleared: what counters had counted when somebody cleared them, by path.
        resets: how often each device was asked to reset itself.
        foreground: the command that has the terminal, if one goes on.
    """

    def __init__(self, sled: SledPhysics, utc: Callable[[float], float]) -> None:
        self.sled = sled
        self.utc = utc
        self.now_s = 0.0
        self.log = KernelLog()
        self.power = PowerUse(sled)
        self.cleared: dict[str, int] = {}
        self.resets: dict[int, int] = {}
        self.foreground: Foreground | None = None
        self._scratch = {HOME: Scratch(), "/tmp": Scratch()}  # noqa: S108 - of the simulated host
        self.files = self._files()

    @property
    def has_neuron(self) -> bool:
        """Whether the accelerators are Neuron ones, so that their tools are installed."""
        return bool(self.sled.parameters.accelerator.arch[0])

    @property
    def up_s(self) -> float:
        """Seconds since the kernel began."""
        return max(0.0, self.now_s - (self.log.began_s or 0.0))

    def restart(self) -> None:
        """A boot begins: what was in memory is gone."""
        self.log.forget()
        self.power.forget()
        self.cleared.clear()
        self.resets.clear()
        self.foreground = None
        for scratch in self._scratch.values():
            scratch.texts.clear()

    def _files(self) -> FileTree:
        from .system_files import root  # noqa: PLC0415 - the files look at the machine

        return FileTree(root(self, {path: one.folder() for path, one in self._scratch.items()}), self._scratch, HOME)
