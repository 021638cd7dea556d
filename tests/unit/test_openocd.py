"""The simulated OpenOCD: its port, its formats, and a sled's chain behind it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bringup_instruments.models.openocd import LONGEST_REQUEST, OpenOcd, place
from bringup_instruments.physics import SledPhysics
from bringup_instruments.physics.chip_test import ChipTest, iddq_amps, leakage_class, ring_hertz
from bringup_instruments.physics.management_core import LOOP_FROM, LOOP_WORDS
from bringup_instruments.physics.parameters import ChipParameters
from tests.jtag_bench import new_sled, power_up

LATER_S = 100.0


class Port:
    """A client that waits for each reply."""

    def __init__(self, sled: SledPhysics, at_s: float = 0.0) -> None:
        self.server = OpenOcd(sled)
        self.now_s = at_s

    def ask(self, request: str) -> str:
        self.server.receive(self.now_s, request.encode("latin-1") + b"\x1a")
        self.now_s += 1.0
        reply = self.server.transmit(self.now_s)
        assert reply.endswith(b"\x1a")
        assert reply.count(b"\x1a") == 1
        return reply[:-1].decode("latin-1")

    def caught(self, command: str) -> str:
        return self.ask(f'set _rc [catch {{{command}}} _out]; return "$_rc $_out"')


@pytest.fixture
def powered() -> Port:
    sled = new_sled()
    port = Port(sled, power_up(sled))
    port.ask("jtag arp_init")
    return port


def test_replies_have_no_error_flag_but_a_caught_one_has(powered: Port) -> None:
    assert powered.ask("version") == "Open On-Chip Debugger 0.12.0"
    assert powered.ask("nosuch") == 'invalid command name "nosuch"'
    assert powered.caught("version") == "0 Open On-Chip Debugger 0.12.0"
    assert powered.caught("nosuch") == '1 invalid command name "nosuch"'


def test_the_chain_is_told_from_tdo_on(powered: Port) -> None:
    assert powered.ask("jtag names") == "chip3.tap chip2.tap chip1.tap chip0.tap cpld.tap"
    assert powered.ask("scan_chain").splitlines()[2:] == [
        " 0 chip3.tap              Y     0x13a71ef7 0x13a71ef7     6 0x01  0x03",
        " 1 chip2.tap              Y     0x13a71ef7 0x13a71ef7     6 0x01  0x03",
        " 2 chip1.tap              Y     0x13a71ef7 0x13a71ef7     6 0x01  0x03",
        " 3 chip0.tap              Y     0x13a71ef7 0x13a71ef7     6 0x01  0x03",
        " 4 cpld.tap               Y     0x012bd043 0x012bd043     8 0x01  0x03",
    ]


def test_scans_reach_the_tap_that_they_name(powered: Port) -> None:
    assert powered.caught("irscan cpld.tap 1; drscan cpld.tap 32 0") == "0 012bd043"
    assert powered.caught("irscan chip1.tap 0x01; drscan chip1.tap 32 0xffffffff") == "0 13a71ef7"
    # Five TAPs in bypass delay what is shifted by a bit each.
    assert powered.caught("irscan chip1.tap 0x3f; drscan chip1.tap 8 0xff") == "0 e0"
    assert powered.caught("irscan chip1.tap 1; drscan chip1.tap 16 0 16 0 0 0") == "0 1ef7 13a7 {}"


def test_a_tap_in_bypass_is_not_scanned(powered: Port) -> None:
    assert powered.caught("pathmove RESET IDLE") == "0"
    assert powered.caught("drscan cpld.tap 32 0") == "1 drscan: jtag execute failed"


def test_a_chain_without_power_is_all_ones_and_what_was_known_stays(powered: Port) -> None:
    sled = new_sled()
    fresh = Port(sled)
    assert fresh.caught("irscan cpld.tap 1; drscan cpld.tap 32 0") == "0 ffffffff"
    assert fresh.caught("jtag cget cpld.tap -idcode") == "0 0"
    ready_s = power_up(sled)
    fresh.now_s = max(fresh.now_s, ready_s)
    fresh.ask("jtag arp_init")
    assert fresh.caught("jtag cget cpld.tap -idcode") == f"0 {0x012BD043}"
    sled.defects.scan_break = 5
    assert fresh.caught("jtag arp_init") == "0"
    assert fresh.caught("jtag cget cpld.tap -idcode") == f"0 {0x012BD043}"


def test_targets_are_the_chips_cores(powered: Port) -> None:
    line = powered.ask("targets").splitlines()[2]
    assert line == " 0  chip0.core         riscv      little chip0.tap          running"
    assert powered.caught("targets chip9.core").startswith(
        "-4 Target: chip9.core is unknown, try one of:\n\n    Target"
    )
    assert powered.caught("targets chip0.core") == "0"
    assert powered.caught("reg pc").startswith("-304")
    assert powered.caught("halt") == "0"
    first = powered.caught("reg pc")
    assert LOOP_FROM <= int(first.removeprefix("0 pc (/64): "), 16) < LOOP_FROM + 4 * LOOP_WORDS
    assert powered.caught("reg pc") == first
    assert powered.caught("chip0.core curstate") == "0 halted"
    assert powered.caught("resume") == "0"
    assert powered.caught("chip0.core curstate") == "0 running"
    assert powered.caught("targets chip2.core; halt; chip2.core curstate") == "0 halted"
    assert powered.caught("chip0.core curstate") == "0 running"


def test_a_core_without_power_is_unknown() -> None:
    port = Port(new_sled())
    assert port.caught("chip0.core curstate") == "0 unknown"
    assert port.caught("chip0.core arp_poll") == "1"
    assert port.caught("halt") == "-4"


def test_a_request_may_come_byte_by_byte_and_two_at_once() -> None:
    server = OpenOcd(new_sled())
    for byte in b"version\x1ajtag names\x1aver":
        server.receive(1.0, bytes([byte]))
    assert server.transmit(1.0) == b""
    due_s = server.next_at(1.0)
    assert due_s is not None
    assert server.transmit(due_s) == b"Open On-Chip Debugger 0.12.0\x1a"
    assert server.transmit(2.0) == b"chip3.tap chip2.tap chip1.tap chip0.tap cpld.tap\x1a"
    server.receive(2.0, b"sion\x1a")
    assert server.transmit(3.0) == b"Open On-Chip Debugger 0.12.0\x1a"
    assert server.next_at(3.0) is None


def test_a_request_without_an_end_is_not_kept_for_ever() -> None:
    server = OpenOcd(new_sled())
    for _ in range(5):
        server.receive(0.0, b"x" * LONGEST_REQUEST)
    server.receive(0.0, b"\x1aversion\x1a")
    assert server.transmit(1.0) == b"line too long\n\x00Open On-Chip Debugger 0.12.0\x1a"


VOCABULARY = """irscan drscan jtag names cget cpld.tap chip0.tap chip0.core -endstate DRPAUSE IRPAUSE RESET IDLE
pathmove runtest reg pc halt resume targets adapter speed 0x1f 32 -1 99999999999999999999 zz arp_init
-idcode curstate arp_poll tapenable ; DRSHIFT"""
WORDS = st.sampled_from(VOCABULARY.split())


@settings(max_examples=60)
@given(st.lists(st.lists(WORDS, max_size=6).map(" ".join) | st.text(max_size=30), max_size=12))
def test_nothing_breaks_it(requests: list[str]) -> None:
    port = Port(new_sled())
    for request in requests:
        port.ask(request.replace("\x1a", "").encode("utf-8", "replace").decode("latin-1").replace("\x1a", ""))
    assert port.ask("version") == "Open On-Chip Debugger 0.12.0"
    assert port.caught("jtag arp_init") == "0"


@settings(max_examples=40)
@given(st.lists(st.binary(max_size=60), max_size=20))
def test_random_bytes_do_not_break_it(chunks: list[bytes]) -> None:
    server = OpenOcd(new_sled())
    for chunk in chunks:
        server.receive(1.0, chunk)
    server.receive(1.0, b"\x1a")
    server.transmit(LATER_S)
    server.receive(LATER_S, b"version\x1a")
    assert server.transmit(LATER_S + 1.0) == b"Open On-Chip Debugger 0.12.0\x1a"


def test_one_request_cannot_keep_everybody_waiting() -> None:
    server = OpenOcd(new_sled())
    scans = b"catch {drscan cpld.tap 60000 0} m\n" * 1500
    server.receive(0.0, b"irscan cpld.tap 1\n" + scans + b"set m\x1aversion\x1a")
    assert server.transmit(LATER_S) == b"jtag execute failed\x1aOpen On-Chip Debugger 0.12.0\x1a"


def test_long_scans_take_their_time() -> None:
    server = OpenOcd(new_sled())
    server.receive(0.0, b"adapter speed 1; irscan cpld.tap 1; drscan cpld.tap 1000 0\x1a")
    due_s = server.next_at(0.0)
    assert due_s is not None
    assert 1.0 < due_s < 1.1


def test_a_product_without_taps_has_no_probe() -> None:
    class Bare:
        role = "probe"

        def served_sled(self) -> SledPhysics:
            from bringup_instruments.physics import CoolantLoop, SledParameters

            return SledPhysics("SL-1", SledParameters(), CoolantLoop())

    with pytest.raises(Exception, match=r"'probe'.*no \[\[taps\]\]"):
        place(Bare())  # type: ignore[arg-type]


# What a chip's test logic says agrees with what the chip is.


def test_a_fast_part_leaks_more_and_rings_faster() -> None:
    chip = ChipParameters()
    assert ring_hertz(chip, -0.01, 0.75, 60.0) > ring_hertz(chip, 0.0, 0.75, 60.0) > ring_hertz(chip, 0.01, 0.75, 60.0)
    assert ring_hertz(chip, 0.0, 0.0, 60.0) == 0.0
    assert iddq_amps(chip, 2.0) == 2 * iddq_amps(chip, 1.0)
    assert [leakage_class(scale) for scale in (1e-6, 0.5, 1.0, 2.0, 1e6)] == [0, 4, 8, 12, 15]


def test_over_many_parts_the_priors_follow_the_traits() -> None:
    parts = []
    for number in range(40):
        sled = new_sled(f"SL-{number}")
        at_s = power_up(sled)
        sled.advance(at_s)
        for chip in sled.chips:
            test = ChipTest(chip, sled.parameters.chip, sled.serial_number, "T3-S", 8)
            fuses, ring = test.registers["fuses"](at_s), test.registers["ring"](at_s)
            parts.append(
                (chip.traits.threshold_shift_volts, fuses["vmin_millivolts"], fuses["leakage_class"], ring["counts"])
            )
    parts.sort()
    fast, slow = parts[:40], parts[-40:]
    for place_, sign in ((1, -1), (2, 1), (3, 1)):
        assert sign * (sum(part[place_] for part in fast) - sum(part[place_] for part in slow)) > 0
