"""A sled as its management controller tells it over the network: power, sensors, leaks, log, firmware, counters.

Beside `SledController`, which works rails and clock: this one witnesses, and works the host's power. Neighbours:
drivers implement it, plans and the runner ask.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from .instrument import Instrument


class PowerState(StrEnum):
    """Of the host, as its controller tells it."""

    ON = "On"
    OFF = "Off"
    POWERING_ON = "PoweringOn"
    POWERING_OFF = "PoweringOff"
    PAUSED = "Paused"


class Health(StrEnum):
    """How well something is, as its controller judges it."""

    OK = "OK"
    WARNING = "Warning"
    CRITICAL = "Critical"


@dataclass(frozen=True, slots=True)
class BoardIdentity:
    """A board as its own memory tells it; "" where it tells nothing."""

    maker: str
    model: str
    serial_number: str
    part_number: str
    revision: str


@dataclass(frozen=True, slots=True)
class SensorReading:
    """One sensor.

    Attributes:
        value: the reading.
        unit: of it, "degC" for degrees Celsius.
        sampled_utc: when it was taken; None where the controller does not tell.
        health: None where the controller does not tell.
    """

    value: float
    unit: str
    sampled_utc: datetime | None = None
    health: Health | None = None


@dataclass(frozen=True, slots=True)
class LeakReading:
    """One leak detector.

    Attributes:
        state: "OK", "Warning", "Critical", "Unavailable" or "Absent".
        health: of the detector itself and of what it tells.
        message: what the controller says to it, or "".
    """

    state: str
    health: Health | None
    message: str = ""

    @property
    def is_dry(self) -> bool:
        """Whether it tells, and can tell, that nothing is wet: a broken one cannot."""
        return self.state == "OK" and self.health in (Health.OK, None)


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One entry of the controller's log, or one event.

    Attributes:
        at_utc: when it happened; None where the controller does not tell.
        message_id: registry, version and key of the message, or "".
        about: the resource that it is about, or "".
    """

    at_utc: datetime | None
    severity: Health | None
    message: str
    message_id: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class PortReading:
    """A serial link as its register has it.

    Attributes:
        lanes: that it runs with; 0 while it is down.
        gbit_per_s: all lanes together; 0 while it is down.
        most_lanes, most_gbit_per_s: that it can have; None where the controller does not tell.
        transitions: how often it went down and came back; None where the controller does not count.
    """

    lanes: int
    gbit_per_s: float
    most_lanes: int | None = None
    most_gbit_per_s: float | None = None
    transitions: int | None = None


@dataclass(frozen=True, slots=True)
class ProcessorReading:
    """A processor: the host's, or an accelerator.

    Attributes:
        kind: "CPU", "Accelerator", "GPU" …
        corrected_errors, uncorrected_errors: of its memory; None where the controller does not count.
        links: by name.
    """

    kind: str
    model: str
    health: Health | None
    corrected_errors: int | None
    uncorrected_errors: int | None
    links: Mapping[str, PortReading]


@runtime_checkable
class ManagementController(Instrument, Protocol):
    """A sled's management controller on the network."""

    def board(self) -> BoardIdentity:
        """Who the sled is."""

    def power_state(self) -> PowerState:
        """Of the host."""

    def boot_progress(self) -> str:
        """The last state that the boot came to ("OSRunning" at its end), or "" where that is not told."""

    def reset(self, kind: str) -> PowerState:
        """Reset the host, and see that it happened; the power state that it came to.

        Raises:
            UsageError: the controller does not offer this kind; it is named what it offers.
            InstrumentError: it was refused, or answered with success while nothing happened.
        """

    def sensors(self) -> Mapping[str, SensorReading]:
        """Every sensor that has a reading, by name."""

    def leaks(self) -> Mapping[str, LeakReading]:
        """Every leak detector, by name."""

    def log(self, since: datetime | None = None) -> tuple[LogRecord, ...]:
        """The log's entries in the order of time; only those from `since` on."""

    def clear_log(self) -> None:
        """Forget the log's entries; verified by reading back."""

    def firmware(self) -> Mapping[str, str]:
        """Version by component."""

    def processors(self) -> Mapping[str, ProcessorReading]:
        """Every processor, with its counters and links, by name."""

    def events(self, for_s: float) -> Iterator[LogRecord]:
        """What happens as it happens, from the first `next` on, for about so many lab seconds."""
