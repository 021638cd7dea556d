"""A sled's management controller over Redfish: power, sensors, leaks, log, firmware, counters, events.

Source: DMTF DSP0266 1.20 and the schemas of DSP8010 2025.4; older services are read through what they have. The way is
found from the service root: the first system, the chassis that it is linked to, the first manager. Neighbours:
`redfish_session.py` speaks, `redfish_reset.py` resets, `redfish_telemetry.py` reads what is measured.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from bringup.capabilities import (
    BoardIdentity,
    Identity,
    LeakReading,
    LogRecord,
    PowerState,
    ProcessorReading,
    ReadIdentity,
    SensorReading,
)
from bringup.errors import BadReply, InstrumentError, UsageError
from bringup.hooks import Connection

from .event_stream import EventParser
from .redfish_reset import HostReset, SystemState
from .redfish_session import Payload, RedfishSession
from .redfish_telemetry import Telemetry
from .redfish_values import inside, moment, name_of, objects, severity, text

_CLEAR = "#LogService.ClearLog"


@dataclass(frozen=True, slots=True)
class Found:
    """Where the controller's resources are, as the payloads named them; None for what there is not."""

    system: str
    chassis: str
    manager: str | None


class RedfishBmc:
    """A `ManagementController`, and an `IdentityReader`, on the first system of a Redfish service."""

    def __init__(self, connection: Connection) -> None:
        self._clock = connection.lab.clock
        self._redfish = RedfishSession(connection)
        self._telemetry = Telemetry(self._redfish)
        self._found: Found | None = None

    def identify(self) -> Identity:
        """The manager's Manufacturer, Model, SerialNumber and FirmwareVersion; the system's, where it tells none."""
        with self._reading():
            places = self._places()
            told = [self._redfish.get(uri) for uri in (places.manager, places.system) if uri is not None]
            keys = ("Manufacturer", "Model", "SerialNumber", "FirmwareVersion")
            fields = [next((found for one in told if (found := text(one, key))), "") for key in keys]
            if not fields[0] and not fields[1]:
                raise BadReply(f"{fields!r} is no identity of a management controller")
            return Identity(*fields)

    def close(self) -> None:
        """Give the connections back; the host stays as it is."""
        self._redfish.close()

    def board(self) -> BoardIdentity:
        """The chassis' Manufacturer, Model, SerialNumber, PartNumber and Version."""
        with self._reading():
            chassis = self._redfish.get(self._places().chassis)
            keys = ("Manufacturer", "Model", "SerialNumber", "PartNumber", "Version")
            return BoardIdentity(*(text(chassis, key) for key in keys))

    def power_state(self) -> PowerState:
        """Of the host."""
        with self._reading():
            return SystemState.of(self._redfish.get(self._places().system)).power

    def boot_progress(self) -> str:
        """`BootProgress/LastState`, or "" where that is not told."""
        with self._reading():
            return text(self._redfish.get(self._places().system), "BootProgress", "LastState")

    def reset(self, kind: str) -> PowerState:
        """Reset the host, and see that it happened; the power state that it came to.

        Args:
            kind: a ResetType that the service offers, such as "On" or "ForceRestart".

        Raises:
            UsageError: the service does not offer this kind, or nobody could see its effect (Nmi).
            InstrumentError: it was refused, or answered with success while nothing happened.
        """
        with self._named():  # not one conversation: others may ask meanwhile
            return HostReset(self._redfish, self._clock, self._places().system).do(kind)

    def sensors(self) -> Mapping[str, SensorReading]:
        """Every sensor that has a reading, by its Id."""
        with self._reading():
            return self._telemetry.sensors(self._redfish.get(self._places().chassis))

    def leaks(self) -> Mapping[str, LeakReading]:
        """Every leak detector, by its Id."""
        with self._reading():
            return self._telemetry.leaks(self._redfish.get(self._places().chassis))

    def processors(self) -> Mapping[str, ProcessorReading]:
        """Every processor of the system, by its Id."""
        with self._reading():
            return self._telemetry.processors(self._redfish.get(self._places().system))

    def firmware(self) -> Mapping[str, str]:
        """Version by the Id of the inventory's component."""
        with self._reading():
            root = self._redfish.root()
            if "UpdateService" not in root:
                return {}
            service = self._redfish.follow(root, "UpdateService")
            if "FirmwareInventory" not in service:
                return {}
            found = self._redfish.members(self._redfish.follow(service, "FirmwareInventory"))
            return {name_of(one): text(one, "Version") for one in found}

    def read_identity(self) -> ReadIdentity:
        """The firmware that is really there, as far as the inventory tells a version; no regulators."""
        return ReadIdentity(firmware={name: version for name, version in self.firmware().items() if version})

    # The log.

    def log(self, since: datetime | None = None) -> tuple[LogRecord, ...]:
        """The entries of every log, in the order of time; only those from `since` on.

        An entry that does not tell its time is taken as an old one.

        Raises:
            UsageError: `since` has no zone.
        """
        if since is not None and since.tzinfo is None:
            raise UsageError(f"the log since {since}: which zone's time is that?")
        with self._reading():
            records = [_record(entry, "Created", "Severity") for entry in self._entries()]
        if since is not None:
            records = [one for one in records if one.at_utc is not None and one.at_utc >= since]
        return tuple(sorted(records, key=lambda one: 0.0 if one.at_utc is None else one.at_utc.timestamp()))

    def clear_log(self) -> None:
        """Forget every entry of every log that can be cleared; verified by reading back.

        Raises:
            InstrumentError: no log can be cleared, or one kept what it had.
        """
        with self._reading():
            before = {_key(entry) for entry in self._entries()}
            targets = [action for service in self._logs() if (action := inside(service, "Actions", _CLEAR)) is not None]
            if not targets:
                raise InstrumentError(f"{self._redfish.where}: none of its logs can be cleared: no {_CLEAR}")
            for action in targets:
                self._redfish.post(self._redfish.uri(action, "target", _CLEAR), {})
            kept = before & {_key(entry) for entry in self._entries()}
            if kept:
                what = f"its log was cleared with success, and {len(kept)} entries are still there"
                raise InstrumentError(f"{self._redfish.where}: {what}")

    def _logs(self) -> Iterator[Payload]:
        places, seen = self._places(), set()
        for home in (places.manager, places.system, places.chassis):
            payload = {} if home is None else self._redfish.get(home)
            if "LogServices" in payload:
                for service in self._redfish.members(self._redfish.follow(payload, "LogServices")):
                    uri = self._redfish.uri(service, "@odata.id")
                    if uri not in seen:
                        seen.add(uri)
                        yield service

    def _entries(self) -> Iterator[Payload]:
        for service in self._logs():
            if "Entries" in service:
                yield from self._redfish.members(self._redfish.follow(service, "Entries"))

    # Events.

    def events(self, for_s: float) -> Iterator[LogRecord]:
        """What happens as it happens, from the first `next` on, for about so many lab seconds.

        A service that sends nothing, not even comments, is left `for_s` after the last that came, or the connection's
        timeout after it, if that is longer.

        Raises:
            InstrumentError: the service sends no events.
            BadReply: what it sends is none.
        """
        with self._reading():
            service = self._redfish.follow(self._redfish.root(), "EventService")
            uri = self._redfish.uri(service, "ServerSentEventUri", "its stream of events")
        parser, end_s = EventParser(), self._clock.now() + for_s
        with self._redfish.stream(uri, for_s) as heard:
            for data in heard:
                with self._named():  # and without the lock: whoever listens holds up nobody
                    found = [record for event in parser.feed(data) for record in _records(event)]
                yield from found
                if self._clock.now() >= end_s:
                    return

    # Small change.

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """One conversation."""
        with self._redfish.lock, self._named():
            yield

    @contextmanager
    def _named(self) -> Iterator[None]:
        """A bad value is told with the instrument's name."""
        try:
            yield
        except BadReply as problem:
            if self._redfish.where in str(problem):
                raise
            raise BadReply(f"{self._redfish.where}: {problem}") from None

    def _places(self) -> Found:
        if self._found is None:
            self._found = self._discover()
        return self._found

    def _discover(self) -> Found:
        redfish = self._redfish
        root = redfish.root()
        system = redfish.first_member(root, "Systems")
        linked = objects(system, "Links", "Chassis")
        chassis = linked[0] if linked else redfish.first_member(root, "Chassis")
        manager = redfish.first_member(root, "Managers") if "Managers" in root else None
        return Found(
            redfish.uri(system, "@odata.id"),
            redfish.uri(chassis, "@odata.id"),
            None if manager is None else redfish.uri(manager, "@odata.id"),
        )


def _record(payload: Payload, when: str, how_bad: str) -> LogRecord:
    about = inside(payload, "Links", "OriginOfCondition") or inside(payload, "OriginOfCondition")
    return LogRecord(
        moment(payload, when),
        severity(payload, how_bad),
        text(payload, "Message"),
        text(payload, "MessageId"),
        text(about, "@odata.id") if isinstance(about, Mapping) else "",
    )


def _records(event: bytes) -> list[LogRecord]:
    """The records of one event's data; a metric report has none."""
    try:
        payload = json.loads(event)
    except (ValueError, RecursionError):
        raise BadReply(f"an event is {event[:80]!r}, not JSON") from None
    if not isinstance(payload, dict):
        raise BadReply(f"an event is {event[:80]!r}, not an object")
    return [_record(one, "EventTimestamp", "MessageSeverity") for one in objects(payload, "Events")]


def _key(entry: Payload) -> tuple[str, str]:
    return text(entry, "@odata.id"), text(entry, "Created")
