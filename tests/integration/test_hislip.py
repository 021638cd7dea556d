"""The HiSLIP server under PyVISA-py, and under clients that are byte by byte what the standard says, or not."""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest
import pyvisa

from bringup.errors import OutOfEnvelope
from bringup.files.station import load_station
from bringup.hardware import HardwareLab
from bringup.hooks import Connection
from bringup_drivers.keysight_n8700 import KeysightN8700
from bringup_instruments.serving.hislip_messages import HEADER_BYTES, MessageType, packed, packed_size
from tests.conftest import SHIPPED
from tests.integration.served_bench import ServedBench, connect, manager_of_py, open_, receive, reset, served_bench


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


class Client:
    """A client by the letter of the standard; it sends what a test says."""

    def __init__(self, bench: ServedBench, name: str = "echo", sub_address: bytes = b"hislip0") -> None:
        self.port = bench.ports[f"{name} hislip"]
        self.sync = connect(self.port)
        self.send(MessageType.INITIALIZE, 0, 0x0100_7878, sub_address)
        kind, self.control, parameter, payload = self.take()
        if kind != MessageType.INITIALIZE_RESPONSE:
            self.sync.close()
            raise ConnectionError(payload.decode())
        self.version, self.session = parameter >> 16, parameter & 0xFFFF
        self.asynchronous = connect(self.port)
        self.send_async(MessageType.ASYNC_INITIALIZE, 0, self.session)
        assert self.take_async()[0] == MessageType.ASYNC_INITIALIZE_RESPONSE

    def send(self, kind: MessageType, control: int = 0, parameter: int = 0, payload: bytes = b"") -> None:
        self.sync.sendall(packed(kind, control, parameter, payload))

    def send_async(self, kind: MessageType, control: int = 0, parameter: int = 0, payload: bytes = b"") -> None:
        self.asynchronous.sendall(packed(kind, control, parameter, payload))

    def take(self) -> tuple[int, int, int, bytes]:
        return take(self.sync)

    def take_async(self) -> tuple[int, int, int, bytes]:
        return take(self.asynchronous)

    def ask(self, text: bytes, message_id: int, rmt: int = 0) -> tuple[int, int, int, bytes]:
        self.send(MessageType.DATA_END, rmt, message_id, text)
        return self.take()

    def status(self, message_id: int, rmt: int = 0) -> int:
        self.send_async(MessageType.ASYNC_STATUS_QUERY, rmt, message_id)
        kind, byte, _, _ = self.take_async()
        assert kind == MessageType.ASYNC_STATUS_RESPONSE
        return byte

    def lock(self, timeout_ms: int = 0, key: bytes = b"") -> int:
        self.send_async(MessageType.ASYNC_LOCK, 1, timeout_ms, key)
        return self.lock_answer()

    def unlock(self) -> int:
        self.send_async(MessageType.ASYNC_LOCK, 0, 0)
        return self.lock_answer()

    def lock_answer(self) -> int:
        kind, answer, _, _ = self.take_async()
        assert kind == MessageType.ASYNC_LOCK_RESPONSE
        return answer

    def close(self) -> None:
        self.sync.close()
        self.asynchronous.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def take(connection: socket.socket) -> tuple[int, int, int, bytes]:
    header = receive(connection, HEADER_BYTES)
    assert len(header) == HEADER_BYTES, "the server closed the connection"
    prologue, kind, control, parameter, length = struct.unpack("!2sBBIQ", header)
    assert prologue == b"HS"
    return kind, control, parameter, receive(connection, length)


FIRST = 0xFFFF_FF00


# PyVISA-py.


def test_pyvisa_queries_sets_and_reads_back(bench: ServedBench, manager: pyvisa.ResourceManager) -> None:
    supply = open_(manager, bench.address("supply", "hislip"))
    supply.write("*RST")
    supply.write("VOLT 5;CURR 2")
    assert float(supply.query("VOLT?")) == 5.0
    assert supply.query("*IDN?").startswith("Agilent Technologies,N8757A")
    assert supply.query("SYST:ERR?") == '+0,"No error"\n'


def test_pyvisa_long_blocks_both_ways(bench: ServedBench, manager: pyvisa.ResourceManager) -> None:
    echo = open_(manager, bench.address("echo", "hislip"), timeout=10_000)
    values = echo.query_binary_values("LONG? 3000000", datatype="B", container=bytes)
    assert len(values) >= 3_000_000
    echo.write_binary_values("KEEP ", list(range(256)) * 10_000, datatype="B")
    assert echo.query("KEEP?;:SYST:ERR?") == '2560000;+0,"No error"\n'


