"""The morning page as one HTML file: no network, no script, readable on a phone, in the dark and on paper.

Every text is escaped by Jinja2; the only markup let through is the SVG that `chart` makes.
"""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ..verdicts import Verdict
from . import wording
from .chart import has_bounds, vmin_svg, worth_drawing
from .facts import Page
from .findings import grouped
from .text import counted, duration, listed
from .vmin import Cell, Edge, VminMap

_CLASSES = {
    Edge.NEVER_FAILED: "bound",
    Edge.NEVER_PASSED: "never",
    Edge.UNTRUSTED: "untrusted",
    Edge.UNMEASURED: "empty",
}
_MOST_ROWS = 500


def html_of(page: Page) -> str:
    """The whole file as text."""
    environment = Environment(
        loader=PackageLoader("bringup.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"duration": duration, "listed": listed}
    environment.globals |= {"counted": counted, "shade": _shade, "cell_class": _cell_class, "has_bounds": has_bounds}
    return environment.get_template("morning.html.j2").render(
        page=page,
        night=page.night,
        words=wording,
        verdict=wording.verdict_word(page),
        total=sum(share.count for share in page.shares),
        charts={shown: _chart(shown) for shown in page.maps},
        errors=tuple(finding for finding in page.failed if finding.verdict is Verdict.ERROR),
        fails=tuple(finding for finding in page.failed if finding.verdict is Verdict.FAIL),
        grouped=grouped,
        most=_MOST_ROWS,
        slot_seconds=sum(part.seconds for part in page.spent),
    )


def _chart(shown: VminMap) -> Markup | None:
    # Safe: Matplotlib escapes the names that it writes into the SVG's text.
    return Markup(vmin_svg(shown)) if worth_drawing(shown) else None  # noqa: S704


def _shade(shown: VminMap, cell: Cell) -> float:
    """How deep a cell is shaded, 0 to 1 from the lowest to the highest edge that was found on the map."""
    values = shown.found_volts
    if cell.edge is not Edge.FOUND or cell.lowest_pass_volts is None or max(values) == min(values):
        return 0.0
    return round((cell.lowest_pass_volts - min(values)) / (max(values) - min(values)), 3)


def _cell_class(cell: Cell) -> str:
    if cell.edge is Edge.FOUND:
        return "doubt" if cell.doubtful else "known"
    return _CLASSES[cell.edge]
