"""Clients that no lab deserves, on real sockets: none of them stops or slows the others, and memory stays bounded."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import pyvisa

from bringup_instruments.serving import raw_socket, serial_tcp, tcp_wire
from tests.conftest import SHIPPED
from tests.integration.served import LabThread, ask, connect, eventually, lab_thread

resource = pytest.importorskip("resource", reason="measures memory as UNIX does")
termios = pytest.importorskip("termios", reason="uses serial lines as UNIX has them")

NOTICEABLE_S = 3.0
"""A client beside an abuser must not wait longer for any answer; the test shares its interpreter with the lab."""

MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def served() -> Iterator[LabThread]:
    with lab_thread(SHIPPED / "stations" / "simulated.toml") as lab:
        yield lab


@contextlib.contextmanager
def bystander(served: LabThread, role: str = "supply1") -> Iterator[list[float]]:
    """Someone who asks all the time; what each answer took, and no answer may be missing or wrong."""
    taken_s: list[float] = []
    stop = threading.Event()
    problems: list[BaseException] = []

    def work() -> None:
        try:
            with served.connect(role, "socket") as client:
                while not stop.is_set():
                    began_s = time.perf_counter()
                    assert ask(client, "*OPC?") == "1"
                    taken_s.append(time.perf_counter() - began_s)
                    stop.wait(0.002)
        except BaseException as problem:
            problems.append(problem)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert eventually(lambda: len(taken_s) > 3)
        yield taken_s
        seen = len(taken_s)
        assert eventually(lambda: len(taken_s) > seen + 3), "the lab goes on"
    finally:
        stop.set()
        thread.join()
    assert not problems
    assert max(taken_s) < NOTICEABLE_S


def send_all(client: socket.socket, data: bytes) -> None:
    """Send, and be content with a connection that is cut meanwhile."""
    with contextlib.suppress(OSError):
        client.sendall(data)


def flood(client: socket.socket, data: bytes) -> None:
    while True:
        client.sendall(data)


def peak_megabytes() -> float:
    peak: int = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (MEGABYTE if sys.platform == "darwin" else 1024)


@pytest.mark.parametrize("other", ["supply1", "supply2"])
def test_ten_megabytes_without_a_newline(served: LabThread, other: str) -> None:
    before = peak_megabytes()
    with bystander(served, other), served.connect("supply1", "socket") as client:
        client.sendall(b"x" * 10 * MEGABYTE)
        client.sendall(b"\n")
        assert ask(client, ":SYST:ERR?").startswith("-363")
    assert peak_megabytes() - before < 40


def test_one_long_line_of_good_commands(served: LabThread) -> None:
    with bystander(served), served.connect("supply1", "socket") as client:
        client.sendall(b"*CLS;" * (MEGABYTE // 6) + b"\n")
        assert ask(client, ":SYST:ERR?").startswith("-363")


@pytest.mark.parametrize("kind", ["hislip", "socket", "vxi11", "http"])
def test_binary_noise(served: LabThread, kind: str) -> None:
    noise = random.Random(1).randbytes(MEGABYTE)
    role = "cdu" if kind == "http" else "supply1"
    with bystander(served), served.connect(role, kind) as client:
        thread = threading.Thread(target=send_all, args=(client, noise))
        thread.start()
        time.sleep(0.5)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize("role", ["supply1", "bmc1"])
@pytest.mark.parametrize("what", [b"x" * 4096, b"*IDN?\nhelp\n", bytes(range(256))])
def test_a_serial_line_that_is_flooded_and_never_read(served: LabThread, role: str, what: bytes) -> None:
    before = peak_megabytes()
    path = served.wire(role, "pty").removeprefix("ASRL").removesuffix("::INSTR")
    line = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    with bystander(served):
        until_s = time.monotonic() + 0.7
        while time.monotonic() < until_s:
            with contextlib.suppress(BlockingIOError):
                os.write(line, what)
        os.close(line)
    assert peak_megabytes() - before < 40
    line = os.open(path, os.O_RDWR | os.O_NOCTTY)
    termios.tcflush(line, termios.TCIFLUSH)
    os.close(line)
    with served.connect("supply1", "socket") as client:
        assert ask(client, "*OPC?") == "1"


def test_a_flood_of_good_hislip_messages(served: LabThread) -> None:
    set_volts = b"HS\x07\0" + struct.pack("!IQ", 0xFFFF_FF00, 7) + b"VOLT 1\n"
    manager = pyvisa.ResourceManager("@py")
    visa: Any = manager.visalib
    try:
        with bystander(served, "supply2"):
            supply = manager.open_resource(served.wire("supply1", "hislip"))
            send_all(visa.sessions[supply.session].interface._sync, set_volts * 20_000)
    finally:
        manager.close()


@pytest.mark.parametrize("kind", ["raw_tcp", "rfc2217"])
@pytest.mark.parametrize("what", [b"\xff\xfb\x2c\xff\xfd\x01\xff\xfe\x01", b"help\n", b"\xff\xfa"])
def test_a_console_that_is_flooded(served: LabThread, kind: str, what: bytes) -> None:
    with bystander(served), served.connect("bmc1", kind) as client:
        client.settimeout(0.5)
        send_all(client, what * (MEGABYTE // len(what)))
    with served.connect("supply1", "socket") as client:
        ask(client, "CURR 80;:VOLT 54;:OUTP ON;*OPC?")


def test_a_client_that_asks_and_never_reads_is_cut(served: LabThread, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp_wire, "STALLED_S", 0.3)
    before = peak_megabytes()
    with bystander(served), served.connect("meter4", "socket") as client:
        ask(client, "*RST;:CONF:VOLT:DC 10;:VOLT:DC:NPLC 0.02;:SAMP:COUN 1000;:INIT;*OPC?")
        client.settimeout(10.0)
        with pytest.raises(ConnectionError):
            flood(client, b"FETC?\n" * 100)
    assert peak_megabytes() - before < 40


def test_a_console_s_client_that_never_reads_is_cut(served: LabThread, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp_wire, "STALLED_S", 0.3)
    with served.connect("supply3", "socket") as client:
        ask(client, "CURR 80;:VOLT 54;:OUTP ON;*OPC?")
    with bystander(served), served.connect("bmc3", "raw_tcp") as client:
        client.settimeout(20.0)
        with pytest.raises(ConnectionError):
            flood(client, b"help\n" * 10_000)


@pytest.mark.parametrize(
    ("role", "kind", "most"),
    [
        ("supply4", "socket", raw_socket.MOST_CLIENTS),
        ("bmc4", "raw_tcp", serial_tcp.MOST_CLIENTS),
        ("supply4", "hislip", 256),
        ("supply4", "vxi11", 128),
        ("cdu", "http", 64),
    ],
)
def test_a_thousand_connections_at_once(served: LabThread, role: str, kind: str, most: int) -> None:
    port = served.port(role, kind)
    with contextlib.ExitStack() as crowd:
        with bystander(served), bystander(served, "supply2"):
            clients = [crowd.enter_context(connect(port)) for _ in range(1000)]
            eventually(lambda: sum(not _closed(client) for client in clients) <= most)
            time.sleep(0.1)
            open_ = sum(not _closed(client) for client in clients)
        assert open_ == most
    assert eventually(lambda: _answers(port)), "there is room again"


def test_those_inside_are_served_while_others_are_turned_away(served: LabThread) -> None:
    with contextlib.ExitStack() as crowd:
        clients = [crowd.enter_context(served.connect("supply4", "socket")) for _ in range(raw_socket.MOST_CLIENTS)]
        assert [ask(client, "*OPC?") for client in clients] == ["1"] * len(clients)
        late = crowd.enter_context(served.connect("supply4", "socket"))
        assert late.recv(10) == b"", "closed without a word that could be taken for an answer"
        assert [ask(client, "*OPC?") for client in clients] == ["1"] * len(clients)


@pytest.mark.parametrize("kind", ["hislip", "socket", "vxi11"])
def test_half_open_clients(served: LabThread, kind: str) -> None:
    """They connect and say nothing, half of something, or vanish with a reset."""
    with bystander(served), contextlib.ExitStack() as crowd:
        for number in range(20):
            client = crowd.enter_context(served.connect("supply1", kind))
            client.sendall([b"", b"HS", b"*IDN?"][number % 3])
            if number % 4 == 0:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.close()
        time.sleep(0.3)


def test_a_half_open_http_client_is_let_go(served: LabThread, monkeypatch: pytest.MonkeyPatch) -> None:
    from bringup_instruments.serving import http_server

    monkeypatch.setattr(http_server, "PATIENCE_S", 0.3)
    half = b"PATCH / HTTP/1.1\r\nHost: it\r\nContent-Length: 50\r\n\r\nhalf"
    for begun, answer in ((b"", b""), (b"GET /redf", b""), (half, b"HTTP/1.1 408")):
        with served.connect("cdu", "http") as client:
            client.sendall(begun)
            client.settimeout(5.0)
            assert b"".join(iter(lambda: client.recv(1000), b""))[:12] == answer


def test_a_client_that_dies_while_it_waits_for_a_reading_leaves_the_meter_free(served: LabThread) -> None:
    with served.connect("meter3", "socket") as client:
        ask(client, "*RST;:CONF:VOLT:DC 10;:VOLT:DC:NPLC 100;:SAMP:COUN 100;*OPC?")
        client.sendall(b"READ?\n")
        time.sleep(0.05)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    began_s = time.monotonic()
    with served.connect("meter3", "socket") as client:
        assert ask(client, "*OPC?") == "1"
    assert time.monotonic() - began_s < 1.0, "its 200 s of readings are off"


def test_a_mistake_in_a_model_costs_one_client_its_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = LabThread(SHIPPED / "stations" / "simulated.toml")
    try:
        device = lab.served.lab.instrument("supply1")[1]
        monkeypatch.setattr(device, "write", lambda data, end: 1 / 0)
        with lab.connect("supply1", "socket") as client, lab.connect("supply1", "socket") as other:
            client.sendall(b"*IDN?\n")
            assert client.recv(100) == b""
            monkeypatch.undo()
            assert ask(other, "*OPC?") == "1"
        assert [type(told["exception"]) for told in lab.trouble] == [ZeroDivisionError]
    finally:
        lab.close()


def _closed(client: socket.socket) -> bool:
    client.settimeout(0.0)
    try:
        while client.recv(1000):  # a reason may come first
            pass
    except BlockingIOError:
        return False
    except ConnectionError:
        pass
    return True


def _answers(port: int) -> bool:
    with connect(port) as client:
        time.sleep(0.02)
        return not _closed(client)
