"""Switching and the mainframe's slots on a 34980A: ROUTe:CLOSe and :OPEN, and what sits in a slot.

After the 34980A programmer's reference help, "ROUTe Subsystem", "SYSTem Subsystem", "DIAGnostic Subsystem".
Neighbours: `daq_34980a_channels.py` has the relays.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

from ..scpi import Number, ScpiError, Setting, Text, command, integer, query, quoted
from ..scpi.lexer import Kind, Token
from ..scpi.parameters import Boolean
from .daq_34980a_channels import (
    ANALOG_BUSES,
    CHANNELS_OF_BANK,
    CHANNELS_OF_SLOT,
    RELAY_S,
    SLOTS,
    Relays,
    SlotChannels,
    relay_numbers,
)

RELAYS = SlotChannels(tuple(relay_numbers()))
CARD, CARD_TEXT, CARD_FIRMWARE = "34921A", "40-Channel Armature Multiplexer", "1.12"
COMMITTED = (301, "Module currently committed to scan")


@dataclass(frozen=True, slots=True)
class SlotOrAll:
    """A slot's number, or ALL, which is 0 here."""

    optional: bool = True

    def accept(self, token: Token) -> float:
        """A number or the word."""
        if token.kind is Kind.WORD and token.text == "ALL":
            return 0.0
        accepted = Number().accept(token)
        return accepted if isinstance(accepted, float) else 0.0

    def check(self, _owner: Any, value: object) -> int | None:
        """None stands for all slots."""
        if value == 0.0:
            return None
        slot = int(Number("", whole=True).check(None, value))
        if slot not in SLOTS:
            raise ScpiError(-222)
        return slot

    def show(self, value: int | None) -> str:
        """As sent."""
        return "ALL" if value is None else str(value)

    def limits_of(self, _owner: Any) -> None:
        """Nothing queries it."""
        return


class Switching:
    """Relays and slots.

    Args:
        relays: of the mainframe.
        scan_list: the channels that are scanned; their banks belong to the scan.
        serial_number: of the mainframe, from which the cards' are made.
    """

    def __init__(self, relays: Relays, scan_list: Callable[[], Sequence[int]], serial_number: str) -> None:
        self._relays = relays
        self._scan_list = scan_list
        self._serial_number = serial_number

    display_on = Setting("DISPlay[:STATe]", Boolean(), reset=True)
    display_text = Setting("DISPlay:TEXT[:DATA]", Text(longest=18), reset="")
    beeps = Setting("SYSTem:BEEPer:STATe", Boolean(), reset=True, kept=True)

    @command("ROUTe:CLOSe", RELAYS)
    def close(self, numbers: Sequence[int]) -> Generator[float, None, None]:
        """Close relays; those of banks that are scanned cannot be."""
        self._refuse_scanned(numbers)
        self._relays.close(numbers)
        yield RELAY_S

    @query("ROUTe:CLOSe?", RELAYS)
    def closed(self, numbers: Sequence[int]) -> str:
        """1 for each that is closed."""
        return ",".join("1" if number in self._relays.closed else "0" for number in numbers)

    @command("ROUTe:CLOSe:EXCLusive", RELAYS)
    def close_only(self, numbers: Sequence[int]) -> Generator[float, None, None]:
        """Open everything in the slots that are meant, then close."""
        self._refuse_scanned(numbers)
        wanted = set(numbers)
        for slot in {number // 1000 for number in numbers}:
            self._relays.open([other for other in self._relays.closed if other // 1000 == slot and other not in wanted])
        self._relays.close(numbers)
        yield 2 * RELAY_S

    @command("ROUTe:OPEN", RELAYS)
    def open(self, numbers: Sequence[int]) -> Generator[float, None, None]:
        """Open relays."""
        self._relays.open(numbers)
        yield RELAY_S

    @query("ROUTe:OPEN?", RELAYS)
    def opened(self, numbers: Sequence[int]) -> str:
        """1 for each that is open."""
        return ",".join("0" if number in self._relays.closed else "1" for number in numbers)

    @command("ROUTe:OPEN:ALL", SlotOrAll())
    def open_all(self, slot: int | None = None) -> None:
        """Open the channels and the bus relays of a slot, or of all."""
        self._relays.open_slot(slot)

    @command("ROUTe:OPEN:ABUS", SlotOrAll())
    def open_buses(self, slot: int | None = None) -> None:
        """Open the bus relays alone."""
        self._relays.open_slot(slot, buses=True)

    @query("ROUTe:DONE?")
    def done(self) -> str:
        """1: nothing moves any more."""
        return "1"

    @query("DIAGnostic:RELay:CYCLes?", RELAYS)
    def cycles(self, numbers: Sequence[int]) -> str:
        """How often each was closed."""
        return ",".join(f"{self._relays.cycles.get(number, 0):+d}" for number in numbers)

    @command("DIAGnostic:RELay:CYCLes:CLEar", RELAYS)
    def clear_cycles(self, numbers: Sequence[int]) -> None:
        """After a relay was changed."""
        for number in numbers:
            self._relays.cycles.pop(number, None)

    @query("SYSTem:CTYPe?", integer(1, 8))
    def card(self, slot: float) -> str:
        """Maker, model, serial number and firmware of what sits in a slot, in quotes."""
        return quoted(f"Agilent Technologies,{CARD},{self._serial_number}-{int(slot)},{CARD_FIRMWARE}")

    @query("SYSTem:CDEScription?", integer(1, 8))
    def card_description(self, _slot: float) -> str:
        """In words."""
        return quoted(CARD_TEXT)

    @query("SYSTem:MODule:TERMinal:TYPE?", integer(1, 8))
    def terminal_type(self, _slot: float) -> str:
        """The terminal block with the reference junction, 34921T."""
        return "TERM"

    @command("SYSTem:CPON", SlotOrAll(optional=False))
    def reset_card(self, slot: int | None) -> None:
        """A slot as after power-on: its relays are open."""
        self._relays.open_slot(slot)

    @command("DISPlay:TEXT:CLEar")
    def clear_display_text(self) -> None:
        """Show readings again."""
        self.display_text = ""

    @command("SYSTem:BEEPer[:IMMediate]")
    @command("SYSTem:LOCal")
    @command("SYSTem:REMote")
    @command("SYSTem:RWLock")
    def nothing_to_see(self) -> None:
        """Nobody stands at a simulated front panel."""

    @query("SYSTem:LFRequency?")
    def line_hertz(self) -> str:
        """The mains that integration times count in."""
        return "+60"

    def _refuse_scanned(self, numbers: Sequence[int]) -> None:
        scanned = {_bank(number) for number in self._scan_list()}
        if any(_bank(number) in scanned for number in numbers):
            raise ScpiError(*COMMITTED)


def _bank(number: int) -> tuple[int, int]:
    """Slot and bank of a channel or a bus relay."""
    slot, channel = divmod(number, 1000)
    if channel > CHANNELS_OF_SLOT:
        return slot, 0 if channel in ANALOG_BUSES[:4] else 1
    return slot, 0 if channel <= CHANNELS_OF_BANK else 1
