"""A small honest part of TSP, the Lua-like command set of the graphical Keithley instruments.

After the Model DMM6500 Reference Manual, "TSP command reference". Statements are calls, assignments and
`print(...)` of attributes and calls: no variables, loops or functions of Lua; what is not known is -285, as the
instrument says of a program that it cannot parse. Neighbours: `keithley_language.py` sends messages here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from functools import partial
from typing import TYPE_CHECKING

from ..scpi import ScpiError
from ..scpi.command import Result
from ..scpi.program import Program
from .keithley_buffers import COUNT
from .keithley_functions import BY_NAME

if TYPE_CHECKING:
    from .keithley_graphical import KeithleyGraphical

_PRINT = re.compile(r"print\s*\((.*)\)")
_ASSIGN = re.compile(r"([A-Za-z_][\w.]*)\s*=\s*(.+)")
_CALL = re.compile(r"([A-Za-z_][\w.]*)\s*\((.*)\)")
_NAME = re.compile(r"[A-Za-z_][\w.]*")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")

TSP_FUNCTIONS = {
    "dmm.FUNC_DC_VOLTAGE": "VOLT:DC",
    "dmm.FUNC_AC_VOLTAGE": "VOLT:AC",
    "dmm.FUNC_DC_CURRENT": "CURR:DC",
    "dmm.FUNC_AC_CURRENT": "CURR:AC",
    "dmm.FUNC_RESISTANCE": "RES",
    "dmm.FUNC_4W_RESISTANCE": "FRES",
    "dmm.FUNC_DIODE": "DIOD",
    "dmm.FUNC_CAPACITANCE": "CAP",
    "dmm.FUNC_TEMPERATURE": "TEMP",
    "dmm.FUNC_CONTINUITY": "CONT",
    "dmm.FUNC_ACV_FREQUENCY": "FREQ:VOLT",
    "dmm.FUNC_ACV_PERIOD": "PER:VOLT",
    "dmm.FUNC_DCV_RATIO": "VOLT:DC:RAT",
}
_NAMES = {name: tsp for tsp, name in TSP_FUNCTIONS.items()}
_VALUES: dict[str, float] = {"dmm.ON": 1, "dmm.OFF": 0, "true": 1, "false": 0}


def compile_tsp(meter: KeithleyGraphical, text: str) -> Program:
    """The calls of one line; statements stand one after the other, with or without semicolons."""
    calls: list[Callable[[], Result]] = []
    answers = False
    for statement in (part.strip() for part in text.split(";")):
        if not statement:
            continue
        printed = _PRINT.fullmatch(statement)
        telling = printed is not None or statement.startswith("printbuffer")
        answers = answers or telling
        calls.append(partial(_run, meter, printed[1] if printed else statement, telling))
    return Program(tuple(calls), answers, calls[0] if len(calls) == 1 else None)


def _run(meter: KeithleyGraphical, text: str, printed: bool) -> Result:
    if printed:
        return _printed(meter, _arguments(text))
    if found := _ASSIGN.fullmatch(text):
        _assign(meter, found[1], found[2].strip())
        return None
    if found := _CALL.fullmatch(text):
        return _silent(_called(meter, found[1], _arguments(found[2])))
    raise ScpiError(-285, "TSP Syntax error at line 1")


def _printed(meter: KeithleyGraphical, expressions: list[str]) -> Generator[float, None, str]:
    """Values of all expressions, with tabs between them."""
    texts = []
    for expression in expressions:
        found = _CALL.fullmatch(expression)
        if found:
            text = yield from _called(meter, found[1], _arguments(found[2]))
        else:
            text = _value(meter, expression)
        texts.append("nil" if text is None else text)
    return "\t".join(texts)


def _silent(steps: Generator[float, None, str | None]) -> Generator[float, None, None]:
    yield from steps


def _arguments(text: str) -> list[str]:
    depth, found, start = 0, [], 0
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == "," and not depth:
            found.append(text[start:place].strip())
            start = place + 1
    last = text[start:].strip()
    return [*found, last] if last or found else []


def _number(value: float) -> str:
    return format(value, ".14g")


def _value(meter: KeithleyGraphical, name: str) -> str | None:
    """What an attribute prints as."""
    setup = meter.probe().setup
    texts: dict[str, Callable[[], str]] = {
        "localnode.model": lambda: meter.model,
        "localnode.serialno": lambda: meter.serial_number,
        "localnode.version": lambda: meter.firmware,
        "localnode.linefreq": lambda: "60",
        "dmm.measure.func": lambda: _NAMES[setup.chosen],
        "dmm.measure.count": lambda: _number(meter.count),
        "dmm.terminals": lambda: "dmm.TERMINALS_FRONT",
        "errorqueue.count": lambda: str(len(meter.status.errors)),
        "eventlog.count": lambda: str(len(meter.status.errors)),
        "defbuffer1.n": lambda: str(len(meter.buffer("defbuffer1").readings)),
        "defbuffer2.n": lambda: str(len(meter.buffer("defbuffer2").readings)),
    }
    if name in texts:
        return texts[name]()
    if attribute := _attribute(name):
        if not hasattr(setup.active, attribute):
            raise ScpiError(-221)
        value = getattr(setup.active, attribute)
        if isinstance(value, bool):
            return "dmm.ON" if value else "dmm.OFF"
        return _number(value)
    if _NUMBER.fullmatch(name):
        return _number(float(name))
    if len(name) > 1 and name[0] in "\"'" and name[0] == name[-1]:
        return name[1:-1]
    if _NAME.fullmatch(name):
        return None  # Lua's nil: no such variable
    raise ScpiError(-285, "TSP Syntax error at line 1")


def _attribute(name: str) -> str | None:
    """The setting of the chosen function that an attribute stands for."""
    return {
        "dmm.measure.range": "full_range",
        "dmm.measure.autorange": "auto_range",
        "dmm.measure.nplc": "nplc",
        "dmm.measure.aperture": "aperture_s",
        "dmm.measure.autozero.enable": "auto_zero",
        "dmm.measure.filter.enable": "averaging",
        "dmm.measure.filter.count": "average_count",
        "dmm.measure.rel.enable": "relative_on",
        "dmm.measure.rel.level": "relative",
    }.get(name)


def _assign(meter: KeithleyGraphical, name: str, expression: str) -> None:
    setup = meter.probe().setup
    if name == "dmm.measure.func":
        if expression not in TSP_FUNCTIONS:
            raise ScpiError(-286, "TSP Runtime error: invalid function")
        setup.chosen = BY_NAME[TSP_FUNCTIONS[expression]].name
        meter.on_function()
        return
    if not _NUMBER.fullmatch(expression) and expression not in _VALUES:
        raise ScpiError(-286, "TSP Runtime error: invalid value")
    value = _VALUES.get(expression, 0.0) if expression in _VALUES else float(expression)
    if name == "dmm.measure.count":
        meter.set_count(1, COUNT.check(meter, value))
        return
    attribute = _attribute(name)
    active = setup.active
    if attribute is None or not hasattr(active, attribute):
        raise ScpiError(-286, f"TSP Runtime error: {name} cannot be set")
    setting = getattr(type(active), attribute)
    setting.put(active, setting.kind.check(active, bool(value) if isinstance(setting.reset, bool) else value))


def _called(meter: KeithleyGraphical, name: str, arguments: list[str]) -> Generator[float, None, str | None]:
    """A function call; what it returns, as print shows it."""
    if name == "dmm.measure.read":
        buffer = meter.buffer(arguments[0] if arguments else None)
        yield from meter.into(buffer, int(meter.count))
        return _number(buffer.readings[-1].value)
    if name in ("errorqueue.next", "eventlog.next"):
        error = meter.status.errors.pop()
        return "0\tQueue Is Empty\t0\t0" if error is None else f"{error.number}\t{error.text.partition(';')[0]}\t1\t1"
    if name == "printbuffer":
        return _printbuffer(meter, arguments)
    actions: dict[str, Callable[[], None]] = {
        "reset": meter.reset,
        "dmm.reset": meter.reset,
        "errorqueue.clear": meter.status.errors.clear,
        "eventlog.clear": meter.status.errors.clear,
        "buffer.clearstats": lambda: None,
        "beeper.beep": lambda: None,
        "display.clear": meter.clear_display,
        "display.changescreen": lambda: None,
        "display.settext": lambda: None,
        "defbuffer1.clear": meter.buffer("defbuffer1").readings.clear,
        "defbuffer2.clear": meter.buffer("defbuffer2").readings.clear,
    }
    if name == "delay":
        yield float(arguments[0])
        return None
    if name not in actions:
        raise ScpiError(-286, f"TSP Runtime error at line 1: attempt to call {name} (a nil value)")
    actions[name]()
    return None


def _printbuffer(meter: KeithleyGraphical, arguments: list[str]) -> str:
    first, last, name = arguments
    readings = meter.buffer(name.partition(".")[0]).part(int(first), int(last))
    return ", ".join(f"{reading.value:.9e}" for reading in readings)
