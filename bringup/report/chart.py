"""The lowest passing voltage against the slowest other axis, as inline SVG: the slope is what a table hides."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

from .text import shorten, volts
from .vmin import Cell, Edge, Row, VminMap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.typing import RcKeyType

_INK = "#123456"  # stands for the page's own text colour until the SVG is made
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")  # Okabe and Ito (2008)
_LINES = ("-", "--", "-.", ":")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
_MOST_ROWS = 12
Points = tuple[list[float], list[float]]


def worth_drawing(shown: VminMap) -> bool:
    """Whether a chart says more than the table: three values across, two edges on one row, not all alike."""
    if shown.across is None or len(shown.across.values) < 3 or len(shown.rows) > _MOST_ROWS:
        return False
    if shown.highest_volts is None:
        return False  # one flat line
    return any(sum(map(math.isfinite, _sure(row, shown)[1])) > 1 for row in shown.rows)


def has_bounds(shown: VminMap) -> bool:
    """Whether the chart has hollow markers."""
    return any(math.isfinite(value) for row in shown.rows for value in _bounds(row, shown)[1])


def vmin_svg(shown: VminMap) -> str:
    """An `<svg>` element: one line a sled; a hollow marker is a bound, the edge lies there or lower."""
    import matplotlib as mpl  # noqa: PLC0415 (slow to load, needed by nothing else)
    from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    # Text stays text; the salt keeps the ids of several charts on one page apart and the file reproducible.
    # Names are never read as mathematics: a "$" in one would raise.
    settings: dict[RcKeyType, object] = {
        "svg.fonttype": "none",
        "svg.hashsalt": f"{shown.plan} {shown.rail.knob} {shown.held}",
        "font.family": "sans-serif",
        "text.parse_math": False,
    }
    with mpl.rc_context(settings), warnings.catch_warnings():
        # Text stays text, so it is the reader's fonts that must have the glyph, not Matplotlib's.
        warnings.filterwarnings("ignore", r"Glyph .* missing from font")
        figure = Figure(figsize=(6.4, 3.2), layout="constrained")
        FigureCanvasSVG(figure)
        _draw(figure.add_subplot(), shown)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _inline(buffer.getvalue())


def _draw(axes: Axes, shown: VminMap) -> None:
    for number, row in enumerate(shown.rows):
        _line(axes, shown, row, number)
    if shown.across is not None:
        axes.set_xticks(shown.across.values)
        axes.set_xlabel(f"{_name(shown.across.knob)} ({_name(shown.across.unit)})", color=_INK)
    axes.set_ylabel(f"lowest passing {_name(shown.rail.knob)} (V)", color=_INK)
    axes.yaxis.set_major_formatter(lambda value, _: volts(round(value, 6)))
    axes.tick_params(colors=_INK)
    axes.grid(visible=True, color=_INK, alpha=0.15)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(_INK)
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, labelcolor=_INK)


def _line(axes: Axes, shown: VminMap, row: Row, number: int) -> None:
    colour, marker = _COLOURS[number % len(_COLOURS)], _MARKERS[number % len(_MARKERS)]
    # A leading underscore would hide the line from the legend.
    label = _name(f"{row.slot} {row.serial_number}".strip().lstrip("_")) or "sled"
    dashes = _LINES[number % len(_LINES)]
    axes.plot(*_sure(row, shown), color=colour, linestyle=dashes, marker=marker, label=label)
    axes.plot(*_bounds(row, shown), color=colour, linestyle="none", marker=marker, fillstyle="none")


def _name(text: str) -> str:
    """A name that leaves room for the lines; the table has it in full."""
    return shorten(text, 28)


def _sure(row: Row, shown: VminMap) -> Points:
    """The edges that were found beyond doubt; NaN, which breaks the line, where there is none."""
    return _points(row, shown, lambda cell: cell.edge is Edge.FOUND and not cell.doubtful)


def _bounds(row: Row, shown: VminMap) -> Points:
    """The voltages at or below which an edge must lie."""
    return _points(row, shown, lambda cell: cell.edge is Edge.NEVER_FAILED or cell.doubtful)


def _points(row: Row, shown: VminMap, wanted: Callable[[Cell], bool]) -> Points:
    """Values across in rising order, and volts."""
    values = shown.across.values if shown.across else ()
    cells = sorted(zip(values, row.cells, strict=True), key=lambda pair: pair[0])
    volts_at = [cell.lowest_pass_volts if wanted(cell) else None for _, cell in cells]
    return [x for x, _ in cells], [math.nan if value is None else value for value in volts_at]


def _inline(document: str) -> str:
    """The `<svg>` element alone, in the page's own text colour and as wide as the page allows."""
    svg = document[document.index("<svg") :].replace(_INK, "currentColor")
    return svg.replace("<svg ", '<svg role="img" class="chart" ', 1)
