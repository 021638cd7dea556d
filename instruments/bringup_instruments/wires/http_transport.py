"""httpx without a network: requests go to the lab's HTTP devices by host, and cost lab time.

Neighbours: a driver's `httpx.Client(transport=…)` above, `models/coolant_unit` below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

import httpx

from bringup.clock import Clock
from bringup.nearest import unknown

from .event_stream import POLL_S, Stream, stream_of
from .faulty_http import Cut, Unanswered, late_s

REQUEST_S = 0.005
"""Lab time of one request and its answer over a management LAN (estimate)."""


class HttpDevice(Protocol):
    """A device that answers HTTP."""

    def handle(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        """Answer one request: status, headers, body."""


class InProcessTransport(httpx.BaseTransport):
    """Routes by host (with the port, where a device was given one).

    Args:
        devices: by host as it stands in a URL.
        clock: the lab's.
    """

    def __init__(self, devices: Mapping[str, HttpDevice], clock: Clock) -> None:
        self._devices = devices
        self._clock = clock

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one request to its device.

        Raises:
            httpx.TransportError: nothing answers at that host, or the network is bad.
        """
        host = request.url.netloc.decode("ascii")
        device = self._devices.get(host) or self._devices.get(request.url.host)
        if device is None:
            raise httpx.ConnectError(unknown("host", host, self._devices), request=request)
        patience_s = request.extensions.get("timeout", {}).get("read")
        self._wait(REQUEST_S + late_s(device), patience_s, request)
        path = request.url.raw_path.decode("ascii")
        try:
            stream = stream_of(device, request.method, path, dict(request.headers))
            if stream is not None:
                content = LabStream(stream, self._clock, patience_s, request)
                return httpx.Response(200, headers=stream.headers, stream=content, request=request)
            status, headers, body = device.handle(request.method, path, request.read(), dict(request.headers))
        except ConnectionError as problem:
            raise httpx.ConnectError(str(problem), request=request) from None
        except Unanswered as problem:
            self._clock.sleep(patience_s or 0.0)
            raise httpx.ReadTimeout(str(problem), request=request) from None
        except Cut as problem:
            raise httpx.RemoteProtocolError(str(problem), request=request) from None
        return httpx.Response(status, headers=headers, content=body, request=request)

    def _wait(self, seconds: float, patience_s: float | None, request: httpx.Request) -> None:
        """Let lab time pass for as long as the answer takes or the client waits."""
        if patience_s is not None and seconds > patience_s:
            self._clock.sleep(patience_s)
            raise httpx.ReadTimeout(f"no answer within {patience_s:g} s", request=request)
        self._clock.sleep(seconds)


class LabStream(httpx.SyncByteStream):
    """A stream of events in process: lab time passes while its client waits for the next one."""

    def __init__(self, stream: Stream, clock: Clock, patience_s: float | None, request: httpx.Request) -> None:
        self._stream = stream
        self._clock = clock
        self._patience_s = patience_s
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        """What comes, as it comes.

        Raises:
            httpx.ReadTimeout: nothing came for as long as the client waits.
            httpx.ReadError: the link was cut.
        """
        quiet_s = 0.0
        while (told := self._take()) is not None:
            if told:
                quiet_s = 0.0
                yield told
            elif self._patience_s is not None and quiet_s >= self._patience_s:
                raise httpx.ReadTimeout(f"no event within {self._patience_s:g} s", request=self._request)
            else:
                self._clock.sleep(POLL_S)
                quiet_s += POLL_S

    def close(self) -> None:
        """The client has seen enough."""
        self._stream.close()

    def _take(self) -> bytes | None:
        try:
            return self._stream.take()
        except ConnectionError as problem:
            raise httpx.ReadError(str(problem), request=self._request) from None
