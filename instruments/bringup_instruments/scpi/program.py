"""From the bytes of a program message to the calls that it stands for.

Compiling is pure (it depends on the instrument's tree alone), so `device.py` keeps what it has compiled and an
often repeated query costs one look-up. Neighbours: `lexer.py`, `tree.py` below, `device.py` above.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .command import Result
from .errors import ScpiError
from .lexer import Unit, units
from .tree import Leaf, Node, Tree


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled program message: its calls in order, and whether any of them answers.

    `only` is the single call of a message that has just one: the common case, executed without bookkeeping.
    """

    calls: tuple[Callable[[], Result], ...]
    answers: bool
    only: Callable[[], Result] | None


@dataclass(frozen=True, slots=True)
class Path:
    """Where a compound goes on: a node, and the numeric suffixes on the way to it."""

    node: Node
    suffixes: tuple[int, ...]


def compile_message(tree: Tree, message: bytes) -> Program:
    """Compile a program message, terminator included or not.

    A command error ends the message where it stands: what precedes it is executed, what follows is dropped
    (IEEE 488.2, 6.1.6.1.1), and the error becomes the last call.
    """
    calls: list[Callable[[], Result]] = []
    answers = False
    indefinite = False
    path = Path(tree.root, ())
    try:
        for unit in units(message.decode("latin-1").removesuffix("\n")):
            leaf, suffixes, path = _find(tree.root, path, unit)
            call = leaf.command.bind(suffixes, unit.data)
            if unit.query and indefinite:
                call = _raising(ScpiError(-440))
            elif unit.query:
                answers = True
                indefinite = leaf.command.indefinite
            calls.append(call)
    except ScpiError as error:
        calls.append(_raising(error))
    return Program(tuple(calls), answers, calls[0] if len(calls) == 1 else None)


def _find(root: Node, path: Path, unit: Unit) -> tuple[Leaf, tuple[int, ...], Path]:
    """The command of a unit, its numeric suffixes, and where the next unit goes on."""
    header = unit.header
    at = Path(root, ()) if header.startswith((":", "*")) else path
    node, sent = at.node, list(at.suffixes)
    for mnemonic in header.removeprefix(":").split(":"):
        at = Path(node, tuple(sent))
        node = node.child(mnemonic, sent)
    leaf = node.leaves.get(unit.query)
    if leaf is None:
        raise ScpiError(-113)
    return leaf, leaf.fill(sent), path if header.startswith("*") else at


def _raising(error: ScpiError) -> Callable[[], Result]:
    def call() -> Result:
        raise ScpiError(error.number, error.text)

    return call
