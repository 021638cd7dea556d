"""Text as the page shows it: nothing from a database can move a cursor, colour a screen or reorder a line.

Causes and names may hold whatever an instrument or a console sent. Control characters become the visible
pictures of Unicode's block U+2400, so that evidence stays readable; what else cannot be printed becomes U+FFFD.
"""

from __future__ import annotations

_REPLACEMENT = "\ufffd"
_HERTZ = ((1e9, "GHz"), (1e6, "MHz"), (1e3, "kHz"))


def clean(text: str) -> str:
    """`text` on one line, with every character that is not printable made visible and harmless."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _picture(char) for char in text)


def _picture(char: str) -> str:
    if char.isspace() and ord(char) > 0x9F:  # no-break and typographic spaces
        return " " if char not in "\u2028\u2029" else _REPLACEMENT
    if ord(char) < 0x20:
        return chr(0x2400 + ord(char))
    return "\u2421" if char == "\x7f" else _REPLACEMENT


def shorten(text: str, most: int) -> str:
    """`text` in at most `most` characters, cut at the end with an ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def counted(count: int, noun: str) -> str:
    """A count and its noun: "1 point", "3 points", "2 tries"."""
    if count == 1:
        return f"1 {noun}"
    return f"{count} {noun[:-1]}ies" if noun.endswith("y") else f"{count} {noun}s"


def duration(seconds: float) -> str:
    """A length of lab time in the unit that a person would use: "40 s", "12 min", "9.8 h"."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def quantity(value: float, unit: str) -> str:
    """A value with its unit; volts to the millivolt, hertz with a prefix: "0.700 V", "1.6 GHz", "30 degC"."""
    if unit == "V":
        return f"{volts(value)} V"
    if unit == "Hz":
        for factor, prefixed in _HERTZ:
            if abs(value) >= factor:
                return f"{value / factor:g} {prefixed}"
    return f"{value:g} {unit}".rstrip()


def volts(value: float) -> str:
    """Volts to the millivolt, and finer where the value is: "0.700", "0.6625"."""
    plain = f"{value:.3f}"
    return plain if abs(float(plain) - value) < 1e-9 else f"{value:.6g}"


def listed(items: tuple[str, ...], most: int = 4) -> str:
    """Some names in a row, the rest counted: "S1, S2, S3, S4 and 3 more"."""
    shown = ", ".join(items[:most])
    return shown if len(items) <= most else f"{shown} and {len(items) - most} more"
