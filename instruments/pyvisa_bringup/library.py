"""The VISA library of a simulated lab, in process: no sockets, no wall time.

Every manager gets its own library instance, although PyVISA would share one per path: with the shared one,
closing any manager kills the sessions of all others (pyvisa issue 742). What they share is the lab, which
`open_lab` keeps. Neighbours: `session.py` and `access.py` below; PyVISA's resources above.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pyvisa import constants, rname, util
from pyvisa.typing import VISAEventContext, VISARMSession, VISASession

from bringup.clock import Clock
from bringup_instruments.scpi import MessageDevice

from .library_events import EventsByQueue
from .session import Session, new_handle

T = TypeVar("T")

_NOTHING = nullcontext()
_SUCCESS = constants.StatusCode.success
_MAX_COUNT = constants.StatusCode.success_max_count_read
_LOCK_POLL_S = 0.010  # how often a session that waits for a lock looks again


class Lab(Protocol):
    """What the backend needs of a lab."""

    @property
    def clock(self) -> Clock:
        """The lab's time."""

    @property
    def visa(self) -> Mapping[str, MessageDevice]:
        """The instruments by resource string."""


class BringupVisaLibrary(EventsByQueue):
    """`ResourceManager("station.toml@bringup")`, or `ResourceManager(BringupVisaLibrary(lab=lab))`.

    Args:
        library_path: the station file.
        lab: an open lab to use instead of a file.

    Raises:
        OSError: neither a station file nor a lab was given.
        bringup.errors.FileMistake: the station file is wrong.
    """

    lab: Lab
    _sessions: dict[int, Session]

    def __new__(cls, library_path: str | util.LibraryPath = "", lab: Lab | None = None) -> BringupVisaLibrary:
        """Make a library of its own for every manager."""
        if lab is None:
            lab = _open_lab(str(library_path))
        path = util.LibraryPath(str(library_path) or f"lab {id(lab):x}", "user specified")
        library = super().__new__(cls, path)
        assert isinstance(library, cls)  # noqa: S101 - the base annotates less than it returns
        cls._registry.pop((cls, path), None)
        library.lab = lab
        library._sessions = {}
        return library

    @staticmethod
    def get_debug_info() -> dict[str, str]:
        """A line for `pyvisa-info`."""
        return {"Version": "bringup's simulated lab, in process", "Usage": "path/to/station.toml@bringup"}

    def ignore_warning(  # type: ignore[override]  # the base promises contextlib's private class
        self,
        session: VISASession | VISARMSession,  # noqa: ARG002
        *warnings_constants: constants.StatusCode,  # noqa: ARG002
    ) -> AbstractContextManager[None]:
        """Nothing to ignore, as this library never warns; PyVISA asks at every read, and its own way costs 1 µs."""
        return _NOTHING

    # The manager.

    def open_default_resource_manager(self) -> tuple[VISARMSession, constants.StatusCode]:
        """A session for the manager."""
        handle = VISARMSession(new_handle())
        return handle, self.handle_return_value(handle, _SUCCESS)

    def list_resources(self, session: VISARMSession, query: str = "?*::INSTR") -> tuple[str, ...]:  # noqa: ARG002
        """The instruments whose resource string matches a VISA expression."""
        return tuple(rname.filter(sorted(map(_canonical, self.lab.visa)), query))

    def open(
        self,
        session: VISARMSession,
        resource_name: str,
        access_mode: constants.AccessModes = constants.AccessModes.no_lock,
        open_timeout: int = constants.VI_TMO_IMMEDIATE,
    ) -> tuple[VISASession, constants.StatusCode]:
        """Open a session with the instrument at a resource string."""
        try:
            wanted = _canonical(resource_name)
        except rname.InvalidResourceName:
            return VISASession(0), self.handle_return_value(session, constants.StatusCode.error_invalid_resource_name)
        for name, device in self.lab.visa.items():
            if _canonical(name).casefold() == wanted.casefold():
                return self._open(_canonical(name), device, access_mode, open_timeout)
        return VISASession(0), self.handle_return_value(session, constants.StatusCode.error_resource_not_found)

    def _open(
        self, name: str, device: MessageDevice, access_mode: constants.AccessModes, open_timeout: int
    ) -> tuple[VISASession, constants.StatusCode]:
        try:
            opened = Session(name, device)
        except ConnectionError:  # what a VISA says of a host that does not answer
            return VISASession(0), self.handle_return_value(None, constants.StatusCode.error_resource_not_found)
        handle = VISASession(opened.handle)
        self._sessions[opened.handle] = opened
        if access_mode != constants.AccessModes.no_lock:
            exclusive = access_mode == constants.AccessModes.exclusive_lock
            kind = constants.Lock.exclusive if exclusive else constants.Lock.shared
            if self._take_lock(opened, kind, open_timeout, None) is None:
                del self._sessions[opened.handle]
                return handle, self.handle_return_value(None, constants.StatusCode.error_resource_locked)
        return handle, self.handle_return_value(handle, _SUCCESS)

    def close(self, session: int) -> constants.StatusCode:
        """Close a session; the instrument and its settings stay."""
        opened = self._sessions.pop(session, None)
        if opened is not None:
            opened.lock.forget(session)
        self._last_status_in_session.pop(VISASession(session), None)
        return _SUCCESS

    # Messages. These two are the hot path: no look-up that a plain query does not need.

    def write(self, session: VISASession, data: bytes) -> tuple[int, constants.StatusCode]:
        """Send bytes to the instrument."""
        opened = self._sessions.get(session)
        if opened is None or opened.lock.held:
            opened = self._usable(session)
        if opened.rest:
            opened.forget_rest()
        try:
            opened.device.write(data if type(data) is bytes else bytes(data), opened.marks_end)
        except ConnectionError:
            return 0, self.handle_return_value(session, constants.StatusCode.error_connection_lost)
        self._last_status = self._last_status_in_session[session] = _SUCCESS
        return len(data), _SUCCESS

    def read(self, session: VISASession, count: int) -> tuple[bytes, constants.StatusCode]:
        """Receive bytes from the instrument; a timeout has cost its lab time."""
        opened = self._sessions.get(session)
        if opened is None or opened.lock.held:
            opened = self._usable(session)
        try:
            if opened.reads_to_end and not opened.rest:
                data, ended = opened.device.read(count, opened.timeout_s)
                status = _SUCCESS if ended else _MAX_COUNT
            else:
                data, status = opened.receive(count)
        except TimeoutError:
            return b"", self.handle_return_value(session, constants.StatusCode.error_timeout)
        except ConnectionError:
            return b"", self.handle_return_value(session, constants.StatusCode.error_connection_lost)
        self._last_status = self._last_status_in_session[session] = status
        return data, status

    def read_stb(self, session: VISASession) -> tuple[int, constants.StatusCode]:
        """Serial poll."""
        byte = self._linked(session, lambda device: device.status_byte())
        return byte, self.handle_return_value(session, _SUCCESS)

    def clear(self, session: VISASession) -> constants.StatusCode:
        """Device clear."""
        opened = self._usable(session)
        opened.forget_rest()
        self._linked(session, lambda device: device.clear())
        return self.handle_return_value(session, _SUCCESS)

    def assert_trigger(
        self,
        session: VISASession,
        protocol: constants.TriggerProtocol,  # noqa: ARG002 - only the software trigger exists on these wires
    ) -> constants.StatusCode:
        """Group execute trigger, which an IEEE 488.2 device treats as *TRG."""
        self._linked(session, lambda device: device.write(b"*TRG\n", True))
        return self.handle_return_value(session, _SUCCESS)

    def flush(self, session: VISASession, mask: constants.BufferOperation) -> constants.StatusCode:
        """Drop what was received but not read, where the mask says so."""
        discard = constants.BufferOperation.discard_read_buffer
        discard |= constants.BufferOperation.discard_read_buffer_no_io
        discard |= constants.BufferOperation.discard_receive_buffer | constants.BufferOperation.discard_receive_buffer2
        if mask & discard:
            self._usable(session).forget_rest()
        return self.handle_return_value(session, _SUCCESS)

    def gpib_control_ren(
        self,
        session: VISASession,
        mode: constants.RENLineOperation,  # noqa: ARG002 - nobody stands at a simulated front panel
    ) -> constants.StatusCode:
        """Remote enable."""
        self._usable(session)
        return self.handle_return_value(session, _SUCCESS)

    # Attributes.

    def get_attribute(
        self,
        session: VISASession | VISAEventContext | VISARMSession,
        attribute: constants.ResourceAttribute | constants.EventAttribute,
    ) -> tuple[Any, constants.StatusCode]:
        """The state of an attribute."""
        value, status = self._session(session).get(attribute)
        return value, self.handle_return_value(session, status)

    def set_attribute(
        self,
        session: VISASession,
        attribute: constants.ResourceAttribute,
        attribute_state: Any,
    ) -> constants.StatusCode:
        """Set an attribute."""
        return self.handle_return_value(session, self._session(session).set(attribute, attribute_state))

    # Locks.

    def lock(
        self,
        session: VISASession,
        lock_type: constants.Lock,
        timeout: int,
        requested_key: str | None = None,
    ) -> tuple[str, constants.StatusCode]:
        """Keep other sessions away from the instrument; waits up to `timeout` ms of lab time."""
        key = self._take_lock(self._session(session), lock_type, timeout, requested_key)
        if key is None:
            return "", self.handle_return_value(session, constants.StatusCode.error_resource_locked)
        return key, self.handle_return_value(session, _SUCCESS)

    def unlock(self, session: VISASession) -> constants.StatusCode:
        """Give the latest lock back."""
        released = self._session(session).lock.release(session)
        status = _SUCCESS if released else constants.StatusCode.error_session_not_locked
        return self.handle_return_value(session, status)

    def _take_lock(self, opened: Session, lock_type: constants.Lock, timeout_ms: int, key: str | None) -> str | None:
        clock = opened.device.clock
        give_up_at_s = clock.now() + timeout_ms / 1000.0
        while True:
            if lock_type == constants.Lock.exclusive:
                got = "" if opened.lock.take_exclusive(opened.handle) else None
            else:
                got = opened.lock.take_shared(opened.handle, key)
            left_s = give_up_at_s - clock.now()
            if got is not None or left_s <= 0:
                return got
            clock.sleep(min(_LOCK_POLL_S, left_s))

    def _linked(self, session: VISASession, act: Callable[[MessageDevice], T]) -> T:
        """Do something with the device, unless the link to it was cut."""
        device = self._usable(session).device
        try:
            return act(device)
        except ConnectionError:
            self.handle_return_value(session, constants.StatusCode.error_connection_lost)
            raise AssertionError("unreachable: the status above is an error") from None

    def _session(self, session: int) -> Session:
        opened = self._sessions.get(session)
        if opened is None:
            self.handle_return_value(None, constants.StatusCode.error_invalid_object)
            raise AssertionError("unreachable: the status above is an error")
        return opened

    def _usable(self, session: int) -> Session:
        opened = self._sessions.get(session)
        if opened is None:
            return self._session(session)
        if opened.lock.held and not opened.lock.admits(session):
            self.handle_return_value(VISASession(session), constants.StatusCode.error_resource_locked)
        return opened


def _canonical(name: str) -> str:
    """The canonical spelling of a resource string.

    Raises:
        InvalidResourceName: it is not one.
    """
    return rname.to_canonical_name(name)


def _open_lab(station: str) -> Lab:
    if not station:
        raise OSError(
            "no station file named: use pyvisa.ResourceManager('path/to/station.toml@bringup'), "
            "or PYVISA_LIBRARY=path/to/station.toml@bringup"
        )
    from bringup_instruments.lab import open_lab  # noqa: PLC0415 - loads the physics

    return open_lab(Path(station))