@pytest.mark.parametrize("chunk", [1, 16, 4096])
def test_pyvisa_reads_in_chunks(bench: ServedBench, manager: pyvisa.ResourceManager, chunk: int) -> None:
    echo = open_(manager, bench.address("echo", "hislip"), chunk_size=chunk)
    echo.write("SAY '0123456789abcdef'")
    assert echo.query("SAY?") == '"0123456789abcdef"\n'
    assert echo.query("SYST:ERR?").startswith("+0")


def test_pyvisa_serial_poll_knows_what_was_read(bench: ServedBench, manager: pyvisa.ResourceManager) -> None:
    echo = open_(manager, bench.address("echo", "hislip"))
    for _ in range(50):
        echo.write("SAY?")
        assert echo.read_stb() == 16
        echo.read()
        assert echo.read_stb() == 0


def test_pyvisa_timeout_then_clear_in_the_middle_of_a_reply(
    bench: ServedBench, manager: pyvisa.ResourceManager
) -> None:
    echo = open_(manager, bench.address("echo", "hislip"), timeout=100)
    with pytest.raises(pyvisa.VisaIOError) as error:
        echo.query("WAIT? 60000")
    assert error.value.error_code == pyvisa.constants.StatusCode.error_timeout
    echo.timeout = 2000
    echo.clear()
    assert echo.query("*IDN?") == "Maker,Echo,1,0\n"
    assert echo.query("SYST:ERR?").startswith("+0"), "a clear is no error, and neither is PyVISA-py's flag after it"


def test_pyvisa_two_sessions_at_once(bench: ServedBench, manager: pyvisa.ResourceManager) -> None:
    wrong: list[str] = []

    def ask(question: str, expected: str) -> None:
        echo = open_(manager, bench.address("echo", "hislip"))
        wrong.extend(answer for _ in range(300) if (answer := echo.query(question)) != expected)
        echo.close()

    threads = [
        threading.Thread(target=ask, args=pair) for pair in (("*IDN?", "Maker,Echo,1,0\n"), ("WAIT? 1", "waited\n"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert open_(manager, bench.address("echo", "hislip")).query("SYST:ERR?").startswith("+0")


def test_our_driver_over_hislip(bench: ServedBench) -> None:
    lab = HardwareLab(load_station(SHIPPED / "stations" / "simulated.toml"))
    driver = KeysightN8700(Connection("psu", "Keysight N8757A", bench.address("supply", "hislip"), lab, timeout_s=2.0))
    driver.configure(volts=12.0, amps=5.0, over_volts=20.0)
    driver.output_on()
    assert driver.volts() == pytest.approx(12.0, abs=0.1)
    driver.output_off()
    assert not driver.is_on()
    with pytest.raises(OutOfEnvelope):
        driver.configure(volts=30.0, amps=5.0, over_volts=20.0)
    driver.close()


# Initialization.


@pytest.mark.parametrize("sub_address", [b"hislip0", b"HiSLIP0", b""])
def test_initialization(bench: ServedBench, sub_address: bytes) -> None:
    with Client(bench, sub_address=sub_address) as client:
        assert (client.control, client.version) == (0, 0x0100)
        assert client.ask(b"*IDN?\n", FIRST) == (MessageType.DATA_END, 0, FIRST, b"Maker,Echo,1,0\n")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 1),
        (packed(MessageType.DATA_END, 0, 0, b"*IDN?\n"), 3),
        (packed(MessageType.INITIALIZE, 0, 0x0100_7878, b"gpib7"), 3),
        (packed(MessageType.INITIALIZE, 0, 0x0000_7878, b"hislip0"), 3),
        (packed(MessageType.ASYNC_INITIALIZE, 0, 54321), 3),
        (struct.pack("!2sBBIQ", b"HS", 0, 0, 0, 1 << 63), 1),
    ],
)
def test_a_bad_beginning_is_fatal(bench: ServedBench, data: bytes, code: int) -> None:
    with connect(bench.ports["echo hislip"]) as connection:
        connection.sendall(data)
        kind, control, _, text = take(connection)
        assert (kind, control) == (MessageType.FATAL_ERROR, code)
        assert text
        assert receive(connection, 1) == b""


def test_data_before_the_second_channel_is_fatal(bench: ServedBench) -> None:
    with connect(bench.ports["echo hislip"]) as connection:
        connection.sendall(packed(MessageType.INITIALIZE, 0, 0x0100_7878, b"hislip0"))
        take(connection)
        connection.sendall(packed(MessageType.DATA_END, 0, FIRST, b"*IDN?\n"))
        assert take(connection)[:2] == (MessageType.FATAL_ERROR, 2)


