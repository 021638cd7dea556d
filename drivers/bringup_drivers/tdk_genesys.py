"""TDK-Lambda Genesys bulk DC supplies, 5 kW models: which language, and SCPI over the LAN option.

Source: "LAN Interface for Genesys" (IA672-04-01), chapter 11 (SCPI commands). Neighbours: `tdk_genesys_serial.py`
speaks the native dialect, `tdk_genesys_base.py` knows the order of things.
"""

from __future__ import annotations

from bringup.capabilities import Identity
from bringup.hooks import Connection

from .replies import as_integer
from .scpi_session import ScpiSession
from .tdk_genesys_base import Genesys, as_on_off, causes
from .tdk_genesys_serial import GenesysSerial
from .transaction_lock import TransactionLock


def open_genesys(connection: Connection) -> Genesys:
    """The driver for the language that an address means: native on `ASRL…`, SCPI on anything else."""
    serial = connection.address.upper().startswith("ASRL")
    return GenesysSerial(connection) if serial else GenesysLan(connection)


class GenesysLan(Genesys):
    """A supply with the LAN option."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._session = ScpiSession(connection)

    @property
    def _lock(self) -> TransactionLock:
        return self._session.lock

    def identify(self) -> Identity:
        """Ask `*IDN?`."""
        return self._session.identify()

    def close(self) -> None:
        """Give the wire back; the output stays as it is."""
        self._session.close()

    def is_on(self) -> bool:
        """Ask `OUTP:STAT?`: ON or OFF (11.9)."""
        return self._session.read("OUTP:STAT?", as_on_off)

    def volts(self) -> float:
        """Ask `MEAS:VOLT?` (11.11)."""
        return self._session.read("MEAS:VOLT?", self._as_volts)

    def amps(self) -> float:
        """Ask `MEAS:CURR?` (11.11)."""
        return self._session.read("MEAS:CURR?", self._as_amps)

    def _set_voltage(self, volts: float) -> None:
        taken = self._session.set_and_read(f"VOLT {volts:.3f}", "VOLT?", self._as_volts)
        self._taken("VOLT", volts, taken, self._rated_volts)

    def _set_current(self, amps: float) -> None:
        taken = self._session.set_and_read(f"CURR {amps:.3f}", "CURR?", self._as_amps)
        self._taken("CURR", amps, taken, self._rated_amps)

    def _set_protection(self, volts: float) -> None:
        taken = self._session.set_and_read(f"VOLT:PROT:LEV {volts:.3f}", "VOLT:PROT:LEV?", self._as_volts)
        self._taken("VOLT:PROT:LEV", volts, taken, self._rated_volts)

    def _current(self) -> float:
        return self._session.read("CURR?", self._as_amps)

    def _protection(self) -> float:
        return self._session.read("VOLT:PROT:LEV?", self._as_volts)

    def _switch_on(self) -> None:
        self._session.set("OUTP:STAT ON")

    def _switch_off_at_once(self) -> None:
        self._session.send_at_once("OUTP:STAT OFF")

    def _faults(self) -> list[str]:
        return causes(self._session.read("STAT:QUES:COND?", lambda text: as_integer(text, 0, 0x7FFF)))
