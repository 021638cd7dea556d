"""An HTTP device behind a bad network: requests reach it, but not when the link is cut; answers fare worse.

Neighbours: `fault_schedule.py` says when, `http_transport.py` and the served lab's HTTP server carry it out.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

from bringup.clock import Clock
from bringup.files.wire_fault import FaultFacts, FaultKind

from .event_stream import Stream, stream_of
from .fault_schedule import FaultSchedule

Response = tuple[int, dict[str, str], bytes]

CAN_HAVE = frozenset(
    {
        FaultKind.NO_ANSWER,
        FaultKind.LATE_ANSWER,
        FaultKind.HALF_LINE,
        FaultKind.GARBAGE,
        FaultKind.OTHERS_REPLY,
        FaultKind.LINK_DROP,
        FaultKind.FRONT_PANEL,
        FaultKind.SECOND_CLIENT,
    }
)


class Unanswered(Exception):
    """No answer comes: it was lost on its way, or the device has no power."""


class Cut(Exception):
    """The answer breaks off in the middle; `response` is the whole of it."""

    def __init__(self, response: Response) -> None:
        super().__init__("the answer was cut")
        self.response = response


class FaultyHttp:
    """A device behind a bad network.

    Args:
        device: the real one.
        clock: the lab's.
        seed: of the noise.
        schedule: its troubles.
    """

    def __init__(self, device: Any, clock: Clock, seed: int, schedule: FaultSchedule) -> None:
        self.device = device
        self.schedule = schedule
        self.clock = clock
        self._noise = random.Random(seed)  # noqa: S311 - noise, not secrets
        self._last: Response | None = None

    def can_have(self, kind: FaultKind) -> bool:
        """Whether an HTTP device knows such a trouble."""
        return kind in CAN_HAVE

    def handle(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Answer one request.

        Raises:
            ConnectionRefusedError: the link is cut; the device knows of nothing.
            Unanswered, Cut: the device did it, and the answer is lost or broken.
        """
        self.happen()
        present = self.schedule.at(self.clock.now())
        kind = None if present is None else present.kind
        if kind is FaultKind.LINK_DROP:
            raise ConnectionRefusedError("the link is cut")
        response: Response = self.device.handle(method, path, body, headers)
        before, self._last = self._last, response
        if kind is FaultKind.NO_ANSWER or (kind is FaultKind.OTHERS_REPLY and before is None):
            raise Unanswered("the answer was lost")
        if kind is FaultKind.HALF_LINE:
            raise Cut(response)
        if kind is FaultKind.GARBAGE:
            return response[0], response[1], self._noise.randbytes(len(response[2]))
        return before if kind is FaultKind.OTHERS_REPLY and before is not None else response

    def stream(self, method: str, path: str, headers: Mapping[str, str]) -> Stream | None:
        """The stream that a request opens, if it opens one; a cut link ends it.

        Raises:
            ConnectionRefusedError: the link is cut.
        """
        if self._is_cut():
            raise ConnectionRefusedError("the link is cut")
        opened = stream_of(self.device, method, path, headers)
        return None if opened is None else _CuttableStream(opened, self._is_cut)

    def _is_cut(self) -> bool:
        self.happen()
        present = self.schedule.at(self.clock.now())
        return present is not None and present.kind is FaultKind.LINK_DROP

    def happen(self) -> None:
        """Let happen what is due by now."""
        for fault in self.schedule.take_due(self.clock.now()):
            self._meddle(fault)

    def _meddle(self, fault: FaultFacts) -> None:
        """Somebody else's request: `METHOD path body`, as in `PATCH /redfish/v1/… {"SetPoint": 30}`."""
        method, _, rest = (fault.command or "").partition(" ")
        path, _, body = rest.partition(" ")
        self.device.handle(method, path, body.encode(), {"content-type": "application/json", "if-match": "*"})


class _CuttableStream:
    """A stream that ends where the link is cut."""

    def __init__(self, stream: Stream, is_cut: Callable[[], bool]) -> None:
        self._stream = stream
        self._is_cut = is_cut
        self.headers = stream.headers
        self.close = stream.close

    def take(self) -> bytes | None:
        if self._is_cut():
            raise ConnectionResetError("the link is cut")
        return self._stream.take()


def late_s(device: object) -> float:
    """How much later than usual an answer comes, in lab seconds."""
    if not isinstance(device, FaultyHttp):
        return 0.0
    fault = device.schedule.at(device.clock.now())
    return fault.seconds if fault is not None and fault.kind is FaultKind.LATE_ANSWER else 0.0
