"""Pseudo-random bit sequences over every lane that is up: how many bits were sent, and how many came back wrong.

The rate of a lane follows from its eye (`links.bit_error_rate`); the count is drawn for each job and lane from the
Poisson distribution with that mean, so that a confidence can be computed from bits and errors (no error in n bits shows
a rate below -ln(1 - c) / n at confidence c). Neighbours: `jobs.Job` keeps what links were, `peripherals` holds them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, sqrt

from .draw import normal, uniform
from .jobs import Job
from .links import bit_error_rate
from .peripherals import Peripherals

_POISSON_LIMIT = 30.0
"""Mean above which the normal distribution stands in for Poisson's."""

_GBIT_OF_GENERATION = {1: 2.5, 2: 5.0, 3: 8.0, 4: 16.0, 5: 32.0, 6: 64.0, 7: 128.0}
"""Raw rate of a PCI Express lane by generation (PCI Express Base Specification 7.0)."""


@dataclass(frozen=True, slots=True)
class LinkErrors:
    """One link under a pattern.

    Attributes:
        link: its name.
        lanes: that were up.
        bits: sent over each of them.
        lane_errors: bits that came back wrong, by lane.
    """

    link: str
    lanes: int
    bits: float
    lane_errors: tuple[int, ...]


def gbit_per_lane(full_gbit: float, generation: int, full_generation: int) -> float:
    """What a lane carries at a lower generation than its full one."""
    if generation >= full_generation or generation not in _GBIT_OF_GENERATION:
        return full_gbit
    full = _GBIT_OF_GENERATION.get(full_generation, full_gbit)
    return full_gbit * _GBIT_OF_GENERATION[generation] / full


def count_errors(serial_number: str, job: Job, peripherals: Peripherals, chip: int) -> tuple[LinkErrors, ...]:
    """What a job found on the links of one chip; links that are down are not among them."""
    found = []
    for state in job.links:
        if state.generation and state.name.split(".")[1] == str(chip):
            link = peripherals.links[state.name]
            facts = link.parameters
            bits = job.seconds * 1e9 * gbit_per_lane(facts.gbit_per_lane, state.generation, facts.generation)
            margins = link.margins(job.board_celsius)[: state.lanes]
            errors = tuple(
                poisson(bits * bit_error_rate(margin), serial_number, job.number, state.name, lane, "prbs")
                for lane, margin in enumerate(margins)
            )
            found.append(LinkErrors(state.name, state.lanes, bits, errors))
    return tuple(found)


def poisson(mean: float, *key: object) -> int:
    """A Poisson number with this mean that belongs to `key`."""
    if mean <= 0.0:
        return 0
    if mean > _POISSON_LIMIT:
        return max(0, round(mean + sqrt(mean) * normal(*key)))
    left, term, count = uniform(*key), exp(-mean), 0
    while left > term and count < 1000:
        left -= term
        count += 1
        term *= mean / count
    return count
