"""One instrument's desk: program messages of many links, carried out one at a time, each answer to its own link.

A real instrument parses its interfaces side by side but executes one message after the other. So messages queue
here, and while one is being answered the next one waits; a link's own next message is given to the device at once
only where the link asks for it, because the device itself then has to complain (-410). All of this runs in the
event loop's thread; nothing waits. Neighbours: `scpi/message_device.py` below; the protocols above.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from ..scpi import MessageDevice, ScpiDevice, ScpiError
from ..wires.faulty_device import FaultyDevice
from .instrument_lock import InstrumentLock

ANSWER_BYTES = 1 << 20  # taken from the device at a time
LONGEST_QUEUE = 4096  # messages of one desk; a client that sends more is cut off (estimate)
LARGEST_QUEUE = 1 << 26  # bytes of them (estimate)
LONGEST_TEXT = 1 << 16  # bytes of a message without a block; a longer one would hold up the whole lab (estimate)
REQUEST_SERVICE = 64


class Link(Protocol):
    """One client's connection to one instrument, as the desk sees it."""

    @property
    def confirms(self) -> bool:
        """Whether the wire tells later that the client has the answer (HiSLIP); then it calls `Desk.confirmed`."""

    def answer(self, data: bytes, ended: bool) -> None:
        """Bytes of the response to this link's oldest message; `ended` with the last ones."""

    def service_requested(self) -> None:
        """The instrument has begun to request service."""


@dataclass(slots=True)
class _Message:
    link: Link
    data: bytes
    end: bool
    begun: Callable[[], None] | None = None


class Overloaded(Exception):
    """A client sends faster than the instrument executes, and never reads; its link must be cut."""


