"""The VXI-11 server under PyVISA-py, and under calls that are word by word what the standard says, or not."""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from collections.abc import Iterator
from typing import Self

import pytest
import pyvisa
from pyvisa.constants import StatusCode

from bringup_instruments.serving.hislip_messages import MessageType
from bringup_instruments.serving.onc_rpc import as_record, call
from bringup_instruments.serving.vxi11_link import Vxi11Error
from bringup_instruments.serving.xdr import XdrReader, xdr_int, xdr_opaque, xdr_uint
from tests.integration.served_bench import ServedBench, connect, manager_of_py, open_, receive, reset, served_bench
from tests.integration.test_hislip import FIRST
from tests.integration.test_hislip import Client as HislipClient

CORE, ABORT = 0x0607AF, 0x0607B0
CREATE_LINK, WRITE, READ, STATUS, TRIGGER, CLEAR, REMOTE, LOCAL, LOCK, UNLOCK = range(10, 20)
ENABLE_SRQ, DO_COMMAND, DESTROY_LINK, CREATE_CHANNEL, DESTROY_CHANNEL = 20, 22, 23, 25, 26
WAIT, END, TERMINATION = 1, 8, 128


@pytest.fixture(scope="module")
def shared() -> Iterator[ServedBench]:
    with served_bench() as opened:
        yield opened


@pytest.fixture
def bench(shared: ServedBench) -> Iterator[ServedBench]:
    for device in (shared.echo, shared.supply):
        shared.call(device.clear)
        device.write(b"*CLS;*SRE 0;*ESE 0\n", True)
    yield shared
    assert shared.trouble == []


@pytest.fixture
def manager() -> Iterator[pyvisa.ResourceManager]:
    with manager_of_py() as opened:
        yield opened


class Rpc:
    """A connection whose calls are made by hand."""

    def __init__(self, bench: ServedBench, name: str = "echo") -> None:
        self.connection = connect(bench.ports[f"{name} vxi11"])
        self.xid = 0

    def send(self, procedure: int, body: bytes, program: int = CORE, version: int = 1) -> None:
        self.xid += 1
        self.connection.sendall(as_record(call(self.xid, program, version, procedure, body)))

    def take(self) -> XdrReader:
        """What follows the head of a reply that accepts the call: status and results."""
        mark = int.from_bytes(receive(self.connection, 4), "big")
        assert mark & 0x8000_0000, "the server closed the connection"
        reader = XdrReader(receive(self.connection, mark & 0x7FFF_FFFF))
        assert [reader.unsigned() for _ in range(5)] == [self.xid, 1, 0, 0, 0]
        return reader

    def call(self, procedure: int, body: bytes, program: int = CORE, version: int = 1) -> XdrReader:
        self.send(procedure, body, program, version)
        reader = self.take()
        assert reader.unsigned() == 0
        return reader

    def refusal(self, procedure: int, body: bytes, program: int = CORE, version: int = 1) -> int:
        self.send(procedure, body, program, version)
        return self.take().unsigned()

    def close(self) -> None:
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Client(Rpc):
    """A connection with a link."""

    def __init__(
        self, bench: ServedBench, name: str = "echo", device: bytes = b"inst0", lock_ms: int | None = None
    ) -> None:
        super().__init__(bench, name)
        body = xdr_int(1) + xdr_uint(lock_ms is not None, lock_ms or 0) + xdr_opaque(device)
        reader = self.call(CREATE_LINK, body)
        self.error, self.link = reader.signed(), reader.signed()
        self.abort_port, self.largest = reader.unsigned(), reader.unsigned()

    def write(self, data: bytes, flags: int = END, lock_ms: int = 0) -> int:
        body = xdr_int(self.link) + xdr_uint(1000, lock_ms) + xdr_int(flags) + xdr_opaque(data)
        reader = self.call(WRITE, body)
        error, size = reader.signed(), reader.unsigned()
        assert size == (0 if error else len(data))
        return error

    def send_read(self, count: int = 1000, io_ms: int = 2000, flags: int = 0, stop: int = 0) -> None:
        body = xdr_int(self.link) + xdr_uint(count, io_ms, 0) + xdr_int(flags) + xdr_int(stop)
        self.send(READ, body)

    def take_read(self) -> tuple[int, int, bytes]:
        reader = self.take()
        assert reader.unsigned() == 0
        return reader.signed(), reader.signed(), reader.opaque(1 << 24)

    def read(self, count: int = 1000, io_ms: int = 2000, flags: int = 0, stop: int = 0) -> tuple[int, int, bytes]:
        self.send_read(count, io_ms, flags, stop)
        return self.take_read()

    def ask(self, text: bytes) -> bytes:
        assert self.write(text) == 0
        error, reason, data = self.read()
        assert (error, reason) == (0, 4)
        return data

    def generic(self, procedure: int, flags: int = 0, lock_ms: int = 0) -> XdrReader:
        return self.call(procedure, xdr_int(self.link) + xdr_int(flags) + xdr_uint(lock_ms, 1000))

    def status(self) -> int:
        reader = self.generic(STATUS)
        assert reader.signed() == 0
        return reader.unsigned()

    def lock(self, flags: int = 0, lock_ms: int = 0) -> int:
        return self.call(LOCK, xdr_int(self.link) + xdr_int(flags) + xdr_uint(lock_ms)).signed()

    def unlock(self) -> int:
        return self.call(UNLOCK, xdr_int(self.link)).signed()


