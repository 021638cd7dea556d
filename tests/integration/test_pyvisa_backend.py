"""The in-process backend under the real PyVISA: what scripts and drivers of other people do with it."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pyvisa
from pyvisa import constants
from pyvisa.constants import StatusCode
from pyvisa.resources import MessageBasedResource

import bringup_instruments.lab
from bringup.files.wire_fault import FaultKind
from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.multimeter_34460 import Multimeter34465A
from bringup_instruments.models.supply_n8700 import SupplyN8700
from bringup_instruments.physics.places import Place
from bringup_instruments.scpi import MessageDevice, ScpiDevice, Text, command, query, quoted
from bringup_instruments.wires.faulty_device import FaultyDevice
from bringup_instruments.world import Delivered, Source
from pyvisa_bringup import WRAPPER_CLASS, BringupVisaLibrary

SUPPLY = "TCPIP0::supply.bench::hislip0::INSTR"
METER = "TCPIP0::meter.bench::inst0::INSTR"
SOCKET = "TCPIP0::supply.bench::5025::SOCKET"
SERIAL = "ASRL7::INSTR"
ECHO = "USB0::0x0957::0x1234::MY1::0::INSTR"


class Resistor(Place):
    """Five ohms; its voltage is the meter's node."""

    def __init__(self) -> None:
        self.source = Source(0.0, 0.0, on=False)

    def watch(self, listener: Callable[[float], None]) -> None:
        """Nothing here changes by itself."""

    def feed(self, at_s: float, source: Source) -> None:
        self.source = source

    def delivered(self, at_s: float) -> Delivered:
        volts = self.source.volts if self.source.on else 0.0
        if volts / 5.0 > self.source.amps_limit:
            return Delivered(5.0 * self.source.amps_limit, self.source.amps_limit, constant_current=True)
        return Delivered(volts, volts / 5.0, constant_current=False)

    def volts(self, at_s: float) -> float:
        return self.delivered(at_s).volts


class Echo(ScpiDevice):
    """Says what it was told, often enough to fill chunks."""

    said = ""

    @command("SAY", Text(longest=100_000))
    def say(self, text: str) -> None:
        self.said = text

    @query("SAY?")
    def repeat(self) -> str:
        return quoted(self.said)


