"""Colours, as theme variables with one name per verdict, so that a person can set their own.

The colours are those of Okabe and Ito ("Color Universal Design", 2008), which people with any usual colour
vision tell apart; still no colour stands alone: a glyph and a word always say the same.
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text
from textual.theme import Theme

from bringup.verdicts import Verdict

Colours = Mapping[str, str]

VARIABLES = {
    "verdict-not-run": "#9a9a9a",
    "verdict-pass": "#2fbf8f",
    "verdict-invalid": "#e69f00",
    "verdict-fail": "#ff6a3d",
    "verdict-aborted": "#56b4e9",
    "verdict-error": "#e58fc0",
    "alarm": "#ff6a3d",
    "faint": "#8a8f98",
}

BRINGUP = Theme(
    name="bringup",
    primary="#56b4e9",
    secondary="#3f6f8f",
    accent="#e69f00",
    warning="#e69f00",
    error="#ff6a3d",
    success="#2fbf8f",
    foreground="#dfe3e8",
    background="#101418",
    surface="#161b21",
    panel="#1f262e",
    variables=VARIABLES,
)

_GLYPHS = {
    Verdict.NOT_RUN: "·",
    Verdict.PASS: "✓",
    Verdict.INVALID: "?",
    Verdict.FAIL: "✗",
    Verdict.ABORTED: "■",
    Verdict.ERROR: "!",
}


def verdict_variable(verdict: Verdict) -> str:
    """The theme variable that holds a verdict's colour."""
    return "verdict-" + verdict.name.lower().replace("_", "-")


def verdict_text(verdict: Verdict | None, colours: Colours) -> Text:
    """A verdict as glyph and word in its colour; "-" where there is none yet."""
    if verdict is None:
        return Text("-", style=colours["faint"])
    return Text(f"{_GLYPHS[verdict]} {verdict_word(verdict)}", style=colours[verdict_variable(verdict)])


def verdict_word(verdict: Verdict) -> str:
    """A verdict's word, as the reports write it."""
    return verdict.name.replace("_", " ")


def glyph_meanings() -> str:
    """One line that says what the glyphs mean, for the help."""
    return "   ".join(f"{glyph} {verdict_word(verdict)}" for verdict, glyph in _GLYPHS.items())
