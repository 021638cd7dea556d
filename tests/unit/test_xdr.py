"""XDR and ONC RPC: values come back as they went, records in any cuts, calls and refusals by the book."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bringup_instruments.serving.onc_rpc import (
    LAST_FRAGMENT,
    Accept,
    BadRecord,
    Denied,
    RecordReader,
    as_record,
    call,
    parse_call,
    reply,
)
from bringup_instruments.serving.xdr import XdrMistake, XdrReader, xdr_int, xdr_opaque, xdr_uint


@given(st.integers(0, 0xFFFF_FFFF), st.integers(-(1 << 31), (1 << 31) - 1), st.binary(max_size=50), st.booleans())
def test_values_come_back(unsigned: int, signed: int, data: bytes, truth: bool) -> None:
    written = xdr_uint(unsigned) + xdr_int(signed) + xdr_opaque(data) + xdr_uint(truth)
    assert len(written) % 4 == 0
    reader = XdrReader(written)
    assert reader.unsigned() == unsigned
    assert reader.signed() == signed
    assert reader.opaque(50) == data
    assert reader.boolean() is truth
    assert reader.rest == b""


@given(st.binary(max_size=40))
def test_noise_is_a_mistake_or_values(noise: bytes) -> None:
    reader = XdrReader(noise)
    try:
        reader.unsigned()
        reader.boolean()
        assert len(reader.opaque(16)) <= 16
    except XdrMistake:
        pass


def test_lengths_are_bounded() -> None:
    with pytest.raises(XdrMistake, match="at most 8"):
        XdrReader(xdr_opaque(bytes(9))).opaque(8)
    with pytest.raises(XdrMistake, match="expected"):
        XdrReader(xdr_uint(5) + b"abc").opaque(8)
    with pytest.raises(XdrMistake, match="truth"):
        XdrReader(xdr_uint(2)).boolean()


@given(st.lists(st.lists(st.binary(max_size=30), min_size=1, max_size=4), max_size=4), st.integers(1, 25))
def test_records_in_any_fragments_and_cuts(records: list[list[bytes]], cut: int) -> None:
    stream = b""
    for fragments in records:
        for number, fragment in enumerate(fragments, 1):
            last = LAST_FRAGMENT if number == len(fragments) else 0
            stream += struct.pack(">I", last | len(fragment)) + fragment
    reader, received = RecordReader(longest=200), []
    while stream:
        reader.feed(stream[:cut])
        stream = stream[cut:]
        while (record := reader.next()) is not None:
            received.append(record)
    assert received == [b"".join(fragments) for fragments in records]


def test_a_record_that_is_too_long_is_refused_before_it_comes() -> None:
    reader = RecordReader(longest=100)
    reader.feed(struct.pack(">I", 60) + bytes(60) + struct.pack(">I", LAST_FRAGMENT | 41))
    with pytest.raises(BadRecord):
        reader.next()


@given(st.binary(max_size=120))
def test_noise_is_no_record_or_no_call(noise: bytes) -> None:
    reader = RecordReader(longest=80)
    reader.feed(noise)
    try:
        while (record := reader.next()) is not None:
            parse_call(record)
    except (BadRecord, XdrMistake, Denied):
        pass


def test_a_call_and_its_reply() -> None:
    parsed = parse_call(call(7, 0x0607AF, 1, 10, xdr_int(-3)))
    assert parsed[:4] == (7, 0x0607AF, 1, 10)
    assert parsed.arguments.signed() == -3
    assert as_record(reply(7, Accept.SUCCESS, b"body")) == struct.pack(">7I", 0x8000_001C, 7, 1, 0, 0, 0, 0) + b"body"


def test_unix_credentials_are_taken_and_others_denied() -> None:
    head = xdr_uint(1, 0, 2, 0x0607AF, 1, 0)
    assert parse_call(head + xdr_uint(1) + xdr_opaque(bytes(24)) + xdr_uint(0, 0)).xid == 1
    with pytest.raises(Denied) as denied:
        parse_call(head + xdr_uint(3) + xdr_opaque(b"") + xdr_uint(0, 0))
    assert denied.value.reply == xdr_uint(1, 1, 1, 1, 2)


def test_another_version_of_rpc_is_denied_with_ours() -> None:
    with pytest.raises(Denied) as denied:
        parse_call(xdr_uint(9, 0, 3, 0, 0, 0))
    assert denied.value.reply == xdr_uint(9, 1, 1, 0, 2, 2)
