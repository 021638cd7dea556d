"""Evidence before reset: what a power cycle would destroy, captured first, in the order in which it would be lost.

Neighbours: the runner calls `capture` when a sled fails, and the journal keeps what comes back with the attempt;
`sources.py` says who is asked for what.
"""

from .capture import BUDGET_S, POWER_UP_BUDGET_S, capture

__all__ = ["BUDGET_S", "POWER_UP_BUDGET_S", "capture"]
