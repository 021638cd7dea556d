"""One VISA session: a device, the attributes that a driver sets, and how a read knows where to stop.

Neighbours: `library.py` owns sessions and turns their outcomes into VISA status codes.
"""

from __future__ import annotations

import itertools
import math
from typing import Any, cast

from pyvisa import attributes, constants, rname

from bringup_instruments.scpi import Cuttable, MessageDevice

from .access import AccessLock, lock_of
from .events import ServiceRequests

_handles = itertools.count(1)
_ATTRIBUTE = constants.ResourceAttribute
_SUCCESS = constants.StatusCode.success
_TERMCHAR = constants.StatusCode.success_termination_character_read
_LOOK_AGAIN_S = 30.0  # lab seconds, after which a reader sees what another task made the device say
_MAX_COUNT = constants.StatusCode.success_max_count_read


def new_handle() -> int:
    """A session handle that no other session of this process has."""
    return next(_handles)


class Session:
    """An open resource.

    Args:
        name: canonical resource string.
        device: the instrument behind it.

    Raises:
        ConnectionError: its link is cut.
    """

    def __init__(self, name: str, device: MessageDevice) -> None:
        self.handle = new_handle()
        self.device = device.open_link() if isinstance(device, Cuttable) else device
        self.lock: AccessLock = lock_of(device)
        self.requests = ServiceRequests(self.device)
        parsed = rname.parse_resource_name(name)
        kind = (parsed.interface_type_const, parsed.resource_class)
        self._known = _attributes_of(kind)
        board = str(getattr(parsed, "board", getattr(parsed, "interface", "")))
        self._values: dict[int, Any] = {
            _ATTRIBUTE.resource_name: name,
            _ATTRIBUTE.resource_class: parsed.resource_class,
            _ATTRIBUTE.interface_type: parsed.interface_type_const,
            _ATTRIBUTE.interface_number: int(board) if board.isdigit() else 0,
            _ATTRIBUTE.resource_manufacturer_name: "bringup",
            _ATTRIBUTE.resource_spec_version: 0x00500800,  # VPP-4.3 5.8, the edition that was followed
            _ATTRIBUTE.resource_impl_version: 0x00001000,
        }
        serial = kind[0] is constants.InterfaceType.asrl
        self.marks_end = not serial and parsed.resource_class != "SOCKET"
        self.rest = b""
        self._rest_ended = False
        self._follow()

    def get(self, attribute: int) -> tuple[Any, constants.StatusCode]:
        """The state of an attribute, or the status that says why not."""
        if attribute == _ATTRIBUTE.resource_lock_state:
            return self.lock.state(self.handle), _SUCCESS
        if attribute in self._values:
            return self._values[attribute], _SUCCESS
        known = self._known.get(attribute)
        if known is None or known.default == "N/A":
            return 0, constants.StatusCode.error_nonsupported_attribute
        return known.default, _SUCCESS

    def set(self, attribute: int, state: Any) -> constants.StatusCode:
        """Store an attribute that a driver sets; the wire's own ones have no effect in process."""
        known = self._known.get(attribute)
        if known is None:
            return constants.StatusCode.error_nonsupported_attribute
        if not known.write:
            return constants.StatusCode.error_attribute_read_only
        self._values[attribute] = state
        self._follow()
        return _SUCCESS

    def receive(self, count: int) -> tuple[bytes, constants.StatusCode]:
        """Read up to `count` bytes, to the termination character, or to END where the wire has one.

        Raises:
            TimeoutError: the message did not end in time.
        """
        buffer, ended = self.rest, self._rest_ended
        self.forget_rest()
        give_up_at_s = self.device.clock.now() + self.timeout_s
        while True:
            stop = -1 if self._stop_byte is None else buffer.find(self._stop_byte, 0, count) + 1
            if stop > 0:
                self.rest, self._rest_ended = buffer[stop:], ended and len(buffer) > stop
                at_end = ended and self.marks_end and not self.rest
                return buffer[:stop], _SUCCESS if at_end else _TERMCHAR
            ends_here = ended and self.marks_end
            if len(buffer) > count or (len(buffer) == count and not ends_here):
                self.rest, self._rest_ended = buffer[count:], ended and len(buffer) > count
                return buffer[:count], _MAX_COUNT
            if ends_here:
                return buffer, _SUCCESS
            left_s = max(give_up_at_s - self.device.clock.now(), 0.0)
            take = self.device.read if self.marks_end else self._taken
            more, ended = take(count - len(buffer), left_s)
            buffer += more

    def _taken(self, count: int, timeout_s: float) -> tuple[bytes, bool]:
        """What a stream brings: its far end does not know that somebody reads, and so cannot complain about it."""
        clock = self.device.clock
        give_up_at_s = clock.now() + timeout_s
        while True:
            polled = self.device.poll(count)
            if polled.data:
                return polled.data, polled.ended
            now_s = clock.now()
            if now_s >= give_up_at_s:
                raise TimeoutError(f"nothing came within {timeout_s:g} s")
            clock.sleep(max(min(give_up_at_s, polled.next_at_s, now_s + _LOOK_AGAIN_S) - now_s, 0.0))

    def forget_rest(self) -> None:
        """Drop bytes that were taken from the device but not yet by the client."""
        self.rest = b""
        self._rest_ended = False

    def _follow(self) -> None:
        """Make plain fields of the attributes that every read needs."""
        timeout_ms = self.get(_ATTRIBUTE.timeout_value)[0]
        self.timeout_s = math.inf if timeout_ms == constants.VI_TMO_INFINITE else timeout_ms / 1000.0
        enabled = bool(self.get(_ATTRIBUTE.termchar_enabled)[0])
        end_in = self.get(_ATTRIBUTE.asrl_end_in)[0] if not self.marks_end else None
        if end_in == constants.SerialTermination.termination_char:
            enabled = True
        character = self.get(_ATTRIBUTE.termchar)[0]
        self._stop_byte = bytes([character]) if enabled else None
        self.reads_to_end = self.marks_end and not enabled


def _attributes_of(kind: tuple[constants.InterfaceType, str]) -> dict[int, type[attributes.Attribute[Any]]]:
    """What PyVISA knows of a resource class: its attributes, their defaults, whether they can be written."""
    per_resource = cast("dict[object, set[type[attributes.Attribute[Any]]]]", attributes.AttributesPerResource)
    known = per_resource[kind] | per_resource[attributes.AllSessionTypes]
    return {attribute.attribute_id: attribute for attribute in known}
