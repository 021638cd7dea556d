"""i2c-tools at the controller's console: what a foreign script reads."""

from __future__ import annotations

import pytest

from bringup.pmbus import pec

from .regulator_bench import RegulatorBench

GRID = [
    "     0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f",
    "00:                         -- -- -- -- -- -- -- -- ",
    "10: -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- ",
    "20: -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- ",
    "30: -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- ",
    "40: -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- ",
    "50: -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- ",
    "60: 60 61 62 -- -- -- -- -- -- -- -- -- -- -- -- -- ",
    "70: -- -- -- -- -- -- -- --                         ",
]


@pytest.fixture
def bench() -> RegulatorBench:
    return RegulatorBench()


def test_i2cdetect_draws_its_grid(bench: RegulatorBench) -> None:
    assert bench.ask("i2cdetect -y 4") == GRID
    assert bench.ask("i2cdetect -ry 4") == GRID
    assert bench.ask("i2cdetect -y 1")[5].startswith("40: 40 --")
    part = bench.ask("i2cdetect -y 4 0x60 0x61")
    assert part[7] == "60: 60 61" + " " * 43
    assert bench.ask("i2cdetect -a -y 4")[1].startswith("00: -- --")


def test_i2cdetect_lists_buses(bench: RegulatorBench) -> None:
    lines = bench.ask("i2cdetect -l")
    assert len(lines) == 16
    number, kind, name, what = lines[4].split("\t")
    assert (number, kind.strip(), what) == ("i2c-4", "i2c", "I2C adapter")
    assert bench.ask(f"i2cdetect -y {name.strip()}") == GRID
    assert "SMBus PEC                        yes" in bench.ask("i2cdetect -F 4")


def test_i2ctransfer_writes_and_reads_in_one_transaction(bench: RegulatorBench) -> None:
    assert bench.ask("i2ctransfer -y 4 w1@0x60 0x20 r1") == ["0x14"]
    assert bench.ask("i2ctransfer -y 4 w2@0x60 0x00 0x01 w1 0x21 r2 w2 0x00 0x00 w1 0x21 r2") == [
        "0xcd 0x0c",
        "0x00 0x0c",
    ]
    assert bench.ask("i2ctransfer -y 4 w3@0x60 0x21 0x08 0x0c") == []
    assert bench.ask("i2ctransfer -y 4 w1@96 33 r2@0140") == ["0x08 0x0c"]
    code = pec(bytes([0xC0, 0x21, 0xC1, 0x08, 0x0C]))
    assert bench.ask("i2ctransfer -y 4 w1@0x60 0x21 r3") == [f"0x08 0x0c 0x{code:02x}"]
    assert bench.ask("i2ctransfer -y 4 w1@0x60 0x9a r?") == ["0x06 0x4d 0x50 0x56 0x52 0x31 0x32"]


def test_i2ctransfer_tells_what_it_sent(bench: RegulatorBench) -> None:
    assert bench.ask("i2ctransfer -v -y 4 w1@0x60 0x20 r1") == [
        "msg 0: addr 0x60, write, len 1, buf 0x20",
        "msg 1: addr 0x60, read, len 1, buf 0x14",
    ]
    lines = bench.ask("i2ctransfer 4 w4@0x60 0x01+ r2 w2 0x05= w2 0x05- w3 1p")
    assert lines[1:] == [
        "I will send the following messages to device file /dev/i2c-4:",
        "msg 0: addr 0x60, write, len 4, buf 0x01 0x02 0x03 0x04",
        "msg 1: addr 0x60, read, len 2",
        "msg 2: addr 0x60, write, len 2, buf 0x05 0x05",
        "msg 3: addr 0x60, write, len 2, buf 0x05 0x04",
        "msg 4: addr 0x60, write, len 3, buf 0x01 0x4e 0xc4",
        "Continue? [y/N] Aborting on user request.",
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("-y 4 w1@0x50 0x00", ["Error: Sending messages failed: Remote I/O error"]),
        ("-y 4 w1@0x60 0x3f r1", ["Error: Sending messages failed: Remote I/O error"]),
        ("-y 4 w1@0x60 0x01 r?", ["Error: Sending messages failed: Protocol error"]),
        ("-y 99 r1@0x60", ["Error: Could not open file `/dev/i2c-99' or `/dev/i2c/99': No such file or directory"]),
        ("-y four r1@0x60", ["Error: I2C bus name doesn't match any bus present!"]),
        ("-y 4 1@0x60", ["Error: Missing direction flag 'r' or 'w'", "Error: faulty argument is '1@0x60'"]),
        ("-y 4 x1@0x60", ["Error: Unknown flag 'x'", "Error: faulty argument is 'x1@0x60'"]),
        ("-y 4 r1", ["Error: No address given", "Error: faulty argument is 'r1'"]),
        ("-y 4 r99999@0x60", ["Error: Length invalid", "Error: faulty argument is 'r99999@0x60'"]),
        ("-y 4 r1:0x60", ["Error: Unknown separator after length", "Error: faulty argument is 'r1:0x60'"]),
        ("-y 4 r1@0x05", ["Error: Chip address out of range (0x08-0x77)!", "Error: faulty argument is 'r1@0x05'"]),
        ("-y 4 r1@core", ["Error: Chip address is not a number!", "Error: faulty argument is 'r1@core'"]),
        ("-y 4 w1@0x60 0x100", ["Error: Invalid data byte", "Error: faulty argument is '0x100'"]),
        ("-y 4 w2@0x60 0x10x", ["Error: Invalid data byte suffix", "Error: faulty argument is '0x10x'"]),
        ("-y 4 w2@0x60 0x10", ["Error: Incomplete message"]),
        ("-y 4", ["Error: Incomplete message"]),
        (
            "-y 4 pr1@0x60",
            ["Error: Adapter does not have protocol mangling capability", "Error: faulty argument is 'pr1@0x60'"],
        ),
        ("-y 4 w?@0x60", ["Error: variable length not allowed with write", "Error: faulty argument is 'w?@0x60'"]),
        ("-y 4 " + "r1@0x60 " * 43, ["Error: Too many messages (max: 42)"]),
    ],
)
def test_i2ctransfer_complains_as_the_real_one(bench: RegulatorBench, line: str, said: list[str]) -> None:
    assert bench.ask(f"i2ctransfer {line}") == said


