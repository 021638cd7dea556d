"""Answers without an end: server-sent events of a device, whatever wire they go over.

Neighbours: `models/redfish_events.py` makes streams; `http_transport.py` carries them in process, the served lab's HTTP
server over sockets, and `faulty_http.py` cuts them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

POLL_S = 0.25
"""Lab seconds between two looks at a stream that has nothing to say: devices of the lab have no thread."""

HEADERS: Mapping[str, str] = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache", "OData-Version": "4.0"}


class Stream(Protocol):
    """One client's stream."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Of the answer that it is."""

    def take(self) -> bytes | None:
        """What there is to send now, perhaps nothing; None once the device has ended it."""

    def close(self) -> None:
        """The client is gone."""


def stream_of(device: object, method: str, path: str, headers: Mapping[str, str]) -> Stream | None:
    """The stream that a request opens; None where its answer is an ordinary one."""
    opener = getattr(device, "stream", None)
    opened: Stream | None = None if opener is None else opener(method, path, headers)
    return opened
