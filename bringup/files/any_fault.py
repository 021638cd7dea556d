"""A fault as the command line gives it: of a sled, by the catalogue's id, or of an instrument and its wire.

Neighbours: `board_fault.py` and `wire_fault.py` have the two kinds; `--fault`, `sim inject` and served labs read them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .board_fault import BoardFaultFacts, is_board_fault, parse_board_fault
from .wire_fault import FaultFacts, parse_fault

AnyFault = FaultFacts | BoardFaultFacts


def parse_any_fault(text: str) -> AnyFault:
    """Read `S1=P5:vr_core.2@400`, or `meter1=late-answer:3@120`.

    Raises:
        UsageError: it is neither.
    """
    return parse_board_fault(text) if is_board_fault(text) else parse_fault(text)


def fault_of(data: Mapping[str, Any]) -> AnyFault:
    """A fault as JSON has it.

    Raises:
        ValidationError: it is none.
    """
    kind = BoardFaultFacts if "slot" in data else FaultFacts
    return kind.model_validate(data)
