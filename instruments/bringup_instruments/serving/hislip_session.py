"""One HiSLIP client: what its messages mean, in synchronized mode (IVI-6.1 revision 1.1, chapters 3 to 6).

A response goes out as soon as the instrument has it, under the MessageID of the query's last message. The client
says with the next thing it sends whether it has delivered that response (RMT-delivered); until then it counts as
available (MAV). Overlap mode is declined, as a server may. Neighbours: `hislip_channel.py` brings the messages of
the two connections, `desk.py` carries them out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Protocol

from .desk import Desk, Overloaded
from .hislip_messages import (
    FIRST_VENDOR_TYPE,
    HEADER_BYTES,
    LARGEST_PAYLOAD,
    ErrorCode,
    FatalCode,
    Message,
    MessageType,
    packed,
    packed_size,
    unpacked_size,
)
from .instrument_lock import LONGEST_KEY, LockAnswer, LockRequest, Released

FIRST_MESSAGE_ID = 0xFFFF_FF00  # after initialization and after a device clear
LONGEST_PROGRAM = 1 << 24  # bytes of one program message over all of its Data messages (estimate)
MESSAGE_AVAILABLE = 16
RMT_DELIVERED = 1
HIGHEST_REMOTE_LOCAL = 6
SMALLEST_PAYLOAD = 64  # a client that takes less is not believed: a long response must not become millions of messages
_MODULUS = 1 << 32


class Wire(Protocol):
    """One of the session's two connections."""

    @property
    def is_full(self) -> bool:
        """Whether the client leaves unread what it was sent."""

    def send(self, data: bytes) -> None:
        """Bytes for the client; never waits."""

    def fail(self, code: FatalCode, text: str) -> None:
        """Say why and end the connection."""

    def go_on(self) -> None:
        """Look again at messages that were held back."""

    def drop(self) -> None:
        """End the connection."""