# PyVISA-py.


def test_pyvisa_queries_sets_and_reads_back(bench: ServedBench, manager: pyvisa.ResourceManager) -> None:
    supply = open_(manager, bench.address("supply", "vxi11"))
    supply.write("*RST")
    supply.write("VOLT 5;CURR 2")
    assert float(supply.query("VOLT?")) == 5.0
    supply.read_termination = "\n"
    assert supply.query("SYST:ERR?") == '+0,"No error"'


def test_pyvisa_long_blocks_both_ways(bench: ServedBench, manager: pyvisa.ResourceManager) -> None:
    echo = open_(manager, bench.address("echo", "vxi11"), timeout=10_000)
    values = echo.query_binary_values("LONG? 3000000", datatype="B", container=bytes)
    assert len(values) >= 3_000_000
    echo.write_binary_values("KEEP ", list(range(256)) * 10_000, datatype="B")
    assert echo.query("KEEP?;:SYST:ERR?") == '2560000;+0,"No error"\n'


def test_pyvisa_serial_poll_trigger_and_clear(bench: ServedBench, manager: pyvisa.ResourceManager) -> None:
    echo = open_(manager, bench.address("echo", "vxi11"))
    echo.write("SAY?")
    assert echo.read_stb() == 16
    echo.read()
    assert echo.read_stb() == 0
    before = int(echo.query("TRIG?"))
    echo.assert_trigger()
    assert int(echo.query("TRIG?")) == before + 1
    echo.write("WAIT? 60000")
    echo.clear()
    assert echo.query("SYST:ERR?").startswith("+0")


def test_pyvisa_timeouts(bench: ServedBench, manager: pyvisa.ResourceManager) -> None:
    echo = open_(manager, bench.address("echo", "vxi11"), timeout=100)
    with pytest.raises(pyvisa.VisaIOError) as error:
        echo.read()
    assert error.value.error_code == StatusCode.error_timeout
    assert echo.query("SYST:ERR?").startswith("-420")
    with pytest.raises(pyvisa.VisaIOError):
        echo.query("WAIT? 300")
    echo.timeout = 2000
    assert echo.read() == "waited\n", "it was late, not lost"


def test_pyvisa_locks(bench: ServedBench, manager: pyvisa.ResourceManager) -> None:
    one, other = (open_(manager, bench.address("echo", "vxi11")) for _ in range(2))
    one.lock_excl()
    with pytest.raises(pyvisa.VisaIOError) as error:
        other.lock_excl()
    assert error.value.error_code == StatusCode.error_resource_locked
    with pytest.raises(pyvisa.VisaIOError):
        other.write("*CLS")
    assert one.query("*TST?") == "0\n"
    one.unlock()
    assert other.query("*TST?") == "0\n"
    with pytest.raises(pyvisa.VisaIOError) as error:
        one.unlock()
    assert error.value.error_code == StatusCode.error_session_not_locked


