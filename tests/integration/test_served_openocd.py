"""The served OpenOCD, met by a client that knows nothing of ours: a raw socket, as scripts for its port open one."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from .served import LabThread, lab_thread

STATION = Path(__file__).parents[2] / "test_plans" / "stations" / "full-bench.toml"


@pytest.fixture(scope="module")
def lab() -> Iterator[LabThread]:
    with lab_thread(STATION, ports_from=0) as lab:
        yield lab


def command(client: socket.socket, text: str) -> str:
    """Send a command as OpenOCD's own example of a client does; the reply without its end mark."""
    client.sendall(text.encode() + b"\x1a")
    data = b""
    while not data.endswith(b"\x1a"):
        more = client.recv(4096)
        assert more
        data += more
    return data[:-1].decode()


def test_a_raw_socket_speaks_to_it(lab: LabThread) -> None:
    with lab.connect("probe", "raw_tcp") as client:
        assert command(client, "version") == "Open On-Chip Debugger 0.12.0"
        assert command(client, "nosuch") == 'invalid command name "nosuch"'
        assert command(client, "set x [jtag names]; set x").split()[-1] == "cpld.tap"
        assert command(client, "irscan cpld.tap 1; drscan cpld.tap 32 0") == "ffffffff"  # the sled is off


def test_a_reply_survives_being_asked_in_pieces(lab: LabThread) -> None:
    with lab.connect("probe", "raw_tcp") as client:
        for byte in b"return [ver":
            client.sendall(bytes([byte]))
        assert command(client, "sion]") == "Open On-Chip Debugger 0.12.0"


def test_garbage_from_one_client_leaves_the_next_one_its_port(lab: LabThread) -> None:
    with lab.connect("probe", "raw_tcp") as client:
        client.sendall(bytes(range(256)) * 20 + b"\x1areturn a-mark\x1a")
        data = b""
        while not data.endswith(b"a-mark\x1a"):
            more = client.recv(4096)
            assert more
            data += more
    with lab.connect("probe", "raw_tcp") as client:
        assert command(client, "version") == "Open On-Chip Debugger 0.12.0"
