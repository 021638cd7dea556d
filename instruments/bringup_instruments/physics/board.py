"""Heat paths of a sled beyond the chips: how the flow divides over the plates, and the board's slow warmth."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, sqrt

from .parameters import SledParameters
from .thermal import plate_conductance


@dataclass(frozen=True, slots=True)
class Conductances:
    """Watts per kelvin to the coolant's inlet temperature, for one flow."""

    plates: tuple[float, ...]
    board: float


def chip_flows_lpm(parameters: SledParameters, sled_lpm: float) -> tuple[float, ...]:
    """Flow of each plate: parallel branches at one pressure take 1/sqrt(k) each."""
    resistances = parameters.chip_flow_resistance or (1.0,) * parameters.chips
    shares = [1.0 / sqrt(k) for k in resistances]
    return tuple(sled_lpm * share / sum(shares) for share in shares)


def conductances(parameters: SledParameters, sled_lpm: float) -> Conductances:
    """All heat paths at one flow; none at zero flow."""
    thermal = parameters.thermal
    plates = tuple(plate_conductance(thermal, q) for q in chip_flows_lpm(parameters, sled_lpm))
    nominal = thermal.film_lpm * parameters.chips
    share = float((sled_lpm / nominal) ** thermal.film_exponent) if sled_lpm > 0.0 else 0.0
    return Conductances(plates, share / thermal.board_kelvin_per_watt)


def board_after(
    parameters: SledParameters,
    celsius: float,
    seconds: float,
    *,
    inlet: float,
    watts: float,
    conductance: float,
) -> float:
    """Board temperature after `seconds`: one exponential, or a straight line without flow."""
    thermal = parameters.thermal
    capacity = thermal.board_tau_s / thermal.board_kelvin_per_watt
    if conductance <= 0.0:
        return celsius + watts * seconds / capacity
    rest = inlet + watts / conductance
    return rest + (celsius - rest) * exp(-seconds * conductance / capacity)
