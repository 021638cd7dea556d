"""A station's instruments, opened and known to be the right ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from .. import hooks
from ..capabilities import (
    CoolantLoop,
    Identity,
    Instrument,
    ManagementController,
    Multimeter,
    MultiOutputSupply,
    PowerSupply,
    SledController,
    SourceMeter,
    WorkloadHost,
)
from ..clock import Clock
from ..errors import BenchError, UsageError
from ..evidence import capture
from ..evidence.sources import sources_of
from ..files.product import Product
from ..files.station import Station
from ..nearest import unknown
from ..records import Evidence
from ..sled import Beside, Sled
from ..transcript import Transcript
from .envelope import envelope_of

T = TypeVar("T")

_ROLE_KINDS: Mapping[str, type[Instrument]] = {
    "supply": PowerSupply,
    "controller": SledController,
    "host": WorkloadHost,
    "coolant": CoolantLoop,
    "multimeter": Multimeter,
}


_SOURCES = (PowerSupply, MultiOutputSupply, SourceMeter)


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

    def evidence(self, origin_s: float, budget_s: float) -> list[Evidence]:
        """What a power cycle would destroy, in the order in which it would be lost.

        Args:
            origin_s: when the night began, in lab seconds.
            budget_s: how long the capture may take.
        """
        return capture(sources_of(self.product, self.roles), self.clock, origin_s, budget_s)

    def sled(self) -> Sled:
        """The sled as a plan sees it."""

        def beside() -> Beside:
            return Beside(self.supply.volts(), self.supply.amps(), self.coolant.flow_lpm())

        return Sled(self.serial_number, self.product, self.controller, self.host, beside, self.clock)

    def _as(self, kind: type[T], role: str) -> T:
        instrument = self.roles[role]
        if not isinstance(instrument, kind):  # cannot happen: check_models looked before anything was opened
            raise TypeError(f"{role} of {self.name} is no {kind.__name__}")
        return instrument


class Bench:
    """An open station. Opening changes nothing on any instrument.

    Args:
        station: its file.
        lab_kind: another kind of lab than the station file's.
        transcripts: a folder that gets every byte of every instrument, one file each; None for none.

    Raises:
        UsageError: a model that no driver knows, or that cannot play its role; nothing was opened.
        BenchError: an instrument does not answer, or is not the one that the station file names.
    """

    def __init__(self, station: Station, lab_kind: str | None = None, transcripts: Path | None = None) -> None:
        check_models(station)
        self._station = station
        self._transcripts = transcripts
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

    def overdue(self) -> list[str]:
        """What is said of each instrument whose calibration was due before today: its readings prove nothing."""
        today = self.clock.utc().astimezone().date()
        due = {name: self._station.calibration_due(name) for name in self._station.facts.instruments}
        return [f"{name}: {expiry}" for name, day in due.items() if (expiry := expired(day, today))]

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
        connection, instrument = connect(self._station, self._lab, name, self._transcripts)
        # A sled's consoles and its management network sleep until it has its input; they are asked once they are awake.
        if not isinstance(instrument, SledController | WorkloadHost | ManagementController):
            try:
                self._check_identity(connection, instrument)
            except BaseException:
                instrument.close()
                raise
        return instrument

    def _check_identity(self, connection: hooks.Connection, instrument: Instrument) -> None:
        identity = instrument.identify()
        wrong = mistaken(self._station, connection.role, identity)
        if wrong:
            raise BenchError(
                f"{connection.where} says that it is {identity}, but {wrong}; "
                "check the address and the cabling before anything is energized"
            )


def connect(
    station: Station, lab: hooks.Lab, name: str, transcripts: Path | None
) -> tuple[hooks.Connection, Instrument]:
    """The driver of one instrument of a station, with its envelope; nothing is sent yet."""
    facts = station.facts.instruments[name]
    connection = hooks.Connection(
        name,
        facts.model,
        facts.address,
        lab,
        timeout_s=facts.timeout_s,
        transcript=Transcript(transcripts / f"{name}.log" if transcripts else None),
        envelope=envelope_of(station, name),
        scan_chain=station.scan_chain(name),
    )
    return connection, hooks.drivers()[facts.model].open(connection)


def mistaken(station: Station, name: str, identity: Identity) -> str:
    """Why the instrument that answers is not the one that the station file means, or ""."""
    expected = station.facts.instruments[name].serial_number
    if expected is None or identity.serial_number == expected:
        return ""
    return f"the station file wants SN {expected}"


def expired(due: date | None, today: date) -> str:
    """What is said of a calibration that was due, or ""."""
    if due is None or due >= today:
        return ""
    return f"calibration was due on {due}, {(today - due).days} day(s) ago; its readings prove nothing until it is done"


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
            kind = _ROLE_KINDS.get(role)
            if kind is not None and kind not in drivers[model].provides:
                what = f"{name} ({model}) is no {kind.__name__}, it cannot be the {role} of slot {slot}"
                raise station.mistake(what, "slots", slot, role)
    _check_addresses(station, drivers)
    _check_sources(station, drivers)


def _check_addresses(station: Station, drivers: Mapping[str, hooks.DriverSpec]) -> None:
    """Addresses that their drivers can use, each of them once, however it is spelt."""
    seen: dict[str, str] = {}
    for name, facts in station.facts.instruments.items():
        try:
            address = drivers[facts.model].address(facts.address)
        except ValueError as problem:
            raise station.mistake(f"{name}: {problem}", "instruments", name, "address") from None
        other = seen.setdefault(address, name)
        if other != name:
            what = f"{name!r} and {other!r} have one address, {address!r}"
            raise station.mistake(what, "instruments", name, "address")


def _check_sources(station: Station, drivers: Mapping[str, hooks.DriverSpec]) -> None:
    """A fixture and a sled's input take one source: two of them feed each other."""
    feeds = {f"{slot}.vin": facts.supply for slot, facts in station.facts.slots.items()}
    for name, facts in station.facts.instruments.items():
        if not set(_SOURCES) & set(drivers[facts.model].provides):
            continue
        ends: list[tuple[tuple[str, ...], str | None]] = [(("wired_to",), facts.wired_to)]
        ends += [(("channels", channel), place) for channel, place in facts.channels.items()]
        for key, place in ends:
            if place is None:
                continue
            other = feeds.setdefault(place, f"{name} channel {key[-1]}" if len(key) > 1 else name)
            if other not in (name, f"{name} channel {key[-1]}"):
                what = f"{name} and {other} would both feed {place!r}; it takes one source"
                raise station.mistake(what, "instruments", name, *key)
