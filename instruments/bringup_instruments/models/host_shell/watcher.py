"""What the kernel says once it runs: links that go down and come back, memory errors that nothing corrects, lost chips.

Lines of one kind are rate limited as the kernel does it: ten of them, then a count of those that were left out. A PLL
that loses lock is in no log; only counters have it. Neighbours: `kernel_log` keeps the lines, `../sled_host.py` asks.
"""

from __future__ import annotations

from .devices import driver_name, port_address
from .kernel_log import Entry
from .machine import Machine

BURST = 10
"""Lines of one kind in one look (Linux: DEFAULT_RATELIMIT_BURST)."""

_ERROR, _WARNING = 3, 4
UE_METADATA = 0x16
"""Of the runtime's line on an uncorrectable error (AWS Neuron documentation, NRT troubleshooting)."""


class Watcher:
    """Of one machine.

    Args:
        machine: whose sled is watched.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._transitions: dict[str, int] = {}
        self._uncorrectable: dict[int, int] = {}

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
        log, links = self._machine.log, self._machine.sled.peripherals.links
        for name in self._machine.sled.defects.links:
            count = links[name].state(at_s).transitions if name in links else 0
            new = count - self._transitions.get(name, 0)
            self._transitions[name] = count
            for _ in range(min(max(new, 0), BURST // 2)):
                said.append(log.say(at_s, f"pcieport: link {name}: Link Down", _WARNING))
                said.append(log.say(at_s, f"pcieport: link {name}: Link Up"))
            if new > BURST // 2:
                left_out = 2 * (new - BURST // 2)
                said.append(log.say(at_s, f"pcie_link_event: {left_out} callbacks suppressed", _WARNING))
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
            said += [self._machine.log.say(at_s, text, _ERROR) for _ in range(min(max(new, 0), BURST))]
        return said
