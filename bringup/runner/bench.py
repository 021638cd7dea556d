"""A station's instruments, opened and known to be the right ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from .. import hooks
from ..capabilities import CoolantLoop, Instrument, Multimeter, PowerSupply, SledController, WorkloadHost
from ..clock import Clock
from ..errors import BenchError, UsageError
from ..files.product import Product
from ..files.station import Station
from ..nearest import unknown
from ..sled import Sled
from .envelope import envelope_of

T = TypeVar("T")

_ROLE_KINDS: Mapping[str, type[Instrument]] = {
    "supply": PowerSupply,
    "controller": SledController,
    "host": WorkloadHost,
    "coolant": CoolantLoop,
    "multimeter": Multimeter,
}


@dataclass(frozen=True, slots=True)
class SlotBench:
    """What serves one slot.

    Attributes:
        name: of the slot.
        serial_number: of the sled that the station file says sits there.
        product: of that sled.
        clock: the station's.
        roles: instrument by role.
    """

    name: str
    serial_number: str
    product: Product
    clock: Clock
    roles: Mapping[str, Instrument]

    @property
    def supply(self) -> PowerSupply:
        """The slot's bulk supply."""
        return self._as(PowerSupply, "supply")

    @property
    def controller(self) -> SledController:
        """The sled's management controller."""
        return self._as(SledController, "controller")

    @property
    def host(self) -> WorkloadHost:
        """The sled's host."""
        return self._as(WorkloadHost, "host")

    @property
    def coolant(self) -> CoolantLoop:
        """The coolant unit that cools this slot, perhaps with others."""
        return self._as(CoolantLoop, "coolant")

    def sled(self) -> Sled:
        """The sled as a plan sees it."""
        rails = tuple(rail.name for rail in self.product.facts.rails)
        return Sled(self.serial_number, len(self.product.chips), rails, self.controller, self.host, self.clock)

    def _as(self, kind: type[T], role: str) -> T:
        instrument = self.roles[role]
        if not isinstance(instrument, kind):  # cannot happen: check_models looked before anything was opened
            raise TypeError(f"{role} of {self.name} is no {kind.__name__}")
        return instrument


class Bench:
    """An open station. Opening changes nothing on any instrument.

    Raises:
        UsageError: a model that no driver knows, or that cannot play its role; nothing was opened.
        BenchError: an instrument does not answer, or is not the one that the station file names.
    """

    def __init__(self, station: Station, lab_kind: str | None = None) -> None:
        check_models(station)
        self._station = station
        self._instruments: dict[str, Instrument] = {}
        self._lab = hooks.lab_spec(lab_kind or station.facts.station.lab).open(station)
        try:
            for name in station.facts.instruments:
                self._instruments[name] = self._open(name)
        except BaseException:
            self.close()
            raise

    @property
    def clock(self) -> Clock:
        """The station's clock."""
        return self._lab.clock

    def slot(self, name: str) -> SlotBench:
        """What serves a slot."""
        facts = self._station.facts.slots[name]
        roles = {role: self._instruments[instrument] for role, instrument in facts.roles.items()}
        return SlotBench(name, facts.sled, self._station.products[name], self.clock, roles)

    def coolant_unit(self, slot: str) -> str:
        """The name of the coolant unit that cools a slot, perhaps with others."""
        return self._station.facts.slots[slot].coolant

    def close(self) -> None:
        """Give every wire back; instruments keep their state. A second call does nothing."""
        for instrument in self._instruments.values():
            instrument.close()
        self._instruments.clear()
        self._lab.close()

    def _open(self, name: str) -> Instrument:
        facts = self._station.facts.instruments[name]
        envelope = envelope_of(self._station, name)
        connection = hooks.Connection(name, facts.model, facts.address, self._lab, facts.timeout_s, envelope)
        instrument = hooks.drivers()[facts.model].open(connection)
        # A sled's consoles sleep until 54 V is on; who they are is asked once they are awake.
        if not isinstance(instrument, SledController | WorkloadHost):
            try:
                self._check_identity(connection, instrument, facts.serial_number)
            except BaseException:
                instrument.close()
                raise
        return instrument

    @staticmethod
    def _check_identity(connection: hooks.Connection, instrument: Instrument, expected: str | None) -> None:
        identity = instrument.identify()
        if expected is not None and identity.serial_number != expected:
            raise BenchError(
                f"{connection.where} says that it is {identity}, but the station file wants SN {expected}; "
                "check the address and the cabling before anything is energized"
            )


def check_models(station: Station) -> None:
    """Refuse a station of an unknown kind, or whose instruments no driver knows or that cannot play their roles.

    Raises:
        FileMistake: with the station file's line and the nearest name.
    """
    try:
        hooks.lab_spec(station.facts.station.lab)
    except UsageError as problem:
        raise station.mistake(str(problem), "station", "lab") from None
    drivers = hooks.drivers()
    for name, facts in station.facts.instruments.items():
        if facts.model not in drivers:
            raise station.mistake(unknown("model", facts.model, drivers), "instruments", name, "model")
    for slot, slot_facts in station.facts.slots.items():
        for role, name in slot_facts.roles.items():
            model = station.facts.instruments[name].model
            kind = _ROLE_KINDS[role]
            if kind not in drivers[model].provides:
                what = f"{name} ({model}) is no {kind.__name__}, it cannot be the {role} of slot {slot}"
                raise station.mistake(what, "slots", slot, role)