def test_the_other_channel_goes_with_a_lost_one(bench: ServedBench) -> None:
    for lost in ("sync", "asynchronous"):
        with Client(bench) as client:
            assert client.lock() == 1
            reset(getattr(client, lost))
            other = client.asynchronous if lost == "sync" else client.sync
            assert receive(other, 1) == b""
        with Client(bench) as next_one:
            assert next_one.lock() == 1, "the lock has died with its session"


def test_there_is_an_end_to_sessions(bench: ServedBench) -> None:
    clients: list[Client] = []
    with pytest.raises(ConnectionError, match="sessions are open"):
        clients.extend(Client(bench) for _ in range(100))
    assert len(clients) >= 32
    for client in clients:
        client.close()
    time.sleep(0.1)
    Client(bench).close()


# Messages.


def test_messages_in_pieces_and_the_last_ones_number(bench: ServedBench) -> None:
    with Client(bench) as client:
        client.send(MessageType.DATA, 0, FIRST, b"SA")
        client.send(MessageType.DATA, 0, FIRST + 2, b"Y 'x';SA")
        assert client.ask(b"Y?\n", FIRST + 4) == (MessageType.DATA_END, 0, FIRST + 4, b'"x"\n')


def test_two_sessions_pieces_do_not_mix(bench: ServedBench) -> None:
    with Client(bench) as one, Client(bench) as other:
        one.send(MessageType.DATA, 0, FIRST, b"SAY 'one';")
        assert other.ask(b"*IDN?\n", FIRST)[3] == b"Maker,Echo,1,0\n"
        assert one.ask(b"SAY?\n", FIRST + 2)[3] == b'"one"\n'


def test_responses_are_cut_to_the_clients_size(bench: ServedBench) -> None:
    with Client(bench) as client:
        client.send_async(MessageType.ASYNC_MAXIMUM_MESSAGE_SIZE, 0, 0, packed_size(1000))
        kind, _, _, payload = client.take_async()
        assert (kind, len(payload)) == (MessageType.ASYNC_MAXIMUM_MESSAGE_SIZE_RESPONSE, 8)
        client.send(MessageType.DATA_END, 0, FIRST, b"LONG? 5000\n")
        taken = [client.take()]
        while taken[-1][0] != MessageType.DATA_END:
            taken.append(client.take())
        assert all(HEADER_BYTES + len(payload) <= 1000 for *_, payload in taken)
        assert {message_id for _, _, message_id, _ in taken} == {FIRST}
        assert len(b"".join(payload for *_, payload in taken)) > 5000
        client.send_async(MessageType.ASYNC_MAXIMUM_MESSAGE_SIZE, 0, 0, b"short")
        assert client.take_async()[:2] == (MessageType.ERROR, 0)


def test_a_message_that_is_too_large_is_refused_and_the_next_one_works(bench: ServedBench) -> None:
    with Client(bench) as client:
        client.send(MessageType.DATA_END, 0, FIRST, b"SAY '" + bytes(2 << 20) + b"'\n")
        assert client.take()[:2] == (MessageType.ERROR, 4)
        assert client.ask(b"SYST:ERR?\n", FIRST + 2)[3].startswith(b"+0")


def test_unknown_messages_are_refused_one_by_one(bench: ServedBench) -> None:
    with Client(bench) as client:
        for kind, code in ((99, 1), (200, 3), (MessageType.ASYNC_LOCK, 1)):
            client.sync.sendall(struct.pack("!2sBBIQ", b"HS", kind, 0, 0, 3) + b"abc")
            assert client.take()[:2] == (MessageType.ERROR, code)
        for async_kind in (MessageType.ASYNC_LOCK, MessageType.ASYNC_REMOTE_LOCAL_CONTROL):
            client.send_async(async_kind, 77)
            assert client.take_async()[:2] == (MessageType.ERROR, 2)
        client.send_async(MessageType.ASYNC_REMOTE_LOCAL_CONTROL, 4)
        assert client.take_async()[0] == MessageType.ASYNC_REMOTE_LOCAL_RESPONSE
        assert client.ask(b"*TST?\n", FIRST)[3] == b"0\n"


def test_a_trigger_is_a_trigger(bench: ServedBench) -> None:
    with Client(bench) as client:
        before = int(client.ask(b"TRIG?\n", FIRST)[3])
        client.send(MessageType.TRIGGER, 1, FIRST + 2)
        assert int(client.ask(b"TRIG?\n", FIRST + 4)[3]) == before + 1


