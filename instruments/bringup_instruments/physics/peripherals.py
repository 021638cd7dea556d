"""What a sled carries beside its rails and chips: memory, links, ropes for water. Taken through time together.

Neighbours: `passage.SledInTime` calls `live` for each of its steps and the others at their moments; `memory` and
`links` hold a law each; `defects` says what is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bringup.errors import UnknownName
from bringup.nearest import unknown

from .defects import ChipDefects, SledDefects
from .links import Link, LinkState, links_of
from .memory import Memory
from .parameters import SledParameters


class Peripherals:
    """Of one sled.

    Attributes:
        memories: by chip.
        links: by instance, such as "host.2.0".
    """

    def __init__(self, serial_number: str, parameters: SledParameters, defects: SledDefects) -> None:
        self.memories = tuple(
            Memory(serial_number, chip, parameters.memory, defects.chips.setdefault(chip, ChipDefects()))
            for chip in range(parameters.chips)
        )
        found = links_of(serial_number, parameters.chips, parameters.links, defects.links.get)
        self.links: Mapping[str, Link] = {link.name: link for link in found}
        self._detectors = {detector.name: detector for detector in parameters.leak_detectors}
        self._defects = defects

    @property
    def has_memory_up(self) -> bool:
        """Whether any stack has trained, so that its errors count."""
        return any(memory.trained for memory in self.memories)

    def live(self, seconds: float, celsius: Sequence[float], activity: Sequence[float]) -> None:
        """Time passes: memory errors arrive.

        Args:
            seconds: of the step.
            celsius: of each chip's stacks.
            activity: share of full traffic of each chip.
        """
        for memory, warm, busy in zip(self.memories, celsius, activity, strict=True):
            memory.live(seconds, warm, busy)

    def train_memory(self, celsius: Sequence[float], fed: Sequence[bool]) -> None:
        """The chips' driver loads: memory that is not up yet is trained, of each chip that has its rails."""
        for memory, warm, has_rails in zip(self.memories, celsius, fed, strict=True):
            if has_rails and not memory.is_up:
                memory.train(warm)

    def train_links(self, at_s: float) -> None:
        """The host enumerates."""
        for link in self.links.values():
            link.train(at_s)

    def link_states(self, at_s: float, chip: int | None = None) -> tuple[LinkState, ...]:
        """As their registers have it: of one chip's, or of all links."""
        of_chip = (link for link in self.links.values() if chip is None or link.name.split(".")[1] == str(chip))
        return tuple(link.state(at_s) for link in of_chip)

    def drop_links(self, at_s: float, chip: int | None = None) -> None:
        """One chip's links go down, or all of them with the host."""
        for link in self.links.values():
            if chip is None or link.name.split(".")[1] == str(chip):
                link.drop(at_s)

    def chip_lost_power(self, chip: int) -> None:
        """Its memory forgets."""
        self.memories[chip].forget()

    def input_lost(self) -> None:
        """AC power is gone: links forget what they were stuck at."""
        for link in self.links.values():
            link.lose_power()
        for memory in self.memories:
            memory.forget()

    @property
    def leak_detectors(self) -> tuple[str, ...]:
        """By name."""
        return tuple(self._detectors)

    def leak_ohms(self, at_s: float, name: str) -> float:
        """Resistance of a rope; infinite where its wire is broken.

        Raises:
            UnknownName: no such detector.
        """
        if name not in self._detectors:
            raise UnknownName(unknown("leak detector", name, self._detectors))
        dry = self._detectors[name].dry_ohms
        wetting = self._defects.water.get(name)
        return dry if wetting is None else wetting.ohms(at_s, dry)

    def is_wet(self, at_s: float, name: str) -> bool:
        """Whether a rope's resistance is below its threshold."""
        return self.leak_ohms(at_s, name) < self._detectors[name].wet_ohms
