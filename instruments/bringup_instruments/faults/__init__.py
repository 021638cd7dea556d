"""The catalogue's faults, carried out: each sets the physical cause on a simulated sled at its time, and nothing else.

What shows of it is the affair of the physics and of the instruments. Neighbours: `bringup.files.board_fault` says which
and when, `physics.defects` has the causes, `lab.py` lets them come.
"""

from .scene import Scene, let_come

__all__ = ["Scene", "let_come"]
