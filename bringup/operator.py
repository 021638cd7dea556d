"""The person at the bench, as a plan sees one.

A hold point stops the plan until a person says to go on; unattended (`--yes`) it is answered and recorded. An
answer of no ends the run as aborted, with the sled made safe. `bringup.cli` supplies the one that asks.
"""

from __future__ import annotations

from typing import Protocol


class Operator(Protocol):
    """Somebody to ask."""

    def hold(self, question: str) -> None:
        """Show `question` and wait for a yes.

        Raises:
            Aborted: the answer was no, or nobody can be asked.
        """

    def tell(self, message: str) -> None:
        """Show one line to whoever is watching."""
