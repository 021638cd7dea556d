"""Aim-TTi LD400P electronic loads: 400 W, 80 V, 80 A.

Source: "LD400/LD400P Instruction Manual" (48511-1730), "Remote Commands". Commands are not acknowledged: what became of
one is read back, and the event and execution error registers are asked in the same conversation. Choosing a mode
switches the input off and resets levels, range and slew, so the mode is only sent where it is another one.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from bringup.capabilities import Identity
from bringup.errors import InstrumentError
from bringup.hooks import Connection

from .line_session import LineSession, refusal
from .replies import ReplyMistake, as_identity, as_integer, as_number

MOST_VOLTS, MOST_AMPS, MOST_WATTS = 80.0, 80.0, 400.0
"""Ratings (specification)."""

LOW_OHMS = 10.0
"""Highest resistance of the low range; the high one begins at 2 ohms (specification)."""

OFF_TRIES = 3
"""How often switching off is tried before it is given up as unverified (estimate)."""

_TOLERANCE = {"A": 0.01, "W": 0.1, "OHM": 0.1}  # resolution of the levels, by unit
_ERRORS = 0x30  # execution and command error, in *ESR?
_TRIPS = 0xFF
_REASONS = {100: "value out of range", 101: "store is corrupt", 102: "store is empty"}


class AimTtiLd400p:
    """An `ElectronicLoad`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        # A stray `?` makes whatever stands half sent on the line an unknown command.
        self._session = LineSession(connection, ("*IDN?", "*TST?"), greeting=("?", "*CLS"))

    def identify(self) -> Identity:
        """Ask `*IDN?`."""
        return self._session.ask_now("*IDN?", as_identity)

    def close(self) -> None:
        """Give the wire back; the input stays as it is."""
        self._session.close()

    def draw_amps(self, amps: float) -> None:
        """Constant current, at level A of the high range (`MODE C`, `A`)."""
        self._connection.check("amps", amps)
        self._draw("C", amps, "A")

    def draw_watts(self, watts: float) -> None:
        """Constant power (`MODE P`, `A`)."""
        self._connection.check("watts", watts)
        self._draw("P", watts, "W")

    def draw_ohms(self, ohms: float) -> None:
        """Constant resistance, in the range that fits (`MODE R`, `RANGE`, `A`)."""
        self._connection.check("ohms", ohms)
        self._draw("R", ohms, "OHM", high_range=ohms > LOW_OHMS)

    def step_amps(self, low: float, high: float, *, hertz: float, amps_per_s: float) -> None:
        """Alternate between levels A and B of constant current (`SLEW`, `FREQ`, `DUTY`, `LVLSEL T`)."""
        for amps in (low, high):
            self._connection.check("amps", amps)
        self._connection.check("hertz", hertz)
        self._connection.check("amps_per_s", amps_per_s)
        with self._session.lock:
            self._choose("C")
            self._set("RANGE", "1", _numbered("RANGE", "", 1.0, 0.0))
            self._set("A", f"{low:.2f}", _numbered("A", "A", low, 0.01))
            self._set("B", f"{high:.2f}", _numbered("B", "A", high, 0.01))
            self._set("SLEW", f"{amps_per_s:.4g}", _numbered("SLEW", "A", amps_per_s, 0.01 * amps_per_s))
            self._set("FREQ", f"{hertz:.4g}", _numbered("FREQ", "HZ", hertz, max(0.01 * hertz, 0.01)))
            self._set("DUTY", "50", _numbered("DUTY", "%", 50.0, 0.0))
            self._set("LVLSEL", "T", _worded("LVLSEL", "T"))

    def input_on(self) -> None:
        """Start to draw; verified.

        Raises:
            InstrumentError: it does not; the message says what tripped.
        """
        with self._session.lock:
            self._set("INP", "1", _input)
            trips = self._session.read("ITR?", lambda text: as_integer(text, 0, 255))
            if not self.is_on():
                where = self._connection.where
                raise InstrumentError(f"{where}: the input did not stay on: trip register {trips & _TRIPS}")

    def input_off(self) -> None:
        """Stop to draw; the command goes out before anything else is read, then verified.

        Raises:
            InstrumentError: the input is not known to be off.
        """
        where = self._connection.where
        with self._session.lock:
            for left in reversed(range(OFF_TRIES)):
                try:
                    self._session.send_at_once("INP 0")
                    if not self.is_on():
                        return
                except InstrumentError as error:
                    if not left:
                        raise InstrumentError(f"{where}: the input may be on: {error}") from error
            raise InstrumentError(f"{where}: the input is on after {OFF_TRIES} times off")

    def is_on(self) -> bool:
        """Ask `INP?`."""
        return self._session.read("INP?", _input)

    def volts(self) -> float:
        """Ask `V?`, in volts."""
        return self._session.read("V?", lambda text: _quantity(text, "", "V", -1.0, 1.5 * MOST_VOLTS))

    def amps(self) -> float:
        """Ask `I?`, in amperes."""
        return self._session.read("I?", lambda text: _quantity(text, "", "A", -1.0, 1.5 * MOST_AMPS))

    def _draw(self, mode: str, level: float, unit: str, *, high_range: bool = True) -> None:
        with self._session.lock:
            self._choose(mode)
            if mode != "P":
                self._set("RANGE", str(int(high_range)), _numbered("RANGE", "", float(high_range), 0.0))
            tolerance = _TOLERANCE[unit]
            self._set("A", f"{level:.3f}", _numbered("A", unit, level, tolerance))
            self._set("LVLSEL", "A", _worded("LVLSEL", "A"))

    def _choose(self, mode: str) -> None:
        if self._session.read("MODE?", lambda text: _after(text, "MODE")) != mode:
            self._set("MODE", mode, _worded("MODE", mode))

    def _set(self, header: str, value: str, meaning: Callable[[str], object]) -> None:
        """Send a setting, read it back, and ask for errors."""
        command = f"{header} {value}"
        _, events, number, taken = self._session.converse(
            (command, None),
            ("*ESR?", lambda text: as_integer(text, 0, 255)),
            ("EER?", lambda text: as_integer(text, 0, 999)),
            (f"{header}?", str),
        )
        if int(str(events)) & _ERRORS:
            code = int(str(number))
            raise refusal(self._connection.where, command, f"error {code} ({_REASONS.get(code, 'see its manual')})")
        try:
            meaning(str(taken))
        except ReplyMistake as mistake:
            raise self._session.bad_reply(f"{header}?", str(taken), f"{command!r} was sent: {mistake}") from None
        self._session.keep(f"{header}?", str(taken), alone=header == "MODE")


