"""One conversation over VISA with an instrument that knows no compound queries: a line out, a line back.

A bare number cannot tell whose answer it is, so every conversation ends in a *tag*: a question whose answer is known
and never changes. Tags take turns, so that an answer that is one or two questions late ends in the wrong one and is
refused. After any doubt, lines are read until a tag's own answer comes. Below: `visa_link`. Above: the drivers of
instruments with their own languages; each says what an answer means and how an error shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from pyvisa.resources import MessageBasedResource

from bringup.errors import BadReply, InstrumentError
from bringup.hooks import Connection

from .read_back import ReadBacks
from .replies import ReplyMistake, as_text
from .transaction_lock import TransactionLock
from .visa_link import LONGEST_BACKLOG, LONGEST_REPLY, VisaLink, shown

T = TypeVar("T")


class LineLink(VisaLink):
    """A `VisaLink` whose lines end in another character, and whose lines can be read one by one."""

    def __init__(self, connection: Connection, terminator: str) -> None:
        super().__init__(connection)
        self._terminator = terminator.encode("ascii")
        self._prepared: MessageBasedResource | None = None

    def send(self, message: str) -> None:
        """Write one message now, whatever is still to be read."""
        with self.lock:
            resource = self._opened()
            self.in_doubt = True
            data = message.encode("ascii") + self._terminator
            self._transcript.sent(self._clock.now(), data)
            with self._translated(message):
                resource.write_raw(data)

    def ask(self, message: str) -> bytes:
        """Write one message and read its one reply, without its terminator."""
        with self.lock:
            self.send(message)
            reply = self.receive(message)
            self.in_doubt = False
            return reply

    def receive(self, message: str) -> bytes:
        """Read one line; `message` is what it should answer, for errors."""
        with self._translated(message):
            raw = self._opened().read_bytes(LONGEST_REPLY, chunk_size=LONGEST_REPLY, break_on_termchar=True)
        self._transcript.received(self._clock.now(), raw)
        if not raw.endswith(self._terminator):
            raise BadReply(f"{self.connection.where} answered {message!r} with half a line: {shown(raw)}")
        return raw.rstrip(b"\r\n")

    def _opened(self) -> MessageBasedResource:
        resource = super()._opened()
        if resource is not self._prepared:
            if resource.read_termination is not None:  # the wire does not mark the end of a message itself
                resource.read_termination = self._terminator.decode("ascii")
            self._prepared = resource
        return resource


class LineSession:
    """One instrument that speaks lines. Making it sends nothing; the first question opens the wire.

    Args:
        connection: where it is.
        tags: questions whose answers never change, the first of them the identity.
        terminator: ends a line, both ways (a carriage return before it is taken off).
        greeting: sent before the first question after any doubt; it may be answered or not.
        unasked: tells lines that the instrument sends on its own account.
        packed: what is sent for a message (with a checksum, say).
        unpacked: what is left of an answer to it; raises `ReplyMistake` for one that is damaged.
    """

    def __init__(
        self,
        connection: Connection,
        tags: Sequence[str],
        *,
        terminator: str = "\n",
        greeting: Sequence[str] = (),
        unasked: Callable[[str], bool] = lambda line: False,  # noqa: ARG005 - most say nothing unasked
        packed: Callable[[str], str] = str,
        unpacked: Callable[[str], str] = str,
    ) -> None:
        self.where = connection.where
        self._link = LineLink(connection, terminator)
        self._questions = list(tags)
        self._answers: dict[str, str] = {}
        self._read_backs = ReadBacks(connection.where)
        self._greeting = tuple(greeting)
        self._unasked = unasked
        self._packed, self._unpacked = packed, unpacked

    @property
    def lock(self) -> TransactionLock:
        """The instrument's lock, for conversations of more than one line."""
        return self._link.lock

    def close(self) -> None:
        """Give the wire back; a second call does nothing."""
        self._link.close()

    def read(self, question: str, meaning: Callable[[str], T]) -> T:
        """Ask one question; `meaning` reads its answer and raises `ReplyMistake` for a wrong one."""
        with self.lock:
            self._certain()
            answer = self._asked(question, meaning)
            self._tagged()
            return answer

    def converse(self, *exchanges: tuple[str, Callable[[str], object] | None]) -> list[object]:
        """Send several messages; each is answered and read with its meaning, or, with None, is not answered."""
        with self.lock:
            self._certain()
            answers = [self._exchanged(message, meaning) for message, meaning in exchanges]
            self._tagged()
            return answers

    def keep(self, question: str, answer: str, *, alone: bool = False) -> None:
        """A set was read back in a conversation of its own; `alone`: it has moved everything else that was set."""
        if alone:
            self._read_backs.forget()
        self._read_backs.keep(question, str, answer)

    def read_back(self, question: str, meaning: Callable[[str], T]) -> T:
        """Ask what a set did; it is asked again, and must be the same, when a link that was lost is back."""
        answer = self.read(question, meaning)
        self._read_backs.keep(question, meaning, answer)
        return answer

    def ask_now(self, question: str, meaning: Callable[[str], T]) -> T:
        """Ask a question whose answer is never the same, and so needs no tag: who answers, say."""
        with self.lock:
            self._certain()
            return self._asked(question, meaning)

    def send_at_once(self, *messages: str) -> None:
        """Send now, whatever is still to be read: for switching off. Nothing is verified."""
        with self.lock:
            self._read_backs.forget()
            for message in messages:
                self._link.send(message)

    def bad_reply(self, question: str, answer: str, mistake: object) -> BadReply:
        """The error for an answer that reads otherwise than it should; what follows is in doubt."""
        self._link.in_doubt = True
        return BadReply(f"{self.where} answered {question!r} with {answer!r}: {mistake}")

    def _exchanged(self, message: str, meaning: Callable[[str], object] | None) -> object:
        if meaning is not None:
            return self._asked(message, meaning)
        self._link.send(self._packed(message))
        return None

    def _asked(self, question: str, meaning: Callable[[str], T]) -> T:
        raw = self._link.ask(self._packed(question))
        while self._unasked(raw.decode("latin-1")):
            raw = self._link.receive(question)
        return self._understood(question, raw, meaning)

    def _understood(self, question: str, raw: bytes, meaning: Callable[[str], T]) -> T:
        try:
            return meaning(self._unpacked(as_text(raw)))
        except ReplyMistake as mistake:
            self._link.in_doubt = True
            raise BadReply(f"{self.where} answered {question!r} with {shown(raw)}: {mistake}") from None

    def _tagged(self) -> None:
        """End a conversation: the next tag must have its own answer."""
        question = self._questions[0]
        self._questions = [*self._questions[1:], question]

        def own(text: str) -> None:
            if text != self._answers[question]:
                raise ReplyMistake(f"another question's answer (that of {question!r} is {self._answers[question]!r})")

        self._asked(question, own)

    def _certain(self) -> None:
        """Make sure that the next answer belongs to the next question."""
        if not self._link.in_doubt:
            return
        self._link.clear()
        for message in self._greeting:
            self._link.send(message)
        for question in sorted(self._questions):
            self._meet(question)
        self._link.in_doubt = False
        if self._link.was_lost:
            self._link.was_lost = False
            self._read_backs.verify(self._asked)

    def _meet(self, question: str) -> None:
        """Ask a tag: the answer that it had must come again."""
        line = self._found(question) if self._link.is_stream else self._readable(self._link.ask(self._packed(question)))
        if line != self._answers.setdefault(question, line):
            raise BadReply(f"{self.where}: another instrument answers there now, or it is out of step: {line!r}")

    def _found(self, question: str) -> str:
        """Ask twice: when the same line has come twice running, nothing late stands before the next one."""
        self._link.send(self._packed(question))
        self._link.send(self._packed(question))
        before = self._readable(self._link.receive(question))
        for _ in range(LONGEST_BACKLOG):
            line = self._readable(self._link.receive(question))
            if line == before:
                break
            before = line
        return line

    def _readable(self, raw: bytes) -> str:
        try:
            return self._unpacked(as_text(raw))
        except ReplyMistake:
            return repr(raw)  # a damaged or late line is no tag's answer


def refusal(where: str, command: str, reason: str) -> InstrumentError:
    """The error for a command that the instrument did not take."""
    return InstrumentError(f"{where} refused {command!r}: {reason}")
