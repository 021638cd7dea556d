"""Heat: die, cold plate and coolant of one chip, the board beside them, and the HBM on the same plate.

    die (1 J/K) --junction-- plate (230 J/K) --film-- coolant's mean temperature
                                                      = inlet + heat / (2 * Q * rho*c)

The two-node network is linear once leakage is linearised, so a step of any length is exact: the move is the
integral of the matrix exponential times the slope at the start (no equilibrium is needed, which keeps it valid
without flow and in runaway). `sled.py` chooses steps over which leakage may be taken as linear.
"""

from __future__ import annotations

from math import expm1, sqrt

from .parameters import ThermalParameters


def heat_capacity_flow(thermal: ThermalParameters, lpm: float) -> float:
    """Watts per kelvin that a flow carries away."""
    return lpm * thermal.coolant_joules_per_litre_kelvin / 60.0


def plate_conductance(thermal: ThermalParameters, lpm: float) -> float:
    """Watts per kelvin from a plate to the coolant's inlet temperature; zero without flow."""
    if lpm <= 0.0:
        return 0.0
    film = thermal.film_kelvin_per_watt * (thermal.film_lpm / lpm) ** thermal.film_exponent
    return float(1.0 / (film + 0.5 / heat_capacity_flow(thermal, lpm)))


def _phi(rate: float, seconds: float) -> float:
    """Integral of exp(rate * t) over `seconds`."""
    return expm1(rate * seconds) / rate if abs(rate) > 1e-12 else seconds


def _phi2(rate: float, seconds: float) -> float:
    """Integral of `_phi` over `seconds`; a series where the closed form would cancel."""
    turned = rate * seconds
    if abs(turned) < 1e-4:
        return seconds * seconds * (0.5 + turned / 6.0)
    return (expm1(turned) / rate - seconds) / rate


class TwoNode:
    """Die and plate of one chip, made ready for one set of resistances and one leakage slope.

    Args:
        thermal: heat capacities.
        junction: kelvin per watt from die to plate, this part's.
        conductance: watts per kelvin from plate to inlet.
        gain: watts per kelvin that leakage adds.
    """

    __slots__ = ("_a11", "_a12", "_a21", "_a22", "_fast", "_slow")

    def __init__(self, thermal: ThermalParameters, junction: float, conductance: float, gain: float) -> None:
        die, plate = thermal.die_joules_per_kelvin, thermal.plate_joules_per_kelvin
        self._a11 = (gain - 1.0 / junction) / die
        self._a12 = 1.0 / (junction * die)
        self._a21 = 1.0 / (junction * plate)
        self._a22 = -(1.0 / junction + conductance) / plate
        half = 0.5 * (self._a11 + self._a22)
        # The off-diagonals have one sign: the roots are real and apart.
        root = sqrt((0.5 * (self._a11 - self._a22)) ** 2 + self._a12 * self._a21)
        self._fast, self._slow = half - root, half + root

    def longest_s(self) -> float:
        """A step beyond which a runaway's exponential would overflow."""
        return 50.0 / self._slow if self._slow > 0.0 else float("inf")

    def move(self, die_rate: float, plate_rate: float, seconds: float, plate_push: float = 0.0) -> tuple[float, float]:
        """How far die and plate move in `seconds`.

        Args:
            die_rate: K/s at the start.
            plate_rate: K/s at the start.
            seconds: length of the step.
            plate_push: K/s² that an inlet moving at a constant rate adds to the plate.
        """
        fast, slow = self._fast, self._slow
        f, s = _phi(fast, seconds), _phi(slow, seconds)
        gap = fast - slow
        m11 = (f * (self._a11 - slow) - s * (self._a11 - fast)) / gap
        m22 = (f * (self._a22 - slow) - s * (self._a22 - fast)) / gap
        mixed = (f - s) / gap
        die = m11 * die_rate + self._a12 * mixed * plate_rate
        plate = self._a21 * mixed * die_rate + m22 * plate_rate
        if plate_push == 0.0:
            return die, plate
        f2, s2 = _phi2(fast, seconds), _phi2(slow, seconds)
        die += self._a12 * (f2 - s2) / gap * plate_push
        plate += (f2 * (self._a22 - slow) - s2 * (self._a22 - fast)) / gap * plate_push
        return die, plate


def hbm_celsius(thermal: ThermalParameters, inlet_celsius: float, die_celsius: float, hbm_watts: float) -> float:
    """Stack temperature: its own power and a share of the neighbouring die's rise."""
    rise = thermal.hbm_die_coupling * (die_celsius - inlet_celsius)
    return inlet_celsius + rise + thermal.hbm_kelvin_per_watt * hbm_watts


def stability_margin(junction: float, conductance: float, gain: float) -> float:
    """1 - R_th * dP/dT: zero or less is thermal runaway."""
    if conductance <= 0.0:
        return float("-inf") if gain > 0.0 else 1.0
    return 1.0 - (junction + 1.0 / conductance) * gain
