"""The one owner of a powered slot: `with energized(slot, …) as power:`.

Inside, `power` walks the product's sequence up (`walk_up`, or a plan's own `steps`). The exit, by whatever cause,
takes everything down in reverse order, verifies by read-back, and never hides the error that caused it. Where the
orderly way is lost (a console that no longer answers), 54 V goes off at once and takes every rail with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from ..capabilities import HostState
from ..errors import BenchError, BringupError, InstrumentError, NoReply, NotSafe, RailFault, SledHang
from ..events import SlotState
from ..files.product_power import Rail
from ..power import PowerStep
from .bench import SlotBench
from .boot_checks import check_chips, last_words
from .power_checks import by_pmbus, check_input_holds, check_off, check_sense, check_standby, tripped_at_once

SUPPLY_RISE_S = 5.0
CONTROLLER_BOOT_S = 30.0
RAIL_UP_S = 1.0
RAIL_DOWN_S = 5.0
SUPPLY_FALL_S = 10.0
DOWN_TRIES = 2  # of a step on the way down: one spoilt reply must not cost the order
OFF_TIME_S = 5.0  # long enough for every rail to be below its residual limit before power comes back
POLL_S = 0.05

StateSink = Callable[[SlotState, str], None]


class SlotPower:
    """A slot's way up and down. Only `energized` makes one.

    Args:
        slot: the instruments.
        state: told what the slot is doing, for the screens.
        standby: called on every way up when the standby rails are verified, before the first switched one; what it
            raises ends the way up.

    Attributes:
        out_of_order: why the last way down left rails to 54 V going off, or "".
    """

    def __init__(self, slot: SlotBench, state: StateSink, standby: Callable[[], None] = lambda: None) -> None:
        self.out_of_order = ""
        self._standby = standby
        self._unread: Exception | None = None  # why the supply could not be read, with what was said on its wire
        self._slot = slot
        self._has_input = False
        self._state = state
        self._clock = slot.clock

    def steps(self) -> Iterator[PowerStep]:
        """Bring up 54 V and then one rail after the other; each is verified before it is yielded.

        Raises:
            BenchError: the supply or the controller is not as it should be.
            RailFault: a rail did not come up, or not to its voltage.
            IdentityRefused: the board is not one that may be powered.
        """
        self._state(SlotState.POWER_UP, self._slot.product.input_name)
        if not self._has_input:
            self._input_on()
            self._has_input = True
        full_current = False
        standby = [rail for rail in self._slot.product.facts.rails if rail.comes_with_input]
        last_standby = standby[-1] if standby else None
        for rail in self._slot.product.facts.rails:
            # Standby rails come up under a small current limit: a short must not meet the full supply.
            if not rail.comes_with_input and not full_current:
                self._standby()
                self._limit_current(self._slot.product.facts.input.current_limit_amps)
                full_current = True
            self._state(SlotState.POWER_UP, rail.name)
            if not rail.comes_with_input:
                self._enable(rail)
            step = self._verified(rail)
            if rail is last_standby:
                check_standby(self._slot, step)
            yield step
        if not full_current:
            self._standby()
            self._limit_current(self._slot.product.facts.input.current_limit_amps)

    def boot(self) -> None:
        """Start the host and wait until it is ready.

        Raises:
            SledHang: it was not ready within the product's time.
        """
        self._state(SlotState.POWER_UP, "host boots")
        within_s = self._slot.product.facts.boot.ready_within_s
        self._slot.controller.host_on()
        if not self._until(lambda: self._slot.controller.host_state() is HostState.READY, within_s, poll_s=10.0):
            state = self._slot.controller.host_state()
            raise SledHang(f"hang: host is {state} after {within_s:g} s of boot: {last_words(self._slot)}")
        check_chips(self._slot)

    def by_pmbus(self, rail: str) -> Mapping[str, float]:
        """A rail's volts by its own regulator (`PowerSequence`)."""
        return by_pmbus(self._slot, rail)

    def rails_down(self) -> None:
        """The switched rails, in reverse order, each verified; standby rails and the input stay (`PowerSequence`).

        Raises:
            RailFault: one is still enabled, or still holds more than its residual limit.
            BenchError: the controller does not answer.
        """
        for rail in reversed(self._slot.product.facts.rails):
            if not rail.comes_with_input:
                self._state(SlotState.POWER_DOWN, rail.name)
                check_off(self._slot, rail, lambda rail=rail: self._rail_down(rail))  # type: ignore[misc]

    def walk_up(self) -> None:
        """The whole way: rails, then the host."""
        for _ in self.steps():
            pass
        self.boot()

    def cycle(self) -> None:
        """Power cycle: down, off for a while, and the whole way up; what a hung sled needs."""
        self._state(SlotState.RECOVERING, "power cycle")
        self.down()
        self._clock.sleep(OFF_TIME_S)
        self.walk_up()

    def down(self) -> None:
        """Host off, rails off in reverse order, 54 V off; each verified by read-back. No abort interrupts it.

        54 V is switched off whatever became of the rails.

        Raises:
            NotSafe: something could not be verified off; the message says what.
        """
        with self._clock.shielded():
            self._state(SlotState.POWER_DOWN, "")
            self._unread = None
            self._has_input = False
            doubts = [doubt for doubt in (self._rails_down(), self._input_off()) if doubt]
        if doubts:
            raise NotSafe(
                f"slot {self._slot.name} is not known to be safe: {'; '.join(doubts)}. "
                f"Switch its {self._slot.product.input_name} supply off by hand and check before anyone touches it"
            ) from self._unread

    def _rails_down(self) -> str:
        """The orderly way, as far as it leads; returns why a rail is in doubt, or ""."""
        self.out_of_order = ""
        if not self._may_be_on():
            return ""
        controller = self._slot.controller
        switched = [rail for rail in self._slot.product.facts.rails if not rail.comes_with_input]
        steps: list[tuple[str, Callable[[], None]]] = [("host", controller.host_off)]
        steps += [(rail.name, partial(self._rail_down, rail)) for rail in reversed(switched)]
        for name, step in steps:
            problem = self._tried(step)
            if name == "host" and not isinstance(problem, NoReply):
                continue  # a host that will not say that it is off goes with its rails
            if problem is not None:
                # Going on would take a rail away from under one that is still up; and a controller that is silent
                # would cost its timeout for every rail.
                self.out_of_order = f"{name}: {_told(problem)}"
                return str(problem) if isinstance(problem, RailFault) else ""
        return ""

    def _may_be_on(self) -> bool:
        try:
            return self._slot.supply.is_on()
        except Exception:
            return True  # unknown: the rails are tried

    def _rail_down(self, rail: Rail) -> None:
        controller = self._slot.controller
        controller.rail_off(rail.name)

        def is_down() -> bool:
            return all(reading.volts < rail.off_below_volts for reading in controller.read_rail(rail.name))

        if not self._until(is_down, RAIL_DOWN_S):
            raise RailFault(
                f"rail {rail.name} is still above {rail.off_below_volts:g} V {RAIL_DOWN_S:g} s after it was disabled"
            )

    def _input_off(self) -> str:
        """54 V off; returns why that is in doubt, or ""."""
        refused = self._tried(self._slot.supply.output_off)
        doubt = self._verified_off()
        if doubt and refused is not None:
            return f"{doubt}; output off was answered with: {_told(refused)}"
        return doubt

    def _verified_off(self) -> str:
        """Two witnesses, the supply's own word and its terminals; a reply that is spoilt is asked for again."""
        supply, off_below = self._slot.supply, self._slot.product.facts.input.off_below_volts
        deadline = self._clock.now() + SUPPLY_FALL_S
        while True:
            try:
                is_on, volts = supply.is_on(), supply.volts()
            except Exception as problem:
                seen = f"the supply cannot be read: {_told(problem)}"
                self._unread = problem
            else:
                if not is_on and volts < off_below:
                    return ""
                seen = f"the supply's output is {'on' if is_on else 'off'} and its terminals are at {volts:.2f} V"
            if self._clock.now() >= deadline:
                return seen
            self._clock.sleep(POLL_S)

    def _enable(self, rail: Rail) -> None:
        controller = self._slot.controller
        for reading in controller.read_rail(rail.name):
            if reading.on or reading.volts >= rail.off_below_volts:
                raise RailFault(
                    f"rail {reading.name} of slot {self._slot.name} holds {reading.volts:.3f} V before it is enabled "
                    f"(residual limit {rail.off_below_volts:g} V): back-powered, or never disabled"
                )
        controller.set_rail(rail.name, rail.nominal_volts)
        try:
            controller.rail_on(rail.name)
        except NoReply:
            raise
        except InstrumentError as refusal:
            raise tripped_at_once(self._slot, rail) or refusal from refusal

    def _verified(self, rail: Rail) -> PowerStep:
        controller = self._slot.controller
        good = self._until(lambda: all(r.power_good for r in controller.read_rail(rail.name)), RAIL_UP_S)
        readings = controller.read_rail(rail.name)
        for reading in readings:
            what = f"rail {reading.name} of slot {self._slot.name}: {reading.volts:.4f} V for {rail.nominal_volts:g} V"
            if not good and not reading.power_good:
                raise RailFault(f"{what}, and no power-good within {RAIL_UP_S:g} s")
            if abs(reading.volts - rail.nominal_volts) * 100 > rail.tolerance_percent * rail.nominal_volts:
                raise RailFault(f"{what}, outside ±{rail.tolerance_percent:g} %")
        return PowerStep(rail.name, rail.nominal_volts, readings, controller.input().watts)

    def _input_on(self) -> None:
        supply, facts = self._slot.supply, self._slot.product.facts.input
        if supply.is_on():
            raise BenchError(
                f"slot {self._slot.name}: the supply's output was on before this night switched it on: somebody else "
                "uses it, or an earlier night died; it is switched off now, look at the sled before the next night"
            )
        self._limit_current(facts.standby_limit_amps)
        supply.output_on()
        floor = facts.nominal_volts * 0.95
        if not self._until(lambda: supply.volts() >= floor, SUPPLY_RISE_S):
            raise RailFault(
                f"slot {self._slot.name}: {facts.nominal_volts:g} V input reached only {supply.volts():.2f} V "
                f"at {supply.amps():.2f} A "
                f"(limit {facts.standby_limit_amps:g} A): look for a short before raising the limit"
            )
        self._check_sled()

    def _limit_current(self, amps: float) -> None:
        facts = self._slot.product.facts.input
        over_volts = (facts.nominal_volts + facts.abs_max_volts) / 2
        self._slot.supply.configure(volts=facts.nominal_volts, amps=amps, over_volts=over_volts)

    def _check_sled(self) -> None:
        identity = None
        deadline = self._clock.now() + CONTROLLER_BOOT_S
        while identity is None:
            try:
                identity = self._slot.controller.identify()
            except BenchError:
                if self._clock.now() >= deadline:
                    check_input_holds(self._slot)
                    raise
                self._clock.sleep(1.0)
        check_sense(self._slot)
        if identity.serial_number != self._slot.serial_number:
            raise BenchError(
                f"slot {self._slot.name} holds sled {identity.serial_number}, but the station file says "
                f"{self._slot.serial_number}; correct the one or the other"
            )

    def _until(self, condition: Callable[[], bool], within_s: float, poll_s: float = POLL_S) -> bool:
        deadline = self._clock.now() + within_s
        while not condition():
            if self._clock.now() >= deadline:
                return False
            self._clock.sleep(poll_s)
        return True

    @staticmethod
    def _tried(step: Callable[[], None]) -> Exception | None:
        """Try a step on the way down; returns why it failed to the last. Whatever a driver raises, 54 V goes off."""
        for left in reversed(range(DOWN_TRIES)):
            try:
                step()
            except Exception as problem:
                if not left or isinstance(problem, RailFault):
                    return problem
            else:
                return None
        return None


