"""Server-sent events, however their bytes are cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bringup.errors import BadReply
from bringup_drivers.event_stream import LONGEST_EVENT, EventParser

STREAM = (
    b': hello\n\nid: 1\ndata: {"a": 1}\n\nretry: 5\ndata:two\r\ndata: lines\r\n\r\ndata\n\nevent: x\n\ndata: last\r\r'
)
EVENTS = [b'{"a": 1}', b"two\nlines", b"", b"last"]


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_cuts_do_not_matter(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(STREAM)]
    parser = EventParser()
    pieces = [STREAM[begin:end] for begin, end in pairwise(places)]
    found = [event for piece in pieces for event in parser.feed(piece)]
    assert found + parser.feed(b"\n") == EVENTS


@given(st.binary(max_size=200))
def test_garbage_is_no_traceback(data: bytes) -> None:
    EventParser().feed(data)


def test_an_event_without_an_end_is_refused() -> None:
    parser = EventParser()
    for _ in range(LONGEST_EVENT // 65536):
        parser.feed(b"data: " + b"x" * 65530 + b"\n")
    with pytest.raises(BadReply, match="has more than"):
        parser.feed(b"data: " + b"x" * 65536 + b"\n")
    with pytest.raises(BadReply, match="has more than"):
        EventParser().feed(b"x" * (LONGEST_EVENT + 1))
