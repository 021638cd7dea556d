"""Server-sent events out of bytes, however these were cut.

Source: WHATWG HTML standard, 9.2.6. Only what Redfish needs: the data of each event; comments, ids and retry times are
left out. Neighbour: `redfish_bmc.py`.
"""

from __future__ import annotations

import re

from bringup.errors import BadReply

LONGEST_EVENT = 1 << 20
"""Bytes of an event beyond which it is garbage (estimate)."""

_LINE_END = re.compile(rb"\r\n|\n|\r(?!$)")  # a carriage return at the end may be half of a line's end


class EventParser:
    """Takes bytes, gives the data of complete events."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []

    def feed(self, data: bytes) -> list[bytes]:
        """What is complete by now.

        Raises:
            BadReply: an event has no end.
        """
        *lines, self._rest = _LINE_END.split(self._rest + data)
        found = [event for line in lines if (event := self._line(line)) is not None]
        if len(self._rest) + sum(map(len, self._data)) > LONGEST_EVENT:
            raise BadReply(f"an event has more than {LONGEST_EVENT} bytes: {self._rest[:80]!r}")
        return found

    def _line(self, line: bytes) -> bytes | None:
        if not line:
            data, self._data = self._data, []
            return b"\n".join(data) if data else None
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" "))
        return None
