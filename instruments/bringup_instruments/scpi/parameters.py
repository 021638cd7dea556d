"""What a command takes: numbers with unit and MIN|MAX|DEF, booleans, choices, strings; `blocks.py` has blocks.

`accept` judges how a data element is written (command errors, once per program message); `check` judges the value
against the instrument's present state (execution errors, at every execution); `show` writes a value as a
query answers it. Neighbours: `lexer.py` gives the tokens, `command.py` binds parameters to commands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol, TypeVar

from .errors import ScpiError
from .lexer import Kind, Token

T = TypeVar("T")

# IEEE 488.2, 7.7.3: multipliers in front of a unit; the exceptions of 7.7.3.4 are tried first.
_MULTIPLIERS = {
    "EX": 1e18, "PE": 1e15, "T": 1e12, "G": 1e9, "MA": 1e6, "K": 1e3, "": 1.0,
    "M": 1e-3, "U": 1e-6, "N": 1e-9, "P": 1e-12, "F": 1e-15, "A": 1e-18,
}  # fmt: skip
_MEGA_BY_EXCEPTION = {"MHZ", "MOHM"}
_NOT_ALLOWED = {
    Kind.NUMBER: -128,
    Kind.WORD: -148,
    Kind.STRING: -158,
    Kind.BLOCK: -168,
    Kind.EXPRESSION: -178,
}


class Special(Enum):
    """Words that stand for a number."""

    MIN = "MINimum"
    MAX = "MAXimum"
    DEF = "DEFault"


@dataclass(frozen=True, slots=True)
class Limits:
    """The range of a number at this moment, and its default where the manual names one."""

    minimum: float
    maximum: float
    default: float | None = None

    def of(self, special: Special) -> float:
        """The number that MIN, MAX or DEF stands for.

        Raises:
            ScpiError: -224, the command has no default.
        """
        if special is Special.MIN:
            return self.minimum
        if special is Special.MAX:
            return self.maximum
        if self.default is None:
            raise ScpiError(-224)
        return self.default


class Parameter(Protocol[T]):
    """One kind of data that a command takes."""

    @property
    def optional(self) -> bool:
        """Whether the command may leave it out (the handler then gets its own default)."""

    def accept(self, token: Token) -> object:
        """Judge how the data is written; may keep MIN and the like for `check`.

        Raises:
            ScpiError: a command error (-1xx).
        """

    def check(self, owner: Any, value: object) -> T:
        """Judge the value against the instrument's present state.

        Raises:
            ScpiError: an execution error (-2xx).
        """

    def show(self, value: T) -> str:
        """Write the value as a query answers it."""

    def limits_of(self, owner: Any) -> Limits | None:
        """The range at this moment for `<query>? MIN|MAX|DEF`, or None where the kind has no such thing."""


def short_form(mnemonic: str) -> str:
    """The capital part of a mnemonic as manuals print it: `VOLTage` gives `VOLT`."""
    return "".join(character for character in mnemonic if not character.islower())


def refuse(token: Token) -> ScpiError:
    """The command error for a kind of data that the command does not take."""
    return ScpiError(_NOT_ALLOWED[token.kind])


def special_of(token: Token) -> Special:
    """MIN, MAX or DEF in short or long form.

    Raises:
        ScpiError: -141, another word.
    """
    for special in Special:
        if token.text in (special.name, special.value.upper()):
            return special
    raise ScpiError(-141)


@dataclass(frozen=True, slots=True)
class Number:
    """A number with a unit and MIN|MAX|DEF.

    Args:
        unit: as a suffix spells it (`V`, `A`, `OHM`, `HZ`, `S`), or empty where no suffix is allowed.
        limits: the range, fixed or as a function of the instrument; None accepts any number.
        form: format specification of the answer.
        whole: round to an integer, as a register or a count does (IEEE 488.2, 10.11.3).
        optional: may be left out.
    """

    unit: str = ""
    limits: Limits | Callable[[Any], Limits] | None = None
    form: str = "+.8E"
    whole: bool = False
    optional: bool = False

    def accept(self, token: Token) -> float | Special:
        """A finite number in the base unit, or MIN, MAX or DEF."""
        if token.kind is Kind.WORD:
            return special_of(token)
        if token.kind is not Kind.NUMBER:
            raise refuse(token)
        return token.number * self._multiplier(token.suffix)

    def check(self, owner: Any, value: object) -> float:
        """The number, if it lies within the limits; -222 otherwise."""
        limits = self.limits_of(owner)
        if isinstance(value, Special):
            if limits is None:
                raise ScpiError(-224)
            return limits.of(value)
        number = float(value)  # type: ignore[arg-type]  # accept() made it
        if limits is not None and not limits.minimum <= number <= limits.maximum:
            raise ScpiError(-222)
        return float(round(number)) if self.whole else number

    def show(self, value: float) -> str:
        """The number in the format that the manual prints."""
        return format(round(value) if self.whole else value, self.form)

    def limits_of(self, owner: Any) -> Limits | None:
        """The range at this moment."""
        return self.limits(owner) if callable(self.limits) else self.limits

    def _multiplier(self, suffix: str) -> float:
        if not suffix:
            return 1.0
        if not self.unit:
            raise ScpiError(-138)
        if suffix in _MEGA_BY_EXCEPTION and suffix.endswith(self.unit):
            return 1e6
        prefix = suffix.removesuffix(self.unit)
        if prefix == suffix or prefix not in _MULTIPLIERS:
            raise ScpiError(-131)
        return _MULTIPLIERS[prefix]


def integer(minimum: int, maximum: int, default: int | None = None, *, optional: bool = False) -> Number:
    """A whole number without a unit, answered as NR1."""
    return Number(limits=Limits(minimum, maximum, default), form="d", whole=True, optional=optional)


@dataclass(frozen=True, slots=True)
class Boolean:
    """ON|OFF or a number, of which anything that rounds to zero is OFF (SCPI-99 volume 1, 7.3)."""

    optional: bool = False

    def accept(self, token: Token) -> bool:
        """ON, OFF or a number."""
        if token.kind is Kind.WORD:
            if token.text not in ("ON", "OFF"):
                raise ScpiError(-141)
            return token.text == "ON"
        if token.kind is not Kind.NUMBER:
            raise refuse(token)
        if token.suffix:
            raise ScpiError(-138)
        return abs(token.number) >= 0.5

    def check(self, _owner: Any, value: object) -> bool:
        """Any boolean will do."""
        return bool(value)

    def show(self, value: bool) -> str:
        """1 or 0."""
        return "1" if value else "0"

    def limits_of(self, _owner: Any) -> None:
        """A boolean has no range."""
        return


@dataclass(frozen=True, slots=True)
class Automatic:
    """ON, OFF, ONCE or a number, as automatic ranges and zeros take it; the value is the word."""

    optional: bool = False

    def accept(self, token: Token) -> str:
        """A word or a number."""
        if token.text == "ONCE" and token.kind is Kind.WORD:
            return "ONCE"
        return "ON" if Boolean().accept(token) else "OFF"

    def check(self, _owner: Any, value: object) -> str:
        """Any of the three."""
        return str(value)

    def show(self, value: str) -> str:
        """1 or 0: ONCE has ended in OFF."""
        return "1" if value == "ON" else "0"

    def limits_of(self, _owner: Any) -> None:
        """It has no range."""
        return


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words, in short or long form; the value is the short form in capitals.

    Args:
        words: as the manual prints them: `IMMediate`, `BUS`.
        optional: may be left out.
    """

    words: tuple[str, ...]
    optional: bool = False

    def accept(self, token: Token) -> str:
        """A word of the list; another one is a matter of execution (-224), as SCPI-99 has it."""
        if token.kind is not Kind.WORD:
            raise refuse(token)
        return token.text

    def check(self, _owner: Any, value: object) -> str:
        """The short form."""
        for word in self.words:
            if value in (word.upper(), short_form(word)):
                return short_form(word)
        raise ScpiError(-224)

    def show(self, value: str) -> str:
        """The short form in capitals."""
        return value

    def limits_of(self, _owner: Any) -> None:
        """A choice has no range."""
        return


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted string.

    Args:
        longest: characters that the instrument keeps; more is -223.
        optional: may be left out.
    """

    longest: int
    optional: bool = False

    def accept(self, token: Token) -> str:
        """A string in either kind of quotes."""
        if token.kind is not Kind.STRING:
            raise refuse(token)
        return token.text

    def check(self, _owner: Any, value: object) -> str:
        """Not too long."""
        text = str(value)
        if len(text) > self.longest:
            raise ScpiError(-223)
        return text

    def show(self, value: str) -> str:
        """In double quotes, inner ones doubled."""
        return quoted(value)

    def limits_of(self, _owner: Any) -> None:
        """A string has no range."""
        return


def quoted(text: str) -> str:
    """String response data (IEEE 488.2, 8.7.8)."""
    return '"' + text.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class SpecialOnly:
    """The optional MIN|MAX|DEF behind a query."""

    optional: bool = True

    def accept(self, token: Token) -> Special:
        """MIN, MAX or DEF."""
        if token.kind is not Kind.WORD:
            raise refuse(token)
        return special_of(token)

    def check(self, _owner: Any, value: object) -> Special:
        """Any of the three."""
        assert isinstance(value, Special)  # noqa: S101 - accept() made it
        return value

    def show(self, value: Special) -> str:
        """Its short form."""
        return value.name

    def limits_of(self, _owner: Any) -> None:
        """A word has no range."""
        return