def test_pyvisa_two_sessions_at_once(bench: ServedBench, manager: pyvisa.ResourceManager) -> None:
    wrong: list[str] = []

    def ask(question: str, expected: str) -> None:
        echo = open_(manager, bench.address("echo", "vxi11"))
        wrong.extend(answer for _ in range(200) if (answer := echo.query(question)) != expected)
        echo.close()

    threads = [
        threading.Thread(target=ask, args=pair) for pair in (("*IDN?", "Maker,Echo,1,0\n"), ("WAIT? 1", "waited\n"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# Links.


@pytest.mark.parametrize(("device", "error"), [(b"inst0", 0), (b"INST0", 0), (b"", 0), (b"gpib0,5", 3)])
def test_links(bench: ServedBench, device: bytes, error: int) -> None:
    with Client(bench, device=device) as client:
        assert client.error == error
        assert client.abort_port == bench.ports["echo vxi11"]
        assert client.largest >= 1024
        if not error:
            assert client.call(DESTROY_LINK, xdr_int(client.link)).signed() == 0
        assert client.call(DESTROY_LINK, xdr_int(client.link)).signed() == Vxi11Error.INVALID_LINK
        assert client.write(b"*CLS\n") == Vxi11Error.INVALID_LINK
        assert client.read()[0] == Vxi11Error.INVALID_LINK


def test_another_connections_link_is_no_link(bench: ServedBench) -> None:
    with Client(bench) as one, Client(bench) as other:
        other.link = one.link
        for procedure in (STATUS, TRIGGER, CLEAR, REMOTE, LOCAL):
            assert other.generic(procedure).signed() == Vxi11Error.INVALID_LINK
        assert other.lock() == other.unlock() == Vxi11Error.INVALID_LINK
        assert one.generic(REMOTE).signed() == one.generic(LOCAL).signed() == 0


# Messages.


def test_a_message_in_pieces_and_an_answer_in_pieces(bench: ServedBench) -> None:
    with Client(bench) as client, Client(bench) as other:
        assert client.write(b"SAY 'a;b';", flags=0) == 0
        assert other.ask(b"*TST?\n") == b"0\n", "pieces of two links do not mix"
        assert client.write(b"SAY?") == 0
        assert client.read(2) == (0, 1, b'"a')
        assert client.status() == 16
        assert client.read(flags=TERMINATION, stop=ord(";")) == (0, 2, b";")
        assert client.read(3) == (0, 5, b'b"\n')
        assert client.status() == 0


def test_a_newline_ends_a_message_without_the_end_flag(bench: ServedBench) -> None:
    with Client(bench) as client:
        assert client.write(b"SAY 'x';SAY?\n*CL", flags=0) == 0
        assert client.read() == (0, 4, b'"x"\n')
        assert client.write(b"S\n", flags=0) == 0
        assert client.ask(b"SYST:ERR?\n").startswith(b"+0")


def test_a_read_waits_for_its_time_and_blocks_nobody(bench: ServedBench) -> None:
    with Client(bench) as client, Client(bench) as other:
        client.send_read(io_ms=300)
        assert other.ask(b"*TST?\n") == b"0\n"
        assert client.take_read() == (Vxi11Error.IO_TIMEOUT, 0, b"")
        assert client.ask(b"SYST:ERR?\n").startswith(b"-420")
        assert client.write(b"WAIT? 50\n") == 0
        assert client.read() == (0, 4, b"waited\n")


def test_a_message_before_the_answer_was_read_interrupts(bench: ServedBench) -> None:
    with Client(bench) as client:
        client.write(b"*IDN?\n")
        assert client.ask(b"SYST:ERR?\n") == b'-410,"Query INTERRUPTED"\n'
        client.write(b"WAIT? 100\n")
        assert client.ask(b"SYST:ERR?\n") == b'-410,"Query INTERRUPTED"\n'


def test_abort_ends_a_read_that_waits(bench: ServedBench) -> None:
    with Client(bench) as client, Rpc(bench) as other:
        client.send_read(io_ms=60_000)
        time.sleep(0.05)
        assert other.call(1, xdr_int(client.link), program=ABORT).signed() == 0
        assert client.take_read() == (Vxi11Error.ABORTED, 0, b"")
        assert other.call(1, xdr_int(99_999), program=ABORT).signed() == Vxi11Error.INVALID_LINK
        assert client.ask(b"*TST?\n") == b"0\n"


def test_clear_forgets_both_ways(bench: ServedBench) -> None:
    with Client(bench) as client:
        client.write(b"*IDN?\n")
        client.write(b"SAY 'half", flags=0)
        assert client.generic(CLEAR).signed() == 0
        assert client.status() & 16 == 0
        client.write(b"*CLS\n")
        assert client.ask(b"SYST:ERR?\n").startswith(b"+0")


def test_what_is_not_supported_says_so(bench: ServedBench) -> None:
    with Client(bench) as client:
        body = xdr_int(client.link) + xdr_int(0) + xdr_uint(0, 0) + xdr_int(0) + xdr_uint(1) + xdr_int(0)
        reader = client.call(DO_COMMAND, body + xdr_opaque(b""))
        assert (reader.signed(), reader.opaque(10)) == (Vxi11Error.NOT_SUPPORTED, b"")


# Locks.


def test_locks(bench: ServedBench) -> None:
    with Client(bench) as one, Client(bench) as other:
        assert one.lock() == 0
        assert other.lock() == other.lock(WAIT, 20) == Vxi11Error.LOCKED
        assert other.write(b"*CLS\n") == other.write(b"*CLS\n", END | WAIT, 20) == Vxi11Error.LOCKED
        assert other.read()[0] == other.generic(STATUS).signed() == Vxi11Error.LOCKED
        assert one.ask(b"*TST?\n") == b"0\n"
        other.send(LOCK, xdr_int(other.link) + xdr_int(WAIT) + xdr_uint(5000))
        time.sleep(0.05)
        assert one.unlock() == 0
        assert other.take().rest == bytes(8)
        assert one.unlock() == Vxi11Error.NO_LOCK
        assert one.write(b"*CLS\n") == Vxi11Error.LOCKED
        assert other.unlock() == 0


def test_a_write_may_wait_for_the_lock(bench: ServedBench) -> None:
    with Client(bench, lock_ms=0) as one, Client(bench) as other:
        assert one.error == 0
        body = xdr_int(other.link) + xdr_uint(1000, 5000) + xdr_int(END | WAIT) + xdr_opaque(b"*TST?\n")
        other.send(WRITE, body)
        time.sleep(0.05)
        reset(one.connection)
        assert other.take().rest == bytes(8) + xdr_uint(6)
        assert other.read() == (0, 4, b"0\n")


def test_a_link_that_asks_for_the_lock_in_vain_is_none(bench: ServedBench) -> None:
    with Client(bench, lock_ms=0), Client(bench, lock_ms=20) as other:
        assert other.error == Vxi11Error.LOCKED
        assert other.write(b"*CLS\n") == Vxi11Error.INVALID_LINK


def test_the_lock_is_the_instruments_over_both_protocols(bench: ServedBench) -> None:
    with Client(bench) as client, HislipClient(bench) as hislip:
        assert client.lock() == 0
        assert hislip.lock() == 0
        hislip.send(MessageType.DATA_END, 0, FIRST, b"*TST?\n")
        assert client.unlock() == 0
        assert hislip.take()[3] == b"0\n"
        assert hislip.lock(key=b"bench") == 1
        assert client.write(b"*CLS\n") == client.lock() == Vxi11Error.LOCKED


def test_a_connection_that_dies_leaves_nothing_behind(bench: ServedBench) -> None:
    with Client(bench) as one, Client(bench) as other:
        assert one.lock() == 0
        one.write(b"WAIT? 60000\n")
        one.send_read(io_ms=60_000)
        reset(one.connection)
        assert other.write(b"*TST?\n", END | WAIT, 2000) == 0
        assert other.read() == (0, 4, b"0\n")


# Service requests.


def test_service_requests_call_the_client(bench: ServedBench) -> None:
    with Client(bench) as client, socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        port = listener.getsockname()[1]
        target = xdr_uint(0x7F000001, port, 0x0607B1, 1) + xdr_int(0)
        assert client.call(DESTROY_CHANNEL, b"").signed() == Vxi11Error.NO_CHANNEL
        assert client.call(CREATE_CHANNEL, target).signed() == 0
        assert client.call(CREATE_CHANNEL, target).signed() == Vxi11Error.CHANNEL_EXISTS
        back, _ = listener.accept()
        with back:
            back.settimeout(5)
            assert client.call(ENABLE_SRQ, xdr_int(client.link) + xdr_uint(1) + xdr_opaque(b"handle")).signed() == 0
            client.write(b"*ESE 16;*SRE 32;FAIL\n")
            mark = int.from_bytes(receive(back, 4), "big")
            reader = XdrReader(receive(back, mark & 0x7FFF_FFFF))
            reader.unsigned()
            assert [reader.unsigned() for _ in range(9)] == [0, 2, 0x0607B1, 1, 30, 0, 0, 0, 0]
            assert reader.opaque(40) == b"handle"
            assert client.status() == 0x64
            assert client.status() == 0x24
            assert client.call(DESTROY_CHANNEL, b"").signed() == 0
            assert receive(back, 1) == b""


def test_a_channel_to_nobody(bench: ServedBench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with Client(bench) as client:
        cases = [(port, 0, Vxi11Error.NO_CHANNEL), (port, 1, Vxi11Error.NOT_SUPPORTED), (0, 0, Vxi11Error.PARAMETER)]
        for target, family, error in cases:
            body = xdr_uint(0x7F000001, target, 0x0607B1, 1) + xdr_int(family)
            assert client.call(CREATE_CHANNEL, body).signed() == error


# Calls that are none.


def test_calls_that_cannot_be_carried_out(bench: ServedBench) -> None:
    with Rpc(bench) as rpc:
        assert rpc.refusal(10, b"", program=0x1234) == 1
        assert rpc.refusal(10, b"", version=2) == 2
        assert rpc.refusal(99, b"") == 3
        assert rpc.refusal(10, b"") == 4
        assert rpc.refusal(9, b"", program=ABORT) == 3
        assert rpc.refusal(ENABLE_SRQ, xdr_int(1) + xdr_uint(1) + xdr_opaque(bytes(41))) == 4
        assert rpc.refusal(0, b"") == 0


def test_calls_sent_ahead_are_answered_in_their_order(bench: ServedBench) -> None:
    with Client(bench) as client:
        first = client.xid + 1
        for _ in range(200):
            client.send(STATUS, xdr_int(client.link) + xdr_int(0) + xdr_uint(0, 0))
        for number in range(200):
            record = receive(client.connection, 36)
            assert int.from_bytes(record[4:8], "big") == first + number


def test_a_record_that_is_too_long_ends_its_connection(bench: ServedBench) -> None:
    with Rpc(bench) as rpc:
        rpc.connection.sendall(struct.pack(">I", 0xFFFF_FFFF))
        assert receive(rpc.connection, 1) == b""


def test_noise_harms_nobody_else(bench: ServedBench) -> None:
    draw = random.Random(5)
    with Client(bench) as other:
        for _ in range(80):
            with Client(bench) as noisy:
                procedure = draw.randrange(28)
                good = as_record(call(7, CORE, 1, procedure, xdr_int(noisy.link) + xdr_uint(*range(6))))
                noise = bytearray(good * 2 + draw.randbytes(draw.randrange(50)))
                for _ in range(draw.randrange(5)):
                    noise[draw.randrange(len(noise))] = draw.randrange(256)
                noisy.connection.sendall(noise[: draw.randrange(len(noise)) + 1])
                if draw.random() < 0.5:
                    reset(noisy.connection)
            assert other.write(b"*TST?\n", END | WAIT, 2000) == 0
            assert other.read() == (0, 4, b"0\n")
