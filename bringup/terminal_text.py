"""Text from outside (an instrument's reply, a console line, a file), made harmless for a terminal."""

from __future__ import annotations


def harmless(text: str) -> str:
    """The text with every control character shown as a picture (ESC as ␛), so that it cannot steer a terminal.

    C0 controls become the symbols of Unicode's "Control Pictures" block, C1 controls and DEL a replacement.
    """
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "\N{REPLACEMENT CHARACTER}" if 0x7F <= code <= 0x9F else character
