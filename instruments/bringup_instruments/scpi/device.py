"""A SCPI instrument: its command tree, its status, its reset, on the message exchange of IEEE 488.2.

A model declares its commands on itself, near its manual's words. Neighbours: `exchange.py` takes messages and
answers them, `common.py` adds the common commands, `models/` declares instruments.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from bringup.clock import Clock

from .command import Command, commands_of, settings_of
from .common import CommonCommands, register_commands
from .errors import ScpiError
from .exchange import MessageExchange
from .program import compile_message
from .status import Status
from .tree import Tree


class ScpiDevice(MessageExchange):
    """Base of every SCPI instrument; keeps the `MessageDevice` contract.

    A model declares its commands on itself and overrides `observe`, `on_reset` and `on_trigger` as needed.

    Args:
        clock: the lab's time.
        identity: answer to *IDN?.
    """

    scpi_version = "1999.0"
    error_capacity = 20
    no_error = '+0,"No error"'
    has_transition_filters = True
    status_class: type[Status] = Status  # another one where the status byte has bits of its own

    def __init__(self, clock: Clock, identity: str) -> None:
        super().__init__(clock, identity, self.status_class(self.error_capacity))
        self._tree = Tree(self._all_commands())

    # What a model overrides.

    def on_reset(self) -> None:
        """Follow the settings after *RST."""

    def on_power_on(self) -> None:
        """Follow the settings after the power came back; they are those of *RST, but what was kept."""

    def on_trigger(self) -> None:
        """*TRG arrived."""
        raise ScpiError(-211)

    def self_test(self) -> int:
        """Result of *TST?."""
        return 0

    def more_commands(self) -> Iterator[Command]:
        """Commands that are not declared on the class itself: those of its channels (`channels.py`)."""
        yield from ()

    # What commands use.

    def reset(self) -> None:
        """*RST: settings to their table, the operation and *OPC forgotten."""
        self.overlapped.forget_announcement()
        self.overlapped.abort()
        for name, setting in settings_of(type(self)):
            if not setting.kept:
                setattr(self, name, setting.reset)
        self.on_reset()

    def until_idle(self) -> Generator[float, None, None]:
        """Wait for the end of the overlapped operation."""
        while self.overlapped.busy:
            yield max(self.overlapped.due_s - self._resume_at_s, 0.0)

    # What happens to an instrument beside its messages.

    def power_cycle(self) -> None:
        """The mains failed for a moment: what is volatile is lost, the settings are those of *RST (SCPI-99, 4.1.2)."""
        with self._lock:
            self._forget()
            self.reset()
            self.status.power_on()
            self.on_power_on()
            self.observe()

    def act(self, command: str) -> None:
        """Do at the front panel what `command` would do, but for what waits: no message, no answer, errors queued."""
        with self._lock:
            self.observe()
            for call in compile_message(self._tree, command.encode("latin-1", "replace") + b"\n").calls:
                try:
                    call()
                except ScpiError as error:
                    self.status.report(error)
            self.observe()

    def trouble(self) -> None:
        """Something inside goes wrong that nobody asked for: an error in the queue (SCPI-99, 21.8.11: -310)."""
        with self._lock:
            self.status.report(ScpiError(-310))
            self.status.watch(self.message_available)

    def _all_commands(self) -> Iterator[Any]:
        yield from commands_of(CommonCommands(self))
        filters = self.has_transition_filters
        yield from register_commands("STATus:OPERation", self.status.operation, filters=filters)
        yield from register_commands("STATus:QUEStionable", self.status.questionable, filters=filters)
        yield from commands_of(self)
        yield from self.more_commands()
