"""Files and folders that are made when they are looked at, and a few that are written to.

Neighbours: `sysfs` and `system_files` hang their files in, `basic_commands` read and write them.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

MOST_FILES = 64
MOST_CHARACTERS = 1 << 18
"""Of one written file: enough for any report of ours."""


class FileTrouble(OSError):
    """What a system call answers; the text is that of its error number."""


@dataclass(frozen=True, slots=True)
class File:
    """A file.

    Attributes:
        read: its text.
        write: what a write does; None for one that cannot be written to.
    """

    read: Callable[[], str]
    write: Callable[[str], None] | None = None


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder; its entries are made when they are asked for."""

    entries: Callable[[], Mapping[str, Node]]


Node = File | Folder


def fixed(entries: Mapping[str, Node]) -> Folder:
    """A folder of what is always there."""
    return Folder(lambda: entries)


def text(value: object) -> File:
    """A file of one line that never changes."""
    return File(lambda: f"{value}\n")


@dataclass(slots=True)
class Scratch:
    """A folder in memory in which files can be made. It is empty after each boot."""

    texts: dict[str, str] = field(default_factory=dict)

    def folder(self) -> Folder:
        """As a node."""
        return Folder(lambda: {name: self._file(name) for name in sorted(self.texts)})

    def write(self, name: str, content: str) -> None:
        """Make or replace a file.

        Raises:
            FileTrouble: the folder is full.
        """
        if (name not in self.texts and len(self.texts) >= MOST_FILES) or len(content) > MOST_CHARACTERS:
            raise FileTrouble("No space left on device")
        self.texts[name] = content

    def _file(self, name: str) -> File:
        return File(lambda: self.texts[name], lambda content: self.write(name, content))


class FileTree:
    """All files of a machine.

    Args:
        root: its folders.
        scratch: by path, those in which files can be made.
        home: where a relative path begins.
    """

    def __init__(self, root: Folder, scratch: Mapping[str, Scratch], home: str) -> None:
        self._root = root
        self._scratch = scratch
        self._home = home

    def resolve(self, path: str) -> str:
        """The absolute form of a path."""
        return posixpath.normpath(posixpath.join("/", self._home, path)).replace("//", "/")

    def find(self, path: str) -> Node:
        """What is at a path.

        Raises:
            FileTrouble: nothing, or a file where a folder should be.
        """
        node: Node = self._root
        for name in filter(None, self.resolve(path).split("/")):
            if isinstance(node, File):
                raise FileTrouble("Not a directory")
            entries = node.entries()
            if name not in entries:
                raise FileTrouble("No such file or directory")
            node = entries[name]
        return node

    def read(self, path: str) -> str:
        """A file's text.

        Raises:
            FileTrouble: there is none.
        """
        node = self.find(path)
        if isinstance(node, Folder):
            raise FileTrouble("Is a directory")
        return node.read()

    def write(self, path: str, content: str, appends: bool = False) -> None:
        """Write to a file; one that is not there is made where the folder lets it.

        Raises:
            FileTrouble: it cannot be written to, or made.
        """
        place, name = posixpath.split(self.resolve(path))
        try:
            node: Node | None = self.find(path)
        except FileTrouble:
            node = None
        if isinstance(node, Folder):
            raise FileTrouble("Is a directory")
        if node is None:
            self._make(place, name, content)
        elif node.write is None:
            raise FileTrouble("Permission denied")
        else:
            is_kept = appends and place in self._scratch
            node.write(node.read() + content if is_kept else content)

    def _make(self, place: str, name: str, content: str) -> None:
        folder = self.find(place)
        if place in self._scratch:
            self._scratch[place].write(name, content)
        elif isinstance(folder, File):
            raise FileTrouble("Not a directory")
        else:
            raise FileTrouble("Permission denied")
