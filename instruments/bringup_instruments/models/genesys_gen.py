"""The native serial dialect of TDK-Lambda Genesys supplies: CR-ended words, `OK`, error codes, an address each.

After the Genesys GEN 5000W User Manual (83-515-000), chapter 7 "RS232 & RS485 remote control". Nothing is heard
before ADR has named this unit; global commands (`G…`) are heard by all and answered by none. A command with a
checksum (`$` and two hex digits) is answered with one. Neighbours: `supply_genesys.py` is the supply behind it.
"""

from __future__ import annotations

from collections.abc import Iterable
from inspect import signature

from bringup.clock import Clock

from ..dialects import LineDevice, verb, verbs_of
from .genesys_registers import GenesysRegisters
from .genesys_words import (
    SWITCH,
    CommandError,
    checksum_of,
    chosen,
    number,
    on_off,
    rubbed_out,
    split_checksum,
    with_checksum,
)
from .supply_genesys import GenesysSupply, Refused

ADDRESS = 6  # as delivered
BAUD = 9600.0  # as delivered; ten bits a byte
FIRMWARE = "REV:2U5K:4.3"  # free text; shaped like the real ones
TESTED = "2019/06/24"  # DATE?: the date of the last test
_GLOBAL = ("GRST", "GPV", "GPC", "GOUT", "GSAV", "GRCL")
_MAKES_REMOTE = ("PV", "PC", "OUT", "RST")  # these put a unit in local mode into remote mode (from memory)
_REMOTE = {"0": "LOC", "LOC": "LOC", "1": "REM", "REM": "REM", "2": "LLO", "LLO": "LLO"}
_FILTERS = {"18": "18", "23": "23", "46": "46"}


