"""Ropes that tell water, as Redfish shows them: dry, damp, wet, or with a broken wire; sleds and coolant units alike.

Source: DMTF schemas LeakDetection and LeakDetector (DSP8010 2025.4). A broken rope is not dry: it can tell no water any
more, so its detector is Unavailable and its health Critical, with a message of its own. Neighbours:
`physics/defects.Wetting` is the law of a rope, `bmc_watch.py` and `coolant_unit.py` log the changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf, log

from ..physics.defects import Wetting
from .redfish_log import Calendar, EventLog
from .redfish_messages import MESSAGES, message_id
from .redfish_problem import Payload
from .redfish_sensor import worst
from .redfish_service import Resource, collection

DAMP_SCALE = 4.0
"""A rope is damp below so many times the resistance at which it is wet (estimate)."""

_STATES = {"OK": "LeakCleared", "Warning": "LeakWarning", "Critical": "LeakCritical", "Unavailable": "LeakDetectorOpen"}


@dataclass(slots=True)
class Rope:
    """One detector.

    Args:
        name: its Id.
        kind: LeakDetectorType.
        dry_ohms: when nothing is wet.
        wet_ohms: below which it counts as wet.
        wetting: the water on it, if any; None is a dry rope.
    """

    name: str
    kind: str
    dry_ohms: float
    wet_ohms: float
    wetting: Callable[[], Wetting | None]
    state: str = field(default="OK", init=False)
    changed_s: float = field(default=0.0, init=False)
    told: tuple[str, ...] = field(default=(), init=False)

    def ohms(self, at_s: float) -> float:
        """Its resistance."""
        water = self.wetting()
        if water is None or at_s < water.since_s:
            return self.dry_ohms
        return water.ohms(at_s, self.dry_ohms)

    def seen(self, at_s: float) -> str:
        """DetectorState at a time."""
        ohms = self.ohms(at_s)
        if ohms == inf:
            return "Unavailable"
        if ohms < self.wet_ohms:
            return "Critical"
        return "Warning" if ohms < DAMP_SCALE * self.wet_ohms else "OK"

    def look(self, at_s: float) -> list[tuple[float, str, tuple[str, ...]]]:
        """What is new since the last look: when, which message, its arguments."""
        before, self.state = self.state, self.seen(at_s)
        if self.state == before:
            return []
        water, news = self.wetting(), []
        if (before, self.state) == ("OK", "Critical") and water is not None:
            news.append("Warning")  # it was damp before it was wet, whether or not anybody looked
        news.append(self.state)
        return [self._news(at_s, state, water) for state in news]

    @property
    def health(self) -> str:
        """As of the last look."""
        return "Critical" if self.state == "Unavailable" else self.state

    def _news(self, now_s: float, state: str, water: Wetting | None) -> tuple[float, str, tuple[str, ...]]:
        limit = {"Warning": DAMP_SCALE * self.wet_ohms, "Critical": self.wet_ohms}.get(state)
        at_s = now_s if water is None else min(now_s, _falls_below(water, self.dry_ohms, limit))
        at_s = max(at_s, self.changed_s)
        self.changed_s = at_s
        self.told = (self.name,) if limit is None else (self.name, f"{min(self.ohms(at_s), limit) / 1000.0:.0f}")
        return at_s, _STATES[state], self.told


class LeakDetection:
    """The ropes of one unit.

    Args:
        uri: of the LeakDetection resource.
        chassis: that the detectors are in; the schemas have them there since LeakDetection 1.2.
        ropes: its detectors.
        calendar: the unit's.
    """

    def __init__(self, uri: str, chassis: str, ropes: Sequence[Rope], calendar: Calendar) -> None:
        self.uri = uri
        self.detectors = f"{chassis}/LeakDetectors"
        self.ropes = tuple(ropes)
        self._calendar = calendar

    def look(self, at_s: float, into: EventLog) -> None:
        """Log what is new."""
        found = [(*news, rope) for rope in self.ropes for news in rope.look(at_s)]
        for when_s, key, arguments, rope in sorted(found, key=lambda one: one[0]):
            into.add(when_s, key, *arguments, origin=self._uri(rope))

    def awake(self, at_s: float) -> None:
        """The unit has power from now on: what came while it had none, it sees now and not before."""
        for rope in self.ropes:
            rope.changed_s = max(rope.changed_s, at_s)

    @property
    def health(self) -> str:
        """The worst of its detectors'."""
        return worst(rope.health for rope in self.ropes)

    def resources(self) -> dict[str, Resource]:
        """The resource, its detectors and their collection."""
        home = self.detectors
        made = {self._uri(rope): Resource(self._told(rope)) for rope in self.ropes}
        return {
            self.uri: Resource(self._payload),
            home: collection("LeakDetectorCollection", "Leak detectors", list(made)),
            **made,
        }

    def _uri(self, rope: Rope) -> str:
        return f"{self.detectors}/{rope.name}"

    def _payload(self) -> Payload:
        status = {"State": "Enabled", "Health": self.health}
        detectors = [{"DataSourceUri": self._uri(rope), "DetectorState": rope.state} for rope in self.ropes]
        group = {"GroupName": "All", "Detectors": detectors, "Detectors@odata.count": len(detectors), "Status": status}
        return {
            "@odata.type": "#LeakDetection.v1_2_0.LeakDetection",
            "Id": "LeakDetection",
            "Name": "Leak detection",
            "Status": status,
            "LeakDetectorGroups": [group],
        }

    def _told(self, rope: Rope) -> Callable[[], Payload]:
        return lambda: {
            "@odata.type": "#LeakDetector.v1_6_0.LeakDetector",
            "Id": rope.name,
            "Name": f"Leak detector {rope.name}",
            "LeakDetectorType": rope.kind,
            "DetectorState": rope.state,
            "CriticalReactionType": "None",
            "WarningReactionType": "None",
            "Status": self._status(rope),
        }

    def _status(self, rope: Rope) -> Payload:
        state = "UnavailableOffline" if rope.state == "Unavailable" else "Enabled"
        if rope.health == "OK":
            return {"State": state, "Health": "OK"}
        key = _STATES[rope.state]
        condition = {
            "MessageId": message_id(key),
            "Message": MESSAGES[key].said(*rope.told),
            "MessageArgs": list(rope.told),
            "Severity": rope.health,
            "Timestamp": self._calendar.date(rope.changed_s),
        }
        return {"State": state, "Health": rope.health, "Conditions": [condition]}


def _falls_below(water: Wetting, dry_ohms: float, limit: float | None) -> float:
    """When a rope's resistance falls below a limit; when its wire broke, where there is none."""
    if limit is None or water.floor_ohms == inf or limit <= water.floor_ohms or limit >= dry_ohms:
        return water.since_s
    return water.since_s - water.tau_s * log((limit - water.floor_ohms) / (dry_ohms - water.floor_ohms))
