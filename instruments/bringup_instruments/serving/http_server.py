"""An HTTP device on a port: Uvicorn reads HTTP, a minimal ASGI application passes each request to the device.

Neighbours: `wires/http_transport.py` has the device's contract, `control.py` is another such device.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from http import HTTPStatus
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from ..wires.event_stream import POLL_S, Stream, stream_of
from ..wires.faulty_http import Cut, Unanswered, late_s
from ..wires.http_transport import REQUEST_S, HttpDevice

LARGEST_BODY = 1 << 20  # bytes of a request
PATIENCE_S = 10.0  # wall seconds for a whole request to come (estimate)
KEEP_ALIVE_S = 60  # wall seconds between two requests of one connection
MOST_CLIENTS = 64  # of one device (estimate)
LEAST_POLL_S = 0.02  # wall seconds between two looks at a stream, however fast the lab runs

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class HttpServer:
    """The server; `await loop.create_server(server.protocol_factory, host, port)`.

    Args:
        device: what answers.
        loop: the event loop.
        wall_seconds: wall seconds that a number of lab seconds takes.
    """

    def __init__(
        self, device: HttpDevice, loop: asyncio.AbstractEventLoop, wall_seconds: Callable[[float], float]
    ) -> None:
        self._device = device
        self._loop = loop
        self._wall_seconds = wall_seconds
        self._answer_after_s = wall_seconds(REQUEST_S)
        self._config = Config(
            self._application,
            http=PatientProtocol,
            interface="asgi3",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
        )
        self._config.load()
        self._state = ServerState()

    def protocol_factory(self) -> asyncio.Protocol:
        """A protocol for an accepted connection."""
        return PatientProtocol(self._config, self._state, {}, self._loop)

    async def _application(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        try:
            body = await asyncio.wait_for(_body(receive), PATIENCE_S)
        except TimeoutError:
            await _answer(send, HTTPStatus.REQUEST_TIMEOUT, {"connection": "close"}, b"")
            return
        except ConnectionError:
            return
        if body is None:
            await _answer(send, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"connection": "close"}, b"")
            return
        await asyncio.sleep(self._answer_after_s + self._wall_seconds(late_s(self._device)))
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            stream = stream_of(self._device, scope["method"], _target(scope), headers)
            if stream is not None:
                await self._stream(stream, receive, send)
                return
            status, answered, content = self._device.handle(scope["method"], _target(scope), body, headers)
        except (Unanswered, ConnectionError):
            await _until_gone(receive)
            return
        except Cut as cut:
            status, answered, content = cut.response
            await _answer(send, status, answered, content, cut_at=len(content) // 2)
            return
        except Exception as mistake:  # of the model: its client is told, and whoever runs the lab
            self._loop.call_exception_handler({"message": "an HTTP device failed", "exception": mistake})
            status, answered, content = HTTPStatus.INTERNAL_SERVER_ERROR, {}, b""
        await _answer(send, status, answered, content, is_head=scope["method"] == "HEAD")

    async def _stream(self, stream: Stream, receive: Receive, send: Send) -> None:
        """Send events as they come, until the client is gone, the device ends it or the link is cut."""
        gone = asyncio.ensure_future(_until_gone(receive))
        try:
            raw = [(name.lower().encode(), value.encode()) for name, value in stream.headers.items()]
            await send({"type": "http.response.start", "status": int(HTTPStatus.OK), "headers": raw})
            poll_s = max(self._wall_seconds(POLL_S), LEAST_POLL_S)
            while not gone.done() and (told := stream.take()) is not None:
                if told:
                    await send({"type": "http.response.body", "body": told, "more_body": True})
                await asyncio.wait([gone], timeout=poll_s)
            if not gone.done():
                await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            stream.close()


class PatientProtocol(H11Protocol):
    """Uvicorn's protocol, but a client that does not say what it wants is let go."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._look_again: asyncio.TimerHandle | None = None
        self._was_undecided = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accepted."""
        super().connection_made(transport)  # type: ignore[arg-type]  # it is a Transport, says Uvicorn's signature
        self._look_again = self.loop.call_later(PATIENCE_S / 2, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        if self._look_again is not None:
            self._look_again.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        """Close if no request was under way, nor just answered, both now and half the time ago."""
        cycle: Any = self.cycle  # None before the first request, whatever Uvicorn's annotation says
        under_way = cycle is not None and not cycle.response_complete
        undecided = not under_way and self.timeout_keep_alive_task is None
        if undecided and self._was_undecided:
            self.transport.close()
            return
        self._was_undecided = undecided
        self._look_again = self.loop.call_later(PATIENCE_S / 2, self._look)


async def _body(receive: Receive) -> bytes | None:
    """The request's body; None if it is too large.

    Raises:
        ConnectionError: the client is gone.
    """
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("the client is gone")
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            return None
        if not message.get("more_body", False):
            return bytes(body)


async def _until_gone(receive: Receive) -> None:
    """Say nothing until the client gives up."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _answer(
    send: Send,
    status: int,
    headers: Mapping[str, str],
    content: bytes,
    *,
    is_head: bool = False,
    cut_at: int | None = None,
) -> None:
    told = {name.lower(): value for name, value in headers.items()}
    has_body = status not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
    if content or (has_body and not is_head):
        told.setdefault("content-length", str(len(content)))
    if is_head:
        content = b""
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in told.items()]
    await send({"type": "http.response.start", "status": int(status), "headers": raw})
    await send({"type": "http.response.body", "body": content[:cut_at]})


def _target(scope: Mapping[str, Any]) -> str:
    """Path and query as they came."""
    path: str = scope["raw_path"].decode("ascii")
    query: str = scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path
