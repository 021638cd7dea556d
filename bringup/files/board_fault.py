"""A fault of the catalogue on a simulated sled: `[[simulation.board_faults]]`, or `--fault S1=P5:vr_core.2*0.8@400`.

Neighbours: `fault_catalogue.py` has the kinds, `wire_fault.py` the troubles of instruments, `station.py` reads both;
the simulated lab carries them out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from ..errors import UsageError
from ..nearest import unknown
from .fault_catalogue import CatalogueEntry, Where, catalogue
from .product import Product
from .toml_file import FileModel


class BoardFaultFacts(FileModel):
    """`[[simulation.board_faults]]`: one fault of one sled, or of what it stands on.

    Attributes:
        slot: where the sled sits.
        fault: an id of the catalogue, such as "P5".
        place: what it sits at, such as "vdd_core.2"; "" for the first of its kind. A mode follows behind a slash.
        at_s: lab time from which on it is there.
        for_s: how long; None for ever.
        severity: from just above 0 to 1.
    """

    slot: str
    fault: str
    place: str = ""
    at_s: float = Field(default=0.0, ge=0)
    for_s: float | None = Field(default=None, gt=0)
    severity: float = Field(default=1.0, gt=0, le=1)

    @field_validator("fault")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in catalogue():
            raise ValueError(unknown("fault", value, catalogue()))
        return value

    @model_validator(mode="after")
    def _has_mode(self) -> Self:
        modes = self.entry.modes
        if "/" in self.place and self.mode not in modes and not self._is_phase:
            what = f"{self.fault} has the modes {', '.join(modes)}" if modes else f"{self.fault} has no modes"
            raise ValueError(f"place {self.place!r}: {what}")
        return self

    @property
    def entry(self) -> CatalogueEntry:
        """Its kind."""
        return catalogue()[self.fault]

    @property
    def target(self) -> str:
        """The place without its mode; "" for the first of its kind."""
        return self.place.partition("/")[0]

    @property
    def mode(self) -> str:
        """What stands behind the slash, or the kind's first mode."""
        return self.place.partition("/")[2] or next(iter(self.entry.modes), "")

    @property
    def _is_phase(self) -> bool:
        return self.fault == "P5" and self.mode.isdecimal()

    def __str__(self) -> str:
        at = f" at {self.place}" if self.place else ""
        lasting = f" for {self.for_s:g} s" if self.for_s else " from then on"
        severity = f", severity {self.severity:g}" if self.severity != 1.0 else ""
        return f"{self.slot} {self.fault} ({self.entry.name}){at}{severity} at {self.at_s:g} s{lasting}"


_FORM = re.compile(
    r"(?P<slot>[^=]+)=(?P<fault>[A-Z][0-9]+)"
    r"(?::(?P<place>[^@+*]+))?(?:\*(?P<severity>[0-9.]+))?(?:@(?P<at_s>[0-9.]+))?(?:\+(?P<for_s>[0-9.]+))?"
)
USAGE = "SLOT=ID[:PLACE[/MODE]][*SEVERITY][@START_S][+LENGTH_S], as in S1=P5:vr_core.2*0.8@400"
_LOOKS_LIKE_ONE = re.compile(r"[^=]+=[A-Za-z][0-9]+\b")


def is_board_fault(text: str) -> bool:
    """Whether a command line's fault names the catalogue and not a wire."""
    return _LOOKS_LIKE_ONE.match(text.strip()) is not None


def parse_board_fault(text: str) -> BoardFaultFacts:
    """A fault as `--fault` and `bringup sim inject` take it.

    Raises:
        UsageError: it is not of that form, or names a fault that is not in the catalogue.
    """
    form = _FORM.fullmatch(text.strip())
    if form is None:
        raise UsageError(f"fault {text!r} should read {USAGE}")
    given: dict[str, Any] = {key: value.strip() for key, value in form.groupdict().items() if value is not None}
    try:
        return BoardFaultFacts.model_validate(given)
    except ValidationError as problem:
        first = problem.errors()[0]["msg"].removeprefix("Value error, ")
        raise UsageError(f"fault {text!r}: {first}; it should read {USAGE}") from None


def places_of(where: Where, product: Product, instruments: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Every place of a kind that a sled of a product has; none where it has only one and needs no name."""
    facts = product.facts
    core = product.core_rail
    # The core's first: where no place is named, it is meant.
    rails = sorted(facts.rails, key=lambda rail: rail is not core)
    regulators = sorted(facts.regulators, key=lambda one: core.name not in one.rails)
    links = (
        f"{link.name}.{chip}.{number}"
        for link in facts.links
        for chip in product.chips
        for number in range(link.of_each_chip)
    )
    found: dict[Where, Iterable[str]] = {
        Where.RAIL: (*(name for rail in rails for name in product.instances(rail)), "vin"),
        Where.REGULATOR: (name for one in regulators for name in product.instances(one)),
        Where.CHIP: map(str, product.chips),
        Where.LINK: links,
        Where.SENSOR: (name for sensor in facts.sensors for name in product.instances(sensor)),
        Where.TAP: (name for tap in facts.taps for name in product.instances(tap)),
        Where.DETECTOR: (detector.name for detector in facts.leak_detectors),
        Where.INSTRUMENT: instruments,
    }
    return tuple(found.get(where, ()))


def place_mistake(fault: BoardFaultFacts, product: Product, instruments: tuple[str, ...]) -> str:
    """Why a fault cannot sit where it is put, or "".

    Args:
        fault: as it was given.
        product: of the sled in its slot.
        instruments: that serve the slot.
    """
    where = fault.entry.where
    there = places_of(where, product, instruments)
    if fault.fault == "T4" and product.facts.coolant.medium != "air":
        return f"T4 is of a sled that is cooled by air; {product.name} is not: T2 clogs its coolant"
    if fault.target and not there:
        return f"{fault.fault} sits at the {where} as a whole: it has no place {fault.target!r}"
    if fault.target and fault.target not in there:
        return unknown(str(where), fault.target, there)
    if not there and where not in (Where.SLED, Where.LOOP, Where.CONTROLLER):
        return f"{fault.fault} sits at a {where}, and {product.name} has none"
    return ""
