"""Alarms: what an instrument will do by itself happens at its own time, whoever looks at the load, and when."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

import pytest

from bringup_instruments.models.agenda import Agenda
from bringup_instruments.physics import CoolantLoop, SledParameters, SledPhysics
from bringup_instruments.physics.alarms import Alarms
from bringup_instruments.physics.circuit import TerminalBlock
from bringup_instruments.world import Source, Waking

ON, OFF = Source(54.0, 60.0, on=True), Source(0.0, 0.0, on=False)


def test_alarms_ring_in_the_order_of_time_once() -> None:
    rung: list[tuple[str, float]] = []
    alarms = Alarms()
    alarms.put("late", 5.0, lambda at_s: rung.append(("late", at_s)))
    alarms.put("early", 2.0, lambda at_s: rung.append(("early", at_s)))
    alarms.ring(1.9)
    assert rung == []
    alarms.ring(9.0)
    alarms.ring(99.0)
    assert rung == [("early", 2.0), ("late", 5.0)]


def test_a_new_alarm_replaces_the_old_and_infinity_takes_it_back() -> None:
    rung: list[float] = []
    alarms = Alarms()
    alarms.put("me", 2.0, rung.append)
    alarms.put("me", 4.0, rung.append)
    alarms.ring(3.0)
    assert rung == []
    alarms.put("me", inf, rung.append)
    alarms.ring(1e9)
    assert rung == []
    assert alarms.next_s == inf


def test_an_alarm_may_set_the_next_one() -> None:
    rung: list[float] = []
    alarms = Alarms()

    def again(at_s: float) -> None:
        rung.append(at_s)
        alarms.put("me", at_s + 1.0, again)

    alarms.put("me", 1.0, again)
    alarms.ring(4.5)
    assert rung == [1.0, 2.0, 3.0, 4.0]


def test_a_terminal_block_loses_its_source_at_the_alarm_and_remembers_when() -> None:
    block = TerminalBlock(10.0)
    assert isinstance(block, Waking)
    block.feed(0.0, ON)
    block.alarm("supply", 3.0, lambda at_s: block.feed(at_s, OFF))
    assert block.volts(2.9) == 54.0
    assert block.trace(2.0, 4.0, 5) == (54.0, 54.0, 0.0, 0.0, 0.0)
    assert block.amps(10.0) == 0.0


def test_a_sled_loses_its_input_at_the_alarm_though_it_is_looked_at_much_later() -> None:
    def outages(look_at_s: list[float]) -> tuple[float, bool, float]:
        sled = SledPhysics("SL-1", SledParameters(), CoolantLoop())
        load = sled.load
        assert isinstance(load, Waking)
        load.feed(0.0, ON)
        sled.host_on(2.0)
        load.alarm("supply", 100.0, lambda at_s: load.feed(at_s, OFF))
        for at_s in look_at_s:
            sled.advance(at_s)
        return sled.vin(100.25).volts, sled.input.powered, sled.sensors(200.0)["board"]

    seldom, often = outages([100.25]), outages([50.0, 99.9, 100.0, 100.1, 100.2, 100.25])
    assert seldom[:2] == pytest.approx(often[:2])
    assert seldom[2] == pytest.approx(often[2], abs=0.01)
    assert 0.0 < seldom[0] < 10.0
    assert not seldom[1]


def test_an_agenda_that_is_carried_out_by_the_load_or_by_its_owner_does_the_same() -> None:
    def course(*, by_load: bool) -> list[tuple[float, float]]:
        block = TerminalBlock(10.0)
        agenda = Agenda([block])

        def offer(volts: float) -> Callable[[float], None]:
            return lambda now_s: block.feed(now_s, Source(volts, 9.0, on=True))

        for at_s, volts in ((1.0, 5.0), (2.0, 3.0), (4.0, 1.0)):
            agenda.put(volts, at_s, offer(volts))
        agenda.drop(3.0)
        if by_load:
            block.volts(9.0)
        else:
            agenda.run(9.0)
        return list(zip(block._times, block._volts, strict=True))

    assert course(by_load=True) == course(by_load=False) == [(0.0, 0.0), (1.0, 5.0), (4.0, 1.0)]