def _told(problem: Exception) -> str:
    return str(problem) if isinstance(problem, BringupError) else f"{type(problem).__name__}: {problem}"


MadeSafe = Callable[[NotSafe | None, str], None]


@contextmanager
def energized(
    slot: SlotBench, state: StateSink, made_safe: MadeSafe, standby: Callable[[], None] = lambda: None
) -> Iterator[SlotPower]:
    """Own a slot's power from here on; nothing is on yet.

    Args:
        slot: the instruments.
        state: told what the slot is doing.
        made_safe: told the end of the way down: None, or why the safe state is in doubt; and why rails were
            left to 54 V going off, or "". The first error, if there was one, goes on its way whatever becomes
            of the way down and of the telling.
        standby: see `SlotPower`.
    """
    power = SlotPower(slot, state, standby)
    try:
        yield power
    except BaseException as first:
        try:
            _make_safe(power, slot, made_safe)
        except Exception as second:
            first.add_note(f"and on the way to the safe state: {_told(second)}")
        raise
    _make_safe(power, slot, made_safe)


def _make_safe(power: SlotPower, slot: SlotBench, made_safe: MadeSafe) -> None:
    doubt: NotSafe | None = None
    try:
        power.down()
    except NotSafe as problem:
        doubt = problem
    except Exception as problem:
        doubt = NotSafe(f"slot {slot.name} is not known to be safe: {_told(problem)}")
    made_safe(doubt, power.out_of_order)
