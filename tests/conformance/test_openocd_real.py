"""The real OpenOCD 0.12.0, where it is installed: our driver on it, and its answers against the simulated one's.

Behind it is its own dummy adapter, whose line floats, or the simulated sled's chain: `remote_bitbang` clocks that over
a socket, so that its bits meet a second opinion on IEEE 1149.1.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bringup import hooks
from bringup.capabilities import ChainWalk, TapFinding
from bringup.errors import BadReply, LinkLost
from bringup.hooks import Connection
from bringup.wall_clock import WallClock
from bringup_instruments.models.openocd import OpenOcd
from bringup_instruments.physics import SledPhysics
from bringup_instruments.physics.sled_chain import SledChain
from tests.jtag_bench import MODEL, PRODUCT, new_sled, power_up

pytestmark = pytest.mark.skipif(shutil.which("openocd") is None, reason="OpenOCD is not installed (Debian: openocd)")

COMMON = "telnet_port disabled\ngdb_port disabled\nbindto 127.0.0.1\nadapter speed 1000\n"


def configuration() -> str:
    """The product's TAPs as OpenOCD wants them declared: from TDO on."""
    lines = []
    for tap in reversed(PRODUCT.scan_chain):
        assert tap.idcode is not None
        name = tap.name.replace(".", "")
        lines.append(f"jtag newtap {name} tap -irlen {tap.ir_length} -expected-id 0x{tap.idcode:08x}")
    return "\n".join(lines) + "\n"


class BitbangedChain:
    """A scan chain behind OpenOCD's remote_bitbang protocol (`doc/manual/jtag/drivers/remote_bitbang.txt` there)."""

    def __init__(self, sled: SledPhysics, at_s: float) -> None:
        self.now_s = at_s
        self._chain = SledChain(sled)
        self._tck = False
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        with contextlib.suppress(OSError):  # wakes a thread that nobody has connected to yet
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        self._thread.join(10)
        self._server.close()

    def _serve(self) -> None:
        line, _ = self._server.accept()
        with line, contextlib.suppress(ConnectionError):
            while data := line.recv(4096):
                self.now_s += 1e-3
                if answers := b"".join(self._one(bytes([byte])) for byte in data):
                    line.sendall(answers)

    def _one(self, command: bytes) -> bytes:
        if command == b"R":
            return b"01"[self._chain.tdo(self.now_s) :][:1]
        if command in b"01234567":
            tck, tms, tdi = (int(command) >> bit & 1 for bit in (2, 1, 0))
            if tck and not self._tck:
                self._chain.clock(self.now_s, tms, tdi)
            self._tck = bool(tck)
        return b""


