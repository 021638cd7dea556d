"""Thermotron 3800 temperature chamber: four-letter commands with a channel, and the air that they move.

After the 3800 Programmer/Controller's manual, "Computer Interface", as far as public drivers and the manuals of its
sisters (8200, 8800) show it: `SETP1,25.0` and `RUNM` are not answered, `PVAR1?` is; a new set-point is loaded by the
next RUNM. The numbers of IERR?, SCOD? and STAT? are from memory. Channel 1 is the air; there is no humidity.
Neighbours: `chamber_air.py` is the air, `world.Part` what stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum, IntEnum
from typing import TYPE_CHECKING

from bringup.clock import Clock

from ..dialects import LineDevice, verb, verbs_of
from ..world import Part
from .chamber_air import ChamberAir

if TYPE_CHECKING:
    from ..catalogue import Placement

LOWEST_CELSIUS, HIGHEST_CELSIUS = -70.0, 180.0
HIGHEST_RAMP = 50.0  # K/min that MRMP takes (estimate); 0 is as fast as the chamber can
FIRMWARE = "3800 Rev 4.10"  # free text; shaped like the real ones
INITIALIZING_S = 3.0  # INIT: the maker recommends to wait so long

_COMMAND = re.compile(r"([A-Z]{4})(\d*)(\?|,(.*))?", re.ASCII)
_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*", re.ASCII)


class State(Enum):
    """What the chamber does, with its bit in MODE? (manual) and STAT? (from memory)."""

    STOPPED = (0, 0)
    RUNNING = (16, 16)
    HELD = (16, 32)


class InterfaceError(IntEnum):
    """What IERR? answers (from memory)."""

    NONE = 0
    UNKNOWN_COMMAND = 1
    BAD_CHANNEL = 2
    BAD_DATA = 3
    OUT_OF_RANGE = 4
    WRONG_MODE = 5


class StopCode(IntEnum):
    """What SCOD? answers (from memory of the 8200's)."""

    POWER_UP = 0
    RUNNING = 1
    COMPUTER = 5


class _Refused(Exception):
    def __init__(self, error: InterfaceError) -> None:
        self.error = error


class Chamber3800(LineDevice):
    """A chamber around a part.

    Args:
        clock: the lab's time.
        part: what stands in it.
        serial_number: shown by IDEN?.
    """

    reply_s = 0.1  # the controller's time for a command (estimate; the maker's advice is a second between two)

    def __init__(self, clock: Clock, part: Part, serial_number: str) -> None:
        super().__init__(clock)
        self.air = ChamberAir()
        self.state = State.STOPPED
        self.set_celsius = 23.0  # in force
        self.pending_celsius = 23.0  # loaded by the next RUNM
        self.ramp = 0.0  # K/min
        self._part = part
        self._identity = f"THERMOTRON 3800, {serial_number}, {FIRMWARE}"
        self._error = InterfaceError.NONE
        self._stop_code = StopCode.POWER_UP
        self._mask = self._service = 0
        self._verbs = verbs_of(self)
        part.surround(clock.now(), self.air)

    def obey(self, line: str) -> Iterable[str]:
        """Carry out the commands of a line; only queries are answered."""
        for part in line.split(";"):
            if part.strip():
                answer = self._carried_out(part.strip().upper())
                if answer is not None:
                    yield answer

    def _carried_out(self, text: str) -> str | None:
        found = _COMMAND.fullmatch(text)
        asks = bool(found and found[3] == "?")
        handler = self._verbs.get(f"{found[1]}?" if asks else found[1]) if found else None
        try:
            if found is None or handler is None:
                raise _Refused(InterfaceError.UNKNOWN_COMMAND)  # noqa: TRY301 - the one way to say so
            data = (found[4],) if found[4] is not None else ()
            channel = (int(found[2]),) if found[2] else ()
            answer = handler(*channel, *data)
        except _Refused as refused:
            self._refuse(refused.error)
        except TypeError:  # a channel or data too many or too few
            self._refuse(InterfaceError.BAD_DATA)
        else:
            return None if answer is None else str(answer)
        return None

    def _refuse(self, error: InterfaceError) -> None:
        self._error = error
        self._service |= 2

    def summary(self) -> int:
        """Service requests that are not masked."""
        return super().summary() | (self._service & self._mask)

    # Set-point, ramp, process.

    @verb("SETP")
    def set_point(self, channel: int, data: str) -> None:
        """A set-point, loaded by the next RUNM."""
        _air_channel(channel)
        self.pending_celsius = round(_within(data, LOWEST_CELSIUS, HIGHEST_CELSIUS), 1)

    @verb("SETP?")
    def asked_set_point(self, channel: int) -> str:
        """The set-point in force."""
        _air_channel(channel)
        return f"{self.set_celsius:.1f}"

    @verb("MRMP")
    def set_ramp(self, channel: int, data: str) -> None:
        """Ramp of manual mode in degrees a minute, for the next RUNM; 0 for as fast as the chamber can."""
        _air_channel(channel)
        self.ramp = round(_within(data, 0.0, HIGHEST_RAMP), 1)

    @verb("MRMP?")
    def asked_ramp(self, channel: int) -> str:
        """In degrees a minute."""
        _air_channel(channel)
        return f"{self.ramp:.1f}"

    @verb("PVAR?")
    def process_value(self, channel: int) -> str:
        """The air; channels 5 to 8 are the controller's own view of the same."""
        if channel not in (1, 5):
            raise _Refused(InterfaceError.BAD_CHANNEL)
        return f"{self.air.celsius(self.clock.now()):.1f}"

    @verb("THRT?")
    def throttle(self, channel: int) -> str:
        """Output in percent: positive heats, negative cools."""
        _air_channel(channel)
        return f"{self.air.throttle(self.clock.now()):.1f}"

    @verb("DEVN?")
    def deviation(self, channel: int) -> str:
        """Process value less set-point."""
        _air_channel(channel)
        return f"{self.air.celsius(self.clock.now()) - self.set_celsius:.1f}"

    # Modes.

    @verb("RUNM", "MRUN")
    def run_manual(self) -> None:
        """Load the set-point and go there."""
        self.set_celsius = self.pending_celsius
        self.air.run(self.clock.now(), self.set_celsius, self.ramp)
        self._enter(State.RUNNING, StopCode.RUNNING)

    @verb("STOP")
    def stop(self) -> None:
        """Everything off."""
        self.air.stop(self.clock.now())
        self._enter(State.STOPPED, StopCode.COMPUTER)

    def on_power_on(self) -> None:
        """Stopped; set-points stay."""
        self.air.stop(self.clock.now())
        self._enter(State.STOPPED, StopCode.POWER_UP)
        self._error = InterfaceError.NONE
        self._mask = self.service_enable = self._service = 0

    @verb("HOLD")
    def hold(self) -> None:
        """Stay where the ramp is now."""
        if self.state is not State.RUNNING:
            raise _Refused(InterfaceError.WRONG_MODE)
        self.air.hold(self.clock.now())
        self._enter(State.HELD, StopCode.RUNNING)

    @verb("RESM")
    def resume(self) -> None:
        """Go on after a hold."""
        if self.state is not State.HELD:
            raise _Refused(InterfaceError.WRONG_MODE)
        self.air.run(self.clock.now(), self.set_celsius, self.ramp)
        self._enter(State.RUNNING, StopCode.RUNNING)

    @verb("RUNP")
    def run_program(self, _data: str = "") -> None:
        """No program is stored."""
        raise _Refused(InterfaceError.WRONG_MODE)

    @verb("INIT")
    def initialize(self) -> None:
        """Stop, forget errors; nothing is answered for some seconds."""
        self.stop()
        self._error = InterfaceError.NONE
        self._service = 0
        self._busy_until_s = self.clock.now() + INITIALIZING_S

    def _enter(self, state: State, code: StopCode) -> None:
        self.state, self._stop_code = state, code
        self._service |= 1  # a change of mode
        self._part.surround(self.clock.now(), self.air)

    # Identity and status.

    @verb("IDEN?")
    def identify(self) -> str:
        """Model, serial number, firmware."""
        return self._identity

    @verb("MODE?")
    def mode(self) -> str:
        """Bits; 16 is manual mode."""
        return str(self.state.value[0])

    @verb("STAT?")
    def status(self) -> str:
        """Bits; 16 manual run, 32 manual hold."""
        return str(self.state.value[1])

    @verb("IERR?")
    def take_error(self) -> str:
        """The last interface error; reading clears it."""
        error, self._error = self._error, InterfaceError.NONE
        return str(int(error))

    @verb("SCOD?")
    def stop_code(self) -> str:
        """Why it stopped."""
        return str(int(self._stop_code))

    @verb("DCOD?", "ALRM?")
    def alarms(self) -> str:
        """None."""
        return "0"

    @verb("SRQB?")
    def take_service(self) -> str:
        """Why it would request service; reading clears it."""
        service, self._service = self._service, 0
        return str(service)

    @verb("SRQM")
    def set_service_mask(self, data: str) -> None:
        """Which reasons request service."""
        self._mask = self.service_enable = round(_within(data, 0, 255))

    @verb("SRQM?")
    def service_mask(self) -> str:
        """The mask."""
        return str(self._mask)

    @verb("PRGM?", "INTN?")
    def program(self) -> str:
        """None is running."""
        return "0"

    @verb("OPTN?")
    def options(self) -> str:
        """One channel."""
        return "1"

    @verb("TIME?")
    def time(self) -> str:
        """The lab's, UTC."""
        return self.clock.utc().strftime("%H:%M:%S")

    @verb("DATE?")
    def date(self) -> str:
        """The lab's, UTC."""
        return self.clock.utc().strftime("%m/%d/%y")


def _air_channel(channel: int) -> None:
    if channel != 1:
        raise _Refused(InterfaceError.BAD_CHANNEL)


def _within(data: str, lowest: float, highest: float) -> float:
    found = _NUMBER.fullmatch(data)
    if not found:
        raise _Refused(InterfaceError.BAD_DATA)
    value = float(found[1])
    if not lowest <= value <= highest:
        raise _Refused(InterfaceError.OUT_OF_RANGE)
    return value


def place(placement: Placement) -> Chamber3800:
    """The chamber that stands at a placement."""
    return Chamber3800(placement.clock, placement.part(), placement.serial_number)
