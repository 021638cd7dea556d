"""Every wire of a served lab, with the clients that users have: PyVISA-py, pyserial, urllib, bare sockets."""

from __future__ import annotations

import os
import statistics
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import pyvisa
import serial
from pyvisa.resources import MessageBasedResource

from tests.conftest import SHIPPED
from tests.integration.served import LabThread, ask, eventually, get, lab_thread, line_from

VISA_WIRES = ["hislip", "socket", "vxi11", *([] if sys.platform == "win32" else ["pty"])]
CONSOLE_WIRES = ["raw_tcp", "rfc2217", *([] if sys.platform == "win32" else ["pty"])]

pytestmark = pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")  # pyserial's RFC 2217 client


@pytest.fixture(scope="module")
def served() -> Iterator[LabThread]:
    with lab_thread(SHIPPED / "stations" / "simulated.toml") as lab:
        yield lab


@pytest.fixture
def manager() -> Iterator[pyvisa.ResourceManager]:
    manager = pyvisa.ResourceManager("@py")
    yield manager
    manager.close()


def opened(manager: pyvisa.ResourceManager, served: LabThread, role: str, kind: str) -> MessageBasedResource:
    resource = manager.open_resource(served.wire(role, kind), timeout=3000, write_termination="\n")
    assert isinstance(resource, MessageBasedResource)
    if kind in ("socket", "pty"):
        resource.read_termination = "\n"
    return resource


# Instruments.


@pytest.mark.parametrize("kind", VISA_WIRES)
def test_a_client_opens_asks_sets_and_closes(served: LabThread, manager: pyvisa.ResourceManager, kind: str) -> None:
    for volts in ("12.0000", "13.5000"):  # the second time on a line that was closed in between
        supply = opened(manager, served, "supply1", kind)
        assert supply.query("*IDN?").split(",")[1] == "N8757A"
        supply.write(f"VOLT {volts}")
        assert supply.query("VOLT?").strip() == volts
        assert supply.query("SYST:ERR?").strip() == '+0,"No error"'
        supply.close()


@pytest.mark.parametrize("kind", VISA_WIRES)
def test_wires_of_one_instrument_are_one_instrument(
    served: LabThread, manager: pyvisa.ResourceManager, kind: str
) -> None:
    opened(manager, served, "supply2", "hislip").write("VOLT 7")
    assert float(opened(manager, served, "supply2", kind).query("VOLT?")) == 7.0


@pytest.mark.parametrize("kind", VISA_WIRES)
def test_setting_and_asking_costs_no_delayed_acknowledge(
    served: LabThread, manager: pyvisa.ResourceManager, kind: str
) -> None:
    supply = opened(manager, served, "supply1", kind)
    taken_s = []
    for volts in range(15):
        began_s = time.perf_counter()
        supply.write(f"VOLT {volts}")
        supply.query("VOLT?")
        taken_s.append(time.perf_counter() - began_s)
    assert statistics.median(taken_s) < 0.030, "a delayed acknowledge takes 40 ms"


def test_several_clients_of_one_socket_each_get_their_own_answers(served: LabThread) -> None:
    clients = [served.connect("supply1", "socket") for _ in range(8)]
    for number, client in enumerate(clients):
        client.sendall(f"*ESE {number};*ESE?\n".encode())
    assert [line_from(client) for client in clients] == [str(number) for number in range(8)]
    for client in clients:
        client.close()


def test_a_message_in_pieces_and_several_in_one(served: LabThread) -> None:
    with served.connect("supply1", "socket") as client:
        for byte in b"*ID":
            client.sendall(bytes([byte]))
            time.sleep(0.002)
        client.sendall(b"N?\n*OPC?\n\r\n*ESE 4\n*ESE?\r\n")
        got = b""
        while got.count(b"\n") < 3:
            got += client.recv(1000)
        assert [line.split(b",")[0] for line in got.splitlines()] == [b"Agilent Technologies", b"1", b"4"]


