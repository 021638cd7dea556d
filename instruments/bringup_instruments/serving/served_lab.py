"""The simulated lab on real wires: every instrument of a station on every wire that it would have, in one event loop.

Nothing here is secret or guarded: whoever reaches a port can switch the lab's power. Neighbours: `lab.py` is the lab,
`instrument_wires.py` puts each instrument on its wires, `control.py` is the lab's own endpoint.
"""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bringup.errors import UsageError
from bringup.files.any_fault import fault_of
from bringup.files.station import Station
from bringup.wall_clock import WallClock

from ..lab import SimulatedLab
from .addresses import ServedInstrument
from .announcement import as_data
from .control import Control, Refusal
from .evidence import state
from .http_server import MOST_CLIENTS, HttpServer
from .instrument_wires import InstrumentWires
from .ports import EVERYWHERE, LOOPBACK, Ports

TICK_S = 0.025  # wall seconds between two looks at what devices do by themselves


class ServedLab:
    """A lab on its wires: `open` it in the loop that it shall live in, `close` it there.

    The lab's clock begins at the present date: the station's `[simulation] starts` is for virtual time, and ignored.

    Args:
        station: which lab.
        speed: lab seconds per wall second.
        host: where to listen.
        ports_from: the first port, or 0 for any free ones.

    Attributes:
        lab: the simulated lab itself.
        instruments: what is served, by role; filled by `open`.
        control_url: of the lab's own endpoint; known after `open`.
        station_file: a station file that points here, once somebody has written one.

    Raises:
        UsageError, FileMistake: the station cannot be simulated, or the speed means nothing.
    """

    def __init__(self, station: Station, *, speed: float = 1.0, host: str = LOOPBACK, ports_from: int = 0) -> None:
        self.speed = speed
        self.lab = SimulatedLab(station, _clock(speed), injectable=True)
        self.instruments: dict[str, ServedInstrument] = {}
        self.control_url = ""
        self.station_file: Path | None = None
        self._told_host = LOOPBACK if host == EVERYWHERE else host
        self._ports = Ports(host, ports_from)
        self._wires: InstrumentWires | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def open(self) -> None:
        """Serve everything.

        Raises:
            UsageError, BenchError: a port cannot be had; nothing is left open.
        """
        loop = asyncio.get_running_loop()
        try:
            wires = self._place(loop)
            for begin in wires.begins:
                await begin()
        except BaseException:
            self.close()
            raise
        self._tick(loop, wires)

    def close(self) -> None:
        """Close every port, line and connection, at once; a second call does nothing."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._ports.close()
        for line in self._wires.lines if self._wires else ():
            line.close()

    def _place(self, loop: asyncio.AbstractEventLoop) -> InstrumentWires:
        clock = self.lab.clock
        assert isinstance(clock, WallClock)  # noqa: S101
        self._wires = wires = InstrumentWires(self._ports, self._told_host, clock, loop)
        self._place_control(wires, clock, loop)
        for role, facts in self.lab.station.facts.instruments.items():
            served = self.instruments[role] = ServedInstrument(role, facts.model, facts.address)
            wire, device = self.lab.instrument(role)
            {"visa": wires.visa, "serial": wires.serial, "http": wires.http}[wire](served, device)
        return wires

    def _place_control(self, wires: InstrumentWires, clock: WallClock, loop: asyncio.AbstractEventLoop) -> None:
        """The lab's own endpoint: first of the ports, so that it stays where it is when instruments come and go."""
        listener = self._ports.open("the lab itself (control)", on_loopback=True)
        self.control_url = f"http://{LOOPBACK}:{listener.port}"
        control = Control({("/", "GET"): self._told, ("/state", "GET"): self._state, ("/faults", "POST"): self._inject})
        server = HttpServer(control, loop, clock.wall_seconds)
        wires.begins.append(lambda: listener.serve(server.protocol_factory, MOST_CLIENTS))

    def _told(self, body: bytes) -> Any:
        del body
        return as_data(self)

    def _state(self, body: bytes) -> Any:
        del body
        return state(self.lab, self.speed)

    def _inject(self, body: bytes) -> Any:
        try:
            fault = fault_of(_object(body))
            self.lab.inject(fault)
        except UsageError as problem:
            raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, str(problem)) from None
        except ValidationError as problem:
            first = problem.errors()[0]
            where = ".".join(map(str, first["loc"])) or "the fault"
            raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, f"{where}: {first['msg']}") from None
        return {"injected": fault.model_dump(mode="json"), "lab_time_s": self.lab.clock.now()}

    def _tick(self, loop: asyncio.AbstractEventLoop, wires: InstrumentWires) -> None:
        self._timer = loop.call_later(TICK_S, self._tick, loop, wires)
        for tick in wires.ticks:
            try:
                tick()
            except Exception as mistake:  # of one model, which must not stop the others
                loop.call_exception_handler({"message": "a device failed by itself", "exception": mistake})


def _object(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except ValueError:
        raise UsageError("the body is not JSON") from None
    if not isinstance(data, dict):
        raise UsageError("the body is not a JSON object")
    return data


def _clock(speed: float) -> WallClock:
    try:
        return WallClock(speed)
    except ValueError as problem:
        raise UsageError(f"--speed: {problem}") from None
