"""What the contract tests of the clocks share: both clocks, and tasks whose ends can be compared."""

from __future__ import annotations

from collections.abc import Callable

from bringup.clock import Clock, Task
from bringup.errors import Aborted

TICK_S = 0.03
NEVER_S = 3600.0
GUARD_S = 20.0


def end_of(work: Callable[[], object]) -> str:
    """How a wait ended: the name of the exception, or its value."""
    try:
        return repr(work())
    except (Aborted, TimeoutError) as error:
        return type(error).__name__


def all_ends(clock: Clock, works: list[Callable[[], object]]) -> list[Task[str]]:
    def ending(work: Callable[[], object]) -> Callable[[], str]:
        return lambda: end_of(work)

    return [clock.spawn(ending(work), f"task{n}") for n, work in enumerate(works)]


def results(tasks: list[Task[str]]) -> list[str]:
    return [task.result(GUARD_S) for task in tasks]
