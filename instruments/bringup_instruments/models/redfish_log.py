"""What a Redfish unit has seen: a bounded log that can be cleared, and the same as events for whoever listens.

Neighbours: `redfish_messages.py` has the words, `redfish_events.py` streams the records, `redfish_unit.py` serves both.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from bringup.clock import Clock

from .redfish_messages import MESSAGES, message_id
from .redfish_problem import Payload, no_parameters
from .redfish_service import Resource, link, members_payload

CAPACITY = 1000
"""Entries of the log, and events that a listener may be late by; the oldest go first (estimate)."""


class Calendar:
    """Lab seconds as dates; made when the unit is, so that one moment always has one date."""

    def __init__(self, clock: Clock) -> None:
        self._begin = clock.utc() - timedelta(seconds=clock.now())

    def date(self, at_s: float) -> str:
        """As Redfish writes it, to the millisecond."""
        moment = self._begin + timedelta(seconds=at_s)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Record:
    """Something that happened.

    Attributes:
        number: from 1 on, in the order in which the unit came to know.
        at_s: when it happened, in lab seconds.
        key: of its message.
        arguments: of its message.
        origin: URI of the resource that it is about.
        is_logged: whether it is an entry of the log, or an event alone.
    """

    number: int
    at_s: float
    key: str
    arguments: tuple[str, ...]
    origin: str
    is_logged: bool


class EventLog:
    """Of one unit.

    Args:
        calendar: the unit's.
        now: the lab's time.
        uri: of the LogService.
        capacity: entries that it keeps.

    Attributes:
        records: everything of late, logged or not.
    """

    def __init__(self, calendar: Calendar, now: Callable[[], float], uri: str, capacity: int = CAPACITY) -> None:
        self.uri = uri
        self.records: deque[Record] = deque(maxlen=capacity)
        self._entries: deque[Record] = deque(maxlen=capacity)
        self._calendar = calendar
        self._now = now
        self._last = 0

    @property
    def last(self) -> int:
        """Number of the newest record; 0 before the first."""
        return self._last

    def add(self, at_s: float, key: str, *arguments: str, origin: str, logged: bool = True) -> None:
        """Something happened at a time."""
        self._last += 1
        record = Record(self._last, at_s, key, arguments, origin, logged)
        self.records.append(record)
        if logged:
            self._entries.append(record)

    def since(self, number: int) -> Iterator[Record]:
        """Records that are newer than a number."""
        return (record for record in self.records if record.number > number)

    def event(self, record: Record) -> Payload:
        """A record as an Event with its one EventRecord."""
        message = MESSAGES[record.key]
        one: Payload = {
            "EventType": "Alert",
            "MemberId": "0",
            "EventId": str(record.number),
            "EventTimestamp": self._calendar.date(record.at_s),
            "MessageId": message_id(record.key),
            "Message": message.said(*record.arguments),
            "MessageArgs": list(record.arguments),
            "MessageSeverity": message.severity,
            "OriginOfCondition": link(record.origin),
        }
        if record.is_logged:
            one["LogEntry"] = link(f"{self.uri}/Entries/{record.number}")
        return {"@odata.type": "#Event.v1_13_0.Event", "Id": str(record.number), "Name": "Event", "Events": [one]}

    # The LogService.

    def resources(self) -> dict[str, Resource]:
        """The service and its entries; an entry is found by `find`."""
        return {self.uri: Resource(self._service), f"{self.uri}/Entries": Resource(self._collection)}

    def find(self, uri: str) -> Resource | None:
        """An entry by its URI."""
        head, _, number = uri.rpartition("/")
        if head != f"{self.uri}/Entries":
            return None
        found = [record for record in self._entries if str(record.number) == number]
        return Resource(lambda: self._entry(found[0])) if found else None

    @property
    def clear_target(self) -> str:
        """Where the ClearLog action goes."""
        return f"{self.uri}/Actions/LogService.ClearLog"

    def clear(self, body: Payload) -> None:
        """Forget every entry; that it was done is the first of the new ones.

        Raises:
            RedfishProblem: it takes no parameters but the log's encoding, which a plain log has none of.
        """
        no_parameters(body, "ClearLog")
        self._entries.clear()
        self.add(self._now(), "LogCleared", origin=self.uri)

    def _service(self) -> Payload:
        return {
            "@odata.type": "#LogService.v1_9_0.LogService",
            "Id": self.uri.rpartition("/")[2],
            "Name": "Event log",
            "ServiceEnabled": True,
            "LogEntryType": "Event",
            "MaxNumberOfRecords": self._entries.maxlen,
            "OverWritePolicy": "WrapsWhenFull",
            "DateTime": self._calendar.date(self._now()),
            "DateTimeLocalOffset": "+00:00",
            "Status": {"State": "Enabled", "Health": "OK"},
            "Entries": link(f"{self.uri}/Entries"),
            "Actions": {"#LogService.ClearLog": {"target": self.clear_target}},
        }

    def _collection(self) -> Payload:
        """With its members in full, as the specification wants of log entries (DSP0266, 7.1)."""
        members = [f"{self.uri}/Entries/{record.number}" for record in self._entries]
        payload = members_payload("LogEntryCollection", "Log entries", members)
        full = zip(members, self._entries, strict=True)
        return payload | {"Members": [{"@odata.id": uri, **self._entry(record)} for uri, record in full]}

    def _entry(self, record: Record) -> Payload:
        message = MESSAGES[record.key]
        return {
            "@odata.type": "#LogEntry.v1_21_0.LogEntry",
            "Id": str(record.number),
            "Name": f"Log entry {record.number}",
            "EntryType": "Event",
            "Created": self._calendar.date(record.at_s),
            "Severity": message.severity,
            "Message": message.said(*record.arguments),
            "MessageId": message_id(record.key),
            "MessageArgs": list(record.arguments),
            "Resolution": message.resolution,
            "Links": {"OriginOfCondition": link(record.origin)},
        }
