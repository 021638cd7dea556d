"""The command tree: headers as manuals print them, found again in any legal spelling.

`[SOURce]:VOLTage[:LEVel]` is entered once for every choice of its optional nodes, so that the node that a `;`
compound goes on from is exactly the one that was written (SCPI-99 volume 1, 6.2.4). `OUTPut<1:4>` takes a
numeric suffix. Neighbours: `program.py` walks it, `command.py` fills it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import product

from .command import Command
from .errors import ScpiError
from .parameters import short_form

_NODE = re.compile(r"(\[?):?([A-Za-z*][A-Za-z0-9_]*)(?:<(\d+):(\d+)>)?:?(\]?)")
_TAIL = re.compile(r"(.*?)(\d+)")
_LONGEST_MNEMONIC = 12  # IEEE 488.2, 7.6.1.4


@dataclass(frozen=True, slots=True)
class _Part:
    """One node of a header as the manual prints it."""

    mnemonic: str
    optional: bool
    suffixes: range | None


@dataclass(frozen=True, slots=True)
class Leaf:
    """A command at the end of one spelling; `suffixes` holds defaults for optional nodes left out."""

    command: Command
    suffixes: tuple[int | None, ...]

    def fill(self, sent: list[int]) -> tuple[int, ...]:
        """The numeric suffixes that the handler gets."""
        given = iter(sent)
        return tuple(next(given) if default is None else default for default in self.suffixes)


@dataclass(slots=True)
class Node:
    """A place in the tree."""

    children: dict[str, Node] = field(default_factory=dict)
    suffixes: range | None = None
    leaves: dict[bool, Leaf] = field(default_factory=dict)  # by "is a query"

    def child(self, mnemonic: str, sent: list[int]) -> Node:
        """The node that a mnemonic leads to; its numeric suffix, if it takes one, is added to `sent`.

        Raises:
            ScpiError: -112, -113 or -114.
        """
        found = self.children.get(mnemonic)
        if found is not None:
            if found.suffixes is not None:
                sent.append(found.suffixes.start)
            return found
        tail = _TAIL.fullmatch(mnemonic)
        if tail and (found := self.children.get(tail[1])) and found.suffixes is not None:
            if len(tail[2]) > _LONGEST_MNEMONIC or int(tail[2]) not in found.suffixes:
                raise ScpiError(-114)
            sent.append(int(tail[2]))
            return found
        raise ScpiError(-112 if len(mnemonic) > _LONGEST_MNEMONIC else -113)


class Tree:
    """All headers of one instrument.

    Args:
        commands: what the instrument declares.

    Raises:
        ValueError: a header that is not written as manuals do, or two commands under one spelling.
    """

    def __init__(self, commands: Iterable[Command]) -> None:
        self.root = Node()
        for command in commands:
            self._add(command)

    def _add(self, command: Command) -> None:
        parts = _parts(command.header)
        for chosen in product(*[(True, False) if part.optional else (True,) for part in parts]):
            if any(chosen):
                self._enter(command, parts, chosen)

    def _enter(self, command: Command, parts: list[_Part], chosen: tuple[bool, ...]) -> None:
        node = self.root
        defaults: list[int | None] = []
        for part, present in zip(parts, chosen, strict=True):
            if part.suffixes is not None:
                defaults.append(None if present else part.suffixes.start)
            if present:
                node = _grow(node, part)
        if command.is_query in node.leaves:
            clash = node.leaves[command.is_query].command
            if clash is not command:
                raise ValueError(f"{command.header} and {clash.header} share a spelling")
        node.leaves[command.is_query] = Leaf(command, tuple(defaults))


def _grow(node: Node, part: _Part) -> Node:
    short, long = short_form(part.mnemonic), part.mnemonic.upper()
    child = node.children.get(long) or node.children.get(short) or Node(suffixes=part.suffixes)
    if child.suffixes != part.suffixes:
        raise ValueError(f"{part.mnemonic} is declared with two ranges of numeric suffixes")
    node.children[short] = node.children[long] = child
    return child


def _parts(header: str) -> list[_Part]:
    text = header.removesuffix("?")
    parts = []
    at = 0
    while at < len(text):
        found = _NODE.match(text, at)
        if found is None or bool(found[1]) != bool(found[5]):
            raise ValueError(f"cannot read the header {header!r} at {text[at:]!r}")
        suffixes = range(int(found[3]), int(found[4]) + 1) if found[3] else None
        parts.append(_Part(found[2], bool(found[1]), suffixes))
        at = found.end()
    return parts
