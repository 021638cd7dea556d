"""What a host's tools print is read as it stands, or refused: never a wrong fact, never another exception."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bringup.capabilities import ChipCounters, CommandResult
from bringup_drivers import host_answers as answers
from bringup_drivers.replies import ReplyMistake

DEVICE = {
    "neuron_device": 0,
    "bdf": "cc:00.0",
    "connected_to": [1, 2],
    "nc_count": 4,
    "memory_size": 103079215104,
    "neuroncore_ids": [0, 1, 2, 3],
}
LINKS = "host.0.0 gen=5 lanes=8 transitions=0\npeer.1.3 gen=1 lanes=4 transitions=1415"
LOG = '{"dmesg": [\n{"pri": 6, "time": 0.0, "msg": "Linux"},\n{"pri": 3, "time": 1.5, "msg": "neuron: nd2"}\n]}'
CHIP = {
    "chip": 0,
    "errors": 3,
    "hertz": 1.6e9,
    "lock_losses": 2,
    "digest": "0a",
    "golden": "0b",
    "links": [{"link": "host.0.0", "lanes": 2, "bits": 1e12, "lane_errors": [0, 3]}],
    "busbw": 12.5,
    "throttled": False,
}


def said(text: str, exit_code: int = 0) -> CommandResult:
    return CommandResult(exit_code, tuple(line for line in text.split("\n") if line))


def test_good_answers_are_read() -> None:
    (device,) = answers.as_devices(said(json.dumps([DEVICE])))
    assert (device.number, device.bdf, device.cores, device.memory_bytes) == (0, "cc:00.0", 4, 103079215104)
    assert device.connected_to == (1, 2)
    assert answers.as_devices(said("neuron-ls: no Neuron devices found", 1)) == ()
    counted = answers.as_counters(said("1\n2\n3\n4"))
    assert (counted.corrected, counted.uncorrected, counted.remapped, counted.lock_losses) == (1, 2, 3, 4)
    links = answers.as_links(said(LINKS))
    assert [(link.name, link.generation, link.lanes, link.transitions) for link in links] == [
        ("host.0.0", 5, 8, 0),
        ("peer.1.3", 1, 4, 1415),
    ]
    assert [(line.seconds, line.priority) for line in answers.as_kernel_log(said(LOG))] == [(0.0, 6), (1.5, 3)]
    assert answers.as_accelerators(said("accel0\naccel12")) == (0, 12)
    identity = answers.as_identity(said("SN-1\nliquid-sled\nA"))
    assert (identity.model, identity.serial_number, identity.firmware) == ("liquid-sled", "SN-1", "A")
    assert answers.as_identity(said("cat: x: No such file", 1)).serial_number == ""
    chip = answers.as_chip_result(CHIP)
    assert (chip.digest, chip.golden, chip.lock_losses, chip.bus_gib_per_s) == ("0a", "0b", 2, 12.5)
    assert chip.links[0].lane_errors == (0, 3)
    assert answers.as_chip_result({"chip": 1, "errors": 0, "hertz": 1, "throttled": True}).bus_gib_per_s is None


READERS: list[tuple[Callable[[CommandResult], object], str]] = [
    (answers.as_devices, json.dumps([DEVICE])),
    (answers.as_counters, "1\n2\n3\n4"),
    (answers.as_links, LINKS),
    (answers.as_kernel_log, LOG),
    (answers.as_accelerators, "accel0\naccel1"),
    (answers.as_identity, "SN-1\nliquid-sled\nA"),
]


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[Callable[[CommandResult], object], CommandResult]:
    reader, good = draw(st.sampled_from(READERS))
    begin = draw(st.integers(0, len(good)))
    end = draw(st.integers(begin, len(good)))
    noise = draw(st.text('0123456789-.eE"{}[]:,= \nNaNInfnullaccel', max_size=12))
    return reader, said(good[:begin] + noise + good[end:], draw(st.sampled_from([0, 0, 0, 1, 127])))


@settings(max_examples=400, deadline=None)
@given(spoilt())
def test_a_spoilt_answer_is_refused_or_means_what_stands_there(
    case: tuple[Callable[[CommandResult], object], CommandResult],
) -> None:
    reader, result = case
    try:
        found = reader(result)
    except ReplyMistake:
        return
    if reader is answers.as_counters:
        assert found == ChipCounters(*map(int, result.lines))
    elif reader is answers.as_links:
        assert isinstance(found, tuple)
        for link, line in zip(found, result.lines, strict=True):
            assert line == f"{link.name} gen={link.generation} lanes={link.lanes} transitions={link.transitions}" or (
                "0" in line  # leading zeros
            )
    elif reader is answers.as_devices and result.exit_code == 0:
        assert [one["memory_size"] for one in json.loads(result.lines[0])] == [one.memory_bytes for one in found]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "spoil",
    [
        {"digest": "xyz"},
        {"digest": 5},
        {"lock_losses": -1},
        {"lock_losses": True},
        {"links": {}},
        {"links": [5]},
        {"links": [{"link": "a", "bits": float("nan"), "lane_errors": []}]},
        {"links": [{"link": "a", "bits": 1.0, "lane_errors": [0.5]}]},
        {"busbw": "fast"},
        {"busbw": float("inf")},
        {"failed_channels": [None]},
        {"uncorrectable": 1.5},
        {"throttled": None},
    ],
)
def test_a_chips_extras_are_read_strictly(spoil: dict[str, Any]) -> None:
    with pytest.raises(ReplyMistake):
        answers.as_chip_result(CHIP | spoil)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*CHIP, *DEVICE, "dmesg"]), inner),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(json_like)
@example([{**DEVICE, "connected_to": [True]}])
@example({"dmesg": [{"pri": 6, "time": float("nan"), "msg": "x"}]})
def test_any_json_is_read_or_refused(value: object) -> None:
    for read in (answers.as_devices, answers.as_kernel_log):
        with suppress(ReplyMistake):
            read(said(json.dumps(value)))
    with suppress(ReplyMistake):
        answers.as_chip_result(value)
