"""The host's shell through its driver: exit codes, tools, a command that goes on, and every raw byte kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bringup import hooks
from bringup.capabilities import CommandResult, HostShell
from bringup.errors import BadReply, InstrumentError, NoReply, SledHang

HOST = "bringup sled host console"


@pytest.fixture
def host(bench: Any) -> Any:
    bench.power(host=True)
    return hooks.drivers()[HOST].open(bench.connection(HOST))


def test_it_is_a_host_shell(host: Any) -> None:
    assert isinstance(host, HostShell)
    assert host.identify().serial_number == "SL-0041"


@pytest.mark.parametrize(
    ("line", "result"),
    [
        ("uname -s", CommandResult(0, ("Linux",))),
        ("false", CommandResult(1, ())),
        ("nonsense", CommandResult(127, ("-bash: nonsense: command not found",))),
        ("echo 'exit-1 0'", CommandResult(0, ("exit-1 0",))),
        ("cat /nowhere || echo 'a b'", CommandResult(0, ("cat: /nowhere: No such file or directory", "a b"))),
    ],
)
def test_a_command_gives_its_exit_code_and_lines(host: Any, line: str, result: CommandResult) -> None:
    host.command("true")
    assert host.command(line) == result
    assert host.command(line) == result


@pytest.mark.parametrize("line", ["", "  ", "two\nlines", "caf\u00e9", "x" * 250, "true # comment", "\x03"])
def test_what_cannot_be_typed_is_not_sent(host: Any, bench: Any, line: str) -> None:
    heard = len(bench.wires[HOST].heard)
    with pytest.raises(InstrumentError, match="cannot be typed"):
        host.command(line)
    assert len(bench.wires[HOST].heard) == heard


def test_counters_links_and_the_kernels_log(host: Any, bench: Any) -> None:
    bench.sled.defects.chip(1).correctable_scale = 1e7
    bench.clock.sleep(3600.0)
    host.workloads()
    bench.sled.defects.chip(1).correctable_scale = 0.0
    counted = host.counters(1)
    assert counted.corrected == bench.sled.memory(bench.clock.now(), 1).counters.correctable > 0
    assert host.counters(0).uncorrected == 0
    with pytest.raises(BadReply, match="exit code 1"):
        host.counters(9)
    assert host.link_states() == ()  # this product names no links
    log = host.kernel_log()
    assert [line.seconds for line in log] == sorted(line.seconds for line in log)
    assert any("4 of 4 devices ready" in line.text for line in log)


def test_a_host_without_neuron_tools_says_so(host: Any) -> None:
    with pytest.raises(InstrumentError, match="has no Neuron tools"):
        host.neuron_devices()


def test_a_job_on_some_chips_with_a_pattern(host: Any, bench: Any) -> None:
    result = host.finish(host.start_on("gemm", 5.0, chips=(1, 3), pattern="walking"))
    assert [chip.chip for chip in result.chips] == [1, 3]
    assert all(chip.digest == chip.golden != "" for chip in result.chips)
    assert b"workload start gemm --seconds 5 --chip 1 --chip 3 --pattern walking" in bench.wires[HOST].heard
    with pytest.raises(InstrumentError, match="nothing was sent"):
        host.start_on("gemm", 5.0, pattern="a; reboot")
    with pytest.raises(InstrumentError, match="there is no chip 7"):
        host.start_on("gemm", 5.0, chips=(7,))


def test_silent_corruption_reaches_the_driver_as_a_wrong_digest(host: Any, bench: Any) -> None:
    bench.sled.defects.chip(2).corrupts = 1
    first, again = host.run("gemm", 5.0).chips[2], host.run("gemm", 5.0).chips[2]
    assert first.errors == 1
    assert first.digest == again.digest != first.golden
    assert host.run("memory", 5.0).chips[2].errors == 0


def test_a_command_that_goes_on_is_ended_and_the_next_one_answers(host: Any, bench: Any) -> None:
    endless = bench.wires[HOST]
    endless.spoil = lambda data: data.replace(b"exit-1 ", b"exit-x ")  # as if it never came to its end
    with pytest.raises((BadReply, NoReply)):
        host.command("uname", timeout_s=3.0)
    endless.spoil = lambda data: data
    assert b"\x03" in endless.heard
    assert host.command("uname").lines == ("Linux",)


def test_kernel_lines_in_the_midst_of_an_answer_are_left_out(host: Any, bench: Any) -> None:
    kernel = b"[  500.125000] pcieport: link peer.0.0: Link Down, Link Up\r\n"
    bench.wires[HOST].spoil = lambda data: data.replace(b"\r\nLinux", b"\r\n" + kernel + b"Linux")
    assert host.command("uname").lines == ("Linux",)


NONSENSE: dict[str, Callable[[bytes], bytes]] = {
    "no code": lambda data: data.replace(b"exit-", b"exut-"),
    "another's code": lambda data: data.replace(b"exit-1 0", b"exit-9 0").replace(b"exit-2 0", b"exit-9 0"),
    "garbage": lambda data: data.replace(b"Linux", b"\xff\xfe"),
    "half": lambda data: data[: len(data) // 2],
}


@pytest.mark.parametrize("spoil", list(NONSENSE.values()), ids=list(NONSENSE))
def test_nonsense_is_no_result(host: Any, bench: Any, spoil: Callable[[bytes], bytes]) -> None:
    host.workloads()
    bench.wires[HOST].spoil = spoil
    with pytest.raises((BadReply, NoReply)):
        host.command("uname")


def test_every_raw_byte_is_kept_before_it_is_read(host: Any, bench: Any) -> None:
    host.workloads()
    noise = b"Linux\r\n\xff\xfe\x00 not text \x80\r\n"
    bench.wires[HOST].spoil = lambda data: data.replace(b"Linux\r\n", noise)
    with pytest.raises(BadReply, match="unprintable"):
        host.command("uname")
    entries = host.console_tail(10.0)
    assert noise in b"".join(entry.data for entry in entries if entry.way == "<")
    assert b"uname; echo exit-1 $?\n" in b"".join(entry.data for entry in entries if entry.way == ">")
    times = [entry.at_s for entry in entries]
    assert times == sorted(times)
    assert times[0] >= bench.clock.now() - 10.0


def test_the_last_words_of_a_hung_host_are_in_the_tail_though_nobody_read_them(host: Any, bench: Any) -> None:
    host.workloads()
    bench.sled.set_rail(bench.clock.now(), "vdd_core.1", 0.50)
    bench.clock.sleep(2.0)
    last = b"\r\n[  999.000000] panic \xff\r\nroot@sled:~# "
    words = [last]
    bench.wires[HOST].spoil = lambda data: data + b"".join(words[:1] and [words.pop()])
    entries = host.console_tail(1.0)
    assert last in b"".join(entry.data for entry in entries)
    with pytest.raises(SledHang):
        host.run("gemm", 5.0)
