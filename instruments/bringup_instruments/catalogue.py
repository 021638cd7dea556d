"""The models that the simulated lab can stand in for, and how each is put on its wire.

A model's module in `models/` has `place(placement)`, which makes the instrument that stands at a placement. It is
imported when a station asks for it. Neighbours: `models/` makes them, `wiring.py` tells what an instrument
touches, `lab.py` asks for one per instrument of the station file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

from bringup.clock import Clock
from bringup.errors import UsageError
from bringup.files.product import Product

from .physics.coolant import CoolantLoop
from .physics.sled import SledPhysics
from .wiring import Wiring
from .world import Load, Node, Part, Terminals

Wire = Literal["visa", "serial", "http"]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an instrument stands in the lab.

    Attributes:
        role: its name in the station file.
        model: as the station file has it.
        address: as the station file has it; tells models with two dialects which wire is meant.
        clock: the lab's.
        serial_number: as the station file wants it, else made from role and seed.
        seed: of the lab.
        sled: what it serves, feeds or speaks for, if anything.
        product: of that sled, as its file has it.
        coolant: the loop that it moves, if any.
        wiring: what its leads, outputs and channels touch.
    """

    role: str
    model: str
    address: str
    clock: Clock
    serial_number: str
    seed: int
    sled: SledPhysics | None
    product: Product | None
    coolant: CoolantLoop | None
    wiring: Wiring

    def served_sled(self) -> SledPhysics:
        """The sled.

        Raises:
            UsageError: the station file gives this instrument none.
        """
        if self.sled is None:
            raise UsageError(f"instrument {self.role!r} serves no slot: name it in a slot, or take it out")
        return self.sled

    def served_product(self) -> Product:
        """What the served sled is.

        Raises:
            UsageError: the station file gives this instrument no sled.
        """
        self.served_sled()
        assert self.product is not None  # noqa: S101 - a sled has one
        return self.product

    def load(self, channel: int | None = None) -> Load:
        """What an output feeds: its slot's sled, the terminals that it is wired to, or nothing."""
        if channel is None and self.sled is not None:
            return self.sled.load
        return self.wiring.load(channel)

    def node(self, channel: int | None = None) -> Node:
        """What leads, a probe or a sensor touch; open leads where the station file says nothing."""
        return self.wiring.node(channel)

    def terminals(self, channel: int | None = None) -> Terminals:
        """The terminal block that an electronic load or a source meter is wired to; one of its own if none."""
        return self.wiring.terminals(channel)

    def part(self, channel: int | None = None) -> Part:
        """What a chamber or a thermal stream heats and cools; an empty fixture if nothing."""
        return self.wiring.part(channel)


@dataclass(frozen=True, slots=True)
class SimulatedModel:
    """A model on its wire.

    Args:
        wire: which of the lab's in-process wires it answers on.
        module: in `models/`.
        channels: the numbers that the station file may wire, for instruments with more than one.
    """

    wire: Wire
    module: str
    channels: tuple[int, ...] = ()

    def place(self, placement: Placement) -> Any:
        """Make the instrument."""
        make: Callable[[Placement], Any] = import_module(f".models.{self.module}", __package__).place
        return make(placement)


_N8700 = ("N8754A", "N8755A", "N8756A", "N8757A", "N8758A", "N5767A")
_DAQ_SLOTS = tuple(slot * 1000 + channel for slot in range(1, 9) for channel in range(1, 41))

MODELS: Mapping[str, SimulatedModel] = {
    **{f"Keysight {model}": SimulatedModel("visa", "supply_n8700") for model in _N8700},
    "TDK-Lambda GEN60-85": SimulatedModel("visa", "supply_genesys"),
    "Keysight N6700C": SimulatedModel("visa", "supply_n6700", (1, 2, 3, 4)),
    "Keysight N6705C": SimulatedModel("visa", "supply_n6700", (1, 2, 3, 4)),
    "Keysight E36312A": SimulatedModel("visa", "supply_e36312a", (1, 2, 3)),
    "R&S HMP4040": SimulatedModel("visa", "supply_hmp4040", (1, 2, 3, 4)),
    "Keysight E3631A": SimulatedModel("visa", "supply_e3631a", (1, 2, 3)),
    "Keithley 2400": SimulatedModel("visa", "smu_2400"),
    "Keysight 34461A": SimulatedModel("visa", "multimeter_34460"),
    "Keysight 34465A": SimulatedModel("visa", "multimeter_34460"),
    "Keithley DMM6500": SimulatedModel("visa", "multimeter_dmm6500"),
    "Keysight 34980A": SimulatedModel("visa", "daq_34980a", _DAQ_SLOTS),
    "Keithley DAQ6510": SimulatedModel("visa", "daq_daq6510", (*range(101, 121), *range(201, 221))),
    "Aim-TTi LD400P": SimulatedModel("visa", "load_ld400p"),
    "Temptronic ATS-525": SimulatedModel("visa", "stream_ats525"),
    "Thermotron 3800": SimulatedModel("visa", "chamber_3800"),
    "Pendulum CNT-91": SimulatedModel("visa", "counter_cnt91", (1, 2)),
    "Keysight DSOX1102G": SimulatedModel("visa", "scope_dsox1102g", (1, 2)),
    "Redfish coolant unit": SimulatedModel("http", "coolant_unit"),
    "Redfish sled BMC": SimulatedModel("http", "bmc"),
    "Redfish rack PDU": SimulatedModel("http", "rack_pdu", tuple(range(1, 49))),
    "bringup sled BMC console": SimulatedModel("serial", "sled_bmc"),
    "bringup sled host console": SimulatedModel("serial", "sled_host"),
    "OpenOCD TCL server": SimulatedModel("serial", "openocd"),
}
