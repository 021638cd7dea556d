"""One night held in this process, on a simulated lab that can be sabotaged, and what the lab's physics saw of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Any

from bringup.events import Event, EventKind
from bringup.files.lab_folder import lab_at
from bringup.files.plan_file import find_plans
from bringup.measure import Measurement
from bringup.plans import Plan
from bringup.records import Attempt, Run
from bringup.runner.night_log import NightLog
from bringup.runner.session import Held, hold, prepare
from bringup.runner.stopping import Stopping
from bringup.store import Durability, Journal, open_journal, open_reader
from bringup_instruments.lab import SimulatedLab, open_lab
from bringup_instruments.wires.faulty_device import FaultyDevice

Sabotage = Callable[[SimulatedLab], None]
SUPPLY, METER = "TCPIP::supply1.bench::hislip0::INSTR", "TCPIP::meter1.bench::hislip0::INSTR"
BMC, HOST = "serial:bmc1", "serial:host1"


class Unattended:
    """Nobody watches."""

    def __init__(self, slot: str, log: NightLog) -> None:
        pass

    def hold(self, question: str) -> None:
        """Yes."""

    def tell(self, message: str) -> None:
        """Nobody listens."""


class Console:
    """A console whose line can be cut or spoilt, and which counts what is sent to it."""

    def __init__(self, console: Any, heard: Callable[[], None] = lambda: None) -> None:
        self.console = console
        self.heard = heard
        self.spoil: Callable[[bytes], bytes] | None = None

    def receive(self, at_s: float, data: bytes) -> None:
        self.heard()
        self.console.receive(at_s, data)

    def transmit(self, at_s: float) -> bytes:
        said: bytes = self.console.transmit(at_s)
        return self.spoil(said) if self.spoil and said else said

    def next_at(self, at_s: float) -> float | None:
        at: float | None = self.console.next_at(at_s)
        return at


class Device(FaultyDevice):
    """A message device behind a wire that can go bad, and which counts what is sent to it."""

    def __init__(self, device: Any, heard: Callable[[], None] = lambda: None) -> None:
        super().__init__(device, None)
        self.heard = heard
        self.translate: Callable[[bytes], bytes] = lambda data: data

    def write(self, data: bytes, end: bool) -> None:
        self.heard()
        super().write(self.translate(data), end)


def wired(lab: SimulatedLab, address: str, heard: Callable[[], None] = lambda: None) -> Any:
    """Put one instrument of slot S1 behind a wire that can be spoilt; the wire."""
    wires: dict[str, Any] = lab.visa if address in lab.visa else lab.consoles
    wires[address] = (Device if address in lab.visa else Console)(wires[address], heard)
    return wires[address]


@dataclass
class Seen:
    """What became of a night.

    Attributes:
        switched_off: by slot, what the physics saw go off, in order: rails by name (not instance), "vin" for 54 V.
    """

    held: Held
    lab: SimulatedLab
    runs: tuple[Run, ...]
    attempts: tuple[Attempt, ...]
    measurements: dict[int, tuple[Measurement, ...]]
    events: tuple[Event, ...]
    switched_off: dict[str, list[str]]
    energized: set[str]

    def kinds(self, slot: str = "S1") -> list[EventKind]:
        return [event.kind for event in self.events if event.slot == slot]

    def danger(self) -> list[str]:
        """Everything that the physics finds unsafe now."""
        now, found = self.lab.clock.now(), []
        for slot, sled in self.lab.sleds.items():
            if sled.vin(now).volts >= 2.0:
                found.append(f"{slot}: 54 V")
            found += [f"{slot}.{rail.name}" for rail in sled.bank if sled.read_rail(now, rail.name).volts >= 0.2]
        return found

    def misdeeds(self) -> list[object]:
        """Every time that a sled was put at risk."""
        sleds = self.lab.sleds.values()
        return [one for sled in sleds for one in (*sled.sequence_violations, *sled.abs_max_exceedances)]


@dataclass
class _Watch:
    lab: SimulatedLab
    switched_off: dict[str, list[str]] = field(default_factory=dict)
    energized: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for slot in self.lab.sleds:
            self._watch(slot)

    def _watch(self, slot: str) -> None:
        sled: Any = self.lab.sleds[slot]
        order = self.switched_off[slot] = []
        turn_off, input_lost, feed = sled.bank.turn_off, sled.bank.input_lost, sled.feed

        def turned_off(at_s: float, rail: Any) -> None:
            name = rail.parameters.name
            if rail.on and order[-1:] != [name]:
                order.append(name)
            turn_off(at_s, rail)

        def lost(at_s: float) -> None:
            order.append("vin")
            input_lost(at_s)

        def fed(at_s: float, source: Any) -> None:
            if source.on:
                self.energized.add(slot)
            feed(at_s, source)

        sled.bank.turn_off, sled.bank.input_lost, sled.feed = turned_off, lost, fed


def hold_one(
    folder: Path,
    plans: str | Plan | Sequence[Plan],
    sleds: Sequence[str] = ("S1",),
    *,
    sabotage: Sabotage = lambda _lab: None,
    stop: Stopping | None = None,
    until: time | None = None,
    operator_for: Callable[[str, NightLog], Any] = Unattended,
    journal_as: type[Journal] = Journal,
) -> Seen:
    """Hold a night on a lab folder of the test's own, and look at everything afterwards."""
    folder_ = lab_at(folder)
    if isinstance(plans, str):
        plans = find_plans(plans, folder)
    order = prepare("test", folder_.station(None), [plans] if isinstance(plans, Plan) else plans, sleds)
    lab = open_lab(order.station.path)
    watch = _Watch(lab)
    sabotage(lab)
    try:
        with open_journal(folder_.database, Durability.NORMAL) as journal:
            journal.__class__ = journal_as
            held = hold(order, journal, stop or Stopping(), operator_for=operator_for, until=until)
    finally:
        lab.close()
    with open_reader(folder_.database) as reader:
        runs = reader.runs(held.night_id)
        attempts = tuple(one for run in runs for one in reader.attempts(run.id))
        measured = {key: value for run in runs for key, value in reader.measurements(run.id).items()}
        events = tuple(event for _, event in reader.events(held.night_id))
    return Seen(held, lab, runs, attempts, measured, events, watch.switched_off, watch.energized)


@contextmanager
def lab_time_limit(lab: SimulatedLab, abort_at_s: float, reason: str) -> Iterator[None]:
    """Abort the lab's clock at a lab time, from a task of its own."""

    def work() -> None:
        lab.clock.sleep(abort_at_s)
        lab.clock.abort(reason)

    lab.clock.spawn(work, "abort")
    yield