def test_a_block_of_no_length_is_a_protocol_error(bench: RegulatorBench) -> None:
    assert bench.ask("i2ctransfer -y 4 w1@0x60 0x3f") == ["Error: Sending messages failed: Remote I/O error"]
    assert bench.ask("i2ctransfer -y 4 r?@0x60") == ["Error: Sending messages failed: Protocol error"]


@pytest.mark.parametrize("tool", ["i2ctransfer", "i2cdetect", "i2cget", "i2cset"])
def test_help_and_unknown_options_show_the_usage(bench: RegulatorBench, tool: str) -> None:
    assert bench.ask(f"{tool} -h")[0].startswith(f"Usage: {tool} ")
    said = bench.ask(f"{tool} -z 4")
    assert said[0] == f"{tool}: invalid option -- 'z'"
    assert said[1].startswith("Usage: ")


def test_i2cget_and_i2cset(bench: RegulatorBench) -> None:
    assert bench.ask("i2cget -y 4 0x60 0x20") == ["0x14"]
    assert bench.ask("i2cget -y 4 0x60 0x21 w") == ["0x0c00"]
    assert bench.ask("i2cget -y 4 0x60 0x21 wp") == ["0x0c00"]
    assert bench.ask("i2cset -y 4 0x60 0x21 0x0c08 wp") == []
    assert bench.ask("i2cget -y 4 0x60 0x21 w") == ["0x0c08"]
    assert bench.ask("i2cset -y 4 0x60 0x00 0x01") == []
    assert bench.ask("i2cget -y 4 0x60 0x00 bp") == ["0x01"]
    assert bench.ask("i2cset -y 4 0x60 0x03 cp") == []
    assert bench.ask("i2cget -y 4 0x50 0x20") == ["Error: Read failed"]
    assert bench.ask("i2cset -y 4 0x60 0x8b 0x01") == ["Error: Write failed"]
    assert bench.ask("i2cset -y 4 0x60 0x00 0x100")[0] == "Error: Data value out of range!"
    assert bench.ask("i2cget -y 4 0x60 0x00 q")[0] == "Error: Invalid mode!"
    assert bench.ask("i2cset 4 0x60 0x00 0x01")[-1] == "Continue? [Y/n] Aborting on user request."


def test_without_yes_nothing_is_touched(bench: RegulatorBench) -> None:
    assert bench.ask("i2cdetect 4")[-1] == "Continue? [Y/n] Aborting on user request."
    assert bench.ask("i2ctransfer 4 w3@0x60 0x21 0x08 0x0c")[-1].endswith("Aborting on user request.")
    assert bench.ask("i2ctransfer -y 4 w1@0x60 0x21 r2") == ["0x00 0x0c"]


def test_a_mistyped_tool_is_offered(bench: RegulatorBench) -> None:
    assert "did you mean 'i2cdetect'?" in bench.ask("i2cdetct -y 4")[0]
