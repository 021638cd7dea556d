"""One sled's physics, as the bench and its management firmware see it.

Every public call names its lab time and first brings the sled there (`passage.SledInTime`). Not thread-safe: one
caller at a time, as the virtual clock guarantees. Neighbours: `models/` and the station's wiring ask through
`world.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bringup.capabilities import HostState

from ..world import Delivered, Load, Node, Part, Source
from .chip import Chip
from .draw import normal, uniform
from .host import boot_stops_at
from .jobs import RANDOM, ChipRun, Job, JobOrder
from .links import LinkState
from .load_step import step_amps
from .memory import Memory
from .passage import SledInTime
from .protections import guard_step
from .rails import AbsMaxExceedance, Rail, RailReading, SequenceViolation, Trip
from .sled_places import SledPlaces
from .supply import INPUT, OFF

GROUND_SIGMA = 0.05
"""Spread of the units' resistance from a rail to ground (estimate)."""

SUPPLY_EFFICIENCY = 0.94
"""Of a kW-class bulk supply, from the mains to its terminals (estimate)."""


class SledPhysics(SledInTime):
    """A sled by its serial number.

    Args:
        serial_number: seeds everything in which units differ.
        parameters: the product.
        coolant: the loop that it hangs on; the sled attaches itself.
        lot: silicon lot of its chips, or None for the mean lot.
        flow_share: its flow over the mean flow of the loop's sleds.
    """

    _mains = True
    _wanted = OFF  # what the supply would offer with mains

    # What went wrong, as evidence.

    @property
    def abs_max_exceedances(self) -> list[AbsMaxExceedance]:
        """Every time that a rail or the input was put above its absolute maximum."""
        return self.bank.abs_max_exceedances

    @property
    def sequence_violations(self) -> list[SequenceViolation]:
        """Every rail switched out of the product's order."""
        return self.bank.sequence_violations

    @property
    def trips(self) -> list[Trip]:
        """Every protection that acted without software."""
        return self.bank.trips

    @property
    def brownouts(self) -> list[float]:
        """Every time at which the input collapsed under load."""
        return self.input.brownouts

    # The two ends that the bench touches.

    @property
    def load(self) -> Load:
        """The sled's input, for a bulk supply."""
        return _Input(self)

    def feed(self, at_s: float, source: Source) -> None:
        """The supply changes what it offers; nothing while its mains are cut."""
        self._wanted = source
        super().feed(at_s, source if self._mains else replace(source, on=False))

    def set_mains(self, at_s: float, on: bool) -> None:
        """Cut the bulk supply's mains, or give them back (`world.Fed`)."""
        if on != self._mains:
            self._mains = on
            self.feed(at_s, self._wanted)

    def mains_watts(self, at_s: float) -> float:
        """What the bulk supply takes from its outlet."""
        self.advance(at_s)
        out = self.input.terminals(at_s, self.input_watts())
        return out.volts * out.amps / SUPPLY_EFFICIENCY if self._mains else 0.0

    @property
    def places(self) -> SledPlaces:
        """Where leads, probes and sensors can touch it, and what air can be blown at."""
        return SledPlaces(self)

    def node(self, rail: str, chip: int | None = None) -> Node:
        """A rail's sense point, or the input's with "vin"; errors as `SledPlaces.node`."""
        return self.places.node(rail, chip)

    def place(self, name: str) -> Node:
        """A place by its name without the slot; errors as `SledPlaces.place`."""
        return self.places.place(name)

    def part(self, name: str) -> Part:
        """What a chamber or a thermal stream can blow at; errors as `SledPlaces.part`."""
        return self.places.part(name)

    def vin(self, at_s: float) -> Delivered:
        """Volts and amps at the sled's end of the cable."""
        self.advance(at_s)
        return self.input.sled_end(at_s, self.input_watts())

    # Rails, clock, host, jobs: what management firmware can do.

    def instances(self, name: str) -> tuple[str, ...]:
        """Instance names that a rail name means; raises UnknownName."""
        return tuple(rail.name for rail in self.bank.select(name))

    def rail_on(self, at_s: float, name: str) -> None:
        """Enable a rail (all instances of a bare per-chip name); nothing happens without input power."""
        self._switch(at_s, name, self.bank.turn_on)

    def rail_off(self, at_s: float, name: str) -> None:
        """Disable a rail (all instances of a bare per-chip name)."""
        self._switch(at_s, name, self.bank.turn_off)

    def set_rail(self, at_s: float, name: str, volts: float) -> None:
        """Move a rail's set-point; it is quantised to the regulator's step and applies at once."""
        self._switch(at_s, name, lambda now, rail: self.bank.set_volts(now, rail, volts))

    def read_rail(self, at_s: float, name: str) -> RailReading:
        """One instance as it truly is.

        Raises:
            UnknownName: no such rail.
            ValueError: a bare name of a rail that each chip has.
        """
        return self._reading(at_s, self.bank.one(name))

    def set_clock(self, at_s: float, hertz: float) -> None:
        """Move the core clock of all chips.

        Raises:
            ValueError: outside what the clock generator can do.
        """
        core = self.parameters.chip
        if not core.clock_min_hertz <= hertz <= core.clock_max_hertz:
            low, high = core.clock_min_hertz, core.clock_max_hertz
            raise ValueError(f"clock {hertz:g} Hz is outside {low:g} to {high:g} Hz")
        self.advance(at_s)
        for chip in self.chips:
            chip.clock_hertz = hertz
        self._changed(at_s)

    def set_clock_hertz(self) -> float:
        """The commanded core clock."""
        return self.chips[0].clock_hertz

    def measured_clock(self, at_s: float, chip: int | None = None) -> float:
        """Core clock as an independent counter sees it: of one chip, or of the slowest that runs."""
        self.advance(at_s)
        step = self.parameters.chip.clock_step_hertz
        chosen = self.chips if chip is None else (self.chips[chip],)
        return round(min(c.operating().hertz for c in chosen) / step) * step

    def host_on(self, at_s: float) -> None:
        """Start the host; nothing happens if it is on or there is no input power."""
        self.advance(at_s)
        if self.input.powered and self.host.on_at_s is None:
            self._boot(at_s)

    def host_off(self, at_s: float) -> None:
        """Cut the host's power; jobs and their results are gone."""
        self.advance(at_s)
        self._stop_host()
        self._changed(at_s)

    def host_status(self, at_s: float) -> HostState:
        """As heartbeats tell."""
        self.advance(at_s)
        return self.host.status(at_s)

    def start_workload(
        self,
        at_s: float,
        name: str,
        seconds: float,
        chips: Sequence[int] | None = None,
        pattern: str = RANDOM,
    ) -> Job:
        """Run a workload on every chip, or on some; `pattern` says what its operands are.

        Raises:
            WorkloadRefused: unknown workload or pattern, bad duration, host not ready, a job running, a chip missing.
        """
        self.advance(at_s)
        order = JobOrder(name, seconds, tuple(range(len(self.chips)) if chips is None else chips), pattern)
        order.refuse(self, at_s)
        self.last_job += 1
        chosen = [self.chips[number] for number in order.chips]
        for chip in chosen:
            self._reach(chip)
        runs = tuple(ChipRun.begin(self, chip, order) for chip in chosen)
        job = Job(self.last_job, name, self.parameters.chip.workloads[name], at_s, seconds, runs, pattern)
        self.jobs[job.number] = self._running = job
        for chip in chosen:
            chip.workload = job.parameters
        if self.defects.rails.step_trip_amps:
            for chip in chosen:
                guard_step(self, chip, step_amps(self.parameters, chip, job.parameters, chip.feeds.core_volts))
        self._changed(at_s)
        return job

    # What can be seen.

    def flow_lpm(self, at_s: float) -> float:
        """True coolant flow through this sled."""
        self.advance(at_s)
        return self.true_flow_lpm()

    def sensors(self, at_s: float) -> Mapping[str, float]:
        """True values: tj.N, hbm.N, board, coolant.in and coolant.out, all in °C."""
        self.advance(at_s)
        return self.truths.celsius()

    def input_ohms(self, at_s: float) -> float:  # noqa: ARG002 - a short does not come and go by itself
        """From the input to ground with everything off: the converters' own, or a short's."""
        return self.defects.rails.shorts.get(INPUT, self.parameters.input.ground_ohms)

    def rail_ohms(self, at_s: float, rail: Rail) -> float:
        """From a rail to ground with everything off: its own, drawn for this unit, or a short's beside it."""
        self.advance(at_s)
        own = rail.parameters.ground_ohms * (1.0 + GROUND_SIGMA * normal(self.serial_number, rail.name, "ground"))
        wrong = self.defects.rails
        leak = wrong.leaks.get(rail.name, 0.0)
        beside = [wrong.shorts[rail.name]] if rail.name in wrong.shorts else []
        if leak > 0.0:
            beside.append(rail.parameters.volts / leak)
        return 1.0 / (1.0 / own + sum(1.0 / ohms for ohms in beside))

    def restart_host(self, at_s: float) -> None:
        """A warm restart: the host boots again, everything else keeps its power. Nothing if it is off."""
        self.advance(at_s)
        if self.host.on_at_s is not None and not self.defects.reset_lies:
            self._stop_host()
            self._boot(at_s)

    def leak_ohms(self, at_s: float, name: str) -> float:
        """Resistance of a leak detector's rope; infinite where its wire is broken."""
        self.advance(at_s)
        return self.peripherals.leak_ohms(at_s, name)

    def links(self, at_s: float, chip: int | None = None) -> tuple[LinkState, ...]:
        """Every link as its registers have it, or one chip's."""
        self.advance(at_s)
        return self.peripherals.link_states(at_s, chip)

    def memory(self, at_s: float, chip: int) -> Memory:
        """The memory of a chip."""
        self.advance(at_s)
        return self.peripherals.memories[chip]

    def touch(self, at_s: float) -> None:
        """Something was done to it from outside (a fault came or went): it meets it from now on."""
        self.advance(at_s)
        for chip in self.chips:
            chip.forget_solved()
        self.peripherals.link_states(at_s)  # a link that flaps begins to, or ends
        self._paths = None
        self._changed(at_s)

    # Small change.

    def _boot(self, at_s: float) -> None:
        wrong = self.defects
        dead = any(chip.latched for chip in self.chips)
        self.host.start(at_s, boot_stops_at(wrong.rom_silent, wrong.post_stops_at, dead))
        self._changed(at_s)

    def _reach(self, chip: Chip) -> None:
        """How far a chip's clock comes on the run that begins: short of its target on some of a bad chip's."""
        wrong = chip.defects
        short = wrong.clock_short > 0.0 and (
            uniform(self.serial_number, self.last_job, chip.index, "reach") < wrong.clock_short
        )
        reach = wrong.clock_short_scale if short else 1.0
        if chip.clock_reach != reach:
            chip.clock_reach = reach

    def _switch(self, at_s: float, name: str, act: Callable[[float, Rail], None]) -> None:
        rails = self.bank.select(name)
        self.advance(at_s)
        if self.input.powered:
            for rail in rails:
                act(at_s, rail)
            self._changed(at_s)

    def _reading(self, at_s: float, rail: Rail) -> RailReading:
        self.advance(at_s)
        amps = self.rail_amps(rail)
        volts = rail.volts(at_s) - rail.parameters.load_line_ohms * amps
        return RailReading(rail.name, rail.on, rail.power_good(at_s), rail.set_volts, volts, amps)


class _Input:
    """`world.Load` over a sled."""

    def __init__(self, sled: SledPhysics) -> None:
        self._sled = sled

    def feed(self, at_s: float, source: Source) -> None:
        self._sled.feed(at_s, source)

    def delivered(self, at_s: float) -> Delivered:
        self._sled.advance(at_s)
        seen = self._sled.input.terminals(at_s, self._sled.input_watts())
        sense_volts = self._sled.defects.sense_volts
        # An open sense lead: the supply regulates and reads what it senses, the sled gets more.
        return replace(seen, volts=seen.volts - sense_volts) if sense_volts and self._sled.input.source.on else seen

    def watch(self, listener: Callable[[float], None]) -> None:
        self._sled.listeners.append(listener)

    def alarm(self, who: object, at_s: float, act: Callable[[float], None]) -> None:
        self._sled.alarms.put(who, at_s, act)
