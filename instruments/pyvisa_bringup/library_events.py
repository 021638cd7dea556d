"""The event operations of the VISA library (VPP-4.3, 3.7): service requests, by the queue.

Neighbours: `library.py` is built on this, `events.py` keeps each session's requests.
"""

from __future__ import annotations

import math

from pyvisa import constants
from pyvisa.highlevel import VisaLibraryBase
from pyvisa.typing import VISAEventContext, VISASession

from .events import ServiceRequests
from .session import Session, new_handle

_SUCCESS = constants.StatusCode.success


class EventsByQueue(VisaLibraryBase):
    """What a VISA library does about events."""

    _sessions: dict[int, Session]

    def enable_event(
        self,
        session: VISASession,
        event_type: constants.EventType,
        mechanism: constants.EventMechanism,
        context: None = None,  # noqa: ARG002 - VISA has no use for it either
    ) -> constants.StatusCode:
        """Queue service requests; other events and handlers are not supported."""
        if event_type != constants.EventType.service_request:
            return self.handle_return_value(session, constants.StatusCode.error_invalid_event)
        if mechanism != constants.EventMechanism.queue:
            return self.handle_return_value(session, constants.StatusCode.error_nonsupported_mechanism)
        self._requests(session).enable()
        return self.handle_return_value(session, _SUCCESS)

    def disable_event(
        self,
        session: VISASession,
        event_type: constants.EventType,  # noqa: ARG002 - there is one
        mechanism: constants.EventMechanism,  # noqa: ARG002
    ) -> constants.StatusCode:
        """Queue no more; PyVISA calls this whenever a resource closes."""
        if session in self._sessions:
            self._requests(session).disable()
        return self.handle_return_value(session, _SUCCESS)

    def discard_events(
        self,
        session: VISASession,
        event_type: constants.EventType,  # noqa: ARG002 - there is one
        mechanism: constants.EventMechanism,  # noqa: ARG002
    ) -> constants.StatusCode:
        """Forget what is queued."""
        if session in self._sessions:
            self._requests(session).discard()
        return self.handle_return_value(session, _SUCCESS)

    def wait_on_event(
        self, session: VISASession, in_event_type: constants.EventType, timeout: int
    ) -> tuple[constants.EventType, VISAEventContext, constants.StatusCode]:
        """Wait for a service request, up to `timeout` ms of lab time."""
        requests = self._requests(session)
        nothing = VISAEventContext(0)
        if not requests.is_enabled:
            return in_event_type, nothing, self.handle_return_value(session, constants.StatusCode.error_not_enabled)
        timeout_s = math.inf if timeout in (None, constants.VI_TMO_INFINITE) else timeout / 1000.0
        if not requests.wait(timeout_s):
            return in_event_type, nothing, self.handle_return_value(session, constants.StatusCode.error_timeout)
        event = constants.EventType.service_request
        return event, VISAEventContext(new_handle()), self.handle_return_value(session, _SUCCESS)

    def _requests(self, session: VISASession) -> ServiceRequests:
        opened = self._sessions.get(session)
        if opened is None:
            self.handle_return_value(None, constants.StatusCode.error_invalid_object)
            raise AssertionError("unreachable: the status above is an error")
        return opened.requests
