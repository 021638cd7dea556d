"""What an instrument can do, as protocols: plans and the runner know these and never a model.

A driver implements one or more of them; the station file says which instrument plays which role. All calls
block until the instrument has answered and raise `InstrumentError` where its answer cannot be believed.
"""

from .board_identity import IdentityReader, ReadIdentity
from .bus import I2cBus, I2cMessage, I2cRead, I2cWrite, NotAcknowledged
from .host_shell import ChipCounters, CommandResult, HostShell, KernelLine, LinkReading, NeuronDevice
from .instrument import Identity, Instrument
from .jtag import (
    ChainWalk,
    Fuses,
    JtagProbe,
    MbistResult,
    ScanRegister,
    TapFinding,
    TapIdentity,
    TapLayout,
)
from .management import (
    BoardIdentity,
    Health,
    LeakReading,
    LogRecord,
    ManagementController,
    PortReading,
    PowerState,
    ProcessorReading,
    SensorReading,
)
from .measuring import FrequencyCounter, Multimeter, Ohmmeter, Oscilloscope, Scanner, Waveform
from .power import ElectronicLoad, MultiOutputSupply, OutputWatchdog, PowerDistribution, PowerSupply, SourceMeter
from .sled import (
    ChipResult,
    HostState,
    InputReading,
    LinkBits,
    RailReading,
    SledController,
    WorkloadHost,
    WorkloadResult,
)
from .thermal import CoolantLoop, ThermalForcer

__all__ = [
    "BoardIdentity",
    "ChainWalk",
    "ChipCounters",
    "ChipResult",
    "CommandResult",
    "CoolantLoop",
    "ElectronicLoad",
    "FrequencyCounter",
    "Fuses",
    "Health",
    "HostShell",
    "HostState",
    "I2cBus",
    "I2cMessage",
    "I2cRead",
    "I2cWrite",
    "Identity",
    "IdentityReader",
    "InputReading",
    "Instrument",
    "JtagProbe",
    "KernelLine",
    "LeakReading",
    "LinkBits",
    "LinkReading",
    "LogRecord",
    "ManagementController",
    "MbistResult",
    "MultiOutputSupply",
    "Multimeter",
    "NeuronDevice",
    "NotAcknowledged",
    "Ohmmeter",
    "Oscilloscope",
    "OutputWatchdog",
    "PortReading",
    "PowerDistribution",
    "PowerState",
    "PowerSupply",
    "ProcessorReading",
    "RailReading",
    "ReadIdentity",
    "ScanRegister",
    "Scanner",
    "SensorReading",
    "SledController",
    "SourceMeter",
    "TapFinding",
    "TapIdentity",
    "TapLayout",
    "ThermalForcer",
    "Waveform",
    "WorkloadHost",
    "WorkloadResult",
]
