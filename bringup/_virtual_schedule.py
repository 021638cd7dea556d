"""The baton of the virtual clock: which one thread runs, and when lab time jumps.

Every thread has a `Seat` with a gate of its own. The participant that runs holds the baton; when it waits,
the earliest entry of a heap gets the baton and lab time jumps to that entry's moment. Entries are ordered by
(wake-up time, round, tie order of the seat, sequence). The *round* is what makes a zero sleep and a set
signal fair: whoever becomes ready at the present moment comes after everybody who already was.

Neighbour: `virtual_clock` builds sleeps, signals, barriers and tasks from `park` (under the mutex), `resume`
(after releasing it) and `wake`.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import math
import random
import threading
from collections.abc import Callable

from ._clock_work import POLL_S
from .errors import Aborted, BringupError, ClockDeadlock

_OUTSIDE_ORDER = 1 << 72  # behind every participant's tie order
_STALE_LIMIT = 64
_NO_TICKET = -1
_log = logging.getLogger(__name__)


class Seat:
    """One thread's place in the schedule; only ever blocked on its own gate."""

    __slots__ = (
        "cause",
        "gate",
        "is_main",
        "is_member",
        "line",
        "name",
        "order",
        "shields",
        "ticket",
        "value",
        "waiting",
        "waits_for",
    )

    def __init__(self, name: str, order: int) -> None:
        self.name = name
        self.order = order
        self.gate = threading.Lock()
        self.gate.acquire()
        self.is_main = False
        self.is_member = False
        self.shields = 0
        self.ticket = _NO_TICKET  # number of the one valid heap entry; any other entry is stale
        self.waiting = False
        self.waits_for: object = None
        self.line: dict[Seat, None] | None = None  # the waiting line of a signal, barrier or task
        self.value: bool | None = None  # what the waker gave; None when the time came
        self.cause: BringupError | None = None


