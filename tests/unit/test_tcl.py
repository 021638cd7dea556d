"""The small Tcl: what Jim Tcl in OpenOCD 0.12.0 was seen to answer, and that nothing breaks or hangs it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bringup_instruments.tcl.interpreter import DEEPEST, LONGEST_VALUE, MOST_VARIABLES, Interpreter
from bringup_instruments.tcl.script import TclError, read_script


def said(script: str) -> tuple[int, str]:
    """Code and result."""
    interpreter = Interpreter()
    interpreter.commands["version"] = lambda words: "Open On-Chip Debugger 0.12.0"
    try:
        return 0, interpreter.evaluate(script)
    except TclError as end:
        return end.code, end.result


@pytest.mark.parametrize(
    ("script", "code", "result"),
    [
        ("", 0, ""),
        ("# a comment; version", 0, ""),
        ("set b 3; # a comment", 0, "3"),
        (" ;; ; version", 0, "Open On-Chip Debugger 0.12.0"),
        ("set a 1; set b 2\nset b", 0, "2"),
        ("nosuch", 1, 'invalid command name "nosuch"'),
        ("{}", 1, 'invalid command name ""'),
        ("[version]", 1, 'invalid command name "Open On-Chip Debugger 0.12.0"'),
        ('return "abc  "', 2, "abc  "),
        ('return "a\\tb\\x41"', 2, "a\tbA"),
        ("return {a\\tb $x [version]}", 2, "a\\tb $x [version]"),
        ("return \\x4a\\u0041\\q", 2, "JAq"),
        ('return "a"b', 2, "ab"),
        ("return {a}b", 1, "extra characters after close-brace"),
        ("return ]", 2, "]"),
        ("return }", 2, "}"),
        ("return $", 2, "$"),
        ('return "a', 1, "missing quote"),
        ("return [version", 1, 'unmatched "["'),
        ("return $nosuch", 1, 'can\'t read "nosuch": no such variable'),
        ("set x 3; return ${x}y", 2, "3y"),
        ("set ::g 3; return $::g", 2, "3"),
        ('set b 3; return "[set b] {q} \\$b \\[x\\] \\"hi\\""', 2, '3 {q} $b [x] "hi"'),
        ("set b 3;return [set b][set b]", 2, "33"),
        ("set a {x\ny}", 0, "x\ny"),
        ("set a {x{y}\\}z}", 0, "x{y}\\}z"),
        ("set a b c", 1, 'wrong # args: should be "set varName ?newValue?"'),
        ("catch {nosuch}", 0, "1"),
        ("catch {nosuch} m; set m", 0, 'invalid command name "nosuch"'),
        ("catch {return 5} m; set m", 0, "5"),
        ("catch {set q 5} m", 0, "0"),
        ("catch {error boo} m; return $m", 2, "boo"),
        ('set _rc [catch {nosuch} _out]; return "$_rc $_out"', 2, '1 invalid command name "nosuch"'),
        ('set _rc [catch {version} _out]; return "$_rc $_out"', 2, "0 Open On-Chip Debugger 0.12.0"),
    ],
)
def test_answers_as_jim_does(script: str, code: int, result: str) -> None:
    assert said(script) == (code, result)


SIGNS = st.text(alphabet='{}[]"\\$;# \n\tabcatchsetreturn1xu', max_size=200)


@given(SIGNS | st.binary(max_size=200).map(lambda data: data.decode("latin-1")))
def test_any_text_is_answered_or_refused(script: str) -> None:
    code, result = said(script)
    assert isinstance(result, str)
    assert code in {0, 1, 2}


@given(st.text(alphabet=st.characters(exclude_characters="{}\\"), max_size=100))
def test_braces_keep_text_as_it_is(text: str) -> None:
    assert said(f"set a {{{text}}}") == (0, text)


@given(st.text(alphabet='ab"$[]\\;{} \t', max_size=100))
def test_text_that_is_quoted_sign_by_sign_comes_back(text: str) -> None:
    quoted = "".join(
        f"\\{sign}" if sign in '"$[]\\{}; ' else "\\t" if sign == "\t" else f"\\x{ord(sign):02x}" for sign in text
    )
    assert said(f'return "{quoted}"') == (2, text)


@pytest.mark.parametrize("depth", [DEEPEST, 20_000])
def test_nesting_is_bounded(depth: int) -> None:
    code, result = said("return " + "[set a " * depth + "1" + "]" * depth)
    assert (code, "Too many nested" in result) == (1, True)
    assert said("[" * depth)[0] == 1
    assert said("return " + "{" * depth + "}" * depth)[0] == 2


def test_catches_in_catches_end() -> None:
    script = "version"
    for _ in range(2 * DEEPEST):
        script = f"catch {{{script}}}"
    assert said(script) == (0, "0")


def test_a_value_cannot_grow_without_bound() -> None:
    code, result = said("set a 0123456789abcdef\n" + "set a $a$a\n" * 40)
    assert (code, result) == (1, "string is too long")
    assert LONGEST_VALUE < 1 << 24


def test_scripts_that_run_each_other_end() -> None:
    levels = [f"set s{n} {{catch $s{n + 1}; catch $s{n + 1}}}" for n in range(40)]
    assert said("\n".join([*levels, "set s40 version", "catch $s0", "return done"])) == (2, "done")
    assert said("set a {" + "x" * 60_000 + "}\n" + "catch $a m\n" * 100 + "set m") == (0, "evaluation takes too long")


def test_variables_are_bounded() -> None:
    code, result = said("\n".join(f"set v{n} 1" for n in range(MOST_VARIABLES + 1)))
    assert (code, "out of memory" in result) == (1, True)


def test_nothing_runs_of_a_script_that_cannot_be_read() -> None:
    interpreter = Interpreter()
    with pytest.raises(TclError, match="missing quote"):
        interpreter.evaluate('set a 1\nset b "2')
    with pytest.raises(TclError, match="no such variable"):
        interpreter.evaluate("set a")
    assert read_script("a b; c").commands == ((("a",), ("b",)), (("c",),))
