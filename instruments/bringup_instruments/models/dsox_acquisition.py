"""An InfiniiVision 1000 X-Series oscilloscope at work: armed, triggered, complete, on the lab's time.

After the Programmer's Guide, chapters "Root (:) Commands" and "Synchronizing Acquisitions". The scope has no thread:
whoever talks to it brings it up to the present, and it looks back over the time since it was armed. A place that
says when it changed (`world.Changing`) hides no edge from it, however short. Neighbours: `dsox_sweep.py` and
`dsox_channel.py` hold the settings, `dsox_edges.py` finds the trigger, `scope_dsox1102g.py` gives commands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from math import inf

from bringup.clock import Clock

from ..scpi import Choice, Number, ScpiError, Setting, integer, query
from ..world import Node
from .dsox_channel import DIVISIONS, Channel, Record
from .dsox_edges import EdgeFinder, Slope
from .dsox_sweep import Timebase, Trigger

MEMORY_POINTS = 1_000_000  # of one channel alone; two share it, and a running scope keeps half of it back
FASTEST_HERTZ = 2e9  # sampling one channel; half of it with two
SHOWN_POINTS = 62_500  # the measurement record: what a running scope keeps of an acquisition
AUTO_S = 0.050  # without a trigger for so long, the automatic sweep makes its own (estimate)
_HYSTERESIS, _NOISE_HYSTERESIS = 0.15, 0.6  # of a division, without and with noise reject (estimates)
_HIGH_RESOLUTION = 16  # samples that one high-resolution point is the mean of (estimate)


class State(Enum):
    """What the scope does."""

    STOPPED = "stopped"
    RUNNING = "running"
    SINGLE = "armed for one acquisition"
    DIGITIZING = "armed for one acquisition, and deaf until it has it"


@dataclass(frozen=True, slots=True)
class Capture:
    """One acquisition, complete.

    Args:
        number: counts up; seeds the noise.
        kind: how it was acquired: NORM, AVER, HRES or PEAK.
        averages: acquisitions that each point is the mean of.
        left_s: time of the first sample after the trigger.
        step_s: between samples.
        count: samples of each channel.
        records: by channel.
        trigger_s: lab time of the trigger.
    """

    number: int
    kind: str
    averages: int
    left_s: float
    step_s: float
    count: int
    records: Mapping[int, Record]
    trigger_s: float


class AcquireSettings:
    """The `:ACQuire` subsystem.

    Args:
        acquisition: whose it is.
    """

    def __init__(self, acquisition: Acquisition) -> None:
        self._acquisition = acquisition

    def _then(self) -> None:
        self._acquisition.settings_changed()

    kind = Setting("ACQuire:TYPE", Choice(("NORMal", "AVERage", "HRESolution", "PEAK")), reset="NORM", then=_then)
    count = Setting("ACQuire:COUNt", integer(2, 65536), reset=8.0, then=_then)
    complete = Setting("ACQuire:COMPlete", integer(100, 100), reset=100.0)
    mode = Setting("ACQuire:MODE", Choice(("RTIMe", "SEGMented")), reset="RTIM")
    segments = Setting("ACQuire:SEGMented:COUNt", integer(2, 50), reset=2.0)
    segment = Setting("ACQuire:SEGMented:INDex", Number(whole=True, form="d"), reset=1.0)

    @query("ACQuire:POINts?")
    def points(self) -> str:
        """Samples that the hardware acquires now."""
        return f"{self._acquisition.points():+d}"

    @query("ACQuire:SRATe?", Choice(("MAXimum",), optional=True))
    def sample_rate(self, best: str | None = None) -> str:
        """Samples per second now, or at best."""
        return f"{self._acquisition.sample_hertz() if best is None else FASTEST_HERTZ:+.5E}"

    @query("ACQuire?")
    def setup(self) -> str:
        """All of it in one answer."""
        head = f":ACQ:MODE {self.mode};TYPE {self.kind};COMP {self.complete:.0f}"
        return f"{head};COUN {self.count:.0f};SEGM:COUN {self.segments:.0f}"


class Acquisition:
    """The state machine.

    Args:
        clock: the lab's.
        channels: by number.
        timebase: its settings.
        trigger: its settings.
        sources: what else can trigger: the external input, by name.
    """

    def __init__(
        self,
        clock: Clock,
        channels: Mapping[int, Channel],
        timebase: Timebase,
        trigger: Trigger,
        sources: Mapping[str, Node],
    ) -> None:
        self._clock = clock
        self._channels = channels
        self._timebase = timebase
        self._trigger = trigger
        self._sources = sources
        self.settings = AcquireSettings(self)
        self.also_needed: Callable[[], Iterable[int]] = tuple  # channels that mathematics wants
        self.state = State.STOPPED
        self.capture: Capture | None = None
        self.armed_event = False  # the Arm Event Register
        self.trigger_event = False  # the Trigger Event Register
        self._wanted: tuple[int, ...] = ()
        self._armed_s = self._looked_s = 0.0
        self._finder = EdgeFinder()
        self._taken_s = -inf
        self._ready = False  # the memory before the trigger is full
        self._trigger_s: float | None = None  # found, and the record behind it not yet complete
        self._acquired = 0
        self._stale = True  # a running scope has settings that its latest capture does not show

    # What the user does.

    def run(self) -> None:
        """Acquire again and again."""
        self._arm(State.RUNNING, ())
        self._stale = True

    def stop(self) -> None:
        """Keep what there is: a running scope's latest acquisition, or one that was complete before."""
        if self.state is State.RUNNING:
            self.refresh()
            if self.capture is not None:  # all of the memory, of which a running scope shows a part
                self._take(self.capture.trigger_s, self._clock.now())
        self.state = State.STOPPED

    def single(self) -> None:
        """Wait for one trigger."""
        self._arm(State.SINGLE, ())

    def digitize(self, channels: tuple[int, ...]) -> None:
        """Acquire these channels, or all that are shown, once.

        Raises:
            ScpiError: -221, the time base rolls or shows X against Y.
        """
        if self._timebase.mode in {"ROLL", "XY"}:
            raise ScpiError(-221)
        self._arm(State.DIGITIZING, channels)

    def force(self) -> None:
        """Take now for the trigger."""
        if self.state in {State.SINGLE, State.DIGITIZING} and self._trigger_s is None:
            self._found(self._clock.now())
            self.look()

    def settings_changed(self) -> None:
        """A running scope shows new settings at once; one that waits looks anew from now on."""
        self._stale = True
        if self.state in {State.SINGLE, State.DIGITIZING} and self._trigger_s is None:
            self._armed_s = self._looked_s = self._clock.now()
            self._ready = False

    def forget(self) -> None:
        """*RST: no record, and running."""
        self.capture = None
        self._acquired = 0
        self.run()

    # What it is.

    @property
    def running(self) -> bool:
        """Not stopped."""
        return self.state is not State.STOPPED

    @property
    def waiting(self) -> bool:
        """Ready for a trigger that has not come: what lies before it is in memory."""
        return self.state in {State.SINGLE, State.DIGITIZING} and self._trigger_s is None and self._ready

    def shown(self) -> tuple[int, ...]:
        """Channels that an acquisition takes."""
        on = {number for number, channel in self._channels.items() if channel.displayed}
        return tuple(sorted(on | set(self.also_needed()))) or tuple(self._channels)

    def sample_hertz(self) -> float:
        """As fast as the converters can while the memory spans the screen, in steps of 1-2-5."""
        channels = self._wanted or self.shown()
        fastest = FASTEST_HERTZ / len(channels)
        hertz = min(fastest, self._memory() / self._timebase.range_s)
        decade = 1e-3
        while decade * 10 <= hertz * (1 + 1e-9):
            decade *= 10
        return next(step * decade for step in (5.0, 2.0, 1.0) if step * decade <= hertz * (1 + 1e-9))

    def points(self) -> int:
        """Samples on the screen."""
        return max(2, round(self._timebase.range_s * self.sample_hertz()))

    def _memory(self) -> int:
        share = MEMORY_POINTS // len(self._wanted or self.shown())
        return share // 2 if self.state is State.RUNNING else share

    # Time.

    def look(self) -> None:
        """Come up to the present: has the trigger come, and is the record behind it complete?"""
        now_s = self._clock.now()
        if not self._ready and now_s >= self._armed_s + self._before_s():
            self._ready = self.armed_event = True
        if self.state is State.RUNNING:
            self._look_while_running(now_s)
        elif self.state in {State.SINGLE, State.DIGITIZING}:
            if self._trigger_s is None:
                self._look_for_trigger(now_s)
            if self._trigger_s is not None and now_s >= self._trigger_s + self._after_s():
                self._take(self._trigger_s, now_s)
                self.state = State.STOPPED

    def due_s(self) -> float:
        """When it is worth looking again, as far as that is known."""
        if self._trigger_s is not None:
            return self._trigger_s + self._after_s()
        return self._automatic_s() if self.state is State.DIGITIZING and self._trigger.sweep == "AUTO" else inf

    def refresh(self) -> None:
        """A running scope takes its latest acquisition."""
        if self.state is not State.RUNNING:
            return
        self.look()
        now_s = self._clock.now()
        newest_s, trigger_s = now_s - self._after_s(), self._trigger_s
        if trigger_s is not None and trigger_s <= newest_s:
            if self._stale or self.capture is None or self.capture.trigger_s < trigger_s:
                self._take(trigger_s, now_s, SHOWN_POINTS)
        elif self._trigger.sweep == "AUTO" and (self._stale or (trigger_s is None and self._taken_s < now_s)):
            self._take(newest_s, now_s, SHOWN_POINTS)
        self._stale = self.capture is None

    def _arm(self, state: State, channels: tuple[int, ...]) -> None:
        self.state = state
        self._wanted = channels
        self._armed_s = self._looked_s = self._clock.now()
        self._trigger_s = None
        self._finder = EdgeFinder()
        self._ready = False

    def _before_s(self) -> float:
        return max(-self._timebase.left_s, 0.0)

    def _after_s(self) -> float:
        return max(self._timebase.left_s + self._timebase.range_s, 0.0)

    def _automatic_s(self) -> float:
        return self._armed_s + self._before_s() + AUTO_S

    def _found(self, at_s: float) -> None:
        self._trigger_s = at_s
        self.trigger_event = True

    def _look_for_trigger(self, now_s: float) -> None:
        """The record before the trigger fills first; a single acquisition never triggers by itself."""
        from_s = max(self._looked_s, self._armed_s + self._before_s())
        automatic = self._trigger.sweep == "AUTO" and self.state is State.DIGITIZING
        until_s = min(now_s, self._automatic_s()) if automatic else now_s
        if until_s >= from_s:
            found_s = self._edge(from_s, until_s, last=False)
            self._looked_s = until_s
            if found_s is not None:
                self._found(found_s)
                return
        if automatic and now_s >= self._automatic_s():
            self._found(self._automatic_s())

    def _look_while_running(self, now_s: float) -> None:
        """The latest trigger behind which the record is complete counts; the automatic sweep makes its own."""
        until_s = now_s - self._after_s()
        if until_s > self._looked_s:
            found_s = self._edge(self._looked_s, until_s, last=True)
            self._looked_s = until_s
            if found_s is not None:
                self._found(found_s)
                return
        if self._trigger.sweep == "AUTO" and now_s - (self._trigger_s or self._armed_s) > AUTO_S + self._after_s():
            self._trigger_s = None
            self.trigger_event = True

    def _edge(self, from_s: float, to_s: float, *, last: bool) -> float | None:
        trigger = self._trigger
        source = trigger.source
        if trigger.mode != "EDGE" or source in {"LINE", "WGEN"}:
            return None
        channel = self._channels.get(int(source[-1])) if source.startswith("CHAN") else None
        node = self._sources[source] if channel is None else channel.node
        level, division = trigger.level(source), 1.0
        if channel is not None:
            division = channel.range_volts / DIVISIONS
            level = -level if channel.inverted else level
        band = division * (_NOISE_HYSTERESIS if trigger.noise_reject else _HYSTERESIS)
        slope = Slope.of(trigger.slope, inverted=channel is not None and channel.inverted)
        return self._finder.find(node, from_s, to_s, level, band, slope, last=last)

    def _take(self, trigger_s: float, now_s: float, most: int | None = None) -> None:
        """Keep what the probes saw around a trigger, in at most so many points."""
        channels = self._wanted or self.shown()
        left_s, step_s, count = self._timebase.left_s, 1.0 / self.sample_hertz(), self.points()
        if most is not None and count > most:
            step_s, count = step_s * count / most, most
        self._taken_s = now_s
        from_s = trigger_s + left_s
        to_s = from_s + (count - 1) * step_s
        ahead_s = max(to_s - now_s, 0.0)  # rounding alone
        self._acquired += 1
        kind = self.settings.kind
        averages = {"AVER": int(self.settings.count), "HRES": _HIGH_RESOLUTION}.get(kind, 1)
        records = {
            number: channel.record(
                channel.node.trace(from_s - ahead_s, to_s - ahead_s, count),
                self._acquired,
                averages=averages,
                coarse=kind in {"NORM", "PEAK"},
            )
            for number, channel in self._channels.items()
            if number in channels
        }
        self.capture = Capture(
            self._acquired, kind, averages if kind == "AVER" else 1, left_s, step_s, count, records, trigger_s
        )
