"""Bytes over one VISA resource: opened when first needed, reopened after a drop, with our errors.

Nothing of PyVISA escapes from here. Above: `scpi_session`, which knows what the bytes mean. Below: whichever
VISA library the station names.
"""

from __future__ import annotations

import contextlib
import select
import socket
from collections.abc import Iterator
from typing import Any

import pyvisa
from pyvisa.constants import InterfaceType, ResourceAttribute, StatusCode
from pyvisa.resources import MessageBasedResource

from bringup.errors import BadReply, BringupError, InstrumentError, LinkLost, NoReply
from bringup.hooks import Connection

from .patience import wall_seconds
from .transaction_lock import TransactionLock

LONGEST_BACKLOG = 64
"""Late lines after which an instrument that does not stop to talk is given up (estimate)."""

QUIET_S = 0.2
"""How long a line must be silent before nothing late is expected any more: longer than any answer takes (estimate)."""

LONGEST_REPLY = 65_536
"""Bytes after which a reply without an end is garbage: no answer of ours is near it."""


class VisaLink:
    """One instrument's wire; hold `lock` around every conversation.

    Attributes:
        lock: the instrument's, re-entrant.
        in_doubt: bytes of an earlier conversation may still come; `clear` before the next question.
        was_lost: the link was lost since somebody last took this back: the instrument may have changed meanwhile.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.lock = TransactionLock(connection)
        self.in_doubt = True
        self.was_lost = False
        self._resource: MessageBasedResource | None = None
        self._closed = False
        self._clock = connection.lab.clock
        self._transcript = connection.transcript

    def send(self, message: str) -> None:
        """Write one message now, whatever is still to be read.

        Raises:
            LinkLost: the link is gone.
            InstrumentError: the resource cannot be opened.
        """
        with self.lock:
            resource = self._opened()
            self.in_doubt = True
            data = message.encode("ascii") + b"\n"
            self._transcript.sent(self._clock.now(), data)
            with self._translated(message):
                resource.write_raw(data)

    def ask(self, message: str) -> bytes:
        """Write one message and read its one reply, without the newline at its end.

        Raises:
            NoReply: nothing whole came within the timeout.
            LinkLost: the link is gone.
            BadReply: the reply has no end.
            InstrumentError: the resource cannot be opened.
        """
        with self.lock:
            resource = self._opened()
            self.in_doubt = True
            data = message.encode("ascii") + b"\n"
            self._transcript.sent(self._clock.now(), data)
            try:
                resource.write_raw(data)
                raw = resource.read_bytes(LONGEST_REPLY, chunk_size=LONGEST_REPLY, break_on_termchar=True)
            except BringupError:  # an abort, from the clock on which a simulated instrument is waited for
                raise
            except Exception as error:
                raise self._failure(message, error) from error
            self._transcript.received(self._clock.now(), raw)
            if not raw.endswith(b"\n"):
                raise BadReply(f"{self.connection.where} answered {message!r} with half a line: {shown(raw)}")
            self.in_doubt = False
            return raw.rstrip(b"\r\n")

    def clear(self) -> None:
        """Forget everything that was to come, so that the next answer belongs to the next question.

        A raw socket and a serial line have no device clear, and an answer that is late can come after any wait: they
        are opened anew, and what a serial line still brings is read away.
        """
        with self.lock:
            if self._resource is not None and self.is_stream:
                self._drop()
            resource = self._opened()
            if not self.is_stream:
                self._transcript.note(self._clock.now(), "device clear")
                with self._translated("device clear"):
                    resource.clear()
            elif not _is_raw_socket(resource):
                self._drain(resource)
            self.in_doubt = False

    @property
    def is_stream(self) -> bool:
        """Whether the wire is a stream of bytes, without messages and device clear: a raw socket, a serial line."""
        return not _marks_ends(self._opened())

    def _drain(self, resource: MessageBasedResource) -> None:
        """Read what is late, until the line has been quiet for a while."""
        patience_ms = resource.timeout
        resource.timeout = QUIET_S * 1000
        try:
            for _ in range(LONGEST_BACKLOG):
                late = resource.read_bytes(LONGEST_REPLY, chunk_size=LONGEST_REPLY, break_on_termchar=True)
                self._transcript.received(self._clock.now(), late)
        except pyvisa.VisaIOError:  # quiet
            pass
        finally:
            resource.timeout = patience_ms

    def close(self) -> None:
        """Give the wire back; a second call does nothing."""
        with self.lock:
            self._closed = True
            self._drop()
            self._transcript.close()

    def _opened(self) -> MessageBasedResource:
        if self._closed:
            raise InstrumentError(f"{self.connection.where} has been closed; open its driver again")
        if self._resource is None:
            self._resource = self._open()
        return self._resource

    def _open(self) -> MessageBasedResource:
        where = self.connection.where
        timeout_ms = wall_seconds(self._clock, self.connection.timeout_s) * 1000
        try:
            # The manager is shared by all users of this library and closing it closes their sessions too
            # (PyVISA issue 742), so no driver ever closes it.
            manager = pyvisa.ResourceManager(self.connection.lab.visa_library)
            resource = manager.open_resource(self.connection.address, open_timeout=round(timeout_ms))
        except BringupError:
            raise
        except Exception as error:  # VISA libraries raise what they please here; see _translated
            raise InstrumentError(
                f"{where} cannot be opened ({error}); check its address in the station file, its power and its cable"
            ) from error
        if not isinstance(resource, MessageBasedResource):
            resource.close()
            raise InstrumentError(f"{where} takes no messages; check its address in the station file")
        self._transcript.note(self._clock.now(), f"opened {self.connection.address}")
        with self._translated("settings of the link"):
            resource.timeout = timeout_ms
            resource.write_termination = "\n"
            if not _marks_ends(resource):
                resource.read_termination = "\n"
            if _is_raw_socket(resource):
                _send_at_once(resource)
        return resource

    def _drop(self) -> None:
        resource, self._resource, self.in_doubt = self._resource, None, True
        if resource is not None:
            # A session whose far end is gone may fail to close; it is dropped all the same.
            with contextlib.suppress(pyvisa.Error, OSError):
                resource.close()

    @contextlib.contextmanager
    def _translated(self, message: str) -> Iterator[None]:
        try:
            yield
        except BringupError:
            self.in_doubt = True
            raise
        except Exception as error:
            raise self._failure(message, error) from error

    def _failure(self, message: str, error: Exception) -> NoReply:
        """What an error of the library means; a lost link is dropped, so that the next command opens a new one."""
        # Any exception on purpose: PyVISA-py lets OSError, RuntimeError and struct.error through besides VisaIOError.
        self.in_doubt = True
        where = self.connection.where
        timed_out = isinstance(error, pyvisa.VisaIOError) and error.error_code == StatusCode.error_timeout
        if timed_out and not _has_ended(self._resource):
            self._transcript.note(self._clock.now(), f"no whole answer within {self.connection.timeout_s:g} s")
            return NoReply(
                f"{where} gave no whole answer to {message!r} within {self.connection.timeout_s:g} s; "
                "the link is there: check its power and what it is doing"
            )
        why = "the far end closed it" if timed_out else str(error)
        self._transcript.note(self._clock.now(), f"link lost: {why}")
        self._drop()
        self.was_lost = True
        return LinkLost(f"{where}: the link was lost at {message!r} ({why}); it is opened anew with the next command")


def shown(raw: bytes) -> str:
    """Raw bytes for a message: their repr, cut where it gets long."""
    return repr(raw) if len(raw) <= 120 else f"{raw[:120]!r} … ({len(raw)} bytes)"


def _is_raw_socket(resource: MessageBasedResource) -> bool:
    return resource.resource_name.upper().endswith("::SOCKET")


def _marks_ends(resource: MessageBasedResource) -> bool:
    """Whether the wire itself says where a message ends; the others need the newline for it."""
    return not _is_raw_socket(resource) and resource.interface_type != InterfaceType.asrl


def _send_at_once(resource: MessageBasedResource) -> None:
    """Switch Nagle's algorithm off: with a delayed acknowledge it costs 40 ms per set and query.

    PyVISA-py knows the attribute but cannot set it.
    """
    interface = _socket_of(resource)
    if interface is not None:
        interface.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return
    with contextlib.suppress(pyvisa.Error, NotImplementedError):  # a library without it has no Nagle to switch off
        resource.set_visa_attribute(ResourceAttribute.tcpip_nodelay, True)


def _has_ended(resource: MessageBasedResource | None) -> bool:
    """Whether a raw socket's far end has closed it: PyVISA-py reads on until its timeout and then says just that."""
    if resource is None or not _is_raw_socket(resource):
        return False
    interface = _socket_of(resource)
    if interface is None:
        return False
    ready, _, _ = select.select([interface], [], [], 0)
    try:
        return bool(ready) and not interface.recv(1, socket.MSG_PEEK)
    except OSError:
        return True


def _socket_of(resource: MessageBasedResource) -> socket.socket | None:
    """The socket under a session of PyVISA-py, through its public session table; None of another library's."""
    sessions: Any = getattr(resource.visalib, "sessions", {})
    interface = getattr(sessions.get(resource.session), "interface", None)
    return interface if isinstance(interface, socket.socket) else None
