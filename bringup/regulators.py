"""A sled's voltage regulators, driven by PMBus over any `I2cBus`.

Each operation is one transaction that chooses its page, does its work and reads the page back, so that no other
client of the bus can put another output under it; every message carries a packet error code. What is read is what
the registers hold: multiples of a known step. Neighbours: `pmbus/` has the words, `pmbus_link.py` the transactions,
`capabilities/bus.py` the bus.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from .capabilities import I2cBus
from .errors import InstrumentError, OutOfEnvelope
from .files.product import Product
from .files.product_hardware import RegulatorFacts
from .pmbus import (
    BlackBox,
    Command,
    FormatMistake,
    Operation,
    Quantised,
    Status,
    StatusCml,
    StatusInput,
    StatusIout,
    StatusTemperature,
    StatusVout,
    StatusWord,
    from_linear11,
    from_ulinear16,
    to_ulinear16,
    vout_exponent,
)
from .pmbus_link import PmbusLink

Margin = Literal["high", "low", "off"]

_STATUS = (
    Command.STATUS_WORD,
    Command.STATUS_VOUT,
    Command.STATUS_IOUT,
    Command.STATUS_INPUT,
    Command.STATUS_TEMPERATURE,
    Command.STATUS_CML,
)
_MARGINS: Mapping[Margin, tuple[Operation, Command]] = {
    "high": (Operation.MARGIN_HIGH, Command.VOUT_MARGIN_HIGH),
    "low": (Operation.MARGIN_LOW, Command.VOUT_MARGIN_LOW),
    "off": (Operation.ON, Command.VOUT_COMMAND),
}


@dataclass(frozen=True, slots=True)
class RegulatorPage:
    """What a product says of one output.

    Attributes:
        rail: that it drives, as "vdd_core.2".
        abs_max_volts: beyond which it is never put.
        low_volts: the lowest voltage that may be set, or None where it may not be set.
        high_volts: the highest voltage that may be set, likewise.
    """

    rail: str
    abs_max_volts: float
    low_volts: float | None = None
    high_volts: float | None = None


@dataclass(frozen=True, slots=True)
class RegulatorReading:
    """One output as its regulator measures it."""

    volts: Quantised
    amps: Quantised
    celsius: Quantised
    watts: Quantised


@dataclass(frozen=True, slots=True)
class RegulatorConfig:
    """The configuration that is in a regulator: who it is, the image's version, and the checksum over it."""

    model: str
    version: str
    crc: int