def test_half_a_message_of_a_client_that_went_is_nobody_s(served: LabThread) -> None:
    with served.connect("supply1", "socket") as client:
        client.sendall(b"VOLT 3;GARBAGE")
    with served.connect("supply1", "socket") as client:
        assert ask(client, "*CLS;:SYST:ERR?") == '+0,"No error"'


def test_who_says_all_and_then_listens_gets_the_answers(served: LabThread) -> None:
    with served.connect("supply1", "socket") as client:
        client.sendall(b"*OPC?\n*ESE 1;*ESE?\n")
        client.shutdown(1)
        assert b"".join(iter(lambda: client.recv(100), b"")) == b"1\n1\n"


def test_a_reading_takes_lab_time_and_others_wait_their_turn(served: LabThread) -> None:
    with served.connect("meter2", "socket") as slow, served.connect("meter2", "socket") as other:
        ask(slow, "*RST;:CONF:VOLT:DC 10;:VOLT:DC:NPLC 10;*OPC?")
        began_s = time.monotonic()
        slow.sendall(b"READ?\n")
        time.sleep(0.02)
        assert ask(other, "*OPC?") == "1"
        assert time.monotonic() - began_s > 0.15, "10 cycles of the mains are 0.2 s"
        assert abs(float(line_from(slow))) < 1.0


# Consoles.


def powered(served: LabThread, role: str) -> None:
    with served.connect(role, "socket") as client:
        assert ask(client, "CURR 80;:VOLT 54;:OUTP ON;*OPC?") == "1"
    time.sleep(0.3)


@pytest.mark.parametrize("kind", CONSOLE_WIRES)
def test_a_console_echoes_and_answers(served: LabThread, kind: str) -> None:
    powered(served, "supply3")
    for _ in range(2):
        with serial.serial_for_url(served.wire("bmc3", kind), 115_200, timeout=3) as port:
            port.write(b"\n")
            assert port.read_until(b"bmc> ").endswith(b"bmc> ")
            port.write(b"id\n")
            assert b"serial=LS-A-0043" in port.read_until(b"\r\nbmc> ")


def test_what_a_console_says_goes_to_everybody(served: LabThread) -> None:
    powered(served, "supply3")
    with served.connect("bmc3", "raw_tcp") as one, served.connect("bmc3", "raw_tcp") as other:
        one.sendall(b"vin\n")
        for client in (one, other):
            got = b""
            while b"watts=" not in got:
                got += client.recv(1000)


def test_a_serial_port_server_takes_line_settings(served: LabThread) -> None:
    with serial.serial_for_url(served.wire("bmc3", "rfc2217"), 9600, timeout=3) as port:
        port.baudrate, port.parity, port.bytesize, port.stopbits = 57_600, "E", 7, 2
        port.rts, port.dtr, port.break_condition = False, False, True
        port.reset_input_buffer()
        port.reset_output_buffer()
        eventually(lambda: has_modem_state(port))
        assert port.cts
        assert port.dsr
        assert port.cd


def has_modem_state(port: serial.SerialBase) -> bool:
    try:
        return bool(port.cts)
    except serial.SerialException:  # the server's notice has not come yet
        return False


def test_every_byte_goes_through_a_serial_port_server(served: LabThread) -> None:
    powered(served, "supply3")
    with serial.serial_for_url(served.wire("bmc3", "rfc2217"), 115_200, timeout=3) as port:
        port.write(b"\xff\xfeclock\x00\n")
        assert b"unknown command" in port.read_until(b"bmc> ")
    with served.connect("bmc3", "raw_tcp") as plain, served.connect("bmc3", "rfc2217") as telnet:
        time.sleep(0.1)
        telnet.recv(1000)  # its offers
        plain.sendall(b"\xff")
        assert telnet.recv(1000) == b"\xff\xff", "echoed with its escape"
        plain.sendall(b"\x7f")


# HTTP.


def test_a_coolant_unit_answers_and_keeps_the_connection(served: LabThread) -> None:
    url = served.wire("cdu", "http")
    assert get(f"{url}/redfish/v1")["Id"] == "RootService"
    with served.connect("cdu", "http") as client:
        for _ in range(3):
            client.sendall(b"GET /redfish/v1?a=b HTTP/1.1\r\nHost: it\r\n\r\n")
            got = b""
            while b"RootService" not in got or not got.endswith(b"}"):
                more = client.recv(5000)
                assert more
                got += more


