"""The host as a ComputerSystem: its power, how far its boot is, its memory, and where its console is.

Source: DMTF schemas ComputerSystem and Memory (DSP8010 2025.4). Neighbours: `bmc_power.py` resets it,
`bmc_processors.py` has what computes.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from bringup.capabilities import HostState
from bringup.files.product import Product

from ..physics import SledPhysics
from .bmc_power import RESET_TYPES, TARGET, HostPower
from .bmc_uris import CHASSIS, MANAGER, MEMORY, PROCESSORS, SYSTEM, accelerator, stacks
from .redfish_log import Calendar
from .redfish_problem import Payload
from .redfish_sensor import HEALTHY
from .redfish_service import Resource, collection, link, links

_HOST_MEMORY = f"{MEMORY}/Host"
_MIB_OF_GIB = 1024


class BmcSystem:
    """Of one sled.

    Args:
        sled: it.
        product: what it is.
        power: the host's.
        calendar: the controller's.
        last_reset: when the host last began to boot, in lab seconds.
        identity: of the board.
    """

    def __init__(
        self,
        sled: SledPhysics,
        product: Product,
        power: HostPower,
        calendar: Calendar,
        last_reset: Callable[[], float | None],
        identity: Callable[[], Payload],
    ) -> None:
        self._sled = sled
        self._facts = product.facts
        self._power = power
        self._calendar = calendar
        self._last_reset = last_reset
        self._identity = identity

    def resources(self) -> dict[str, Resource]:
        """The system and its memory."""
        memories = {_HOST_MEMORY: Resource(self._host_memory)}
        for chip in range(self._sled.parameters.chips):
            memories[stacks(chip)] = Resource(self._stacks(chip))
            memories[f"{stacks(chip)}/MemoryMetrics"] = Resource(self.ecc(chip))
        members = [uri for uri in memories if not uri.endswith("MemoryMetrics")]
        return {
            SYSTEM: Resource(self._system),
            MEMORY: collection("MemoryCollection", "Memory", members),
            **memories,
        }

    def ecc(self, chip: int) -> Callable[[], Payload]:
        """MemoryMetrics of a chip: what its ECC has corrected, and what it could not."""

        def read() -> Payload:
            counters = self._sled.memory(self._sled.now_s, chip).counters
            spare = max(self._sled.parameters.memory.spare_rows, 1)
            counts = {
                "CorrectableECCErrorCount": counters.correctable,
                "UncorrectableECCErrorCount": counters.uncorrectable,
            }
            return {
                "@odata.type": "#MemoryMetrics.v1_8_0.MemoryMetrics",
                "Id": "MemoryMetrics",
                "Name": f"Errors of the memory beside accelerator {chip}",
                "Description": "Both since the accelerator last had power.",
                "CurrentPeriod": counts,
                "LifeTime": counts,
                "HealthData": {"RemainingSpareBlockPercentage": round(100.0 * (1.0 - counters.remapped / spare), 1)},
            }

        return read

    def _system(self) -> Payload:
        host, status = self._facts.host, self._sled.host_status(self._sled.now_s)
        last, when_s = self._power.progress(self._sled.now_s)
        progress: Payload = {"LastState": last}
        if when_s is not None:
            progress["LastStateTime"] = self._calendar.date(when_s)
        reset_s = self._last_reset()
        serial = self._sled.serial_number
        return {
            "@odata.type": "#ComputerSystem.v1_27_0.ComputerSystem",
            "Id": "Sled",
            "Name": "Host of the sled",
            "SystemType": "Physical",
            **self._identity(),
            "UUID": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{serial} host")),
            "BiosVersion": self._version("boot_rom"),
            "PowerState": self._power.state,
            "BootProgress": progress,
            **({} if reset_s is None else {"LastResetTime": self._calendar.date(reset_s)}),
            "Status": {
                "State": "Disabled" if status is HostState.OFF else "Enabled",
                "Health": "Critical" if status is HostState.HUNG else "OK",
            },
            "ProcessorSummary": {"Count": 1, "Model": host.processor, "LogicalProcessorCount": host.cpus},
            "MemorySummary": {"TotalSystemMemoryGiB": host.memory_gib},
            "HostWatchdogTimer": {"FunctionEnabled": True, "TimeoutAction": "None", "Status": HEALTHY},
            "SerialConsole": {
                "MaxConcurrentSessions": 1,
                "SSH": {"ServiceEnabled": False},
                "Telnet": {"ServiceEnabled": False},
                "IPMI": {"ServiceEnabled": False},
            },
            "Processors": link(PROCESSORS),
            "Memory": link(MEMORY),
            "Links": {"Chassis": links([CHASSIS]), "ManagedBy": links([MANAGER])},
            "Actions": {
                "#ComputerSystem.Reset": {"target": TARGET, "ResetType@Redfish.AllowableValues": list(RESET_TYPES)}
            },
        }

    def _version(self, component: str) -> str:
        approved = {one.component: one.version for one in self._facts.firmware}
        return self._sled.defects.firmware.get(component, approved.get(component, ""))

    def _host_memory(self) -> Payload:
        return {
            "@odata.type": "#Memory.v1_23_0.Memory",
            "Id": "Host",
            "Name": "Memory of the host",
            "MemoryType": "DRAM",
            "CapacityMiB": round(self._facts.host.memory_gib * _MIB_OF_GIB),
            "Status": HEALTHY,
        }

    def _stacks(self, chip: int) -> Callable[[], Payload]:
        def read() -> Payload:
            memory = self._sled.memory(self._sled.now_s, chip)
            failed = bool(memory.failed_channels)
            state = "Enabled" if memory.is_up else "StandbyOffline"
            return {
                "@odata.type": "#Memory.v1_23_0.Memory",
                "Id": f"HBM{chip}",
                "Name": f"Stacks beside accelerator {chip}",
                "MemoryType": "DRAM",
                "MemoryDeviceType": "HBM3",
                "BaseModuleType": "Die",
                "CapacityMiB": round(self._facts.chip.memory_gib * _MIB_OF_GIB),
                "ErrorCorrection": "MultiBitECC",
                "Status": {"State": state, "Health": "Critical" if failed or memory.is_exhausted else "OK"},
                "Metrics": link(f"{stacks(chip)}/MemoryMetrics"),
                "Links": {"Processors": links([accelerator(chip)])},
            }

        return read
