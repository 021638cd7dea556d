"""What every Redfish service of the lab does alike: routes, ETags, and errors with extended information.

Source: DMTF DSP0266 1.20 (protocol) and the Base message registry 1.19 (wording of messages is our own).
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

ROOT = "/redfish/v1"

Payload = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]

_HEADERS = {"Content-Type": "application/json;charset=utf-8", "OData-Version": "4.0", "Cache-Control": "no-cache"}


class RedfishProblem(Exception):
    """An HTTP error answer with one message of the Base registry."""

    def __init__(
        self, status: int, message_id: str, message: str, related: str | None = None, allow: str = "GET, HEAD"
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message_id = message_id
        self.related = related
        self.allow = allow

    def response(self) -> Response:
        """As the client gets it."""
        info: Payload = {
            "@odata.type": "#Message.v1_3_0.Message",
            "MessageId": f"Base.1.19.{self.message_id}",
            "Message": str(self),
            "MessageSeverity": "Warning",
            "Resolution": "Correct the request as the message says and send it again.",
        }
        if self.related:
            info["RelatedProperties"] = [self.related]
        code = "Base.1.19.GeneralError"
        body = {"error": {"code": code, "message": str(self), "@Message.ExtendedInfo": [info]}}
        extra = {"Allow": self.allow} if self.status == 405 else {}
        return self.status, {**_HEADERS, **extra}, _encoded(body)


@dataclass(frozen=True, slots=True)
class Resource:
    """One URI: how it reads, and how it changes if it does.

    Args:
        read: makes the payload, without "@odata.id".
        change: takes a checked PATCH body; None for a resource that cannot be changed.
    """

    read: Callable[[], Payload]
    change: Callable[[Payload], None] | None = None

    @property
    def allow(self) -> str:
        """The methods that it takes."""
        return "GET, HEAD, PATCH" if self.change else "GET, HEAD"


class RedfishService:
    """Routes requests to resources and actions by path; a trailing slash does not matter."""

    def __init__(
        self, resources: Mapping[str, Resource], actions: Mapping[str, Callable[[Payload], None]] | None = None
    ) -> None:
        self._resources = dict(resources)
        self._actions = dict(actions or {})

    def handle(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Answer one request: status, headers, body."""
        try:
            return self._answer(method.upper(), path, body, {k.lower(): v for k, v in headers.items()})
        except RedfishProblem as problem:
            return problem.response()

    def _answer(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Response:
        uri = path.partition("?")[0].rstrip("/") or "/"
        if uri in self._actions:
            return self._act(uri, method, body)
        resource = self._resources.get(uri)
        if resource is None:
            raise RedfishProblem(404, "ResourceMissingAtURI", f"There is no resource at {uri}.")
        if headers.get("odata-version", "4.0") != "4.0":
            raise RedfishProblem(412, "PreconditionFailed", "This service speaks OData-Version 4.0.")
        if method in {"GET", "HEAD"}:
            return self._read(uri, resource, bare=method == "HEAD")
        if method == "PATCH" and resource.change is not None:
            return self._patch(uri, resource, body, headers.get("if-match"))
        raise RedfishProblem(
            405,
            "OperationNotAllowed",
            f"{method} is not allowed on {uri}; allowed: {resource.allow}.",
            allow=resource.allow,
        )

    def _read(self, uri: str, resource: Resource, *, bare: bool) -> Response:
        payload = resource.read()
        if "@odata.type" in payload:
            payload = {"@odata.id": uri, **payload}
        head = {**_HEADERS, "Allow": resource.allow}
        if resource.change is not None:
            head["ETag"] = payload["@odata.etag"] = _etag(payload)
        return 200, head, b"" if bare else _encoded(payload)

    def _act(self, uri: str, method: str, body: bytes) -> Response:
        """An action's target takes POST alone, and has nothing to say when it is done (DSP0266, 7.11)."""
        if method != "POST":
            what = f"{method} is not allowed on {uri}; allowed: POST."
            raise RedfishProblem(405, "OperationNotAllowed", what, allow="POST")
        self._actions[uri](_object(body) if body.strip() not in {b"", b"{}"} else {})
        return 204, {"OData-Version": "4.0"}, b""

    def _patch(self, uri: str, resource: Resource, body: bytes, if_match: str | None) -> Response:
        assert resource.change is not None  # noqa: S101 - the router looked
        if if_match not in {None, "*", _etag({"@odata.id": uri, **resource.read()})}:
            raise RedfishProblem(412, "PreconditionFailed", f"{uri} was changed by somebody else meanwhile.")
        resource.change(_object(body))
        return self._read(uri, resource, bare=False)


def collection(kind: str, name: str, members: list[str]) -> Resource:
    """A resource collection over member URIs."""
    payload: Payload = {
        "@odata.type": f"#{kind}.{kind}",
        "Name": name,
        "Members@odata.count": len(members),
        "Members": [{"@odata.id": uri} for uri in members],
    }
    return Resource(lambda: dict(payload))


def service_root(name: str, serial_number: str, **equipment: str) -> Payload:
    """The service root: what every unit has, and where its own kind of equipment is."""
    return {
        "@odata.type": "#ServiceRoot.v1_20_0.ServiceRoot",
        "Id": "RootService",
        "Name": name,
        "RedfishVersion": "1.20.0",
        "UUID": str(uuid.uuid5(uuid.NAMESPACE_OID, serial_number)),
        "Chassis": link(f"{ROOT}/Chassis"),
        **{kind: link(uri) for kind, uri in equipment.items()},
        "SessionService": link(f"{ROOT}/SessionService"),
        "Links": {"Sessions": link(f"{ROOT}/SessionService/Sessions")},
    }


def link(uri: str) -> Payload:
    """A reference to another resource."""
    return {"@odata.id": uri}


def _object(body: bytes) -> Payload:
    try:
        changes = json.loads(body)
    except ValueError:
        raise RedfishProblem(400, "MalformedJSON", "The request body is not JSON.") from None
    if not isinstance(changes, dict):
        raise RedfishProblem(400, "UnrecognizedRequestBody", "The request body is not a JSON object.")
    if not changes:
        raise RedfishProblem(400, "NoOperation", "The request body changes nothing.")
    return changes


def _etag(payload: Payload) -> str:
    """Of what a client may set, so that a moving reading does not spoil it."""
    settable = {k: v for k, v in payload.items() if k in {"@odata.id", "SetPoint", "ControlMode"}}
    return f'W/"{hashlib.sha256(_encoded(settable)).hexdigest()[:16]}"'


def _encoded(payload: Payload) -> bytes:
    return json.dumps(payload, allow_nan=False).encode()
