"""What every instrument on the bench can do: say who it is, and let go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Identity:
    """Who answers on the wire."""

    maker: str
    model: str
    serial_number: str
    firmware: str

    def __str__(self) -> str:
        return f"{self.maker} {self.model} SN {self.serial_number} fw {self.firmware}"


@runtime_checkable
class Instrument(Protocol):
    """Anything on the bench that answers."""

    def identify(self) -> Identity:
        """Ask the instrument who it is (`*IDN?` or its dialect's equivalent)."""

    def close(self) -> None:
        """Give the wire back; the instrument's state is left as it is. A second call does nothing."""
