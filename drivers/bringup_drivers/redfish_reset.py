"""Resetting a host over Redfish, and seeing that it happened.

That a service answers a reset with success means that it was accepted (DSP0266, 7.11), and some answer so and do
nothing. So its task is followed where it is one, and then the system is read until the effect is there: the power
state; for a restart, a new LastResetTime, a power state that left On and came back, or a boot that began anew.
Neighbour: `redfish_bmc.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from bringup.capabilities import PowerState
from bringup.clock import Clock
from bringup.errors import BadReply, InstrumentError, UsageError
from bringup.nearest import unknown

from .redfish_session import Payload, RedfishSession
from .redfish_values import inside, objects, text

ACTION = "#ComputerSystem.Reset"
EFFECT_WITHIN_S = 120.0
"""How long the effect of an accepted reset is waited for: an operating system that shuts down takes a minute."""

TASK_WITHIN_S = 300.0
POLL_S = 0.5

_ENDS_IN = {
    "On": PowerState.ON,
    "ForceOn": PowerState.ON,
    "ForceOff": PowerState.OFF,
    "GracefulShutdown": PowerState.OFF,
}
_RESTARTS = ("GracefulRestart", "ForceRestart", "PowerCycle", "FullPowerCycle")
_TASK_RUNS = ("New", "Starting", "Running", "Suspended", "Interrupted", "Pending", "Stopping", "Service", "Cancelling")
_BOOT_ORDER = (
    "None",
    "PrimaryProcessorInitializationStarted",
    "BusInitializationStarted",
    "MemoryInitializationStarted",
    "SecondaryProcessorInitializationStarted",
    "PCIResourceConfigStarted",
    "SystemHardwareInitializationComplete",
    "SetupEntered",
    "OSBootStarted",
    "OSRunning",
)


@dataclass(frozen=True, slots=True)
class SystemState:
    """What of a system a reset changes."""

    power: PowerState
    boot: str
    last_reset: str

    @classmethod
    def of(cls, payload: Payload) -> SystemState:
        """From a ComputerSystem.

        Raises:
            BadReply: its power state is none.
        """
        said = text(payload, "PowerState")
        try:
            power = PowerState(said)
        except ValueError:
            raise BadReply(f"the power state is {said[:40]!r}, none of {', '.join(PowerState)}") from None
        return cls(power, text(payload, "BootProgress", "LastState"), text(payload, "LastResetTime"))


class HostReset:
    """Resets of one system.

    Args:
        redfish: its service.
        clock: the lab's.
        system: URI of the ComputerSystem.
    """

    def __init__(self, redfish: RedfishSession, clock: Clock, system: str) -> None:
        self._redfish = redfish
        self._clock = clock
        self._system = system

    def do(self, kind: str) -> PowerState:
        """Reset, and wait for the effect; errors as `ManagementController.reset`."""
        payload = self._redfish.get(self._system)
        target = self._target(payload, kind)
        effect = _Effect(kind, SystemState.of(payload))
        task = self._redfish.post(target, {"ResetType": kind})
        if task is not None:
            self._follow(task, effect)
        return self._see(effect)

    def _target(self, payload: Payload, kind: str) -> str:
        """Where the action goes, if it offers the kind and its effect can be seen."""
        action = inside(payload, "Actions", ACTION)
        if not isinstance(action, Mapping):
            raise InstrumentError(f"{self._redfish.where}: its system cannot be reset: it has no {ACTION}")
        offered = self._offered(action)
        if kind not in offered:
            raise UsageError(f"{self._redfish.where}: {unknown('kind of reset', kind, offered)}")
        if kind not in _ENDS_IN and kind not in _RESTARTS:
            raise UsageError(f"{self._redfish.where}: nobody could see whether {kind} happened; nothing was asked")
        return self._redfish.uri(action, "target", ACTION)

    def _offered(self, action: Payload) -> list[str]:
        offered = action.get("ResetType@Redfish.AllowableValues")
        if offered is None and "@Redfish.ActionInfo" in action:
            info = self._redfish.get(self._redfish.uri(action, "@Redfish.ActionInfo", ACTION))
            wanted = [one for one in objects(info, "Parameters") if one.get("Name") == "ResetType"]
            offered = wanted[0].get("AllowableValues") if wanted else None
        if not isinstance(offered, list) or not all(isinstance(one, str) for one in offered):
            raise BadReply(f"{self._redfish.where}: {ACTION} does not tell which values it allows: {str(offered)[:80]}")
        return offered

    def _follow(self, task: str, effect: _Effect) -> None:
        """Wait for the task's end, and look at the system meanwhile: its power may go and come before that."""
        give_up_at_s = self._clock.now() + TASK_WITHIN_S
        while (state := text(payload := self._redfish.get(task), "TaskState")) in _TASK_RUNS:
            if self._clock.now() >= give_up_at_s:
                what = f"its task for {effect.kind} is still {state} after {TASK_WITHIN_S:g} s"
                self._fail(what)
            self._look(effect)
            self._clock.sleep(POLL_S)
        if state != "Completed":
            said = " ".join(text(message, "Message") for message in objects(payload, "Messages"))
            self._fail(f"{effect.kind} was accepted, and its task ended as {state[:40]!r}: {said or 'without a word'}")

    def _see(self, effect: _Effect) -> PowerState:
        give_up_at_s = self._clock.now() + EFFECT_WITHIN_S
        while not effect.is_in(now := self._look(effect)):
            if self._clock.now() >= give_up_at_s:
                what = f"{effect.kind} was answered with success, but after {EFFECT_WITHIN_S:g} s nothing has happened"
                sign = f"its power state is {now.power.value}"
                sign += f" and its boot at {now.boot}" if now.boot else ""
                self._fail(f"{what}: {sign}")
            self._clock.sleep(POLL_S)
        return now.power

    def _fail(self, what: str) -> NoReturn:
        """Tell it as the end of a conversation, which takes the transcript along."""
        with self._redfish.lock:
            raise InstrumentError(f"{self._redfish.where}: {what}")

    def _look(self, effect: _Effect) -> SystemState:
        now = SystemState.of(self._redfish.get(self._system))
        effect.left_on = effect.left_on or now.power is not PowerState.ON
        return now


@dataclass(slots=True)
class _Effect:
    """What a reset has to bring about.

    Attributes:
        before: the system as it was before.
        left_on: whether its power state has been another than On since.
    """

    kind: str
    before: SystemState
    left_on: bool = False

    def is_in(self, now: SystemState) -> bool:
        """Whether it has happened."""
        if self.kind in _ENDS_IN:
            return now.power is _ENDS_IN[self.kind]
        if now.power is not PowerState.ON:
            return False
        if self.before.last_reset and now.last_reset:
            return now.last_reset != self.before.last_reset
        return self.left_on or _began_anew(self.before.boot, now.boot)


def _began_anew(before: str, now: str) -> bool:
    """Whether a boot is at an earlier state than it was."""
    known = before in _BOOT_ORDER and now in _BOOT_ORDER
    return known and _BOOT_ORDER.index(now) < _BOOT_ORDER.index(before)
