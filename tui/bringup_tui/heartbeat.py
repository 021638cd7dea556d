"""How old the sequencer's heartbeat is, by two witnesses.

The heartbeat's own wall time misleads when the controller's clock is set back, or when it was written on another
PC; how long this screen has seen the same heartbeat misleads just after attaching. The older of the two is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic

from bringup.records import HEARTBEAT_STALE_S, Heartbeat, Night


def wall_utc() -> datetime:
    """The date and time of the wall, in UTC."""
    return datetime.now(UTC)


class HeartbeatWatch:
    """Watches one night's heartbeat.

    Args:
        utc: the wall's date and time.
        passed_s: a clock that only goes forward, in wall seconds.
    """

    def __init__(self, utc: Callable[[], datetime] = wall_utc, passed_s: Callable[[], float] = monotonic) -> None:
        self._utc = utc
        self._passed_s = passed_s
        self._night: int | None = None
        self._beat: Heartbeat | None = None
        self._since_s = 0.0

    def saw(self, night: Night) -> None:
        """Take note of a night as it was just read."""
        if (night.id, night.heartbeat) != (self._night, self._beat):
            self._night, self._beat, self._since_s = night.id, night.heartbeat, self._passed_s()

    def age_s(self) -> float:
        """Wall seconds since the last sign of life (since this screen first looked, if there was none)."""
        unchanged_s = self._passed_s() - self._since_s
        if self._beat is None:
            return unchanged_s
        return max(unchanged_s, (self._utc() - self._beat.wall_utc).total_seconds())

    def silent(self) -> bool:
        """Whether the heartbeat is missed."""
        return self.age_s() >= HEARTBEAT_STALE_S