class HislipSession:
    """A client with its two channels; a `Link` of the desk once both are there.

    Args:
        number: session id.
        desk: the instrument's.
        sync: the connection that it began with.
    """

    confirms = True

    def __init__(self, number: int, desk: Desk, sync: Wire) -> None:
        self.number = number
        self._desk = desk
        self._sync = sync
        self._async: Wire | None = None
        self._largest = LARGEST_PAYLOAD  # payload bytes that the client takes in one message
        self._last_id = FIRST_MESSAGE_ID - 2  # of the last message from the client
        self._answering_id = self._last_id  # of the message that the instrument works on
        self._parts: list[bytes] = []  # of a program message that has not ended
        self._parts_bytes = 0
        self._undelivered = False  # a response is out, and the client has not said that it has it
        self._clearing = False
        self._lock_request: LockRequest | None = None
        self._sync_handlers: dict[int, Callable[[Message], None]] = {
            MessageType.DATA_END: self._program,
            MessageType.DATA: self._program,
            MessageType.TRIGGER: self._trigger,
            MessageType.DEVICE_CLEAR_COMPLETE: self._clear_complete,
        }
        self._async_handlers: dict[int, Callable[[Message], None]] = {
            MessageType.ASYNC_STATUS_QUERY: self._status_query,
            MessageType.ASYNC_LOCK: self._lock,
            MessageType.ASYNC_LOCK_INFO: self._lock_info,
            MessageType.ASYNC_DEVICE_CLEAR: self._device_clear,
            MessageType.ASYNC_MAXIMUM_MESSAGE_SIZE: self._maximum_size,
            MessageType.ASYNC_REMOTE_LOCAL_CONTROL: self._remote_local,
        }

    # Its two connections.

    @property
    def is_joined(self) -> bool:
        """Whether the asynchronous channel is there too."""
        return self._async is not None

    def join(self, channel: Wire) -> None:
        """The asynchronous channel has come; the client may work."""
        self._async = channel
        self._desk.join(self)
        self._desk.lock.watch(self._sync.go_on)

    def end(self) -> None:
        """A connection is lost: the other one goes too, with locks and pending answers."""
        if self._lock_request is not None:
            self._lock_request.cancel()
        self._desk.lock.unwatch(self._sync.go_on)
        channel, self._async = self._async, None
        if channel is not None:
            self._desk.leave(self)
            channel.drop()
        self._sync.drop()

    @property
    def may_go_on(self) -> bool:
        """Whether its next synchronous message may be taken: others' locks hold it back, but not in a clear."""
        return self._clearing or not self._desk.lock.held or self._desk.lock.admits(self)

    def on_sync(self, message: Message) -> None:
        """A message came on the synchronous channel."""
        handler = self._sync_handlers.get(message.type)
        if self._clearing and handler is not None and message.type != MessageType.DEVICE_CLEAR_COMPLETE:
            return  # it was under way when the client decided to clear
        self._handle(self._sync, handler, message)

    def on_async(self, message: Message) -> None:
        """A message came on the asynchronous channel."""
        if self._async is not None:
            self._handle(self._async, self._async_handlers.get(message.type), message)

    def _handle(self, wire: Wire, handler: Callable[[Message], None] | None, message: Message) -> None:
        if message.type in (MessageType.ERROR, MessageType.FATAL_ERROR):
            if message.type == MessageType.FATAL_ERROR:
                wire.drop()
            return  # never an error in answer to an error
        if handler is None:
            vendors = message.type >= FIRST_VENDOR_TYPE
            _error(wire, ErrorCode.UNKNOWN_VENDOR_MESSAGE if vendors else ErrorCode.UNKNOWN_TYPE)
        elif message.too_large and message.type not in (MessageType.DATA, MessageType.DATA_END):
            _error(wire, ErrorCode.TOO_LARGE)
        else:
            handler(message)

    # The synchronous channel.

    def _program(self, message: Message) -> None:
        """Data or DataEND: a part of a program message, or its last one."""
        self._receipt(message)
        parts = self._parts
        if message.too_large:
            _error(self._sync, ErrorCode.TOO_LARGE)
            self._parts_bytes = LONGEST_PROGRAM + 1
        self._parts_bytes += len(message.payload)
        if self._parts_bytes > LONGEST_PROGRAM:
            if parts:
                parts.clear()
                _error(self._sync, ErrorCode.TOO_LARGE)
        else:
            parts.append(message.payload)
        if message.type == MessageType.DATA_END:
            data = parts[0] if len(parts) == 1 else b"".join(parts)
            parts.clear()
            self._parts_bytes = 0
            if data:
                self._submit(data, message.parameter)

    def _trigger(self, message: Message) -> None:
        """Group execute trigger, which an IEEE 488.2 instrument treats as *TRG."""
        self._receipt(message)
        self._submit(b"*TRG\n", message.parameter)

    def _receipt(self, message: Message) -> None:
        """What the flag and the number of any synchronous message say about the response before it.

        A client that says "delivered" though nothing was sent is believed (PyVISA-py does so after a device
        clear, which the standard calls an error); the other way round the instrument itself notices that it is
        interrupted, when it is given the message.
        """
        self._last_id = message.parameter
        if message.control & RMT_DELIVERED:
            self._delivered()

    def _delivered(self) -> None:
        if self._undelivered:
            self._undelivered = False
            self._desk.confirmed(self)

    def _submit(self, data: bytes, message_id: int) -> None:
        interrupts = self._desk.is_answering_to(self)
        try:
            self._desk.submit(self, data, True, interrupt=True, begun=partial(self._begin, message_id))
        except Overloaded:
            self._sync.fail(FatalCode.UNIDENTIFIED, "too many messages wait")
            return
        if interrupts and self._async is not None:  # of a response that is out the client learns by itself
            self._async.send(packed(MessageType.ASYNC_INTERRUPTED, 0, message_id))
            self._sync.send(packed(MessageType.INTERRUPTED, 0, message_id))

    def _begin(self, message_id: int) -> None:
        """The instrument has been given a message; what it answers from now on is the answer to it."""
        self._answering_id = message_id
        self._undelivered = False

    def answer(self, data: bytes, ended: bool) -> None:
        """Send response bytes, cut to what the client takes."""
        self._undelivered = True
        message_id, largest = self._answering_id, self._largest
        while len(data) > largest:
            self._sync.send(packed(MessageType.DATA, 0, message_id, data[:largest]))
            data = data[largest:]
        self._sync.send(packed(MessageType.DATA_END if ended else MessageType.DATA, 0, message_id, data))

    def _clear_complete(self, message: Message) -> None:
        """The client has emptied its side: from here on its messages count again. Overlap mode is declined."""
        del message
        self._clearing = False
        self._forget()
        self._sync.send(packed(MessageType.DEVICE_CLEAR_ACKNOWLEDGE))

    # The asynchronous channel.

    def _device_clear(self, message: Message) -> None:
        del message
        self._clearing = True
        self._forget()
        self._desk.clear(self)
        self._reply(MessageType.ASYNC_DEVICE_CLEAR_ACKNOWLEDGE)
        self._sync.go_on()

    def _forget(self) -> None:
        self._parts.clear()
        self._parts_bytes = 0
        self._undelivered = False
        self._last_id = self._answering_id = FIRST_MESSAGE_ID - 2

    def _after_what_was_sent_before(self, action: Callable[[Message], None], message: Message) -> None:
        """Do it when the synchronous message whose number it carries is there.

        Another number than the last one's means that a message is still under way on the other connection. It was
        sent first, so it is given the chance to be read first, in the loop's next turn.
        """
        if message.parameter == self._last_id:
            action(message)
        else:
            loop = asyncio.get_running_loop()
            loop.call_soon(loop.call_soon, action, message)

    def _status_query(self, message: Message) -> None:
        self._after_what_was_sent_before(self._status_response, message)

    def _status_response(self, message: Message) -> None:
        if self._async is None:
            return  # gone meanwhile
        if message.control & RMT_DELIVERED:
            self._delivered()
        byte = self._desk.status_byte() & ~MESSAGE_AVAILABLE
        # Where that message has not come even now, it will interrupt the answer that is there. PyVISA-py asks with
        # the number of the message that it will send next, so that one is taken for the last one's as well.
        known = (message.parameter - self._last_id) % _MODULUS in (0, 2)
        if self._undelivered and known:
            byte |= MESSAGE_AVAILABLE
        self._reply(MessageType.ASYNC_STATUS_RESPONSE, byte)

    def service_requested(self) -> None:
        """Tell the client that the instrument requests service; one that reads nothing has been told before."""
        if self._async is not None and not self._async.is_full:
            self._reply(MessageType.ASYNC_SERVICE_REQUEST, self._desk.request_byte())

    def _lock(self, message: Message) -> None:
        if message.control == 0:
            self._after_what_was_sent_before(self._release_lock, message)
        elif message.control != 1:
            self._refuse(ErrorCode.UNKNOWN_CONTROL_CODE)
        elif self._lock_request is not None or len(message.payload) > LONGEST_KEY:
            self._reply(MessageType.ASYNC_LOCK_RESPONSE, _ANSWERED[LockAnswer.MISTAKE])
        else:
            timeout_s = message.parameter / 1000.0
            request = self._desk.lock.request(self, message.payload or None, timeout_s, self._lock_answered)
            self._lock_request = request if request.done is not None else None

    def _release_lock(self, message: Message) -> None:
        del message
        if self._async is not None:
            self._reply(MessageType.ASYNC_LOCK_RESPONSE, _RELEASED[self._desk.lock.release(self)])

    def _lock_answered(self, answer: LockAnswer) -> None:
        self._lock_request = None
        self._reply(MessageType.ASYNC_LOCK_RESPONSE, _ANSWERED[answer])

    def _lock_info(self, message: Message) -> None:
        del message
        lock = self._desk.lock
        self._reply(MessageType.ASYNC_LOCK_INFO_RESPONSE, int(lock.is_exclusive), lock.holders)

    def _maximum_size(self, message: Message) -> None:
        size = unpacked_size(message.payload)
        if size is None:
            self._refuse(ErrorCode.UNIDENTIFIED)
            return
        # Whether the header counts is read in both ways; with it no client gets more than it takes.
        self._largest = min(max(size - HEADER_BYTES, SMALLEST_PAYLOAD), LARGEST_PAYLOAD)
        self._reply(MessageType.ASYNC_MAXIMUM_MESSAGE_SIZE_RESPONSE, 0, 0, packed_size(LARGEST_PAYLOAD))

    def _remote_local(self, message: Message) -> None:
        """Remote and local: nobody stands at a simulated front panel."""
        if message.control > HIGHEST_REMOTE_LOCAL:
            self._refuse(ErrorCode.UNKNOWN_CONTROL_CODE)
        else:
            self._reply(MessageType.ASYNC_REMOTE_LOCAL_RESPONSE)

    def _reply(self, message_type: MessageType, control: int = 0, parameter: int = 0, payload: bytes = b"") -> None:
        if self._async is not None:
            self._async.send(packed(message_type, control, parameter, payload))

    def _refuse(self, code: ErrorCode) -> None:
        if self._async is not None:
            _error(self._async, code)


_ANSWERED = {LockAnswer.HELD: 0, LockAnswer.GRANTED: 1, LockAnswer.MISTAKE: 3}
_RELEASED = {Released.EXCLUSIVE: 1, Released.SHARED: 2, Released.NOTHING: 3}

_ERROR_TEXTS = {
    ErrorCode.UNIDENTIFIED: b"unidentified error",
    ErrorCode.UNKNOWN_TYPE: b"unrecognized message type",
    ErrorCode.UNKNOWN_CONTROL_CODE: b"unrecognized control code",
    ErrorCode.UNKNOWN_VENDOR_MESSAGE: b"unrecognized vendor defined message",
    ErrorCode.TOO_LARGE: b"message too large",
}


def _error(wire: Wire, code: ErrorCode) -> None:
    wire.send(packed(MessageType.ERROR, code, 0, _ERROR_TEXTS[code]))
