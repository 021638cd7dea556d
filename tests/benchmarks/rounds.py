"""Fair rounds: every round measures each case once, so that whatever slows the machine down meets all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Measured = Callable[[], float]


def interleaved(cases: Mapping[str, Measured], rounds: int) -> dict[str, list[float]]:
    """Figures by case, one per round; the cases take turns at being first."""
    figures: dict[str, list[float]] = {name: [] for name in cases}
    names = list(cases)
    for turn in range(rounds):
        start = turn % len(names)
        for name in names[start:] + names[:start]:
            figures[name].append(cases[name]())
    return figures
