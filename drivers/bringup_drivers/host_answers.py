"""What a host's tools print, into facts or a refusal. Every function is pure and strict; a mistake is a `ReplyMistake`.

Neighbours: `sled_host` asks, `replies` has what other drivers need too.
"""

from __future__ import annotations

import json
import re
from typing import Any

from bringup.capabilities import (
    ChipCounters,
    ChipResult,
    CommandResult,
    Identity,
    KernelLine,
    LinkBits,
    LinkReading,
    NeuronDevice,
)

from .replies import ReplyMistake

MOST = 10**15
"""Of anything that is counted."""

COUNTER_FILES = ("ecc_corrected", "ecc_uncorrected", "rows_remapped", "pll_lock_losses")

_BDF = re.compile(r"(?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]")
_LINK = re.compile(r"([a-z0-9_]+\.\d{1,4}\.\d{1,3}) gen=(\d{1,2}) lanes=(\d{1,2}) transitions=(\d{1,15})")
_ACCELERATOR = re.compile(r"accel(\d{1,4})")
_DIGEST = re.compile(r"[0-9a-f]{0,128}")


def as_identity(result: CommandResult) -> Identity:
    """Serial number, product and revision, a line each; a host that has no such files proves only that it answers."""
    if result.exit_code != 0:
        return Identity("bringup", "sled host", "", "")
    if len(result.lines) != 3 or not all(re.fullmatch(r"\S{1,64}", line) for line in result.lines):
        raise ReplyMistake("not a serial number, a product and a revision")
    return Identity("bringup", result.lines[1], result.lines[0], result.lines[2])


def as_devices(result: CommandResult) -> tuple[NeuronDevice, ...]:
    """What `neuron-ls -j` printed."""
    if result.exit_code != 0 and any("no Neuron devices found" in line for line in result.lines):
        return ()
    listed = _json(_succeeded(result))
    if not isinstance(listed, list):
        raise ReplyMistake("not a list of devices")
    devices = tuple(_device(one) for one in listed)
    if len({device.number for device in devices}) != len(devices):
        raise ReplyMistake("a device twice")
    return devices


def _device(one: object) -> NeuronDevice:
    if not isinstance(one, dict) or not isinstance(one.get("bdf"), str) or not _BDF.fullmatch(one["bdf"]):
        raise ReplyMistake("not a device")
    peers = one.get("connected_to")
    if not isinstance(peers, list):
        raise ReplyMistake(f"connected_to is {peers!r}, not a list")
    return NeuronDevice(
        number=whole(one, "neuron_device", 0, 4096),
        bdf=one["bdf"],
        cores=whole(one, "nc_count", 1, 4096),
        memory_bytes=whole(one, "memory_size", 0, MOST),
        connected_to=tuple(whole({"peer": peer}, "peer", 0, 4096) for peer in peers),
    )


def as_counters(result: CommandResult) -> ChipCounters:
    """The counters' files, in the order of `COUNTER_FILES`."""
    lines = _succeeded(result)
    if len(lines) != len(COUNTER_FILES) or not all(re.fullmatch(r"\d{1,15}", line, re.ASCII) for line in lines):
        raise ReplyMistake(f"not {len(COUNTER_FILES)} counts")
    return ChipCounters(*map(int, lines))


def as_accelerators(result: CommandResult) -> tuple[int, ...]:
    """The accelerators' folders, as numbers."""
    found = [_ACCELERATOR.fullmatch(line) for line in _succeeded(result)]
    if not all(found):
        raise ReplyMistake("not a list of accelerators")
    return tuple(int(match[1]) for match in found if match)


def as_flags(result: CommandResult) -> tuple[bool, ...]:
    """Files that hold a 0 or a 1, a line each."""
    lines = _succeeded(result)
    if not all(line in ("0", "1") for line in lines):
        raise ReplyMistake("not a 0 or a 1 for each")
    return tuple(line == "1" for line in lines)


