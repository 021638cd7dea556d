"""Text that somebody else wrote (slot names, causes, messages), made fit to stand on a terminal as it is.

A serial number or a console line may hold anything: markup of ours, terminal escapes, text that runs from right
to left. None of it may colour, move or rewrite the screen, so that what is shown is what was recorded.
"""

from __future__ import annotations

import unicodedata

from rich.text import Text

_SPACES = {ord(space): " " for space in "\t\n\r\v\f"}
_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "\u2421"} | _SPACES
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def one_line(text: str) -> str:
    """`text` on one line, with every control character as a visible sign (ESC becomes ␛, others U+FFFD)."""
    pictured = text.translate(_PICTURES)
    if pictured.isascii():
        return pictured
    return "".join("\ufffd" if unicodedata.category(sign) in _UNPRINTABLE else sign for sign in pictured)


def literal(text: str, style: str = "") -> Text:
    """`one_line(text)` as rich text in one style; square brackets stay square brackets."""
    return Text(one_line(text), style=style)
