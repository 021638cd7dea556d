"""The Vmin map: down to which voltage a rail still gives right answers, for each sled and condition.

The lowest passing voltage counts only as far as nothing above it failed: where a sled passes again below a
failing voltage, the higher one is what may be trusted, and the cell says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from ..records import AxisStart
from ..verdicts import Verdict
from .findings import failed_places
from .points import TRUSTED, RunPoints, Walk
from .text import quantity, volts


class Edge(StrEnum):
    """What a walk down a voltage found."""

    FOUND = "found"
    NEVER_FAILED = "never failed"
    NEVER_PASSED = "never passed"
    UNTRUSTED = "INVALID"
    UNMEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Cell:
    """What one walk found.

    Attributes:
        edge: in a word.
        lowest_pass_volts: the lowest voltage that passed with nothing failing above it.
        highest_fail_volts: the highest voltage that failed.
        doubtful: a voltage that could move the edge is INVALID, in error, or was skipped.
        cut_short: it never failed, but the walk did not come to its last voltage either.
        passes_below: it passed again below a failing voltage.
        too_high: it failed at a voltage that has to pass.
        limiting: the parts that failed first ("chip2"), or "hang".
    """

    edge: Edge
    lowest_pass_volts: float | None = None
    highest_fail_volts: float | None = None
    doubtful: bool = False
    cut_short: bool = False
    passes_below: bool = False
    too_high: bool = False
    limiting: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The cell in a few characters: "0.655", "≤0.600", "none", "INVALID", "–"; "?" marks a doubt."""
        if self.edge is Edge.UNMEASURED:
            return "–"
        if self.edge is Edge.UNTRUSTED:
            return "INVALID"
        marks = ("?" if self.doubtful else "") + ("!" if self.passes_below else "") + ("✗" if self.too_high else "")
        if self.lowest_pass_volts is None:
            return "none" + marks
        bound = "≤" if self.edge is Edge.NEVER_FAILED else ""
        return bound + volts(self.lowest_pass_volts) + marks


@dataclass(frozen=True, slots=True)
class Row:
    """One sled.

    Attributes:
        slot: where it sat.
        serial_number: of the sled.
        cells: one for each value across.
        places: the same for each part of the sled that was measured on its own.
    """

    slot: str
    serial_number: str
    cells: tuple[Cell, ...]
    places: tuple[tuple[str, tuple[Cell, ...]], ...]


@dataclass(frozen=True, slots=True)
class VminMap:
    """All walks of one plan down one rail, at one combination of the axes that are neither walked nor across.

    Attributes:
        plan: that walked.
        rail: the walked axis.
        across: the slowest other axis, or None where there is none.
        held: the values of any further axes in words, "" if there are none.
        rows: one for each sled, by slot.
    """

    plan: str
    rail: AxisStart
    across: AxisStart | None
    held: str
    rows: tuple[Row, ...]

    @property
    def title(self) -> str:
        """What the map shows: "Lowest passing vdd_core at core_clock 2 GHz"."""
        return f"Lowest passing {self.rail.knob}" + (f" at {self.held}" if self.held else "")

    @property
    def heads(self) -> tuple[str, ...]:
        """The values across in words."""
        if self.across is None:
            return ("lowest pass",)
        return tuple(quantity(value, self.across.unit) for value in self.across.values)

    @property
    def highest_volts(self) -> float | None:
        """The highest edge that was found, where there are different ones to compare."""
        return max(self.found_volts) if len(set(self.found_volts)) > 1 else None

    @property
    def marks(self) -> tuple[tuple[str, str], ...]:
        """The marks that some cell of the map bears, each with its meaning."""
        cells = [cell for row in self.rows for cell in row.cells]
        texts = [cell.text for cell in cells]
        known = (
            ("▲", "the highest", self.highest_volts is not None),
            ("≤", "never failed down to there", any(t.startswith("≤") for t in texts)),
            ("none", "failed at the highest voltage already", any(t.startswith("none") for t in texts)),
            ("?", "an INVALID or missing voltage lies at the edge", any("?" in t for t in texts)),
            ("✗", "failed at a voltage that has to pass", any("✗" in t for t in texts)),
            ("!", "passes again below a failing voltage", any("!" in t for t in texts)),
            ("INVALID", "tried, nothing to trust", "INVALID" in texts),
            ("–", "not measured", "–" in texts),
            ("cut", "the walk ended before its last voltage", any(c.cut_short for c in cells)),
        )
        return tuple((mark, meaning) for mark, meaning, borne in known if borne)

    @property
    def found_volts(self) -> tuple[float, ...]:
        """The lowest passing voltage of every cell whose edge was found."""
        cells = (cell for row in self.rows for cell in row.cells if cell.edge is Edge.FOUND)
        return tuple(cell.lowest_pass_volts for cell in cells if cell.lowest_pass_volts is not None)


Step = tuple[float, Verdict | None]


