"""Bytes over one VISA resource: opened when first needed, reopened after a drop, with our errors.

Nothing of PyVISA escapes from here. Above: `scpi_session`, which knows what the bytes mean. Below: whichever
VISA library the station names.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import pyvisa
from pyvisa.constants import InterfaceType, ResourceAttribute, StatusCode
from pyvisa.resources import MessageBasedResource

from bringup.errors import BadReply, BringupError, InstrumentError, NoReply
from bringup.hooks import Connection

from .transaction_lock import TransactionLock

LONGEST_REPLY = 65_536
"""Bytes after which a reply without an end is garbage: no answer of ours is near it."""


class VisaLink:
    """One instrument's wire; hold `lock` around every conversation.

    Attributes:
        lock: the instrument's, re-entrant.
        in_doubt: bytes of an earlier conversation may still come; `clear` before the next question.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.lock = TransactionLock(connection.lab.clock, connection.where)
        self.in_doubt = True
        self._resource: MessageBasedResource | None = None
        self._closed = False

    def send(self, message: str) -> None:
        """Write one message now, whatever is still to be read.

        Raises:
            NoReply: the link is lost.
            InstrumentError: the resource cannot be opened.
        """
        with self.lock:
            resource = self._opened()
            self.in_doubt = True
            with self._translated(message):
                resource.write_raw(message.encode("ascii") + b"\n")

    def ask(self, message: str) -> bytes:
        """Write one message and read its one reply, without the newline at its end.

        Raises:
            NoReply: nothing whole came within the timeout, or the link is lost.
            BadReply: the reply has no end.
            InstrumentError: the resource cannot be opened.
        """
        with self.lock:
            self.send(message)
            with self._translated(message):
                raw = self._opened().read_bytes(LONGEST_REPLY, chunk_size=LONGEST_REPLY, break_on_termchar=True)
            if not raw.endswith(b"\n"):
                raise BadReply(f"{self.connection.where} answered {message!r} with half a line: {shown(raw)}")
            self.in_doubt = False
            return raw.rstrip(b"\r\n")

    def clear(self) -> None:
        """Forget everything that was to come, so that the next answer belongs to the next question.

        A raw socket has no device clear, and an answer that is late can come after any wait: it is opened anew.
        """
        with self.lock:
            if self._resource is not None and _is_raw_socket(self._resource):
                self._drop()
            resource = self._opened()
            with self._translated("device clear"):
                resource.clear()
            self.in_doubt = False

    def close(self) -> None:
        """Give the wire back; a second call does nothing."""
        with self.lock:
            self._closed = True
            self._drop()

    def _opened(self) -> MessageBasedResource:
        if self._closed:
            raise InstrumentError(f"{self.connection.where} has been closed; open its driver again")
        if self._resource is None:
            self._resource = self._open()
        return self._resource

    def _open(self) -> MessageBasedResource:
        where, timeout_ms = self.connection.where, self.connection.timeout_s * 1000
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
            # Broad on purpose: PyVISA-py lets OSError, RuntimeError and struct.error through besides VisaIOError.
            self.in_doubt = True
            where = self.connection.where
            if isinstance(error, pyvisa.VisaIOError) and error.error_code == StatusCode.error_timeout:
                raise NoReply(
                    f"{where} gave no whole answer to {message!r} within {self.connection.timeout_s:g} s; "
                    "check its power and its cable"
                ) from error
            self._drop()
            raise NoReply(
                f"{where}: the link was lost at {message!r} ({error}); it is opened anew with the next command"
            ) from error


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

    PyVISA-py knows the attribute but cannot set it, so its socket is reached through its public session table.
    """
    sessions: Any = getattr(resource.visalib, "sessions", {})
    interface = getattr(sessions.get(resource.session), "interface", None)
    if isinstance(interface, socket.socket):
        interface.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return
    with contextlib.suppress(pyvisa.Error, NotImplementedError):  # a library without it has no Nagle to switch off
        resource.set_visa_attribute(ResourceAttribute.tcpip_nodelay, True)