# Status.


def test_message_available_until_it_is_delivered(bench: ServedBench) -> None:
    with Client(bench) as client:
        assert client.status(FIRST - 2) == 0
        client.ask(b"*IDN?\n", FIRST)
        assert client.status(FIRST) == 16
        assert client.status(FIRST, rmt=1) == 0
        assert client.status(FIRST) == 0
        assert client.ask(b"SYST:ERR?\n", FIRST + 2)[3].startswith(b"+0")


def test_an_answer_is_available_to_its_own_session_only(bench: ServedBench) -> None:
    with Client(bench) as one, Client(bench) as other:
        one.ask(b"*IDN?\n", FIRST)
        assert other.status(FIRST - 2) == 0
        assert other.ask(b"SYST:ERR?\n", FIRST)[3].startswith(b"+0"), "another session does not interrupt it"
        assert one.status(FIRST) == 16


def test_a_message_before_the_answer_was_delivered_interrupts(bench: ServedBench) -> None:
    with Client(bench) as client:
        client.ask(b"*IDN?\n", FIRST)
        assert client.ask(b"SYST:ERR?\n", FIRST + 2)[3] == b'-410,"Query INTERRUPTED"\n'
        assert client.ask(b"SYST:ERR?\n", FIRST + 4, rmt=1)[3].startswith(b"+0")


def test_a_message_before_the_answer_was_made_is_told_on_both_channels(bench: ServedBench) -> None:
    with Client(bench) as client:
        client.send(MessageType.DATA_END, 0, FIRST, b"WAIT? 60000\n")
        client.send(MessageType.DATA_END, 0, FIRST + 2, b"*CLS\n")
        assert client.take()[:3] == (MessageType.INTERRUPTED, 0, FIRST + 2)
        assert client.take_async()[:3] == (MessageType.ASYNC_INTERRUPTED, 0, FIRST + 2)
        bench.call(bench.echo.clear)


def test_service_requests_reach_every_session(bench: ServedBench) -> None:
    with Client(bench) as one, Client(bench) as other:
        one.send(MessageType.DATA_END, 0, FIRST, b"*ESE 16;*SRE 32;FAIL\n")
        for client in (one, other):
            kind, byte, _, _ = client.take_async()
            assert kind == MessageType.ASYNC_SERVICE_REQUEST
            assert byte & 0x60 == 0x60
        assert other.status(FIRST - 2) & 64
        assert not one.status(FIRST) & 64, "a serial poll takes the request away"


def test_a_service_request_comes_by_itself_when_its_time_has_come(bench: ServedBench) -> None:
    with Client(bench) as client:
        client.send(MessageType.DATA_END, 0, FIRST, b"*SRE 16;WAIT? 50\n")
        assert client.take_async()[0] == MessageType.ASYNC_SERVICE_REQUEST
        assert client.take()[3] == b"waited\n"


# Device clear.


def test_device_clear_in_the_middle_of_a_reply(bench: ServedBench) -> None:
    with Client(bench) as client:
        client.send(MessageType.DATA, 0, FIRST, b"SAY 'lost';")
        client.send(MessageType.DATA_END, 0, FIRST + 2, b"WAIT? 60000\n")
        client.send(MessageType.DATA, 0, FIRST + 4, b"SAY 'never';")
        time.sleep(0.05)
        client.send_async(MessageType.ASYNC_DEVICE_CLEAR)
        while (taken := client.take_async())[0] == MessageType.ASYNC_INTERRUPTED:
            pass
        assert taken[:2] == (MessageType.ASYNC_DEVICE_CLEAR_ACKNOWLEDGE, 0)
        client.send(MessageType.DATA_END, 0, FIRST + 6, b"*IDN?\n")  # was under way: is ignored
        client.send(MessageType.DEVICE_CLEAR_COMPLETE, 1)  # overlap mode, please
        while (taken := client.take())[0] == MessageType.INTERRUPTED:
            pass
        assert taken[:2] == (MessageType.DEVICE_CLEAR_ACKNOWLEDGE, 0)
        assert client.ask(b"SYST:ERR?\n", FIRST)[3].startswith(b"+0")
        assert client.status(FIRST, rmt=1) == 0


# Locks.


