"""What an instrument can do, as protocols: plans and the runner know these and never a model.

A driver implements one or more of them; the station file says which instrument plays which role. All calls
block until the instrument has answered and raise `InstrumentError` where its answer cannot be believed.
"""

from .board_identity import IdentityReader, ReadIdentity
from .instrument import Identity, Instrument
from .measuring import FrequencyCounter, Multimeter, Ohmmeter, Oscilloscope, Scanner, Waveform
from .power import ElectronicLoad, MultiOutputSupply, OutputWatchdog, PowerDistribution, PowerSupply, SourceMeter
from .sled import ChipResult, HostState, InputReading, RailReading, SledController, WorkloadHost, WorkloadResult
from .thermal import CoolantLoop, ThermalForcer

__all__ = [
    "ChipResult",
    "CoolantLoop",
    "ElectronicLoad",
    "FrequencyCounter",
    "HostState",
    "Identity",
    "IdentityReader",
    "InputReading",
    "Instrument",
    "MultiOutputSupply",
    "Multimeter",
    "Ohmmeter",
    "Oscilloscope",
    "OutputWatchdog",
    "PowerDistribution",
    "PowerSupply",
    "RailReading",
    "ReadIdentity",
    "Scanner",
    "SledController",
    "SourceMeter",
    "ThermalForcer",
    "Waveform",
    "WorkloadHost",
    "WorkloadResult",
]
