"""A memory test: patterns walked over every channel, read back and compared.

A channel that has not trained floats: every word reads all ones. An uncorrectable error of the run leaves two flipped
bits in a word of the row that is weak. Neighbours: `jobs.ChipRun` has the errors that were counted meanwhile, `memory`
the channels, `models/host_shell` shows what is found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from .draw import uniform
from .memory import Memory

WORDS = 64
"""Of a channel's block that is kept of a pass (the whole would be gibibytes)."""

ROWS = 65536
"""Of a channel (estimate: 16 bits of row address, as HBM3 has; JESD238)."""

BYTES_PER_S = 2.0e12
"""That a pass writes and reads back together (estimate: half of what the stacks can)."""

_ALL_ONES = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class WeakRow:
    """A row in which a pattern did not stand."""

    channel: int
    row: int


@dataclass(frozen=True, slots=True)
class Walked:
    """What a memory test found on one chip.

    Attributes:
        channels: how many were walked over.
        passes: of the whole memory.
        failed_channels: that never answered.
        weak_rows: where an uncorrectable error was found.
        wrong_words: of the blocks that were kept.
        digest: of those blocks as read.
        golden: of the blocks as written.
    """

    channels: int
    passes: float
    failed_channels: tuple[int, ...]
    weak_rows: tuple[WeakRow, ...]
    wrong_words: int
    digest: str
    golden: str


def walk(serial_number: str, chip: int, memory: Memory, seconds: float, errors: Sequence[int]) -> Walked:
    """One chip's memory after a test.

    Args:
        serial_number: of the sled.
        chip: its number.
        memory: its memory.
        seconds: of the test.
        errors: which of the unit's uncorrectable errors came meanwhile, counted since it had power.
    """
    facts = memory.parameters
    channels = facts.stacks * facts.channels
    weak = tuple(_weak_row(serial_number, chip, number, channels) for number in errors)
    failed = memory.failed_channels
    written, read, wrong = sha256(), sha256(), 0
    hit = {row.channel: row for row in weak}
    for channel in range(channels):
        block = _block(channel)
        back = _read_back(block, channel in failed, hit.get(channel))
        wrong += sum(a != b for a, b in zip(block, back, strict=True)) if back is not block else 0
        good = _written(channel)
        written.update(good)
        read.update(good if back is block else _bytes(back))
    size = max(1, facts.stacks * facts.bytes_each)
    passes = seconds * BYTES_PER_S / size
    return Walked(channels, passes, failed, weak, wrong, read.hexdigest()[:16], written.hexdigest()[:16])


@lru_cache(maxsize=4096)
def _written(channel: int) -> bytes:
    return _bytes(_block(channel))


@lru_cache(maxsize=4096)
def _block(channel: int) -> tuple[int, ...]:
    """A walking one, begun at another bit in each channel."""
    return tuple(1 << ((word + channel) % 64) for word in range(WORDS))


def _read_back(block: tuple[int, ...], floats: bool, weak: WeakRow | None) -> tuple[int, ...]:
    if floats:
        return (_ALL_ONES,) * WORDS
    if weak is None:
        return block
    word = weak.row % WORDS
    return (*block[:word], block[word] ^ (0b11 << (weak.row % 63)), *block[word + 1 :])


def _bytes(block: tuple[int, ...]) -> bytes:
    return b"".join(word.to_bytes(8, "little") for word in block)


def _weak_row(serial_number: str, chip: int, number: int, channels: int) -> WeakRow:
    """Where a unit's n-th uncorrectable error is: it belongs to the unit."""
    key = (serial_number, chip, number, "weak row")
    return WeakRow(int(uniform(*key, "channel") * channels), int(uniform(*key, "row") * ROWS))
