"""What a board says of itself once its standby rails are up: regulator configurations and firmware versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from .instrument import Instrument


@dataclass(frozen=True, slots=True)
class ReadIdentity:
    """What was read from a board.

    Attributes:
        regulators: the CRC of the configuration that each regulator runs, by instance ("vr_core.2"); every regulator
            of the product, or none where this reader does not speak to them.
        firmware: the version that each component reports, as far as it can be asked under standby power.
    """

    regulators: Mapping[str, int] = field(default_factory=dict)
    firmware: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class IdentityReader(Instrument, Protocol):
    """An instrument of a slot that can tell what the board in it is: a PMBus adapter, a BMC's inventory."""

    def read_identity(self) -> ReadIdentity:
        """Read it from the board; nothing is set, and no rail but standby is needed."""
