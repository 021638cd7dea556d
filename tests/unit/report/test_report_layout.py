"""How the page is laid out: 80 columns, one self-contained file, and nothing from a database gets through."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from bringup.events import EventKind
from bringup.limits import at_most
from bringup.measure import Measurement
from bringup.records import AxisStart, Source
from bringup.report import print_page, render_html, render_terminal
from bringup.verdicts import Verdict

if TYPE_CHECKING:
    from .conftest import Book, Try  # pyright: ignore[reportMissingImports]

HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07 [bold red]x[/] [/nope] <script>alert(1)</script> "
    "<img src=http://evil.example/a onerror=x> "
    "\" ' & $\\frac{1}{ {{ 7*7 }} {% raw %} :smile: \u202edesrever \u2028 \x9b31m \r\n\t\x00 ]]> --> </style></svg>"
)


class Outline(HTMLParser):
    """The elements and attributes of a page, and the texts between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def terminal(book: Book, night_id: int = 1) -> str:
    out = io.StringIO()
    render_terminal(str(book.path), night_id, out)
    return out.getvalue()


def html(book: Book, night_id: int = 1) -> str:
    out = io.StringIO()
    render_html(str(book.path), night_id, out)
    return out.getvalue()


@pytest.fixture
def mapped(book: Book, errors_of: Callable[..., Try], try_of: type[Try]) -> Book:
    """A night with a map: one sled per slot, a part that fails first, an INVALID point, and a deadline."""
    night = book.night()
    for number in range(4):
        edge = 0.65 + 0.01 * number

        def answer(v: Mapping[str, float], edge: float = edge, number: int = number) -> Try | None:
            if number == 2 and v["coolant"] == 30 and 0.66 < v["vdd_core"] < 0.69:
                return try_of(Verdict.INVALID, "not settled: coolant 29.1 for 30.0 degC")
            if number == 3 and v["coolant"] == 45:
                return None
            return errors_of([0, 0, int(v["vdd_core"] < edge), 0])

        cause = "deadline: up to 9 points not run" if number == 3 else ""
        night.run(answer, slot=f"S{number}", serial=f"SN-004{number}", cause=cause)
    night.end(Verdict.INVALID)
    return book


def _hostile_night(book: Book, try_of: type[Try]) -> None:
    axes = (
        AxisStart(f"coolant {HOSTILE}", "degC", (20.0, 30.0, 45.0)),
        AxisStart(f"rail {HOSTILE}", "V", (0.75, 0.74), 0.75),
    )
    name = f"errors {HOSTILE}"

    def answer(v: Mapping[str, float]) -> Try:
        wrong = min(v.values()) < 0.745
        taken = Measurement(name, f"chip {HOSTILE}", float(wrong), Verdict.FAIL if wrong else Verdict.PASS)
        return try_of(Verdict.FAIL if wrong else Verdict.PASS, HOSTILE if wrong else "", (taken,))

    night = book.night(
        name=HOSTILE, station=Source("station", HOSTILE, ""), operator=HOSTILE, controller=HOSTILE, version=HOSTILE
    )
    facts: dict[str, Any] = {"slot": f"S {HOSTILE}", "serial": f"_{HOSTILE}", "plan": f"plan {HOSTILE}"}
    night.run(answer, axes=axes, limits={name: at_most(0, marginal=1)}, cause=HOSTILE, **facts)
    night.run(lambda _: try_of(Verdict.INVALID, HOSTILE), axes=(), limits={}, verdict=Verdict.INVALID, **facts)
    night.event(EventKind.QUARANTINED, HOSTILE, facts["slot"])
    night.end(Verdict.FAIL, HOSTILE)


