"""An HTTP error answer of a Redfish service, with extended information.

Source: DMTF DSP0266 1.20 (protocol) and the Base message registry 1.19 (wording of messages is our own). Neighbour:
`redfish_service.py` makes the answers, whoever refuses something raises this.
"""

from __future__ import annotations

import json
import math
from typing import Any

Payload = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]

HEADERS = {"Content-Type": "application/json;charset=utf-8", "OData-Version": "4.0", "Cache-Control": "no-cache"}
BASE = "Base.1.19"


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
            "MessageId": f"{BASE}.{self.message_id}",
            "Message": str(self),
            "MessageSeverity": "Warning",
            "Resolution": "Correct the request as the message says and send it again.",
        }
        if self.related:
            info["RelatedProperties"] = [self.related]
        body = {
            "error": {"code": f"{BASE}.GeneralError", "message": str(self), "@Message.ExtendedInfo": [info]},
        }
        extra = {405: {"Allow": self.allow}, 401: {"WWW-Authenticate": 'Basic realm="bringup"'}}.get(self.status, {})
        return self.status, {**HEADERS, **extra}, encoded(body)


def encoded(payload: Payload) -> bytes:
    """As it goes over the wire."""
    return json.dumps(payload, allow_nan=False).encode()


def parsed_object(body: bytes) -> Payload:
    """The JSON object of a request's body.

    Raises:
        RedfishProblem: it is none.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise RedfishProblem(400, "MalformedJSON", "The request body is not JSON.") from None
    if not isinstance(found, dict):
        raise RedfishProblem(400, "UnrecognizedRequestBody", "The request body is not a JSON object.")
    return found


def finite(value: object) -> float | None:
    """A number of a request's body, or None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:  # an integer of hundreds of digits
        return None
    return number if math.isfinite(number) else None


def one_parameter(body: Payload, name: str, action: str, allowed: tuple[str, ...]) -> str:
    """The one parameter that an action takes.

    Raises:
        RedfishProblem: another parameter, none, or a value that is not on the list.
    """
    for other in body:
        if other != name:
            raise RedfishProblem(400, "ActionParameterUnknown", f"{other} is no parameter of {action}; {name} is.")
    value = body.get(name)
    if value is None:
        raise RedfishProblem(400, "ActionParameterMissing", f"{action} needs {name}.")
    if not isinstance(value, str) or value not in allowed:
        what = f"{name} is one of {', '.join(allowed)}, not {str(value)[:40]!r}."
        raise RedfishProblem(400, "ActionParameterValueNotInList", what, related=f"#/{name}")
    return value


def no_parameters(body: Payload, action: str) -> None:
    """For an action that takes none.

    Raises:
        RedfishProblem: it got one.
    """
    if body:
        what = f"{next(iter(body))} is no parameter; {action} has none."
        raise RedfishProblem(400, "ActionParameterUnknown", what)
