"""A sled through time: advance in closed form between events, and let happen what happens.

The state moves in sub-steps only while a die moves by more than a few kelvin or the coolant is on its way, so an
hour of rest costs one step. `sled.SledPhysics` is the face that the bench sees; `chip`, `rails`, `supply`,
`host`, `jobs` and `board` hold the parts; `coolant.CoolantLoop` is shared with the other sleds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..world import Source
from .air import Path, Surroundings
from .alarms import Alarms
from .board import Conductances, board_after, conductances
from .chip import Chip, Feeds
from .coolant import CoolantLoop
from .defects import SledDefects
from .host import Host, Stage
from .jobs import Job
from .motions import longest_moves, ways
from .outcome import Outcome
from .parameters import Role, SledParameters
from .parts import draw_part
from .peripherals import Peripherals
from .protections import guard_currents, guard_input, guard_temperature
from .rails import AbsMaxExceedance, Protection, Rail, RailBank
from .regulator import fit_regulators
from .supply import InputPort
from .telemetry import Telemetry
from .truths import Truths
from .wear import live, longest_wear_s, stacks_celsius


class SledInTime:
    """The state of one sled and its passage; see `SledPhysics` for the arguments."""

    def __init__(
        self,
        serial_number: str,
        parameters: SledParameters,
        coolant: CoolantLoop,
        lot: str | None = None,
        flow_share: float = 1.0,
    ) -> None:
        self.serial_number = serial_number
        self.parameters = parameters
        self.coolant = coolant
        self.defects = SledDefects()
        self.bank = RailBank(serial_number, parameters, self.defects.rails)
        self.regulators = fit_regulators(serial_number, parameters, self.bank, self.defects)
        self.host = Host(parameters.host)
        self.input = InputPort(parameters.input, self.defects.rails.shorts)
        spread = parameters.variation
        traits = (draw_part(serial_number, n, spread, lot) for n in range(parameters.chips))
        self.chips = tuple(Chip(n, t, parameters, serial_number, self.defects.chip(n)) for n, t in enumerate(traits))
        self.jobs: dict[int, Job] = {}
        self.last_job = 0
        self._running: Job | None = None
        self.now_s = 0.0
        self._paths: tuple[float, Conductances] | None = None
        self.surroundings = Surroundings()  # air of chambers and thermal streams
        self.listeners: list[Callable[[float], None]] = []  # told when what the input draws may change
        self.alarms = Alarms()  # of whatever feeds it
        self.peripherals = Peripherals(serial_number, parameters, self.defects)
        self.truths = Truths(self)
        self.telemetry = Telemetry(
            self, lambda: self.input.powered_since_s, parameters, serial_number, self.defects.lies
        )
        self.listeners.append(self.telemetry.note)
        coolant.attach(self, flow_share)
        start = coolant.supply_celsius(0.0)
        self.board_celsius = start
        for chip in self.chips:
            chip.die_celsius = chip.plate_celsius = start

    def input_watts(self) -> float:
        """Power into the sled's end of the cable, at the time it was last advanced to."""
        if not self.input.powered:
            return 0.0
        entry = self.parameters.input
        host = entry.host_watts if self.host.on_at_s is not None else 0.0
        bus = 0.0
        for chip in self.chips:  # no sum() over a generator: every step, and every query of a supply, comes by here
            bus += chip.operating().bus
        vr = self.parameters.vr
        leaks = self.defects.rails.leaks
        if leaks:
            bus += (
                sum(amps * r.target_volts for n, amps in leaks.items() for r in self.bank.select(n))
                / vr.other_efficiency
            )
        return entry.standby_watts + host + bus / vr.bus_efficiency

    def coolant_watts(self, at_s: float) -> float:
        """Heat given to the coolant: plates and board."""
        self.advance(at_s)
        inlet, paths = self.coolant.supply_celsius(at_s), self._conductances()
        plates = sum(g * (c.plate_celsius - inlet) for g, c in zip(paths.plates, self.chips, strict=True))
        return plates + paths.board * (self.board_celsius - inlet)

    def air_watts(self, at_s: float) -> float:
        """Heat given to the air of chambers and thermal streams."""
        self.advance(at_s)
        plates = sum(self.surroundings.watts(f"chip.{c.index}", c.plate_celsius, at_s) for c in self.chips)
        return plates + self.surroundings.watts("board", self.board_celsius, at_s)

    def advance(self, at_s: float) -> None:
        """Bring the state to `at_s`; a time that has passed already is the present."""
        while self.now_s < at_s:
            self._step(min(at_s, self._next_event_s()))
            self._happen()
            self.alarms.ring(self.now_s)

    def feed(self, at_s: float, source: Source) -> None:
        """The supply changes what it offers (`load.feed`)."""
        self.advance(at_s)
        limit = self.parameters.input.abs_max_volts
        if self.defects.sense_volts:
            source = replace(source, volts=source.volts + self.defects.sense_volts)
        if source.on and source.volts > limit:
            self.bank.abs_max_exceedances.append(AbsMaxExceedance(at_s, "vin", source.volts, limit))
        self.input.offer(at_s, source)
        self._changed(at_s)

    def trip(self, at_s: float, rail: Rail, reason: str, protection: Protection) -> None:
        """A regulator turns its rail off by itself."""
        self.advance(at_s)
        self.bank.trip(at_s, rail, reason, protection)
        self._changed(at_s)

    def _next_event_s(self) -> float:
        end = self._running.end_s if self._running else float("inf")
        own = min(end, self.input.retry_at_s, self.input.trips_at_s, self.host.next_stage_s)
        return min(own, max(self.alarms.next_s, self.now_s))

    def _step(self, until_s: float) -> None:
        """One sub-step towards `until_s`, cut short by whatever happens first."""
        now = self.now_s
        seconds = min(until_s - now, self.coolant.longest_step_s(now), longest_wear_s(self))
        if self.surroundings.present:
            seconds = min(seconds, self.surroundings.longest_step_s(now))
        inlet = self.coolant.supply_celsius(now)
        rate = self.coolant.supply_rate(now, now + seconds)
        paths = self._conductances()
        motions, board_path = ways(self, Path(0.0, inlet, rate), paths, now, now + seconds)
        seconds, moves = longest_moves(self.parameters.chip, motions, seconds)
        struck, fault_s = self._first_fault()
        if struck is not None and fault_s <= now + seconds:
            seconds = max(0.0, fault_s - now)
            moves = [m.move(seconds) for m in motions]
        end = until_s if now + seconds >= until_s else now + seconds
        self._observe(end)
        live(self, inlet, end - now)
        for motion, (die, plate) in zip(motions, moves, strict=True):
            motion.chip.die_celsius += die
            motion.chip.plate_celsius += plate
        # With the power at the step's end: a long step ends at rest, and a short one does not care.
        board = self.input_watts() - sum(c.operating().heat for c in self.chips)
        self.board_celsius = board_after(
            self.parameters,
            self.board_celsius,
            seconds,
            inlet=board_path.celsius + 0.5 * board_path.rate * seconds,
            watts=board,
            conductance=board_path.conductance,
        )
        self.now_s = end
        if struck is not None and fault_s <= end:
            self._strike(struck, end)

    # Events.

    @property
    def running(self) -> Job | None:
        """The job that runs, as of the time last advanced to."""
        return self._running

    def _first_fault(self) -> tuple[Chip | None, float]:
        if self._running is None:
            return None, float("inf")
        job, core = self._running, self.parameters.chip
        faults = [(job.fault_at(chip, core), chip.index) for chip in self.chips]
        fault_s, index = min(faults)
        return self.chips[index], fault_s

    def _strike(self, chip: Chip, at_s: float) -> None:
        if self._running is not None:
            self._latch(chip, self._running.strike(chip, self.parameters.chip, at_s), at_s)

    def _latch(self, chip: Chip, outcome: Outcome, at_s: float) -> None:
        """The chip answers no more; a hang takes the host with it, a lost link does not."""
        chip.latched = outcome
        chip.workload = self.parameters.chip.workloads["idle"]
        if outcome is Outcome.HANG:
            self.host.chip_fell_silent(at_s)
            self._end_job()

    def _observe(self, to_s: float) -> None:
        if self._running is not None:
            for chip in self.chips:
                self._running.observe(chip, self.parameters.chip, to_s)

    def _happen(self) -> None:
        """Whatever the end of a sub-step brings: a job's end, thresholds, protections, the input."""
        if self._running is not None and self.now_s >= self._running.end_s:
            self._running.finish(self)
            self._end_job()
        self._reach_stages()
        for chip in self.chips:
            guard_temperature(self, chip)
        guard_currents(self)
        guard_input(self)
        for listener in self.listeners:
            listener(self.now_s)

    def power_lost(self, at_s: float) -> None:
        """The input fell through its lock-out."""
        self.bank.input_lost(at_s)
        self._stop_host()
        self.peripherals.input_lost()
        for chip in self.chips:
            chip.clock_hertz = self.parameters.chip.clock_hertz
        self.refresh()

    def _changed(self, at_s: float) -> None:
        """After any command: sum the rails up again, then see what cannot stand it."""
        self.refresh()
        if self._running is None and self.host.answers(at_s):
            self._guard_idle(at_s)
        self._happen()

    def _guard_idle(self, at_s: float) -> None:
        """A chip far below even its idle Vmin hangs without any job."""
        idle = self.parameters.chip.workloads["idle"]
        for chip in self.chips:
            awake = chip.feeds.complete and chip.latched is None
            if awake and chip.margin(idle) < -self.parameters.chip.hang_all_volts:
                self._latch(chip, Outcome.HANG, at_s)

    def _reach_stages(self) -> None:
        """What a boot comes to: links are enumerated, then memory trains; a stack that does not costs its chip."""
        while (stage := self.host.reach(self.now_s)) is not None:
            if stage is Stage.LINKS:
                self.peripherals.train_links(self.now_s)
            else:
                self.peripherals.train_memory(stacks_celsius(self), [chip.feeds.complete for chip in self.chips])

    def refresh(self) -> None:
        """Sum up which rails feed which chip; a chip without its core rail forgets, one losing a rail is lost."""
        for chip in self.chips:
            was, chip.feeds = chip.feeds, self._feeds(chip.index)
            if chip.feeds.core_volts <= 0.0:
                chip.latched = None
                chip.throttled = False
                chip.lock_losses = 0.0
                self.peripherals.chip_lost_power(chip.index)
            if was.complete and not chip.feeds.complete and self.host.answers(self.now_s):
                self._lose(chip)

    def _lose(self, chip: Chip) -> None:
        """A chip that vanishes under a running host takes the host with it: its next access never ends."""
        if self._running is not None:
            self._running.lose(chip.index, self.now_s)
        self.host.chip_fell_silent(self.now_s)
        self._end_job()

    def _feeds(self, index: int) -> Feeds:
        mine = [rail for rail in self.bank if rail.chip in {None, index}]
        core = next(rail for rail in mine if rail.parameters.role is Role.CORE)
        return Feeds(
            core_volts=core.target_volts,
            hbm=_share(mine, {Role.HBM}),
            uncore=_share(mine, {Role.SRAM, Role.UNCORE}),
            complete=all(rail.on for rail in mine),
        )

    def _end_job(self) -> None:
        self._running = None
        for chip in self.chips:
            chip.workload = self.parameters.chip.workloads["idle"]

    def _stop_host(self) -> None:
        self.host.stop()
        self.peripherals.drop_links(self.now_s)
        self.jobs.clear()
        self._end_job()

    # Sums.

    def true_values(self) -> dict[str, float]:
        """What moves by itself and fast, for telemetry's memory."""
        return self.truths.moving()

    def true_value(self, quantity: str) -> float:
        """Any quantity by its name, as of the time last advanced to."""
        return self.truths.value(quantity)

    def regulator_rails(self, instance: str) -> tuple[str, ...]:
        """Instances of the rails that a regulator makes, by page."""
        name, _, chip = instance.partition(".")
        found = next(regulator for regulator in self.parameters.regulators if regulator.name == name)
        return tuple(f"{rail}.{chip}" for rail in found.rails) if chip else found.rails

    def rail_amps(self, rail: Rail) -> float:
        """Current that a rail delivers, soft shorts included; standby rails share the standby power."""
        if not rail.on or rail.target_volts <= 0.0:
            return 0.0
        return self._wanted_amps(rail) + self.defects.rails.leaks.get(rail.name, 0.0)

    def _wanted_amps(self, rail: Rail) -> float:
        if rail.chip is None:
            mine = [r for r in self.bank if r.chip is None and r.on]
            total = sum(r.parameters.power_share for r in mine)
            watts = self.parameters.input.standby_watts * self.parameters.vr.other_efficiency
            return watts * rail.parameters.power_share / total / rail.target_volts
        chip, role = self.chips[rail.chip], rail.parameters.role
        if role is Role.CORE:
            return chip.operating().core.amps
        group = {Role.HBM} if role is Role.HBM else {Role.SRAM, Role.UNCORE}
        watts = chip.operating().hbm if role is Role.HBM else chip.operating().uncore
        mine = [r for r in self.bank if r.chip == rail.chip and r.on and r.parameters.role in group]
        total = sum(r.parameters.power_share for r in mine)
        return watts * rail.parameters.power_share / total / rail.target_volts

    def true_flow_lpm(self) -> float:
        """Coolant through this sled, in L/min."""
        return self.coolant.sled_flow_lpm(self) * self.defects.flow_share

    def _conductances(self) -> Conductances:
        lpm = self.true_flow_lpm()
        if self._paths is None or self._paths[0] != lpm:
            self._paths = (lpm, conductances(self.parameters, lpm))
        return self._paths[1]


def _share(rails: list[Rail], roles: set[Role]) -> float:
    """Part of a role's power whose rails are on."""
    group = [rail for rail in rails if rail.parameters.role in roles]
    total = sum(rail.parameters.power_share for rail in group)
    return sum(rail.parameters.power_share for rail in group if rail.on) / total if total else 1.0
