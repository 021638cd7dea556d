"""The identity gate: is this board one that may be powered?

Asked twice of every slot: before anything is energized for what paper knows, and under standby power, before the first
switched rail, for what the board says of itself. Neighbours: `slot_night.py` and `energized.py` ask, the board's
history in the journal and the product file answer.

A missing ECO and a regulator configuration that nobody approved refuse power: they are how a board burns. So does a
mismatch of the `cpld` and `vr_config` components, which sequence and regulate the rails. Any other firmware can make
results wrong, not the board: it is noted with the night, whose results then say what they were measured with. There is
no switch to pass the gate: whoever wants other firmware approves it in the product file, which the journal keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..boards import BoardEntry, BoardEventKind, BoardState
from ..capabilities import I2cBus, IdentityReader, ReadIdentity
from ..errors import IdentityRefused
from ..events import EventKind
from ..files.product import Product
from ..files.product_hardware import RegulatorFacts
from ..regulators import regulators_of
from .bench import SlotBench
from .night_log import NightLog

POWER_FIRMWARE = ("cpld", "vr_config")
"""Components that sequence and regulate the rails."""
READER = "bringup"
"""Who entered what was read from a board."""


class Finding(NamedTuple):
    """Something about a board that is not as the product wants it; `refuses` tells whether it costs the power."""

    text: str
    refuses: bool


def paper_findings(product: Product, board: BoardState) -> tuple[Finding, ...]:
    """What the board's history alone speaks against it."""
    withdrawn = {one.entry.item: one for one in board.withdrawn if one.entry.kind is BoardEventKind.ECO}
    found = []
    for eco in product.facts.identity.ecos:
        if eco in board.ecos:
            continue
        wrong = withdrawn.get(eco)
        why = f" (entry {wrong.id} was corrected: {board.corrections[wrong.id].entry.text})" if wrong else ""
        found.append(
            f"{eco} is required and not recorded for {board.serial_number}{why}; once it is done, record it with "
            f"`bringup board {board.serial_number} --eco {eco}`, or, if it need not be, take it out of [identity] ecos "
            f"in {product.source.path}"
        )
    return tuple(Finding(text, refuses=True) for text in found)


def read_findings(product: Product, read: ReadIdentity) -> tuple[Finding, ...]:
    """What the board says of itself that nobody has approved."""
    return (*_of_regulators(product, read.regulators), *_of_firmware(product, read.firmware))


def read_entries(product: Product, read: ReadIdentity) -> tuple[BoardEntry, ...]:
    """What was read, as entries of the board's history."""
    approved = _regulators(product)
    entries = []
    for name, crc in sorted(read.regulators.items()):
        facts = approved.get(name)
        version = facts.config_version if facts and facts.config_crc == crc else ""
        data = {"crc": crc, "version": version}
        entries.append(BoardEntry(BoardEventKind.VR_CONFIG, name, f"0x{crc:08X}", READER, data))
    firmware = sorted(read.firmware.items())
    return (*entries, *(BoardEntry(BoardEventKind.FIRMWARE, name, told, READER) for name, told in firmware))


def _regulators(product: Product) -> dict[str, RegulatorFacts]:
    return {name: one for one in product.facts.regulators for name in product.instances(one)}


def _of_regulators(product: Product, read: Mapping[str, int]) -> list[Finding]:
    if not read:
        return []
    found = []
    approved = _regulators(product)
    for name, facts in approved.items():
        crc = read.get(name)
        image = f"version {facts.config_version or '?'}, CRC 0x{facts.config_crc:08X}"
        if crc is None:
            found.append(Finding(f"{name} did not tell its configuration; approved is {image}", refuses=True))
        elif not facts.config_crc:
            found.append(Finding(f"{name} holds configuration CRC 0x{crc:08X}; none is approved to judge it by", False))
        elif crc != facts.config_crc:
            told = f"{name} holds configuration CRC 0x{crc:08X}; approved is {image} ({product.source.path})"
            found.append(Finding(f"{told}: load the approved one, or approve this one there", refuses=True))
    found += [Finding(f"{name} is no regulator of {product.name}", True) for name in read if name not in approved]
    return found


def _of_firmware(product: Product, read: Mapping[str, str]) -> list[Finding]:
    found = []
    for image in product.facts.firmware:
        told = read.get(image.component)
        if told is not None and told != image.version:
            text = f"{image.component} runs {told}; approved is {image.version} ({product.source.path})"
            found.append(Finding(text, refuses=image.component in POWER_FIRMWARE))
    return found


def read_identity(slot: SlotBench) -> ReadIdentity:
    """Ask whichever of a slot's instruments can tell; empty where none can.

    Raises:
        InstrumentError: one does not answer, or not in a way that can be believed.
    """
    regulators: dict[str, int] = {}
    firmware: dict[str, str] = {}
    for instrument in slot.roles.values():
        if isinstance(instrument, I2cBus):
            found = regulators_of(instrument, slot.product)
            regulators.update({name: one.config().crc for name, one in found.items()})
        if isinstance(instrument, IdentityReader):
            read = instrument.read_identity()
            regulators.update(read.regulators)
            firmware.update(read.firmware)
    return ReadIdentity(regulators, firmware)


class IdentityGate:
    """The gate of one slot.

    Args:
        slot: the board's place, product and instruments.
        log: the night's journal, with the board's history.
    """

    def __init__(self, slot: SlotBench, log: NightLog) -> None:
        self._slot = slot
        self._log = log
        self._told: set[str] = set()

    def check_paper(self) -> None:
        """Before anything is energized.

        Raises:
            IdentityRefused: the board may not be powered; the message says why and what to do.
        """
        self._judge(paper_findings(self._slot.product, self._log.board(self._slot.serial_number)))

    def check_board(self) -> None:
        """Under standby power: read the board, keep what is news, judge it.

        Raises:
            IdentityRefused: the board may not be powered any further.
            InstrumentError: it could not be read.
        """
        product = self._slot.product
        read = read_identity(self._slot)
        entries = read_entries(product, read)
        if entries:
            self._log.board_was_read(self._slot.serial_number, product.name, entries)
        self._judge(read_findings(product, read))

    def _judge(self, findings: Iterable[Finding]) -> None:
        refusals = []
        for text, refuses in findings:
            if refuses:
                refusals.append(text)
            elif text not in self._told:  # again after every power cycle, but told once a night
                self._told.add(text)
                self._log.event(EventKind.NOTE, f"{self._slot.serial_number}: {text}", self._slot.name)
        if refusals:
            raise IdentityRefused("; ".join(refusals))
