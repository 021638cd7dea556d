"""The sled's host processor: off, booting, ready, or hung until its power is cycled."""

from __future__ import annotations

from enum import Enum
from math import inf

from bringup.capabilities import HostState
from bringup.nearest import unknown

from .parameters import HostParameters

PCIE_POST_SHARE = 0.4  # of the boot, where the accelerators are enumerated
MEMORY_SHARE = 0.7  # where the accelerators' driver trains their memory

POST_CODES = {
    "01": (0.010, "reset vector"),
    "19": (0.030, "memory controller"),
    "31": (0.200, "memory trained"),
    "60": (0.300, "drivers"),
    "92": (PCIE_POST_SHARE - 0.001, "PCIe enumeration"),
    "A0": (0.480, "boot device"),
    "AD": (0.520, "handing over to the kernel"),
}
"""Power-on self-test codes: where in the boot each is said, and what it stands for (estimates)."""


class Stage(Enum):
    """What a boot does on its way that others have to hear of."""

    LINKS = PCIE_POST_SHARE
    MEMORY = MEMORY_SHARE


_STAGES = tuple(Stage)


def boot_stops_at(rom_silent: bool, post_code: str | None, dead_chip: bool) -> float | None:
    """The share of its boot at which a host stops for good, or None.

    Args:
        rom_silent: the boot ROM never says a character.
        post_code: at which the firmware hangs: said, and nothing after it.
        dead_chip: a chip does not answer where chips are enumerated.

    Raises:
        ValueError: there is no such code.
    """
    stops = [PCIE_POST_SHARE] if dead_chip else []
    if rom_silent:
        stops.append(0.0)
    if post_code is not None:
        if post_code.upper() not in POST_CODES:
            raise ValueError(unknown("POST code", post_code, POST_CODES))
        said = POST_CODES[post_code.upper()][0]
        later = [share for share, _ in POST_CODES.values() if share > said]
        stops.append(0.5 * (said + min(later, default=1.0)))
    return min(stops, default=None)


class Host:
    """When the host was started and when it stopped answering."""

    def __init__(self, parameters: HostParameters) -> None:
        self._parameters = parameters
        self.on_at_s: float | None = None
        self.hung_at_s: float | None = None
        self.boots = 0
        self._stages_done = 0

    def start(self, at_s: float, stops_at_share: float | None = None) -> None:
        """Begin to boot, and stop at a share of it for good where `boot_stops_at` says so."""
        self.on_at_s = at_s
        self.boots += 1
        self._stages_done = 0
        self.hung_at_s = None if stops_at_share is None else at_s + stops_at_share * self._parameters.boot_s

    def stop(self) -> None:
        """Power off, whatever it was doing."""
        self.on_at_s = self.hung_at_s = None

    @property
    def next_stage_s(self) -> float:
        """When the boot comes to its next stage; never where it has hung before."""
        if self.on_at_s is None or self._stages_done == len(_STAGES):
            return inf
        due_s = self.on_at_s + _STAGES[self._stages_done].value * self._parameters.boot_s
        return inf if self.hung_at_s is not None and due_s >= self.hung_at_s else due_s

    def reach(self, at_s: float) -> Stage | None:
        """The stage that the boot has come to by now and that was not told of yet."""
        if self.next_stage_s > at_s:
            return None
        self._stages_done += 1
        return _STAGES[self._stages_done - 1]

    def chip_fell_silent(self, at_s: float) -> None:
        """A chip's answer will never come: the host stops with it, a completion timeout later."""
        stops_s = at_s + self._parameters.hang_after_s
        if self.on_at_s is not None and (self.hung_at_s is None or stops_s < self.hung_at_s):
            self.hung_at_s = stops_s

    @property
    def ready_at_s(self) -> float | None:
        """When the prompt comes, if nothing hangs."""
        return None if self.on_at_s is None else self.on_at_s + self._parameters.boot_s

    def answers(self, at_s: float) -> bool:
        """Whether the operating system runs."""
        ready = self.ready_at_s
        return ready is not None and at_s >= ready and not self.silent(at_s)

    def silent(self, at_s: float) -> bool:
        """Whether it has hung by `at_s`."""
        return self.hung_at_s is not None and at_s >= self.hung_at_s

    def status(self, at_s: float) -> HostState:
        """What the controller knows: a hang shows only when heartbeats have been missing for long enough."""
        if self.on_at_s is None or self.ready_at_s is None:
            return HostState.OFF
        late = self._parameters.heartbeat_timeout_s
        if self.hung_at_s is not None and at_s >= self.hung_at_s + late:
            return HostState.HUNG
        return HostState.READY if at_s >= self.ready_at_s else HostState.BOOTING
