"""The host's power button as a management controller works it: resets that take their time, and how far a boot is.

A reset is accepted at once and done seconds later, by the physics itself, whether or not anybody asks again. Those
that need the operating system or a pause are tasks. A sled whose `defects.reset_lies` is set answers every reset like
a good one and does nothing. Neighbours: `SledPhysics` is what is switched, `bmc_system.py` shows the state,
`bmc_watch.py` logs what really happens.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from ..physics import SledPhysics
from .bmc_uris import SYSTEM
from .redfish_problem import Payload, RedfishProblem, one_parameter
from .redfish_tasks import Task, Tasks

TARGET = f"{SYSTEM}/Actions/ComputerSystem.Reset"
RESET_TYPES = ("On", "ForceOff", "GracefulShutdown", "GracefulRestart", "ForceRestart", "PowerCycle")
ON_S, OFF_S, RESTART_S, PAUSE_S, SHUTDOWN_S = 3.0, 1.0, 2.0, 10.0, 30.0
"""How long each takes: relays and sequencers, discharge, an operating system that shuts down (estimates)."""

UNANSWERED_S = 60.0
"""How long an operating system that does not follow is waited for (estimate)."""

_PROGRESS = (
    (0.0, "PrimaryProcessorInitializationStarted"),
    (0.1, "MemoryInitializationStarted"),
    (0.3, "PCIResourceConfigStarted"),
    (0.5, "SystemHardwareInitializationComplete"),
    (0.6, "OSBootStarted"),
    (1.0, "OSRunning"),
)
"""From which share of the boot on (estimates; chips are enumerated at 0.4, their memory trains at 0.7)."""

_NEEDS_HOST = ("GracefulShutdown", "GracefulRestart", "ForceRestart", "PowerCycle")


@dataclass(frozen=True, slots=True)
class _Stage:
    """A part of a reset: what the power state is meanwhile (None: as it is), how long, and what comes at its end."""

    state: str | None
    seconds: float
    act: Callable[[float], object]


class HostPower:
    """Of one sled.

    Args:
        sled: it.
        now: the lab's time.
        tasks: the controller's.
        tell: is told of a change of the power state, at its time.
    """

    def __init__(
        self, sled: SledPhysics, now: Callable[[], float], tasks: Tasks, tell: Callable[[float, str], None]
    ) -> None:
        self._sled = sled
        self._now = now
        self._tasks = tasks
        self._tell = tell
        self._stages: list[_Stage] = []
        self._task: Task | None = None

    @property
    def state(self) -> str:
        """PowerState, as of the time that the sled was last advanced to."""
        passing = self._stages[0].state if self._stages else None
        return passing or ("Off" if self._sled.host.on_at_s is None else "On")

    def progress(self, at_s: float) -> tuple[str, float | None]:
        """BootProgress: the last state that the boot came to, and when."""
        host = self._sled.host
        if host.on_at_s is None:
            return "None", None
        until_s = at_s if host.hung_at_s is None else min(at_s, host.hung_at_s)
        boot_s = self._sled.parameters.host.boot_s
        begun_s = host.on_at_s
        reached = [(begun_s + share * boot_s, name) for share, name in _PROGRESS if begun_s + share * boot_s <= until_s]
        when_s, name = reached[-1] if reached else (begun_s, _PROGRESS[0][1])
        return name, when_s

    def reset(self, body: Payload) -> str | None:
        """The action `#ComputerSystem.Reset`; the URI of a task, for those that are one.

        Raises:
            RedfishProblem: another parameter or value; a host that is off, or a reset that is under way.
        """
        kind = one_parameter(body, "ResetType", "Reset", RESET_TYPES)
        if self._stages and kind != "ForceOff":
            raise RedfishProblem(409, "ResourceInUse", "Another reset is under way; ForceOff alone cuts it short.")
        if kind in _NEEDS_HOST and self._sled.host.on_at_s is None:
            raise RedfishProblem(409, "ResourceInStandby", f"{kind} needs a host that is on.")
        if kind == "On" and self._sled.host.on_at_s is not None:
            return None
        self.cancel(self._now())
        if kind.startswith("Graceful") or kind == "PowerCycle":
            self._task = self._tasks.begin(TARGET)
        task = self._task
        stages = self._stages_of(kind)
        if self._sled.defects.reset_lies:
            stages = [_Stage(None, sum(stage.seconds for stage in stages), _nothing)]
        self._stages = stages
        self._begin(self._now())
        return None if task is None else task.uri

    def cancel(self, at_s: float) -> None:
        """What was under way is not done: power is gone, or ForceOff came."""
        self._sled.alarms.put(self, inf, _nothing)
        self._stages = []
        if self._task is not None:
            self._tasks.end(self._task, at_s, "ResetCutShort")
            self._task = None

    def _stages_of(self, kind: str) -> list[_Stage]:
        sled = self._sled
        if kind.startswith("Graceful"):
            if not sled.host.answers(self._now()):
                return [_Stage(None, UNANSWERED_S, self._fail)]
            if kind == "GracefulRestart":
                return [_Stage(None, SHUTDOWN_S, sled.restart_host)]
            return [_Stage("PoweringOff", SHUTDOWN_S, sled.host_off)]
        off, on = _Stage("PoweringOff", OFF_S, sled.host_off), _Stage("PoweringOn", ON_S, sled.host_on)
        return {
            "On": [on],
            "ForceOff": [off],
            "ForceRestart": [_Stage(None, RESTART_S, sled.restart_host)],
            "PowerCycle": [off, _Stage("Off", PAUSE_S, _nothing), on],
        }[kind]

    def _begin(self, at_s: float) -> None:
        stage = self._stages[0]
        if stage.state is not None and stage.state != "Off":  # the host's own going off is told when it happens
            self._tell(at_s, stage.state)
        self._sled.alarms.put(self, at_s + stage.seconds, self._come)

    def _come(self, at_s: float) -> None:
        """A stage has ended; called by the physics, at its time."""
        stage = self._stages.pop(0)
        stage.act(at_s)
        if self._stages:
            self._begin(at_s)
        elif self._task is not None:
            self._tasks.end(self._task, at_s)
            self._task = None

    def _fail(self, at_s: float) -> None:
        if self._task is not None:
            self._tasks.end(self._task, at_s, "ShutdownUnanswered", f"{UNANSWERED_S:g}")


def _nothing(at_s: float) -> None:
    del at_s
