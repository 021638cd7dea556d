"""The capture of one slot: each source in turn, within a bound of lab time, whatever any of them does.

A source that fails is evidence too: its error stands where its reading would. Once an instrument is silent it is not
asked again, so that a dead console costs one timeout and not one for each of its readings. Only the slot's own
instruments are asked, and nothing is set: the others do not notice. Neighbours: `sources.py` has the sources.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..clock import Clock
from ..errors import Aborted, BringupError, NoReply
from ..records import Evidence

BUDGET_S = 60.0
"""Lab seconds that the capture of a hung sled may take: an eighth of what its recovery costs."""

POWER_UP_BUDGET_S = 10.0
"""Of one that failed on its way up, whose rails are on meanwhile and wait to be taken down."""

Finding = tuple[str, object]
Source = Callable[[], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class NamedSource:
    """Something that can be asked.

    Attributes:
        kind: as the journal calls what it gives.
        asks: the instrument, by role: once it is silent, no other source asks it.
        read: yields one finding after the other, each a name and what JSON can hold.
    """

    kind: str
    asks: str
    read: Source


def capture(sources: list[NamedSource], clock: Clock, origin_s: float, budget_s: float = BUDGET_S) -> list[Evidence]:
    """Ask every source, in order, until the time is over.

    Args:
        sources: in the order in which what they know would be lost.
        clock: the station's.
        origin_s: when the night began.
        budget_s: lab seconds for all of it; what is asked when they are over is finished, nothing more is begun.

    Raises:
        Aborted: the night was aborted meanwhile.
    """
    until_s = clock.now() + budget_s
    silent: set[str] = set()
    found = []
    for source in sources:
        began_s = clock.now()
        told = _read(source, clock, until_s, silent)
        content = json.dumps(told, allow_nan=False, default=str)
        found.append(Evidence(source.kind, began_s - origin_s, content, "application/json"))
    return found


def _read(source: NamedSource, clock: Clock, until_s: float, silent: set[str]) -> dict[str, object]:
    told: dict[str, object] = {}
    if source.asks in silent:
        return {"not asked": f"{source.asks} is silent"}
    findings = source.read()
    while True:
        if clock.now() >= until_s:
            return told | {"not finished": "the time for evidence was over"}
        try:
            name, value = next(findings)
        except StopIteration:
            return told
        except Aborted:
            raise
        except NoReply as problem:
            silent.add(source.asks)
            return told | {"error": str(problem)}
        except BringupError as problem:
            return told | {"error": str(problem)}
        except Exception as defect:  # evidence is a help: a driver's defect must not cost the attempt
            return told | {"error": f"{type(defect).__name__}: {defect}"}
        told[name] = value
