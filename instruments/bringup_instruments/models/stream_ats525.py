"""Temptronic ATS-525 ThermoStream: air of -55 to 225 °C on a part, with set-points, soak and windows.

After the "ATS-515/615, 525/625 & 535/635 ThermoStream Systems Interface & Applications Manual" (revision E), chapter 4
"Remote commands". Ranges of settings are the manual's as public drivers quote them; defaults are estimates. Cycling
counts set-points but does not move by itself. Neighbours: `stream_air.py` is the air, `stream_setup.py` its settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from bringup.clock import Clock

from ..dialects import Answer, LineDevice, verb, verbs_of
from ..scpi.errors import EventStatus
from ..world import Part
from .stream_air import StreamAir
from .stream_setup import SETTINGS, SetPoint, Setting, default_points
from .stream_status import StreamStatus

if TYPE_CHECKING:
    from ..catalogue import Placement

FIRMWARE = "3.10"  # free text
FULL_FLOW_SCFM = 18.0
LITRES_PER_S_PER_SCFM = 0.4719
NO_SENSOR = 999.9  # what TMPD? answers without a DUT sensor: beyond 400 is no reading

AT_TEMPERATURE, NOT_AT_TEMPERATURE, END_OF_TEST = 1, 2, 4
OPERATOR_SCREEN, CYCLE_SCREEN = 5, 6  # WHAT?

_COMMAND = re.compile(r"([%*]?[A-Z]{2,4}\??)(?:\s+(\S+))?", re.ASCII)
_WATCH_STEPS = 400  # looks at the temperature between two of a client's


class _Mistake(Exception):
    def __init__(self, bit: EventStatus) -> None:
        self.bit = bit


class StreamAts525(LineDevice):
    """A thermal stream over a part.

    Args:
        clock: the lab's time.
        part: what is under its cap.
        serial_number: third field of *IDN?.
    """

    reply_end = b"\n"
    reply_s = 0.02  # estimate; the maker asks for 50 ms between two queries

    def __init__(self, clock: Clock, part: Part, serial_number: str) -> None:
        super().__init__(clock)
        self.air = StreamAir()
        self._part = part
        self._identity = f"Temptronic Corporation,ATS-525-M,{serial_number},{FIRMWARE}"
        self.status = StreamStatus(self.summary)
        self._verbs = verbs_of(self) | verbs_of(self.status)
        self._in_window_since_s: float | None = None
        self._started_s = self._watched_s = clock.now()
        self._remote = False
        self._put_back()
        part.surround(clock.now(), self.air)

    def _put_back(self) -> None:
        """The settings as after switching on."""
        self.values = {setting.header: setting.standard for setting in SETTINGS.values()}
        self.points = default_points()
        self.point = 1
        self.screen = OPERATOR_SCREEN
        self.head_down = True

    @property
    def here(self) -> SetPoint:
        """The set-point that is selected."""
        return self.points[self.screen][self.point]

    def obey(self, line: str) -> Iterable[Answer]:
        """Carry out the commands of a line, between semicolons."""
        for part in line.split(";"):
            if part.strip():
                answer = self._carried_out(part.strip().upper())
                if answer is not None:
                    yield answer

    def _carried_out(self, text: str) -> Answer | None:
        found = _COMMAND.fullmatch(text)
        header, argument = (found[1], found[2]) if found else ("", None)
        try:
            if header.removesuffix("?") in SETTINGS:
                return self._setting(SETTINGS[header.removesuffix("?")], header.endswith("?"), argument)
            handler = self._verbs.get(header)
            if handler is None:
                raise _Mistake(EventStatus.COMMAND_ERROR)  # noqa: TRY301 - the one way to say so
            answer: Answer | None = handler(*(() if argument is None else (_number(argument),)))
        except _Mistake as mistake:
            self.status.events.report(mistake.bit)
        except TypeError:  # a parameter too many or too few
            self.status.events.report(EventStatus.COMMAND_ERROR)
        else:
            return answer
        return None

    def _setting(self, setting: Setting, asked: bool, argument: str | None) -> Answer | None:
        """A number in a range, of the instrument or of the selected set-point."""
        store = self.here.values if setting.of_point else self.values
        if asked:
            return setting.shown(store[setting.header])
        if argument is None:
            raise _Mistake(EventStatus.COMMAND_ERROR)
        value = _number(argument)
        lowest, highest = setting.lowest, setting.highest
        if setting.header == "SETP":
            lowest, highest = max(lowest, self.values["LLIM"]), min(highest, self.values["ULIM"])
        if not lowest <= value <= highest:
            raise _Mistake(EventStatus.EXECUTION_ERROR)
        store[setting.header] = round(value, setting.decimals)
        if setting.header in ("SETP", "RAMP", "DUTM", "ADMD", "DUTC") and self.air.flowing:
            self._aim()
        return None

    # Flow, head and set-points.

    def _aim(self) -> None:
        """Send the air towards the selected set-point from now on."""
        now_s, target = self.clock.now(), self.here.values["SETP"]
        beyond = 0.0
        if self.values["DUTM"]:
            gap, most = target - self._part.celsius(now_s), self.values["ADMD"]
            room = (self.values["ULIM"] if gap > 0 else self.values["LLIM"]) - target
            beyond = max(-most, min(most, gap))
            beyond = min(beyond, room) if gap > 0 else max(beyond, room)
        self.air.go(now_s, target, self.here.values["RAMP"], beyond, 0.3 * self.values["DUTC"])
        self._part.surround(now_s, self.air)
        self._in_window_since_s, self._started_s = None, now_s

    @verb("FLOW")
    def set_flow(self, on: float) -> None:
        """Main air on or off; only with the head down."""
        if on and not self.head_down:
            raise _Mistake(EventStatus.EXECUTION_ERROR)
        if on:
            self.air.share_of_flow = self.values["FLSE"] / FULL_FLOW_SCFM
            self._aim()
        else:
            self.air.stop(self.clock.now())
            self._part.surround(self.clock.now(), self.air)
            self._in_window_since_s = None

    @verb("FLOW?")
    def flow(self) -> str:
        """0 or 1."""
        return str(int(self.air.flowing))

    @verb("FLWR?")
    def measured_flow(self) -> str:
        """In standard cubic feet a minute."""
        return f"{self.values['FLSE'] if self.air.flowing else 0.0:.1f}"

    @verb("FLRL?")
    def measured_litres(self) -> str:
        """In litres a second."""
        return f"{(self.values['FLSE'] if self.air.flowing else 0.0) * LITRES_PER_S_PER_SCFM:.1f}"

    @verb("HEAD")
    def move_head(self, down: float) -> None:
        """Up stops the flow."""
        self.head_down = bool(down)
        if not down:
            self.set_flow(0)

    @verb("HEAD?")
    def head(self) -> str:
        """0 up, 1 down."""
        return str(int(self.head_down))

    @verb("SETN")
    def select(self, number: float) -> None:
        """Select a set-point: 0 to 2 on the operator screen, 0 to 17 on the cycle screen."""
        if not 0 <= number < len(self.points[self.screen]):
            raise _Mistake(EventStatus.EXECUTION_ERROR)
        self.point = int(number)
        if self.air.flowing:
            self._aim()

    @verb("SETN?")
    def selected(self) -> str:
        """Its number."""
        return str(self.point)

    @verb("NEXT")
    def next_point(self) -> None:
        """The next set-point of the cycle."""
        self.select((self.point + 1) % len(self.points[self.screen]))

    @verb("SETD?")
    def dynamic(self) -> str:
        """Where the ramp stands."""
        return f"{self.air.reference_celsius(self.clock.now()):.1f}"

    @verb("TEMP?")
    def temperature(self) -> Answer:
        """The controlled temperature: the air, or the DUT in DUT mode."""
        return lambda: f"{self._controlled(self.clock.now()):.1f}"

    @verb("TMPA?")
    def air_temperature(self) -> Answer:
        """The air."""
        return lambda: f"{self.air.celsius(self.clock.now()):.1f}"

    @verb("TMPD?")
    def dut_temperature(self) -> Answer:
        """The DUT, where a sensor is selected."""
        return lambda: f"{self._part.celsius(self.clock.now()) if self.values['DSNS'] else NO_SENSOR:.1f}"

    def _controlled(self, at_s: float) -> float:
        return self._part.celsius(at_s) if self.values["DUTM"] else self.air.celsius(at_s)

    # Screens.

    @verb("RSTO", "*RST")
    def operator_screen(self) -> None:
        """Flow off, back to the operator screen with the settings of the start."""
        self.set_flow(0)
        self._put_back()

    def on_power_on(self) -> None:
        """Flow off, and everything as after switching on."""
        self.operator_screen()
        self.status.power_on()

    @verb("RMPC", "RMPS")
    def cycle_screen(self, _number: float) -> None:
        """To the cycle screen."""
        self.screen, self.point = CYCLE_SCREEN, 0

    @verb("WHAT?")
    def doing(self) -> str:
        """5 on the operator screen, 6 on the cycle screen."""
        return str(self.screen)

    @verb("CYCL?")
    def cycle(self) -> str:
        """No cycle is running."""
        return "0"

    @verb("CYCL", "SFIL", "CFIL")
    def files(self, _number: float) -> None:
        """Setup files and cycling are taken and do nothing."""

    @verb("%RM", "%LL")
    def remote(self) -> None:
        """To remote, or remote with lockout."""
        self._remote = True

    @verb("%GL")
    def local(self) -> None:
        """To local."""
        self._remote = False

    # Status.

    def observe(self) -> None:
        """Look back over the time since the last look: when did it come into its window, and did it stay there?"""
        now_s = self.clock.now()
        if self.air.flowing and now_s > self._watched_s:
            from_s = max(self._watched_s, self._started_s)
            step_s = max((now_s - from_s) / _WATCH_STEPS, 0.25)
            steps = int((now_s - from_s) / step_s)
            for moment in (*(from_s + step_s * (n + 1) for n in range(steps)), now_s):
                self._watch_window(min(moment, now_s))
        self._watched_s = now_s
        condition = self._condition(now_s)
        self.status.follow(condition)

    def _watch_window(self, at_s: float) -> None:
        inside = abs(self._controlled(at_s) - self.here.values["SETP"]) <= self.here.values["WNDW"]
        if not inside:
            self._in_window_since_s = None
        elif self._in_window_since_s is None:
            self._in_window_since_s = at_s

    def _condition(self, at_s: float) -> int:
        since_s = self._in_window_since_s
        settled = self.air.flowing and since_s is not None and at_s - since_s >= self.here.values["SOAK"]
        ended = self.air.flowing and at_s - self._started_s >= self.values["TTIM"]
        return (AT_TEMPERATURE if settled else NOT_AT_TEMPERATURE) | (END_OF_TEST if ended else 0)

    def summary(self) -> int:
        """The status byte without bit 6."""
        return super().summary() | self.status.summary

    @property
    def service_enable(self) -> int:  # type: ignore[override]
        """*SRE's mask."""
        return self.status.service_enable

    @verb("TECR?")
    def temperature_condition(self) -> str:
        """At temperature (1), not (2), test time over (4)."""
        return str(self._condition(self.clock.now()))

    @verb("AUXC?")
    def auxiliary(self) -> str:
        """Ready (64), flow (32), DUT mode (16), compressor off (8), head up (4); 256 on the operator screen."""
        bits = 64 | (0 if self.head_down else 4) | (0 if self.values["COOL"] else 8)
        bits |= (16 if self.values["DUTM"] else 0) | (32 if self.air.flowing else 0)
        return str(bits | (256 if self.screen == OPERATOR_SCREEN else 0))

    @verb("EROR?")
    def errors(self) -> str:
        """No fault; but DUT mode without a sensor is one (16384)."""
        return str(16384 if self.values["DUTM"] and not self.values["DSNS"] else 0)

    @verb("*IDN?")
    def identify(self) -> str:
        """Maker, model, serial number, firmware."""
        return self._identity


def _number(argument: str) -> float:
    try:
        return float(argument)
    except ValueError:
        raise _Mistake(EventStatus.COMMAND_ERROR) from None


def place(placement: Placement) -> StreamAts525:
    """The thermal stream that stands at a placement."""
    return StreamAts525(placement.clock, placement.part(), placement.serial_number)
