"""The one physics behind the simulated lab: sleds, their chips and rails, and the coolant that joins them.

Closed form between events: the cost is per event, not per simulated second. Way of a question: an instrument
(`models/`) asks through the seam in `world.py`, `sled.py` advances itself to the time asked about, and the
files here each hold one idea (`power`, `speed`, `outcome`, `thermal`, `rails`, `supply`, `coolant`, `parts`).
"""

from .coolant import CoolantLoop
from .parameters import SledParameters
from .rails import RailReading
from .sled import SledPhysics

__all__ = ["CoolantLoop", "RailReading", "SledParameters", "SledPhysics"]
