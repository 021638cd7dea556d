"""Troubles of the bench's own that the simulated lab can be told to have: `[[simulation.faults]]`, `--fault`.

They are the instruments' and their wires', not the sled's. A fault begins at a lab time and lasts for a while, or
happens once. Neighbours: `station.py` reads them; the simulated lab carries them out.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from ..errors import UsageError
from ..nearest import unknown
from .toml_file import FileModel


class FaultKind(StrEnum):
    """What goes wrong, by the name that files and the command line use."""

    NO_ANSWER = "no-answer"
    LATE_ANSWER = "late-answer"
    HALF_LINE = "half-line"
    GARBAGE = "garbage"
    OTHERS_REPLY = "others-reply"
    QUEUED_ERROR = "queued-error"
    LINK_DROP = "link-drop"
    FRONT_PANEL = "front-panel"
    SECOND_CLIENT = "second-client"
    POWER_BLIP = "power-blip"
    EXPIRED_CALIBRATION = "expired-calibration"


FAULTS: dict[FaultKind, str] = {
    FaultKind.NO_ANSWER: "replies are lost; the reader waits its whole timeout",
    FaultKind.LATE_ANSWER: "replies come this many seconds late (seconds, default 3)",
    FaultKind.HALF_LINE: "replies are cut in the middle and have no end",
    FaultKind.GARBAGE: "as many bytes of noise as the reply had",
    FaultKind.OTHERS_REPLY: "replies come one query late",
    FaultKind.QUEUED_ERROR: "an error that nobody caused appears in the error queue",
    FaultKind.LINK_DROP: "the link is cut; it can be opened again when the fault is over",
    FaultKind.FRONT_PANEL: "somebody at the front panel changes a set-point (command)",
    FaultKind.SECOND_CLIENT: "another program writes to the instrument between a query and its reply (command)",
    FaultKind.POWER_BLIP: "the mains fail for a moment: volatile settings, output and watchdog are lost",
    FaultKind.EXPIRED_CALIBRATION: "the instrument's calibration was due yesterday",
}
"""What each one does, for `bringup sim faults` and messages."""

SPOIL_REPLIES = (FaultKind.NO_ANSWER, FaultKind.HALF_LINE, FaultKind.GARBAGE, FaultKind.OTHERS_REPLY)
NEED_COMMAND = frozenset({FaultKind.FRONT_PANEL, FaultKind.SECOND_CLIENT})
HAPPEN_ONCE = frozenset({FaultKind.QUEUED_ERROR, FaultKind.FRONT_PANEL, FaultKind.SECOND_CLIENT, FaultKind.POWER_BLIP})


class FaultFacts(FileModel):
    """`[[simulation.faults]]`: one trouble of one instrument.

    Attributes:
        instrument: by its role.
        fault: a `FaultKind`.
        at_s: lab time from which on, or at which, it happens.
        for_s: how long it lasts; None for ever. Of no account for what happens once.
        seconds: how late a late answer is.
        command: what a second client or the person at the front panel does, in the instrument's own words.
    """

    instrument: str
    fault: str
    at_s: float = Field(default=0.0, ge=0)
    for_s: float | None = Field(default=None, gt=0)
    seconds: float = Field(default=3.0, gt=0)
    command: str | None = None

    @field_validator("fault")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in FAULTS:
            raise ValueError(unknown("fault", value, map(str, FAULTS)))
        return value

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        if self.kind in NEED_COMMAND and not self.command:
            raise ValueError(f"{self.fault} needs a command: what is done, in the instrument's own words")
        return self

    @property
    def kind(self) -> FaultKind:
        """What goes wrong."""
        return FaultKind(self.fault)

    def __str__(self) -> str:
        detail = self.command or (f"{self.seconds:g} s" if self.kind is FaultKind.LATE_ANSWER else "")
        lasting = "" if self.kind in HAPPEN_ONCE else f" for {self.for_s:g} s" if self.for_s else " from then on"
        told = f" ({detail})" if detail else ""
        return f"{self.instrument} {self.fault}{told} at {self.at_s:g} s{lasting}"

    @property
    def is_on_wire(self) -> bool:
        """Whether it happens to the instrument or its wire, and not on paper."""
        return self.kind is not FaultKind.EXPIRED_CALIBRATION


_FORM = re.compile(
    r"(?P<instrument>[^=]+)=(?P<fault>[a-z-]+)"
    r"(?::(?P<detail>[^@+]+))?(?:@(?P<at_s>[0-9.]+))?(?:\+(?P<for_s>[0-9.]+))?"
)
USAGE = "ROLE=FAULT[:DETAIL][@START_S][+LENGTH_S], as in meter1=late-answer:3@120+30"


def parse_fault(text: str) -> FaultFacts:
    """A fault as `--fault` and `bringup sim inject` take it; the detail is a late answer's seconds, else the command.

    Raises:
        UsageError: it is not of that form, or names a fault that does not exist.
    """
    form = _FORM.fullmatch(text.strip())
    if form is None:
        raise UsageError(f"fault {text!r} should read {USAGE}")
    if form["fault"] not in FAULTS:
        raise UsageError(f"fault {text!r}: " + unknown("fault", form["fault"], map(str, FAULTS)))
    given: dict[str, Any] = {"instrument": form["instrument"].strip(), "fault": form["fault"]}
    given |= {key: form[key] for key in ("at_s", "for_s") if form[key] is not None}
    if form["detail"] is not None:
        given["seconds" if form["fault"] == FaultKind.LATE_ANSWER else "command"] = form["detail"]
    try:
        return FaultFacts.model_validate(given)
    except ValidationError as problem:
        first = problem.errors()[0]["msg"].removeprefix("Value error, ")
        raise UsageError(f"fault {text!r}: {first}; it should read {USAGE}") from None
