"""The SCPI drivers over a real TCP socket and PyVISA-py: no delay per set, drops and late answers survived."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from bringup.errors import InstrumentError, NoReply
from bringup.files.station import load_station
from bringup.hardware import HardwareLab
from bringup.hooks import Connection
from bringup.wall_clock import WallClock
from bringup_drivers.keysight_n8700 import KeysightN8700
from bringup_instruments.models.supply_n8700 import SupplyN8700
from bringup_instruments.physics import CoolantLoop, SledParameters, SledPhysics
from tests.conftest import SHIPPED


class SupplyOnSocket:
    """The simulated supply on a loopback port; one client at a time, as its LAN interface has it.

    Attributes:
        mute: take messages, answer nothing.
        held: an answer kept back until the next message.
        connections: how many there have been.
    """

    def __init__(self) -> None:
        sled = SledPhysics("SL-1", SledParameters(), CoolantLoop())
        self.device = SupplyN8700(WallClock(), sled.load, "US1")
        self.mute = False
        self.late = False
        self.connections = 0
        self._client: socket.socket | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, name="supply on a socket")
        self._thread.start()

    def drop(self) -> None:
        """Cut the connection, as a rebooting LAN interface does."""
        if self._client is not None:
            with suppress(OSError):
                self._client.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.drop()
        with suppress(OSError):  # wakes the accept
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._client = client
            self.device.clear()
            with client, suppress(OSError):
                self._talk(client)

    def _talk(self, client: socket.socket) -> None:
        held = b""
        while data := client.recv(4096):
            self.device.write(data, end=False)
            answer = self.device.read(4096, 0.0)[0] if self.device.expecting else b""
            if self.late:
                held, answer = answer, held
            if answer and not self.mute:
                client.sendall(answer)


@pytest.fixture
def served() -> Iterator[SupplyOnSocket]:
    supply = SupplyOnSocket()
    yield supply
    supply.close()


@pytest.fixture
def driver(served: SupplyOnSocket) -> Iterator[KeysightN8700]:
    lab: Any = HardwareLab(load_station(SHIPPED / "stations" / "simulated.toml"))
    connection = Connection("psu", "Keysight N8757A", f"TCPIP::127.0.0.1::{served.port}::SOCKET", lab, timeout_s=0.3)
    supply = KeysightN8700(connection)
    yield supply
    supply.close()


def test_it_speaks_over_a_real_socket(served: SupplyOnSocket, driver: KeysightN8700) -> None:
    driver.configure(volts=54.0, amps=80.0, over_volts=60.0)
    driver.output_on()
    assert driver.is_on()
    driver.output_off()
    assert not served.device.output_on


def test_nagles_algorithm_is_off(driver: KeysightN8700) -> None:
    driver.identify()
    resource: Any = driver._session._link._resource
    interface = resource.visalib.sessions[resource.session].interface
    assert interface.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_dropped_link_is_an_error_once_and_opened_anew(served: SupplyOnSocket, driver: KeysightN8700) -> None:
    driver.configure(volts=54.0, amps=80.0, over_volts=60.0)
    served.drop()
    with pytest.raises(NoReply, match=r"psu \(Keysight N8757A at"):
        driver.is_on()
    assert not driver.is_on()
    assert served.connections > 1
    assert served.device.volts == 54.0, "nothing is replayed and nothing is lost"


def test_off_reaches_the_instrument_over_a_dropped_link(served: SupplyOnSocket, driver: KeysightN8700) -> None:
    driver.configure(volts=54.0, amps=80.0, over_volts=60.0)
    driver.output_on()
    served.drop()
    driver.output_off()
    assert not served.device.output_on


def test_a_late_answer_is_not_the_next_ones(served: SupplyOnSocket, driver: KeysightN8700) -> None:
    driver.configure(volts=54.0, amps=80.0, over_volts=60.0)
    served.late = True
    for _ in range(2):
        with pytest.raises(InstrumentError):
            driver.volts()
    served.late = False
    assert driver.volts() == 0.0
    assert not driver.is_on()


def test_nobody_there_is_a_clear_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    lab: Any = HardwareLab(load_station(SHIPPED / "stations" / "simulated.toml"))
    address = f"TCPIP::127.0.0.1::{port}::SOCKET"
    supply = KeysightN8700(Connection("psu", "Keysight N8757A", address, lab, timeout_s=0.3))
    with pytest.raises(InstrumentError, match=rf"psu \(Keysight N8757A at {address}\)"):
        supply.identify()
    supply.close()


def test_an_address_that_does_not_parse_is_a_clear_error() -> None:
    lab: Any = HardwareLab(load_station(SHIPPED / "stations" / "simulated.toml"))
    supply = KeysightN8700(Connection("psu", "Keysight N8757A", "TCPIP::", lab))
    with pytest.raises(InstrumentError, match=r"cannot be opened .* check its address"):
        supply.identify()
