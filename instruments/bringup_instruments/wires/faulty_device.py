"""A message-based instrument behind a bad wire, with people and programs that meddle.

`FaultyDevice` wraps any `MessageDevice`; what is written always reaches the instrument, as on a wire whose return
path is bad, unless the link is cut. Neighbours: `fault_schedule.py` says when, `scpi/message_device.py` is the
contract, `faulty_console.py` and `faulty_http.py` do the same for the other wires.
"""

from __future__ import annotations

import math
import random
import threading
from typing import Any

from bringup.clock import Clock
from bringup.files.wire_fault import SPOIL_REPLIES, FaultFacts, FaultKind

from ..scpi import MessageDevice, Polled
from .fault_schedule import FaultSchedule

_WHOLE = 1 << 24  # bytes: more than any reply
_LATE_S = FaultFacts.model_fields["seconds"].default
_TAKES = {FaultKind.QUEUED_ERROR: "trouble", FaultKind.FRONT_PANEL: "act", FaultKind.POWER_BLIP: "power_cycle"}


class FaultyDevice:
    """A device behind a bad wire.

    Args:
        device: the real one.
        fault: a trouble that is there until it is taken off again, or None.
        seed: of the noise.
        schedule: troubles that come and go by themselves.
    """

    def __init__(
        self, device: Any, fault: FaultKind | None = None, seed: int = 0, schedule: FaultSchedule | None = None
    ) -> None:
        self.device = device
        self.fault = fault
        self.schedule = schedule or FaultSchedule()
        self._noise = random.Random(seed)  # noqa: S311 - noise, not secrets
        self._lock = threading.RLock()
        self._last = b""  # the reply before, for OTHERS_REPLY
        self._rest = b""
        self._ready_at_s = -math.inf  # of a late answer
        self._stranger = ""  # what a second client writes after the next message

    @property
    def clock(self) -> Clock:
        """The wrapped device's."""
        clock: Clock = self.device.clock
        return clock

    def can_have(self, kind: FaultKind) -> bool:
        """Whether this instrument knows such a trouble."""
        return hasattr(self.device, _TAKES.get(kind, "write"))

    def open_link(self) -> MessageDevice:
        """The device as one client has it; every use after the link was cut is a `ConnectionResetError`.

        Raises:
            ConnectionRefusedError: it is cut now.
        """
        cuts, is_cut = self.schedule.cuts(self.clock.now())
        if is_cut:
            raise ConnectionRefusedError("the link is cut")
        return _Link(self, cuts)

    # The message contract.

    def write(self, data: bytes, end: bool) -> None:
        """Pass on; what was not read of a spoilt reply is lost."""
        present, late_s = self._present()
        with self._lock:
            self._rest = b""
            stranger, self._stranger = self._stranger, ""
        self._ready_at_s = self.clock.now() + late_s if present is FaultKind.LATE_ANSWER else -math.inf
        self.device.write(data, end)
        if stranger:
            self.device.write(stranger.encode("latin-1", "replace") + b"\n", True)

    def read(self, max_bytes: int, timeout_s: float) -> tuple[bytes, bool]:
        """Read a reply from the device and give out what the wire makes of it.

        Raises:
            TimeoutError: no reply, or it was lost or late; `timeout_s` of lab time has passed.
        """
        with self._lock:
            if self._rest:
                return self._give_out(max_bytes)
        present, _ = self._present()
        started_at_s = self.clock.now()
        timeout_s = self._wait_until_ready(timeout_s)
        if present not in SPOIL_REPLIES:
            data, ended = self.device.read(max_bytes, timeout_s)
            self._remember(data, ended)
            return data, ended
        reply = self._whole_reply(timeout_s)
        with self._lock:
            self._rest = self._spoil(present, reply)
            if self._rest:
                return self._give_out(max_bytes)
        self.clock.sleep(max(started_at_s + timeout_s - self.clock.now(), 0.0))
        raise TimeoutError("the reply was lost on the wire")

    def poll(self, max_bytes: int, *, received: bool = True) -> Polled:
        """Take what the wire has made of the response so far."""
        with self._lock:
            if self._rest:
                return self._handed_out(max_bytes)
            present, _ = self._present()
            if self.clock.now() < self._ready_at_s:
                polled = self.device.poll(0)
                return Polled(b"", False, polled.expecting, self._ready_at_s if polled.expecting else math.inf)
            if present not in SPOIL_REPLIES:
                polled = self.device.poll(max_bytes, received=received)
                if polled.data:
                    self._remember(polled.data, polled.ended)
                return Polled(*polled)
            polled = self.device.poll(_WHOLE)
            if not polled.data:
                return Polled(*polled)
            self._rest = self._spoil(present, polled.data)
            return self._handed_out(max_bytes)

    def clear(self) -> None:
        """Device clear; the late reply is gone too, and so the client is in step until the next one."""
        with self._lock:
            self._rest = self._last = b""
            self._ready_at_s = -math.inf
        self.device.clear()

    def status_byte(self) -> int:
        """Pass on: a serial poll is not a message."""
        self._present()
        byte: int = self.device.status_byte()
        return byte

    def message_end(self, buffer: bytes | bytearray) -> int:
        """As the device's own language has it."""
        end: int = self.device.message_end(buffer)
        return end

    def received(self) -> None:
        """Pass on."""
        self.device.received()

    def service_requests(self) -> int:
        """Pass on; this is also how what is due happens while nobody talks."""
        self._present()
        requests: int = self.device.service_requests()
        return requests

    # What happens.

    def happen(self) -> None:
        """Let happen what is due by now."""
        for fault in self.schedule.take_due(self.clock.now()):
            self._happen(fault)

    def _present(self) -> tuple[FaultKind | None, float]:
        """Let happen what is due; the trouble that lasts now, and how late it makes answers."""
        self.happen()
        now_s = self.clock.now()
        if self.fault is not None:
            return self.fault, _LATE_S
        lasting = self.schedule.at(now_s)
        return (None, 0.0) if lasting is None else (lasting.kind, lasting.seconds)

    def _happen(self, fault: FaultFacts) -> None:
        if fault.kind is FaultKind.QUEUED_ERROR:
            self.device.trouble()
        elif fault.kind is FaultKind.FRONT_PANEL:
            self.device.act(fault.command)
        elif fault.kind is FaultKind.SECOND_CLIENT:
            self._stranger = fault.command or ""
        else:
            self._blip()

    def _blip(self) -> None:
        with self._lock:
            self._rest = b""
        self.device.power_cycle()

    # What becomes of replies.

    def _wait_until_ready(self, timeout_s: float) -> float:
        """Sleep while a late answer is not there; what is left of the timeout."""
        late_s = self._ready_at_s - self.clock.now()
        if late_s <= 0.0:
            return timeout_s
        self.clock.sleep(min(late_s, timeout_s))
        if late_s > timeout_s:
            raise TimeoutError("the reply is late")
        return timeout_s - late_s

    def _whole_reply(self, timeout_s: float) -> bytes:
        give_up_at_s = self.clock.now() + timeout_s
        reply, ended = self.device.read(_WHOLE, timeout_s)
        while not ended:
            more, ended = self.device.read(_WHOLE, max(give_up_at_s - self.clock.now(), 0.0))
            reply += more
        whole: bytes = reply
        return whole

    def _remember(self, data: bytes, ended: bool) -> None:
        if ended:
            self._last = data

    def _spoil(self, kind: FaultKind | None, reply: bytes) -> bytes:
        """What arrives of a reply; nothing where it is lost, or where the one before it was never given."""
        before, self._last = self._last, reply
        if kind is FaultKind.GARBAGE:
            return self._noise.randbytes(max(len(reply) - 1, 1)).replace(b"\n", b"\0") + b"\n"
        if kind is FaultKind.HALF_LINE:
            return reply[: max(len(reply) // 2, 1)]
        return before if kind is FaultKind.OTHERS_REPLY else b""

    def _give_out(self, max_bytes: int) -> tuple[bytes, bool]:
        data, self._rest = self._rest[:max_bytes], self._rest[max_bytes:]
        return data, not self._rest

    def _handed_out(self, max_bytes: int) -> Polled:
        """A piece of a spoilt reply; what else the device has to say comes with the next poll."""
        data, ended = self._give_out(max_bytes)
        further = self.device.poll(0)
        at_s = self.clock.now() if self._rest else further.next_at_s
        return Polled(data, ended, bool(self._rest) or further.expecting, at_s)


class _Link:
    """One client's link to a faulty device."""

    def __init__(self, shared: FaultyDevice, cuts: int) -> None:
        self._shared = shared
        self._cuts = cuts
        self.clock = shared.clock

    def _whole(self) -> FaultyDevice:
        cuts, is_cut = self._shared.schedule.cuts(self.clock.now())
        if is_cut or cuts != self._cuts:
            raise ConnectionResetError("the link was cut")
        return self._shared

    def write(self, data: bytes, end: bool) -> None:
        self._whole().write(data, end)

    def read(self, max_bytes: int, timeout_s: float) -> tuple[bytes, bool]:
        try:
            return self._whole().read(max_bytes, timeout_s)
        finally:
            self._whole()

    def clear(self) -> None:
        self._whole().clear()

    def status_byte(self) -> int:
        return self._whole().status_byte()

    def message_end(self, buffer: bytes | bytearray) -> int:
        return self._shared.message_end(buffer)

    def poll(self, max_bytes: int, *, received: bool = True) -> Polled:
        return self._whole().poll(max_bytes, received=received)

    def received(self) -> None:
        self._whole().received()

    def service_requests(self) -> int:
        return self._whole().service_requests()
