"""Keysight 34460 series digital multimeters, 34461A and 34465A: DC volts on a fixed range that fits, and ohms.

Source: Keysight "Truevolt Series Digital Multimeters, Operating and Service Guide", SCPI programming reference
(CONFigure, READ, SENSe:VOLTage:DC, SENSe:RESistance, SENSe:FRESistance). For volts the driver chooses the range and
leaves it until a reading no longer fits: an autoranging meter changes its error and its input resistance unseen.
After every reading the meter tells its configuration in the same message, so that a person at the front panel
cannot change the range unseen either, and so that another query's answer cannot pass for a reading.
"""

from __future__ import annotations

import math
import re

from bringup.capabilities import Identity
from bringup.errors import BadReply, UsageError
from bringup.hooks import Connection

from .replies import Overload, ReplyMistake, as_number
from .scpi_session import ScpiSession

RANGES_VOLTS = (0.1, 1.0, 10.0, 100.0, 1000.0)

OVER_RANGE = 1.2
"""A range reads to 1.2 times its name (data sheet; the highest ends at 1000 V already)."""

UNDER_RANGE = 0.08
"""Part of a range below which the next lower one, which reads to 0.12 of it, is taken instead."""

POWER_LINE_CYCLES = (1, 10)
"""Integration times offered: 10 rejects the mains best, 1 is ten times as quick."""

HIGHEST_OHMS = 1.2e9
"""The 1 GΩ range of the larger models, with its 20 % above; the smaller ones end at 120 MΩ."""

_CONFIGURATION = re.compile(r'"VOLT(?::DC)? ([^,"]+),([^,"]+)"')


_RESISTANCE = re.compile(r'"(F?RES) ([^,"]+),([^,"]+)"')


class Keysight34460:
    """A `Multimeter` and `Ohmmeter` of the 34460 series.

    Args:
        connection: where it is.
        power_line_cycles: 1 or 10.

    Raises:
        UsageError: another integration time.
    """

    def __init__(self, connection: Connection, power_line_cycles: int = 10) -> None:
        if power_line_cycles not in POWER_LINE_CYCLES:
            raise UsageError(f"{connection.where}: integrates over 1 or 10 power-line cycles, not {power_line_cycles}")
        self._session = ScpiSession(connection)
        self._cycles = power_line_cycles
        self._range = 0.0  # none chosen yet

    def identify(self) -> Identity:
        """Ask `*IDN?`."""
        return self._session.identify()

    def close(self) -> None:
        """Give the wire back; the meter keeps its configuration."""
        self._session.close()

    def dc_volts(self) -> float:
        """One reading of DC voltage, in volts, on the range that fits it.

        Raises:
            BadReply: overload on the highest range, or a reading that fits no range for longer than one try each.
        """
        with self._session.lock:
            if not self._range:
                self._configure(RANGES_VOLTS[-1])
            for _ in range(len(RANGES_VOLTS) + 1):
                volts, used = self._reading()
                wanted = self._fitting(volts)
                if wanted == used:
                    return volts
                self._configure(wanted)
        raise BadReply(f"{self._session.where}: the voltage moves faster than a range can be chosen; last {volts:g} V")

    def ohms(self, *, four_wire: bool = False) -> float:
        """One reading of resistance in ohms, on an automatic range; infinite where the leads are open.

        The meter sends its test current through the leads: nothing else may drive them.

        Raises:
            BadReply: what answered was no reading of resistance.
        """
        name = "FRES" if four_wire else "RES"
        with self._session.lock:
            self._range = 0.0  # the next reading of volts starts on the highest range again
            self._integrate(f"CONF:{name} AUTO", name)
            ohms, _ = self._session.read_all(("READ?", _ohms_or_open), ("CONF?", lambda text: _resistance(text, name)))
        return ohms

    def _configure(self, volts: float) -> None:
        """CONFigure also sets autozero and an immediate trigger (programming reference, CONFigure defaults)."""
        self._range = 0.0
        self._integrate(f"CONF:VOLT:DC {volts:g}", "VOLT:DC")
        self._range = volts

    def _integrate(self, configure: str, function: str) -> None:
        """Configure a function and set its integration time, verified (SENSe:<function>:NPLC, 0.001 to 100)."""
        taken = self._session.set_and_read(
            f"{configure};:{function}:NPLC {self._cycles}",
            f"{function}:NPLC?",
            lambda text: as_number(text, 0, 100),
        )
        if taken != self._cycles:
            raise BadReply(f"{self._session.where}: told to integrate over {self._cycles} cycles, it says {taken:g}")

    def _reading(self) -> tuple[float, float]:
        """One reading (infinite on overload) and the range on which it was taken."""
        volts, used = self._session.read_all(("READ?", _volts_or_overload), ("CONF?", _range_of))
        if math.isfinite(volts) and abs(volts) > OVER_RANGE * used:
            raise BadReply(f"{self._session.where}: {volts:g} V cannot be read on the {used:g} V range")
        return volts, used

    def _fitting(self, volts: float) -> float:
        """The range for a reading: the present one while it does, else the lowest that holds it."""
        highest = RANGES_VOLTS[-1]
        if math.isinf(volts) and self._range == highest:
            raise BadReply(f"{self._session.where}: overload on the {highest:g} V range")
        if math.isinf(volts):
            return highest
        if abs(volts) >= UNDER_RANGE * self._range:
            return self._range
        return next(name for name in RANGES_VOLTS if abs(volts) <= name)


def _volts_or_overload(text: str) -> float:
    try:
        return as_number(text, -OVER_RANGE * RANGES_VOLTS[-1], OVER_RANGE * RANGES_VOLTS[-1])
    except Overload:
        return math.inf


def _range_of(text: str) -> float:
    match = _CONFIGURATION.fullmatch(text)
    if not match:
        raise ReplyMistake("not the configuration of a DC voltage reading")
    used = as_number(match[1], RANGES_VOLTS[0], RANGES_VOLTS[-1])
    as_number(match[2], 0, RANGES_VOLTS[-1])
    return used


def _ohms_or_open(text: str) -> float:
    """A reading may be a little below zero: the meter's own offset."""
    try:
        return as_number(text, -1.0, HIGHEST_OHMS)
    except Overload:
        return math.inf


def _resistance(text: str, name: str) -> float:
    match = _RESISTANCE.fullmatch(text)
    if not match or match[1] != name:
        raise ReplyMistake("not the configuration of a resistance reading")
    as_number(match[3], 0, HIGHEST_OHMS)
    return as_number(match[2], 1, HIGHEST_OHMS)
