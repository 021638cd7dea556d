"""What a sled is made of beside its power: chips, links, regulators, sensors, scan chain, firmware, identity.

Every table says where its figures come from; `source = "estimate"` says that nobody has published one. Neighbours:
`product.py` reads the whole file and holds these tables against each other.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from ..nearest import unknown
from ..units import dimension
from .toml_file import FileModel

HIGHEST_I2C_ADDRESS = 0x77  # the last that the I2C specification (UM10204) leaves free
LONGEST_INSTRUCTION_REGISTER = 64
LONGEST_DATA_REGISTER = 4096

SensorPlace = Literal["bmc", "pmbus", "console"]


class ChipFacts(FileModel):
    """`[chip]`: the accelerator, of which a sled carries `chips`.

    Attributes:
        model: what it is called.
        cores: compute cores that a good part has.
        memory_gib: of device memory; 0 for a chip without.
        memory_stacks: of HBM.
        channels_per_stack: pseudo-channels that each stack trains.
        arch: what its driver calls its architecture and its cores, as "NDv4" and "NCv4"; a chip that is no Neuron
            one has none, and its host none of their tools.
        pci_id: PCI device number (the vendor is 1d0f).
        sku: what its fuses say that it is.
        golden_kelvin_per_watt: rise of a good die above the coolant for each watt of its core rail, under load and at
            nominal flow, within golden_percent.
        source: of these figures.
    """

    model: str = "accelerator"
    cores: int = Field(default=1, ge=1)
    memory_gib: float = Field(default=0.0, ge=0)
    memory_stacks: int = Field(default=0, ge=0)
    channels_per_stack: int = Field(default=32, ge=1)
    arch: tuple[str, str] = ("", "")
    pci_id: int = Field(default=0x0001, ge=0, le=0xFFFF)
    sku: str = ""
    golden_kelvin_per_watt: float | None = Field(default=None, gt=0)
    golden_percent: float = Field(default=30.0, gt=0)
    source: str = "estimate"


class HostFacts(FileModel):
    """`[host]`: the processor that the chips hang on, and the network cards beside it.

    Attributes:
        processor: what it is.
        memory_gib: its own memory.
        cpus: how many hardware threads its operating system sees.
        network_cards: how many.
        source: of these figures.
    """

    processor: str = "host processor"
    memory_gib: float = Field(default=256.0, gt=0)
    cpus: int = Field(default=64, ge=1)
    network_cards: int = Field(default=2, ge=0)
    source: str = "estimate"


class LinkFacts(FileModel):
    """`[[links]]`: a kind of serial link that every chip has `of_each_chip` of.

    Attributes:
        name: as `link.CHIP.NUMBER` names its instances.
        kind: the standard, such as "pcie".
        to: what is at its far end: "host", "chip", "switch", "rack".
        of_each_chip: how many.
        generation: that a trained link has to come to.
        lanes: that it has to come to.
        gbit_per_lane: what a lane carries, in Gbit/s.
        source: of these figures.
    """

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    kind: str
    to: Literal["host", "chip", "switch", "rack"]
    of_each_chip: int = Field(default=1, ge=1, le=64)
    generation: int = Field(ge=1, le=16)
    lanes: int = Field(ge=1, le=32)
    gbit_per_lane: float = Field(gt=0)
    source: str = "estimate"


class RegulatorFacts(FileModel):
    """`[[regulators]]`: a voltage regulator on the management controller's I2C, with one PMBus page for each rail.

    Attributes:
        name: as messages call it.
        rails: by page, from page 0.
        bus: the I2C bus; a regulator of every chip is on `bus + chip`.
        address: of seven bits.
        model: as MFR_MODEL answers.
        phases: of the first page's converter.
        config_version: of the configuration image that is approved.
        config_crc: of that image, as the device reports it.
        vout_exponent: of VOUT_MODE (ULINEAR16): the step of a set-point is 2**vout_exponent volts.
        per_chip: every chip has its own.
        source: of these figures.
    """

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    rails: tuple[str, ...] = Field(min_length=1, max_length=32)
    bus: int = Field(ge=0, le=255)
    address: int = Field(ge=0x08, le=HIGHEST_I2C_ADDRESS)
    model: str = Field(default="VR", max_length=32)
    phases: int = Field(default=1, ge=1, le=32)
    config_version: str = ""
    config_crc: int = Field(default=0, ge=0, le=0xFFFFFFFF)
    vout_exponent: int = Field(default=-12, ge=-16, le=0)
    per_chip: bool = False
    source: str = "estimate"


QUANTITIES = ("tj", "hbm", "plate", "board", "coolant.in", "coolant.out", "flow", "vin.volts", "vin.amps", "vin.watts")
OF_EACH_CHIP = ("tj", "hbm", "plate")
OF_A_RAIL = ("volts", "amps", "celsius")


class SensorFacts(FileModel):
    """`[[sensors]]`: something that firmware measures, and how well.

    Attributes:
        name: as readings call it; a sensor of every chip is `name.CHIP`.
        quantity: what it measures: one of `QUANTITIES`, or "RAIL.volts", "RAIL.amps", "RAIL.celsius".
        unit: of its readings.
        read_at: who shows it: the BMC's Redfish service ("bmc"), its console ("console"), a regulator ("pmbus").
        resolution: its step.
        accuracy: how far a good one may be off, in its unit; or
        accuracy_percent: of the reading, as amps, watts and flow are told.
        period_s: how often firmware samples it.
        delay_s: how old a sample is when it is first shown.
        average_s: the time that a sample is the mean of.
        witness: another sensor of the same quantity, or a balance that has to agree, for whatever matters.
        source: of these figures.
    """

    name: str = Field(pattern=r"^[a-z0-9_.]+$")
    quantity: str
    unit: str
    read_at: tuple[SensorPlace, ...] = Field(min_length=1)
    per_chip: bool = False
    resolution: float = Field(default=0.1, gt=0)
    accuracy: float | None = Field(default=None, gt=0)
    accuracy_percent: float | None = Field(default=None, gt=0)
    period_s: float = Field(default=1.0, gt=0)
    delay_s: float = Field(default=0.0, ge=0)
    average_s: float = Field(default=0.0, ge=0)
    witness: str = ""
    source: str = "estimate"

    @field_validator("unit")
    @classmethod
    def _known(cls, unit: str) -> str:
        dimension(unit)
        return unit

    @model_validator(mode="after")
    def _says_how_well(self) -> Self:
        if (self.accuracy is None) == (self.accuracy_percent is None):
            raise ValueError(f"sensor {self.name}: give accuracy or accuracy_percent, one of the two")
        relative = self.quantity.rpartition(".")[2] in ("amps", "watts", "flow")
        if relative != (self.accuracy_percent is not None):
            wanted = "accuracy_percent" if relative else "accuracy"
            raise ValueError(f"sensor {self.name}: {self.quantity} is told by {wanted}")
        return self

    def tolerance(self, value: float) -> float:
        """How far a good one may be off at a reading, in its unit."""
        if self.accuracy is not None:
            return self.accuracy
        return abs(value) * (self.accuracy_percent or 0.0) / 100.0

    @property
    def rail(self) -> str | None:
        """The rail that it measures, if it is one's."""
        head, _, what = self.quantity.rpartition(".")
        return head if what in OF_A_RAIL and head and self.quantity not in QUANTITIES else None


