"""Where the resources of the simulated management controller are; its clients find them by links alone.

Neighbours: the other `bmc_*.py` files, each of which has some of them.
"""

from __future__ import annotations

from .redfish_service import ROOT

CHASSIS = f"{ROOT}/Chassis/Sled"
SENSORS = f"{CHASSIS}/Sensors"
CONTROLS = f"{CHASSIS}/Controls"
POWER = f"{CHASSIS}/PowerSubsystem"
THERMAL = f"{CHASSIS}/ThermalSubsystem"
SYSTEM = f"{ROOT}/Systems/Sled"
PROCESSORS = f"{SYSTEM}/Processors"
MEMORY = f"{SYSTEM}/Memory"
MANAGER = f"{ROOT}/Managers/BMC"
UPDATE = f"{ROOT}/UpdateService"
FIRMWARE = f"{UPDATE}/FirmwareInventory"


def accelerator(chip: int) -> str:
    """Of a chip's Processor."""
    return f"{PROCESSORS}/Accelerator{chip}"


def stacks(chip: int) -> str:
    """Of the Memory beside a chip."""
    return f"{MEMORY}/HBM{chip}"
