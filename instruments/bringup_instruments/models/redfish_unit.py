"""What every Redfish unit of the lab has beside its own: a root, sessions, a log, events, tasks and its messages.

Neighbours: `bmc.py`, `coolant_unit.py` and `rack_pdu.py` are such units; `redfish_service.py` routes, and
`wires/http_transport.py` and the served lab's HTTP server are what calls `handle` and `stream`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping

from bringup.clock import Clock

from .redfish_events import SERVICE as EVENT_SERVICE
from .redfish_events import STREAM, Events, EventStream
from .redfish_log import Calendar, EventLog
from .redfish_messages import PREFIX, VERSION, registry
from .redfish_problem import Payload, RedfishProblem, Response
from .redfish_service import ROOT, Action, RedfishService, Resource, collection, link, normal_uri
from .redfish_sessions import SERVICE as SESSION_SERVICE
from .redfish_sessions import SESSIONS, Sessions
from .redfish_tasks import SERVICE as TASK_SERVICE
from .redfish_tasks import Tasks

REGISTRIES = f"{ROOT}/Registries"
REGISTRY_FILE = f"{ROOT}/RegistryStore/{PREFIX}.{VERSION}.0.json"


class RedfishUnit:
    """One unit; it is filled once with its own resources and actions, and answers from then on.

    Args:
        clock: the lab's.
        name: of the service, for its root.
        serial_number: makes its UUID and its tokens.
        log_home: URI of the resource whose LogServices has the log.
        look: brings the unit up to the present, before each request; False while it has no power.

    Attributes:
        log, events, sessions, tasks: its parts.
    """

    def __init__(self, clock: Clock, name: str, serial_number: str, log_home: str, look: Callable[[], bool]) -> None:
        self._name = name
        self._serial_number = serial_number
        self._logs = f"{log_home}/LogServices"
        self.calendar = Calendar(clock)
        self.log = EventLog(self.calendar, clock.now, f"{self._logs}/Log")
        self.events = Events(self.log, clock.now, look)
        self.sessions = Sessions(self.calendar, clock.now, serial_number)
        self.tasks = Tasks(self.calendar, clock.now)
        self._service = RedfishService({})

    @property
    def log_services(self) -> Payload:
        """The link to its logs."""
        return link(self._logs)

    def fill(
        self, resources: Mapping[str, Resource], actions: Mapping[str, Action], equipment: Mapping[str, str]
    ) -> None:
        """Its own resources and actions, and what its root links to, by property."""
        every = {
            "/redfish": Resource(lambda: {"v1": f"{ROOT}/"}),
            ROOT: Resource(lambda: self._root(equipment)),
            self._logs: collection("LogServiceCollection", "Logs", [self.log.uri]),
            **self._registries(),
            **self.log.resources(),
            **self.events.resources(),
            **self.sessions.resources(),
            **self.tasks.resources(),
            **resources,
        }
        finders = (self.log.find, self.sessions.find, self.tasks.find, self.events.find)
        all_actions: dict[str, Action] = {self.log.clear_target: self._clear_log, **actions}
        self._service = RedfishService(every, all_actions, finders, self.sessions.check)

    def handle(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Answer one HTTP request: status, headers, body. The unit has been looked at."""
        return self._service.handle(method, path, body, headers)

    def stream(self, method: str, path: str, headers: Mapping[str, str]) -> EventStream | None:
        """The stream that a request asks for; None where `handle` has the answer, a refusal perhaps."""
        uri, _ = normal_uri(path)
        if (method.upper(), uri) != ("GET", STREAM):
            return None
        lower = {name.lower(): value for name, value in headers.items()}
        try:
            self.sessions.check("GET", uri, lower)
            return self.events.open(lower)
        except RedfishProblem:
            return None

    def _clear_log(self, body: Payload) -> None:
        self.log.clear(body)

    def _registries(self) -> dict[str, Resource]:
        uri = f"{REGISTRIES}/{PREFIX}"
        return {
            REGISTRIES: collection("MessageRegistryFileCollection", "Message registries", [uri]),
            uri: Resource(_registry_file),
            REGISTRY_FILE: Resource(registry),
        }

    def _root(self, equipment: Mapping[str, str]) -> Payload:
        off = dict.fromkeys(("FilterQuery", "SelectQuery", "ExcerptQuery", "OnlyMemberQuery", "TopSkipQuery"), False)
        return {
            "@odata.type": "#ServiceRoot.v1_20_0.ServiceRoot",
            "Id": "RootService",
            "Name": self._name,
            "Vendor": "bringup",
            "Product": self._name,
            "RedfishVersion": "1.20.0",
            "UUID": str(uuid.uuid5(uuid.NAMESPACE_OID, self._serial_number)),
            "ProtocolFeaturesSupported": off,
            **{kind: link(uri) for kind, uri in equipment.items()},
            "EventService": link(EVENT_SERVICE),
            "Registries": link(REGISTRIES),
            "SessionService": link(SESSION_SERVICE),
            "Tasks": link(TASK_SERVICE),
            "Links": {"Sessions": link(SESSIONS)},
        }


def _registry_file() -> Payload:
    return {
        "@odata.type": "#MessageRegistryFile.v1_1_5.MessageRegistryFile",
        "Id": PREFIX,
        "Name": "Messages of the lab's units",
        "Languages": ["en"],
        "Registry": f"{PREFIX}.{VERSION}",
        "Location": [{"Language": "en", "Uri": REGISTRY_FILE}],
    }
