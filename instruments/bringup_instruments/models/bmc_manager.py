"""The management controller itself: its identity, its serial line to the host, and the firmware of the whole sled.

Source: DMTF schemas Manager, SerialInterface, UpdateService and SoftwareInventory (DSP8010 2025.4). Neighbours:
`bmc.py` puts it together; the product's `[[firmware]]` is the approved set, `defects.firmware` what is really there.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from bringup.files.product import Product

from ..physics import SledPhysics
from .bmc_uris import CHASSIS, FIRMWARE, MANAGER, SYSTEM, UPDATE, accelerator
from .redfish_problem import Payload
from .redfish_sensor import HEALTHY
from .redfish_service import Resource, collection, link, links

_CONSOLE = f"{MANAGER}/SerialInterfaces/Host"


class BmcManager:
    """Of one sled.

    Args:
        sled: it.
        product: what it is.
        date: of now.
        logs: the link to its logs.
    """

    def __init__(self, sled: SledPhysics, product: Product, date: Callable[[], str], logs: Payload) -> None:
        self._sled = sled
        self._firmware = {one.component: one.version for one in product.facts.firmware}
        self._date = date
        self._logs = logs

    def resources(self) -> dict[str, Resource]:
        """The manager, its serial line, the update service with the inventory."""
        inventory = {f"{FIRMWARE}/{component}": Resource(self._image(component)) for component in self._firmware}
        serial = f"{MANAGER}/SerialInterfaces"
        return {
            MANAGER: Resource(self._manager),
            serial: collection("SerialInterfaceCollection", "Serial lines", [_CONSOLE]),
            _CONSOLE: Resource(_console),
            UPDATE: Resource(_update_service),
            FIRMWARE: collection("SoftwareInventoryCollection", "Firmware", list(inventory)),
            **inventory,
        }

    def _version(self, component: str) -> str:
        return self._sled.defects.firmware.get(component, self._firmware.get(component, ""))

    def _manager(self) -> Payload:
        serial = self._sled.serial_number
        return {
            "@odata.type": "#Manager.v1_24_0.Manager",
            "Id": "BMC",
            "Name": "Management controller",
            "ManagerType": "BMC",
            "Manufacturer": "bringup",
            "Model": "Simulated sled BMC",
            "SerialNumber": serial,
            "UUID": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{serial} bmc")),
            "FirmwareVersion": self._version("bmc"),
            "DateTime": self._date(),
            "DateTimeLocalOffset": "+00:00",
            "PowerState": "On",
            "Status": HEALTHY,
            "LogServices": self._logs,
            "SerialInterfaces": link(f"{MANAGER}/SerialInterfaces"),
            "Links": {
                "ManagerForServers": links([SYSTEM]),
                "ManagerForChassis": links([CHASSIS]),
                "ManagerInChassis": link(CHASSIS),
            },
        }

    def _image(self, component: str) -> Callable[[], Payload]:
        about = {"bmc": [MANAGER], "boot_rom": [SYSTEM]}.get(component, [CHASSIS])
        if component == "accelerator":
            about = [accelerator(chip) for chip in range(self._sled.parameters.chips)]
        return lambda: {
            "@odata.type": "#SoftwareInventory.v1_13_0.SoftwareInventory",
            "Id": component,
            "Name": f"Firmware of {component}",
            "SoftwareId": component,
            "Version": self._version(component),
            "Updateable": False,
            "Status": HEALTHY,
            "RelatedItem": links(about),
            "RelatedItem@odata.count": len(about),
        }


def _console() -> Payload:
    return {
        "@odata.type": "#SerialInterface.v1_3_0.SerialInterface",
        "Id": "Host",
        "Name": "Console of the host",
        "InterfaceEnabled": True,
        "SignalType": "Rs232",
        "BitRate": "115200",
        "Parity": "None",
        "DataBits": "8",
        "StopBits": "1",
        "FlowControl": "None",
    }


def _update_service() -> Payload:
    return {
        "@odata.type": "#UpdateService.v1_17_0.UpdateService",
        "Id": "UpdateService",
        "Name": "Firmware",
        "Description": "An inventory alone: images are not taken.",
        "ServiceEnabled": False,
        "Status": {"State": "Disabled", "Health": "OK"},
        "FirmwareInventory": link(FIRMWARE),
        "Actions": {},
    }