def _after(text: str, keyword: str) -> str:
    """What follows the keyword that a reply repeats."""
    found = re.fullmatch(rf"{re.escape(keyword)}\s+(\S+)", text)
    if not found:
        raise ReplyMistake(f"not an answer to {keyword}?")
    return found[1]


def _quantity(text: str, keyword: str, unit: str, low: float, high: float) -> float:
    body = _after(text, keyword) if keyword else text
    if not body.endswith(unit):
        raise ReplyMistake(f"not in {unit}")
    return as_number(body.removesuffix(unit) if unit else body, low, high)


def _numbered(keyword: str, unit: str, value: float, tolerance: float) -> Callable[[str], float]:
    """The meaning of a read-back that must be the value that was sent."""

    def meaning(text: str) -> float:
        taken = _quantity(text, keyword, unit, -1e9, 1e9)
        if abs(taken - value) > tolerance * (1 + 1e-6):
            raise ReplyMistake(f"it took {taken:g}")
        return taken

    return meaning


def _worded(keyword: str, word: str) -> Callable[[str], str]:
    def meaning(text: str) -> str:
        if _after(text, keyword) != word:
            raise ReplyMistake("it took another")
        return word

    return meaning


def _input(text: str) -> bool:
    state = _after(text, "INP")
    if state not in ("0", "1"):
        raise ReplyMistake("neither 0 nor 1")
    return state == "1"
