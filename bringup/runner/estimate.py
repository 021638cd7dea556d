"""How long it will take: first from the plan and earlier nights, then from what this night has shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .binding import BoundPlan
from .monitor import SlotMonitor
from .shared import groups_of

BOOT_S = 320.0  # power-up and boot of a sled of this class, estimate


@dataclass(frozen=True, slots=True)
class PlanEstimate:
    """What one plan is expected to take on every slot at once.

    Attributes:
        plan: its name.
        points: how many it has.
        shared_moves: how often a shared knob is moved.
        seconds: expected lab seconds.
        from_history: whether an earlier night of this bench says so, not the plan's own guess.
    """

    plan: str
    points: int
    shared_moves: int
    seconds: float
    from_history: bool


def estimate(bound: BoundPlan, history_s: Mapping[str, float]) -> PlanEstimate:
    """Before the start.

    Args:
        bound: the plan on one slot; all slots run it side by side.
        history_s: by plan and source digest ("vmin-map@3f…"), what it took the last time it ran to its end.
    """
    groups = groups_of(bound)
    moves = len(groups)
    known = history_s.get(history_key(bound.plan.name, bound.source.digest))
    if known is not None:
        return PlanEstimate(bound.plan.name, len(bound.points), moves, known, from_history=True)
    costs = sum(bound.knobs[knob].cost_s for knob in groups[0].shared if knob in {a.knob for a in bound.axes})
    seconds = len(bound.points) * bound.plan.point_s + moves * costs
    return PlanEstimate(bound.plan.name, len(bound.points), moves, seconds, from_history=False)


def history_key(plan: str, digest: str) -> str:
    """How `history_s` names a plan: another text is another plan."""
    return f"{plan}@{digest}"


def remaining_s(monitors: Sequence[SlotMonitor], expected_s: float, elapsed_s: float) -> float:
    """While it runs: lab seconds still to go, by the share of points that are through.

    Early on the first estimate counts, later what this night has shown.
    """
    done = sum(monitor.points_done for monitor in monitors)
    in_all = sum(monitor.points_in_all for monitor in monitors)
    if not done or not in_all:
        return max(expected_s - elapsed_s, 0.0)
    share = done / in_all
    shown_s = elapsed_s / share
    return max(share * shown_s + (1 - share) * max(expected_s, elapsed_s) - elapsed_s, 0.0)
