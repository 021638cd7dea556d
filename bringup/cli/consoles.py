"""The console that commands print to: nothing that becomes of a terminal may reach into a night."""

from __future__ import annotations

import os
import sys

from rich.console import Console


class PatientConsole(Console):
    """A console whose reader may go away: `bringup night … | head` runs its night to the end, unseen."""

    def on_broken_pipe(self) -> None:
        """Print into nothing from here on; Rich's own way would end the process, with sleds powered."""
        self.quiet = True
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, (sys.stderr if self.stderr else sys.stdout).fileno())


def console_for(*, as_json: bool = False) -> PatientConsole:
    """The console of a command; with `as_json` on stderr, since stdout is the program's."""
    return PatientConsole(stderr=as_json, highlight=False)
