"""Sentences that the terminal page and the HTML page share."""

from __future__ import annotations

from collections.abc import Iterator

from .buckets import Bucket, Novelty
from .facts import Page
from .text import counted, listed, volts


def against(page: Page) -> str:
    """What the page is compared with, in words."""
    if page.earlier is None:
        return "no earlier night to compare with: all is new"
    return f"since night {page.earlier.id} of {page.earlier.began_utc:%d %b}"


def notes(page: Page) -> Iterator[str]:
    """What the list of buckets does not show, in sentences."""
    if page.more:
        yield f"and {counted(page.more, 'more bucket')} of lesser rank"
    if page.not_looked_for:
        yield f"{counted(page.not_looked_for, 'earlier finding')} could not show: plan or sled not in this night"
    if page.changes:
        yield "Changed meanwhile: " + listed(page.changes, 6) + "."


def seen(page: Page, bucket: Bucket) -> str:
    """How often and when a bucket was seen, in words."""
    night = page.earlier if bucket.novelty is Novelty.GONE and page.earlier else page.night
    when = f"{night.utc(bucket.first_s):%H:%M}"
    edge = " at the searched edge" if bucket.edge else ""
    return f"{bucket.plan} · {bucket.times}{edge} · {when} · {bucket.first_where}"


def speed(page: Page) -> str:
    """Whether lab time was simulated, and how much faster than the wall clock where that is known."""
    if page.speed is not None:
        return f", simulated {page.speed:.0f} times faster than the wall clock"
    return ", simulated" if page.night.virtual_time else ""


def verdict_word(page: Page) -> str:
    """The night's verdict as the page shows it."""
    return "NOT ENDED" if page.verdict is None else page.verdict.name.replace("_", " ")


def who(page: Page) -> str:
    """Who ran the night with what, in one line."""
    night = page.night
    time = "virtual time" if night.virtual_time else "wall time"
    seed = "" if night.seed is None else f", seed {night.seed}"
    return f"bringup {night.version} on {night.controller} for {night.operator}; {time}{seed}"


__all__ = ["against", "notes", "seen", "speed", "verdict_word", "volts", "who"]
