"""The bytes of one serial line: a pyserial port that is opened when it is needed and given up when it is lost.

What comes is kept in a buffer for the session above: `console_session.py` (lines and prompts), `tcl_session.py`
(requests and replies). Below: pyserial, which is also what a simulated device is reached through.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import serial

from bringup.errors import BringupError, InstrumentError, LinkLost
from bringup.hooks import Connection

from .patience import wall_seconds

BAUD = 115_200
"""Of a real serial line; URLs that are no serial line do not care."""

SHOWN = 200
"""Bytes of a bad reply that its message shows: the last ones."""

_SLICE_S = 0.2
_MOST_WAITING = 1 << 20


class SerialLine:
    """One line; not locked, its session is.

    Args:
        connection: where it is.

    Attributes:
        buffer: what has come and was not used.
        in_doubt: what comes next may answer an older question; a line that was opened anew is, too.
    """

    def __init__(self, connection: Connection) -> None:
        self.buffer = bytearray()
        self.in_doubt = True
        self._connection = connection
        self._where = connection.where
        self._clock = connection.lab.clock
        self._transcript = connection.transcript
        self._port: serial.SerialBase | None = None
        self._closed = False

    def receive(self, longest_s: float) -> None:
        """Wait for bytes, for so many lab seconds at most, and put them into the buffer.

        Raises:
            LinkLost: the line is gone.
        """
        # On a real line the read is cut short, so that an abort of the clock gets through.
        slice_s = longest_s if self._clock.is_virtual else min(wall_seconds(self._clock, longest_s), _SLICE_S)
        with self._translated("its answer"):
            port = self._opened()
            port.timeout = slice_s
            data = port.read(1)
            if data:
                data += port.read(port.in_waiting)
        if data:
            self._transcript.received(self._clock.now(), data)
        self.buffer += data
        self._clock.sleep(0)

    def write(self, data: bytes) -> None:
        """Send bytes.

        Raises:
            LinkLost: the line is gone.
        """
        self._transcript.sent(self._clock.now(), data)
        with self._translated(repr(data)):
            self._opened().write(data)

    def take_waiting(self) -> None:
        """Put what has come and nobody has read into the buffer, without waiting.

        Raises:
            LinkLost: the line is gone.
        """
        with self._translated("what waits"):
            port = self._opened()
            while len(self.buffer) <= _MOST_WAITING and (waits := port.in_waiting):
                port.timeout = 0
                data = port.read(waits)
                if not data:
                    return
                self._transcript.received(self._clock.now(), data)
                self.buffer += data

    def forget(self) -> None:
        """Drop everything that has come; the transcript has it.

        Raises:
            LinkLost: the line is gone.
        """
        self.take_waiting()
        with self._translated("an empty line"):
            self._opened().reset_input_buffer()
        self.buffer.clear()

    def close(self) -> None:
        """Give the port back for good; a second call does nothing."""
        self._closed = True
        self._drop()
        self._transcript.close()

    def _opened(self) -> serial.SerialBase:
        if self._closed:
            raise InstrumentError(f"{self._where} has been closed; open its driver again")
        if self._port is None:
            self._port = self._open()
        return self._port

    def _open(self) -> serial.SerialBase:
        try:
            url = self._connection.lab.serial_url(self._connection.address)
            port = serial.serial_for_url(url, do_not_open=True, baudrate=BAUD, timeout=self._connection.timeout_s)
            port.exclusive = True  # a second writer on one console mixes two conversations
            port.open()
        except (serial.SerialException, OSError, ValueError) as error:
            raise InstrumentError(
                f"{self._where} cannot be opened ({error}); check its address in the station file, and that no "
                "terminal program holds the line"
            ) from error
        return port

    def _drop(self) -> None:
        port, self._port, self.in_doubt = self._port, None, True
        self.buffer.clear()
        if port is not None:
            # pyserial 3.5 lets its socket leak where the far end has reset it: the shutdown raises before the close.
            behind = getattr(port, "_socket", None)
            with contextlib.suppress(serial.SerialException, OSError):  # its far end may be gone already
                port.close()
            if behind is not None:
                behind.close()

    @contextlib.contextmanager
    def _translated(self, what: str) -> Iterator[None]:
        try:
            yield
        except BringupError:
            raise
        except (serial.SerialException, OSError) as error:
            self._transcript.note(self._clock.now(), f"line lost: {error}")
            self._drop()
            raise LinkLost(
                f"{self._where}: the line was lost at {what} ({error}); it is opened anew with the next command"
            ) from error


def tail(raw: bytes) -> str:
    """Bytes for a message: the last ones."""
    return repr(raw) if len(raw) <= SHOWN else f"… {raw[-SHOWN:]!r} ({len(raw)} bytes)"
