"""Whatever happens inside a night, it ends in the safe state, or says that it does not know.

The judge is the simulated lab's physics: what is still at voltage, in which order the rails went off, and whether a
sled was ever put at risk. The runner's own word is held against it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from bringup import Measure, Multimeter, Sled, at_most, plan, unjudged
from bringup.clock import Clock
from bringup.errors import Aborted, BenchError, JournalError, RailFault, SledFault, SledHang, UsageError
from bringup.events import Event, EventKind
from bringup.files.station import load_station
from bringup.files.wire_fault import SPOIL_REPLIES, FaultKind
from bringup.plans import Plan
from bringup.records import AttemptEnd, AttemptStart, Heartbeat, Live
from bringup.store import Journal, OpenRun
from bringup.verdicts import Verdict
from bringup_instruments.lab import SimulatedLab
from tests.integration.one_night import BMC, HOST, METER, SUPPLY, Seen, hold_one, wired

WAY_DOWN = [rail.name for rail in load_station(Path("test_plans/stations/simulated.toml")).products["S1"].facts.rails]
WAY_DOWN = [*reversed(WAY_DOWN[2:]), "vin"]  # the two standby rails go with 54 V

NIGHTS = settings(
    deadline=None,
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    derandomize=True,
)


def body_plan(body: Callable[[Sled], object], retries: int = 0) -> Plan:
    """A plan that takes one number and then does `body`."""

    @plan(points=(), limits={"before": unjudged("W"), "after": unjudged("W")}, retries=retries, point_s=60)
    def given(sled: Sled, measure: Measure) -> None:
        measure("before", sled.power())
        body(sled)
        measure("after", sled.power())

    return given


def raising(problem: BaseException) -> Callable[[Sled], object]:
    def body(_sled: Sled) -> None:
        raise problem

    return body


def assert_orderly(seen: Seen) -> None:
    """Safe by the physics, in declared reverse order, never at risk; and the journal says the same."""
    assert seen.danger() == []
    assert seen.misdeeds() == []
    for slot in seen.energized:
        assert seen.switched_off[slot][-len(WAY_DOWN) :] == WAY_DOWN
        assert seen.kinds(slot).count(EventKind.MADE_SAFE) == 1
    assert seen.held.result.unsafe == ()
    assert_nothing_open(seen)


def assert_nothing_open(seen: Seen) -> None:
    assert all(run.ended_s is not None for run in seen.runs)
    assert all(attempt.ended_s is not None for attempt in seen.attempts)


@pytest.mark.parametrize(
    ("problem", "verdict", "cause"),
    [
        (ValueError("no such thing"), Verdict.ERROR, "ValueError: no such thing"),
        (SystemExit(0), Verdict.ERROR, "SystemExit"),
        (KeyboardInterrupt(), Verdict.ERROR, "KeyboardInterrupt"),
        (pytest.fail.Exception("a plan that thinks it is a test"), Verdict.ERROR, "a plan that thinks"),
        (UsageError("not so"), Verdict.ERROR, "not so"),
        (BenchError("a cable came off"), Verdict.ERROR, "a cable came off"),
        (SledFault("a chip is gone"), Verdict.FAIL, "a chip is gone"),
        (SledHang("silence"), Verdict.FAIL, "silence"),
        (RailFault("vdd_core is low"), Verdict.FAIL, "vdd_core is low"),
        (Aborted("a person said no"), Verdict.ABORTED, "a person said no"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_whatever_a_plan_raises(lab: Path, problem: BaseException, verdict: Verdict, cause: str) -> None:
    seen = hold_one(lab, body_plan(raising(problem)))
    assert_orderly(seen)
    (run,), (attempt,) = seen.runs, seen.attempts
    assert (seen.held.result.verdict, run.verdict, attempt.verdict) == (verdict, verdict, verdict)
    assert cause in attempt.cause
    assert [one.name for one in seen.measurements[attempt.id]] == ["before"], "what was taken is kept"


def test_a_plan_that_raises_ends_no_other_plan(lab: Path) -> None:
    @plan(points=(), limits={"watts": unjudged("W")})
    def fine(sled: Sled, measure: Measure) -> None:
        measure("watts", sled.power())

    seen = hold_one(lab, [body_plan(raising(SystemExit(3))), fine])
    assert [run.verdict for run in seen.runs] == [Verdict.ERROR, Verdict.PASS]
    assert_orderly(seen)


def test_one_slot_in_trouble_leaves_the_others_alone(lab: Path) -> None:
    def body(sled: Sled) -> None:
        if sled.serial_number == "LS-A-0042":
            raise Aborted("this one not")

    seen = hold_one(lab, body_plan(body), ("S1", "S2", "S3"))
    assert {run.slot: run.verdict for run in seen.runs} == {
        "S1": Verdict.PASS,
        "S2": Verdict.ABORTED,
        "S3": Verdict.PASS,
    }
    assert_orderly(seen)


def test_an_instrument_that_dies_in_the_middle_is_an_error_and_the_sled_is_made_safe(lab: Path) -> None:
    wires: list[Any] = []

    @plan(points=(), limits={"volts": unjudged("V")}, retries=1)
    def metered(multimeter: Multimeter, measure: Measure) -> None:
        wires[0].fault = FaultKind.NO_ANSWER
        measure("volts", multimeter.dc_volts())

    seen = hold_one(lab, metered, sabotage=lambda lab: wires.append(wired(lab, METER)))
    assert_orderly(seen)
    assert seen.held.result.verdict is Verdict.ERROR
    assert [attempt.verdict for attempt in seen.attempts] == [Verdict.ERROR, Verdict.ERROR]
    assert seen.kinds().count(EventKind.BENCH_FAILED) == 2


def dead(wire: Any) -> None:
    if hasattr(wire, "spoil"):
        wire.spoil = lambda _said: b""
    else:
        wire.fault = FaultKind.NO_ANSWER


@pytest.mark.parametrize("fault", SPOIL_REPLIES, ids=lambda fault: fault.name)
def test_a_supply_that_cannot_be_read_any_more_is_not_called_safe(lab: Path, fault: FaultKind) -> None:
    wires: list[Any] = []

    def body(_sled: Sled) -> None:
        wires[0].fault = fault
        raise ValueError("the first error")

    seen = hold_one(lab, body_plan(body), sabotage=lambda lab: wires.append(wired(lab, SUPPLY)))
    assert_quarantined(seen)
    assert "the first error" in seen.attempts[0].cause, "the first error is not hidden"
    assert seen.switched_off["S1"][: len(WAY_DOWN) - 1] == WAY_DOWN[:-1], (
        "the rails went down in their order all the same"
    )


def assert_quarantined(seen: Seen) -> None:
    (unsafe,) = seen.held.result.unsafe
    assert "S1" in unsafe
    assert "by hand" in unsafe
    assert seen.held.result.verdict is Verdict.ERROR
    assert seen.held.result.verdict.exit_code == 4
    assert unsafe in seen.held.result.cause
    assert EventKind.QUARANTINED in seen.kinds()
    assert EventKind.MADE_SAFE not in seen.kinds()
    assert seen.misdeeds() == []
    assert_nothing_open(seen)


def test_a_supply_that_refuses_to_switch_off(lab: Path) -> None:
    def sabotage(lab: SimulatedLab) -> None:
        wired(lab, SUPPLY).translate = lambda data: data.replace(b"OUTP OFF", b"*CLS")

    seen = hold_one(lab, body_plan(lambda _sled: None), sabotage=sabotage)
    assert_quarantined(seen)
    assert seen.danger() != [], "the physics agrees"
    assert "the output is on" in seen.held.result.unsafe[0]
    assert [run.verdict for run in seen.runs] == [Verdict.PASS], "what was measured before stands"


def test_a_supply_that_says_off_while_its_terminals_are_live(lab: Path) -> None:
    """A welded contactor: the second witness sees it."""

    def sabotage(lab: SimulatedLab) -> None:
        sled: Any = lab.sleds["S1"]
        feed = sled.feed
        sled.feed = lambda at_s, source: feed(at_s, source) if source.on or not seen_on else None
        inner = sled.feed

        def welded(at_s: float, source: Any) -> None:
            if source.on:
                seen_on.append(at_s)
            inner(at_s, source)

        sled.feed = welded

    seen_on: list[float] = []
    seen = hold_one(lab, body_plan(lambda _sled: None), sabotage=sabotage)
    assert_quarantined(seen)
    assert seen.danger() != []
    assert "terminals are at 5" in seen.held.result.unsafe[0]


@pytest.mark.parametrize("address", [BMC, HOST])
def test_a_console_that_dies_costs_the_order_at_most(lab: Path, address: str) -> None:
    wires: list[Any] = []

    def body(sled: Sled) -> None:
        dead(wires[0])
        sled.run("gemm", seconds=10)

    seen = hold_one(lab, body_plan(body), sabotage=lambda lab: wires.append(wired(lab, address)))
    assert seen.danger() == []
    assert seen.held.result.unsafe == ()
    assert seen.held.result.verdict in (Verdict.FAIL, Verdict.ERROR)
    assert_nothing_open(seen)
    (safe,) = (event for event in seen.events if event.kind is EventKind.MADE_SAFE)
    if address == BMC:
        assert "not in their order" in safe.message, "nobody is told that the rails were seen to go down"
        assert set(seen.switched_off["S1"]) == {"vin"}, "also on the way down of the power cycle that was tried"
    else:
        assert seen.switched_off["S1"][-len(WAY_DOWN) :] == WAY_DOWN


def test_one_spoilt_reply_on_the_way_down_costs_nothing(lab: Path) -> None:
    """Every reply on the way down is garbage once, one after the other."""
    for number in range(0, 40, 3):
        said = Counter[str]()

        def body(_sled: Sled, said: Counter[str] = said) -> None:
            said["begun"] = 1

        def sabotage(lab: SimulatedLab, said: Counter[str] = said, number: int = number) -> None:
            console = wired(lab, BMC)

            def spoil(text: bytes) -> bytes:
                said["chunks"] += said["begun"]
                return b"\x00\xff" if said["chunks"] == number + 1 else text

            console.spoil = spoil

        seen = hold_one(lab, body_plan(body), sabotage=sabotage)
        assert seen.danger() == []
        assert seen.misdeeds() == []
        assert seen.held.result.unsafe == ()
        assert seen.switched_off["S1"] == WAY_DOWN or seen.attempts[0].verdict is Verdict.ERROR


def test_a_rail_that_does_not_go_down_is_a_doubt(lab: Path) -> None:
    """Back-powered: its regulator is off, and its voltage stays."""

    def sabotage(lab: SimulatedLab) -> None:
        sled: Any = lab.sleds["S1"]
        (rail,) = sled.bank.select("vdd_core.2")
        volts = rail.volts
        rail.volts = lambda at_s: volts(at_s) if rail.on or not had_been_on else 0.6
        turn_on = sled.bank.turn_on

        def turned_on(at_s: float, which: Any) -> None:
            turn_on(at_s, which)
            if which is rail:
                had_been_on.append(at_s)

        sled.bank.turn_on = turned_on

    had_been_on: list[float] = []
    seen = hold_one(lab, body_plan(lambda _sled: None), sabotage=sabotage)
    assert_quarantined(seen)
    assert "vdd_core" in seen.held.result.unsafe[0]
    assert seen.switched_off["S1"][-1] == "vin", "54 V goes off all the same"


@pytest.mark.parametrize("broken", ["host_off", "rail_off"])
def test_a_driver_with_a_defect_does_not_keep_54_volts_on(
    lab: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    from bringup_drivers.sled_bmc import SledBmc

    def defect(self: SledBmc, *_: object) -> None:
        raise AttributeError("a defect of the driver")

    monkeypatch.setattr(SledBmc, broken, defect)
    seen = hold_one(lab, body_plan(lambda _sled: None))
    assert seen.danger() == []
    assert seen.misdeeds() == []
    (safe,) = (event.message for event in seen.events if event.kind is EventKind.MADE_SAFE)
    assert seen.switched_off["S1"] == (["vin"] if broken == "rail_off" else WAY_DOWN)
    assert ("a defect of the driver" in safe) == (broken == "rail_off")


class FullDisk(Journal):
    """A journal whose disk is full from the third attempt on."""

    def complete(self, run: OpenRun, attempt_id: int, end: AttemptEnd, then: AttemptStart | None = None) -> int | None:
        self._full(attempt_id >= 3)
        return super().complete(run, attempt_id, end, then)

    def live(self, night_id: int, live: Live, heartbeat: Heartbeat) -> None:
        self._full(False)
        super().live(night_id, live, heartbeat)

    def event(self, night_id: int, event: Event) -> None:
        self._full(False)
        super().event(night_id, event)

    def end_night(self, night_id: int, at_s: float, verdict: Verdict, cause: str) -> None:
        self._full(False)
        super().end_night(night_id, at_s, verdict, cause)

    def end_run(self, run: OpenRun, at_s: float, verdict: Verdict, cause: str) -> None:
        self._full(False)
        super().end_run(run, at_s, verdict, cause)

    def _full(self, now: bool) -> None:
        self.__dict__["is_full"] = self.__dict__.get("is_full", False) or now
        if self.__dict__["is_full"]:
            raise JournalError("the disk is full")


@plan(points=(), limits={"watts": unjudged("W")}, retries=0)
def one_number(sled: Sled, measure: Measure) -> None:
    measure("watts", sled.power())


@pytest.mark.parametrize("unsafe_too", [False, True])
def test_a_full_disk_leaves_no_sled_powered_and_hides_nothing(lab: Path, unsafe_too: bool) -> None:
    def sabotage(lab: SimulatedLab) -> None:
        if unsafe_too:
            wired(lab, SUPPLY).translate = lambda data: data.replace(b"OUTP OFF", b"*CLS")

    seen = hold_one(lab, one_number, ("S1", "S2", "S3", "S4"), sabotage=sabotage, journal_as=FullDisk)
    result = seen.held.result
    assert result.verdict is Verdict.ERROR
    assert "the disk is full" in result.cause
    assert seen.misdeeds() == []
    assert bool(seen.danger()) == unsafe_too
    assert len(result.unsafe) == unsafe_too, "the person at the bench is told whatever became of the journal"


class Unwritable(Journal):
    """A journal that takes no sign of life."""

    def live(self, night_id: int, live: Live, heartbeat: Heartbeat) -> None:
        raise JournalError("locked by somebody")


def test_a_sign_of_life_that_cannot_be_written_costs_no_night(lab: Path) -> None:
    seen = hold_one(lab, "smoke", journal_as=Unwritable)
    assert seen.held.result.verdict is Verdict.PASS
    assert_orderly(seen)


class Steps:
    """Does something at the Nth thing that is sent to any instrument of slot S1."""

    def __init__(self, number: int, what: Callable[[SimulatedLab, dict[str, Any]], None]) -> None:
        self.count = 0
        self._number = number
        self._what = what
        self._lab: SimulatedLab | None = None
        self._wires: dict[str, Any] = {}

    def put(self, lab: SimulatedLab) -> None:
        self._lab = lab
        self._wires = {address: wired(lab, address, self._heard) for address in (SUPPLY, METER, BMC, HOST)}

    def _heard(self) -> None:
        if self.count == self._number and self._lab is not None:
            self._what(self._lab, self._wires)
        self.count += 1


def test_there_are_some_steps(lab: Path) -> None:
    steps = Steps(-1, lambda _lab, _wires: None)
    hold_one(lab, "smoke", sabotage=steps.put)
    assert 200 < steps.count < MOST_STEPS


MOST_STEPS = 400
STEPS_TO_OPEN = 10
"""Of which that many at most ask the instruments who they are, before anything is energized."""


@contextmanager
def fresh(lab: Path) -> Iterator[Path]:
    """Hypothesis uses one folder for all examples: each begins with an empty journal."""
    for file in lab.glob("bringup.db*"):
        file.unlink()
    yield lab


@NIGHTS
@given(number=st.integers(0, MOST_STEPS))
@example(number=0)
def test_an_abort_at_any_step_ends_in_the_safe_state(lab: Path, number: int) -> None:
    """Power-up, boot, settling, workload, way down: at whatever is sent to an instrument."""
    steps = Steps(number, lambda lab, _wires: lab.clock.abort("stop here"))
    opened: list[SimulatedLab] = []

    def put(simulated: SimulatedLab) -> None:
        opened.append(simulated)
        steps.put(simulated)

    with fresh(lab):
        try:
            seen = hold_one(lab, "smoke", sabotage=put)
        except Aborted:  # while the bench was opened: there is no night yet, and nothing may be energized
            assert not any(sled.input.power_ups or sled.input.source.on for sled in opened[0].sleds.values())
            return
    assert seen.danger() == []
    assert seen.misdeeds() == []
    assert_nothing_open(seen)
    assert seen.held.result.unsafe == ()
    assert not [event for event in seen.events if event.kind is EventKind.QUARANTINED]
    if steps.count > number:
        assert seen.held.result.verdict is Verdict.ABORTED
        assert seen.held.result.cause == "aborted: stop here"
    went_down(seen)


def went_down(seen: Seen) -> None:
    """As far as the rails had come up, they went down in order."""
    off = seen.switched_off["S1"]
    if "S1" in seen.energized:
        assert off == WAY_DOWN[-len(off) :]
        assert seen.kinds().count(EventKind.MADE_SAFE) == 1


@NIGHTS
@given(lab_s=st.one_of(st.floats(0, 640), st.floats(9.9, 16.0), st.floats(611, 617)))
def test_an_abort_at_any_time_ends_in_the_safe_state(lab: Path, lab_s: float) -> None:
    def sabotage(lab: SimulatedLab) -> None:
        loop: Any = lab.loops["cdu"]
        set_supply_celsius = loop.set_supply_celsius

        def first(at_s: float, celsius: float) -> None:
            # From the slot's own task: what an outside thread spawns is not ordered in lab time.
            loop.set_supply_celsius = set_supply_celsius
            set_supply_celsius(at_s, celsius)
            lab.clock.spawn(work, "abort")

        def work() -> None:
            lab.clock.sleep(lab_s)
            lab.clock.abort("stop here")

        loop.set_supply_celsius = first

    with fresh(lab):
        seen = hold_one(lab, "smoke", sabotage=sabotage)
    assert seen.danger() == []
    assert seen.misdeeds() == []
    assert_nothing_open(seen)
    assert seen.held.result.unsafe == ()
    went_down(seen)


FAULTS = st.tuples(st.sampled_from([SUPPLY, METER, BMC, HOST]), st.sampled_from(SPOIL_REPLIES))


@settings(NIGHTS, max_examples=20)
@given(number=st.integers(0, MOST_STEPS), fault=FAULTS, lasts=st.one_of(st.none(), st.integers(1, 12)))
def test_a_wire_that_goes_bad_at_any_step_never_ends_in_a_false_safe(
    lab: Path, number: int, fault: tuple[str, FaultKind], lasts: int | None
) -> None:
    """The runner says safe only where the physics agrees; where it is in doubt it says so; and no sled is at risk."""
    address, kind = fault
    late = [b""]

    def spoil(said: bytes) -> bytes:
        before, late[0] = late[0], said
        return {
            FaultKind.NO_ANSWER: b"",
            FaultKind.GARBAGE: b"\x00\xfe" * len(said),
            FaultKind.HALF_LINE: said[: len(said) // 2],
            FaultKind.OTHERS_REPLY: before,
        }[kind]

    def go_bad(_lab: SimulatedLab, wires: dict[str, Any]) -> None:
        if address in (BMC, HOST):
            wires[address].spoil = spoil
        else:
            wires[address].fault = kind
        began = steps.count

        def heard() -> None:
            steps._heard()
            if lasts is not None and steps.count - began > lasts:
                wires[address].spoil = wires[address].fault = None

        wires[address].heard = heard

    steps = Steps(number, go_bad)
    try:
        with fresh(lab):
            seen = hold_one(lab, "smoke", sabotage=steps.put)
    except BenchError:
        assert number < STEPS_TO_OPEN, "the bench was open already"
        return
    assert seen.misdeeds() == []
    assert_nothing_open(seen)
    result = seen.held.result
    if seen.danger():
        assert result.unsafe, "a false safe"
    if result.unsafe:
        assert result.verdict is Verdict.ERROR
        assert EventKind.QUARANTINED in seen.kinds()
    else:
        assert "S1" not in seen.energized or EventKind.MADE_SAFE in seen.kinds()


def test_a_supply_that_was_on_before_is_refused_and_left_off(lab: Path) -> None:
    """A night that was killed left 54 V on; what nobody knows the history of is not built upon."""

    def sabotage(lab: SimulatedLab) -> None:
        lab.visa[SUPPLY].write(b"CURR 80;:VOLT 54;:OUTP ON\n", end=True)

    seen = hold_one(lab, "smoke", sabotage=sabotage)
    assert seen.danger() == []
    assert seen.held.result.verdict is Verdict.ERROR
    (run,) = seen.runs
    assert "on before this night switched it on" in run.cause
    assert EventKind.MADE_SAFE in seen.kinds()


def test_the_recovery_of_a_hung_sled_goes_down_in_order_too(lab: Path) -> None:
    @plan(points=(), at={"vdd_core": 0.56, "core_clock": 2.0e9}, limits={"gemm.errors": at_most(0)}, retries=1)
    def hanging(sled: Sled, measure: Measure, clock: Clock) -> None:
        measure("gemm.errors", sled.run("gemm", seconds=60).errors)

    seen = hold_one(lab, hanging)
    assert seen.held.result.verdict is Verdict.FAIL
    assert seen.kinds().count(EventKind.SLED_HUNG) == 2
    assert seen.kinds().count(EventKind.SLED_RECOVERED) == 2
    assert seen.switched_off["S1"] == WAY_DOWN * 3
    assert_orderly(seen)
