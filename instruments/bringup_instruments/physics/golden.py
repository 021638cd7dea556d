"""The answers that a chip's workload gives, and the golden ones: real integer arithmetic on seeded operands.

A chip multiplies two 64 x 64 matrices over and over (a copy of the first where the workload moves data only); the host
compares each accumulator with the golden product and keeps the first wrong value that it saw of each. What the physics
says went wrong is put into the accumulators as flipped bits: by chance at other places in each job, on a marginal path
always at the same ones. Neighbours: `jobs` says how many results were wrong, `models/host_shell` shows what is found.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

from .draw import seed
from .jobs import RANDOM, Job

if TYPE_CHECKING:
    import numpy as np

SIDE = 64
"""Rows and columns of the matrices."""

MOVES_DATA = ("memory",)
"""Workloads that copy an operand instead of multiplying."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What comparing one chip's results with the golden ones found.

    Attributes:
        errors: wrong results of the job.
        accumulators: of how many places of the matrix.
        digest: of the matrix with the first wrong value that came at each place.
        golden: digest of the golden matrix.
    """

    errors: int
    accumulators: int
    digest: str
    golden: str


def compare(serial_number: str, job: Job, chip: int, by_chance: int, silent: int) -> Compared:
    """One chip's results held against the golden ones.

    Args:
        serial_number: of the sled.
        job: that has ended.
        chip: its number.
        by_chance: results that are wrong at random.
        silent: results that a marginal path makes wrong, the same ones on every replay.
    """
    golden = _golden(job.pattern, job.workload in MOVES_DATA)
    good = _digest(job.pattern, job.workload in MOVES_DATA)
    if by_chance + silent <= 0:
        return Compared(0, 0, good, good)  # the chip's product is the golden one to the last bit
    import numpy as np  # noqa: PLC0415 - loaded when something is computed

    result = golden.copy()
    hits = np.zeros(golden.size, dtype=np.int64)
    _flip(result, hits, silent, seed(serial_number, chip, job.pattern, "path"))
    _flip(result, hits, by_chance, seed(serial_number, job.number, chip, "noise"))
    wrong = result != golden
    errors = int(hits[wrong.ravel()].sum())
    return Compared(errors, int(np.count_nonzero(wrong)), sha256(result.tobytes()).hexdigest()[:16], good)


def _flip(result: np.ndarray, hits: np.ndarray, errors: int, key: int) -> None:
    """Let so many results be wrong: one bit of an accumulator each, at places that are right so far."""
    import numpy as np  # noqa: PLC0415

    free = np.flatnonzero(hits == 0)
    if errors <= 0 or not free.size:
        return
    draws = np.random.default_rng(key)
    places = draws.permutation(free)[: min(errors, free.size)]
    bits = draws.integers(0, 31, size=places.size)
    flat = result.reshape(-1)
    flat[places] ^= np.left_shift(1, bits).astype(np.int32)
    each, rest = divmod(errors, places.size)
    hits[places] = each
    hits[places[:rest]] += 1


@lru_cache(maxsize=16)
def _golden(pattern: str, moves_data: bool) -> np.ndarray:
    """The right answer: the product of the two operands, or the first of them."""
    import numpy as np  # noqa: PLC0415

    left, right = _operand(pattern, 0), _operand(pattern, 1)
    answer: np.ndarray = left.copy() if moves_data else left @ right
    answer = np.ascontiguousarray(answer, dtype=np.int32)
    answer.setflags(write=False)
    return answer


@lru_cache(maxsize=16)
def _digest(pattern: str, moves_data: bool) -> str:
    return sha256(_golden(pattern, moves_data).tobytes()).hexdigest()[:16]


def _operand(pattern: str, which: int) -> np.ndarray:
    """Eight-bit numbers in a matrix, as wide as the accumulators."""
    import numpy as np  # noqa: PLC0415

    rows, columns = np.indices((SIDE, SIDE), dtype=np.int32)
    match pattern:
        case "checkerboard":
            return np.asarray(np.array([0x55, -0x56], dtype=np.int32)[(rows + columns + which) % 2])
        case "walking":
            return np.asarray(np.array([1 << bit for bit in range(7)], dtype=np.int32)[(rows + columns + which) % 7])
        case "ones":
            return np.ones((SIDE, SIDE), dtype=np.int32)
    draws = np.random.default_rng(seed("operand", RANDOM, which))
    return draws.integers(-128, 128, size=(SIDE, SIDE), dtype=np.int32)
