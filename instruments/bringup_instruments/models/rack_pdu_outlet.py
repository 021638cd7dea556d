"""One outlet of the simulated rack PDU: its switch, its meter, and what it feeds.

A bus connection of 32 A at 230 V, so that one carries a 5 kW supply. Neighbours: `rack_pdu.py` shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from bringup.clock import Clock

from ..physics.draw import normal
from ..world import Fed, Waking
from .redfish_problem import Payload, no_parameters, one_parameter
from .redfish_sensor import HEALTHY, RedfishSensor

NOMINAL, AMPS, HERTZ = "AC230V", 32.0, 50.0
CYCLE_S = 10.0
POWER_STATES = ("On", "Off", "PowerCycle")
_VOLTS, _VOLTS_SIGMA = 230.0, 1.0  # of the building's mains, and how the unit's meter may be off (estimates)
_GAIN_SIGMA = 0.003  # of the power meters: class 0.5
_POWER_FACTOR = 0.98  # of supplies with active correction (estimate)
_WATTS_STEP = 0.1
_JOULES_PER_KWH = 3.6e6


class Outlet:
    """An outlet; on after power-up, as a rack's are.

    Args:
        number: from 1 on.
        clock: the lab's.
        fed: what it feeds, if anything.
        serial_number: of the unit; seeds the errors of its meters.
        tell: is told when it has been switched, with the time and the number.
    """

    def __init__(
        self, number: int, clock: Clock, fed: Fed | None, serial_number: str, tell: Callable[[float, int], None]
    ) -> None:
        self.number = number
        self._tell = tell
        self.on = True
        self.cycle_s = CYCLE_S
        self._clock = clock
        self._fed = fed
        self._gain = 1.0 + _GAIN_SIGMA * normal(serial_number, number, "watts")
        self._mains_volts = round(_VOLTS + _VOLTS_SIGMA * normal(serial_number, "volts"), 1)
        self._on_again_s = inf
        self._joules = 0.0
        self._metered_s = 0.0
        self._metered_watts = 0.0

    def look(self) -> None:
        """Come up to the present: a power cycle that is due, and the energy since the last look."""
        now_s = self._clock.now()
        if now_s >= self._on_again_s:
            self._switch(self._on_again_s, on=True)
        watts = self.watts()
        self._joules += 0.5 * (watts + self._metered_watts) * (now_s - self._metered_s)
        self._metered_s, self._metered_watts = now_s, watts

    # Actions.

    def power_control(self, body: Payload) -> None:
        """On, Off or PowerCycle.

        Raises:
            RedfishProblem: another parameter or value.
        """
        state = one_parameter(body, "PowerState", "PowerControl", POWER_STATES)
        now_s = self._clock.now()
        self._wake(inf)
        self._switch(now_s, on=state == "On")
        if state == "PowerCycle":
            self._wake(now_s + self.cycle_s)

    def reset_metrics(self, body: Payload) -> None:
        """Begin the energy count anew.

        Raises:
            RedfishProblem: it takes no parameters.
        """
        no_parameters(body, "ResetMetrics")
        self._joules = 0.0

    def _wake(self, at_s: float) -> None:
        """Come on at a time; the physics calls where it can, else the next look does it."""
        self._on_again_s = at_s
        load: object = None if self._fed is None else self._fed.load
        if isinstance(load, Waking):
            load.alarm(self, at_s, lambda now_s: self._switch(now_s, on=True))

    def _switch(self, at_s: float, *, on: bool) -> None:
        was, self.on = self.on, on
        if on:
            self._on_again_s = inf
        if on != was:
            self._tell(at_s, self.number)
        if self._fed is not None:
            self._fed.set_mains(at_s, on)

    # Readings.

    @property
    def power_state(self) -> str:
        """As the schema has it."""
        return "On" if self.on else "Off"

    def mains_volts(self) -> float:
        """In front of the switch."""
        return self._mains_volts

    def volts(self) -> float:
        """Behind the switch."""
        return self._mains_volts if self.on else 0.0

    def watts(self) -> float:
        """What is fed takes; nothing is known of what is plugged in where the station says nothing."""
        if self._fed is None or not self.on:
            return 0.0
        true = self._fed.mains_watts(self._clock.now())
        return round(round(true * self._gain / _WATTS_STEP) * _WATTS_STEP, 1)

    def amps(self) -> float:
        """From the power, at the power factor of a supply."""
        return round(self.watts() / (self._mains_volts * _POWER_FACTOR), 3)

    def energy_kwh(self) -> float:
        """Since the last reset; between two requests the power is taken to have moved straight (estimate)."""
        return round(self._joules / _JOULES_PER_KWH, 3)

    def sensors(self) -> tuple[RedfishSensor, ...]:
        """Its meters: voltage, current, power, energy."""
        number, context = self.number, "PowerOutlet"
        limits = {"UpperCaution": 0.8 * AMPS, "UpperCritical": AMPS}  # continuous, and what the breaker carries
        return (
            RedfishSensor(f"Voltage{number}", "Voltage", "V", self.volts, context),
            RedfishSensor(f"Current{number}", "Current", "A", self.amps, context, limits),
            RedfishSensor(f"Power{number}", "Power", "W", self.watts, context),
            RedfishSensor(f"Energy{number}", "EnergykWh", "kW.h", self.energy_kwh, context),
        )


def circuit(name: str, title: str, kind: str, amps: float) -> Payload:
    """What mains and branches have in common."""
    return {
        "@odata.type": "#Circuit.v1_9_0.Circuit",
        "Id": name,
        "Name": title,
        "CircuitType": kind,
        "PhaseWiringType": "OnePhase3Wire",
        "VoltageType": "AC",
        "NominalVoltage": NOMINAL,
        "RatedCurrentAmps": amps,
        "Status": HEALTHY,
    }
