"""The instrument's lock: its rules step by step, and what must hold after any steps."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bringup_instruments.serving.instrument_lock import InstrumentLock, LockAnswer, Released


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    opened = asyncio.new_event_loop()
    yield opened
    opened.close()


class Owner:
    """Known by identity, as links are."""


A, B, C = Owner(), Owner(), Owner()


def now(lock: InstrumentLock, owner: Owner, key: bytes | None = None) -> LockAnswer:
    answers: list[LockAnswer] = []
    lock.request(owner, key, 0.0, answers.append)
    assert len(answers) == 1
    return answers[0]


def _keep(got: list[tuple[Owner, LockAnswer]], owner: Owner, answer: LockAnswer) -> None:
    got.append((owner, answer))


def test_one_exclusive_owner(loop: asyncio.AbstractEventLoop) -> None:
    lock = InstrumentLock(loop)
    assert lock.admits(B)
    assert now(lock, A) is LockAnswer.GRANTED
    assert now(lock, A) is LockAnswer.MISTAKE
    assert now(lock, B) is now(lock, B, b"k") is LockAnswer.HELD
    assert (lock.admits(A), lock.admits(B)) == (True, False)
    assert lock.release(B) is Released.NOTHING
    assert lock.release(A) is Released.EXCLUSIVE
    assert not lock.held


def test_a_sharer_keeps_the_others_out_for_a_while(loop: asyncio.AbstractEventLoop) -> None:
    lock = InstrumentLock(loop)
    for owner in (A, B):
        assert now(lock, owner, b"k") is LockAnswer.GRANTED
    assert now(lock, A) is LockAnswer.GRANTED
    assert lock.holders == 2
    assert (lock.admits(A), lock.admits(B), lock.admits(C)) == (True, False, False)
    assert lock.release(A) is Released.EXCLUSIVE
    assert lock.admits(B)
    assert lock.release(A) is Released.SHARED
    assert not lock.admits(A)


def test_those_who_wait_get_it_in_their_order(loop: asyncio.AbstractEventLoop) -> None:
    lock = InstrumentLock(loop)
    got: list[tuple[Owner, LockAnswer]] = []
    now(lock, A)
    for owner in (B, C):
        lock.request(owner, None, 10.0, partial(_keep, got, owner))
    lock.forget(A)
    assert got == [(B, LockAnswer.GRANTED)]
    lock.forget(B)
    assert got[1:] == [(C, LockAnswer.GRANTED)]


def test_a_request_ends_with_its_time_or_its_owner(loop: asyncio.AbstractEventLoop) -> None:
    lock = InstrumentLock(loop)
    got: list[LockAnswer] = []
    now(lock, A)
    lock.request(B, None, 0.01, got.append)
    lock.request(C, None, 0.01, got.append)
    lock.forget(C)
    loop.run_until_complete(asyncio.sleep(0.03))
    assert got == [LockAnswer.HELD]
    lock.forget(A)
    assert not lock.held


steps = st.tuples(st.sampled_from(["ask", "share", "release", "forget"]), st.sampled_from([A, B, C]), st.booleans())


@given(st.lists(steps, max_size=40))
def test_after_any_steps_nobody_is_let_in_beside_an_exclusive_owner(taken: list[tuple[str, Owner, bool]]) -> None:
    loop = asyncio.new_event_loop()
    try:
        lock = InstrumentLock(loop)
        freed: list[None] = []
        lock.watch(lambda: freed.append(None))
        for step, owner, waits in taken:
            if step in ("ask", "share"):
                key = None if step == "ask" else b"other" if owner is C else b"one"
                lock.request(owner, key, 60.0 if waits else 0.0, lambda _answer: None)
            elif step == "release":
                lock.release(owner)
            else:
                lock.forget(owner)
            admitted = sum(map(lock.admits, (A, B, C)))
            assert not lock.is_exclusive or admitted == 1
            assert lock.held == (lock.holders > 0)
            assert lock.held or admitted == 3
        for owner in (A, B, C) * 2:
            lock.forget(owner)
        assert not lock.held
    finally:
        loop.close()
