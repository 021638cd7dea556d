"""Who runs this process, as the journal and the bench lock name them."""

from __future__ import annotations

import getpass


def person() -> str:
    """The account's name; "unknown" where the system has none for it (a container's bare user id)."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