class Schedule:
    """Lab time and the baton. Methods marked *locked* are called with `mutex` held."""

    def __init__(self, seed: int) -> None:
        # Re-entrant: a handler that aborts against the rules should at least not lock up the night.
        self.mutex = threading.RLock()
        self.now_s = 0.0
        self.reason: str | None = None
        self._seed = seed
        self._round = 0
        self._running: Seat | None = None
        self._heap: list[tuple[float, int, int, int, Seat]] = []
        self._stale = 0
        self._seats: dict[Seat, None] = {}  # participants, and guests while they wait
        self._tickets = itertools.count()
        self._members = itertools.count()
        self._outsiders = itertools.count(_OUTSIDE_ORDER)
        self._planned: list[tuple[float, int, Callable[[], None]]] = []
        self._planned_s = math.inf  # when the first of them is due
        self._local = threading.local()

    # -- who sits where

    def mine(self) -> Seat:
        """The current thread's seat; an outside thread gets one at its first call."""
        try:
            return self._local.seat  # type: ignore[no-any-return]
        except AttributeError:
            thread = threading.current_thread()
            seat = Seat(thread.name, next(self._outsiders))
            seat.is_main = thread is threading.main_thread()
            self._local.seat = seat
            return seat

    def new_seat(self, name: str) -> Seat:
        """A seat for a task that is about to start; its tie order is that of the calls."""
        return Seat(name, self._next_order())

    def sit(self, seat: Seat) -> None:
        """Make `seat` the current thread's, and block until it is first given the baton."""
        self._local.seat = seat
        seat.gate.acquire()

    def admit(self, seat: Seat) -> None:
        """Make `seat` a participant that is ready now."""
        with self.mutex:
            seat.is_member = True
            self._seats[seat] = None
            self._ready(seat)
            self.kick()

    def enroll(self, seat: Seat, name: str) -> None:
        """Make the current outside thread a participant and wait until it has the baton."""
        seat.name = name
        seat.order = self._next_order()
        self.admit(seat)
        try:
            self._pass_gate(seat)
        except BaseException:
            self.dismiss(seat)
            raise

    def dismiss(self, seat: Seat, line: dict[Seat, None] | None = None) -> None:
        """End a participant, wake who waits in `line` for its end, and hand the baton on."""
        with self.mutex:
            self._withdraw(seat)
            seat.is_member = False
            self._seats.pop(seat, None)
            for waiter in list(line or ()):
                self.wake(waiter, value=True)
            if self._running is seat:
                self._running = None
            self.kick()

    def _next_order(self) -> int:
        number = next(self._members)
        if self._seed == 0:
            return number
        return (random.Random(f"{self._seed}/{number}").getrandbits(48) << 24) + number  # noqa: S311  no secret

    # -- waiting

    def check(self, seat: Seat) -> None:
        """Raise Aborted where an abort applies to `seat` (locked)."""
        if self.reason is not None and not seat.shields:
            raise Aborted(self.reason)

    def sleep(self, seconds: float) -> None:
        """Wait for `seconds`; without any thread switch if this is the next thing to happen."""
        seat = self.mine()
        with self.mutex:
            if self.reason is not None:
                self.check(seat)
            until_s = self.now_s + seconds
            heap = self._heap
            is_next = until_s < self._planned_s and (not heap or until_s < heap[0][0])
            if seat is self._running and until_s > self.now_s and is_next:
                self.now_s = until_s
                self._round = 0
                return
            follower = self.park(seat, until_s, None, "lab time")
        self.resume(seat, follower)

    def deadline(self, timeout_s: float | None) -> float | None:
        """The lab time at which a wait that starts now runs out (locked)."""
        return None if timeout_s is None else self.now_s + timeout_s

    def park(self, seat: Seat, until_s: float | None, line: dict[Seat, None] | None, what: object) -> Seat | None:
        """Let `seat` wait, in `line` if given, at most until `until_s` (locked).

        Returns:
            Who gets the baton from `seat`, for `resume`.
        """
        if seat.is_main:  # Ctrl-C may have struck between an earlier `park` and its `resume`
            self._withdraw(seat)
        seat.waiting = True
        seat.waits_for = what
        seat.line = line
        seat.value = seat.cause = None
        if line is not None:
            line[seat] = None
        self._seats[seat] = None
        if until_s is not None:
            self._enter(seat, until_s)
        if self._running is seat:
            self._running = None
        follower = self._choose()
        if follower is not None and seat.is_main:  # Ctrl-C between here and `resume` must not lose the baton
            follower.gate.release()
            return None
        return follower

    def resume(self, seat: Seat, follower: Seat | None) -> bool | None:
        """Let `follower` go on and block until it is `seat`'s turn (not locked).

        Opening one gate and blocking on the other are neighbours on purpose: a thread that wakes while this
        one still holds the interpreter goes to sleep a second time, which doubles the cost of a switch.

        Returns:
            The waker's value, or None when the time came.
        """
        if follower is not seat:
            if follower is not None:
                follower.gate.release()
            self._pass_gate(seat)
        cause, seat.cause = seat.cause, None
        if cause is not None:
            raise cause
        return seat.value

    def _pass_gate(self, seat: Seat) -> None:
        if not seat.is_main:
            seat.gate.acquire()
            return
        try:
            while not seat.gate.acquire(timeout=POLL_S):
                pass
        except BaseException:
            with self.mutex:
                self._withdraw(seat)
            raise

    def _withdraw(self, seat: Seat) -> None:
        """Take back what `seat` waits for: its thread was interrupted, or has ended (locked).

        A participant that gets here without the baton runs beside the others until its next wait: Ctrl-C
        must get through at once, even while the task that runs hangs.
        """
        self._settle(seat)
        seat.gate.acquire(blocking=False)
        if not seat.is_member:
            self._seats.pop(seat, None)

    # -- waking

    def wake(self, seat: Seat, value: bool | None = None, cause: BringupError | None = None) -> None:
        """Make a waiting seat ready at the present moment (locked; then `kick`)."""
        self._settle(seat)
        seat.value = value
        seat.cause = cause
        self._ready(seat)

    def abort(self, reason: str) -> None:
        """Wake every unshielded waiter with Aborted; the first reason stands."""
        with self.mutex:
            if self.reason is not None:
                return
            self.reason = reason
            for seat in list(self._seats):
                if seat.waiting and not seat.shields:
                    self.wake(seat, cause=Aborted(reason))
            self.kick()

    def kick(self) -> None:
        """Give the baton to the next in time if nobody has it (locked)."""
        follower = self._choose()
        if follower is not None:
            follower.gate.release()

    def _choose(self) -> Seat | None:
        """Choose who runs next if nobody does (locked); its gate is still to be opened."""
        if self._running is not None:
            return None
        while self._running is None:
            if self._heap:
                self._advance()
            elif not self._break_deadlock():
                break
        return self._running

    def _ready(self, seat: Seat) -> None:
        if seat.is_member:
            self._enter(seat, self.now_s)
        else:  # a guest needs no baton: it leaves the lab the moment that it is woken
            self._seats.pop(seat, None)
            seat.gate.release()

    def _enter(self, seat: Seat, at_s: float) -> None:
        seat.ticket = next(self._tickets)
        round_ = self._round + 1 if at_s <= self.now_s else 0
        heapq.heappush(self._heap, (at_s, round_, seat.order, seat.ticket, seat))

    def _settle(self, seat: Seat) -> None:
        """`seat` waits no longer: out of its line, and its heap entry is void."""
        seat.waiting = False
        if seat.line is not None:
            seat.line.pop(seat, None)
            seat.line = None
        if seat.ticket != _NO_TICKET:
            seat.ticket = _NO_TICKET
            self._stale += 1
            if self._stale > _STALE_LIMIT and 2 * self._stale > len(self._heap):
                self._heap = [entry for entry in self._heap if entry[4].ticket == entry[3]]
                heapq.heapify(self._heap)
                self._stale = 0

    def _advance(self) -> None:
        """Take the earliest entry; if it is valid, jump to its moment and let its seat go on."""
        at_s, round_, _, ticket, seat = heapq.heappop(self._heap)
        if seat.ticket != ticket:
            self._stale -= 1
            return
        if self._planned_s <= at_s:
            self._carry_out(at_s)
        self.now_s = at_s
        self._round = round_
        seat.ticket = _NO_TICKET
        if seat.waiting:
            self._settle(seat)
        if seat.is_member:
            self._running = seat
        else:
            self._seats.pop(seat, None)
            seat.gate.release()

    def plan(self, at_s: float, act: Callable[[], None]) -> None:
        """Call `act` when lab time gets to `at_s`, before whoever waits for that moment; it must not wait itself."""
        with self.mutex:
            heapq.heappush(self._planned, (at_s, next(self._tickets), act))
            self._planned_s = self._planned[0][0]

    def _carry_out(self, until_s: float) -> None:
        """Do what was planned up to a moment that lab time is about to jump to, each at its own (locked)."""
        while self._planned and self._planned[0][0] <= until_s:
            at_s, _, act = heapq.heappop(self._planned)
            self.now_s = max(self.now_s, at_s)
            try:
                act()
            except Exception:  # not the fault of whoever hands the baton on
                _log.exception("what was planned for lab time %.3f s failed", at_s)
        self._planned_s = self._planned[0][0] if self._planned else math.inf

    def _break_deadlock(self) -> bool:
        """Nothing will ever happen: tell every waiter; whether there was one."""
        waiters = [seat for seat in self._seats if seat.waiting]
        if len(waiters) < len(self._seats):
            return False  # an interrupted participant is about to wait, or to leave: it can still wake them
        told = "; ".join(f"'{seat.name}' waits for {seat.waits_for}" for seat in waiters)
        message = (
            f"at lab time {self.now_s:.6f} s every participant waits without a timeout and nobody can wake "
            f"them: {told}. Give one of the waits a timeout, or put the outside thread that should wake them "
            "into `with clock.enrolled(name):`"
        )
        for seat in waiters:
            self.wake(seat, cause=ClockDeadlock(message))
        return bool(waiters)
