"""What the kernel says once it runs: links that go down and come back, memory errors that nothing corrects, lost chips.

Lines of one kind are rate limited as the kernel does it: ten of them in five seconds, then a count of those left out. A
PLL that loses lock is in no log; only counters have it. Neighbours: `kernel_log` keeps them, `../sled_host.py` asks.
"""

from __future__ import annotations

from .devices import driver_name, port_address
from .kernel_log import Entry, KernelLog
from .machine import Machine

INTERVAL_S, BURST = 5.0, 10
"""Seconds, and lines of one kind in them (Linux: DEFAULT_RATELIMIT_INTERVAL and _BURST)."""

_ERROR, _WARNING = 3, 4
UE_METADATA = 0x16
"""Of the runtime's line on an uncorrectable error (AWS Neuron documentation, NRT troubleshooting)."""


class _Limited:
    """Lines of one kind.

    Args:
        log: where they go.
        name: of the function that says them, for the count of those left out.
    """

    def __init__(self, log: KernelLog, name: str) -> None:
        self._log = log
        self._name = name
        self._begins_s = -INTERVAL_S
        self._said = 0
        self._left_out = 0

    def say(self, at_s: float, text: str, priority: int, times: int) -> list[Entry]:
        """A line, so many times; only what may be said is made."""
        said: list[Entry] = []
        if times <= 0:
            return said
        if at_s - self._begins_s >= INTERVAL_S:
            if self._left_out:
                said.append(self._log.say(at_s, f"{self._name}: {self._left_out} callbacks suppressed", _WARNING))
            self._begins_s, self._said, self._left_out = at_s, 0, 0
        now = min(times, BURST - self._said)
        self._said += now
        self._left_out += times - now
        return said + [self._log.say(at_s, text, priority) for _ in range(now)]


class Watcher:
    """Of one machine.

    Args:
        machine: whose sled is watched.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._transitions: dict[str, int] = {}
        self._uncorrectable: dict[int, int] = {}
        self._of_links = _Limited(machine.log, "pcie_link_event")
        self._of_memory = _Limited(machine.log, f"{driver_name(machine.sled)}_hbm_event")

    def restart(self) -> None:
        """A kernel begins: what was counted before it is nothing to it."""
        self._transitions.clear()
        sled = self._machine.sled
        self._uncorrectable = {
            number: memory.counters.uncorrectable for number, memory in enumerate(sled.peripherals.memories)
        }

    def look(self, at_s: float) -> list[Entry]:
        """What the kernel has to say by now."""
        defects = self._machine.sled.defects
        if not defects.links and not any(chip.uncorrectable_per_hour for chip in defects.chips.values()):
            return []
        return [*self._flaps(at_s), *self._memory(at_s)]

    def lost(self, at_s: float, chip: int) -> Entry:
        """A chip drops off its link."""
        return self._machine.log.say(at_s, f"pcieport {port_address(chip)}: chip {chip}: link down", _ERROR)

    def _flaps(self, at_s: float) -> list[Entry]:
        said: list[Entry] = []
        links = self._machine.sled.peripherals.links
        for name in self._machine.sled.defects.links:
            count = links[name].state(at_s).transitions if name in links else 0
            new = count - self._transitions.get(name, 0)
            self._transitions[name] = count
            said += self._of_links.say(at_s, f"pcieport: link {name}: Link Down, Link Up", _WARNING, new)
        return said

    def _memory(self, at_s: float) -> list[Entry]:
        said: list[Entry] = []
        for number, memory in enumerate(self._machine.sled.peripherals.memories):
            count = memory.counters.uncorrectable
            new = count - self._uncorrectable.get(number, 0)
            self._uncorrectable[number] = count
            text = (
                f"{driver_name(self._machine.sled)}: (FATAL-RT-UNDEFINED-STATE) [ND {number}][NC 0] "
                f"Uncorrectable memory error is detected, metadata: 0x{UE_METADATA:x}."
            )
            said += self._of_memory.say(at_s, text, _ERROR, new)
        return said