def test_exclusive_locks(bench: ServedBench) -> None:
    with Client(bench) as one, Client(bench) as other:
        assert one.lock() == 1
        assert one.lock() == 3, "it has it already"
        assert other.lock(timeout_ms=20) == 0
        assert other.unlock() == 3
        other.send_async(MessageType.ASYNC_LOCK_INFO)
        assert other.take_async()[:3] == (MessageType.ASYNC_LOCK_INFO_RESPONSE, 1, 1)
        other.send_async(MessageType.ASYNC_LOCK, 1, 5000)
        time.sleep(0.02)
        assert one.unlock() == 1
        assert other.lock_answer() == 1


def test_shared_locks(bench: ServedBench) -> None:
    with Client(bench) as one, Client(bench) as other, Client(bench) as third:
        assert one.lock(key=b"bench") == 1
        assert other.lock(key=b"else") == 0
        assert other.lock(key=b"bench") == 1
        assert third.lock() == 0
        assert one.lock() == 1, "a sharer may take the exclusive one on top"
        third.send_async(MessageType.ASYNC_LOCK_INFO)
        assert third.take_async()[:3] == (MessageType.ASYNC_LOCK_INFO_RESPONSE, 1, 2)
        assert [one.unlock(), one.unlock(), one.unlock()] == [1, 2, 3]
        assert other.unlock() == 2
        assert third.lock() == 1


def test_data_of_others_waits_for_the_lock_but_not_their_status_query(bench: ServedBench) -> None:
    with Client(bench) as one, Client(bench) as other:
        assert one.lock() == 1
        other.send(MessageType.DATA_END, 0, FIRST, b"SAY 'other';SAY?\n")
        assert other.status(FIRST) == 0
        assert one.ask(b"SAY 'one';SAY?\n", FIRST)[3] == b'"one"\n'
        assert one.unlock() == 1
        assert other.take()[3] == b'"other"\n'


def test_a_session_that_dies_frees_those_who_wait(bench: ServedBench) -> None:
    with Client(bench) as one, Client(bench) as other:
        assert one.lock() == 1
        other.send(MessageType.DATA_END, 0, FIRST, b"*TST?\n")
        reset(one.sync)
        assert other.take()[3] == b"0\n"


# Bad clients.


def test_a_session_that_dies_does_not_leave_its_query_behind(bench: ServedBench) -> None:
    with Client(bench) as one, Client(bench) as other:
        one.send(MessageType.DATA_END, 0, FIRST, b"WAIT? 60000\n")
        other.send(MessageType.DATA_END, 0, FIRST, b"*TST?\n")
        time.sleep(0.02)
        reset(one.asynchronous)
        assert other.take()[3] == b"0\n"


def test_a_client_that_never_reads_is_not_read_either(bench: ServedBench) -> None:
    with Client(bench) as deaf, Client(bench) as other:
        deaf.sync.settimeout(0.3)
        flood = packed(MessageType.DATA_END, 1, FIRST, b"LONG? 500000\n") * 1_000_000
        with pytest.raises(TimeoutError):
            deaf.sync.sendall(flood)
        assert other.ask(b"*TST?\n", FIRST)[3] == b"0\n"


def test_noise_harms_nobody_else(bench: ServedBench) -> None:
    draw = random.Random(7)
    with Client(bench) as other:
        for number in range(60):
            with connect(bench.ports["echo hislip"]) as connection:
                good = packed(MessageType.INITIALIZE, 0, 0x0100_7878, b"hislip0")
                noise = bytearray(good * 3 + draw.randbytes(draw.randrange(80)))
                for _ in range(draw.randrange(6)):
                    noise[draw.randrange(len(noise))] = draw.randrange(256)
                connection.sendall(noise[: draw.randrange(len(noise)) + 1])
                if draw.random() < 0.5:
                    reset(connection)
            assert other.ask(b"*TST?\n", FIRST + 2 * number % 256, rmt=1)[3] == b"0\n"


def test_noise_within_a_session_harms_nobody_else(bench: ServedBench) -> None:
    draw = random.Random(11)
    with Client(bench) as other:
        for _ in range(60):
            with Client(bench) as noisy:
                for _ in range(8):
                    kind, control = draw.randrange(40), draw.choice([0, 1, 2, 200])
                    payload = draw.randbytes(draw.randrange(20))
                    length = draw.choice([len(payload)] * 9 + [1 << 40])
                    message = struct.pack("!2sBBIQ", b"HS", kind, control, draw.randrange(1 << 10), length) + payload
                    try:
                        draw.choice([noisy.sync, noisy.asynchronous]).sendall(message)
                    except OSError:
                        break
        time.sleep(0.05)
        assert other.ask(b"*CLS;*TST?\n", FIRST)[3] == b"0\n"
