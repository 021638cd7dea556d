"""Asking a lab that is served somewhere on this machine: the far side of `control.py`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from bringup.errors import BenchError, UsageError

PATIENCE_S = 10.0  # wall seconds


def ask_lab(control: str, what: str, body: Mapping[str, Any]) -> Any:
    """Ask the lab at `control` for something.

    Raises:
        UsageError: that is no address, or the lab refuses what is asked.
        BenchError: no lab answers there.
    """
    if urlsplit(control).scheme != "http":
        raise UsageError(f"{control!r} is no address of a served lab; `bringup sim serve` prints it, as http://…")
    request = Request(f"{control.rstrip('/')}/{what}", json.dumps(body).encode(), method="POST")  # noqa: S310
    try:
        with urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 - http, see above
            return json.load(answer)
    except HTTPError as refusal:
        raise UsageError(_reason(refusal)) from None
    except (URLError, OSError, HTTPException, ValueError) as problem:
        reason = getattr(problem, "reason", problem)
        raise BenchError(
            f"no served lab answers at {control} ({reason}); start one with `bringup sim serve`, "
            "or name the address that it prints with --control"
        ) from None


def _reason(refusal: HTTPError) -> str:
    try:
        return str(json.load(refusal)["error"])
    except (ValueError, KeyError, TypeError):
        return str(refusal)
