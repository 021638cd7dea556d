"""The drivers that ship with bringup, as one plugin.

Importing this loads no PyVISA, pyserial or httpx: a driver's module is loaded when the first of its kind is opened.
"""

from __future__ import annotations

from collections.abc import Sequence

from bringup.capabilities import CoolantLoop, Multimeter, PowerSupply, SledController, WorkloadHost
from bringup.hooks import Connection, DriverSpec, hookimpl

N8700_MODELS = tuple(f"Keysight N{number}A" for number in (*range(8731, 8743), *range(8754, 8763)))
"""The series as its user's guide lists it: N8731A to N8742A (3.3 kW) and N8754A to N8762A (5 kW)."""


@hookimpl
def bringup_drivers() -> Sequence[DriverSpec]:
    """Every driver of this package, by the models that it drives."""
    return (
        DriverSpec(N8700_MODELS, (PowerSupply,), _keysight_n8700),
        DriverSpec(("Keysight 34461A", "Keysight 34465A"), (Multimeter,), _keysight_34460),
        DriverSpec(("Redfish coolant unit",), (CoolantLoop,), _redfish_coolant_unit),
        DriverSpec(("bringup sled BMC console",), (SledController,), _sled_bmc),
        DriverSpec(("bringup sled host console",), (WorkloadHost,), _sled_host),
    )


def _keysight_n8700(connection: Connection) -> PowerSupply:
    from .keysight_n8700 import KeysightN8700  # noqa: PLC0415 - PyVISA is loaded when it is needed

    return KeysightN8700(connection)


def _keysight_34460(connection: Connection) -> Multimeter:
    from .keysight_34460 import Keysight34460  # noqa: PLC0415 - PyVISA is loaded when it is needed

    return Keysight34460(connection)


def _redfish_coolant_unit(connection: Connection) -> CoolantLoop:
    from .redfish_coolant_unit import RedfishCoolantUnit  # noqa: PLC0415 - httpx is loaded when it is needed

    return RedfishCoolantUnit(connection)


def _sled_bmc(connection: Connection) -> SledController:
    from .sled_bmc import SledBmc  # noqa: PLC0415 - pyserial is loaded when it is needed

    return SledBmc(connection)


def _sled_host(connection: Connection) -> WorkloadHost:
    from .sled_host import SledHost  # noqa: PLC0415 - pyserial is loaded when it is needed

    return SledHost(connection)
