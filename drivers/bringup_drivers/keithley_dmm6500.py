"""Keithley DMM6500 digital multimeter: DC volts on a fixed range that fits, and ohms.

Source: Keithley "Model DMM6500 Reference Manual" (DMM6500-901-01), SCPI command reference (SENSe1 subsystem, READ?,
FORMat). The instrument must be set to the SCPI command set (*LANG SCPI). For volts the driver chooses the range and
leaves it until a reading no longer fits; after every reading the meter tells function and range in the same message,
so that nobody at the front panel can change them unseen and no other answer passes for a reading.
"""

from __future__ import annotations

import math

from bringup.capabilities import Identity
from bringup.errors import BadReply, UsageError
from bringup.hooks import Connection

from .replies import Overload, ReplyMistake, as_number
from .scpi_session import ScpiSession

RANGES_VOLTS = (0.1, 1.0, 10.0, 100.0, 1000.0)

OVER_RANGE = 1.2
"""A range reads to 1.2 times its name (data sheet; the highest ends a little above 1000 V already)."""

UNDER_RANGE = 0.08
"""Part of a range below which the next lower one, which reads to 0.12 of it, is taken instead."""

POWER_LINE_CYCLES = (1, 10)
"""Integration times offered, of the 0.0005 to 15 (at 60 Hz) that NPLCycles takes."""

HIGHEST_OHMS = 1.2e8
"""The 100 MΩ range with its 20 % above."""


class KeithleyDmm6500:
    """A `Multimeter` and `Ohmmeter`.

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
            wanted, self._range = self._range, 0.0  # chosen anew after a failure
            if not wanted:
                wanted = RANGES_VOLTS[-1]
                self._choose("VOLT:DC", f":VOLT:DC:RANG {wanted:g}")
            for _ in range(len(RANGES_VOLTS) + 1):
                volts, used = self._volts()
                wanted = self._fitting(volts, used)
                if wanted == used:
                    self._range = used
                    return volts
                self._choose("VOLT:DC", f":VOLT:DC:RANG {wanted:g}")
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
            self._choose(name, f":{name}:RANG:AUTO ON")
            ohms, _ = self._session.read_all(("READ?", _ohms_or_open), ("FUNC?", lambda text: _function(text, name)))
        return ohms

    def _choose(self, function: str, setup: str) -> None:
        """Function, range, integration time, and one ASCII reading for a READ?; verified.

        SENSe:FUNCtion, SENSe:<function>:RANGe, :NPLCycles, SENSe:COUNt (1 reading), FORMat[:DATA].
        """
        taken = self._session.set_and_read(
            f'FUNC "{function}";{setup};:{function}:NPLC {self._cycles};:COUN 1;:FORM ASC',
            f"{function}:NPLC?",
            lambda text: as_number(text, 0, 15),
        )
        if taken != self._cycles:
            raise BadReply(f"{self._session.where}: told to integrate over {self._cycles} cycles, it says {taken:g}")

    def _volts(self) -> tuple[float, float]:
        """One reading (infinite on overload) and the range on which it was taken."""
        volts, _, used = self._session.read_all(
            ("READ?", _volts_or_overload),
            ("FUNC?", lambda text: _function(text, "VOLT:DC")),
            ("VOLT:DC:RANG?", lambda text: as_number(text, RANGES_VOLTS[0], RANGES_VOLTS[-1])),
        )
        if math.isfinite(volts) and abs(volts) > OVER_RANGE * used:
            raise BadReply(f"{self._session.where}: {volts:g} V cannot be read on the {used:g} V range")
        return volts, used

    def _fitting(self, volts: float, used: float) -> float:
        """The range for a reading: the present one while it does, else the lowest that holds it."""
        highest = RANGES_VOLTS[-1]
        if math.isinf(volts) and used == highest:
            raise BadReply(f"{self._session.where}: overload on the {highest:g} V range")
        if math.isinf(volts):
            return highest
        if abs(volts) >= UNDER_RANGE * used:
            return used
        return next(name for name in RANGES_VOLTS if abs(volts) <= name)


def _volts_or_overload(text: str) -> float:
    try:
        return as_number(text, -OVER_RANGE * RANGES_VOLTS[-1], OVER_RANGE * RANGES_VOLTS[-1])
    except Overload:
        return math.inf


def _ohms_or_open(text: str) -> float:
    """A reading may be a little below zero: the meter's own offset."""
    try:
        return as_number(text, -1.0, HIGHEST_OHMS)
    except Overload:
        return math.inf


def _function(text: str, expected: str) -> float:
    """The function must be the one that was chosen; firmware answers it with quotes or without."""
    if text.strip('"') != expected:
        raise ReplyMistake(f"not the function {expected}")
    return 0.0
