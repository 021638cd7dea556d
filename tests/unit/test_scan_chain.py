"""The scan chain bit by bit: whatever is shifted through comes out as IEEE 1149.1 says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bringup_instruments.models.openocd_adapter import Adapter, shortest_way
from bringup_instruments.physics.scan_chain import IR_CAPTURED, Fixed, ScanChain, Scratch, Tap, TapState

IDCODES = st.integers(0, 0x7FFFFFFE).map(lambda code: 2 * code + 1)


@st.composite
def taps(draw: st.DrawFn) -> Tap:
    ir_length = draw(st.integers(2, 12))
    idcode = draw(st.none() | IDCODES)
    registers = {} if idcode is None else {1: Fixed(32, idcode)}
    return Tap("tap", ir_length, registers, None if idcode is None else 1)


CHAINS = st.lists(taps(), min_size=1, max_size=6).map(ScanChain)


def reset(chain: ScanChain) -> Adapter:
    adapter = Adapter(chain)
    adapter.reset(0.0)
    return adapter


def concatenated(parts: list[tuple[int, int]]) -> tuple[int, int]:
    """Bits and value of registers in a row, the one at TDO first."""
    bits = value = 0
    for length, one in parts:
        value |= one << bits
        bits += length
    return bits, value


@given(CHAINS, st.integers(0, 2**64 - 1))
def test_after_reset_every_tap_shows_its_idcode_or_one_bit_of_bypass(chain: ScanChain, pattern: int) -> None:
    held = [(tap.selected.bits, tap.selected.capture(0.0)) for tap in reversed(chain.taps)]
    bits, value = concatenated(held)
    out = reset(chain).shift(0.0, TapState.DRSHIFT, bits + 64, pattern, TapState.IDLE)
    assert out == value | (pattern << bits) & ((1 << bits + 64) - 1)


@given(CHAINS, st.integers(0, 2 ** (64 + 72) - 1))
def test_instruction_registers_capture_01_and_pass_on_what_comes(chain: ScanChain, pattern: int) -> None:
    bits, value = concatenated([(tap.ir_length, IR_CAPTURED) for tap in reversed(chain.taps)])
    out = reset(chain).shift(0.0, TapState.IRSHIFT, bits + 64, pattern, TapState.IDLE)
    assert out == value | (pattern << bits) & ((1 << bits + 64) - 1)
    left = pattern >> 64
    for tap in reversed(chain.taps):
        assert tap.instruction == left & ((1 << tap.ir_length) - 1)
        left >>= tap.ir_length


@given(CHAINS, st.integers(0, 2**40 - 1))
def test_all_ones_is_bypass_everywhere_and_delays_by_one_bit_a_tap(chain: ScanChain, pattern: int) -> None:
    adapter = reset(chain)
    length = sum(tap.ir_length for tap in chain.taps)
    adapter.shift(0.0, TapState.IRSHIFT, length, (1 << length) - 1, TapState.IDLE)
    out = adapter.shift(0.0, TapState.DRSHIFT, 50, pattern, TapState.IDLE)
    assert out == (pattern << len(chain.taps)) & ((1 << 50) - 1)


@given(st.lists(taps(), min_size=1, max_size=6), st.data())
def test_a_break_reads_as_ones_from_its_place_on(found: list[Tap], data: st.DataObject) -> None:
    chain = ScanChain(found)
    chain.broken_after = data.draw(st.integers(0, len(found) - 1))
    beyond = [(tap.selected.bits, tap.selected.capture(0.0)) for tap in reversed(found[chain.broken_after + 1 :])]
    bits, value = concatenated(beyond)
    out = reset(chain).shift(0.0, TapState.DRSHIFT, bits + 40, 0, TapState.IDLE)
    assert out == value | (2**40 - 1) << bits


@given(st.lists(st.integers(0, 1), max_size=60), st.integers(0, 255))
def test_a_register_takes_what_update_finds_in_it_whatever_path_led_there(path: list[int], value: int) -> None:
    scratch = Scratch(8)
    tap = Tap("one", 4, {5: scratch}, None)
    adapter = reset(ScanChain([tap]))
    for tms in path:
        adapter.step(0.0, tms)
    adapter.reset(0.0)
    adapter.shift(0.0, TapState.IRSHIFT, 4, 5, TapState.IRPAUSE)
    adapter.shift(0.0, TapState.DRSHIFT, 8, value, TapState.DRPAUSE)
    adapter.move(0.0, TapState.IDLE)
    assert scratch.value == value
    assert adapter.shift(0.0, TapState.DRSHIFT, 8, 0, TapState.IDLE) == value


def test_five_ones_lead_to_reset_and_the_reset_selects_idcode_again() -> None:
    tap = Tap("one", 4, {2: Fixed(32, 0x1234567)}, 2)
    for state in TapState:
        for tms in shortest_way(TapState.RESET, state):
            tap.clock(0.0, tms, 0)
        assert tap.state is state
        for _ in range(5):
            tap.clock(0.0, 1, 0)
        assert (tap.state, tap.instruction) == (TapState.RESET, 2)


def test_a_tap_without_power_opens_the_chain_and_begins_anew_when_it_is_back() -> None:
    ups = [1]
    good, bad = Tap("good", 4, {1: Fixed(32, 0x11)}, 1), Tap("bad", 4, {1: Fixed(32, 0x23)}, 1, lambda at_s: ups[0])
    adapter = reset(ScanChain([good, bad]))
    adapter.shift(0.0, TapState.IRSHIFT, 8, 0xFF, TapState.IDLE)
    ups[0] = 0
    assert adapter.shift(0.0, TapState.DRSHIFT, 16, 0, TapState.IDLE) == 0xFFFF
    ups[0] = 2
    adapter.reset(0.0)
    assert adapter.shift(0.0, TapState.DRSHIFT, 64, 0, TapState.IDLE) == 0x11_00000023


@pytest.mark.parametrize("start", list(TapState))
def test_a_shortest_way_leads_where_it_should(start: TapState) -> None:
    for to in TapState:
        state = start
        for tms in shortest_way(start, to):
            state = state.after(tms)
        assert state is to
