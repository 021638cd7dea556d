"""HiSLIP server for one instrument (IVI-6.1 revision 1.1, protocol version 1.0).

A client makes two connections to the same port. The first begins with Initialize and gets a session id; the second
begins with AsyncInitialize and that id. Neighbours: `hislip_channel.py` is one connection, `hislip_session.py` one
client, `desk.py` the instrument.
"""

from __future__ import annotations

import asyncio

from .desk import Desk
from .hislip_channel import HislipChannel
from .hislip_messages import FatalCode, Message, MessageType, packed
from .hislip_session import HislipSession

PROTOCOL_VERSION = 0x0100  # major and minor
VENDOR_ID = int.from_bytes(b"BU", "big")  # two letters; not a registered one
MOST_SESSIONS = 64  # of one instrument; real ones take fewer (estimate)
MOST_CONNECTIONS = 4 * MOST_SESSIONS  # with those that have not said yet what they are
SUB_ADDRESSES = ("hislip0", "")  # in any case; with none the server chooses


class HislipServer:
    """The server; `await loop.create_server(server.protocol_factory, host, port)`.

    Args:
        desk: the instrument's.
        loop: the event loop; the running one where it is not given.
    """

    def __init__(self, desk: Desk, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self._desk = desk
        self._loop = loop or asyncio.get_running_loop()
        self._channels: set[HislipChannel] = set()
        self._sessions: dict[int, HislipSession] = {}
        self._next_number = 1

    def protocol_factory(self) -> asyncio.Protocol:
        """A protocol for an accepted connection."""
        return HislipChannel(self, self._loop)

    def close(self) -> None:
        """Drop every client."""
        for channel in tuple(self._channels):
            channel.drop()

    # What a channel asks for.

    def opened(self, channel: HislipChannel) -> None:
        """A connection was accepted."""
        self._channels.add(channel)
        if len(self._channels) > MOST_CONNECTIONS:
            channel.fail(FatalCode.TOO_MANY_CLIENTS, f"{MOST_CONNECTIONS} connections are open")

    def closed(self, channel: HislipChannel) -> None:
        """It is gone."""
        self._channels.discard(channel)

    def begin(self, channel: HislipChannel, message: Message) -> HislipSession | None:
        """Initialize: a new session."""
        address = message.payload.decode("latin-1").strip("\0 ")
        version = message.parameter >> 16
        if address.casefold() not in SUB_ADDRESSES:
            channel.fail(FatalCode.BAD_INITIALIZATION, f"no sub-address {address[:40]!r} here, but hislip0")
        elif version < PROTOCOL_VERSION:
            channel.fail(FatalCode.BAD_INITIALIZATION, "the protocol version is not supported")
        elif len(self._sessions) >= MOST_SESSIONS:
            channel.fail(FatalCode.TOO_MANY_CLIENTS, f"{MOST_SESSIONS} sessions are open")
        else:
            session = HislipSession(self._new_number(), self._desk, channel)
            self._sessions[session.number] = session
            parameter = PROTOCOL_VERSION << 16 | session.number
            channel.send(packed(MessageType.INITIALIZE_RESPONSE, 0, parameter))  # 0: prefers synchronized mode
            return session
        return None

    def join(self, channel: HislipChannel, message: Message) -> HislipSession | None:
        """AsyncInitialize: the second connection of a session."""
        session = self._sessions.get(message.parameter)
        if session is None or session.is_joined:
            channel.fail(FatalCode.BAD_INITIALIZATION, f"no session {message.parameter} waits for its second channel")
            return None
        channel.send(packed(MessageType.ASYNC_INITIALIZE_RESPONSE, 0, VENDOR_ID))
        session.join(channel)
        return session

    def ended(self, session: HislipSession) -> None:
        """One of a session's connections is lost: the session is over."""
        if self._sessions.pop(session.number, None) is not None:
            session.end()

    def _new_number(self) -> int:
        while self._next_number in self._sessions:
            self._next_number = self._next_number % 0xFFFF + 1
        number, self._next_number = self._next_number, self._next_number % 0xFFFF + 1
        return number