class Desk:
    """The one desk of a device.

    Args:
        device: the instrument.
        loop: the event loop that everything runs in.
        wall_seconds: wall seconds that a number of lab seconds takes.

    Attributes:
        lock: the instrument's lock; messages of links that it does not admit wait here.
    """

    def __init__(
        self, device: MessageDevice, loop: asyncio.AbstractEventLoop, wall_seconds: Callable[[float], float]
    ) -> None:
        self.device = device
        self._loop = loop
        self._wall_seconds = wall_seconds
        self._links: list[Link] = []
        self._waiting: deque[_Message] = deque()
        self._waiting_bytes = 0
        self._turn: Link | None = None  # whose message the device is working on
        self._interrupts = 0  # messages that were given to the device within the turn
        self._unconfirmed: Link | None = None  # whose client may not have the device's last answer yet
        self._timer: asyncio.TimerHandle | None = None
        self._requests = device.service_requests()
        self.lock = InstrumentLock(loop)
        self.lock.watch(self._go_on)

    def join(self, link: Link) -> None:
        """A client has connected."""
        self._links.append(link)

    def leave(self, link: Link) -> None:
        """A client is gone: what it sent and was not begun is dropped, its pending answer goes nowhere."""
        if link in self._links:
            self._links.remove(link)
        self._drop_messages(link)
        self.confirmed(link)
        if self._turn is link:
            self.device.clear()  # nobody will ever read that answer: it must not block or reach another client
            self._turn = None
        self.lock.forget(link)
        self._go_on()

    def submit(
        self,
        link: Link,
        data: bytes,
        end: bool,
        *,
        interrupt: bool = False,
        begun: Callable[[], None] | None = None,
    ) -> None:
        """Program message bytes of a link.

        Args:
            link: whose.
            data: the bytes.
            end: the wire marked the last one as the end of the message.
            interrupt: give it to the device even while it is answering this very link (HiSLIP's rule).
            begun: called when the device is about to be given it; answers from then on are answers to it.

        Raises:
            Overloaded: too much waits already.
        """
        if interrupt and self._turn is link:
            self._interrupts += 1
            if self._interrupts > LONGEST_QUEUE:
                raise Overloaded
            self._give(_Message(link, data, end, begun))
            self._go_on()
            return
        if len(self._waiting) >= LONGEST_QUEUE or self._waiting_bytes > LARGEST_QUEUE:
            raise Overloaded
        self._waiting.append(_Message(link, data, end, begun))
        self._waiting_bytes += len(data)
        self._go_on()

    def confirmed(self, link: Link) -> None:
        """The client of a link has its answer."""
        if self._unconfirmed is link:
            self._unconfirmed = None
            self.device.received()

    def clear(self, link: Link) -> None:
        """Device clear by a link: what it sent is forgotten, and the device too is cleared."""
        self._drop_messages(link)
        self.device.clear()
        self._turn = self._unconfirmed = None  # whoever's message it was: the device has forgotten it
        self._go_on()

    def status_byte(self) -> int:
        """Serial poll."""
        return self.device.status_byte()

    def request_byte(self) -> int:
        """The status byte as a service request carries it; other than a serial poll it takes nothing away."""
        instrument = self._instrument
        if isinstance(instrument, ScpiDevice):
            return instrument.status.byte(instrument.message_available) | REQUEST_SERVICE
        return REQUEST_SERVICE

    def unterminated(self, link: Link) -> None:
        """A link's client reads though it has asked nothing: the device is told (-420), as nobody else is answered."""
        if self._turn is None and all(message.link is not link for message in self._waiting):
            with suppress(TimeoutError):
                self.device.read(1, 0.0)

    def overrun(self) -> None:
        """A message was too long and is dropped: the device complains (-363)."""
        if isinstance(self._instrument, ScpiDevice):
            self._instrument.status.report(ScpiError(-363))

    @property
    def _instrument(self) -> object:
        """The instrument itself, without the wire that may go bad."""
        return self.device.device if isinstance(self.device, FaultyDevice) else self.device

    def is_answering_to(self, link: Link) -> bool:
        """Whether a link's message is under way and will be answered."""
        return self._turn is link

    def tick(self) -> None:
        """Let the device do what came due by itself, and tell of service requests; called now and then."""
        requests = self.device.service_requests()
        if requests != self._requests:
            self._requests = requests
            for link in tuple(self._links):
                link.service_requested()

    @property
    def is_answering(self) -> bool:
        """Whether a message is under way."""
        return self._turn is not None

    def _go_on(self) -> None:
        """Begin waiting messages until one of them takes time."""
        while self._turn is None and self._waiting:
            message = self._next()
            if message is None:
                return
            self._turn = message.link
            self._interrupts = 0
            self._give(message)

    def _next(self) -> _Message | None:
        """Take the oldest message whose link the lock admits."""
        for at, message in enumerate(self._waiting):
            if not self.lock.held or self.lock.admits(message.link):
                del self._waiting[at]
                self._waiting_bytes -= len(message.data)
                return message
        return None

    def _give(self, message: _Message) -> None:
        """Let the device have a message, and pass on what it says at once."""
        if self._unconfirmed not in (None, message.link):
            self._unconfirmed = None  # only its own client could interrupt that answer; this one is another
            self.device.received()
        if message.begun is not None:
            message.begun()
        try:
            if len(message.data) > LONGEST_TEXT and b"#" not in message.data[:LONGEST_TEXT]:
                self.overrun()
            else:
                self.device.write(message.data, message.end)
            self._pump()
        except BaseException:
            self._give_up()
            raise

    def _drop_messages(self, link: Link) -> None:
        self._waiting = deque(message for message in self._waiting if message.link is not link)
        self._waiting_bytes = sum(len(message.data) for message in self._waiting)

    def _pump(self) -> None:
        """Pass on what the device has; when it has no more to say, the turn is over."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        link = self._turn
        while True:
            polled = self.device.poll(ANSWER_BYTES, received=link is None or not link.confirms)
            if not polled.data:
                break
            if link is not None:
                self._unconfirmed = link if link.confirms else None
                link.answer(polled.data, polled.ended)
            if not polled.expecting:
                break
        if not polled.expecting:
            self._turn = None
        if polled.next_at_s < math.inf:
            delay_s = self._wall_seconds(max(polled.next_at_s - self.device.clock.now(), 0.0))
            self._timer = self._loop.call_later(delay_s, self._due)
        self.tick()

    def _due(self) -> None:
        self._timer = None
        try:
            self._pump()
        except BaseException:
            self._give_up()
            raise
        self._go_on()

    def _give_up(self) -> None:
        """A mistake in a model costs its client the answer, and nobody else the instrument."""
        self._turn = None
        self.device.clear()
