"""Whatever bytes come, in whatever cuts, neither server raises in the loop, and the next client is served."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bringup.virtual_clock import VirtualClock
from bringup_instruments.scpi import ScpiDevice
from bringup_instruments.serving.desk import Desk
from bringup_instruments.serving.hislip import HislipServer
from bringup_instruments.serving.hislip_messages import MessageReader, MessageType, packed
from bringup_instruments.serving.onc_rpc import as_record, call
from bringup_instruments.serving.vxi11 import Vxi11Server
from bringup_instruments.serving.vxi11_core import ABORT_PROGRAM, CORE_PROGRAM
from bringup_instruments.serving.xdr import xdr_int, xdr_opaque, xdr_uint

FIRST = 0xFFFF_FF00


class FakeTransport(asyncio.Transport):
    """Keeps what was sent; loses its connection in the loop's next turn after it is closed, as real ones do."""

    def __init__(self, protocol: asyncio.Protocol) -> None:
        super().__init__({"sockname": ("127.0.0.1", 1024), "peername": ("127.0.0.1", 1025)})
        self.sent = b""
        self._protocol = protocol
        self._closing = False

    def write(self, data: Any) -> None:
        self.sent += bytes(data)

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)

    abort = close

    def pause_reading(self) -> None:
        """Nothing comes by itself here."""

    resume_reading = pause_reading


def opened(factory: Callable[[], asyncio.Protocol]) -> tuple[asyncio.Protocol, FakeTransport]:
    protocol = factory()
    transport = FakeTransport(protocol)
    protocol.connection_made(transport)
    return protocol, transport


def desk() -> Desk:
    return Desk(ScpiDevice(VirtualClock(), "Maker,Model,1,0"), asyncio.get_running_loop(), lambda lab_s: lab_s)


async def turns() -> None:
    for _ in range(6):
        await asyncio.sleep(0)


def in_a_loop(work: Callable[[], Any]) -> None:
    """Run it; nothing may have gone wrong in the loop."""

    async def run() -> None:
        trouble: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: trouble.append(context))
        await work()
        assert trouble == []

    asyncio.run(run())


def hislip_session(server: HislipServer) -> tuple[tuple[asyncio.Protocol, FakeTransport], ...]:
    sync, asynchronous = opened(server.protocol_factory), opened(server.protocol_factory)
    sync[0].data_received(packed(MessageType.INITIALIZE, 0, 0x0100_7878, b"hislip0"))
    session = int.from_bytes(sync[1].sent[6:8], "big")
    asynchronous[0].data_received(packed(MessageType.ASYNC_INITIALIZE, 0, session))
    return sync, asynchronous


kinds = st.one_of(st.sampled_from(list(MessageType)), st.integers(0, 255))
texts = st.sampled_from([b"*IDN?\n", b"*IDN", b"?;*OPC?\n", b"*CLS\n", b"\n", b"", b"#19", bytes(8), b"\xff" * 30])
whole = st.builds(
    lambda kind, control, parameter, payload: (
        b"HS" + bytes([kind, control]) + parameter.to_bytes(4, "big") + len(payload).to_bytes(8, "big") + payload
    ),
    kinds,
    st.sampled_from([0, 0, 1, 1, 2, 255]),
    st.one_of(st.integers(FIRST - 4, FIRST + 8), st.integers(0, 3)),
    texts,
)
pieces = st.lists(st.tuples(st.booleans(), st.one_of(whole, whole, whole, st.binary(max_size=40))), max_size=12)


@settings(max_examples=60)
@given(pieces, st.booleans())
def test_hislip(sent: list[tuple[bool, bytes]], leaves: bool) -> None:
    async def work() -> None:
        server = HislipServer(desk())
        channels = hislip_session(server)
        for to_sync, data in sent:
            protocol, transport = channels[0 if to_sync else 1]
            if not transport.is_closing():
                protocol.data_received(data)
            await turns()
        for _, transport in channels:
            reader = MessageReader()
            reader.feed(transport.sent)
            assert sum(1 for _ in reader) > 0, "what it said is HiSLIP to the end"
        channels[0 if leaves else 1][1].abort()
        await turns()
        assert all(transport.is_closing() for _, transport in channels)
        sync, asynchronous = hislip_session(server)
        sync[0].data_received(packed(MessageType.DATA_END, 0, FIRST, b"*IDN?\n"))
        assert sync[1].sent.endswith(b"Maker,Model,1,0\n")
        for _, transport in (sync, asynchronous):
            transport.abort()
        await turns()

    in_a_loop(work)


@settings(max_examples=60)
@given(st.lists(st.binary(max_size=60), max_size=8))
def test_hislip_before_anything_is_known(sent: list[bytes]) -> None:
    async def work() -> None:
        server = HislipServer(desk())
        protocol, transport = opened(server.protocol_factory)
        for data in sent:
            if not transport.is_closing():
                protocol.data_received(data)
        transport.abort()
        await turns()

    in_a_loop(work)


words = st.one_of(st.integers(0, 3), st.sampled_from([8, 128, 0x7FFF_FFFF, 0xFFFF_FFFF]))
calls = st.builds(
    lambda program, version, procedure, numbers, data: as_record(
        call(3, program, version, procedure, xdr_uint(*numbers) + xdr_opaque(data))
    ),
    st.sampled_from([CORE_PROGRAM, CORE_PROGRAM, CORE_PROGRAM, ABORT_PROGRAM, 5]),
    st.sampled_from([1, 1, 1, 2]),
    st.integers(0, 27).filter(lambda procedure: procedure != 25),  # which would connect to ports of this machine
    st.lists(words, max_size=6),
    texts,
)
damaged = st.builds(lambda record, at: record[:at] + b"\x00" + record[at:], calls, st.integers(0, 60))


@settings(max_examples=60)
@given(st.lists(st.one_of(calls, calls, damaged, st.binary(max_size=40)), max_size=10))
def test_vxi11(sent: list[bytes]) -> None:
    create = as_record(call(1, CORE_PROGRAM, 1, 10, xdr_uint(1, 0, 0) + xdr_opaque(b"inst0")))

    async def work() -> None:
        server = Vxi11Server(desk())
        protocol, transport = opened(server.protocol_factory)
        for data in [create, *sent]:
            if not transport.is_closing():
                protocol.data_received(data)
            await turns()
        transport.abort()
        await turns()
        assert server.links == {}
        protocol, transport = opened(server.protocol_factory)
        protocol.data_received(create)
        await turns()
        link = int.from_bytes(transport.sent[32:36], "big")
        for procedure, body in (
            (11, xdr_uint(link, 0, 0, 8) + xdr_opaque(b"*IDN?\n")),
            (12, xdr_uint(link, 100, 1000, 0, 0) + xdr_int(0)),
        ):
            protocol.data_received(as_record(call(2, CORE_PROGRAM, 1, procedure, body)))
            await turns()
        assert b"Maker,Model,1,0\n" in transport.sent
        transport.abort()
        await turns()

    in_a_loop(work)


def test_fragments_without_end_are_cut_off() -> None:
    async def work() -> None:
        server = Vxi11Server(desk())
        protocol, transport = opened(server.protocol_factory)
        piece = (1 << 16).to_bytes(4, "big") + bytes(1 << 16)
        for _ in range(40):
            if not transport.is_closing():
                protocol.data_received(piece)
        assert transport.is_closing()
        await turns()

    in_a_loop(work)
