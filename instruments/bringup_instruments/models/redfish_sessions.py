"""Logging in to a Redfish unit: nobody has to, but who does is held to it.

Source: DMTF DSP0266 1.20, 13.3 (sessions) and 13.2 (basic authentication). The lab's units are open, as their sockets
are on loopback; a token or a password that is given has to be right all the same. Neighbour: `redfish_unit.py` serves
it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .redfish_log import Calendar
from .redfish_problem import Payload, RedfishProblem, finite
from .redfish_service import ROOT, Created, Resource, link, members_payload

SERVICE = f"{ROOT}/SessionService"
SESSIONS = f"{SERVICE}/Sessions"
USERS: Mapping[str, str] = {"bringup": "bringup"}
"""Who may log in to a simulated unit, and the password; it guards nothing."""

MOST = 16
_OPEN = {("GET", ROOT), ("HEAD", ROOT), ("GET", "/redfish"), ("POST", SESSIONS)}
_LOWEST_S, _HIGHEST_S = 30, 86400  # of SessionTimeout, by its schema


@dataclass(slots=True)
class Session:
    """Somebody who is logged in."""

    number: int
    user: str
    token: str
    created_s: float
    used_s: float


class Sessions:
    """Of one unit.

    Args:
        calendar: the unit's.
        now: the lab's time.
        serial_number: seeds the tokens, so that a night is the same again.

    Attributes:
        timeout_s: lab seconds after which a session that nobody uses ends.
    """

    def __init__(self, calendar: Calendar, now: Callable[[], float], serial_number: str) -> None:
        self.timeout_s = _HIGHEST_S  # the lab's time may run a thousand times faster than its clients'
        self._calendar = calendar
        self._now = now
        self._serial_number = serial_number
        self._by_token: dict[str, Session] = {}
        self._last = 0

    def check(self, method: str, uri: str, headers: Mapping[str, str]) -> None:
        """Whether a request's credentials, if it has any, are good.

        Raises:
            RedfishProblem: they are not.
        """
        self._expire()
        if (method, uri) in _OPEN:
            return
        token, basic = headers.get("x-auth-token"), headers.get("authorization", "")
        if token is not None:
            if token not in self._by_token:
                raise RedfishProblem(401, "NoValidSession", "There is no session with this token, or it has ended.")
            self._by_token[token].used_s = self._now()
        elif basic.lower().startswith("basic ") and not _is_known(*_credentials(basic[6:])):
            raise RedfishProblem(401, "ResourceAtUriUnauthorized", f"User or password is wrong for {uri[:200]}.")

    def resources(self) -> dict[str, Resource]:
        """The service and its collection; a session is found by `find`."""
        return {
            SERVICE: Resource(self._service, change=self._set),
            SESSIONS: Resource(self._collection, create=self._login),
        }

    def find(self, uri: str) -> Resource | None:
        """A session by its URI."""
        found = [one for one in self._by_token.values() if uri == f"{SESSIONS}/{one.number}"]
        return Resource(lambda: self._told(found[0]), remove=lambda: self._logout(found[0])) if found else None

    def _login(self, body: Payload) -> Created:
        for name in ("UserName", "Password"):
            if not isinstance(body.get(name), str):
                raise RedfishProblem(400, "PropertyMissing", f"A session needs {name}, as text.", related=f"#/{name}")
        if not _is_known(body["UserName"], body["Password"]):
            raise RedfishProblem(401, "ResourceAtUriUnauthorized", "User or password is wrong.")
        if len(self._by_token) >= MOST:
            raise RedfishProblem(503, "SessionLimitExceeded", f"There are {MOST} sessions already.")
        self._last += 1
        token = hashlib.sha256(f"{self._serial_number} {self._last}".encode()).hexdigest()[:32]
        self._by_token[token] = Session(self._last, body["UserName"], token, self._now(), self._now())
        return Created(f"{SESSIONS}/{self._last}", {"X-Auth-Token": token})

    def _logout(self, session: Session) -> None:
        self._by_token.pop(session.token, None)

    def _expire(self) -> None:
        oldest_s = self._now() - self.timeout_s
        self._by_token = {token: one for token, one in self._by_token.items() if one.used_s >= oldest_s}

    def _set(self, changes: Payload) -> None:
        for name in changes:
            if name != "SessionTimeout":
                what = f"{name} is unknown here or cannot be written; SessionTimeout can."
                raise RedfishProblem(400, "PropertyUnknown", what, related=f"#/{name}")
        seconds = finite(changes["SessionTimeout"])
        if seconds is None or seconds != int(seconds):
            what = f"SessionTimeout is a whole number of seconds, not {str(changes['SessionTimeout'])[:40]!r}."
            raise RedfishProblem(400, "PropertyValueTypeError", what, related="#/SessionTimeout")
        if not _LOWEST_S <= seconds <= _HIGHEST_S:
            what = f"SessionTimeout {seconds:g} is outside {_LOWEST_S} to {_HIGHEST_S} s."
            raise RedfishProblem(400, "PropertyValueOutOfRange", what, related="#/SessionTimeout")
        self.timeout_s = int(seconds)

    def _service(self) -> Payload:
        return {
            "@odata.type": "#SessionService.v1_2_0.SessionService",
            "Id": "SessionService",
            "Name": "Sessions",
            "Description": "The simulated unit asks for no login; who logs in is held to it.",
            "ServiceEnabled": True,
            "SessionTimeout": self.timeout_s,
            "Status": {"State": "Enabled", "Health": "OK"},
            "Sessions": link(SESSIONS),
        }

    def _collection(self) -> Payload:
        members = [f"{SESSIONS}/{session.number}" for session in self._by_token.values()]
        return members_payload("SessionCollection", "Sessions", members)

    def _told(self, session: Session) -> Payload:
        return {
            "@odata.type": "#Session.v1_8_0.Session",
            "Id": str(session.number),
            "Name": f"Session of {session.user}",
            "UserName": session.user,
            "Password": None,
            "SessionType": "Redfish",
            "CreatedTime": self._calendar.date(session.created_s),
        }


def _credentials(encoded: str) -> tuple[str, str]:
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return user, password


def _is_known(user: str, password: str) -> bool:
    return bool(user) and USERS.get(user) == password
