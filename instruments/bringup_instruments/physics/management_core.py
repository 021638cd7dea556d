"""The small processor in a chip that runs its firmware, as a debugger sees it: running, halted, or not there.

It runs in the firmware's main loop while all of its chip's rails are on. It stands still at its reset vector if there
is no ROM to run, where the boot waits for something that never comes, and where its chip hung.
Neighbours: `chip.py` says when a chip hangs, `models/openocd_targets.py` halts it. Addresses are estimates.
"""

from __future__ import annotations

from .draw import uniform
from .sled import SledPhysics

RESET_VECTOR = 0x0001_0000
LOOP_FROM, LOOP_WORDS = 0x0001_0400, 96  # of the firmware's main loop
HANG_FROM, HANG_WORDS = 0x0001_8000, 4096  # where code is that waits for something that never comes
WORD_BYTES = 4
LOOK_S = 1e-6  # two looks within this time find it at one place


class ManagementCore:
    """Of one chip."""

    def __init__(self, sled: SledPhysics, chip: int) -> None:
        self._sled = sled
        self._chip = sled.chips[chip]
        self._halted_at: int | None = None

    def powered(self, at_s: float) -> bool:
        """Whether it is out of reset; one that lost its rails has forgotten that it was halted."""
        self._sled.advance(at_s)
        up = self._sled.input.powered and self._chip.feeds.complete
        if not up:
            self._halted_at = None
        return up

    @property
    def halted(self) -> bool:
        """Whether a debugger has stopped it."""
        return self._halted_at is not None

    def halt(self, at_s: float) -> None:
        """Stop it where it is."""
        if self._halted_at is None:
            self._halted_at = self.program_counter(at_s)

    def resume(self) -> None:
        """Let it go on."""
        self._halted_at = None

    def program_counter(self, at_s: float) -> int:
        """Where it is."""
        self._sled.advance(at_s)
        if self._halted_at is not None:
            return self._halted_at
        if self._sled.defects.rom_silent:
            return RESET_VECTOR
        key = (self._sled.serial_number, self._chip.index)
        stops_at = self._sled.defects.post_stops_at if self._sled.host.on_at_s is not None else None
        if self._chip.latched is not None or stops_at is not None:
            return HANG_FROM + WORD_BYTES * int(HANG_WORDS * uniform(*key, "hang", stops_at))
        return LOOP_FROM + WORD_BYTES * int(LOOP_WORDS * uniform(*key, "pc", round(at_s / LOOK_S)))
