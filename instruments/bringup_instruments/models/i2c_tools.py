"""Linux's i2c-tools on a simulated controller: `i2ctransfer`, `i2cdetect`, `i2cget`, `i2cset`.

What they print, and how they complain, is that of i2c-tools 4; their own help is one line. There is nobody at their
keyboard: without `-y` they ask, get no answer, and do nothing. Neighbours: `sled_bmc.py` is the shell that calls
them, `i2c_bus.py` has the buses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from .i2c_arguments import ToolStoppedError
from .i2c_bus import I2cSegment
from .i2cdetect import i2cdetect
from .i2cget import i2cget, i2cset
from .i2ctransfer import i2ctransfer

Tool = Callable[[Mapping[int, I2cSegment], float, Sequence[str]], list[str]]

TOOLS: Mapping[str, Tool] = {
    "i2cdetect": i2cdetect,
    "i2cget": i2cget,
    "i2cset": i2cset,
    "i2ctransfer": i2ctransfer,
}


def run_tool(buses: Mapping[int, I2cSegment], at_s: float, words: Sequence[str]) -> list[str]:
    """What a command line of one of `TOOLS` prints."""
    try:
        return TOOLS[words[0]](buses, at_s, words[1:])
    except ToolStoppedError as stopped:
        return list(stopped.lines)
