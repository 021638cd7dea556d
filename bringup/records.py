"""What is kept of a night: the facts that the runner hands to the journal and that readers get back.

Plain frozen dataclasses, so that the runner, the reports and the screens share one shape and none of them
knows SQL. Times named `…_s` are lab seconds since the night began; the night's `began_utc` makes them UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from .axes import lies_beyond
from .limits import Limit
from .measure import Measurement
from .verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was when the night read it: station, product or plan."""

    kind: str
    path: str
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of the text in UTF-8, in hex."""
        return sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class NightStart:
    """A night as it begins; `station_name` is the bench's own name, whatever its file is called."""

    name: str
    station_name: str
    station: Source
    began_utc: datetime
    virtual_time: bool
    deadline_s: float | None
    operator: str
    controller: str
    version: str
    seed: int | None


@dataclass(frozen=True, slots=True)
class AxisStart:
    """One axis of a run, in the knob's own unit.

    `edge` is None for a plain axis; for one that is walked until it fails, the last value that has to pass:
    failures beyond it are where the edge was found, not failures of the sled.
    """

    knob: str
    unit: str
    values: tuple[float, ...]
    edge: float | None = None

    def has_to_pass(self, value: float) -> bool:
        """Whether a failure at `value` is the sled's; beyond, it is the edge that was looked for."""
        return self.edge is None or not lies_beyond(value, self.edge, self.values)


@dataclass(frozen=True, slots=True)
class RunStart:
    """One plan on one sled, as it begins."""

    slot: str
    serial_number: str
    plan: str
    plan_source: Source
    product: str
    product_source: Source
    axes: tuple[AxisStart, ...]
    limits: Mapping[str, Limit]
    at_s: float


MOST_INLINE_BYTES = 64 * 1024
"""Of a text that the journal keeps in its own row; what is longer, or is no text, becomes a file beside it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was captured of a sled or the bench before it could be lost.

    Attributes:
        kind: where it is from: "vr", "bmc-log", "console", "jtag", "counters", "scope", "trips" …
        at_s: when it was captured.
        content: a text, or the bytes of a file.
        media_type: what the content is, as in RFC 6838: "text/plain", "application/json", "application/x-hdf5".
    """

    kind: str
    at_s: float
    content: str | bytes
    media_type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class KeptEvidence:
    """Evidence as the journal holds it, without the bytes of a file (`Reader.evidence_content` gives them).

    Attributes:
        id: of the row.
        night_id: the night in which it was captured.
        run_id: the run that it belongs to; None where it is the night's own.
        attempt_id: the attempt that it was captured in, if it was in one.
        slot: whose it is; "" for the whole bench.
        position: its place among what was captured together, from 0.
        kind: see `Evidence`.
        at_s: when it was captured, in lab seconds since the night began.
        media_type: what it is.
        text: the content itself, where it is a short text.
        path: else the file, relative to the journal's folder; "" for a text.
        sha256: of the content's bytes (a text's in UTF-8), in hex.
        size: of the same, in bytes.
    """

    id: int
    night_id: int
    run_id: int | None
    attempt_id: int | None
    slot: str
    position: int
    kind: str
    at_s: float
    media_type: str
    text: str | None
    path: str
    sha256: str
    size: int


class AttemptStart(NamedTuple):
    """One try at a point, as it begins. `number` counts from 1. A tuple: one for every point, made in half the time."""

    point: int
    number: int
    at_s: float


class AttemptEnd(NamedTuple):
    """One try at a point, as it ended; a tuple like its beginning.

    Attributes:
        at_s: when.
        verdict: of the attempt as a whole.
        cause: why it is not a plain PASS, in one line; "" where nothing is to be said.
        measurements: what was taken, in order.
        evidence: what was captured, in order.
    """

    at_s: float
    verdict: Verdict
    cause: str
    measurements: tuple[Measurement, ...]
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Live:
    """What one slot is doing now: shown on screens, replaced in place, never evidence.

    A value that is not known is None. `sampled_s` is the lab time of the telemetry values.
    """

    slot: str
    serial_number: str
    state: str
    plan: str
    point: int
    points: int
    volts: float | None
    hertz: float | None
    celsius: float | None
    watts: float | None
    sampled_s: float | None
    detail: str = ""


HEARTBEAT_STALE_S = 5.0
"""Wall seconds without a sign of life after which screens call the runner hung or dead: ten of its beats (estimate)."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The sequencer's own sign of life. `wall_utc` is wall time also where lab time is virtual."""

    wall_utc: datetime
    lab_s: float
    pid: int


@dataclass(frozen=True, slots=True)
class Night:
    """A night as the journal holds it; `ended_s` and `verdict` are None while it runs (or if it died)."""

    id: int
    name: str
    station: str
    station_digest: str
    began_utc: datetime
    virtual_time: bool
    deadline_s: float | None
    operator: str
    controller: str
    version: str
    seed: int | None
    ended_s: float | None
    verdict: Verdict | None
    cause: str
    heartbeat: Heartbeat | None

    def utc(self, lab_s: float) -> datetime:
        """The date and time of a lab second of this night."""
        return self.began_utc + timedelta(seconds=lab_s)


@dataclass(frozen=True, slots=True)
class Run:
    """A run as the journal holds it.

    `board_event_id` is the last entry of its board's history when the run began: what the board was, whatever was
    entered since. 0: nothing had been entered.
    """

    id: int
    night_id: int
    slot: str
    serial_number: str
    plan: str
    plan_digest: str
    product: str
    product_digest: str
    axes: tuple[AxisStart, ...]
    limits: Mapping[str, Limit]
    began_s: float
    ended_s: float | None
    verdict: Verdict | None
    cause: str
    board_event_id: int = 0

    @property
    def points(self) -> int:
        """How many points the plan has; 1 where it has no axes."""
        count = 1
        for axis in self.axes:
            count *= len(axis.values)
        return count

    def has_to_pass(self, point: int) -> bool:
        """Whether a failure at a point is the sled's, and not the edge that a walk looked for."""
        values = self.values_at(point)
        return all(axis.has_to_pass(values[axis.knob]) for axis in self.axes)

    def values_at(self, point: int) -> dict[str, float]:
        """Value by knob at a point's index, slowest knob first."""
        values: dict[str, float] = {}
        for axis in reversed(self.axes):
            point, place = divmod(point, len(axis.values))
            values[axis.knob] = axis.values[place]
        return dict(reversed(values.items()))


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt as the journal holds it; `ended_s` and `verdict` are None if it never ended."""

    id: int
    run_id: int
    point: int
    number: int
    began_s: float
    ended_s: float | None
    verdict: Verdict | None
    cause: str
