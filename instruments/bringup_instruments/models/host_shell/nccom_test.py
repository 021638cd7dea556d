"""`nccom-test`: how fast collective operations are over the ranks of this host.

Options, columns and report: AWS Neuron documentation, NCCOM-TEST user guide. "GB/s" is 2**30 bytes a second there
and here. Neighbours: `physics.collectives` has the law.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from ...physics.collectives import OPERATIONS, Operation, bandwidth, checksums, duration_s
from .call import Call
from .devices import logical_cores, up
from .file_tree import FileTrouble

GIB = 2**30
MOST_SIZES = 1000
MOST_BYTES = 64 * GIB
TYPES = {"uint8": 1, "int8": 1, "uint16": 2, "int16": 2, "fp16": 2, "bf16": 2, "int32": 4, "uint32": 4, "fp32": 4}
_SIZE = re.compile(r"(\d{1,15})\s*(|b|k|kb|m|mb|g|gb)", re.IGNORECASE)
_UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


class Misused(ValueError):
    """Options that cannot be; the text says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One size's result; `busbw` is `algbw` times the operation's factor."""

    size: int
    count: int
    kind: str
    time_us: float
    algbw: float
    busbw: float

    def facts(self) -> dict[str, Any]:
        """As the report names them."""
        return {
            "size(B)": self.size,
            "count(elems)": self.count,
            "type": self.kind,
            "algbw(GB/s)": self.algbw,
            "busbw(GB/s)": self.busbw,
            "time:avg(us)": self.time_us,
        }


def nccom_test(call: Call) -> None:
    """Measure, print the table, and write the report where one is asked for."""
    try:
        options = _options(call.arguments)
        chips = _chips(call, options.nworkers)
        sizes = list(_sizes(options))
    except Misused as mistake:
        call.fail(f"nccom-test: error: {mistake}", 2)
        return
    operation = next(one for name, one in OPERATIONS.items() if options.operation in (name, one.short))
    rate = bandwidth(call.machine.sled, chips, call.machine.sled.links(call.at_s))
    columns = ("size(B)", "count(elems)", "type", "time:avg(us)", "algbw(GB/s)", "busbw(GB/s)")
    call.say("".join(f"{column:>15}" for column in columns))
    if rate <= 0.0:
        call.say(f"{sizes[0]:>15}  Failure running neuron-bench - a chip has no link to the others")
        call.fail("1 errors found - test failed")
        return
    rows = [_row(call, options, operation, size, rate) for size in sizes]
    call.say(*map(_line, rows))
    mean = sum(row.busbw for row in rows) / len(rows)
    call.say(f"Avg bus bandwidth:\t{mean:.4f}GB/s")
    if options.check:
        _check(call, chips)
    if options.report_to_json_file:
        _report(call, options.report_to_json_file, rows)


def _check(call: Call, chips: list[int]) -> None:
    """Each chip's sum against the golden one."""
    golden, found = checksums(call.machine.sled.serial_number, 0, chips, [0] * len(chips))
    wrong = sum(one != golden for one in found)
    if wrong:
        call.fail(f"{wrong} errors found - test failed")


def _report(call: Call, path: str, rows: list[Row]) -> None:
    try:
        call.machine.files.write(path, json.dumps({"results": [row.facts() for row in rows]}) + "\n")
    except FileTrouble as trouble:
        call.fail(f"nccom-test: {path}: {trouble}")


def _row(call: Call, options: argparse.Namespace, operation: Operation, size: int, rate: float) -> Row:
    sled = call.machine.sled
    clock = min(chip.operating().hertz for chip in sled.chips if chip.feeds.complete) / sled.parameters.chip.clock_hertz
    seconds = duration_s(operation, size, options.nworkers, rate, clock)
    time_us = round(seconds * 1e6, 2)  # what is shown is what the bandwidths are taken of
    algbw = size / (time_us * 1e-6) / GIB
    kind = options.datatype
    return Row(size, size // TYPES[kind], kind, time_us, algbw, algbw * operation.factor(options.nworkers))


def _line(row: Row) -> str:
    numbers = f"{row.time_us:>15.2f}{row.algbw:>15.4f}{row.busbw:>15.4f}"
    return f"{row.size:>15}{row.count:>15}{row.kind:>15}{numbers}"


def _chips(call: Call, ranks: int) -> list[int]:
    """The devices that carry these ranks, filled one after the other.

    Raises:
        Misused: there are not so many cores.
    """
    found = up(call.machine.sled, call.at_s)
    each = logical_cores(call.machine.sled)
    if not 2 <= ranks <= len(found) * each:
        raise Misused(f"{ranks} workers cannot be placed: this host has {len(found) * each} NeuronCores, 2 are needed")
    return [device.number for device in found[: -(-ranks // each)]]


def _sizes(options: argparse.Namespace) -> Iterator[int]:
    least, most = options.minbytes, options.maxbytes
    each = TYPES[options.datatype]
    if not each <= least <= most <= MOST_BYTES:
        raise Misused(f"sizes go from {each} B to {MOST_BYTES} B, the least first; not {least} to {most}")
    if options.stepfactor is not None and options.stepfactor < 2:
        raise Misused(f"the step factor is at least 2, not {options.stepfactor}")
    step = options.stepbytes or max((most - least) // 10, each)
    size = least
    for _ in range(MOST_SIZES):
        yield size - size % each
        size = size * options.stepfactor if options.stepfactor else size + step
        if size > most:
            return
    raise Misused(f"that would be more than {MOST_SIZES} sizes")


class _Parser(argparse.ArgumentParser):
    """Complains by an exception instead of leaving the process."""

    def error(self, message: str) -> NoReturn:
        raise Misused(message)


def _options(arguments: list[str]) -> argparse.Namespace:
    names = sorted({name for full, one in OPERATIONS.items() for name in (full, one.short)})
    parser = _Parser(prog="nccom-test", add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("operation", choices=names)
    parser.add_argument("-r", "--nworkers", type=int, required=True)
    parser.add_argument("-N", "--nnodes", type=int, default=1)
    parser.add_argument("-b", "--minbytes", type=_bytes, default=32 << 20)
    parser.add_argument("-e", "--maxbytes", type=_bytes, default=None)
    parser.add_argument("-i", "--stepbytes", type=_bytes, default=0)
    parser.add_argument("-f", "--stepfactor", type=int, default=None)
    parser.add_argument("-n", "--iters", type=int, default=20)
    parser.add_argument("-w", "--warmup_iters", type=int, default=5)
    parser.add_argument("-d", "--datatype", choices=tuple(TYPES), default="uint8")
    parser.add_argument("-c", "--check", action="store_true")
    parser.add_argument("--report-to-json-file", default="")
    try:
        options = parser.parse_args(arguments)
    except argparse.ArgumentError as mistake:
        raise Misused(str(mistake)) from None
    if options.maxbytes is None:
        options.maxbytes = max(options.minbytes, 32 << 20)
    if options.nnodes != 1:
        raise Misused("one sled is one node")
    if options.check and options.datatype != "fp32":
        raise Misused("--check is there for fp32 alone")
    return options


def _bytes(written: str) -> int:
    match = _SIZE.fullmatch(written)
    if not match:
        raise argparse.ArgumentTypeError(f"{written!r} is not a size such as 32M or 1kb")
    return int(match[1]) * _UNITS[match[2].lower().removesuffix("b")]
