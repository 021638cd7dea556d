"""Collective operations over the chips of a sled: what they compute, and how fast they are.

    time = latency + bytes on the wire / bandwidth,  1 / bandwidth = 1 / links + 1 / (bytes per cycle * clock)

Bytes on the wire of a rank follow from the ring algorithm: size * (r-1)/r for all-gather and reduce-scatter, twice that
for all-reduce, the size itself for send-receive. So bus bandwidth over algorithm bandwidth is that factor exactly (NCCL
tests' PERFORMANCE.md). The slowest rank decides. Latency and efficiencies are estimates. Neighbours: `links` say what
has trained, `models/host_shell` shows both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from .bit_errors import gbit_per_lane
from .draw import seed
from .links import LinkState

if TYPE_CHECKING:
    from .passage import SledInTime

LATENCY_S = 9.0e-6
"""Of an operation without data, at the nominal clock; it grows as the clock falls."""

LINK_EFFICIENCY = 0.80
"""Of a link's raw rate that payload gets."""

BYTES_PER_CYCLE = 512.0
"""That a chip's engines reduce or copy."""

HOST_PATH_BYTES_PER_S = 16.0e9
"""Of chips without links to each other: everything goes through the host's memory."""

WORDS = 1024
"""Of each rank's vector that a checksum is taken of."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A collective operation by its name.

    Attributes:
        short: what the command line may call it too.
        laps: how often the data goes round the ring.
        shared: whether each rank has a share of the data: (r-1)/r of it passes.
    """

    short: str
    laps: float
    shared: bool = True

    def factor(self, ranks: int) -> float:
        """Bus bandwidth over algorithm bandwidth."""
        return self.laps * ((ranks - 1) / ranks if self.shared else 1.0)


OPERATIONS = {
    "all_reduce": Operation("allr", 2.0),
    "all_gather": Operation("allg", 1.0),
    "reduce_scatter": Operation("redsct", 1.0),
    "sendrecv": Operation("sendrecv", 1.0, shared=False),
}


def bandwidth(sled: SledInTime, chips: Sequence[int], states: Sequence[LinkState]) -> float:
    """Bytes per second that the slowest of these chips can move to the others; 0 where one has no link up.

    Ranks of one chip alone need no link.
    """
    if len(chips) == 1:
        return _engines(sled, chips[0])
    return min(_of_chip(sled, chip, states) for chip in chips)


def duration_s(operation: Operation, size: int, ranks: int, bytes_per_s: float, clock_scale: float) -> float:
    """How long one operation takes.

    Args:
        operation: which.
        size: of the data, in bytes.
        ranks: that take part.
        bytes_per_s: of the slowest.
        clock_scale: its clock over the nominal one.
    """
    return LATENCY_S / max(clock_scale, 1e-3) + size * operation.factor(ranks) / bytes_per_s


def checksums(serial_number: str, job: int, chips: Sequence[int], wrong: Sequence[int]) -> tuple[str, tuple[str, ...]]:
    """The golden checksum of a summed vector, and each chip's: flipped bits where its results were wrong.

    Args:
        serial_number: of the sled.
        job: its number.
        chips: that take part.
        wrong: results of each that are wrong.
    """
    import numpy as np  # noqa: PLC0415 - loaded when something is computed

    vectors = [np.random.default_rng(seed("rank", chip)).integers(-(2**20), 2**20, size=WORDS) for chip in chips]
    golden = np.sum(vectors, axis=0)
    found = []
    for chip, errors in zip(chips, wrong, strict=True):
        own = golden.copy()
        draws = np.random.default_rng(seed(serial_number, job, chip, "collective"))
        own[draws.permutation(WORDS)[: min(errors, WORDS)]] ^= 1
        found.append(sha256(own.tobytes()).hexdigest()[:16])
    return sha256(golden.tobytes()).hexdigest()[:16], tuple(found)


def _of_chip(sled: SledInTime, chip: int, states: Sequence[LinkState]) -> float:
    raw, has_peers = 0.0, False
    for state in states:
        facts = sled.peripherals.links[state.name].parameters
        if facts.to != "chip" or state.name.split(".")[1] != str(chip):
            continue
        has_peers = True
        if state.generation:
            rate = gbit_per_lane(facts.gbit_per_lane, state.generation, facts.generation)
            raw += state.lanes * rate * 1e9 / 8.0
    links = LINK_EFFICIENCY * raw if has_peers else HOST_PATH_BYTES_PER_S
    engines = _engines(sled, chip)
    return links * engines / (links + engines) if links > 0.0 and engines > 0.0 else 0.0


def _engines(sled: SledInTime, chip: int) -> float:
    return BYTES_PER_CYCLE * sled.chips[chip].operating().hertz
