"""Where the resources of the simulated coolant unit are; its clients find them by links alone.

Neighbours: `coolant_unit.py`, `coolant_parts.py`.
"""

from __future__ import annotations

from .redfish_service import ROOT

CHASSIS = f"{ROOT}/Chassis/CDU1"
SENSORS = f"{CHASSIS}/Sensors"
CONTROLS = f"{CHASSIS}/Controls"
THERMAL = f"{ROOT}/ThermalEquipment"
UNIT = f"{THERMAL}/CDUs/1"
CONNECTOR = f"{UNIT}/SecondaryCoolantConnectors/1"
PRIMARY = f"{UNIT}/PrimaryCoolantConnectors/1"
