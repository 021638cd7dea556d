"""The drivers that ship with bringup, as one plugin.

Importing this loads no PyVISA, pyserial or httpx: a driver's module is loaded when the first of its kind is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

from bringup import capabilities
from bringup.capabilities import Instrument
from bringup.hooks import Connection, DriverSpec, hookimpl

from . import addresses

N8700_MODELS = tuple(f"Keysight N{number}A" for number in (*range(8731, 8743), *range(8754, 8763)))
"""The series as its user's guide lists it: N8731A to N8742A (3.3 kW) and N8754A to N8762A (5 kW)."""

N5700_MODELS = tuple(f"Keysight N{number}A" for number in (*range(5741, 5753), *range(5761, 5773)))
"""N5741A to N5752A (750 W) and N5761A to N5772A (1500 W): the same commands on less power."""

_GENESYS_VOLTS_AMPS = ((30, 170), (40, 125), (60, 85), (80, 65), (100, 50))
GENESYS_MODELS = tuple(f"TDK-Lambda GEN{volts}-{amps}" for volts, amps in _GENESYS_VOLTS_AMPS)
"""The 5 kW models from 30 V to 100 V: those that a 48 V or 54 V bus asks for."""


@hookimpl
def bringup_drivers() -> Sequence[DriverSpec]:
    """Every driver of this package, by the models that it drives."""
    power, multi = capabilities.PowerSupply, capabilities.MultiOutputSupply
    meter, ohms = capabilities.Multimeter, capabilities.Ohmmeter
    truevolt = ("Keysight 34460A", "Keysight 34461A", "Keysight 34465A", "Keysight 34470A")
    return (
        _driver("keysight_n8700:KeysightN8700", (*N8700_MODELS, *N5700_MODELS), power),
        _driver("tdk_genesys:open_genesys", GENESYS_MODELS, power),
        _driver("keysight_n6700:KeysightN6700", _n6700_models(), multi, capabilities.OutputWatchdog),
        _driver("keysight_e36300:KeysightE36300", _keysight("E36311A", "E36312A", "E36313A"), multi),
        _driver("rohde_schwarz_hmp:RohdeSchwarzHmp", ("R&S HMP4030", "R&S HMP4040"), multi),
        _driver("keysight_e3631a:KeysightE3631A", _keysight("E3631A"), multi),
        _driver("keithley_2400:Keithley2400", ("Keithley 2400",), capabilities.SourceMeter, ohms),
        _driver("keysight_34460:Keysight34460", truevolt, meter, ohms),
        _driver("keithley_dmm6500:KeithleyDmm6500", ("Keithley DMM6500",), meter, ohms),
        _driver("keysight_34980a:Keysight34980A", _keysight("34980A"), capabilities.Scanner),
        _driver("keithley_daq6510:KeithleyDaq6510", ("Keithley DAQ6510",), capabilities.Scanner),
        _driver("aimtti_ld400p:AimTtiLd400p", ("Aim-TTi LD400P",), capabilities.ElectronicLoad),
        _driver("temptronic_ats:TemptronicAts", ("Temptronic ATS-525",), capabilities.ThermalForcer),
        _driver("thermotron_3800:Thermotron3800", ("Thermotron 3800",), capabilities.ThermalForcer),
        _driver("pendulum_cnt90:PendulumCnt90", ("Pendulum CNT-91",), capabilities.FrequencyCounter),
        _driver("keysight_dsox1000:KeysightDsox1000", _keysight("DSOX1102G"), capabilities.Oscilloscope),
        _web("redfish_coolant_unit:RedfishCoolantUnit", "Redfish coolant unit", capabilities.CoolantLoop),
        _web("redfish_bmc:RedfishBmc", "Redfish sled BMC", capabilities.ManagementController),
        _web("redfish_rack_pdu:RedfishRackPdu", "Redfish rack PDU", capabilities.PowerDistribution),
        _console("sled_bmc:SledBmc", "bringup sled BMC console", capabilities.SledController, capabilities.I2cBus),
        _console("sled_host:SledHost", "bringup sled host console", capabilities.WorkloadHost, capabilities.HostShell),
        _console("openocd:OpenOcd", "OpenOCD TCL server", capabilities.JtagProbe),
    )


def _keysight(*models: str) -> tuple[str, ...]:
    return tuple(f"Keysight {model}" for model in models)


def _n6700_models() -> tuple[str, ...]:
    return _keysight("N6700C", "N6701C", "N6702C", "N6705B", "N6705C")


def _driver(place: str, models: tuple[str, ...], *provides: type[Instrument]) -> DriverSpec:
    return DriverSpec(models, provides, _opener(place), addresses.visa)


def _web(place: str, model: str, provides: type[Instrument]) -> DriverSpec:
    return DriverSpec((model,), (provides,), _opener(place), addresses.web)


def _console(place: str, model: str, *provides: type[Instrument]) -> DriverSpec:
    return DriverSpec((model,), provides, _opener(place))


def _opener(place: str) -> Callable[[Connection], Instrument]:
    """Loads the driver's module, and with it PyVISA or httpx, when the first of its kind is opened."""
    module, _, name = place.partition(":")

    def open_driver(connection: Connection) -> Instrument:
        make: Callable[[Connection], Instrument] = getattr(import_module(f".{module}", __package__), name)
        return make(connection)

    return open_driver
