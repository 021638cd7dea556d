"""A number that a client of a Redfish unit may move within a range: a Control, and its excerpt.

Source: DMTF schema Control (DSP8010 2025.4). Neighbours: `coolant_unit.py` and `bmc_chassis.py` have some.
"""

from __future__ import annotations

from .redfish_problem import Payload, RedfishProblem, finite
from .redfish_sensor import HEALTHY


class SetPoint:
    """A number that a client may move within a range.

    Args:
        unit: for messages.
        value: where it stands.
        bounds: lowest and highest.
    """

    def __init__(self, unit: str, value: float, bounds: tuple[float, float]) -> None:
        self.value = value
        self._unit = unit
        self._bounds = bounds

    def wanted(self, changes: Payload) -> float:
        """The set-point in a PATCH body.

        Raises:
            RedfishProblem: another property, not a number, or beyond the range.
        """
        for name in changes:
            if name != "SetPoint":
                what = f"{name} is unknown here or cannot be written; SetPoint can."
                raise RedfishProblem(400, "PropertyUnknown", what, related=f"#/{name}")
        value, (low, high) = finite(changes["SetPoint"]), self._bounds
        if value is None:
            what = f"SetPoint is a number of {self._unit}, not {str(changes['SetPoint'])[:40]!r}."
            raise RedfishProblem(400, "PropertyValueTypeError", what, related="#/SetPoint")
        if not low <= value <= high:
            raise self.out_of_range(f"SetPoint {value:g} is outside {low:g} to {high:g} {self._unit}.")
        return value

    def out_of_range(self, what: str) -> RedfishProblem:
        """The answer to a value that cannot be had."""
        return RedfishProblem(400, "PropertyValueOutOfRange", what, related="#/SetPoint")

    def control(self, name: str, kind: str, units: str, shown: Payload) -> Payload:
        """The Control resource; `shown` has its Sensor or its Reading."""
        return {
            "@odata.type": "#Control.v1_7_0.Control",
            "Id": name,
            "Name": f"{name} set-point",
            "ControlType": kind,
            "SetPointType": "Single",
            "ControlMode": "Automatic",
            "SetPoint": self.value,
            "SetPointUnits": units,
            "AllowableMin": self._bounds[0],
            "AllowableMax": self._bounds[1],
            "Implementation": "Programmable",
            "Status": HEALTHY,
            **shown,
        }

    def excerpt(self, uri: str, reading: float) -> Payload:
        """The Control as a connector shows it."""
        low, high = self._bounds
        return {
            "DataSourceUri": uri,
            "ControlMode": "Automatic",
            "SetPoint": self.value,
            "AllowableMin": low,
            "AllowableMax": high,
            "Reading": reading,
        }
