"""What a management controller sees happen on its sled, each thing at its own time: the source of its log.

The physics tells it of every change (`listeners`); what has a time of its own there (trips, brown-outs, a door that
was opened, water on a rope) is read when the controller is next asked. Neighbours: `SledPhysics` below,
`redfish_log.py` keeps what is found, `bmc.py` calls `look` before each answer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from bringup.capabilities import HostState

from ..physics import SledPhysics
from .bmc_uris import CHASSIS, MANAGER, SYSTEM, accelerator
from .leak_detection import LeakDetection
from .redfish_log import CAPACITY, EventLog

_Found = tuple[float, str, tuple[str, ...], str, bool]  # when, message, its arguments, origin, whether it is logged


class BmcWatch:
    """Of one sled; what happens on it while the controller has no power is found when it comes back.

    Args:
        sled: it.
        log: where what is found goes.
        leaks: its ropes.
        power_lost: is called at the time at which the input is lost.
    """

    def __init__(
        self, sled: SledPhysics, log: EventLog, leaks: LeakDetection, power_lost: Callable[[float], None]
    ) -> None:
        self._sled = sled
        self._log = log
        self._leaks = leaks
        self._power_lost = power_lost
        self._found: deque[_Found] = deque(maxlen=CAPACITY)
        self._powered = sled.input.powered
        self._began_s: float | None = sled.host.on_at_s
        self._boots = sled.host.boots
        self._throttled = [chip.throttled for chip in sled.chips]
        self._uncorrectable = [0] * len(sled.chips)
        self._trips, self._brownouts, self._doors = len(sled.bank.trips), len(sled.input.brownouts), 0
        self._told_of_boot = (0, 0)  # numbers of the boots that were told to be ready, and to be silent
        self.last_reset_s: float | None = sled.host.on_at_s
        sled.listeners.append(self._note)

    def tell_state(self, at_s: float, state: str) -> None:
        """The host's power state is on its way to another."""
        self._found.append((at_s, "PowerStateChanged", (state,), SYSTEM, False))

    def look(self, now_s: float) -> None:
        """Come up to the present; log what is new, in the order of time."""
        self._sled.advance(now_s)
        self._note(now_s)
        self._protections()
        self._doors_opened(now_s)
        self._host(now_s)
        found = sorted(self._found, key=lambda one: one[0])
        self._found.clear()
        for at_s, key, arguments, origin, logged in found:
            self._log.add(at_s, key, *arguments, origin=origin, logged=logged)
        self._leaks.look(now_s, self._log)

    # Told by the physics.

    def _note(self, at_s: float) -> None:
        sled = self._sled
        if sled.input.powered != self._powered:
            self._powered = sled.input.powered
            if self._powered:
                self._add(at_s, "ManagerStarted", MANAGER)
                self._leaks.awake(at_s)
            else:
                self._power_lost(at_s)
        if (sled.host.on_at_s, sled.host.boots) != (self._began_s, self._boots):
            self._host_moved(at_s)
        for chip in sled.chips:
            if chip.throttled != self._throttled[chip.index]:
                self._throttled[chip.index] = chip.throttled
                key = "ThrottleBegan" if chip.throttled else "ThrottleEnded"
                self._add(at_s, key, accelerator(chip.index), str(chip.index))
            count = sled.peripherals.memories[chip.index].counters.uncorrectable
            if count != self._uncorrectable[chip.index]:
                if count > self._uncorrectable[chip.index]:
                    self._add(at_s, "MemoryUncorrectable", accelerator(chip.index), str(chip.index), str(count))
                self._uncorrectable[chip.index] = count

    def _host_moved(self, at_s: float) -> None:
        host = self._sled.host
        was_on, self._began_s = self._began_s is not None, host.on_at_s
        was_restarted = host.boots != self._boots
        self._boots = host.boots
        if host.on_at_s is None:
            self._add(at_s, "HostPoweredOff", SYSTEM)
            self.tell_state(at_s, "Off")
            return
        self.last_reset_s = host.on_at_s
        self._add(at_s, "HostRestarted" if was_on and was_restarted else "HostPoweredOn", SYSTEM)
        if not was_on:
            self.tell_state(at_s, "On")

    # Read when somebody asks.

    def _protections(self) -> None:
        trips, brownouts = self._sled.bank.trips, self._sled.input.brownouts
        for trip in trips[self._trips :]:
            key = "ThermalTrip" if trip.reason.startswith("THERMTRIP") else "OverCurrentTrip"
            self._add(trip.at_s, key, CHASSIS, trip.rail, trip.reason)
        for at_s in brownouts[self._brownouts :]:
            self._add(at_s, "InputBrownOut", CHASSIS)
        self._trips, self._brownouts = len(trips), len(brownouts)

    def _doors_opened(self, now_s: float) -> None:
        opened = sorted(at_s for at_s in self._sled.defects.door_opened_s if at_s <= now_s)
        for at_s in opened[self._doors :]:
            self._add(at_s, "ChassisOpened", CHASSIS)
        self._doors = max(self._doors, len(opened))

    def _host(self, now_s: float) -> None:
        host, status = self._sled.host, self._sled.host_status(now_s)
        ready, silent = self._told_of_boot
        late_s = self._sled.parameters.host.heartbeat_timeout_s
        hung_first = host.hung_at_s is not None and host.ready_at_s is not None and host.hung_at_s < host.ready_at_s
        if host.ready_at_s is not None and now_s >= host.ready_at_s and ready != host.boots and not hung_first:
            ready = host.boots
            self._add(host.ready_at_s, "HostReady", SYSTEM)
        if status is HostState.HUNG and silent != host.boots and host.hung_at_s is not None:
            silent = host.boots
            self._add(host.hung_at_s + late_s, "HostSilent", SYSTEM, f"{late_s:g}")
        self._told_of_boot = (ready, silent)

    def _add(self, at_s: float, key: str, origin: str, *arguments: str) -> None:
        self._found.append((at_s, key, arguments, origin, True))
