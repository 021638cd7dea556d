"""Draws that are the same on every machine and in every process, keyed by what they belong to.

Python's own `hash` is salted per process and `random.Random(str)` reads as an implementation detail; a
SHA-256 of the key is neither.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from statistics import NormalDist

_NORMAL = NormalDist()


def uniform(*key: object) -> float:
    """A number in the open interval (0, 1) that belongs to `key`."""
    text = "\x1f".join(str(part) for part in key)
    digest = hashlib.sha256(text.encode()).digest()
    return (int.from_bytes(digest[:8], "big") // 2048 + 0.5) / 2.0**53


@lru_cache(maxsize=4096, typed=True)  # a sensor's offset is the same at each of its many readings
def normal(*key: object) -> float:
    """A standard normal number that belongs to `key`."""
    return _NORMAL.inv_cdf(uniform(*key))


def seed(*key: object) -> int:
    """A whole number that belongs to `key`, to seed another generator with."""
    return int(uniform(*key) * 2.0**53)
