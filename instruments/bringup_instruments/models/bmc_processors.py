"""What computes on the sled: the host's processor and the accelerators, with their counters and their links.

A link is a Port; how often it went down and came back since it trained is L0ToRecoveryCount of its PortMetrics, the
one place that the schemas have for it. Source: DMTF schemas Processor, ProcessorMetrics, Port, PortMetrics (DSP8010
2025.4); lane rates from PCI Express Base. Neighbours: `bmc.py` puts it together, `SledPhysics` has the state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bringup.files.product import Product

from ..physics import SledPhysics
from ..physics.hardware import LinkParameters
from ..physics.links import LinkState
from .bmc_sensors import BmcSensors
from .bmc_uris import CHASSIS, PROCESSORS, accelerator, stacks
from .redfish_problem import Payload
from .redfish_sensor import HEALTHY
from .redfish_service import Resource, collection, link, links

_CPU = f"{PROCESSORS}/CPU"
_GBPS: Mapping[int, float] = {1: 2.5, 2: 5.0, 3: 8.0, 4: 16.0, 5: 32.0, 6: 64.0}
"""GT/s of a lane by PCIe generation."""

_MHZ = 1e6


class BmcProcessors:
    """Of one sled.

    Args:
        sled: it.
        product: what it is.
        sensors: its readings.
        ecc: MemoryMetrics of a chip.
    """

    def __init__(
        self,
        sled: SledPhysics,
        product: Product,
        sensors: BmcSensors,
        ecc: Callable[[int], Callable[[], Payload]],
    ) -> None:
        self._sled = sled
        self._product = product
        self._sensors = sensors
        self._ecc = ecc
        self._kinds = {kind.name: kind for kind in sled.parameters.links}

    def resources(self) -> dict[str, Resource]:
        """Every processor with its metrics and ports."""
        chips = range(self._sled.parameters.chips)
        members = [_CPU, *(accelerator(chip) for chip in chips)]
        found = {PROCESSORS: collection("ProcessorCollection", "Processors", members), _CPU: Resource(self._cpu)}
        for chip in chips:
            home = accelerator(chip)
            found[home] = Resource(self._accelerator(chip))
            found[f"{home}/EnvironmentMetrics"] = Resource(self._environment(chip))
            found[f"{home}/ProcessorMetrics"] = Resource(self._metrics(chip))
            found[f"{home}/MemorySummary/MemoryMetrics"] = Resource(self._ecc(chip))
            found |= self._ports(chip)
        return found

    def _cpu(self) -> Payload:
        host = self._product.facts.host
        on = self._sled.host.on_at_s is not None
        return {
            "@odata.type": "#Processor.v1_22_0.Processor",
            "Id": "CPU",
            "Name": "Host processor",
            "ProcessorType": "CPU",
            "Model": host.processor,
            "TotalThreads": host.cpus,
            "Status": {"State": "Enabled" if on else "Disabled", "Health": "OK"},
            "Links": {"Chassis": link(CHASSIS)},
        }

    def _accelerator(self, chip: int) -> Callable[[], Payload]:
        facts, home = self._product.facts.chip, accelerator(chip)

        def read() -> Payload:
            now = self._sled.chips[chip]
            told: Payload = {
                "@odata.type": "#Processor.v1_22_0.Processor",
                "Id": f"Accelerator{chip}",
                "Name": f"Accelerator {chip}",
                "ProcessorType": "Accelerator",
                "ProcessorIndex": chip,
                "Model": facts.model,
                "TotalCores": facts.cores,
                "FirmwareVersion": self._version("accelerator"),
                "Throttled": now.throttled,
                "ThrottleCauses": ["ThermalLimit"] if now.throttled else [],
                "MemorySummary": {
                    "TotalMemorySizeMiB": round(facts.memory_gib * 1024),
                    "ECCModeEnabled": True,
                    "Metrics": link(f"{home}/MemorySummary/MemoryMetrics"),
                },
                "Status": {
                    "State": "Enabled" if now.feeds.complete else "StandbyOffline",
                    "Health": "Critical" if now.latched is not None else "Warning" if now.throttled else "OK",
                },
                "Metrics": link(f"{home}/ProcessorMetrics"),
                "EnvironmentMetrics": link(f"{home}/EnvironmentMetrics"),
                "Ports": link(f"{home}/Ports"),
                "Links": {"Chassis": link(CHASSIS), "Memory": links([stacks(chip)])},
            }
            return told

        return read

    def _version(self, component: str) -> str:
        approved = {one.component: one.version for one in self._product.facts.firmware}
        return self._sled.defects.firmware.get(component, approved.get(component, ""))

    def _metrics(self, chip: int) -> Callable[[], Payload]:
        def read() -> Payload:
            return {
                "@odata.type": "#ProcessorMetrics.v1_7_0.ProcessorMetrics",
                "Id": "ProcessorMetrics",
                "Name": f"Metrics of accelerator {chip}",
                "OperatingSpeedMHz": round(self._sled.measured_clock(self._sled.now_s, chip) / _MHZ),
                **self._sensors.named(CoreVoltage=f"{self._sled.bank.core.name}.volts.{chip}"),
            }

        return read

    def _environment(self, chip: int) -> Callable[[], Payload]:
        return lambda: {
            "@odata.type": "#EnvironmentMetrics.v1_5_0.EnvironmentMetrics",
            "Id": "EnvironmentMetrics",
            "Name": f"Environment of accelerator {chip}",
            **self._sensors.named(TemperatureCelsius=f"tj.{chip}"),
        }

    # Links.

    def _ports(self, chip: int) -> dict[str, Resource]:
        home = f"{accelerator(chip)}/Ports"
        names = [state.name for state in self._sled.links(self._sled.now_s, chip)]
        found: dict[str, Resource] = {}
        for name in names:
            uri = f"{home}/{name}"
            found[uri] = Resource(self._port(uri, chip, name))
            found[f"{uri}/Metrics"] = Resource(self._port_metrics(chip, name))
        return {home: collection("PortCollection", "Links", [f"{home}/{name}" for name in names]), **found}

    def _state(self, chip: int, name: str) -> tuple[LinkState, LinkParameters]:
        states = self._sled.links(self._sled.now_s, chip)
        return next(one for one in states if one.name == name), self._kinds[name.partition(".")[0]]

    def _port(self, uri: str, chip: int, name: str) -> Callable[[], Payload]:
        def read() -> Payload:
            state, kind = self._state(chip, name)
            up = state.generation > 0
            speed = _GBPS.get(state.generation, kind.gbit_per_lane) * state.lanes
            degraded = up and (state.generation, state.lanes) != (kind.generation, kind.lanes)
            return {
                "@odata.type": "#Port.v1_18_0.Port",
                "Id": name,
                "Name": f"Link {name}",
                "PortId": name,
                "PortProtocol": "PCIe",
                "PortType": "UpstreamPort" if kind.to == "host" else "BidirectionalPort",
                "PortMedium": "Electrical",
                "LinkStatus": "LinkUp" if up else "LinkDown",
                "LinkState": "Enabled",
                "Width": kind.lanes,
                "ActiveWidth": state.lanes,
                "CurrentSpeedGbps": speed,
                "MaxSpeedGbps": kind.gbit_per_lane * kind.lanes,
                "CurrentProtocolVersion": f"{state.generation}.0" if up else None,
                "CapableProtocolVersions": [f"{kind.generation}.0"],
                "Status": HEALTHY | ({"Health": "Warning"} if degraded else {}),
                "Metrics": link(f"{uri}/Metrics"),
            }

        return read

    def _port_metrics(self, chip: int, name: str) -> Callable[[], Payload]:
        def read() -> Payload:
            state, _ = self._state(chip, name)
            return {
                "@odata.type": "#PortMetrics.v1_8_1.PortMetrics",
                "Id": "Metrics",
                "Name": f"Errors of link {name}",
                "PCIeErrors": {"L0ToRecoveryCount": state.transitions},
            }

        return read
