"""A benchmark's outcome as one row, and all rows as one table."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.table import Table


@dataclass(frozen=True, slots=True)
class Bound:
    """What a row is held to: its own figure, or its ratio to what was measured beside it.

    Attributes:
        most: what must not be exceeded, or None.
        least: what must be reached, or None.
        of_ratio: whether it is the ratio that is held to it.
    """

    most: float | None = None
    least: float | None = None
    of_ratio: bool = False

    def met(self, value: float) -> bool:
        """Whether a value keeps it."""
        return (self.most is None or value <= self.most) and (self.least is None or value >= self.least)

    def __str__(self) -> str:
        sign, value = ("≤", self.most) if self.most is not None else ("≥", self.least)
        return f"{sign} {value:g}{' ×' if self.of_ratio else ''}"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    Attributes:
        what: was measured.
        unit: of the figures.
        taken: one figure per round.
        beside: the comparison's figure of the same rounds; empty where there is none.
        versus: what the comparison is.
        bound: what it is held to; None where it only explains another row.
    """

    what: str
    unit: str
    taken: Sequence[float]
    beside: Sequence[float] = ()
    versus: str = ""
    bound: Bound | None = None

    @property
    def ratio(self) -> float | None:
        """Median of the rounds' own ratios: what slows a whole round down slows both of its sides."""
        if not self.beside:
            return None
        return statistics.median(mine / other for mine, other in zip(self.taken, self.beside, strict=True))

    @property
    def met(self) -> bool | None:
        """Whether the bound is kept by the median; None without a bound."""
        if self.bound is None:
            return None
        value = self.ratio if self.bound.of_ratio else statistics.median(self.taken)
        return value is not None and self.bound.met(value)


def table_of(rows: Iterable[Row]) -> Table:
    """The rows as a person reads them."""
    table = Table(title="medians of interleaved rounds, with their quartiles; ratios are taken within each round")
    for column, justify in (
        ("what", "left"),
        ("measured", "right"),
        ("quartiles", "right"),
        ("beside it", "right"),
        ("ratio", "right"),
        ("bound", "right"),
        ("", "left"),
    ):
        table.add_column(column, justify="left" if justify == "left" else "right", overflow="fold")
    for row in rows:
        table.add_row(*_cells(row))
    return table


def _cells(row: Row) -> tuple[str, ...]:
    beside = f"{_figure(statistics.median(row.beside))} {row.unit}, {row.versus}" if row.beside else ""
    word = {None: "", True: "[green]met[/green]", False: "[bold red]NOT MET[/bold red]"}[row.met]
    return (
        row.what,
        f"{_figure(statistics.median(row.taken))} {row.unit}",
        _quartiles(row.taken),
        beside,
        "" if row.ratio is None else f"{row.ratio:.2f}",
        "" if row.bound is None else str(row.bound),
        word,
    )


def _quartiles(taken: Sequence[float]) -> str:
    if len(taken) < 2:
        return ""
    low, _, high = statistics.quantiles(taken, method="inclusive")
    return f"{_figure(low)} … {_figure(high)}"


def _figure(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
