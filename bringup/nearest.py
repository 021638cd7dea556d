"""The nearest valid name to a misspelt one, for messages that help."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

MOST_LISTED = 20


def nearest(wrong: str, valid: Iterable[str]) -> str | None:
    """The valid name most like `wrong`, ignoring case, or None where nothing is alike."""
    names = {name.lower(): name for name in valid}
    close = difflib.get_close_matches(wrong.lower(), names, n=1, cutoff=0.5)
    return names[close[0]] if close else None


def unknown(kind: str, wrong: str, valid: Iterable[str]) -> str:
    """A sentence such as: unknown rail 'vdd_coer'; did you mean 'vdd_core'? (valid: …)."""
    names = sorted(valid)
    guess = nearest(wrong, names)
    hint = f"; did you mean {guess!r}?" if guess else ""
    if guess and len(names) > MOST_LISTED:
        return f"unknown {kind} {wrong!r}{hint}"
    return f"unknown {kind} {wrong!r}{hint} (valid: {', '.join(names) or 'none'})"
