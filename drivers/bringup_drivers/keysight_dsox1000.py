"""Keysight InfiniiVision 1000 X-Series oscilloscopes: one edge, captured and read back in volts.

Source: Keysight "InfiniiVision 1000 X-Series Oscilloscopes Programmer's Guide". The edge comes once, so it is armed
with :SINGle and asked for (chapter "Synchronizing Acquisitions", "Synchronizing with a Single-Shot Device Under
Test"): :DIGitize would hold the wire until a trigger that may never come. Samples travel as text, so that a shifted
or spoilt reply is noticed as everywhere else.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from bringup.capabilities import Identity, Waveform
from bringup.errors import BadReply, InstrumentError, UsageError
from bringup.hooks import Connection

from .replies import ReplyMistake, as_boolean, as_fields, as_integer, as_number
from .scpi_session import ScpiSession

CHANNELS = (1, 2)

SAMPLES = 2000
"""Points of a capture that are read (guide, :WAVeform:POINts: 100, 250, 500, 1000, 2000, 5000 …)."""

NARROWEST_VOLTS, WIDEST_VOLTS = 8e-3, 4000.0
"""Full scales that any probe allows: 8 mV at 1:1 to 40 V at 100:1 (guide, :CHANnel<n>:RANGe)."""

SHORTEST_S, LONGEST_S = 50e-9, 500.0
"""Widths of the screen (guide, :TIMebase:RANGe; the 50 ns are 5 ns/div, data sheet)."""

SETTLED = 0.02
"""How far a setting that is read back may be off: a full scale goes in steps of the vernier."""

RUN = 8
"""Bit of the operation status condition register: not stopped (guide, :OPERegister:CONDition)."""

TRIGGERED = 1
"""Bit of the status byte: the trigger event register, which only :TER? and *CLS clear (guide, *STB)."""

ARMED_WITHIN_S = 1.0
"""Beside the time before the trigger, which fills first: for :SINGle to take effect (estimate)."""

POLL_S = 0.01

_BLOCK = re.compile(r"#([1-9])")


@dataclass(frozen=True, slots=True)
class _Preamble:
    """What `:WAVeform:PREamble?` says of the points that follow."""

    points: int
    step_s: float
    start_s: float


class _ScopeSession(ScpiSession):
    """These oscilloscopes do not tell their version of SCPI; their list of options never changes either."""

    steady_question = "*OPT?"
    steady_answer = re.compile(r"[0-9A-Za-z, -]+", re.ASCII)
    steady_answer_is = "a list of options"


class KeysightDsox1000:
    """An `Oscilloscope` of the 1000 X-Series.

    Args:
        connection: where it is.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._session = _ScopeSession(connection)
        self._armed = False
        self._full_scale_volts = WIDEST_VOLTS

    def identify(self) -> Identity:
        """Ask `*IDN?`."""
        return self._session.identify()

    def close(self) -> None:
        """Give the wire back; the scope keeps its settings and its capture."""
        self._session.close()

    def arm(
        self, *, channel: int, full_scale_volts: float, level_volts: float, seconds: float, rising: bool = True
    ) -> None:
        """Wait for an edge through `level_volts`, in volts; `seconds` wide, a tenth of it before the edge.

        Ground lies one division above the bottom of the screen; where the level would not be on it, the level lies in
        the middle. The call returns once the scope says that it waits for the trigger.

        Raises:
            UsageError: no such channel, or values that no scope of the series can take; nothing was sent.
            InstrumentError: the scope refused a setting or took another value.
        """
        self._check(channel, full_scale_volts, level_volts, seconds)
        lowest = -full_scale_volts / 8
        inside = lowest <= level_volts <= lowest + full_scale_volts
        offset = lowest + full_scale_volts / 2 if inside else level_volts
        with self._session.lock:
            self._armed = False
            self._session.set("STOP")
            self._session.set(f"CHAN{channel}:DISP 1;COUP DC;INV 0")
            self._move(f"CHAN{channel}:RANG", full_scale_volts, full_scale_volts)
            self._move(f"CHAN{channel}:OFFS", offset, full_scale_volts)
            self._session.set("ACQ:TYPE NORM;:TIM:MODE MAIN;:TIM:REF LEFT")  # LEFT is one division from the edge
            self._move("TIM:RANG", seconds, seconds)
            self._move("TIM:POS", 0.0, seconds)
            slope = "POS" if rising else "NEG"
            self._session.set(f"TRIG:MODE EDGE;SWE NORM;:TRIG:EDGE:SOUR CHAN{channel};COUP DC;SLOP {slope}")
            self._move("TRIG:EDGE:LEV", level_volts, full_scale_volts)
            self._full_scale_volts = full_scale_volts
            self._session.read_all(("TER?", _flag), ("AER?", _flag))  # forget the events of earlier captures
            self._session.set("SING")
            self._await_armed(seconds)
            self._armed = True

    def triggered(self) -> bool:
        """Whether the edge has come and the capture is complete.

        Raises:
            InstrumentError: it was not armed, or somebody stopped it before the edge came.
        """
        if not self._armed:
            raise InstrumentError(f"{self._session.where} has not been armed")
        # The trigger's own register is cleared by reading: a lost reply would lose the trigger. *STB? only looks at it.
        status, condition = self._session.read_all(("*STB?", _register), ("OPER:COND?", _register))
        stopped = not condition & RUN
        if stopped and not status & TRIGGERED:
            self._armed = False
            raise InstrumentError(f"{self._session.where} was stopped before its trigger came; arm it again")
        return stopped

    def waveform(self, channel: int) -> Waveform:
        """The capture of a channel, in volts and seconds after the trigger.

        Raises:
            UsageError: no such channel.
            InstrumentError: nothing has been captured since it was armed, or that channel was off.
            BadReply: the samples do not fit what the scope says of them.
        """
        self._check_channel(channel)
        if not self.triggered():
            raise InstrumentError(f"{self._session.where}: nothing has been captured since it was armed")
        with self._session.lock:
            if not self._session.read(f"CHAN{channel}:DISP?", as_boolean):
                raise InstrumentError(f"{self._session.where}: channel {channel} was off, so it has captured nothing")
            # RAW is the acquisition itself, NORMal what the screen makes of it (guide, :WAVeform:POINts:MODE).
            self._session.set(f"WAV:SOUR CHAN{channel};:WAV:FORM ASC;:WAV:POIN:MODE RAW;:WAV:POIN {SAMPLES}")
            return self._session.read("WAV:PRE?;:WAV:DATA?", self._capture)

    def _check(self, channel: int, full_scale_volts: float, level_volts: float, seconds: float) -> None:
        self._check_channel(channel)
        for what, value in (("full_scale_volts", full_scale_volts), ("level_volts", level_volts), ("seconds", seconds)):
            self._connection.check(what, value)
        where = self._session.where
        if not NARROWEST_VOLTS <= full_scale_volts <= WIDEST_VOLTS:
            raise UsageError(
                f"{where}: a full scale is {NARROWEST_VOLTS:g} to {WIDEST_VOLTS:g} V, not {full_scale_volts:g}"
            )
        if not SHORTEST_S <= seconds <= LONGEST_S:
            raise UsageError(f"{where}: a capture is {SHORTEST_S:g} to {LONGEST_S:g} s wide, not {seconds:g}")

    def _check_channel(self, channel: int) -> None:
        if channel not in CHANNELS:
            raise UsageError(f"{self._session.where} has channels 1 and 2, no {channel}")

    def _move(self, header: str, value: float, full: float) -> None:
        """Set a number and read it back; it may be off by a small part of `full`."""
        command = f"{header} {value:.7g}"
        taken = self._session.set_and_read(command, f"{header}?", lambda text: as_number(text, -1e6, 1e6))
        if abs(taken - value) > SETTLED * full:
            raise InstrumentError(f"{self._session.where}: {command} was sent, it says {taken:g}")

    def _await_armed(self, seconds: float) -> None:
        clock = self._connection.lab.clock
        give_up_at_s = clock.now() + 0.2 * seconds + ARMED_WITHIN_S
        while not self._session.read("AER?", _flag):
            if clock.now() >= give_up_at_s:
                raise InstrumentError(f"{self._session.where} does not say that its trigger is armed")
            clock.sleep(max(POLL_S, 0.02 * seconds))

    def _capture(self, text: str) -> Waveform:
        head, data = as_fields(text, 2)
        preamble = _preamble(head)
        volts = _samples(data, 20 * self._full_scale_volts)
        if len(volts) != preamble.points:
            raise ReplyMistake(f"{len(volts)} samples where the preamble says {preamble.points}")
        if not volts:
            raise BadReply(f"{self._session.where} has no samples of its capture")
        return Waveform(preamble.start_s, preamble.step_s, volts)


