"""The morning page in a terminal: at most 80 columns, new things first, no meaning in colour alone.

Every text goes to the screen as Rich `Text`, never as markup, and comes cleaned from `facts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.segment import Segment, Segments
from rich.table import Table
from rich.text import Text

from ..verdicts import Verdict
from .buckets import Bucket, Novelty
from .facts import Page
from .findings import NearMiss, grouped
from .run_facts import Share
from .tables import runs_table, vmin_tables
from .text import counted, duration, shorten
from .wording import against, notes, seen, speed, verdict_word, who

WIDTH = 80
_MOST_GROUPS = 6
_MOST_NEAR = 5
_CAUSE_CHARACTERS = 240

STYLES = {
    Verdict.NOT_RUN: "dim",
    Verdict.PASS: "bold green",
    Verdict.INVALID: "bold magenta",
    Verdict.FAIL: "bold red",
    Verdict.ABORTED: "bold yellow",
    Verdict.ERROR: "bold yellow",
}
_BAR_CELLS = 60
_SHARE_GLYPHS = {
    "trusted": ("█", "green"),
    "INVALID": ("?", "magenta"),
    "ERROR": ("!", "yellow"),
    "missing": ("·", "dim"),
}
_NOVELTY_STYLES = {Novelty.NEW: "bold reverse", Novelty.KNOWN: "", Novelty.GONE: "dim"}

# What older Windows code pages lack, in plain letters; anything else that a stream cannot take becomes "?".
_PLAIN = str.maketrans(
    {"≤": "<=", "≥": ">=", "…": "..", "–": "-", "─": "-", "·": ".", "×": "x", "█": "#", "▲": "^", "→": ">", "✗": "x"}
)


def print_page(page: Page, console: Console) -> None:
    """Print the page on a console, in at most 80 of its columns and in the characters that it has."""
    options = console.options.update(width=min(console.width, WIDTH))
    segments = console.render(Group(*_sections(page)), options)
    console.print(Segments(_writable(segments, console.encoding)), end="")


def write_page(page: Page, out: TextIO) -> None:
    """Write the page to a text file; in colour only where it is a terminal."""
    width = None if out.isatty() else WIDTH
    print_page(page, Console(file=out, width=width, highlight=False, markup=False, emoji=False))


def _writable(segments: Iterable[Segment], encoding: str) -> list[Segment]:
    if encoding.lower().startswith("utf"):
        return list(segments)
    return [_in(segment, encoding) for segment in segments]


def _in(segment: Segment, encoding: str) -> Segment:
    text = segment.text.translate(_PLAIN)
    return segment._replace(text=text.encode(encoding, "replace").decode(encoding))


def _sections(page: Page) -> Iterator[RenderableType]:
    yield _head(page)
    yield from _new(page)
    yield from _steps(page)
    yield from _untrusted(page)
    yield from _vmin(page)
    yield from _runs(page)
    yield from _near(page)
    yield from _lab_time(page)
    yield from _provenance(page)


def _heading(title: str, note: str = "") -> RenderableType:
    text = Text.assemble((title, "bold"), (f"  {note}" if note else "", "dim"))
    return Group(Text(""), Rule(text, align="left", style="dim"))


def _body(renderable: RenderableType) -> RenderableType:
    return Padding(renderable, (0, 0, 0, 1))


def _head(page: Page) -> RenderableType:
    night = page.night
    began = f"{night.began_utc:%a %d %b %Y %H:%M} UTC"
    line = Table.grid(expand=True)
    line.add_column(ratio=1, overflow="ellipsis", no_wrap=True)
    line.add_column(justify="right", no_wrap=True)
    line.add_row(Text(f"Night {night.id}: {night.name} on {night.station}", "bold"), Text(began, "dim"))
    style = "bold" if page.verdict is None else STYLES[page.verdict]
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column()
    grid.add_row(Text(f" {verdict_word(page)} ", f"{style} reverse"), Text(page.headline, "bold"))
    grid.add_row(Text(""), Text(page.trust))
    if page.shares:
        grid.add_row(Text(""), _bar(page.shares))
    grid.add_row(Text(""), Text(f"{page.ending} {duration(page.lab_s)} of lab time{speed(page)}."))
    for event in page.told:
        grid.add_row(Text(""), Text(shorten(f"! {event.slot} {event.message}", _CAUSE_CHARACTERS), "bold"))
    return Group(line, Text(""), grid)


def _bar(shares: Sequence[Share]) -> Text:
    """Where the wanted points stand, one glyph a kind; whatever there is gets at least one cell."""
    total = sum(share.count for share in shares)
    text = Text()
    for share in shares:
        glyph, style = _SHARE_GLYPHS[share.word]
        text.append(glyph * max(1, round(_BAR_CELLS * share.count / total)), style)
    legend = "  ".join(f"{_SHARE_GLYPHS[share.word][0]} {share.count} {share.word}" for share in shares)
    return text.append("\n" + legend, "dim")


def _new(page: Page) -> Iterator[RenderableType]:
    yield _heading("What is new", against(page))
    if not page.buckets:
        yield _body(Text("Nothing failed, nothing is INVALID, nothing is in error."))
    grid = Table.grid(padding=(0, 1, 0, 0))
    for _ in range(2):
        grid.add_column(no_wrap=True)
    grid.add_column()
    for bucket in page.shown:
        novelty = Text(bucket.novelty.value, _NOVELTY_STYLES[bucket.novelty])
        grid.add_row(novelty, Text(bucket.word, "" if bucket.edge else STYLES[bucket.verdict]), _bucket(page, bucket))
    yield _body(grid)
    for note in notes(page):
        yield _body(Text(note, "dim"))


def _bucket(page: Page, bucket: Bucket) -> Text:
    text = Text(shorten(bucket.text, _CAUSE_CHARACTERS), "bold" if bucket.novelty is Novelty.NEW else "")
    text.append(f"\n{seen(page, bucket)}", "not bold")
    places = ", ".join(f"{place} {count}×" for place, count in bucket.places[:6])
    return text.append(f"\n{bucket.spread}" + (f"; {places}" if places else ""), "not bold dim")


def _steps(page: Page) -> Iterator[RenderableType]:
    if not page.steps:
        return
    yield _heading("Do first")
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(max_width=16, style="bold")
    grid.add_column()
    for number, step in enumerate(page.steps, 1):
        grid.add_row(Text(f"{number}."), Text(step.where), Text(step.what))
    yield _body(grid)


def _untrusted(page: Page) -> Iterator[RenderableType]:
    errors = tuple(finding for finding in page.failed if finding.verdict is Verdict.ERROR)
    groups = grouped([*page.invalid, *errors])
    if not groups:
        return
    yield _heading("Do not trust", f"{len(page.invalid)} INVALID, {len(errors)} ERROR")
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, style="bold", max_width=10)
    grid.add_column()
    for group in groups[:_MOST_GROUPS]:
        verdict = Text(group.first.verdict.name, STYLES[group.first.verdict])
        said = Text(shorten(group.first.cause, _CAUSE_CHARACTERS))
        more = f" and {len(group.wheres) - 1} more like it" if len(group.wheres) > 1 else ""
        grid.add_row(verdict, Text(group.first.slot), said.append(f"\n{group.wheres[0]}{more}", "dim"))
    yield _body(grid)
    if len(groups) > _MOST_GROUPS:
        rest = sum(len(group.wheres) for group in groups[_MOST_GROUPS:])
        yield _body(Text(f"and {counted(rest, 'more point')}: bringup report --format html lists each", "dim"))


def _vmin(page: Page) -> Iterator[RenderableType]:
    for shown in page.maps:
        yield _heading(shown.title, f"V, {shown.plan}")
        for table in vmin_tables(shown, WIDTH - 2):
            yield _body(table)
    marks = dict(mark for shown in page.maps for mark in shown.marks)
    if marks:
        legend = "; ".join(f"{mark} {meaning}" for mark, meaning in marks.items())
        yield _heading("Marks in the maps")
        yield _body(Text(legend, "dim"))


def _runs(page: Page) -> Iterator[RenderableType]:
    if not page.runs:
        return
    yield _heading("Runs")
    yield _body(runs_table(page.runs))
    left_out = sum(run.left_out for run in page.runs)
    if left_out:
        yield _body(Text(f"{counted(left_out, 'point')} below a failing voltage left out on purpose", "dim"))
    for run in page.runs:
        if not run.whole:
            why = f"{run.slot} {run.plan}: {counted(run.missing, 'point')} missing: {run.cause}"
            yield _body(Text(shorten(why, _CAUSE_CHARACTERS), "bold"))


def _near(page: Page) -> Iterator[RenderableType]:
    if not page.near:
        return
    yield _heading("Near misses", f"{counted(len(page.near), 'pass').replace('passs', 'passes')} close to a limit")
    closest: dict[tuple[str, str, str], NearMiss] = {}
    for miss in page.near:
        closest.setdefault((miss.slot, miss.plan, miss.what), miss)
    for miss in islice(closest.values(), _MOST_NEAR):
        said = f"{miss.slot} {miss.what} = {miss.value} (limit {miss.limit})\n"
        yield _body(Text(shorten(said, _CAUSE_CHARACTERS)).append(f"   {miss.where}", "dim"))
    if len(closest) > _MOST_NEAR:
        yield _body(Text(f"and {len(closest) - _MOST_NEAR} more", "dim"))


def _lab_time(page: Page) -> Iterator[RenderableType]:
    total = sum(part.seconds for part in page.spent)
    if not total:
        return
    yield _heading("Slot time", f"{duration(total)} over all slots")
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column()
    grid.add_column(justify="right")
    grid.add_column(justify="right")
    for part in page.spent:
        grid.add_row(Text(part.use.value), Text(duration(part.seconds)), Text(f"{part.seconds / total:.0%}"))
    yield _body(grid)


def _provenance(page: Page) -> Iterator[RenderableType]:
    yield _heading("Provenance")
    yield _body(Text(who(page), "dim"))
    for source in page.sources:
        yield _body(Text(f"{source.kind} {source.name} {source.digest[:12]}", "dim"))