def test_a_change_over_http_moves_the_loop(served: LabThread) -> None:
    url = served.wire("cdu", "http") + "/redfish/v1/Chassis/CDU1/Controls/SupplyTemperature"
    change = urllib.request.Request(url, b'{"SetPoint": 33.5}', {"Content-Type": "application/json"}, method="PATCH")
    with urllib.request.urlopen(change, timeout=5) as response:
        assert response.status in (200, 204)
    assert get(url)["SetPoint"] == 33.5


def test_a_body_without_bounds_is_refused(served: LabThread) -> None:
    url = served.wire("cdu", "http") + "/redfish/v1"
    with pytest.raises((urllib.error.HTTPError, ConnectionError, urllib.error.URLError)) as refused:
        urllib.request.urlopen(urllib.request.Request(url, b"x" * 3_000_000, method="PATCH"), timeout=5)
    if isinstance(refused.value, urllib.error.HTTPError):
        assert refused.value.code == 413
        refused.value.close()
    assert get(url)["Id"] == "RootService"


# The lab's own endpoint.


def test_the_lab_tells_what_is_true(served: LabThread) -> None:
    powered(served, "supply4")
    with served.connect("bmc4", "raw_tcp") as client:
        client.sendall(b"rail on vdd_core\n")  # out of order, and the lab knows
        got = b""
        while not got.endswith(b"bmc> "):
            got += client.recv(1000)
    state = get(f"{served.served.control_url}/state")
    slot = state["slots"]["S4"]
    assert state["speed"] == 1.0
    assert slot["input"]["powered"]
    assert slot["input"]["volts"] == pytest.approx(54.0, abs=0.1)
    assert slot["rails"]["3v3_sb"] == pytest.approx(3.3, abs=0.1)
    assert {violation["rail"] for violation in slot["sequence_violations"]} >= {"vdd_core.0"}
    assert get(f"{served.served.control_url}/state")["lab_time_s"] > state["lab_time_s"]
    assert not state["slots"]["S2"]["rails"]


def test_the_endpoint_says_what_it_has(served: LabThread) -> None:
    told = get(served.served.control_url)
    assert told["instruments"]["supply1"]["wires"]["hislip"] == served.wire("supply1", "hislip")
    with pytest.raises(urllib.error.HTTPError) as refused:
        get(f"{served.served.control_url}/faulty")
    assert refused.value.code == 404
    refused.value.close()


# Serial lines as such.


@pytest.mark.skipif(sys.platform == "win32", reason="no ptys")
def test_a_line_begins_anew_with_every_opening(served: LabThread) -> None:
    path = served.wire("supply1", "pty").removeprefix("ASRL").removesuffix("::INSTR")
    Path(path).write_bytes(b"VOLT 1;NONSENSE")  # and away
    time.sleep(0.1)
    with serial.Serial(path, timeout=3) as port:
        port.write(b"*CLS;:SYST:ERR?\n")
        assert port.read_until(b"\n") == b'+0,"No error"\n'


@pytest.mark.skipif(sys.platform == "win32", reason="no ptys")
def test_a_client_that_leaves_an_echo_on_does_no_harm(served: LabThread) -> None:
    import termios

    path = served.wire("supply1", "pty").removeprefix("ASRL").removesuffix("::INSTR")

    def flags(change: int = 0) -> int:
        terminal = os.open(path, os.O_RDWR | os.O_NOCTTY)
        try:
            attributes = termios.tcgetattr(terminal)
            attributes[3] |= change
            termios.tcsetattr(terminal, termios.TCSANOW, attributes)
            time.sleep(0.1)
            return int(attributes[3])
        finally:
            os.close(terminal)

    flags(termios.ECHO | termios.ICANON)
    assert eventually(lambda: not flags() & (termios.ECHO | termios.ICANON))
    with serial.Serial(path, timeout=3) as port:
        port.write(b"*OPC?\n")
        assert port.read_until(b"\n") == b"1\n"