class ScanRegisterFacts(FileModel):
    """`[[taps.registers]]`: a data register that an instruction of a TAP selects.

    Attributes:
        name: "fuses", "mbist", "ring" and "iddq" are what a JTAG probe reads of a chip; others are the lab's own.
        opcode: the instruction.
        bits: its length.
        fields: lowest bit and width, by field.
    """

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    opcode: int = Field(ge=0)
    bits: int = Field(ge=1, le=LONGEST_DATA_REGISTER)
    fields: dict[str, tuple[int, int]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for name, (low, width) in self.fields.items():
            if low < 0 or width < 1 or low + width > self.bits:
                raise ValueError(f"field {name}: bits {low} to {low + width - 1} are not in a register of {self.bits}")
        return self


class TapFacts(FileModel):
    """`[[taps]]`: a JTAG test access port of the sled's scan chain, from TDI to TDO.

    Attributes:
        name: as messages call it.
        idcode: IEEE 1149.1: bit 0 is 1, bits 11 to 1 the maker (JEP106), 27 to 12 the part, 31 to 28 the version; left
            out for a TAP that has none.
        idcode_opcode: the instruction that selects it.
        ir_length: bits of its instruction register.
        per_chip: every chip has one, in the chips' order.
        registers: that its other instructions select; all ones is BYPASS.
        source: of these figures.
    """

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    idcode: int | None = Field(default=None, gt=0, lt=0xFFFFFFFF)
    idcode_opcode: int = Field(default=1, ge=0)
    ir_length: int = Field(default=5, ge=2, le=LONGEST_INSTRUCTION_REGISTER)
    per_chip: bool = False
    registers: tuple[ScanRegisterFacts, ...] = ()
    source: str = "estimate"

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.idcode is not None and not self.idcode & 1:
            raise ValueError(f"tap {self.name}: bit 0 of an IDCODE is 1 (IEEE 1149.1); 0x{self.idcode:08x} has 0 there")
        return self

    @model_validator(mode="after")
    def _tells_instructions_apart(self) -> Self:
        bypass = (1 << self.ir_length) - 1
        taken = {} if self.idcode is None else {self.idcode_opcode: "idcode"}
        names: set[str] = set()
        for register in self.registers:
            if register.name in names:
                raise ValueError(f"tap {self.name}: register {register.name!r} is there twice")
            names.add(register.name)
            other = taken.setdefault(register.opcode, register.name)
            if other != register.name:
                raise ValueError(f"tap {self.name}: {other} and {register.name} have one opcode, {register.opcode:#x}")
        for opcode, name in taken.items():
            if opcode >= bypass:
                raise ValueError(
                    f"tap {self.name}: opcode {opcode:#x} of {name} is BYPASS, or does not fit {self.ir_length} bits"
                )
        return self


class LeakDetectorFacts(FileModel):
    """`[[leak_detectors]]`: a rope or a float that tells water.

    Attributes:
        name: as messages call it.
        kind: DMTF's LeakDetectorType.
        dry_ohms: of a rope when nothing is wet.
        wet_ohms: below which it counts as wet.
        source: of these figures.
    """

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    kind: Literal["Moisture", "FloatSwitch"] = "Moisture"
    dry_ohms: float = Field(default=2.0e6, gt=0)
    wet_ohms: float = Field(default=1.0e5, gt=0)
    source: str = "estimate"


class FirmwareFacts(FileModel):
    """`[[firmware]]`: one image of the set that is approved.

    Attributes:
        component: what runs it, such as "bmc".
        version: that is approved.
        digest: of the image, for whoever compares sets; "" where none is published.
    """

    component: str = Field(pattern=r"^[a-z0-9_]+$")
    version: str = Field(min_length=1)
    digest: str = ""


class IdentityFacts(FileModel):
    """`[identity]`: what has to have been done to a board before it may be powered.

    Attributes:
        ecos: engineering change orders that are required.
        source: who requires them.
    """

    ecos: tuple[str, ...] = ()
    source: str = ""


def quantity_mistake(sensor: SensorFacts, rails: dict[str, bool]) -> str:
    """Why a sensor's quantity cannot be, or "".

    Args:
        sensor: as the file has it.
        rails: whether each chip has its own, by rail.
    """
    if sensor.rail is not None and sensor.rail not in rails:
        return unknown("rail", sensor.rail, rails)
    if sensor.rail is None and sensor.quantity not in QUANTITIES:
        return unknown("quantity", sensor.quantity, (*QUANTITIES, *(f"{r}.{w}" for r in rails for w in OF_A_RAIL)))
    return ""
