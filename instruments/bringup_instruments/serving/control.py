"""The served lab's own endpoint, on loopback: what the lab is, as JSON over HTTP.

    GET /            the instruments and their addresses, as `bringup sim serve --json` prints them
    POST /faults     let something go wrong on an instrument's wire, from now on (`bringup.files.wire_fault`)
    GET /state       lab time, and for each slot the truth: rails, input, trips, what should not have been done

It is an HTTP device like any other; `http_server.py` serves it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

Response = tuple[int, dict[str, str], bytes]
Handler = Callable[[bytes], Any]


class Refusal(Exception):
    """A request that cannot be carried out; the text is the answer."""

    def __init__(self, status: HTTPStatus, text: str, **headers: str) -> None:
        super().__init__(text)
        self.status = status
        self.headers = headers


class Control:
    """The endpoint.

    Args:
        routes: what answers, by path and method; takes the request's body, gives what becomes JSON.
    """

    def __init__(self, routes: Mapping[tuple[str, str], Handler]) -> None:
        self._routes = dict(routes)

    def handle(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Response:  # noqa: ARG002
        """Answer one request."""
        path = path.partition("?")[0].rstrip("/") or "/"
        try:
            return _response(HTTPStatus.OK, self._handler(method, path)(body))
        except Refusal as refusal:
            return _response(refusal.status, {"error": str(refusal)}, **refusal.headers)

    def _handler(self, method: str, path: str) -> Handler:
        methods = {known: handler for (route, known), handler in self._routes.items() if route == path}
        if not methods:
            there = ", ".join(sorted({route for route, _ in self._routes}))
            raise Refusal(HTTPStatus.NOT_FOUND, f"no {path} here; there is {there}")
        handler = methods.get("GET" if method == "HEAD" else method)
        if handler is None:
            text = f"{path} takes {', '.join(sorted(methods))}, not {method}"
            raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, text, allow=", ".join(sorted(methods)))
        return handler


def _response(status: HTTPStatus, content: Any, **headers: str) -> Response:
    body = json.dumps(content, allow_nan=False).encode() + b"\n"
    return int(status), {"content-type": "application/json", "cache-control": "no-store", **headers}, body
