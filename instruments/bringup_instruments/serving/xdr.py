"""XDR, the representation of data under ONC RPC (RFC 4506): big-endian words, opaque bytes padded to words.

Only what VXI-11 needs. Neighbours: `onc_rpc.py` and `vxi11_core.py` read and write with it.
"""

from __future__ import annotations

import struct

_UINT = struct.Struct(">I")
_INT = struct.Struct(">i")
_WORD_BYTES = 4


class XdrMistake(Exception):
    """The bytes are not what was expected."""


class XdrReader:
    """Takes values off the front of some bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def rest(self) -> bytes:
        """What has not been taken yet."""
        return self._data[self._at :]

    def unsigned(self) -> int:
        """An unsigned word.

        Raises:
            XdrMistake: there is none.
        """
        value: int = _UINT.unpack(self._take(_WORD_BYTES))[0]
        return value

    def signed(self) -> int:
        """A signed word.

        Raises:
            XdrMistake: there is none.
        """
        value: int = _INT.unpack(self._take(_WORD_BYTES))[0]
        return value

    def boolean(self) -> bool:
        """A truth value.

        Raises:
            XdrMistake: there is none, or it is neither 0 nor 1.
        """
        value = self.unsigned()
        if value > 1:
            raise XdrMistake(f"{value} is no truth value")
        return value == 1

    def opaque(self, longest: int) -> bytes:
        """Bytes with their length in front; text too.

        Raises:
            XdrMistake: more than `longest`, or fewer than announced. Missing padding is forgiven.
        """
        length = self.unsigned()
        if length > longest:
            raise XdrMistake(f"{length} bytes, of at most {longest}")
        data = self._take(length)
        self._at = min(self._at + -length % _WORD_BYTES, len(self._data))
        return data

    def _take(self, count: int) -> bytes:
        data = self._data[self._at : self._at + count]
        if len(data) < count:
            raise XdrMistake(f"{count} bytes expected, {len(data)} there")
        self._at += count
        return data


def xdr_uint(*values: int) -> bytes:
    """Unsigned words."""
    return b"".join(map(_UINT.pack, values))


def xdr_int(value: int) -> bytes:
    """A signed word."""
    return _INT.pack(value)


def xdr_opaque(data: bytes) -> bytes:
    """Bytes with their length in front, padded."""
    return _UINT.pack(len(data)) + data + bytes(-len(data) % _WORD_BYTES)