def as_links(result: CommandResult) -> tuple[LinkReading, ...]:
    """A file of links, a line each."""
    found = [_LINK.fullmatch(line) for line in _succeeded(result)]
    if not all(found):
        raise ReplyMistake("not a list of links")
    return tuple(LinkReading(match[1], int(match[2]), int(match[3]), int(match[4])) for match in found if match)


def as_kernel_log(result: CommandResult) -> tuple[KernelLine, ...]:
    """What `dmesg --json` printed."""
    printed = _json(("".join(_succeeded(result)),))
    entries = printed.get("dmesg") if isinstance(printed, dict) else None
    if not isinstance(entries, list):
        raise ReplyMistake("not a kernel's log")
    return tuple(_kernel_line(entry) for entry in entries)


def _kernel_line(entry: object) -> KernelLine:
    if not isinstance(entry, dict) or not isinstance(entry.get("msg"), str):
        raise ReplyMistake("not a line of a kernel's log")
    return KernelLine(real(entry, "time", 0, 1e10), whole(entry, "pri", 0, 191), entry["msg"])


def as_chip_result(chip: object) -> ChipResult:
    """One chip's part of a workload's answer."""
    if not isinstance(chip, dict) or not isinstance(chip.get("throttled"), bool):
        raise ReplyMistake("not a chip's result")
    return ChipResult(
        chip=whole(chip, "chip", 0, 4096),
        errors=whole(chip, "errors", 0, MOST),
        hertz=real(chip, "hertz", 0, 1e11),
        throttled=chip["throttled"],
        digest=_digest(chip, "digest"),
        golden=_digest(chip, "golden"),
        lock_losses=whole(chip, "lock_losses", 0, MOST) if "lock_losses" in chip else 0,
        uncorrectable=whole(chip, "uncorrectable", 0, MOST) if "uncorrectable" in chip else 0,
        failed_channels=_wholes(chip, "failed_channels"),
        links=tuple(_bits(one) for one in _list(chip, "links")),
        bus_gib_per_s=real(chip, "busbw", 0, 1e9) if "busbw" in chip else None,
    )


def _bits(one: object) -> LinkBits:
    if not isinstance(one, dict) or not isinstance(one.get("link"), str):
        raise ReplyMistake("not the bits of a link")
    return LinkBits(one["link"], real(one, "bits", 0, 1e24), _wholes(one, "lane_errors"))


def _digest(chip: dict[str, Any], key: str) -> str:
    value = chip.get(key, "")
    if not isinstance(value, str) or not _DIGEST.fullmatch(value):
        raise ReplyMistake(f"{key} is {value!r}, not a digest")
    return value


def _list(holder: dict[str, Any], key: str) -> list[Any]:
    value = holder.get(key, [])
    if not isinstance(value, list):
        raise ReplyMistake(f"{key} is {value!r}, not a list")
    return value


def _wholes(holder: dict[str, Any], key: str) -> tuple[int, ...]:
    return tuple(whole({key: value}, key, 0, MOST) for value in _list(holder, key))


def real(holder: dict[str, Any], key: str, low: float, high: float) -> float:
    """A number from `low` to `high` under a key of a JSON object."""
    value = holder.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ReplyMistake(f"{key} is {value!r}, not a number from {low:g} to {high:g}")
    return float(value)


def whole(holder: dict[str, Any], key: str, low: int, high: int) -> int:
    """A whole number from `low` to `high` under a key of a JSON object."""
    value = holder.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ReplyMistake(f"{key} is {value!r}, not a whole number from {low} to {high}")
    return value


def _succeeded(result: CommandResult) -> tuple[str, ...]:
    if result.exit_code != 0:
        raise ReplyMistake(f"exit code {result.exit_code}")
    return result.lines


def _json(lines: tuple[str, ...]) -> Any:
    if len(lines) != 1:
        raise ReplyMistake("not one line of JSON")
    try:
        return json.loads(lines[0])
    except (ValueError, RecursionError):
        raise ReplyMistake("not JSON") from None
