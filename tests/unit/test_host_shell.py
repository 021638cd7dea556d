"""The host's shell: words, exit codes, pipes, files; and whatever is typed, nothing breaks and nothing grows."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bringup_instruments.models.host_shell.commands import commands_of
from bringup_instruments.models.host_shell.interpreter import Interpreter
from bringup_instruments.models.host_shell.words import SyntaxMistake, expand, parse
from bringup_instruments.models.line_shell import LineShell

from .host_terminal import PROMPT, Terminal, booted


@pytest.fixture(scope="module")
def terminal() -> Terminal:
    return booted()


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("echo a  'b  c' \"d\"\\ e", ["a b  c d e"]),
        ("echo 'a;b|c>d' && echo $?", ["a;b|c>d", "0"]),
        ("false; echo $?; echo $?", ["1", "0"]),
        ("false && echo no || echo yes", ["yes"]),
        ("true || echo no; echo '$?' \"$?\"", ["$? 0"]),
        ("nonsense; echo $?", ["-bash: nonsense: command not found", "127"]),
        ("sudo uname -s", ["Linux"]),
        ("uname -nr", ["sled 6.1.0-bringup"]),
        ("echo one > /tmp/f; echo two >> /tmp/f; cat /tmp/f; wc -l /tmp/f", ["one", "two", "2"]),
        ("echo 1 | tee /tmp/g | grep -v 2; cat /tmp/g", ["1", "1"]),
        ("dmesg | tail -n 2 > t; wc -l t; head -1 t | grep -c ready; grep -v -i READY t | wc -l", ["2", "1", "1"]),
        ("cat /nowhere; echo $?", ["cat: /nowhere: No such file or directory", "1"]),
        ("cat /sys; echo $?", ["cat: /sys: Is a directory", "1"]),
        ("cat /etc/hostname/x", ["cat: /etc/hostname/x: Not a directory"]),
        ("echo 1 > /etc/hostname; echo $?", ["-bash: /etc/hostname: Permission denied", "1"]),
        ("echo 1 > /etc/new", ["-bash: /etc/new: Permission denied"]),
        ("ls /nowhere; echo $?", ["ls: cannot access '/nowhere': No such file or directory", "2"]),
        ("ls /etc", ["hostname", "os-release"]),
        ("cat ../etc/hostname", ["sled"]),
        ("id", ["uid=0(root) gid=0(root) groups=0(root)"]),
        ("echo 'open", ["-bash: unexpected EOF while looking for matching quote: No closing quotation"]),
        ("| true", ["-bash: syntax error near unexpected token `|'"]),
        ("echo > ; true", ["-bash: syntax error near unexpected token `;'"]),
        ("grep; echo $?", ["usage: grep [-ivc] TEXT [FILE]...", "2"]),
        (";", []),
        ("pwd # a comment", ["/root"]),
    ],
)
def test_a_line_does_what_a_shell_would(terminal: Terminal, line: str, answer: list[str]) -> None:
    assert terminal.ask(line) == answer


def test_files_are_gone_after_a_power_cycle_and_cannot_fill_the_memory() -> None:
    terminal = booted()
    for number in range(64):
        assert terminal.ask(f"echo x > f{number}") == []
    assert terminal.ask("echo x > f64") == ["-bash: f64: No space left on device"]
    assert terminal.ask("echo y > f63; cat f63") == ["y"]
    terminal.sled.host_off(terminal.now + 1.0)
    terminal.sled.host_on(terminal.now + 2.0)
    terminal.wait(310.0)
    assert terminal.ask("ls /root") == []


def test_output_is_cut_before_it_fills_the_memory(terminal: Terminal) -> None:
    terminal.ask("cat /proc/cpuinfo /proc/cpuinfo /proc/cpuinfo > big", 20.0)
    terminal.type("cat" + " big" * 900 + "; cat" + " big" * 100 + "\n")
    assert len(terminal.wait(3600.0)) <= 1 << 20
    assert terminal.ask("echo alive") == ["alive"]


def test_what_goes_on_takes_neither_pipe_nor_file(terminal: Terminal) -> None:
    for line in ("neuron-monitor | head -1", "neuron-monitor > f"):
        assert "until Ctrl-C" in terminal.ask(line)[0]
    terminal.type("neuron-monitor; echo never\n")
    assert "\r\nnever" not in terminal.wait(2.0)
    terminal.type(b"\x03")
    assert terminal.wait(1.0) == f"^C\r\n{PROMPT}"
    assert terminal.status() == 130


def test_ctrl_c_gives_up_a_line_and_ctrl_u_forgets_it(terminal: Terminal) -> None:
    terminal.type("rm -rf \x03")
    assert terminal.wait(1.0).endswith(f"^C\r\n{PROMPT}")
    terminal.type("nonsense\x15echo yes\n")
    assert "\r\nyes\r\n" in terminal.wait(1.0)


def test_a_word_stands_for_itself_in_single_quotes() -> None:
    ((command,),) = [pipeline.commands for pipeline in parse("echo '$?' $? \\$? \"a'b\"")]
    assert [expand(word, 7) for word in command.words] == ["echo", "$?", "7", "7", "a'b"]


lines = st.text("abc $?'\"\\;|>&#/.-012\x00é", max_size=60) | st.text(max_size=60)


@settings(max_examples=300, deadline=None)
@given(lines)
@example(">>")
@example("a&&")
@example("a >b> c|d;")
def test_any_line_is_read_or_refused(line: str) -> None:
    try:
        pipelines = parse(line)
    except SyntaxMistake:
        return
    assert all(simple.words for pipeline in pipelines for simple in pipeline.commands)


TOOLS = "cat ls echo tee grep head tail wc dmesg lspci uname workload neuron-ls neuron-monitor nccom-test date"
OPTIONS = "-r 2 4 99 -b 1kb -e 1gb -f 8 -j -s cc:00.0 -vv --seconds --chip start result list gemm allr -n -1 x"
REST = "/sys/devices/virtual/neuron_device/neuron0 /sys/class/accel/accel1/links / . .. f | > >> ; && || '"
WORDS = st.sampled_from(f"{TOOLS} {OPTIONS} {REST}".split())


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDS, max_size=9).map(" ".join))
def test_no_command_line_raises(line: str) -> None:
    terminal = _shared()
    machine = terminal.host._machine
    shell = Interpreter(machine, commands_of(machine))
    said = shell.run(terminal.now, line)
    machine.foreground = None
    assert all(isinstance(text, str) for text in said)
    assert 0 <= shell.status <= 255


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=8))
def test_no_bytes_raise_and_the_console_still_answers(pieces: list[bytes]) -> None:
    terminal = _shared()
    for piece in pieces:
        terminal.type(piece)
        terminal.wait(0.01)
    terminal.type(b"\x03\n")
    terminal.wait(20.0)
    assert terminal.ask("echo alive")[-1] == "alive"


_TERMINALS: list[Terminal] = []


def _shared() -> Terminal:
    """One sled for all examples: a boot each would take the most of the time."""
    if not _TERMINALS:
        _TERMINALS.append(booted())
    return _TERMINALS[0]


def test_a_line_that_nobody_reads_loses_its_oldest_bytes() -> None:
    shell = LineShell("> ", lambda at_s, line: ["x" * 1000], 0.0)
    for turn in range(3000):
        shell.receive(float(turn), b"go\n")
    said = shell.transmit(1e6)
    assert 900_000 < len(said) <= 1 << 20
    assert said.endswith(b"> ")


def test_a_line_without_an_end_is_cut() -> None:
    shell = LineShell("> ", lambda at_s, line: [str(len(line))], 0.0)
    shell.receive(0.0, b"y" * 100_000 + b"\n")
    assert shell.transmit(10.0).endswith(b"\r\n4096\r\n> ")