class GenesysGen(LineDevice):
    """A unit on the serial line.

    Args:
        clock: the lab's time.
        supply: what it controls.
        serial_number: answer to SN?, cut to twelve characters.
        address: set on the front panel, 0 to 30.
    """

    line_ends = b"\r"
    reply_end = b"\r"
    reply_s = 0.010  # the firmware's time for a command (estimate)
    byte_s = 10.0 / BAUD

    def __init__(self, clock: Clock, supply: GenesysSupply, serial_number: str, address: int = ADDRESS) -> None:
        super().__init__(clock)
        self.supply = supply
        self.address = address
        self.addressed = False
        self._serial_number = serial_number[-12:]
        self._last = ""
        self._sent: dict[str, str] = {}  # settings are answered just as they were sent
        self._filter = "18"
        self.registers = GenesysRegisters(supply, lambda: self.say(f"!{address:02d}"))
        self._verbs = verbs_of(self) | verbs_of(self.registers)
        supply.changed = self.registers.latch

    # The line.

    def obey(self, line: str) -> Iterable[str]:
        """One command; no answer for another unit's, nor for a global one."""
        text = rubbed_out(line.replace("\n", ""))
        if text.strip() == "\\":
            text = self._last
        elif text.strip():
            self._last = text
        body, checksum = split_checksum(text)
        header, _, argument = body.strip().partition(" ")
        header = header.upper()
        if header == "ADR":
            return self._select(body, checksum, argument.strip())
        if header in _GLOBAL:
            self._globally(header, argument.strip())
            return ()
        if not self.addressed:
            return ()
        return (self._answer(body, checksum, header, argument.strip()),)

    def _select(self, body: str, checksum: str | None, argument: str) -> Iterable[str]:
        """ADR: from here on this unit listens, or another one does."""
        right = checksum is None or checksum == checksum_of(body)
        mine = right and argument.isdecimal() and int(argument) == self.address
        if right and argument.isdecimal():
            self.addressed = mine
        return (with_checksum("OK", checksum),) if mine else ()

    def _answer(self, body: str, checksum: str | None, header: str, argument: str) -> str:
        if checksum is not None and checksum != checksum_of(body):
            return with_checksum("C04", checksum)
        try:
            return with_checksum(self._carried_out(header, argument), checksum)
        except Refused as refused:
            return with_checksum(str(refused), checksum)
        except CommandError as error:
            return with_checksum(str(error), checksum)

    def _carried_out(self, header: str, argument: str) -> str:
        if not header:
            return "OK"
        handler = self._verbs.get(header)
        if handler is None:
            raise CommandError("C01")
        takes = bool(signature(handler).parameters)
        if takes and not argument:
            raise CommandError("C02")
        if not takes and argument:
            raise CommandError("C03")
        if header in _MAKES_REMOTE and self.supply.remote == "LOC":
            self.supply.remote = "REM"
        answer = handler(argument) if takes else handler()
        self.supply.observe()
        return "OK" if answer is None else str(answer)

    def _globally(self, header: str, argument: str) -> None:
        """A command to every unit on the line: carried out if it can be, never answered."""
        try:
            self._carried_out(header.removeprefix("G"), argument)
        except (Refused, CommandError):
            return

    def observe(self) -> None:
        """Look at the terminals."""
        self.supply.observe()

    # Initialisation and identity (7.8.3, 7.8.4).

    @verb("RST")
    def reset(self) -> None:
        """The safe and known state."""
        self._sent.clear()
        self.supply.reset()

    def on_power_on(self) -> None:
        """The settings of before; the output is off unless it restarts by itself."""
        self.addressed = False
        self.registers.power_on()
        self.supply.power_on()

    @verb("RMT")
    def set_remote(self, argument: str) -> None:
        """Local, remote, or local lockout."""
        self.supply.remote = chosen(_REMOTE, argument)

    @verb("RMT?")
    def remote(self) -> str:
        """LOC, REM or LLO."""
        return self.supply.remote

    @verb("MDAV?")
    def multi_drop(self) -> str:
        """The multi-drop option is not installed."""
        return "0"

    @verb("MS?")
    def parallel(self) -> str:
        """A master of one supply."""
        return "1"

    @verb("IDN?")
    def identify(self) -> str:
        """Maker and model."""
        return f"LAMBDA,{self.supply.model}"

    @verb("REV?")
    def revision(self) -> str:
        """Firmware."""
        return FIRMWARE

    @verb("SN?")
    def serial_number(self) -> str:
        """Serial number."""
        return self._serial_number

    @verb("DATE?")
    def tested(self) -> str:
        """Date of the last test."""
        return TESTED

    # Output (7.8.5).

    @verb("PV")
    def set_volts(self, argument: str) -> None:
        """Program the voltage."""
        self.supply.set_volts(number(argument))
        self._sent["PV"] = argument

    @verb("PV?")
    def volts(self) -> str:
        """As it was sent."""
        return self._sent.get("PV") or self.supply.shown_volts(self.supply.settings.volts)

    @verb("MV?")
    def measured_volts(self) -> str:
        """Measured, in five digits."""
        return self.supply.shown_volts(self.supply.measured_volts())

    @verb("PC")
    def set_amps(self, argument: str) -> None:
        """Program the current limit."""
        self.supply.set_amps(number(argument))
        self._sent["PC"] = argument

    @verb("PC?")
    def amps(self) -> str:
        """As it was sent."""
        return self._sent.get("PC") or self.supply.shown_amps(self.supply.settings.amps)

    @verb("MC?")
    def measured_amps(self) -> str:
        """Measured, in five digits."""
        return self.supply.shown_amps(self.supply.measured_amps())

    @verb("MODE?")
    def mode(self) -> str:
        """CV, CC or OFF."""
        return self.supply.mode

    @verb("DVC?")
    def display(self) -> str:
        """What the displays would show: measured and programmed volts and amps, OVP and UVL."""
        supply, settings = self.supply, self.supply.settings
        volts = (self.measured_volts(), supply.shown_volts(settings.volts))
        amps = (self.measured_amps(), supply.shown_amps(settings.amps))
        return ",".join((*volts, *amps, f"{settings.ovp:05.2f}", f"{settings.uvl:05.2f}"))

    @verb("STT?")
    def status(self) -> str:
        """Everything in one answer."""
        values = f"MV({self.measured_volts()}),PV({self.volts()}),MC({self.measured_amps()}),PC({self.amps()})"
        return f"{values},SR({self.registers.state()}),FR({self.registers.faults()})"

    @verb("FILTER")
    def set_filter(self, argument: str) -> None:
        """The read-back's low-pass, in hertz."""
        self._filter = chosen(_FILTERS, argument)

    @verb("FILTER?")
    def filter(self) -> str:
        """In hertz."""
        return self._filter

    @verb("OUT")
    def switch(self, argument: str) -> None:
        """Output on or off."""
        self.supply.switch(chosen(SWITCH, argument))

    @verb("OUT?")
    def is_on(self) -> str:
        """ON or OFF."""
        return on_off(self.supply.is_on)

    @verb("FLD")
    def set_foldback(self, argument: str) -> None:
        """Arm the foldback protection."""
        self.supply.set_foldback(chosen(SWITCH, argument))

    @verb("FLD?")
    def foldback(self) -> str:
        """ON or OFF."""
        return on_off(self.supply.settings.foldback)

    @verb("FBD")
    def set_foldback_delay(self, argument: str) -> None:
        """Tenths of a second beyond the standard delay."""
        self.supply.set_foldback_delay(round(number(argument)))

    @verb("FBD?")
    def foldback_delay(self) -> str:
        """Tenths of a second."""
        return str(self.supply.settings.foldback_delay)

    @verb("FBDRST")
    def reset_foldback_delay(self) -> None:
        """The standard delay alone."""
        self.supply.set_foldback_delay(0)

    @verb("OVP")
    def set_ovp(self, argument: str) -> None:
        """Program the over-voltage protection."""
        self.supply.set_ovp(number(argument))
        self._sent["OVP"] = argument

    @verb("OVP?")
    def ovp(self) -> str:
        """As it was sent."""
        return self._sent.get("OVP") or f"{self.supply.settings.ovp:05.2f}"

    @verb("OVM")
    def set_highest_ovp(self) -> None:
        """Over-voltage protection to the model's maximum."""
        self.supply.set_ovp(self.supply.rating.highest_ovp)
        self._sent.pop("OVP", None)

    @verb("UVL")
    def set_uvl(self, argument: str) -> None:
        """Program the under-voltage limit."""
        self.supply.set_uvl(number(argument))
        self._sent["UVL"] = argument

    @verb("UVL?")
    def uvl(self) -> str:
        """As it was sent."""
        return self._sent.get("UVL") or f"{self.supply.settings.uvl:05.2f}"

    @verb("AST")
    def set_auto_restart(self, argument: str) -> None:
        """Auto-restart or safe start."""
        self.supply.set_auto_restart(chosen(SWITCH, argument))

    @verb("AST?")
    def auto_restart(self) -> str:
        """ON or OFF."""
        return on_off(self.supply.settings.auto_restart)

    @verb("SAV")
    def save(self) -> None:
        """Keep the settings."""
        self.supply.save()

    @verb("RCL")
    def recall(self) -> None:
        """The settings that were kept."""
        self._sent.clear()
        self.supply.recall()
