"""The message registry of the lab's Redfish units: what their log entries and events say, word for word.

Every unit serves it (`Registries`), so that a client can look up any MessageId that it meets. Neighbours:
`redfish_log.py` fills in the arguments, `redfish_unit.py` serves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .redfish_problem import Payload

PREFIX, VERSION = "BringupLab", "1.0"


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its text with %1, %2 …, how bad it is, what to do."""

    text: str
    severity: str
    resolution: str = "None."

    @property
    def arguments(self) -> int:
        """How many it takes."""
        return sum(f"%{number}" in self.text for number in range(1, 10))

    def said(self, *arguments: str) -> str:
        """With its arguments filled in."""
        text = self.text
        for number, argument in enumerate(arguments, 1):
            text = text.replace(f"%{number}", argument)
        return text


_LOOK = "Look at the part before powering it again."

MESSAGES: Mapping[str, Message] = {
    "PowerStateChanged": Message("The power state is %1.", "OK"),
    "HostPoweredOn": Message("The host was powered on.", "OK"),
    "HostPoweredOff": Message("The host was powered off.", "OK"),
    "HostRestarted": Message("The host was restarted without losing power.", "OK"),
    "HostReady": Message("The host's operating system runs.", "OK"),
    "HostSilent": Message("The host's watchdog has had no heartbeat for %1 s.", "Critical", "Power cycle the host."),
    "ResetCutShort": Message("The reset was cut short: power was lost, or another reset came.", "Warning"),
    "ShutdownUnanswered": Message("The host did not follow a request to shut down within %1 s.", "Warning"),
    "ManagerStarted": Message("The management controller has started: input power came.", "OK"),
    "InputBrownOut": Message("The input fell through its lock-out under load.", "Critical", _LOOK),
    "OverCurrentTrip": Message("Rail %1 was switched off by its protection: %2.", "Critical", _LOOK),
    "ThermalTrip": Message("Rail %1 was switched off by its chip's thermal protection: %2.", "Critical", _LOOK),
    "ThrottleBegan": Message("Accelerator %1 runs slower because it is hot.", "Warning", "Look at flow and coolant."),
    "ThrottleEnded": Message("Accelerator %1 runs at its own clock again.", "OK"),
    "MemoryUncorrectable": Message("Accelerator %1 has had %2 uncorrectable memory errors.", "Critical", _LOOK),
    "ChassisOpened": Message("The chassis was opened.", "Warning", "Find out who did what to the board."),
    "LeakWarning": Message("Leak detector %1 is damp: %2 kOhm.", "Warning", "Look for a seeping joint."),
    "LeakCritical": Message("Leak detector %1 is wet: %2 kOhm.", "Critical", "Cut the power, shut the valves."),
    "LeakDetectorOpen": Message("Leak detector %1 has a broken wire: it cannot tell water.", "Critical", "Mend it."),
    "LeakCleared": Message("Leak detector %1 is dry.", "OK"),
    "PumpFailed": Message("Pump %1 has stopped.", "Critical", "Replace it; the other one carries 70 % of the flow."),
    "PumpRuns": Message("Pump %1 runs again.", "OK"),
    "SetPointMoved": Message("The set-point %1 was moved to %2.", "OK"),
    "OutletOn": Message("Outlet %1 was switched on.", "OK"),
    "OutletOff": Message("Outlet %1 was switched off.", "OK"),
    "LogCleared": Message("The log was cleared.", "OK"),
}


def message_id(key: str) -> str:
    """As entries and events carry it: registry, version, key."""
    return f"{PREFIX}.{VERSION}.{key}"


def registry() -> Payload:
    """The registry file itself (schema MessageRegistry)."""
    return {
        "@odata.type": "#MessageRegistry.v1_7_0.MessageRegistry",
        "Id": f"{PREFIX}.{VERSION}.0",
        "Name": "Messages of the lab's units",
        "Language": "en",
        "RegistryPrefix": PREFIX,
        "RegistryVersion": f"{VERSION}.0",
        "OwningEntity": "bringup",
        "Messages": {key: _told(message) for key, message in MESSAGES.items()},
    }


def _told(message: Message) -> Payload:
    return {
        "Description": message.text,
        "Message": message.text,
        "MessageSeverity": message.severity,
        "NumberOfArgs": message.arguments,
        "ParamTypes": ["string"] * message.arguments,
        "Resolution": message.resolution,
    }
