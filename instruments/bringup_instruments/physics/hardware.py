"""What a sled carries beside its power, as numbers: chips, host, memory, links, sensors, leak detectors, regulators.

Estimates unless a comment says otherwise. Neighbours: `parameters.SledParameters` holds them, `product_parameters.py`
fills them from a product file; `memory`, `links`, `telemetry` and the instruments have the laws.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AcceleratorParameters:
    """What the chips are to the host's driver and tools.

    Args:
        model: what it is called.
        cores: compute cores of a good part.
        arch: what its driver calls its architecture and its cores; two empty strings for a chip that is no Neuron one.
        pci_id: PCI device number; the vendor is Amazon's.
    """

    model: str = "accelerator"
    cores: int = 1
    arch: tuple[str, str] = ("", "")
    pci_id: int = 0x0001


@dataclass(frozen=True, slots=True)
class MachineParameters:
    """The host that the chips hang on. Estimates."""

    processor: str = "host processor"
    memory_bytes: int = 256 * 2**30
    cpus: int = 64
    network_cards: int = 2


@dataclass(frozen=True, slots=True)
class MemoryParameters:
    """The HBM beside a chip. Estimates; `memory.py` has the laws."""

    stacks: int = 4
    channels: int = 32  # pseudo-channels of a stack
    bytes_each: int = 36 * 2**30
    correctable_per_hour: float = 0.05  # of a chip at anchor_celsius under full traffic
    anchor_celsius: float = 85.0
    doubling_celsius: float = 10.0
    refresh_power: float = 3.0  # rows fail by the tail of their retention: twice as often refreshed, an eighth is left
    t50_celsius: float = 102.0
    weak_t50_celsius: float = 94.0
    weak_share: float = 0.05
    train_width_celsius: float = 1.5
    spare_rows: int = 8


@dataclass(frozen=True, slots=True)
class LinkParameters:
    """One kind of serial link of every chip. Estimates; `links.py` has the laws."""

    name: str
    kind: str
    to: str
    generation: int
    lanes: int
    gbit_per_lane: float
    of_each_chip: int = 1
    margin_percent: float = 38.0
    margin_sigma_percent: float = 1.5
    margin_percent_per_kelvin: float = 0.02
    best_celsius: float = 45.0


@dataclass(frozen=True, slots=True)
class SensorParameters:
    """One sensor that firmware reads; `telemetry.py` has the law.

    Args:
        name: as readings call it.
        quantity: such as "tj", "vin.watts", "vdd_core.volts".
        unit: of the readings.
        places: who shows it.
        per_chip: one for each chip.
        resolution: step of the readings.
        sigma: spread of the units' own errors: an offset, or a part of the reading for amps, watts and flow.
        period_s: between two samples; 0 samples whenever it is asked.
        delay_s: age of a sample when it is first shown.
        average_s: over which a sample is taken.
        low: the lowest reading that its register can hold.
    """

    name: str
    quantity: str
    unit: str
    places: tuple[str, ...] = ("bmc", "console")
    per_chip: bool = False
    resolution: float = 0.1
    sigma: float = 0.5
    period_s: float = 0.0
    delay_s: float = 0.0
    average_s: float = 0.0
    low: float = -273.0


def standard_sensors() -> tuple[SensorParameters, ...]:
    """Temperatures that are sampled whenever they are asked for."""
    return (
        SensorParameters("tj", "tj", "degC", per_chip=True),
        SensorParameters("hbm", "hbm", "degC", per_chip=True),
        SensorParameters("board", "board", "degC"),
        SensorParameters("coolant.in", "coolant.in", "degC"),
        SensorParameters("coolant.out", "coolant.out", "degC"),
    )


@dataclass(frozen=True, slots=True)
class LeakParameters:
    """A rope or float that tells water."""

    name: str
    kind: str = "Moisture"
    dry_ohms: float = 2.0e6
    wet_ohms: float = 1.0e5


@dataclass(frozen=True, slots=True)
class RegulatorParameters:
    """A regulator on the I2C bus: its rails by page. Estimates."""

    name: str
    rails: tuple[str, ...]
    bus: int
    address: int
    model: str = "VR"
    phases: int = 1
    config_version: str = ""
    config_crc: int = 0
    vout_exponent: int = -12
    per_chip: bool = False
