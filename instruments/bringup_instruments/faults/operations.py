"""What happens to the bench and to the controller: I1, O1, O2, O3."""

from __future__ import annotations

import os
import signal
import sys

from bringup.errors import UsageError
from bringup.files.wire_fault import FaultFacts, FaultKind
from bringup.virtual_clock import VirtualClock

from .scene import Scene, Undo

_JUMP_S = 3600.0


def instrument(scene: Scene) -> Undo:
    """I1: a trouble of the wire, by the same way as a fault that names the instrument."""
    fault = FaultFacts(instrument=scene.place, fault=FaultKind(scene.fault.mode), for_s=scene.fault.for_s)
    scene.lab.inject(fault)
    return lambda: None


def controller_dies(scene: Scene) -> Undo:  # noqa: ARG001 - it is this very process
    """O1: this process, at once and without a word: what `kill -9` or a power cut does."""
    os.kill(os.getpid(), signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    return lambda: None


def disk_full(scene: Scene) -> Undo:
    """O2: no file of this process grows any more, which is what a full disk does to a journal.

    Raises:
        UsageError: this system has no such limit.
    """
    if sys.platform == "win32":
        raise UsageError(f"{scene.fault}: only POSIX systems can limit the size of files")
    import resource  # noqa: PLC0415 - POSIX has it

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Python ignores SIGXFSZ, so the write fails as on a full disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, before)


def clock_jumps(scene: Scene) -> Undo:
    """O3: somebody sets the controller's date and time; what has happened by then keeps its stamp.

    Raises:
        UsageError: the lab is served, so that its clock is not the controller's.
    """
    clock = scene.lab.clock
    if not isinstance(clock, VirtualClock):
        raise UsageError(f"{scene.fault}: a served lab has no say over the controller's clock")
    clock.jump(_JUMP_S * scene.severity)
    return lambda: clock.jump(-_JUMP_S * scene.severity)
