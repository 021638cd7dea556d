"""Who answers on a bench: every instrument asked for its identity, and nothing else; one that is silent stops nobody.

Neighbours: `bench.py` opens the same instruments for a night, and stops at the first that is not what it should be.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from .. import hooks
from ..capabilities import Identity, ManagementController, SledController, WorkloadHost
from ..errors import BenchError
from ..files.station import Station
from .bench import check_models, connect, expired, mistaken


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of asking one instrument.

    Attributes:
        role: its name in the station file.
        model: as the station file names it.
        address: where it was asked.
        identity: what it says of itself, or None where it said nothing.
        calibration_due: the day after which its readings prove nothing, or None where nobody has said.
        trouble: why it must not be used as it is, or "".
        expiry: what is said of a calibration that was due, or "".
        is_asleep: a sled's console, silent until the sled's input power is on.
    """

    role: str
    model: str
    address: str
    identity: Identity | None
    calibration_due: date | None
    trouble: str = ""
    expiry: str = ""
    is_asleep: bool = False


def roll_call(station: Station, transcripts: Path | None = None) -> list[Answer]:
    """Ask every instrument of a station who it is; none of their settings is changed.

    Raises:
        UsageError: a model that no driver knows; nothing was opened.
    """
    check_models(station)
    lab = hooks.lab_spec(station.facts.station.lab).open(station)
    try:
        today = lab.clock.utc().astimezone().date()
        # All at once: a bench whose sleds are off has many that keep silent, and each costs its timeout.
        asked = [
            lab.clock.spawn(partial(_asked, station, lab, role, today, transcripts), f"asks {role}")
            for role in station.facts.instruments
        ]
        return [task.result() for task in asked]
    finally:
        lab.close()


def _asked(station: Station, lab: hooks.Lab, role: str, today: date, transcripts: Path | None) -> Answer:
    facts, due = station.facts.instruments[role], station.calibration_due(role)
    identity, trouble, is_asleep = None, "", False
    try:
        _, instrument = connect(station, lab, role, transcripts)
        is_asleep = isinstance(instrument, SledController | WorkloadHost | ManagementController)
        try:
            identity = instrument.identify()
            trouble, is_asleep = mistaken(station, role, identity), False
        finally:
            instrument.close()
    except BenchError as problem:
        trouble = "" if is_asleep else str(problem)
    return Answer(role, facts.model, facts.address, identity, due, trouble, expired(due, today), is_asleep)