@dataclass
class Bench:
    """A lab of two instruments on one resistor, one of them reachable three ways."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    visa: dict[str, MessageDevice] = field(default_factory=dict)

    def __post_init__(self) -> None:
        load = Resistor()
        supply = SupplyN8700(self.clock, load, "US1")
        self.visa.update(dict.fromkeys((SUPPLY, SOCKET, SERIAL), supply))
        self.visa[METER] = Multimeter34465A(self.clock, load, "MY1", seed=3)
        self.visa[ECHO] = Echo(self.clock, "Maker,Echo,1,0")


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def manager(bench: Bench) -> Iterator[pyvisa.ResourceManager]:
    opened = pyvisa.ResourceManager(BringupVisaLibrary(lab=bench))
    yield opened
    opened.close()


def open_(manager: pyvisa.ResourceManager, name: str, **attributes: object) -> MessageBasedResource:
    resource = manager.open_resource(name, **attributes)  # type: ignore[arg-type]
    assert isinstance(resource, MessageBasedResource)
    return resource


def test_two_instruments_share_one_physics(manager: pyvisa.ResourceManager) -> None:
    supply, meter = open_(manager, SUPPLY), open_(manager, METER)
    supply.write("VOLT 54;CURR 20;OUTP ON")
    assert float(supply.query("MEAS:CURR?")) == pytest.approx(10.8, abs=0.01)
    assert float(meter.query("MEAS:VOLT:DC?")) == pytest.approx(54.0, abs=0.003)
    assert supply.query("SYST:ERR?") == '+0,"No error"\n'


def test_lab_time_passes_in_the_read(manager: pyvisa.ResourceManager, bench: Bench) -> None:
    open_(manager, METER).query("READ?")
    assert bench.clock.now() == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (None, {SUPPLY, METER, SERIAL, ECHO}),
        ("?*", {SUPPLY, METER, SOCKET, SERIAL, ECHO}),
        ("TCPIP?*::INSTR", {SUPPLY, METER}),
        ("ASRL?*", {SERIAL}),
        ("GPIB?*", set()),
    ],
)
def test_listing(manager: pyvisa.ResourceManager, query: str | None, found: set[str]) -> None:
    listed = manager.list_resources() if query is None else manager.list_resources(query)
    assert set(listed) == found


@pytest.mark.parametrize("name", ["TCPIP::supply.bench::hislip0", "TCPIP0::SUPPLY.bench::HISLIP0::INSTR"])
def test_other_spellings_of_a_resource_string(manager: pyvisa.ResourceManager, name: str) -> None:
    assert "N8757A" in open_(manager, name).query("*IDN?")


def test_an_unknown_resource_is_not_found(manager: pyvisa.ResourceManager) -> None:
    with pytest.raises(pyvisa.VisaIOError) as error:
        manager.open_resource("TCPIP::nobody::INSTR")
    assert error.value.error_code == StatusCode.error_resource_not_found


def test_a_string_that_is_no_resource_is_refused(manager: pyvisa.ResourceManager) -> None:
    with pytest.raises(pyvisa.VisaIOError) as error:
        manager.open_bare_resource("GPIB::what::ever::this::is")
    assert error.value.error_code == StatusCode.error_invalid_resource_name


def test_a_timeout_is_an_error_after_its_lab_time(manager: pyvisa.ResourceManager, bench: Bench) -> None:
    supply = open_(manager, SUPPLY, timeout=3000)
    with pytest.raises(pyvisa.VisaIOError) as error:
        supply.read()
    assert error.value.error_code == StatusCode.error_timeout
    assert bench.clock.now() == pytest.approx(3.0)
    assert supply.query("SYST:ERR?") == '-420,"Query UNTERMINATED"\n'
    assert supply.last_status == StatusCode.success


def test_an_infinite_timeout_waits_for_as_long_as_it_takes(manager: pyvisa.ResourceManager, bench: Bench) -> None:
    meter = open_(manager, METER, timeout=None)
    meter.query("VOLT:NPLC 100;:SAMP:COUN 3000;:READ?")
    assert bench.clock.now() == pytest.approx(10_000.0)


def test_read_termination_is_stripped_and_write_termination_may_vary(manager: pyvisa.ResourceManager) -> None:
    supply = open_(manager, SUPPLY, read_termination="\n")
    for termination in ("\r\n", "\n", ""):
        supply.write_termination = termination
        assert supply.query("OUTP?") == "0"
    assert supply.last_status == StatusCode.success


@pytest.mark.parametrize("termination", [None, "\n"])
@pytest.mark.parametrize("chunk", [1, 7, 4096])
def test_long_answers_come_in_chunks(manager: pyvisa.ResourceManager, termination: str | None, chunk: int) -> None:
    echo = open_(manager, ECHO, chunk_size=chunk, read_termination=termination)
    text = "0123456789" * 500
    echo.write(f"SAY '{text}'")
    assert echo.query("SAY?").rstrip("\n") == f'"{text}"'
    assert echo.query("*IDN?").startswith("Maker")


def test_a_termination_character_inside_an_answer_splits_it(manager: pyvisa.ResourceManager) -> None:
    echo = open_(manager, ECHO, read_termination=";")
    echo.write("SAY 'a;b;c'")
    assert echo.query("SAY?") == '"a'
    assert echo.read() == "b"
    echo.read_termination = None
    assert echo.read() == 'c"\n'
    assert echo.query("SYST:ERR?").startswith("+0")


def test_raw_bytes_up_to_a_count(manager: pyvisa.ResourceManager) -> None:
    echo = open_(manager, ECHO)
    echo.write_raw(b"*IDN?\n")
    assert echo.read_bytes(5) == b"Maker"
    assert echo.read_raw() == b",Echo,1,0\n"


def test_a_socket_has_no_end_but_the_newline(manager: pyvisa.ResourceManager, bench: Bench) -> None:
    socket = open_(manager, SOCKET, write_termination="", read_termination="\n")
    socket.write("*IDN?")
    with pytest.raises(pyvisa.VisaIOError):
        socket.read()
    socket.write_raw(b"\n")
    assert "N8757A" in socket.read()
    socket.read_termination = None
    socket.write_raw(b"*IDN?\n")
    with pytest.raises(pyvisa.VisaIOError):
        socket.read()


def test_a_serial_port_ends_at_its_termination_character(manager: pyvisa.ResourceManager) -> None:
    port = open_(manager, SERIAL, baud_rate=115200)
    assert port.baud_rate == 115200  # type: ignore[attr-defined]
    assert port.query("OUTP?") == "0\n"


def test_serial_poll_trigger_and_clear(manager: pyvisa.ResourceManager) -> None:
    supply = open_(manager, SUPPLY)
    supply.write("*ESR?")
    supply.write("*CLS;VOLT:TRIG 7;:INIT")
    assert supply.read_stb() == 0
    supply.assert_trigger()
    assert float(supply.query("VOLT?")) == 7.0
    supply.write("*IDN?")
    assert supply.stb & 16
    supply.clear()
    assert not supply.stb & 16
    assert supply.query("SYST:ERR?").startswith("+0")


def test_flush_drops_what_was_received_but_not_read(manager: pyvisa.ResourceManager) -> None:
    echo = open_(manager, ECHO, read_termination=";", timeout=100)
    echo.write("SAY 'a;b'")
    assert echo.query("SAY?") == '"a'
    echo.flush(constants.BufferOperation.discard_read_buffer)
    with pytest.raises(pyvisa.VisaIOError):
        echo.read()


def test_attributes_that_drivers_touch(manager: pyvisa.ResourceManager) -> None:
    supply = open_(manager, SUPPLY)
    supply.send_end = True
    assert supply.timeout == 2000
    del supply.timeout
    assert supply.timeout == float("inf")
    assert supply.resource_name == SUPPLY
    assert supply.interface_type == constants.InterfaceType.tcpip
    assert supply.resource_class == "INSTR"
    assert supply.lock_state == constants.AccessModes.no_lock
    assert supply.resource_manufacturer_name == "bringup"
    assert supply.resource_info.resource_name == SUPPLY
    for attribute, code in [
        (constants.ResourceAttribute.asrl_baud_rate, StatusCode.error_nonsupported_attribute),
        (constants.ResourceAttribute.resource_name, StatusCode.error_attribute_read_only),
    ]:
        with pytest.raises(pyvisa.VisaIOError) as error:
            supply.set_visa_attribute(attribute, 1)
        assert error.value.error_code == code
    socket = open_(manager, SOCKET)
    socket.set_visa_attribute(constants.ResourceAttribute.tcpip_nodelay, constants.VI_TRUE)
    supply.control_ren(constants.RENLineOperation.asrt)  # type: ignore[attr-defined]


def test_an_exclusive_lock_keeps_others_out(manager: pyvisa.ResourceManager, bench: Bench) -> None:
    first, second = open_(manager, SUPPLY), open_(manager, SUPPLY)
    with first.lock_context():
        assert first.lock_state == constants.AccessModes.exclusive_lock
        first.query("*IDN?")
        with pytest.raises(pyvisa.VisaIOError) as error:
            second.query("*IDN?")
        assert error.value.error_code == StatusCode.error_resource_locked
        before_s = bench.clock.now()
        with pytest.raises(pyvisa.VisaIOError):
            second.lock_excl(timeout=500)
        assert bench.clock.now() - before_s == pytest.approx(0.5)
    second.query("*IDN?")
    with pytest.raises(pyvisa.VisaIOError) as error:
        second.unlock()
    assert error.value.error_code == StatusCode.error_session_not_locked


def test_a_shared_lock_is_for_those_who_know_the_key(manager: pyvisa.ResourceManager) -> None:
    first, second, third = (open_(manager, SUPPLY) for _ in range(3))
    key = first.lock()
    second.lock(requested_key=key)
    first.query("*IDN?")
    second.query("*IDN?")
    with pytest.raises(pyvisa.VisaIOError):
        third.query("*IDN?")
    first.close()
    second.close()
    third.query("*IDN?")


def test_opening_with_a_lock(manager: pyvisa.ResourceManager) -> None:
    first = open_(manager, SUPPLY, access_mode=constants.AccessModes.exclusive_lock)
    with pytest.raises(pyvisa.VisaIOError) as error:
        manager.open_resource(SUPPLY, access_mode=constants.AccessModes.exclusive_lock)
    assert error.value.error_code == StatusCode.error_resource_locked
    first.close()
    open_(manager, SUPPLY, access_mode=constants.AccessModes.exclusive_lock)


def test_closing_one_manager_leaves_the_others_alone(bench: Bench) -> None:
    one, other = (pyvisa.ResourceManager(BringupVisaLibrary(lab=bench)) for _ in range(2))
    mine, yours = open_(one, SUPPLY), open_(other, SUPPLY)
    mine.write("VOLT 5")
    one.close()
    with pytest.raises(pyvisa.errors.InvalidSession):
        mine.query("VOLT?")
    assert yours.query("VOLT?") == "5.0000\n"
    other.close()


def test_a_bare_session_that_was_closed_is_invalid(manager: pyvisa.ResourceManager) -> None:
    session, _ = manager.open_bare_resource(SUPPLY)
    manager.visalib.close(session)
    with pytest.raises(pyvisa.VisaIOError) as error:
        manager.visalib.write(session, b"*IDN?\n")
    assert error.value.error_code == StatusCode.error_invalid_object


def test_managers_that_are_dropped_are_collected(bench: Bench) -> None:
    open_(pyvisa.ResourceManager(BringupVisaLibrary(lab=bench)), SUPPLY).query("*IDN?")
    gc.collect()
    assert "N8757A" in open_(pyvisa.ResourceManager(BringupVisaLibrary(lab=bench)), SUPPLY).query("*IDN?")


def test_threads_on_different_instruments_never_mix(manager: pyvisa.ResourceManager) -> None:
    """Two threads of six thousand queries; pyvisa-sim mixed up 478 answers of as many."""
    wrong: list[str] = []

    def ask(name: str, expected: str) -> None:
        resource = open_(manager, name)
        wrong.extend(answer for _ in range(3000) if expected not in (answer := resource.query("*IDN?")))

    threads = [threading.Thread(target=ask, args=pair) for pair in ((SUPPLY, "N8757A"), (ECHO, "Echo"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_threads_on_one_instrument_get_whole_messages(bench: Bench, manager: pyvisa.ResourceManager) -> None:
    """Answers may go to the other thread (a query is two calls), but each is whole and is one of the two asked."""
    seen: set[str] = set()

    def ask(question: str) -> None:
        supply = open_(manager, SUPPLY, timeout=1)
        for _ in range(1500):
            # The other thread may have interrupted the answer or taken it: then, and only then, a timeout.
            with suppress(pyvisa.VisaIOError):
                seen.add(supply.query(question))

    threads = [threading.Thread(target=ask, args=(question,)) for question in ("OUTP?", "*TST?;:VOLT?")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen <= {"0\n", "0;0.0000\n"}
    supply = open_(manager, SUPPLY)
    supply.clear()
    assert supply.query("*CLS;OUTP?") == "0\n"


# By name.


def test_the_wrapper_class_is_found_by_name(bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[Path] = []

    def open_lab(path: str | Path) -> Bench:
        asked.append(Path(path))
        return bench

    monkeypatch.setattr(bringup_instruments.lab, "open_lab", open_lab)
    station = tmp_path / "night @ rack 3.toml"
    manager = pyvisa.ResourceManager(f"{station}@bringup")
    assert isinstance(manager.visalib, WRAPPER_CLASS)
    assert "N8757A" in open_(manager, SUPPLY).query("*IDN?")
    manager.close()
    again = pyvisa.ResourceManager(f"{station}@bringup")
    assert again is not manager
    again.close()
    assert asked == [station, station]


def test_a_missing_station_name_says_what_to_write() -> None:
    with pytest.raises(OSError, match=r"station\.toml@bringup"):
        pyvisa.ResourceManager("@bringup")


def test_the_shipped_station_by_environment() -> None:
    """As anyone's script would: another process, no mention of bringup in its code."""
    station = Path(__file__).parents[2] / "test_plans" / "stations" / "simulated.toml"
    script = (
        "import pyvisa\n"
        "manager = pyvisa.ResourceManager()\n"
        "for name in manager.list_resources():\n"
        "    print(manager.open_resource(name).query('*IDN?').strip())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYVISA_LIBRARY": f"{station}@bringup"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert sum("N8757A" in line for line in done.stdout.splitlines()) == 4
    assert sum("34465A" in line for line in done.stdout.splitlines()) == 4


# Bad wires.


def faulty(bench: Bench, fault: FaultKind | None) -> tuple[FaultyDevice, MessageBasedResource]:
    device = FaultyDevice(bench.visa[SUPPLY], fault)
    bench.visa[SUPPLY] = device
    return device, open_(pyvisa.ResourceManager(BringupVisaLibrary(lab=bench)), SUPPLY)


def test_a_good_wire_changes_nothing(bench: Bench) -> None:
    _, supply = faulty(bench, None)
    supply.chunk_size = 5
    assert "N8757A" in supply.query("*IDN?")
    supply.write("VOLT 5")
    assert supply.query("VOLT?;:SYST:ERR?") == '5.0000;+0,"No error"\n'
    supply.clear()
    assert supply.read_stb() == 0


def test_no_answer_costs_the_timeout_though_the_command_was_executed(bench: Bench) -> None:
    device, supply = faulty(bench, FaultKind.NO_ANSWER)
    with pytest.raises(pyvisa.VisaIOError) as error:
        supply.query("VOLT 5;VOLT?")
    assert error.value.error_code == StatusCode.error_timeout
    assert bench.clock.now() == pytest.approx(2.0)
    device.fault = None
    assert supply.query("VOLT?") == "5.0000\n"


def test_garbage_is_noise_of_the_same_length(bench: Bench) -> None:
    _, supply = faulty(bench, FaultKind.GARBAGE)
    supply.write("*IDN?")
    noise = supply.read_raw()
    assert len(noise) == len(bench.visa[SOCKET].identity) + 1  # type: ignore[attr-defined]
    assert noise.endswith(b"\n")
    assert b"N8757A" not in noise


def test_half_a_line_has_no_newline(bench: Bench) -> None:
    _, supply = faulty(bench, FaultKind.HALF_LINE)
    supply.write("VOLT 12.5")
    assert supply.query("VOLT?") == "12.5"


def test_replies_of_others_come_one_query_late(bench: Bench) -> None:
    device, supply = faulty(bench, None)
    assert "N8757A" in supply.query("*IDN?")
    device.fault = FaultKind.OTHERS_REPLY
    assert "N8757A" in supply.query("VOLT?")
    assert supply.query("OUTP?") == "0.0000\n"
    assert supply.query("*IDN?") == "0\n"
    supply.clear()
    device.fault = None
    assert supply.query("OUTP?") == "0\n"


# Service requests.


def test_a_service_request_is_an_event(manager: pyvisa.ResourceManager, bench: Bench) -> None:
    supply = open_(manager, SUPPLY)
    kind, queue = constants.EventType.service_request, constants.EventMechanism.queue
    supply.write("*CLS;*ESE 1;*SRE 32")
    with pytest.raises(pyvisa.VisaIOError) as early:
        supply.wait_on_event(kind, 0)
    assert early.value.error_code == StatusCode.error_not_enabled
    supply.enable_event(kind, queue)
    assert supply.wait_on_event(kind, 500, capture_timeout=True).timed_out
    assert bench.clock.now() == pytest.approx(0.5)
    supply.write("*OPC")
    assert not supply.wait_on_event(kind, 500, capture_timeout=True).timed_out
    assert supply.read_stb() & 64
    assert supply.query("*ESR?").strip() == "1"
    supply.write("*OPC")
    supply.discard_events(kind, queue)
    assert supply.wait_on_event(kind, 10, capture_timeout=True).timed_out
    supply.disable_event(kind, queue)
    with pytest.raises(pyvisa.VisaIOError):
        supply.enable_event(constants.EventType.trig, queue)
