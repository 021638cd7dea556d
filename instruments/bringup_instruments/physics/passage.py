"""A sled through time: advance in closed form between events, and let happen what happens.

The state moves in sub-steps only while a die moves by more than a few kelvin or the coolant is on its way, so an
hour of rest costs one step. `sled.SledPhysics` is the face that the bench sees; `chip`, `rails`, `supply`,
`host`, `jobs` and `board` hold the parts; `coolant.CoolantLoop` is shared with the other sleds.
"""

from __future__ import annotations

from collections.abc import Callable

from ..world import Source
from .air import Path, Surroundings
from .alarms import Alarms
from .board import Conductances, board_after, conductances
from .chip import Chip, Feeds, Motion
from .coolant import CoolantLoop
from .host import Host
from .jobs import Job
from .outcome import Outcome
from .parameters import Role, SledParameters
from .parts import draw_part
from .rails import AbsMaxExceedance, Rail, RailBank
from .supply import InputPort

_MOVE_KELVIN = 2.0  # a die's largest move in one sub-step: leakage is linear to 0.1 % over it
_EDGE_KELVIN = 0.05  # how near to a thermal threshold a sub-step must end


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
        self.bank = RailBank(serial_number, parameters)
        self.host = Host(parameters.host)
        self.input = InputPort(parameters.input)
        spread = parameters.variation
        traits = (draw_part(serial_number, n, spread, lot) for n in range(parameters.chips))
        self.chips = tuple(Chip(n, t, parameters, serial_number) for n, t in enumerate(traits))
        self.jobs: dict[int, Job] = {}
        self.last_job = 0
        self._running: Job | None = None
        self._now_s = 0.0
        self._paths: tuple[float, Conductances] | None = None
        self.surroundings = Surroundings()  # air of chambers and thermal streams
        self.listeners: list[Callable[[float], None]] = []  # told when what the input draws may change
        self.alarms = Alarms()  # of whatever feeds it
        coolant.attach(self, flow_share)
        start = coolant.supply_celsius(0.0)
        self._board_celsius = start
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
        return entry.standby_watts + host + bus / self.parameters.vr.bus_efficiency

    def coolant_watts(self, at_s: float) -> float:
        """Heat given to the coolant: plates and board."""
        self.advance(at_s)
        inlet, paths = self.coolant.supply_celsius(at_s), self._conductances()
        plates = sum(g * (c.plate_celsius - inlet) for g, c in zip(paths.plates, self.chips, strict=True))
        return plates + paths.board * (self._board_celsius - inlet)

    def air_watts(self, at_s: float) -> float:
        """Heat given to the air of chambers and thermal streams."""
        self.advance(at_s)
        plates = sum(self.surroundings.watts(f"chip.{c.index}", c.plate_celsius, at_s) for c in self.chips)
        return plates + self.surroundings.watts("board", self._board_celsius, at_s)

    def advance(self, at_s: float) -> None:
        """Bring the state to `at_s`; a time that has passed already is the present."""
        while self._now_s < at_s:
            self._step(min(at_s, self._next_event_s()))
            self._happen()
            self.alarms.ring(self._now_s)

    def feed(self, at_s: float, source: Source) -> None:
        """The supply changes what it offers (`load.feed`)."""
        self.advance(at_s)
        limit = self.parameters.input.abs_max_volts
        if source.on and source.volts > limit:
            self.bank.abs_max_exceedances.append(AbsMaxExceedance(at_s, "vin", source.volts, limit))
        self.input.offer(at_s, source)
        self._changed(at_s)

    def _next_event_s(self) -> float:
        end = self._running.end_s if self._running else float("inf")
        return min(end, self.input.retry_at_s, max(self.alarms.next_s, self._now_s))

    def _step(self, until_s: float) -> None:
        """One sub-step towards `until_s`, cut short by whatever happens first."""
        now = self._now_s
        seconds = min(until_s - now, self.coolant.longest_step_s(now))
        if self.surroundings.present:
            seconds = min(seconds, self.surroundings.longest_step_s(now))
        inlet = self.coolant.supply_celsius(now)
        rate = self.coolant.supply_rate(now, now + seconds)
        paths = self._conductances()
        motions, board_path = self._ways(Path(0.0, inlet, rate), paths, now, now + seconds)
        seconds, moves = self._moves(motions, seconds)
        struck, fault_s = self._first_fault()
        if struck is not None and fault_s <= now + seconds:
            seconds = max(0.0, fault_s - now)
            moves = [m.move(seconds) for m in motions]
        end = until_s if now + seconds >= until_s else now + seconds
        self._observe(end)
        for motion, (die, plate) in zip(motions, moves, strict=True):
            motion.chip.die_celsius += die
            motion.chip.plate_celsius += plate
        # With the power at the step's end: a long step ends at rest, and a short one does not care.
        board = self.input_watts() - sum(c.operating().heat for c in self.chips)
        self._board_celsius = board_after(
            self.parameters,
            self._board_celsius,
            seconds,
            inlet=board_path.celsius + 0.5 * board_path.rate * seconds,
            watts=board,
            conductance=board_path.conductance,
        )
        self._now_s = end
        if struck is not None and fault_s <= end:
            self._strike(struck, end)

    def _ways(self, inlet: Path, paths: Conductances, from_s: float, to_s: float) -> tuple[list[Motion], Path]:
        """Which chips are about to move, and the board's way for heat: coolant alone, or with air beside it."""
        celsius, rate = inlet.celsius, inlet.rate
        chips = zip(self.chips, paths.plates, strict=True)
        if not self.surroundings.present:
            found = [c.motion(celsius, rate, g) for c, g in chips]
            return [m for m in found if m is not None], Path(paths.board, celsius, rate)
        mixed = self.surroundings.mixed
        motions = []
        for chip, conductance in chips:
            path = mixed(f"chip.{chip.index}", Path(conductance, celsius, rate), from_s, to_s)
            motion = chip.motion(path.celsius, path.rate, path.conductance)
            if motion is not None:
                motions.append(motion)
        return motions, mixed("board", Path(paths.board, celsius, rate), from_s, to_s)

    def _moves(self, motions: list[Motion], seconds: float) -> tuple[float, list[tuple[float, float]]]:
        """The longest step up to `seconds` in which no die moves too far or well past a threshold, and its moves."""
        seconds = min([seconds, *(m.net.longest_s() for m in motions)])
        while True:
            moves = [m.move(seconds) for m in motions]
            rooms = [self._room(m.chip, die) for m, (die, _) in zip(motions, moves, strict=True)]
            worst = max((abs(die) / room for room, (die, _) in zip(rooms, moves, strict=True)), default=0.0)
            if worst <= 1.0:
                return seconds, moves
            seconds *= max(0.05, 0.95 / worst)

    def _room(self, chip: Chip, kelvin: float) -> float:
        core = self.parameters.chip
        room = _MOVE_KELVIN
        for edge in (core.throttle_celsius, core.trip_celsius):
            if edge is not None and chip.die_celsius < edge < chip.die_celsius + kelvin:
                room = min(room, edge - chip.die_celsius + _EDGE_KELVIN)
        return room

    # Events.

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
        if self._running is not None and self._now_s >= self._running.end_s:
            self._running.ended = True
            self._end_job()
        for chip in self.chips:
            self._guard_temperature(chip)
        self._guard_currents()
        self._guard_input()
        for listener in self.listeners:
            listener(self._now_s)

    def _guard_temperature(self, chip: Chip) -> None:
        core, celsius = self.parameters.chip, chip.die_celsius
        if core.throttle_celsius is not None:
            cool = core.throttle_celsius - core.throttle_hysteresis_celsius
            hot = celsius >= (cool if chip.throttled else core.throttle_celsius)
            if hot != chip.throttled:
                chip.throttled = hot
        if core.trip_celsius is not None and celsius >= core.trip_celsius and chip.feeds.core_volts > 0.0:
            for rail in self.bank:
                if rail.chip == chip.index and rail.on:
                    self.bank.trip(self._now_s, rail, f"THERMTRIP at {celsius:.1f} °C")
            self._refresh()

    def _guard_currents(self) -> None:
        loads = [(rail, self._amps(rail), rail.parameters.trip_amps) for rail in self.bank.protected if rail.on]
        over = [(rail, amps) for rail, amps, limit in loads if limit is not None and amps > limit]
        for rail, amps in over:
            self.bank.trip(self._now_s, rail, f"over-current: {amps:.0f} A")
        if over:
            self._refresh()

    def _guard_input(self) -> None:
        entry, now = self.input, self._now_s
        if entry.powered and not entry.holds(self.input_watts()):
            entry.lost(now)
            self._power_lost(now)
        elif not entry.powered:
            due = entry.retry_at_s == float("inf") or now >= entry.retry_at_s
            if due and entry.starts(self.parameters.input.standby_watts):
                entry.came()
                self.bank.input_came(now)
            elif due:
                entry.retry_at_s = float("inf")

    def _power_lost(self, at_s: float) -> None:
        self.bank.input_lost(at_s)
        self._stop_host()
        for chip in self.chips:
            chip.clock_hertz = self.parameters.chip.clock_hertz
        self._refresh()

    def _changed(self, at_s: float) -> None:
        """After any command: sum the rails up again, then see what cannot stand it."""
        self._refresh()
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

    def _refresh(self) -> None:
        """Sum up which rails feed which chip; a chip without its core rail forgets, one losing a rail is lost."""
        for chip in self.chips:
            was, chip.feeds = chip.feeds, self._feeds(chip.index)
            if chip.feeds.core_volts <= 0.0:
                chip.latched = None
                chip.throttled = False
            if was.complete and not chip.feeds.complete and self.host.answers(self._now_s):
                self._lose(chip)

    def _lose(self, chip: Chip) -> None:
        """A chip that vanishes under a running host takes the host with it: its next access never ends."""
        if self._running is not None:
            self._running.runs[chip.index].strike(self._now_s, Outcome.LINK_LOSS)
        self.host.chip_fell_silent(self._now_s)
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
        self.jobs.clear()
        self._end_job()

    # Sums.

    def _amps(self, rail: Rail) -> float:
        """Current that a rail delivers; standby rails' is not modelled beyond the standby power."""
        if not rail.on or rail.chip is None:
            return 0.0
        chip, role = self.chips[rail.chip], rail.parameters.role
        if role is Role.CORE:
            return chip.operating().core.amps
        group = {Role.HBM} if role is Role.HBM else {Role.SRAM, Role.UNCORE}
        watts = chip.operating().hbm if role is Role.HBM else chip.operating().uncore
        mine = [r for r in self.bank if r.chip == rail.chip and r.on and r.parameters.role in group]
        total = sum(r.parameters.power_share for r in mine)
        return watts * rail.parameters.power_share / total / rail.target_volts if rail.target_volts > 0 else 0.0

    def _flow_lpm(self) -> float:
        return self.coolant.sled_flow_lpm(self)

    def _conductances(self) -> Conductances:
        lpm = self._flow_lpm()
        if self._paths is None or self._paths[0] != lpm:
            self._paths = (lpm, conductances(self.parameters, lpm))
        return self._paths[1]


def _share(rails: list[Rail], roles: set[Role]) -> float:
    """Part of a role's power whose rails are on."""
    group = [rail for rail in rails if rail.parameters.role in roles]
    total = sum(rail.parameters.power_share for rail in group)
    return sum(rail.parameters.power_share for rail in group if rail.on) / total if total else 1.0
