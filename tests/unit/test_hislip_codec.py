"""HiSLIP's messages: whatever the cuts, the same messages; whatever the noise, a clean refusal."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bringup_instruments.serving.hislip_messages import (
    HEADER_BYTES,
    LONGEST_SKIPPED,
    BadHeader,
    Message,
    MessageReader,
    MessageType,
    packed,
    packed_size,
    unpacked_size,
)

messages = st.builds(
    Message,
    type=st.sampled_from(list(MessageType)),
    control=st.integers(0, 0xFF),
    parameter=st.integers(0, 0xFFFF_FFFF),
    payload=st.binary(max_size=60),
    too_large=st.just(False),
)


def wire(message: Message) -> bytes:
    return packed(MessageType(message.type), message.control, message.parameter, message.payload)


def test_the_header_is_as_the_standard_draws_it() -> None:
    data = packed(MessageType.DATA_END, 1, 0xFFFF_FF00, b"*IDN?\n")
    assert data == b"HS\x07\x01\xff\xff\xff\x00" + struct.pack(">Q", 6) + b"*IDN?\n"


@given(st.lists(messages, max_size=6), st.lists(st.integers(1, 40), max_size=40))
def test_any_cuts_give_the_same_messages(sent: list[Message], cuts: list[int]) -> None:
    stream = b"".join(map(wire, sent))
    reader = MessageReader()
    received: list[Message] = []
    for cut in [*cuts, len(stream)]:
        reader.feed(stream[:cut])
        stream = stream[cut:]
        received.extend(reader)
    reader.feed(stream)
    received.extend(reader)
    assert received == sent


@given(st.binary(max_size=200))
def test_noise_is_refused_or_waited_out(noise: bytes) -> None:
    reader = MessageReader()
    try:
        reader.feed(noise)
        taken = sum(HEADER_BYTES + len(message.payload) for message in reader)
    except BadHeader:
        assert noise[:2] != b"HS" or len(noise) > 2
    else:
        assert taken <= len(noise)


@given(st.integers(0, 0xFF), st.binary(max_size=30), messages, st.integers(1, 50))
def test_a_payload_that_is_too_large_is_skipped_to_the_byte(
    control: int, extra: bytes, following: Message, cut: int
) -> None:
    reader = MessageReader(largest_payload=100)
    stream = packed(MessageType.DATA, control, 5, bytes(101) + extra) + wire(following)
    received: list[Message] = []
    while stream:
        reader.feed(stream[:cut])
        stream = stream[cut:]
        received.extend(reader)
    assert received == [Message(MessageType.DATA, control, 5, b"", too_large=True), following]


def test_an_absurd_length_is_no_message() -> None:
    reader = MessageReader()
    reader.feed(struct.pack("!2sBBIQ", b"HS", 6, 0, 0, LONGEST_SKIPPED + 1))
    with pytest.raises(BadHeader, match="announced"):
        reader.next()


def test_a_wrong_prologue_is_noticed_at_its_first_byte() -> None:
    reader = MessageReader()
    reader.feed(b"G")
    with pytest.raises(BadHeader):
        reader.next()


def test_sizes() -> None:
    assert unpacked_size(packed_size(1 << 40)) == 1 << 40
    assert unpacked_size(b"short") is None
