"""What every Redfish service of the lab does alike: routes, methods, ETags, queries, and errors told in full.

Source: DMTF DSP0266 1.20 (protocol). Neighbours: `redfish_problem.py` words refusals, `redfish_unit.py` adds what every
unit has beside its own resources, `redfish_events.py` streams.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from .redfish_problem import HEADERS, Payload, RedfishProblem, Response, encoded, parsed_object

ROOT = "/redfish/v1"
LARGEST_BODY = 1 << 16
"""Bytes of a request that a small controller takes (estimate)."""

RETRY_AFTER_S = "2"
"""When to look at a task again."""

_SETTABLE = {"@odata.id", "SetPoint", "ControlMode", "SessionTimeout"}

Action = Callable[[Payload], "str | None"]
"""Takes the body; gives the URI of a task where the end takes its time."""


@dataclass(frozen=True, slots=True)
class Created:
    """A resource that a POST has made: its URI, and what the answer says beside."""

    uri: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resource:
    """One URI: how it reads, and how it changes if it does.

    Args:
        read: makes the payload, without "@odata.id".
        change: takes a checked PATCH body; None for a resource that cannot be changed.
        create: takes a POST body, of a collection that members can be added to.
        remove: deletes it, of a resource that can be deleted.
        status: of the answer to GET, where it is not always 200 (a task's monitor).
    """

    read: Callable[[], Payload]
    change: Callable[[Payload], None] | None = None
    create: Callable[[Payload], Created] | None = None
    remove: Callable[[], None] | None = None
    status: Callable[[], int] | None = None

    @property
    def allow(self) -> str:
        """The methods that it takes."""
        more = (("PATCH", self.change), ("POST", self.create), ("DELETE", self.remove))
        return ", ".join(["GET", "HEAD", *(method for method, way in more if way)])


Finder = Callable[[str], "Resource | None"]
"""Knows resources that come and go, by URI."""


class RedfishService:
    """Routes requests to resources and actions by path; a trailing slash does not matter.

    Args:
        resources: those that are always there, by URI.
        actions: by target.
        finders: asked in order for every other URI.
        guard: lets a request pass (method, URI, lower-case headers), or raises RedfishProblem.
    """

    def __init__(
        self,
        resources: Mapping[str, Resource],
        actions: Mapping[str, Action] | None = None,
        finders: Iterable[Finder] = (),
        guard: Callable[[str, str, Mapping[str, str]], None] | None = None,
    ) -> None:
        self._resources = dict(resources)
        self._actions = dict(actions or {})
        self._finders = tuple(finders)
        self._guard = guard

    def handle(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Answer one request: status, headers, body."""
        try:
            return self._answer(method.upper(), path, body, {k.lower(): v for k, v in headers.items()})
        except RedfishProblem as problem:
            return problem.response()

    def _answer(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Response:
        uri, query = normal_uri(path)
        if self._guard is not None:
            self._guard(method, uri, headers)
        if len(body) > LARGEST_BODY:
            raise RedfishProblem(413, "GeneralError", f"The request has more than {LARGEST_BODY} bytes.")
        if body.strip() and "json" not in headers.get("content-type", "application/json"):
            raise RedfishProblem(415, "GeneralError", "The request's Content-Type is not application/json.")
        if uri in self._actions:
            return self._act(uri, method, body)
        resource = self._resource(uri)
        if headers.get("odata-version", "4.0") != "4.0":
            raise RedfishProblem(412, "PreconditionFailed", "This service speaks OData-Version 4.0.")
        _refuse_queries(method, query)
        if method in {"GET", "HEAD"}:
            return self._read(uri, resource, headers.get("if-none-match"), bare=method == "HEAD")
        if method == "PATCH" and resource.change is not None:
            return self._patch(uri, resource, body, headers.get("if-match"))
        if method == "POST" and resource.create is not None:
            return self._create(resource, body)
        if method == "DELETE" and resource.remove is not None:
            resource.remove()
            return 204, {"OData-Version": "4.0"}, b""
        what = f"{method} is not allowed on {uri}; allowed: {resource.allow}."
        raise RedfishProblem(405, "OperationNotAllowed", what, allow=resource.allow)

    def _resource(self, uri: str) -> Resource:
        found = self._resources.get(uri)
        for find in self._finders:
            found = found or find(uri)
        if found is None:
            raise RedfishProblem(404, "ResourceMissingAtURI", f"There is no resource at {uri[:200]}.")
        return found

    def _read(self, uri: str, resource: Resource, known: str | None, *, bare: bool) -> Response:
        payload = resource.read()
        if "@odata.type" in payload:
            payload = {"@odata.id": uri, **payload}
        head = {**HEADERS, "Allow": resource.allow}
        if resource.change is not None:
            head["ETag"] = payload["@odata.etag"] = _etag(payload)
            if known == head["ETag"]:
                return 304, {"ETag": head["ETag"], "OData-Version": "4.0"}, b""
        status = 200 if resource.status is None else resource.status()
        if status == 202:
            head |= {"Location": uri, "Retry-After": RETRY_AFTER_S}
        return status, head, b"" if bare else encoded(payload)

    def _act(self, uri: str, method: str, body: bytes) -> Response:
        """An action's target takes POST alone, and has nothing to say when it is done (DSP0266, 7.11)."""
        if method != "POST":
            what = f"{method} is not allowed on {uri}; allowed: POST."
            raise RedfishProblem(405, "OperationNotAllowed", what, allow="POST")
        task = self._actions[uri](parsed_object(body) if body.strip() else {})
        if task is None:
            return 204, {"OData-Version": "4.0"}, b""
        payload = self._resource(task).read()
        head = {**HEADERS, "Location": payload.get("TaskMonitor", task), "Retry-After": RETRY_AFTER_S}
        return 202, head, encoded({"@odata.id": task, **payload})

    def _create(self, resource: Resource, body: bytes) -> Response:
        assert resource.create is not None  # noqa: S101 - the router looked
        made = resource.create(parsed_object(body))
        payload = {"@odata.id": made.uri, **self._resource(made.uri).read()}
        return 201, {**HEADERS, "Location": made.uri, **made.headers}, encoded(payload)

    def _patch(self, uri: str, resource: Resource, body: bytes, if_match: str | None) -> Response:
        assert resource.change is not None  # noqa: S101 - the router looked
        if if_match not in {None, "*", _etag({"@odata.id": uri, **resource.read()})}:
            raise RedfishProblem(412, "PreconditionFailed", f"{uri} was changed by somebody else meanwhile.")
        changes = parsed_object(body)
        if not changes:
            raise RedfishProblem(400, "NoOperation", "The request body changes nothing.")
        resource.change(changes)
        return self._read(uri, resource, None, bare=False)


def normal_uri(path: str) -> tuple[str, str]:
    """A request's target without its query and trailing slash, and the query."""
    uri, _, query = path.partition("?")
    return uri.rstrip("/") or "/", query


def collection(kind: str, name: str, members: list[str]) -> Resource:
    """A resource collection over member URIs."""
    return Resource(lambda: members_payload(kind, name, members))


def members_payload(kind: str, name: str, members: Iterable[str]) -> Payload:
    """A resource collection as it reads."""
    links = [link(uri) for uri in members]
    return {"@odata.type": f"#{kind}.{kind}", "Name": name, "Members@odata.count": len(links), "Members": links}


def link(uri: str) -> Payload:
    """A reference to another resource."""
    return {"@odata.id": uri}


def links(uris: Iterable[str]) -> list[Payload]:
    """References to others."""
    return [link(uri) for uri in uris]


def _refuse_queries(method: str, query: str) -> None:
    """What begins with $ is for the service to know, or to refuse; anything else is ignored (DSP0266, 7.3)."""
    for part in query.split("&"):
        name = part.partition("=")[0].replace("%24", "$")
        if name.startswith("$"):
            if method not in {"GET", "HEAD"}:
                raise RedfishProblem(400, "QueryNotSupportedOnOperation", f"{name[:40]} is for GET alone.")
            raise RedfishProblem(501, "QueryNotSupported", f"This service does not know the query {name[:40]}.")


def _etag(payload: Payload) -> str:
    """Of what a client may set, so that a moving reading does not spoil it."""
    settable = {k: v for k, v in payload.items() if k in _SETTABLE}
    return f'W/"{hashlib.sha256(encoded(settable)).hexdigest()[:16]}"'