def test_it_fits_eighty_columns_and_says_the_important_things_first(mapped: Book) -> None:
    text = terminal(mapped)
    assert max(map(cell_len, text.splitlines())) <= 80
    order = [
        "INVALID",
        "Trust",
        "What is new",
        "Do first",
        "Do not trust",
        "Lowest passing vdd_core",
        "Runs",
        "Provenance",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert "0.660 chip2" in text
    assert "deadline: up to 9 points not run" in text


def test_colour_is_never_the_only_cue(mapped: Book) -> None:
    plain, coloured = terminal(mapped), io.StringIO()
    console = Console(file=coloured, width=80, force_terminal=True, color_system="truecolor", legacy_windows=False)
    print_page(str(mapped.path), 1, console)
    assert "\x1b[" in coloured.getvalue()
    assert "\x1b" not in plain
    for cue in ("INVALID", "NEW", "?", "–", "▲"):
        assert cue in plain


@pytest.mark.parametrize("width", [20, 40, 79, 200])
def test_any_width_works_and_none_is_exceeded(mapped: Book, width: int) -> None:
    out = io.StringIO()
    print_page(str(mapped.path), 1, Console(file=out, width=width))
    assert max(map(cell_len, out.getvalue().splitlines())) <= min(width, 80)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "utf-8"])
def test_a_stream_that_lacks_characters_gets_plain_ones(mapped: Book, encoding: str) -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding)
    render_terminal(str(mapped.path), 1, out)
    out.flush()
    assert "0.660 chip2" in raw.getvalue().decode(encoding)


def test_nothing_from_a_database_reaches_the_screen_as_a_command(book: Book, try_of: type[Try]) -> None:
    _hostile_night(book, try_of)
    text = terminal(book)
    assert all(line.isprintable() for line in text.split("\n"))
    assert "[bold red]" in text
    assert "␛[2J" in text
    assert max(map(cell_len, text.splitlines())) <= 80


def test_nothing_from_a_database_becomes_markup(book: Book, mapped: Book, try_of: type[Try]) -> None:
    tame = {*Outline(html(mapped)).tags}
    _hostile_night(book, try_of)
    page = html(book, 2)
    outline = Outline(page)
    assert {*outline.tags} <= tame
    assert "script" not in outline.tags
    assert not [name for name, _ in outline.attributes if name.startswith("on")]
    assert "<script>alert(1)</script>" in "".join(outline.texts)
    assert "49" not in "".join(text for text in outline.texts if "7*7" in text)
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_the_file_needs_no_network(mapped: Book) -> None:
    outline = Outline(html(mapped))
    assert "svg" in outline.tags
    wanted = [value for name, value in outline.attributes if name in ("src", "href", "xlink:href", "action", "data")]
    assert all(value and value.startswith("#") for value in wanted)
    assert not {"script", "link", "img", "iframe", "object"} & {*outline.tags}
    assert "url(http" not in html(mapped)
    assert "@import" not in html(mapped)


def test_the_file_lists_every_invalid_point_with_why(mapped: Book) -> None:
    texts = Outline(html(mapped)).texts
    for volts in ("0.680", "0.670"):
        assert f"coolant 30 degC, vdd_core {volts} V" in texts
    assert texts.count("not settled: coolant 29.1 for 30.0 degC") >= 2


def test_one_database_gives_one_page(mapped: Book) -> None:
    assert html(mapped) == html(mapped)
    assert terminal(mapped) == terminal(mapped)


def test_a_map_of_many_conditions_is_cut_into_blocks(book: Book, errors_of: Callable[..., Try]) -> None:
    wide = AxisStart("coolant", "degC", tuple(float(20 + i) for i in range(12)))
    walk = AxisStart("vdd_core", "V", (0.75, 0.74), 0.75)
    night = book.night()
    night.run(lambda v: errors_of([int(v["vdd_core"] < 0.745)]), axes=(wide, walk))
    night.end()
    text = terminal(book)
    assert max(map(cell_len, text.splitlines())) <= 80
    assert all(f"{20 + i} degC" in text for i in range(12))


@pytest.mark.parametrize("night", ["empty", "open"])
def test_a_night_without_anything_still_has_a_page(book: Book, night: str) -> None:
    made = book.night()
    if night == "empty":
        made.end()
    assert "No run was started" in terminal(book)
    assert "No run was started" in "".join(Outline(html(book)).texts)


def test_importing_the_report_is_cheap() -> None:
    heavy = "{'sqlalchemy', 'matplotlib', 'jinja2', 'textual', 'pyvisa', 'pydantic'}"
    code = f"import sys, bringup.report; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_terminal_page_needs_no_matplotlib(mapped: Book) -> None:
    code = (
        "import io, sys; from bringup.report import render_terminal;"
        f"render_terminal({str(mapped.path)!r}, 1, io.StringIO()); print('matplotlib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
