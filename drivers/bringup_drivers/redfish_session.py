"""Redfish over httpx: follow links, read payloads strictly, set and read back.

Source: DMTF DSP0266 (Redfish Specification) 1.20: the service root is the one URI that a client may know;
everything else is found by following `@odata.id` and the targets that payloads give. Error bodies carry messages
for a person in `@Message.ExtendedInfo`. Above: `redfish_coolant_unit`, `redfish_rack_pdu`, `redfish_bmc`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from bringup.errors import BadReply, BringupError, InstrumentError, LinkLost, NoReply
from bringup.hooks import Connection

from .patience import wall_seconds
from .transaction_lock import TransactionLock

SERVICE_ROOT = "/redfish/v1/"
LONGEST_REPLY = 1 << 22
"""Bytes of a payload beyond which it is garbage (estimate)."""

MOST_PAGES = 1000
"""Pages of a collection beyond which it has no end (estimate)."""

Payload = Mapping[str, Any]


class RedfishSession:
    """One Redfish service; hold `lock` around a set and its read-back."""

    def __init__(self, connection: Connection) -> None:
        self.where = connection.where
        self.lock = TransactionLock(connection)
        self._timeout_s = connection.timeout_s
        self._clock = connection.lab.clock
        self._transcript = connection.transcript
        self._closed = False
        try:
            self._client = httpx.Client(
                base_url=connection.address,
                timeout=wall_seconds(connection.lab.clock, connection.timeout_s),
                transport=connection.lab.http_transport(),
                headers={"Accept": "application/json", "OData-Version": "4.0"},
            )
        except (httpx.InvalidURL, ValueError, TypeError) as error:
            raise InstrumentError(f"{self.where}: its address is no base URL ({error})") from error

    def close(self) -> None:
        """Give the connections back; a second call does nothing."""
        with self.lock:
            self._closed = True
            self._client.close()
            self._transcript.close()

    def root(self) -> Payload:
        """The service root."""
        return self.get(SERVICE_ROOT)

    def get(self, uri: str, *, exactly: bool = True) -> Payload:
        """Read one resource; `exactly` where its own "@odata.id" is the URI, as it is but for pages.

        Raises:
            NoReply: nobody answered in time.
            BadReply: what came is not a JSON object.
            InstrumentError: the service refused, with its own words.
        """
        response = self._send("GET", uri)
        return self._payload(uri, response, exactly=exactly)

    def follow(self, payload: Payload, *names: str) -> Payload:
        """Read what the link `payload[name]` points to, and so on through `names`."""
        for name in names:
            payload = self.get(self.link(payload, name))
        return payload

    def first_member(self, payload: Payload, name: str) -> Payload:
        """Read the first member of the collection that `payload[name]` links to."""
        collection = self.follow(payload, name)
        members = collection.get("Members")
        if not isinstance(members, list) or not members:
            raise InstrumentError(f"{self.where}: its collection {name} has no members")
        return self.get(self.uri(members[0], "@odata.id"))

    def members(self, collection: Payload) -> Iterator[Payload]:
        """A collection's members in full, those behind its further pages too.

        Raises:
            BadReply: it is no collection, or it has no end.
        """
        for _ in range(MOST_PAGES):
            found = collection.get("Members")
            if not isinstance(found, list):
                raise BadReply(f"{self.where}: {str(collection.get('@odata.id'))[:80]} has no list of Members")
            for member in found:
                uri = self.uri(member, "@odata.id")
                yield member if "Id" in member else self.get(uri)  # in full where the service expands it
            following = collection.get("Members@odata.nextLink")
            if following is None:
                return
            collection = self.get(self.uri(collection, "Members@odata.nextLink", "its next page"), exactly=False)
        raise BadReply(f"{self.where}: a collection has more than {MOST_PAGES} pages")

    def link(self, payload: Payload, name: str) -> str:
        """The URI behind `payload[name]["@odata.id"]`."""
        return self.uri(payload.get(name), "@odata.id", name)

    def uri(self, holder: object, key: str, name: str = "a member") -> str:
        """A URI as a payload gives it; only paths of the same service are followed."""
        uri = holder.get(key) if isinstance(holder, Mapping) else None
        if not isinstance(uri, str) or not uri.startswith("/") or uri.startswith("//"):
            raise BadReply(f"{self.where}: its payload has no usable {key} for {name}: {str(holder)[:120]!r}")
        return uri

    def number(self, payload: Payload, *path: str, low: float, high: float) -> float:
        """A number inside a payload, from `low` to `high`."""
        value: object = payload
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        good = isinstance(value, int | float) and not isinstance(value, bool)
        if not good or not math.isfinite(value) or not low <= value <= high:  # type: ignore[arg-type, operator]
            raise BadReply(f"{self.where}: {'/'.join(path)} reads {value!r}, not a number from {low:g} to {high:g}")
        return float(value)  # type: ignore[arg-type]

    def patch(self, uri: str, changes: Payload) -> None:
        """Change a resource; the caller reads back.

        Raises:
            InstrumentError: the service refused, with its own words.
        """
        # Without If-Match: a Control's ETag moves with the reading that it shows, so it would refuse at random;
        # whoever else writes is found out by the read-back.
        self._send("PATCH", uri, changes)

    def post(self, uri: str, body: Payload) -> str | None:
        """Ask for an action; that it was accepted is not that it has happened.

        Returns:
            The URI of the Task that it is, where the service says so (202).

        Raises:
            InstrumentError: the service refused, with its own words.
        """
        response = self._send("POST", uri, body)
        if response.status_code != httpx.codes.ACCEPTED:
            return None
        try:
            task = json.loads(response.content)
        except (ValueError, RecursionError):
            task = None
        if not isinstance(task, dict) or not str(task.get("@odata.type", "")).startswith("#Task."):
            return None
        return self.uri(task, "@odata.id", "its task")

    @contextmanager
    def stream(self, uri: str, for_s: float) -> Iterator[Iterator[bytes]]:
        """What a service sends as it happens; ends where nothing came for `for_s`. Holds up nobody else.

        Raises:
            NoReply, LinkLost: nobody answers, or the link is lost meanwhile.
            InstrumentError: the service refused, or what it sends is no stream of events.
        """
        self._check_open()
        patience = httpx.Timeout(
            wall_seconds(self._clock, self._timeout_s), read=wall_seconds(self._clock, max(for_s, self._timeout_s))
        )
        headers = {"Accept": "text/event-stream"}
        self._transcript.sent(self._clock.now(), f"GET {uri} (stream)".encode())
        try:
            with self._client.stream("GET", uri, headers=headers, timeout=patience) as response:
                kind = response.headers.get("content-type", "")
                if not response.is_success or not kind.startswith("text/event-stream"):
                    what = f"answered GET {uri} with HTTP {response.status_code} and {kind[:80]!r}"
                    raise InstrumentError(f"{self.where} {what}, not with a stream of events")
                yield self._heard(response)
        except BringupError:
            raise
        except httpx.TimeoutException as error:
            raise NoReply(f"{self.where} gave no answer to GET {uri} within {self._timeout_s:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise LinkLost(f"{self.where}: its stream of events is lost ({error})") from error

    def _heard(self, response: httpx.Response) -> Iterator[bytes]:
        try:
            for data in response.iter_bytes():
                self._transcript.received(self._clock.now(), data)
                yield data
        except httpx.ReadTimeout:
            return  # nothing happened for as long as anybody wanted to know

    def _send(self, method: str, uri: str, body: Payload | None = None) -> httpx.Response:
        with self.lock:
            self._check_open()
            told = self._transcript
            told.sent(self._clock.now(), f"{method} {uri}{_body(body)}".encode())
            try:
                response = self._client.request(method, uri, json=body)
            except BringupError:
                raise
            except httpx.TimeoutException as error:
                raise NoReply(f"{self.where} gave no answer to {method} {uri} within {self._timeout_s:g} s") from error
            except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
                raise LinkLost(
                    f"{self.where} cannot be reached for {method} {uri} ({error}); check address and network"
                ) from error
            told.received(self._clock.now(), f"{response.status_code} ".encode() + response.content)
            if not response.is_success:
                raise InstrumentError(
                    f"{self.where} refused {method} {uri}{_body(body)}: HTTP {response.status_code}: "
                    f"{_reason(response)}"
                )
        return response

    def _check_open(self) -> None:
        if self._closed:
            raise InstrumentError(f"{self.where} has been closed; open its driver again")

    def _payload(self, uri: str, response: httpx.Response, *, exactly: bool) -> Payload:
        request, raw = f"GET {uri}", response.content
        try:
            payload = json.loads(raw) if len(raw) <= LONGEST_REPLY else None
        except (ValueError, RecursionError) as error:
            raise BadReply(f"{self.where} answered {request} with {raw[:120]!r} ({len(raw)} bytes): {error}") from None
        if not isinstance(payload, dict):
            raise BadReply(f"{self.where} answered {request} with {raw[:120]!r}: not a JSON object")
        own = payload.get("@odata.id")
        if exactly and (not isinstance(own, str) or own.rstrip("/") != uri.rstrip("/")):
            raise BadReply(f"{self.where} answered {request} with another resource: {own!r}")
        return payload


def _body(body: Payload | None) -> str:
    return "" if body is None else f" {json.dumps(body)}"


def _reason(response: httpx.Response) -> str:
    """The messages of a Redfish error body, or the beginning of whatever else came."""
    try:
        error = json.loads(response.content)["error"]
        infos = error.get("@Message.ExtendedInfo", [])
        messages = [str(info["Message"]) for info in infos if info.get("Message")]
        return " ".join(messages) or str(error["message"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return repr(response.content[:120])
