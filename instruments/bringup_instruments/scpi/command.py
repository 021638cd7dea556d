"""Commands as an instrument declares them, a line or two each, near the words of its manual.

    class Supply(ScpiDevice):
        volts = Setting("[SOURce]:VOLTage[:LEVel]", Number("V", Limits(0, 60)), reset=0.0, then=_feed)

        @query("MEASure[:SCALar]:VOLTage[:DC]?")
        def measure_volts(self) -> str: ...

A handler returns None, the text of its answer, or, where it takes lab time, is a generator that yields the
seconds to wait and returns the answer. Neighbours: `tree.py` finds commands by header, `device.py` runs them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from .errors import ScpiError
from .lexer import Kind, Token
from .parameters import Parameter, Special, SpecialOnly

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

Activity = Generator[float, None, str | None]
Result = str | Activity | None


@dataclass(frozen=True, slots=True)
class Command:
    """One header of one instrument.

    Args:
        header: as the manual prints it; a query ends in `?`.
        run: takes the numeric suffixes of the header, then the parameters.
        parameters: what follows the header.
        owner: the instrument, given to `Parameter.check`.
        indefinite: the answer may hold anything, so that no further query may follow (IEEE 488.2, 6.5.7.5).
    """

    header: str
    run: Callable[..., Result]
    parameters: tuple[Parameter[Any], ...] = ()
    owner: object = None
    indefinite: bool = False

    @property
    def is_query(self) -> bool:
        """Whether the header ends in a question mark."""
        return self.header.endswith("?")

    def bind(self, suffixes: tuple[int, ...], data: tuple[Token, ...]) -> Callable[[], Result]:
        """The call that this header with this data stands for.

        Raises:
            ScpiError: the data is of the wrong number or kind (a command error).
        """
        placed = self._placed(data)
        if any(token is None and not p.optional for p, token in zip(self.parameters, placed, strict=True)):
            raise ScpiError(-109)
        sent = max((place + 1 for place, token in enumerate(placed) if token is not None), default=0)
        pairs = zip(self.parameters[:sent], placed[:sent], strict=True)
        accepted = tuple(None if token is None else p.accept(token) for p, token in pairs)
        if accepted:
            return partial(self._checked, suffixes, accepted)
        return partial(self.run, *suffixes) if suffixes else self.run

    def _placed(self, data: tuple[Token, ...]) -> tuple[Token | None, ...]:
        """Data by parameter: in order, but that an expression at the end is for the parameter at the end.

        So `VOLT? (@1)` and `VOLT? MAX,(@1)` both find their channel list.
        """
        missing = len(self.parameters) - len(data)
        if missing < 0:
            raise ScpiError(-108)
        if missing and data and data[-1].kind is Kind.EXPRESSION:
            return (*data[:-1], *(None,) * missing, data[-1])
        return (*data, *(None,) * missing)

    def _checked(self, suffixes: tuple[int, ...], accepted: tuple[object, ...]) -> Result:
        pairs = zip(self.parameters, accepted, strict=False)
        checked = [None if value is None else parameter.check(self.owner, value) for parameter, value in pairs]
        return self.run(*suffixes, *checked)


@dataclass(frozen=True, slots=True)
class Declaration:
    """What `@command` or `@query` says of a method."""

    header: str
    parameters: tuple[Parameter[Any], ...]
    indefinite: bool


def command(header: str, *parameters: Parameter[Any]) -> Callable[[F], F]:
    """Declare a method to be a command; several declarations may stand on one method."""
    return _declare(Declaration(header, parameters, indefinite=False))


def query(header: str, *parameters: Parameter[Any], indefinite: bool = False) -> Callable[[F], F]:
    """Declare a method to be a query; its header ends in `?`."""
    if not header.endswith("?"):
        raise ValueError(f"the query header {header!r} must end in '?'")
    return _declare(Declaration(header, parameters, indefinite))


def _declare(declaration: Declaration) -> Callable[[F], F]:
    def mark(function: F) -> F:
        declared = getattr(function, "scpi_declarations", ())
        function.scpi_declarations = (*declared, declaration)  # type: ignore[attr-defined]
        return function

    return mark


def declared_methods(cls: type) -> Iterator[tuple[str, Declaration]]:
    """What methods of a class are marked to be, by the method's name."""
    for name in dir(cls):
        for declared in getattr(getattr(cls, name), "scpi_declarations", ()):
            yield name, declared


class Setting(Generic[T]):
    """A value that one header sets and its question mark reads, with its place in the *RST table.

    Args:
        header: as the manual prints it, without a question mark.
        kind: what it takes.
        reset: its value after power-on and after *RST.
        adopt: makes the value that is kept from the one that was sent (rounds to a range, say).
        then: what the instrument does about a change.
        kept: non-volatile; *RST leaves it alone.
    """

    def __init__(
        self,
        header: str,
        kind: Parameter[T],
        *,
        reset: T,
        adopt: Callable[[Any, T], T] | None = None,
        then: Callable[[Any], None] | None = None,
        kept: bool = False,
    ) -> None:
        self.header = header
        self.kind = kind
        self.reset = reset
        self.kept = kept
        self._adopt = adopt
        self._then = then
        self._name = header

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, owner: None, cls: type) -> Setting[T]: ...
    @overload
    def __get__(self, owner: object, cls: type) -> T: ...
    def __get__(self, owner: object | None, cls: type) -> T | Setting[T]:
        if owner is None:
            return self
        return self.reset

    # No __set__ at run time: an assigned value then shadows this descriptor and reads as fast as any attribute.
    if TYPE_CHECKING:

        def __set__(self, owner: object, value: T) -> None: ...

    def commands(self, owner: object) -> Iterator[Command]:
        """The set command and the query of this setting on `owner`."""
        yield Command(self.header, partial(self.put, owner), (self.kind,), owner)
        yield Command(self.header + "?", partial(self.answer, owner), (SpecialOnly(),), owner)

    def put(self, owner: object, value: T) -> None:
        """Set it on `owner`, an instrument or one of its channels, to a value that was judged."""
        setattr(owner, self._name, value if self._adopt is None else self._adopt(owner, value))
        if self._then is not None:
            self._then(owner)

    def answer(self, owner: object, special: Special | None = None) -> str:
        """The value on `owner`, or an end of its range.

        Raises:
            ScpiError: -108, the kind has no range.
        """
        if special is None:
            return self.kind.show(getattr(owner, self._name))
        limits = self.kind.limits_of(owner)
        if limits is None:
            raise ScpiError(-108)
        return self.kind.show(limits.of(special))  # type: ignore[arg-type]  # only numbers have limits


def settings_of(cls: type) -> Iterator[tuple[str, Setting[Any]]]:
    """The settings that a class declares, by attribute name."""
    for base in reversed(cls.__mro__):
        for name, value in vars(base).items():
            if isinstance(value, Setting):
                yield name, value


def commands_of(owner: object) -> Iterator[Command]:
    """All that an object declares with `@command`, `@query` and `Setting`."""
    for _, setting in settings_of(type(owner)):
        yield from setting.commands(owner)
    for name, declared in declared_methods(type(owner)):
        yield Command(declared.header, getattr(owner, name), declared.parameters, owner, declared.indefinite)
