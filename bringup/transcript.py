"""Every byte between a driver and its instrument, with lab times: the last seconds always, all of it on demand.

The drivers write it, and an `InstrumentError` carries its tail, so that the journal has what was said before a
failure. Neighbours: `hooks.Connection` brings it to the driver, `files` of `--transcript` hold the whole.
"""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import NamedTuple, TextIO

from .errors import UsageError

LAST_S = 10.0
"""Lab seconds before a failure that its error carries."""

MOST_KEPT = 400
"""Entries that are kept in memory however short the time (estimate: a tenth of a second of questions over HiSLIP)."""

MOST_TOLD = 60
"""Entries that an error carries; the last ones."""

LONGEST_TOLD = 400
"""Bytes of one entry that are told in an error; a waveform is cut."""

SENT, RECEIVED, NOTED = ">", "<", "#"


class Said(NamedTuple):
    """Raw bytes on a wire.

    Attributes:
        at_s: lab time.
        way: ">" sent, "<" received, "#" a note about the link.
        data: the bytes, whatever they are.
    """

    at_s: float
    way: str
    data: bytes


class Transcript:
    """What was said to one instrument and by it.

    Args:
        file: where all of it goes too, line by line, or None.

    Raises:
        UsageError: the file cannot be written.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._kept: deque[Said] = deque(maxlen=MOST_KEPT)
        self._file: TextIO | None = None
        if file is not None:
            self._file = _opened(file)

    def sent(self, at_s: float, data: bytes) -> None:
        """Bytes went out at a lab time."""
        self._kept.append(Said(at_s, SENT, data))
        if self._file is not None:
            self._write(at_s, SENT, data)

    def received(self, at_s: float, data: bytes) -> None:
        """Bytes came in."""
        self._kept.append(Said(at_s, RECEIVED, data))
        if self._file is not None:
            self._write(at_s, RECEIVED, data)

    def note(self, at_s: float, text: str) -> None:
        """Something happened to the link itself: opened, cleared, lost."""
        data = text.encode("utf-8", "replace")
        self._kept.append(Said(at_s, NOTED, data))
        if self._file is not None:
            self._write(at_s, NOTED, data)

    def tail(self, until_s: float) -> tuple[str, ...]:
        """The last seconds before a lab time, oldest first, one line an entry."""
        last = [entry for entry in tuple(self._kept) if entry[0] >= until_s - LAST_S][-MOST_TOLD:]
        return tuple(_told(at_s, way, _cut(data)) for at_s, way, data in last)

    def raw(self, since_s: float) -> tuple[Said, ...]:
        """Everything that is kept since a lab time, oldest first."""
        return tuple(entry for entry in tuple(self._kept) if entry.at_s >= since_s)

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def _write(self, at_s: float, way: str, data: bytes) -> None:
        assert self._file is not None  # noqa: S101
        self._file.write(_told(at_s, way, repr(data)) + "\n")


def _told(at_s: float, way: str, shown: str) -> str:
    return f"{at_s:.6f} {way} {shown}"


def _cut(data: bytes) -> str:
    if len(data) <= LONGEST_TOLD:
        return repr(data)
    return f"{data[: LONGEST_TOLD // 2]!r} … {data[-LONGEST_TOLD // 4 :]!r} ({len(data)} bytes)"


def _opened(file: Path) -> TextIO:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return file.open("a", encoding="utf-8", buffering=1)  # line by line: a crash must not take the last ones
    except OSError as problem:
        raise UsageError(f"{file}: the transcript cannot be written: {problem.strerror or problem}") from None