class RealOpenOcd:
    """The process, and a raw client of it."""

    def __init__(self, folder: Path, adapter: str, targets: str = "") -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        file = folder / "openocd.cfg"
        file.write_text(f"{adapter}\n{COMMON}tcl_port {self.port}\n{configuration()}{targets}\n", encoding="utf-8")
        command = ["openocd", "-f", str(file)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        self.log: list[str] = []
        for line in self.process.stderr:
            self.log.append(line)
            if "for tcl connections" in line:  # whoever connects now waits until it has examined the chain
                break
        self._drain = threading.Thread(target=lambda: self.log.extend(self.process.stderr or ()))
        self._drain.start()

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(10)
        self._drain.join(10)
        assert self.process.stderr is not None
        self.process.stderr.close()

    def driver(self) -> Any:
        lab = SimpleNamespace(clock=WallClock(1.0), serial_url=lambda address: address)
        address = f"socket://127.0.0.1:{self.port}"
        connection = Connection("probe", MODEL, address, lab, scan_chain=PRODUCT.scan_chain)
        return hooks.drivers()[MODEL].open(connection)

    def client(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)


def ask(client: socket.socket, request: str) -> str:
    client.sendall(request.encode() + b"\x1a")
    reply = b""
    while not reply.endswith(b"\x1a"):
        more = client.recv(4096)
        assert more, f"closed after {reply!r}"
        reply += more
    return reply[:-1].decode("latin-1")


@pytest.fixture
def sled() -> SledPhysics:
    return new_sled()


@pytest.fixture
def on_chain(tmp_path: Path, sled: SledPhysics) -> Iterator[RealOpenOcd]:
    """OpenOCD on the chain of a powered sled."""
    chain = BitbangedChain(sled, power_up(sled))
    adapter = f"adapter driver remote_bitbang\nremote_bitbang host 127.0.0.1\nremote_bitbang port {chain.port}"
    real = RealOpenOcd(tmp_path, adapter)
    try:
        yield real
    finally:
        real.close()
        chain.close()


def test_a_dummy_adapter_floats(tmp_path: Path) -> None:
    real = RealOpenOcd(tmp_path, "adapter driver dummy")
    try:
        probe = real.driver()
        assert str(probe.identify()) == "OpenOCD TCL server SN  fw 0.12.0"
        assert {"chip.0", "cpld"} <= set(probe.taps())
        for ask_it in (probe.walk, probe.idcodes):
            with pytest.raises(BadReply, match="floating"):
                ask_it()
        with pytest.raises(BadReply, match="is blank"):
            probe.fuses(0)
        probe.close()
        probe = real.driver()
        probe.identify()
        real.close()
        with pytest.raises(LinkLost):
            probe.identify()
        probe.close()
    finally:
        real.close()


def test_our_driver_reads_a_sled_through_it(on_chain: RealOpenOcd, sled: SledPhysics) -> None:
    probe = on_chain.driver()
    assert probe.walk() == ChainWalk(5, closed=True)
    assert [tap.idcode for tap in probe.idcodes()] == [tap.idcode for tap in PRODUCT.scan_chain]
    assert [probe.fuses(chip).sku for chip in range(4)] == ["T3-S"] * 4
    assert not probe.mbist(2).failed
    assert probe.drscan("cpld", 0xFF, 1, 1) == 0
    sled.defects.scan_break = 2
    assert probe.walk() == ChainWalk(3, closed=False)
    assert [tap.state for tap in probe.idcodes()] == [TapFinding.UNREACHABLE] * 2 + [TapFinding.IDENTIFIED] * 3
    probe.close()


SAME = [
    "version",
    "nosuch",
    "jtag names",
    "scan_chain",
    "jtag cget cpld.tap -idcode",
    "jtag cget cpld.tap -nosuch",
    "jtag cget nosuch -idcode",
    "jtag cget cpld.tap",
    "jtag names 3",
    "jtag tapisenabled cpld.tap",
    "jtag tapisenabled nosuch",
    "jtag tapisenabled",
    "jtag tapenable cpld.tap",
    "jtag",
    "jtag nosuch",
    "irscan cpld.tap 1",
    "drscan cpld.tap 32 0",
    "drscan cpld.tap 32 0xdeadbeef 8 0x5a",
    "drscan cpld.tap 8",
    "drscan",
    "drscan nosuch 8 0",
    "drscan cpld.tap zz 8",
    "drscan cpld.tap 8 0 -endstate FOO",
    "drscan cpld.tap 40 0x123456789a -endstate DRPAUSE",
    "drscan cpld.tap 40 0x123456789a",
    "drscan cpld.tap 16 010 16 99",
    "irscan chip1.tap 0x3f",
    "drscan chip1.tap 5 0x1f",
    "drscan chip1.tap 70 0x3fffffffffffffffff",
    "irscan chip1.tap 0x10 -endstate IRPAUSE",
    "drscan chip1.tap 128 0",
    "irscan chip2.tap 0x13",
    "drscan chip2.tap 32 0",
    "irscan chip2.tap",
    "irscan nosuch 1",
    "irscan chip2.tap zz",
    "irscan chip2.tap 1 -endstate FOO",
    "irscan chip2.tap 1 chip3.tap 2",
    "irscan chip2.tap 0x1ff",
    "drscan chip2.tap 12 0xabc",
    "runtest 10",
    "runtest",
    "runtest zz",
    "pathmove RESET IDLE",
    "pathmove RESET IRSHIFT",
    "pathmove FOO",
    "pathmove",
    "irscan chip3.tap 1",
    "pathmove IDLE DRSELECT DRCAPTURE DREXIT1 DRPAUSE",
    "drscan chip3.tap 32 0",
    "adapter speed zz",
    "adapter",
    "jtag arp_init",
    "set x",
    "error boo",
]


def test_the_simulated_one_answers_as_it_does(on_chain: RealOpenOcd) -> None:
    twin = new_sled()
    server, now_s = OpenOcd(twin), power_up(twin)
    client = on_chain.client()
    with client:
        for command in ("jtag arp_init", *SAME):
            for request in (f'set _rc [catch {{{command}}} _out]; return "$_rc $_out"', command):
                server.receive(now_s, request.encode() + b"\x1a")
                now_s += 1.0
                ours = server.transmit(now_s)[:-1].decode("latin-1")
                assert (request, ours) == (request, ask(client, request))


SCRIPTS = [
    'return "abc  "',
    "# nothing",
    "{}",
    "set b 3; return [set b][set b]",
    'return "a"b',
    "return {a}b",
    "return [",
    'return "a',
    "return ]",
    "return $",
    'set a "x;y"; return $a',
    "set a x\\\n  y",
    "set a {x\\\n   y}",
    "set a x[set b]y\\ z",
    "return \\x4a\\u0041\\101\\q",
    "catch {return 5} m; return $m",
    "catch {catch {error x} m; error $m} n; return $n",
    "[version]",
    "  ;; ; version",
]


def test_its_tcl_reads_scripts_as_ours_does(on_chain: RealOpenOcd) -> None:
    server = OpenOcd(new_sled())
    with on_chain.client() as client:
        for place, script in enumerate(SCRIPTS):
            server.receive(place, script.encode() + b"\x1a")
            assert (script, server.transmit(place + 0.5)[:-1].decode()) == (script, ask(client, script))


def test_its_targets_are_told_as_ours_are(tmp_path: Path) -> None:
    targets = [f"target create chip{chip}.core testee -chain-position chip{chip}.tap" for chip in range(4)]
    real = RealOpenOcd(tmp_path, "adapter driver dummy", "\n".join(targets))
    server = OpenOcd(new_sled())
    server.receive(0.0, b"version\x1a")
    try:
        with real.client() as client:
            for place, command in enumerate(TARGETS, start=1):
                server.receive(place, f'set _rc [catch {{{command}}} _out]; return "$_rc $_out"'.encode() + b"\x1a")
                ours = server.transmit(place + 0.5).decode().split("\x1a")[-2].replace("riscv ", "testee")
                theirs = ask(client, f'set _rc [catch {{{command}}} _out]; return "$_rc $_out"')
                assert (command, ours) == (command, theirs)
    finally:
        real.close()


TARGETS = [
    "targets",
    "targets nosuch",
    "targets chip1.core",
    "targets",
    "chip0.core curstate",
    "chip0.core",
    "chip0.core nosuch",
    "chip0.core curstate 3",
    "reg nosuch",
]
"""Without those that need a core that is more than a dummy."""