def edge_of(steps: Sequence[Step], limiting: tuple[str, ...] = ()) -> Cell:
    """What the voltages of one walk and their verdicts say.

    Args:
        steps: every voltage of the walk, from high to low, with its verdict; None where it has none.
        limiting: what failed first, to be kept in the cell.
    """
    fails = [value for value, verdict in steps if verdict is Verdict.FAIL]
    top_fail = max(fails, default=None)
    passes = [value for value, verdict in steps if verdict is Verdict.PASS]
    above = [value for value in passes if top_fail is None or value > top_fail]
    low_pass = min(above, default=None)
    if low_pass is None and top_fail is None:
        untrusted = any(verdict in (Verdict.INVALID, Verdict.ERROR) for _, verdict in steps)
        return Cell(Edge.UNTRUSTED if untrusted else Edge.UNMEASURED)
    edge = Edge.NEVER_FAILED if top_fail is None else Edge.NEVER_PASSED if low_pass is None else Edge.FOUND
    return Cell(
        edge=edge,
        lowest_pass_volts=low_pass,
        highest_fail_volts=top_fail,
        doubtful=_doubtful(steps, low_pass, top_fail),
        cut_short=edge is Edge.NEVER_FAILED and low_pass != steps[-1][0],
        passes_below=len(above) < len(passes),
        limiting=limiting if top_fail is not None else (),
    )


def _doubtful(steps: Sequence[Step], low_pass: float | None, top_fail: float | None) -> bool:
    """Whether a voltage without a trusted verdict lies where it could move the edge."""
    for value, verdict in steps:
        at_edge = (low_pass is None or value < low_pass) and (top_fail is None or value > top_fail)
        tried = verdict in (Verdict.INVALID, Verdict.ERROR)
        if at_edge and (tried or (verdict not in TRUSTED and top_fail is not None)):
            return True
    return False


def vmin_maps(runs: Iterable[RunPoints]) -> tuple[VminMap, ...]:
    """A map for each plan, set of axes, and combination of the axes that a table has no room for."""
    groups: dict[tuple[str, tuple[AxisStart, ...]], list[tuple[RunPoints, Walk]]] = {}
    for read in runs:
        if read.walk is not None:
            groups.setdefault((read.run.plan, read.run.axes), []).append((read, read.walk))
    return tuple(shown for group in groups.values() for shown in _maps(group))


def _maps(group: list[tuple[RunPoints, Walk]]) -> list[VminMap]:
    first, walk = group[0]
    across = next((axis for axis in first.run.axes if axis is not walk.axis), None)
    held: dict[str, list[int]] = {}
    for start in _starts(first, walk):
        held.setdefault(_held(first, start, walk, across), []).append(start)
    return [
        VminMap(first.run.plan, walk.axis, across, label, tuple(_row(read, own, starts) for read, own in group))
        for label, starts in held.items()
    ]


def _starts(read: RunPoints, walk: Walk) -> list[int]:
    """The first point of every walk, in the plan's order."""
    block = walk.stride * len(walk.axis.values)
    return [outer + inner for outer in range(0, read.run.points, block) for inner in range(walk.stride)]


def _held(read: RunPoints, point: int, walk: Walk, across: AxisStart | None) -> str:
    values = read.run.values_at(point)
    shown = {walk.axis.knob, across.knob if across else walk.axis.knob}
    axes = [axis for axis in read.run.axes if axis.knob not in shown]
    return ", ".join(f"{axis.knob} {quantity(values[axis.knob], axis.unit)}" for axis in axes)


def _row(read: RunPoints, walk: Walk, starts: list[int]) -> Row:
    walks = [walk.points(start) for start in starts]
    cells = tuple(_cell(read, walk, points) for points in walks)
    names = sorted({m.place for points in walks for point in points for m in read.measured(point) if m.place})
    places = tuple((name, tuple(_place_cell(read, walk, points, name) for points in walks)) for name in names)
    return Row(read.run.slot, read.run.serial_number, cells, places)


def _cell(read: RunPoints, walk: Walk, points: range) -> Cell:
    verdicts = [read.verdict(point) for point in points]
    first = next((p for p, verdict in zip(points, verdicts, strict=True) if verdict is Verdict.FAIL), None)
    limiting = () if first is None else _limiting(read, first)
    cell = edge_of(tuple(zip(walk.axis.values, verdicts, strict=True)), limiting)
    return replace(cell, too_high=_had_to_pass(read, walk, first))


def _had_to_pass(read: RunPoints, walk: Walk, fail: int | None) -> bool:
    return fail is not None and walk.axis.edge is not None and not read.is_edge(fail)


def _limiting(read: RunPoints, point: int) -> tuple[str, ...]:
    places = failed_places(read.measured(point))
    return places or (("hang",) if read.hung(read.last[point]) else ())


def _place_cell(read: RunPoints, walk: Walk, points: range, place: str) -> Cell:
    verdicts = [_place_verdict(read, point, place) for point in points]
    return edge_of(tuple(zip(walk.axis.values, verdicts, strict=True)))


def _place_verdict(read: RunPoints, point: int, place: str) -> Verdict | None:
    """The verdict on one part: of its own numbers, as far as the attempt as a whole can be trusted."""
    verdict = read.verdict(point)
    if verdict not in TRUSTED:
        return verdict
    return max((m.verdict for m in read.measured(point) if m.place == place), default=None)
