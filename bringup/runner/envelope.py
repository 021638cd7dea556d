"""What each instrument may be told at most, from product and station: the driver refuses anything beyond."""

from __future__ import annotations

from ..files.product import Product
from ..files.station import Station

Envelope = dict[str, tuple[float, float]]


def envelope_of(station: Station, instrument: str) -> Envelope:
    """The lowest and highest value that may be sent to an instrument, by what is set.

    An instrument that serves several slots gets the range that all of their products allow.
    """
    envelope: Envelope = {}
    for slot, facts in station.facts.slots.items():
        roles = [role for role, name in facts.roles.items() if name == instrument]
        for role in roles:
            for what, (low, high) in _ENVELOPES.get(role, _nothing)(station.products[slot]).items():
                known_low, known_high = envelope.get(what, (low, high))
                envelope[what] = (max(low, known_low), min(high, known_high))
    return envelope


def _nothing(_product: Product) -> Envelope:
    return {}


def _supply(product: Product) -> Envelope:
    facts = product.facts.input
    return {"volts": (0.0, facts.nominal_volts * 1.05), "amps": (0.0, facts.current_limit_amps)}


def _controller(product: Product) -> Envelope:
    envelope: Envelope = {}
    for rail in product.facts.rails:
        low = rail.nominal_volts if rail.low_volts is None else rail.low_volts
        high = rail.nominal_volts if rail.high_volts is None else rail.high_volts
        for name in {rail.name, *product.instances(rail)}:
            envelope[name] = (low, high)
    clock = product.facts.clock
    envelope["hertz"] = (clock.low_hertz, clock.high_hertz)
    return envelope


def _coolant(product: Product) -> Envelope:
    facts = product.facts.coolant
    return {"celsius": (facts.low_celsius, facts.high_celsius), "lpm": (facts.low_lpm, facts.high_lpm)}


_ENVELOPES = {"supply": _supply, "controller": _controller, "coolant": _coolant}
