"""ONC RPC version 2 over TCP, as a server needs it (RFC 5531): record marking, calls, replies.

Neighbours: `rpc_connection.py` serves connections with it, `xdr.py` is what it is written in.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from .xdr import XdrMistake, XdrReader, xdr_uint

RPC_VERSION = 2
LONGEST_AUTHENTICATION = 400  # bytes of a credential or verifier (RFC 5531, 8.2)
LAST_FRAGMENT = 0x8000_0000

_CALL, _REPLY = 0, 1
_ACCEPTED, _DENIED = 0, 1
_RPC_MISMATCH, _AUTHENTICATION_ERROR = 0, 1
_REJECTED_CREDENTIAL = 2
_NO_AUTHENTICATION, _UNIX_AUTHENTICATION = 0, 1
_NO_VERIFIER = xdr_uint(_NO_AUTHENTICATION, 0)


class Accept(IntEnum):
    """What became of a call that was understood."""

    SUCCESS = 0
    PROGRAM_UNAVAILABLE = 1
    PROGRAM_MISMATCH = 2
    PROCEDURE_UNAVAILABLE = 3
    GARBAGE_ARGUMENTS = 4
    SYSTEM_ERROR = 5


class BadRecord(Exception):
    """The bytes are no records, or one is too long: the connection must end."""


class Denied(Exception):
    """A call that is refused before its program is looked at; `reply` says so to the client."""

    def __init__(self, reply: bytes) -> None:
        super().__init__("call denied")
        self.reply = reply


class Call(NamedTuple):
    """A call; `arguments` is what follows its header."""

    xid: int
    program: int
    version: int
    procedure: int
    arguments: XdrReader


class RecordReader:
    """Bytes as they come, made into records out of their fragments.

    Args:
        longest: bytes of a record; a fragment that would make it longer is refused before it is read.
    """

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._buffer = bytearray()
        self._record = bytearray()
        self._fragments = 0

    def feed(self, data: bytes) -> None:
        """Add what came."""
        self._buffer += data

    def next(self) -> bytes | None:
        """The next whole record, or None until more has come.

        Raises:
            BadRecord: it is too long, or in more pieces than any client makes.
        """
        buffer = self._buffer
        while len(buffer) >= 4:
            mark = int.from_bytes(buffer[:4], "big")
            length = mark & ~LAST_FRAGMENT
            if len(self._record) + length > self._longest or self._fragments > self._longest // 4:
                raise BadRecord(f"a record of more than {self._longest} bytes")
            if len(buffer) < 4 + length:
                return None
            self._record += buffer[4 : 4 + length]
            self._fragments += 1
            del buffer[: 4 + length]
            if mark & LAST_FRAGMENT:
                record = bytes(self._record)
                self._record.clear()
                self._fragments = 0
                return record
        return None


def as_record(data: bytes) -> bytes:
    """A record of one fragment."""
    return xdr_uint(LAST_FRAGMENT | len(data)) + data


def parse_call(record: bytes) -> Call:
    """Read a call's header.

    Raises:
        Denied: another version of RPC, or a credential that nobody here can judge.
        XdrMistake: no call.
    """
    reader = XdrReader(record)
    xid = reader.unsigned()
    if reader.unsigned() != _CALL:
        raise XdrMistake("not a call")
    if reader.unsigned() != RPC_VERSION:
        raise Denied(xdr_uint(xid, _REPLY, _DENIED, _RPC_MISMATCH, RPC_VERSION, RPC_VERSION))
    program, version, procedure = reader.unsigned(), reader.unsigned(), reader.unsigned()
    credential = reader.unsigned()
    reader.opaque(LONGEST_AUTHENTICATION)
    reader.unsigned()
    reader.opaque(LONGEST_AUTHENTICATION)
    if credential not in (_NO_AUTHENTICATION, _UNIX_AUTHENTICATION):
        raise Denied(xdr_uint(xid, _REPLY, _DENIED, _AUTHENTICATION_ERROR, _REJECTED_CREDENTIAL))
    return Call(xid, program, version, procedure, reader)


def reply(xid: int, status: Accept, body: bytes = b"") -> bytes:
    """A reply to a call that was understood."""
    return xdr_uint(xid, _REPLY, _ACCEPTED) + _NO_VERIFIER + xdr_uint(status) + body


def call(xid: int, program: int, version: int, procedure: int, body: bytes) -> bytes:
    """A call of our own, without credentials."""
    return xdr_uint(xid, _CALL, RPC_VERSION, program, version, procedure) + _NO_VERIFIER + _NO_VERIFIER + body
