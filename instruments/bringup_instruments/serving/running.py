"""A served lab from its beginning to the signal that ends it.

Neighbours: `served_lab.py` is the lab, `cli/serve.py` the command.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bringup.terminal_text import harmless

from .ports import raise_file_limit
from .served_lab import ServedLab

LOOK_S = 0.2  # wall seconds; a signal on Windows is seen no later


def run(served: ServedLab, ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        served: the lab, not open yet.
        ready: called once when everything is served.

    Raises:
        UsageError, BenchError: it cannot be served; nothing is left open.
    """
    raise_file_limit()
    asyncio.run(_run(served, ready))


async def _run(served: ServedLab, ready: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_tell)
    stop = asyncio.Event()
    with _signals(lambda: loop.call_soon_threadsafe(stop.set)):
        await served.open()
        try:
            ready()
            while not stop.is_set():
                await _wait(stop)
        finally:
            served.close()
            await asyncio.sleep(0)  # the connections hear that they are closed


async def _wait(stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), LOOK_S if sys.platform == "win32" else None)
    except TimeoutError:
        return


@contextmanager
def _signals(act: Callable[[], Any]) -> Iterator[None]:
    """Call `act` at SIGINT and SIGTERM, within the block."""
    before = {number: signal.signal(number, lambda *_: act()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:  # noqa: ARG001 - asyncio's signature
    """A mistake somewhere in the loop: one line, and the lab goes on."""
    problem = context.get("exception")
    if isinstance(problem, ConnectionError):
        return  # a client is gone
    text = str(context.get("message", ""))
    if problem is not None:
        frames = traceback.extract_tb(problem.__traceback__)
        where = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
        text += f": {type(problem).__name__}: {problem}{where}"
    print(f"bringup: {harmless(text)}", file=sys.stderr, flush=True)  # noqa: T201 - this is a command's own output
