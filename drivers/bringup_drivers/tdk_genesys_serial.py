"""TDK-Lambda Genesys supplies on a serial line: the native dialect, checksummed both ways.

Source: "Genesys GEN 5000W User Manual" (83-515-000), chapter 7 "RS232 & RS485 remote control". A unit hears nothing
before `ADR`. Neighbours: `line_session.py` carries the lines, `tdk_genesys_base.py` knows the order of things.
"""

from __future__ import annotations

import re

from bringup.capabilities import Identity
from bringup.hooks import Connection

from .line_session import LineSession, refusal
from .replies import ReplyMistake
from .tdk_genesys_base import Genesys, as_on_off, causes
from .transaction_lock import TransactionLock

ADDRESS = 6
"""RS-485 address as delivered."""

_CHECKED = re.compile(r"(.*)\$([0-9A-F]{2})")
_CODES = {
    "E01": "voltage too high, or too near to the over-voltage protection",
    "E02": "voltage below the under-voltage limit",
    "E04": "over-voltage protection too near to the voltage",
    "E06": "under-voltage limit above the voltage",
    "E07": "a fault holds the output off",
    "C01": "unknown command",
    "C02": "missing parameter",
    "C03": "illegal parameter",
    "C04": "damaged on the line",
    "C05": "out of range",
}  # tables 7-1 and 7-2


class GenesysSerial(Genesys):
    """A supply on a serial line; every message and answer carries a checksum (7.6.5)."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        # A lone `$` makes whatever stands half sent on the line a checksum error instead of a command.
        self._session = LineSession(
            connection,
            ("IDN?", "REV?"),
            terminator="\r",
            greeting=("$", _packed(f"ADR {ADDRESS:02d}")),
            unasked=lambda line: line.startswith("!"),
            packed=_packed,
            unpacked=_unpacked,
        )

    @property
    def _lock(self) -> TransactionLock:
        return self._session.lock

    def identify(self) -> Identity:
        """Ask `IDN?`, `SN?` and `REV?` (7.8.4)."""
        identity, serial_number, firmware = self._session.converse(
            ("IDN?", _maker_and_model), ("SN?", str), ("REV?", str)
        )
        maker, _, model = str(identity).partition(",")
        return Identity(maker, model, str(serial_number), str(firmware))

    def close(self) -> None:
        """Give the wire back; the output stays as it is."""
        self._session.close()

    def is_on(self) -> bool:
        """Ask `OUT?`: ON or OFF (7.8.5)."""
        return self._session.read("OUT?", as_on_off)

    def volts(self) -> float:
        """Ask `MV?` (7.8.5)."""
        return self._session.read("MV?", self._as_volts)

    def amps(self) -> float:
        """Ask `MC?` (7.8.5)."""
        return self._session.read("MC?", self._as_amps)

    def _set_voltage(self, volts: float) -> None:
        self._set("PV", volts, self._rated_volts)

    def _set_current(self, amps: float) -> None:
        self._set("PC", amps, self._rated_amps)

    def _set_protection(self, volts: float) -> None:
        self._set("OVP", volts, self._rated_volts)

    def _current(self) -> float:
        return self._session.read("PC?", self._as_amps)

    def _protection(self) -> float:
        return self._session.read("OVP?", self._as_volts)

    def _set(self, header: str, value: float, rated: float) -> None:
        command = f"{header} {value:.3f}"
        meaning = self._as_amps if header == "PC" else self._as_volts
        self._accepted(command, str(self._session.converse((command, _acknowledgement))[0]))
        taken = self._session.read_back(f"{header}?", meaning)
        self._taken(header, value, taken, rated)

    def _switch_on(self) -> None:
        acknowledged = self._session.converse(("OUT 1", _acknowledgement))[0]
        if acknowledged != "E07":  # then the faults say why
            self._accepted("OUT 1", str(acknowledged))

    def _switch_off_at_once(self) -> None:
        # Twice: a unit that somebody has deselected hears nothing before its address.
        self._session.send_at_once("OUT 0", f"ADR {ADDRESS:02d}", "OUT 0")

    def _faults(self) -> list[str]:
        return causes(self._session.read("FLT?", _as_hex))

    def _accepted(self, command: str, code: str) -> None:
        if code != "OK":
            raise refusal(self._connection.where, command, f"{code} ({_CODES.get(code, 'not in the manual')})")


def _sum(text: str) -> str:
    return f"{sum(text.encode('ascii')) & 0xFF:02X}"


def _packed(text: str) -> str:
    return f"{text}${_sum(text)}"


def _unpacked(text: str) -> str:
    found = _CHECKED.fullmatch(text)
    if not found or found[2] != _sum(found[1]):
        raise ReplyMistake("without its right checksum")
    return found[1]


def _acknowledgement(text: str) -> str:
    if text != "OK" and not re.fullmatch(r"[CE]\d\d", text):
        raise ReplyMistake("neither OK nor an error code")
    return text


def _as_hex(text: str) -> int:
    if not re.fullmatch(r"[0-9A-F]{2}", text):
        raise ReplyMistake("not two hex digits")
    return int(text, 16)


def _maker_and_model(text: str) -> str:
    if text.count(",") != 1 or ",GEN" not in text.replace(" ", ""):
        raise ReplyMistake("not a maker and a Genesys model")
    return text.replace(" ", "")
