"""Fixtures of the unit tests: each of the two clocks in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from bringup.clock import Clock
from bringup.virtual_clock import VirtualClock
from bringup.wall_clock import WallClock


@pytest.fixture(params=[WallClock, VirtualClock])
def outside(request: pytest.FixtureRequest) -> Clock:
    """A clock as a thread sees it that takes no part."""
    make: Callable[[], Clock] = request.param
    return make()


@pytest.fixture
def clock(outside: Clock) -> Iterator[Clock]:
    """A clock whose participant the test is."""
    with outside.enrolled("test"):
        yield outside
