"""When which trouble of one instrument's wire is at work, in lab time.

What lasts is asked for; what happens once is taken when it has come due, by whoever touches the instrument next.
Neighbours: `bringup.files.wire_fault` says what there is, the `faulty_*` modules act on it.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable

from bringup.files.wire_fault import HAPPEN_ONCE, FaultFacts, FaultKind


class FaultSchedule:
    """The troubles of one instrument; safe from any thread.

    Args:
        faults: as the station file and the command line have them.
    """

    def __init__(self, faults: Iterable[FaultFacts] = ()) -> None:
        self._lock = threading.Lock()
        self._lasting: list[FaultFacts] = []
        self._once: list[FaultFacts] = []
        for fault in faults:
            self.add(fault)

    def add(self, fault: FaultFacts) -> None:
        """One more."""
        with self._lock:
            kept = self._once if fault.kind in HAPPEN_ONCE else self._lasting
            kept.append(fault)
            kept.sort(key=lambda one: one.at_s)

    def take_due(self, now_s: float) -> list[FaultFacts]:
        """What has come due of that which happens once, in its order; each is given out once."""
        if not self._once:
            return []
        with self._lock:
            due = [fault for fault in self._once if fault.at_s <= now_s]
            del self._once[: len(due)]
            return due

    def at(self, now_s: float) -> FaultFacts | None:
        """The trouble that lasts now; of several, the one that began last."""
        present = None
        for fault in self._lasting:
            if fault.at_s <= now_s < fault.at_s + (math.inf if fault.for_s is None else fault.for_s):
                present = fault
        return present

    def cuts(self, now_s: float) -> tuple[int, bool]:
        """How often the link has been cut so far, and whether it is cut now."""
        begun = [fault for fault in self._lasting if fault.kind is FaultKind.LINK_DROP and fault.at_s <= now_s]
        ends = (math.inf if fault.for_s is None else fault.at_s + fault.for_s for fault in begun)
        return len(begun), any(now_s < end for end in ends)
