"""The SCPI language over one VISA resource: strict answers, verified sets, no shifted replies.

Sources: IEEE 488.2-1992 (messages, compound queries) and SCPI-1999 (error queue, SYSTem:VERSion?).

A bare number cannot tell whose answer it is, so every message ends in a *tag*: a question whose answer is known
and never changes. Two tags take turns, `SYST:VERS?` and `*IDN?`; an answer that is one question late, or another
question's, ends in the wrong one and is refused. The latter also notices another instrument on the line.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from bringup.capabilities import Identity
from bringup.errors import BadReply, InstrumentError, NoReply
from bringup.hooks import Connection

from .read_back import ReadBacks
from .replies import QueuedError, ReplyMistake, as_error, as_fields, as_identity, as_number, as_text
from .transaction_lock import TransactionLock
from .visa_link import VisaLink, shown

T = TypeVar("T")

LONGEST_QUEUE = 64
"""Entries after which an error queue that never empties is a broken instrument; SCPI queues hold 20 to 30."""

_VERSION = re.compile(r"(?:199|20\d)\d\.\d", re.ASCII)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Tag:
    """A question that ends a message, and its one right answer."""

    question: str
    answer: str


class ScpiSession:
    """One instrument that speaks SCPI. Making it sends nothing; the first question opens the wire.

    All methods raise `NoReply`, `BadReply` or another `InstrumentError`; after the first two of them the next
    question is preceded by a device clear and an emptied error queue, so that its answer is its own.
    """

    steady_question = ":SYST:VERS?"
    steady_answer = _VERSION
    steady_answer_is = "a SCPI version"
    """The tag beside `*IDN?`; another one for instruments that do not tell their version of SCPI."""

    def __init__(self, connection: Connection) -> None:
        self.where = connection.where
        self._link = VisaLink(connection)
        self._tags: list[_Tag] = []
        self._read_backs = ReadBacks(connection.where)

    @property
    def lock(self) -> TransactionLock:
        """The instrument's lock, for conversations of more than one message."""
        return self._link.lock

    def close(self) -> None:
        """Give the wire back; a second call does nothing."""
        self._link.close()

    def identify(self) -> Identity:
        """Who answers, asked now."""
        with self.lock:
            self._certain()
            return self._understood("*IDN?", self._link.ask("*IDN?"), as_identity)

    def query(self, command: str) -> str:
        """Ask one question; its answer as printable text."""
        return self.read(command, str)

    def number(self, command: str, low: float, high: float) -> float:
        """Ask for one number, which must lie from `low` to `high`."""
        return self.read(command, lambda text: as_number(text, low, high))

    def read(self, command: str, meaning: Callable[[str], T]) -> T:
        """Ask one question; `meaning` reads its answer and raises `ReplyMistake` for a wrong one.

        Raises:
            InstrumentError: the instrument refused the command, which the message names.
        """
        with self.lock:
            self._certain()
            return self._explained(command, command, meaning)

    def read_all(self, *questions: tuple[str, Callable[[str], T]]) -> list[T]:
        """Ask several questions in one round trip; each answer is read with its own meaning."""

        def meaning(text: str) -> list[T]:
            fields = as_fields(text, len(questions))
            return [read(field) for field, (_, read) in zip(fields, questions, strict=True)]

        return self.read(";:".join(question for question, _ in questions), meaning)

    def set(self, command: str) -> None:
        """Send a command and ask the error queue, in one round trip.

        Raises:
            InstrumentError: the instrument refused the command, which the message names.
        """
        with self.lock:
            self._certain()
            self._read_backs.forget()  # it may have changed any of it
            self._accepted(command, self._explained(command, f"{command};:SYST:ERR?", as_error))

    def set_and_read(self, command: str, question: str, meaning: Callable[[str], T], *, under: str = "") -> T:
        """Send a command, read back what it did and ask the error queue, in one round trip.

        What was read back is asked again, and must be the same, when a link that was lost is back.

        Args:
            command: what sets.
            question: what reads it back.
            meaning: reads the answer.
            under: what has to stand before the question when it is asked again: the selection of a channel.

        Raises:
            InstrumentError: the instrument refused the command, which the message names.
        """

        def both(text: str) -> tuple[T, QueuedError]:
            answer, error = as_fields(text, 2)
            return meaning(answer), as_error(error)

        with self.lock:
            self._certain()
            try:
                answer, error = self._explained(command, f"{command};:{question};:SYST:ERR?", both)
                self._accepted(command, error)
            except InstrumentError:
                self._read_backs.forget()  # what a command did that went wrong, nobody knows
                raise
            self._read_backs.keep(under + question, meaning, answer)
            return answer

    def send_at_once(self, command: str) -> None:
        """Send a command now, whatever is still to be read: for switching off. Nothing is verified."""
        self._read_backs.forget()
        self._link.send(command)

    def errors(self) -> tuple[QueuedError, ...]:
        """Empty the error queue and return what was in it."""
        with self.lock:
            return self._certain() + self._queue()

    def _explained(self, command: str, message: str, meaning: Callable[[str], T]) -> T:
        """Ask, and where the instrument does not answer look into its error queue for the reason."""
        try:
            return self._tagged(message, meaning)
        except (NoReply, BadReply):
            self._look_for_refusal(command)
            raise

    def _look_for_refusal(self, command: str) -> None:
        """Instruments drop what follows a command that they cannot parse, the questions with it.

        Query errors (-4xx) are the link's trouble, not the command's (SCPI-1999, volume 2, 21.8.12).
        """
        found: tuple[QueuedError, ...] = ()
        with suppress(InstrumentError):
            found = tuple(error for error in self._certain() if not -500 < error.number <= -400)
        if found:
            raise self._refused(command, found)

    def _accepted(self, command: str, error: QueuedError) -> None:
        if error.number:
            raise self._refused(command, (error, *self._queue()))

    def _refused(self, command: str, errors: tuple[QueuedError, ...]) -> InstrumentError:
        return InstrumentError(f"{self.where} refused {command!r}: {', '.join(map(str, errors))}")

    def _tagged(self, message: str, meaning: Callable[[str], T]) -> T:
        tag, other = self._tags
        self._tags = [other, tag]

        def own(text: str) -> T:
            if not text.endswith(f";{tag.answer}"):
                raise ReplyMistake("another question's answer")
            return meaning(text.removesuffix(f";{tag.answer}"))

        return self._understood(message, self._link.ask(f"{message};{tag.question}"), own)

    def _certain(self) -> tuple[QueuedError, ...]:
        """Make sure that the next answer belongs to the next question; return the errors found on the way."""
        if not self._link.in_doubt:
            return ()
        self._link.clear()
        self._meet()
        found = self._queue()
        if found:
            _log.info("%s had errors in its queue: %s", self.where, ", ".join(map(str, found)))
        if self._link.was_lost:
            self._link.was_lost = False
            self._read_backs.verify(self._tagged)
        return found

    def _meet(self) -> None:
        """Learn the answers to the tags, once; afterwards they must be the same."""
        question = f"{self.steady_question};*IDN?"
        steady, _, identity = self._understood(question, self._link.ask(question), self._both_tags).partition(";")
        tags = [_Tag(self.steady_question, steady), _Tag("*IDN?", identity)]
        if self._tags and set(self._tags) != set(tags):
            self._link.in_doubt = True
            raise BadReply(f"{self.where}: another instrument answers there now: {identity!r}; open its driver again")
        self._tags = self._tags or tags

    def _queue(self) -> tuple[QueuedError, ...]:
        found: list[QueuedError] = []
        while len(found) < LONGEST_QUEUE:
            error = self._tagged("SYST:ERR?", as_error)
            if not error.number:
                return tuple(found)
            found.append(error)
        raise BadReply(f"{self.where}: its error queue never empties; last {found[-1]}")

    def _understood(self, command: str, raw: bytes, meaning: Callable[[str], T]) -> T:
        try:
            return meaning(as_text(raw))
        except ReplyMistake as mistake:
            self._link.in_doubt = True
            raise BadReply(f"{self.where} answered {command!r} with {shown(raw)}: {mistake}") from None

    def _both_tags(self, text: str) -> str:
        steady, _, identity = text.partition(";")
        if not self.steady_answer.fullmatch(steady):
            raise ReplyMistake(f"not {self.steady_answer_is} and an identity")
        as_identity(identity)
        return text
