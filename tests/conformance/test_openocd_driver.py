"""The JTAG probe's driver on a simulated sled: what it finds, what it refuses, what it says of a bad line."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from bringup.capabilities import ChainWalk, JtagProbe, TapFinding
from bringup.errors import BadReply, InstrumentError, NoReply
from bringup_instruments.physics.management_core import RESET_VECTOR
from bringup_instruments.physics.outcome import Outcome
from tests.jtag_bench import PRODUCT, ProbeBench, probe_bench

NAMES = ("cpld", "chip.0", "chip.1", "chip.2", "chip.3")


@pytest.fixture
def bench() -> Iterator[ProbeBench]:
    with probe_bench() as bench:
        yield bench


def test_a_powered_chain_tells_who_is_on_it(bench: ProbeBench) -> None:
    bench.power()
    probe = bench.driver()
    assert isinstance(probe, JtagProbe)
    assert str(probe.identify()) == "OpenOCD TCL server SN  fw 0.12.0"
    assert probe.taps() == NAMES
    assert probe.walk() == ChainWalk(5, closed=True)
    found = probe.idcodes()
    assert [tap.name for tap in found] == list(NAMES)
    assert [tap.idcode for tap in found] == [0x012BD043, *[0x13A71EF7] * 4]
    assert (found[1].maker, found[1].part, found[1].version) == (0x77B, 0x3A71, 1)


def test_idcodes_come_from_the_chain_and_not_from_a_file(bench: ProbeBench) -> None:
    chain = tuple(tap for tap in PRODUCT.scan_chain)
    bench.power()
    probe = bench.driver(())  # knows nothing of the product
    assert [tap.idcode for tap in probe.idcodes()] == [tap.idcode for tap in chain]
    assert probe.taps() == ("cpld.tap", "chip0.tap", "chip1.tap", "chip2.tap", "chip3.tap")


def test_a_sled_without_power_floats_and_is_no_device(bench: ProbeBench) -> None:
    probe = bench.driver()
    for ask in (probe.walk, probe.idcodes):
        with pytest.raises(BadReply, match=r"all ones.*floating or broken chain: check the sled's power"):
            ask()
    for ask in (lambda: probe.fuses(0), lambda: probe.mbist(0)):
        with pytest.raises(BadReply, match="is blank"):
            ask()
    with pytest.raises(InstrumentError, match="arp_poll"):
        probe.program_counter(0)


def test_idcodes_of_before_are_not_told_of_a_chain_that_floats_now(bench: ProbeBench) -> None:
    bench.power()
    probe = bench.driver()
    probe.idcodes()
    bench.sled.defects.scan_break = 5
    with pytest.raises(BadReply, match="floating"):
        probe.idcodes()


@pytest.mark.parametrize("place", range(1, 5))
def test_a_break_is_found_where_it_is(place: int, bench: ProbeBench) -> None:
    bench.power()
    bench.sled.defects.scan_break = place
    probe = bench.driver()
    assert probe.walk() == ChainWalk(5 - place, closed=False)
    states = [tap.state for tap in probe.idcodes()]
    assert states == [TapFinding.UNREACHABLE] * place + [TapFinding.IDENTIFIED] * (5 - place)


def test_a_chip_without_its_rails_opens_the_chain(bench: ProbeBench) -> None:
    bench.power()
    for rail in reversed(bench.sled.parameters.rails):
        if rail.per_chip:
            bench.sled.rail_off(bench.clock.now(), f"{rail.name}.2")
    assert bench.driver().walk() == ChainWalk(1, closed=False)


def test_a_tap_without_idcode_is_told_from_one_that_is_not_there(bench: ProbeBench) -> None:
    from bringup_instruments.models.openocd import OpenOcd
    from bringup_instruments.physics.scan_chain import Tap

    bench.power()
    server = OpenOcd(bench.sled)
    chain = server._jtag.adapter._chain
    chain.taps = (*chain.taps[:2], Tap("dumb", 6, {}, None), *chain.taps[3:])
    bench.wire.console = server
    assert [tap.state for tap in bench.driver().idcodes()] == [
        TapFinding.IDENTIFIED,
        TapFinding.IDENTIFIED,
        TapFinding.BYPASS,
        TapFinding.IDENTIFIED,
        TapFinding.IDENTIFIED,
    ]
    assert bench.driver().walk() == ChainWalk(5, closed=True)


def test_a_probe_that_cannot_write_still_reads_who_is_there(bench: ProbeBench) -> None:
    bench.power()
    bench.sled.defects.scan_break = 0
    assert bench.driver().walk() == ChainWalk(5, closed=False)
    assert [tap.state for tap in bench.driver().idcodes()] == [TapFinding.IDENTIFIED] * 5


def test_fuses_and_self_test_of_a_good_chip(bench: ProbeBench) -> None:
    bench.power()
    probe = bench.driver()
    for chip in range(4):
        fuses = probe.fuses(chip)
        assert (fuses.sku, fuses.cores, fuses.core_mask) == ("T3-S", 8, 0xFF)
        assert 0.55 < fuses.vmin_volts < 0.68
        assert 10.0 < fuses.iddq_amps < 80.0
        assert 80e6 < fuses.ring_hertz < 200e6
        result = probe.mbist(chip)
        assert (result.chip, result.failed, result.overflow) == (chip, False, False)
        assert result.repairs <= result.spares
    assert probe.fuses(1).vmin_volts == probe.fuses(1).vmin_volts


def test_wrong_fuses_and_memories_beyond_repair_show(bench: ProbeBench) -> None:
    bench.power()
    chips = bench.sled.defects.chips
    chips[1].fuse_sku, chips[2].fuse_cores, chips[3].mbist_repairs = "T3-D", 6, 3
    probe = bench.driver()
    assert [probe.fuses(chip).sku for chip in range(4)] == ["T3-S", "T3-D", "T3-S", "T3-S"]
    assert (probe.fuses(2).cores, probe.fuses(2).core_mask) == (6, 0x3F)
    assert [probe.mbist(chip).overflow for chip in range(4)] == [False, False, False, True]


def test_a_program_counter_moves_or_stands(bench: ProbeBench) -> None:
    bench.power()
    probe = bench.driver()
    assert len({probe.program_counter(0) for _ in range(8)}) > 1
    bench.sled.chips[2].latched = Outcome.HANG
    assert len({probe.program_counter(2) for _ in range(4)}) == 1
    assert b"resume" in bench.wire.heard
    assert probe._session.ask("chip2.core curstate") == "running"
    bench.sled.defects.rom_silent = True
    assert {probe.program_counter(0) for _ in range(4)} == {RESET_VECTOR}
    bench.sled.defects.rom_silent, bench.sled.defects.post_stops_at = False, "92"
    bench.sled.host_on(bench.clock.now())
    assert len({probe.program_counter(0) for _ in range(4)}) == 1


def test_a_core_that_somebody_halted_stays_halted(bench: ProbeBench) -> None:
    bench.power()
    probe = bench.driver()
    probe._session.ask("targets chip3.core")
    probe._session.ask("halt")
    assert probe.program_counter(3) == probe.program_counter(3)
    assert probe._session.ask("chip3.core curstate") == "halted"


def test_scans_in_integers(bench: ProbeBench) -> None:
    bench.power()
    probe = bench.driver()
    assert probe.drscan("chip.2", 1, 32, 0) == 0x13A71EF7
    assert probe.drscan("chip.3", 0x3F, 9, 0x1FF) == 0x1E0  # five TAPs in bypass, a bit each
    assert probe.drscan("cpld", 0xFF, 1, 1) == 0
    probe.irscan("chip.0", 0x3F)
    wrongs: list[Callable[[], object]] = [
        lambda: probe.drscan("chip.9", 1, 32, 0),
        lambda: probe.drscan("chip.0", 64, 32, 0),
        lambda: probe.drscan("chip.0", 1, 4, 16),
        lambda: probe.drscan("chip.0", 1, 0, 0),
        lambda: probe.irscan("chip.0", -1),
        lambda: probe.fuses(4),
        lambda: bench.driver(()).fuses(0),
    ]
    for wrong in wrongs:
        heard = len(bench.wire.heard)
        with pytest.raises(InstrumentError, match="nothing was sent"):
            wrong()
        assert len(bench.wire.heard) == heard


# A bad line.

GARBAGE: dict[str, Callable[[bytes], bytes]] = {
    "no code": lambda data: data[2:],
    "high bits": lambda data: bytes(0x80 | byte if byte != 0x1A else byte for byte in data),
    "half": lambda data: data[: len(data) // 2] + data[-1:],
    "another answer": lambda data: b"0 0\x1a" if data else b"",
    "no digits": lambda data: data.replace(b"f", b"g"),
    "no end mark": lambda data: data.replace(b"\x1a", b""),
}


@pytest.mark.parametrize("spoil", list(GARBAGE.values()), ids=list(GARBAGE))
def test_garbage_never_becomes_a_number(spoil: Callable[[bytes], bytes], bench: ProbeBench) -> None:
    bench.power()
    probe = bench.driver()
    good = probe.fuses(0)
    bench.wire.spoil = spoil
    with pytest.raises((BadReply, NoReply)):
        probe.fuses(0)
    bench.wire.spoil = lambda data: data
    assert probe.fuses(0).sku == good.sku


def test_silence_is_told_after_the_timeout(bench: ProbeBench) -> None:
    bench.power()
    probe = bench.driver()
    probe.identify()
    bench.wire.spoil = lambda data: b""
    began = bench.clock.now()
    with pytest.raises(NoReply, match=r"no answer to 'version' within 2 s; check that OpenOCD runs"):
        probe.identify()
    assert bench.clock.now() - began == pytest.approx(2.0, abs=0.01)


def test_a_late_answer_is_not_taken_for_the_next_one(bench: ProbeBench) -> None:
    bench.power()
    probe = bench.driver()
    probe.identify()
    kept: list[bytes] = []

    def keep(data: bytes) -> bytes:
        kept.append(data)
        return b""

    bench.wire.spoil = keep
    with pytest.raises(NoReply):
        probe.walk()
    late = [b"".join(kept)]
    bench.wire.spoil = lambda data: late.pop() + data if data and late else data
    assert probe.taps() == NAMES


def test_what_floods_without_an_end_is_given_up(bench: ProbeBench) -> None:
    bench.power()
    probe = bench.driver()
    probe.identify()
    bench.wire.spoil = lambda data: data and b"x" * (1 << 20)
    with pytest.raises(BadReply, match="no whole answer"):
        probe.identify()


@pytest.mark.parametrize("command", ["set a {", "a\nb", "", "a\x1ab", "set a \\"])
def test_what_could_leave_its_braces_is_not_sent(command: str, bench: ProbeBench) -> None:
    probe = bench.driver()
    with pytest.raises(InstrumentError, match="nothing was sent"):
        probe._session.ask(command)
    assert not bench.wire.heard