class Regulator:
    """One regulator.

    Args:
        bus: that it is reached by.
        name: for messages, as "vr_core.2".
        number: of the I2C bus.
        address: of seven bits.
        pages: its outputs, in order.
        phases: of its first page's converter.

    Every method raises `NotAcknowledged` where the regulator does not answer or refuses, `BadReply` where its answer
    was damaged twice or comes from another page, and `InstrumentError` where it speaks another format.
    """

    def __init__(
        self, bus: I2cBus, name: str, number: int, address: int, pages: tuple[RegulatorPage, ...], phases: int = 1
    ) -> None:
        self.name = name
        self.pages = pages
        self._phases = phases
        self._link = PmbusLink(bus, f"{name} (0x{address:02x} on I2C bus {number})", number, address)

    @property
    def where(self) -> str:
        """The regulator as messages name it."""
        return self._link.where

    def status(self, page: int) -> Status:
        """Every status register of an output; what is latched stays until `clear_faults`."""
        word, vout, iout, entry, hot, cml = self._link.read(self._known(page), *_STATUS)
        return Status(
            StatusWord(word),
            StatusVout(vout),
            StatusIout(iout),
            StatusInput(entry),
            StatusTemperature(hot),
            StatusCml(cml),
        )

    def clear_faults(self, page: int) -> None:
        """Clear an output's latched status; an output that a fault turned off stays off."""
        self._link.write(self._known(page), Command.CLEAR_FAULTS)

    def read(self, page: int) -> RegulatorReading:
        """Volts, amps, degrees and watts of an output, at one moment."""
        mode, volts, amps, celsius, watts = self._link.read(
            self._known(page),
            Command.VOUT_MODE,
            Command.READ_VOUT,
            Command.READ_IOUT,
            Command.READ_TEMPERATURE_1,
            Command.READ_POUT,
        )
        seen = from_ulinear16(volts, self._exponent(mode))
        return RegulatorReading(seen, from_linear11(amps), from_linear11(celsius), from_linear11(watts))

    def set_point(self, page: int) -> Quantised:
        """What VOUT_COMMAND holds; a margin that is on holds over it."""
        mode, word = self._link.read(self._known(page), Command.VOUT_MODE, Command.VOUT_COMMAND)
        return from_ulinear16(word, self._exponent(mode))

    def set_volts(self, page: int, volts: float) -> Quantised:
        """Move an output's set-point; verified by reading back. It acts when no margin is on.

        Returns:
            The voltage that was really set: the multiple of the regulator's step that is nearest and within bounds.

        Raises:
            OutOfEnvelope: beyond what the product lets be set, or the regulator's own VOUT_MAX; nothing was set.
            InstrumentError: the regulator took another value.
        """
        facts = self.pages[self._known(page)]
        if facts.low_volts is None or facts.high_volts is None:
            raise OutOfEnvelope(f"{self.where}: {facts.rail} is not to be moved (the product has no bounds for it)")
        if not (math.isfinite(volts) and facts.low_volts <= volts <= facts.high_volts):
            bounds = f"{facts.low_volts:g} … {facts.high_volts:g} V"
            raise OutOfEnvelope(f"{self.where}: {facts.rail} = {volts:g} V lies beyond {bounds}; nothing was sent")
        mode, most = self._link.read(page, Command.VOUT_MODE, Command.VOUT_MAX)
        exponent = self._exponent(mode)
        try:
            word = _within(volts, facts.low_volts, facts.high_volts, exponent)
        except FormatMistake as mistake:
            raise OutOfEnvelope(f"{self.where}: {facts.rail}: {mistake}; nothing was set") from None
        wanted = from_ulinear16(word, exponent)
        if word > most:
            highest = from_ulinear16(most, exponent).value
            raise OutOfEnvelope(
                f"{self.where}: {facts.rail} = {volts:g} V is above its VOUT_MAX of {highest:g} V; nothing was set"
            )
        taken = self._link.write(page, Command.VOUT_COMMAND, word)
        if taken != word:
            said = from_ulinear16(taken or 0, exponent).value
            raise InstrumentError(f"{self.where}: {facts.rail} was set to {wanted.value:g} V, it says {said:g} V")
        return wanted

    def margin(self, page: int, to: Margin) -> Quantised:
        """Move an output that is on to its margin, or back from it; verified by reading back.

        Faults act there: a limit that the margin crosses turns the output off, which `status` then says.

        Returns:
            The voltage that it is told to regulate to.

        Raises:
            OutOfEnvelope: the margin that is configured lies beyond the product's bounds or VOUT_MAX.
            InstrumentError: the output is off, or the regulator did not take it.
        """
        facts = self.pages[self._known(page)]
        operation, source = _MARGINS[to]
        mode, most, now, word = self._link.read(page, Command.VOUT_MODE, Command.VOUT_MAX, Command.OPERATION, source)
        exponent = self._exponent(mode)
        target = from_ulinear16(word, exponent)
        high = facts.abs_max_volts if facts.high_volts is None else facts.high_volts
        low = 0.0 if facts.low_volts is None else facts.low_volts
        if word > most or not low <= target.value <= high:
            raise OutOfEnvelope(
                f"{self.where}: {facts.rail} at margin {to!r} would be {target.value:g} V, beyond "
                f"{low:g} … {min(high, from_ulinear16(most, exponent).value):g} V; nothing was set"
            )
        if not now & Operation.ON:
            raise InstrumentError(f"{self.where}: {facts.rail} is off; margining would turn it on. Nothing was set")
        taken = self._link.write(page, Command.OPERATION, operation)
        if taken != operation:
            what = f"OPERATION was set to 0x{operation:02x}, it says 0x{taken or 0:02x}"
            raise InstrumentError(f"{self.where}: {facts.rail}: {what}")
        return target

    def phases(self, page: int, *, invasive: bool) -> tuple[Quantised, ...]:
        """The current of every phase of an output. INVASIVE: it holds up the whole I2C bus, phase after phase.

        The controller's own telemetry of everything on this bus waits meanwhile or reads a phase for the whole;
        whoever polls at that time measures the diagnosis and not the sled. Each phase is a transaction that leaves
        PHASE at "all" again, so nothing is left behind when it ends early.

        Args:
            page: the output.
            invasive: True, from whoever has seen to it that nothing else runs on the bus.

        Raises:
            InstrumentError: `invasive` is not True.
        """
        if not invasive:
            raise InstrumentError(
                f"{self.where}: reading phases holds up the whole I2C bus; pass invasive=True when nothing else runs "
                "on it. Nothing was sent"
            )
        count = self._phases if self._known(page) == 0 else 1
        if count == 1:
            return (self.read(page).amps,)
        return tuple(from_linear11(self._link.read_phase(page, phase, Command.READ_IOUT)) for phase in range(count))

    def config(self) -> RegulatorConfig:
        """The configuration that is in it, to be held against the one that is approved."""
        model = self._link.block(Command.MFR_MODEL).decode("ascii", "replace")
        version = self._link.block(Command.MFR_REVISION).decode("ascii", "replace")
        crc = self._link.block(Command.MFR_CONFIG_CRC, 4)
        return RegulatorConfig(model, version, int.from_bytes(crc, "little"))

    def black_box(self) -> BlackBox | None:
        """Its record of the last trip, which outlives its power; None where nothing has tripped."""
        data = self._link.block(Command.MFR_BLACK_BOX)
        try:
            return BlackBox.parse(data)
        except FormatMistake as mistake:
            raise self._link.bad_reply("black box", data, mistake) from None

    def clear_black_box(self) -> None:
        """Forget the record: evidence is destroyed, so it is read before."""
        self._link.write(0, Command.MFR_BLACK_BOX_CLEAR)

    def _known(self, page: int) -> int:
        if not 0 <= page < len(self.pages):
            raise InstrumentError(f"{self.where} has the pages 0 … {len(self.pages) - 1}, not {page}; nothing was sent")
        return page

    def _exponent(self, mode: int) -> int:
        try:
            return vout_exponent(mode)
        except FormatMistake as mistake:
            raise InstrumentError(f"{self.where}: {mistake}") from None


def _within(volts: float, low: float, high: float, exponent: int) -> int:
    """The word nearest to `volts` whose voltage does not lie beyond the bounds."""
    word, step = to_ulinear16(volts, exponent), 2.0**exponent
    if word * step > high:
        word -= 1
    elif word * step < low:
        word += 1
    return word


def regulators_of(bus: I2cBus, product: Product) -> dict[str, Regulator]:
    """Every regulator of a product's sled by name, as "vr_core.2", reached by its controller's buses."""
    found: dict[str, Regulator] = {}
    for facts in product.facts.regulators:
        for chip in product.chips if facts.per_chip else (None,):
            name = facts.name if chip is None else f"{facts.name}.{chip}"
            pages = tuple(_page(product, rail, chip) for rail in facts.rails)
            found[name] = Regulator(bus, name, _number(facts, chip), facts.address, pages, facts.phases)
    return found


def _number(facts: RegulatorFacts, chip: int | None) -> int:
    return facts.bus + (chip or 0)


def _page(product: Product, name: str, chip: int | None) -> RegulatorPage:
    rail = product.rail(name)
    instance = name if chip is None else f"{name}.{chip}"
    return RegulatorPage(instance, rail.abs_max_volts, rail.low_volts, rail.high_volts)
