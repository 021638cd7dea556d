"""HiSLIP on the wire: sixteen bytes of header, then the payload (IVI-6.1 revision 1.1, chapter 2).

Neighbours: `hislip_channel.py` reads connections with it, `hislip_session.py` knows what the messages mean.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

LARGEST_PAYLOAD = 1 << 20  # that this server takes in one message
LONGEST_SKIPPED = 1 << 32  # a payload that is longer is no payload but noise (estimate)

_HEADER = struct.Struct("!2sBBIQ")
HEADER_BYTES = _HEADER.size
_SIZE = struct.Struct("!Q")


class MessageType(IntEnum):
    """Message types of protocol version 1."""

    INITIALIZE = 0
    INITIALIZE_RESPONSE = 1
    FATAL_ERROR = 2
    ERROR = 3
    ASYNC_LOCK = 4
    ASYNC_LOCK_RESPONSE = 5
    DATA = 6
    DATA_END = 7
    DEVICE_CLEAR_COMPLETE = 8
    DEVICE_CLEAR_ACKNOWLEDGE = 9
    ASYNC_REMOTE_LOCAL_CONTROL = 10
    ASYNC_REMOTE_LOCAL_RESPONSE = 11
    TRIGGER = 12
    INTERRUPTED = 13
    ASYNC_INTERRUPTED = 14
    ASYNC_MAXIMUM_MESSAGE_SIZE = 15
    ASYNC_MAXIMUM_MESSAGE_SIZE_RESPONSE = 16
    ASYNC_INITIALIZE = 17
    ASYNC_INITIALIZE_RESPONSE = 18
    ASYNC_DEVICE_CLEAR = 19
    ASYNC_SERVICE_REQUEST = 20
    ASYNC_STATUS_QUERY = 21
    ASYNC_STATUS_RESPONSE = 22
    ASYNC_DEVICE_CLEAR_ACKNOWLEDGE = 23
    ASYNC_LOCK_INFO = 24
    ASYNC_LOCK_INFO_RESPONSE = 25


FIRST_VENDOR_TYPE = 128  # from here on types are the vendors' own


class FatalCode(IntEnum):
    """Why a connection ends."""

    UNIDENTIFIED = 0
    BAD_HEADER = 1
    CHANNEL_MISSING = 2
    BAD_INITIALIZATION = 3
    TOO_MANY_CLIENTS = 4


class ErrorCode(IntEnum):
    """Why one message was not obeyed."""

    UNIDENTIFIED = 0
    UNKNOWN_TYPE = 1
    UNKNOWN_CONTROL_CODE = 2
    UNKNOWN_VENDOR_MESSAGE = 3
    TOO_LARGE = 4


class BadHeader(Exception):
    """The bytes are no HiSLIP; where the next message begins is unknown, so the connection must end."""


class Message(NamedTuple):
    """One message.

    Attributes:
        type: a `MessageType`, or a number that is none.
        control: control code.
        parameter: message parameter.
        payload: its bytes; empty where it was too large to be taken.
        too_large: the payload was skipped.
    """

    type: int
    control: int
    parameter: int
    payload: bytes
    too_large: bool = False


def packed(message_type: MessageType, control: int = 0, parameter: int = 0, payload: bytes = b"") -> bytes:
    """A message's bytes."""
    return _HEADER.pack(b"HS", message_type, control, parameter, len(payload)) + payload


def packed_size(size: int) -> bytes:
    """The payload that tells a maximum message size."""
    return _SIZE.pack(size)


def unpacked_size(payload: bytes) -> int | None:
    """What such a payload tells; None where it is none."""
    return int(_SIZE.unpack(payload)[0]) if len(payload) == _SIZE.size else None


class MessageReader:
    """Bytes as they come, made into messages; memory is bounded by one payload and what came at once."""

    def __init__(self, largest_payload: int = LARGEST_PAYLOAD) -> None:
        self._largest_payload = largest_payload
        self._buffer = bytearray()
        self._to_skip = 0

    def feed(self, data: bytes) -> None:
        """Add what came."""
        if self._to_skip:
            skipped = min(self._to_skip, len(data))
            self._to_skip -= skipped
            data = data[skipped:]
        self._buffer += data

    def next(self) -> Message | None:
        """The next whole message, or None until more has come.

        Raises:
            BadHeader: this is no HiSLIP.
        """
        buffer = self._buffer
        if not buffer.startswith(b"HS"[: len(buffer)]):
            raise BadHeader(f"a message begins with {bytes(buffer[:2])!r}, not with b'HS'")
        if len(buffer) < HEADER_BYTES:
            return None
        _, message_type, control, parameter, length = _HEADER.unpack_from(buffer)
        if length > self._largest_payload:
            return self._skip(message_type, control, parameter, length)
        end = HEADER_BYTES + length
        if len(buffer) < end:
            return None
        payload = bytes(buffer[HEADER_BYTES:end])
        del buffer[:end]
        return Message(message_type, control, parameter, payload)

    def __iter__(self) -> Iterator[Message]:
        """All messages that are whole."""
        while (message := self.next()) is not None:
            yield message

    def _skip(self, message_type: int, control: int, parameter: int, length: int) -> Message:
        if length > LONGEST_SKIPPED:
            raise BadHeader(f"a payload of {length} bytes is announced")
        whole = HEADER_BYTES + length
        self._to_skip = max(whole - len(self._buffer), 0)
        del self._buffer[:whole]
        return Message(message_type, control, parameter, b"", too_large=True)
