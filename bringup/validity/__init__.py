"""Whether what a point measured can be trusted: balances that name the witness that lies.

Neighbours: `bringup.sled` reads a sled under load, the runner asks here after each point and makes it INVALID.
"""

from .balances import Loaded, doubts

__all__ = ["Loaded", "doubts"]