def _flag(text: str) -> int:
    """An event register of one bit."""
    return as_integer(text, 0, 1)


def _register(text: str) -> int:
    return as_integer(text, 0, 0x7FFF)


def _preamble(text: str) -> _Preamble:
    """Format, type, points, count, and increment, origin and reference of x and y (guide, :WAVeform:PREamble)."""
    fields = text.split(",")
    if len(fields) != 10:
        raise ReplyMistake("not the ten fields of a preamble")
    if as_integer(fields[0], 0, 4) != 4:
        raise ReplyMistake("not a preamble of ASCII data")
    points = as_integer(fields[2], 0, 10 * SAMPLES)
    step_s, start_s = as_number(fields[4], 0, LONGEST_S), as_number(fields[5], -10 * LONGEST_S, 10 * LONGEST_S)
    reference = as_integer(fields[6], 0, points)
    return _Preamble(points, step_s, start_s - reference * step_s)


def _samples(text: str, most_volts: float) -> tuple[float, ...]:
    """A definite length block of numbers between commas (IEEE 488.2-1992, 8.7.9; guide, :WAVeform:DATA)."""
    found = _BLOCK.match(text)
    digits = int(found[1]) if found else 0
    length, data = text[2 : 2 + digits], text[2 + digits :]
    if not found or not length.isdigit() or int(length) != len(data):
        raise ReplyMistake("not a whole block")
    volts = tuple(as_number(field.strip(), -most_volts, most_volts) for field in data.split(",") if field.strip())
    if not all(map(math.isfinite, volts)):
        raise ReplyMistake("samples that are no numbers")
    return volts
