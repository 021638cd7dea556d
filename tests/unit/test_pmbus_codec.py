"""PMBus words: numbers in registers, the packet error code, OPERATION, the black box."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bringup.pmbus import (
    SHAPES,
    BlackBox,
    Command,
    FormatMistake,
    Operation,
    Status,
    StatusCml,
    StatusInput,
    StatusIout,
    StatusTemperature,
    StatusVout,
    StatusWord,
    from_linear11,
    from_ulinear16,
    pec,
    to_linear11,
    to_ulinear16,
    vout_exponent,
)
from bringup.pmbus.manufacturer import BLACK_BOX_BYTES, EMPTY_BLACK_BOX, pack_black_box

WORDS = st.integers(0, 0xFFFF)
EXPONENTS = st.integers(-16, 15)


@pytest.mark.parametrize(
    ("word", "value", "step"),
    [
        (0x0000, 0.0, 2.0**0),
        (0xF800 | 1, 0.5, 0.5),  # exponent -1
        (0x07FF, -1.0, 1.0),
        (0x0400, -1024.0, 1.0),
        (0x7BFF, 1023 * 32768.0, 32768.0),
        (0x8001, 2.0**-16, 2.0**-16),
        (0xD300, 12.0, 2.0**-6),
    ],
)
def test_linear11_words(word: int, value: float, step: float) -> None:
    read = from_linear11(word)
    assert (read.value, read.step) == (value, step)


@given(WORDS)
def test_a_linear11_value_goes_back_into_a_word_unchanged(word: int) -> None:
    value = from_linear11(word).value
    again = from_linear11(to_linear11(value))
    assert again.value == value
    assert again.step <= from_linear11(word).step


@given(st.floats(-1024 * 32768.0, 1023 * 32768.0))
def test_linear11_is_off_by_half_a_step_at_most(value: float) -> None:
    read = from_linear11(to_linear11(value))
    assert abs(read.value - value) <= read.step / 2
    assert read.step == 2.0**-16 or abs(value) > 1023.4 * read.step / 2 - read.step


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 4e7, -4e7])
def test_linear11_refuses_what_it_cannot_hold(value: float) -> None:
    with pytest.raises(FormatMistake):
        to_linear11(value)


def test_the_step_of_a_set_point_is_real() -> None:
    assert to_ulinear16(0.752, -12) == 0x0C08
    read = from_ulinear16(0x0C08, -12)
    assert (read.value, read.step) == (0.751953125, 2.0**-12)


@given(WORDS, EXPONENTS)
def test_a_ulinear16_value_goes_back_into_its_word(word: int, exponent: int) -> None:
    assert to_ulinear16(from_ulinear16(word, exponent).value, exponent) == word


@pytest.mark.parametrize(
    ("volts", "exponent"), [(-0.001, -12), (16.0, -12), (float("nan"), -12), (1.0, 16), (1.0, -17)]
)
def test_ulinear16_refuses_what_it_cannot_hold(volts: float, exponent: int) -> None:
    with pytest.raises(FormatMistake):
        to_ulinear16(volts, exponent)


@pytest.mark.parametrize(
    ("mode", "exponent"), [(0x14, -12), (0x17, -9), (0x18, -8), (0x00, 0), (0x0F, 15), (0x10, -16)]
)
def test_vout_mode(mode: int, exponent: int) -> None:
    assert vout_exponent(mode) == exponent


@pytest.mark.parametrize(
    ("mode", "why"), [(0x21, "VID"), (0x40, "DIRECT"), (0x60, "half"), (0x94, "relative"), (0x114, "a byte")]
)
def test_other_ways_to_count_volts_are_refused(mode: int, why: str) -> None:
    with pytest.raises(FormatMistake, match=why):
        vout_exponent(mode)


@pytest.mark.parametrize("decode", [from_linear11, lambda word: from_ulinear16(word, -12)])
@pytest.mark.parametrize("word", [-1, 0x10000])
def test_a_word_has_sixteen_bits(decode: object, word: int) -> None:
    assert callable(decode)
    with pytest.raises(FormatMistake, match="sixteen"):
        decode(word)


def test_packet_error_code() -> None:
    assert pec(b"123456789") == 0xF4  # the check value of this CRC
    assert pec() == 0


@given(st.binary(min_size=1, max_size=40), st.integers(0, 1000), st.integers(1, 255))
def test_the_packet_error_code_sees_every_changed_byte(data: bytes, place: int, change: int) -> None:
    spoilt = bytearray(data)
    spoilt[place % len(data)] ^= change
    assert pec(bytes(spoilt)) != pec(data)
    assert pec(data[:1], data[1:]) == pec(data)
    assert pec(data, bytes([pec(data)])) == 0


def test_a_margin_comes_with_faults_that_act_or_do_not() -> None:
    assert (Operation.MARGIN_LOW, Operation.MARGIN_HIGH) == (0x98, 0xA8)
    assert [op for op in Operation if op.masks_faults] == [0x94, 0xA4]
    assert Operation.of(0x3F) is Operation.OFF
    assert Operation.of(0x84) is Operation.ON
    for byte in (0x90, 0xAC, 0xB8, 0xC0):
        with pytest.raises(ValueError, match="is not a valid"):
            Operation.of(byte)


def test_every_command_has_a_shape() -> None:
    assert set(SHAPES) == set(Command)
    assert SHAPES[Command.READ_VOUT].value == 2
    assert SHAPES[Command.CLEAR_FAULTS].value == 0


STATUS = Status(
    StatusWord.IOUT_POUT | StatusWord.IOUT_OC_FAULT,
    StatusVout(0),
    StatusIout.OC_FAULT,
    StatusInput(0),
    StatusTemperature(0),
    StatusCml(0),
)


def test_a_black_box_is_read_as_it_was_written() -> None:
    data = pack_black_box(3, 1, STATUS, -12, volts=0.75, amps=1310.0, celsius=71.25, uptime_s=4711.9)
    box = BlackBox.parse(data)
    assert box is not None
    assert (box.trips, box.page, box.status, box.uptime_s) == (3, 1, STATUS, 4711)
    assert (box.volts.value, box.amps.value, box.celsius.value) == (0.75, 1310.0, 71.25)
    assert box.status.faults == ("IOUT OC_FAULT",)
    assert BlackBox.parse(EMPTY_BLACK_BOX) is None


@pytest.mark.parametrize("data", [b"", bytes(BLACK_BOX_BYTES + 1), b"\x00" + b"\x01" * (BLACK_BOX_BYTES - 1)])
def test_what_is_no_black_box_is_refused(data: bytes) -> None:
    with pytest.raises(FormatMistake):
        BlackBox.parse(data)
