"""Events of a Redfish unit as they come: server-sent events, and the subscriptions that they are.

Source: DMTF DSP0266 1.20, 12.1.3 (SSE) and the WHATWG HTML standard, 9.2 (the stream's format). A stream begins with
what happens after it is opened, or after the event that its client names in Last-Event-ID. Push subscriptions, for
which the unit would have to call others, there are none. Neighbours: `redfish_log.py` has the records, `wires/` the
streams.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..wires.event_stream import HEADERS
from .redfish_log import EventLog
from .redfish_messages import PREFIX
from .redfish_problem import Payload, RedfishProblem, encoded
from .redfish_service import ROOT, Resource, link, members_payload

SERVICE = f"{ROOT}/EventService"
SUBSCRIPTIONS = f"{SERVICE}/Subscriptions"
STREAM = f"{SERVICE}/SSE"
MOST_STREAMS = 8
QUIET_S = 10.0
"""Lab seconds without an event after which a comment tells that the stream lives (estimate)."""


class EventStream:
    """One client's stream; `wires.event_stream.Stream`."""

    headers = HEADERS

    def __init__(self, events: Events, number: int, seen: int) -> None:
        self.number = number
        self._events = events
        self._seen = seen
        self._told_s = events.now()
        self.is_open = True

    def take(self) -> bytes | None:
        """What there is to send now; None once it has ended."""
        if not self.is_open:
            return None
        if not self._events.look():
            return b""  # a unit without power says nothing, not even goodbye
        told = b"".join(self._lines())
        now_s = self._events.now()
        if not told and now_s - self._told_s >= QUIET_S:
            told = b": the stream lives\n\n"
        if told:
            self._told_s = now_s
        return told

    def close(self) -> None:
        """Its client is gone, or somebody has deleted its subscription."""
        self.is_open = False
        self._events.forget(self.number)

    def _lines(self) -> list[bytes]:
        new = list(self._events.log.since(self._seen))
        if new:
            self._seen = new[-1].number
        return [b"id: %d\ndata: %s\n\n" % (one.number, encoded(self._events.log.event(one))) for one in new]


class Events:
    """The event service of one unit.

    Args:
        log: its records.
        now: the lab's time.
        look: brings the unit up to the present; whether it has power.
    """

    def __init__(self, log: EventLog, now: Callable[[], float], look: Callable[[], bool]) -> None:
        self.log = log
        self.now = now
        self.look = look
        self._streams: dict[int, EventStream] = {}
        self._last = 0

    def open(self, headers: Mapping[str, str]) -> EventStream:
        """A new stream.

        Raises:
            RedfishProblem: too many are open.
        """
        if len(self._streams) >= MOST_STREAMS:
            self._refuse()
        last = headers.get("last-event-id", "")
        self.look()
        seen = min(int(last), self.log.last) if last.isdecimal() and len(last) < 16 else self.log.last
        self._last += 1
        stream = self._streams[self._last] = EventStream(self, self._last, seen)
        return stream

    def forget(self, number: int) -> None:
        """A stream has ended."""
        self._streams.pop(number, None)

    def resources(self) -> dict[str, Resource]:
        """The service and its subscriptions; one of them is found by `find`."""
        return {
            SERVICE: Resource(self._service),
            SUBSCRIPTIONS: Resource(self._collection),
            STREAM: Resource(self._refuse),
        }

    def find(self, uri: str) -> Resource | None:
        """A stream's subscription by its URI; deleting it ends the stream."""
        head, _, number = uri.rpartition("/")
        if head != SUBSCRIPTIONS or not number.isdecimal() or len(number) > 9 or int(number) not in self._streams:
            return None
        stream = self._streams[int(number)]
        return Resource(lambda: _subscription(stream.number), remove=stream.close)

    def _service(self) -> Payload:
        supported = ("RegistryPrefix", "ResourceType", "EventFormatType", "MessageId", "OriginResource")
        return {
            "@odata.type": "#EventService.v1_12_0.EventService",
            "Id": "EventService",
            "Name": "Events",
            "ServiceEnabled": True,
            "EventFormatTypes": ["Event"],
            "RegistryPrefixes": [PREFIX],
            "ServerSentEventUri": STREAM,
            "SSEFilterPropertiesSupported": dict.fromkeys(supported, False),
            "Status": {"State": "Enabled", "Health": "OK"},
            "Subscriptions": link(SUBSCRIPTIONS),
        }

    def _refuse(self) -> Payload:
        """Whoever asks for the stream and cannot have it."""
        if len(self._streams) >= MOST_STREAMS:
            raise RedfishProblem(503, "EventSubscriptionLimitExceeded", f"{MOST_STREAMS} streams are open already.")
        raise RedfishProblem(406, "GeneralError", "Events come as a stream (text/event-stream), to GET alone.")

    def _collection(self) -> Payload:
        members = [f"{SUBSCRIPTIONS}/{number}" for number in self._streams]
        return members_payload("EventDestinationCollection", "Subscriptions", members)


def _subscription(number: int) -> Payload:
    return {
        "@odata.type": "#EventDestination.v1_16_0.EventDestination",
        "Id": str(number),
        "Name": f"Stream {number}",
        "Context": f"stream {number}",
        "Protocol": "Redfish",
        "SubscriptionType": "SSE",
        "EventFormatType": "Event",
        "Status": {"State": "Enabled", "Health": "OK"},
    }
