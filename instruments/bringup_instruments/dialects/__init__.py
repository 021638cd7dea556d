"""Instruments whose language is not SCPI: lines in, lines out, on the lab's clock.

line_device (the `MessageDevice` contract) ← verbs (what an instrument declares) ← status488 (*ESR? and its kin)
"""

from .line_device import Answer, LineDevice
from .status488 import StatusByte488
from .verbs import verb, verbs_of

__all__ = ["Answer", "LineDevice", "StatusByte488", "verb", "verbs_of"]
