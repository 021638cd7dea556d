"""The models that the simulated lab can stand in for, and how each is put on its wire.

Neighbours: `models/` makes them, `lab.py` asks for one per instrument of the station file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from bringup.clock import Clock
from bringup.errors import UsageError

from .physics.coolant import CoolantLoop
from .physics.sled import SledPhysics
from .world import Node

Wire = Literal["visa", "serial", "http"]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an instrument stands in the lab.

    Attributes:
        role: its name in the station file.
        clock: the lab's.
        serial_number: as the station file wants it, else made from role and seed.
        seed: of the lab.
        sled: what it serves, feeds or speaks for, if anything.
        node: what its leads touch, if anything.
        coolant: the loop that it moves, if any.
    """

    role: str
    clock: Clock
    serial_number: str
    seed: int
    sled: SledPhysics | None
    node: Node | None
    coolant: CoolantLoop | None

    def served_sled(self) -> SledPhysics:
        """The sled.

        Raises:
            UsageError: the station file gives this instrument none.
        """
        if self.sled is None:
            raise UsageError(f"instrument {self.role!r} serves no slot: name it in a slot, or take it out")
        return self.sled


@dataclass(frozen=True, slots=True)
class SimulatedModel:
    """A model on its wire."""

    wire: Wire
    build: Callable[[Placement], object]


def _supply(model: str) -> Callable[[Placement], object]:
    def build(placement: Placement) -> object:
        from .models.supply_n8700 import SupplyN8700  # noqa: PLC0415 - only what the station uses is loaded

        return SupplyN8700(placement.clock, placement.served_sled().load, placement.serial_number, model)

    return build


def _meter(model: str) -> Callable[[Placement], object]:
    def build(placement: Placement) -> object:
        from .models.multimeter_34460 import Multimeter34465A  # noqa: PLC0415 - as above

        node = placement.node or OpenLeads()
        return Multimeter34465A(placement.clock, node, placement.serial_number, placement.seed, model)

    return build


def _coolant_unit(placement: Placement) -> object:
    from .models.coolant_unit import CoolantUnit  # noqa: PLC0415 - as above

    if placement.coolant is None:
        raise UsageError(f"coolant unit {placement.role!r} cools no slot: name it in a slot, or take it out")
    return CoolantUnit(placement.clock, placement.coolant, placement.serial_number)


def _bmc(placement: Placement) -> object:
    from .models.sled_bmc import SledBmc  # noqa: PLC0415 - as above

    return SledBmc(placement.served_sled())


def _host(placement: Placement) -> object:
    from .models.sled_host import SledHost  # noqa: PLC0415 - as above

    return SledHost(placement.served_sled())


class OpenLeads:
    """Leads that touch nothing."""

    def volts(self, at_s: float) -> float:  # noqa: ARG002 - nothing changes with time
        """Zero volts: a multimeter's input resistance pulls open leads down."""
        return 0.0


MODELS: Mapping[str, SimulatedModel] = {
    "Keysight N8757A": SimulatedModel("visa", _supply("N8757A")),
    "Keysight 34461A": SimulatedModel("visa", _meter("34461A")),
    "Keysight 34465A": SimulatedModel("visa", _meter("34465A")),
    "Redfish coolant unit": SimulatedModel("http", _coolant_unit),
    "bringup sled BMC console": SimulatedModel("serial", _bmc),
    "bringup sled host console": SimulatedModel("serial", _host),
}
