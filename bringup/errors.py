"""Every error that a person can meet, as one tree.

    BringupError                 anything this tool raises on purpose
    ├── UsageError               what was asked cannot be done as asked (exit 2)
    │   ├── FileMistake          a station, product or plan file is wrong: path, line, nearest name
    │   ├── UnknownName          a name that nothing bears, with the nearest one that something does
    │   └── BenchInUse           another night holds this bench
    ├── BenchError               the bench, not the sled, is at fault (verdict ERROR, exit 4)
    │   ├── InstrumentError      an instrument reported an error, or its reply cannot be believed
    │   │   ├── BadReply         garbage, half a line, another query's answer
    │   │   └── NoReply          nothing came within the timeout
    │   │       └── LinkLost     the link is gone; it is opened anew, and the instrument's state verified
    │   ├── OutOfEnvelope        a value beyond a declared limit was refused before it was sent
    │   ├── NotSafe              the safe state could not be verified
    │   ├── ClockDeadlock        every participant of a virtual clock waits, and nobody can wake them
    │   └── JournalError         the journal cannot be written or read (disk, version, lock)
    ├── PlanError                the plan's own code is at fault (verdict ERROR, exit 4)
    ├── SledFault                a finding about the sled that ends an attempt (verdict FAIL, exit 1)
    │   ├── SledHang             it stopped answering
    │   ├── RailFault            a rail did not come up, or not to its voltage
    │   ├── TelemetryLie         a reading of its firmware stands against its witnesses
    │   └── Frozen               a plan found something odd, and nothing goes on by itself
    ├── SlotLost                 a slot cannot be used any more tonight (its run ends, the others go on)
    │   └── IdentityRefused      its board may not be powered: a missing ECO, a configuration nobody approved
    └── Aborted                  a person or a signal asked for the end (verdict ABORTED, exit 5)

A failed limit is a verdict, never an exception. Every message says what, where and what to do next.
"""

from __future__ import annotations

from pathlib import Path


class BringupError(Exception):
    """Anything that this tool raises on purpose; its text is fit for a person."""

    exit_code = 4


class UsageError(BringupError):
    """What was asked cannot be done as asked; nothing was energized."""

    exit_code = 2


class FileMistake(UsageError):
    """A mistake in a station, product or plan file.

    Args:
        path: the file.
        line: 1-based line of the mistake, or None where the whole file is meant.
        what: what is wrong and what to do, in one sentence or two.
    """

    def __init__(self, path: Path, line: int | None, what: str) -> None:
        self.path = path
        self.line = line
        self.what = what
        super().__init__(f"{path}:{line}: {what}" if line is not None else f"{path}: {what}")


class UnknownName(UsageError):
    """A name that nothing bears; the message offers the nearest one."""


class BenchInUse(UsageError):
    """Another process holds this bench."""


class BenchError(BringupError):
    """The bench, not the sled, is at fault."""


class InstrumentError(BenchError):
    """An instrument reported an error, or its reply cannot be believed.

    Attributes:
        transcript: what was said on its wire in the last seconds before, one line an entry.
    """

    transcript: tuple[str, ...] = ()


class BadReply(InstrumentError):
    """A reply that is garbage, cut short, or belongs to another query; it never becomes a number."""


class NoReply(InstrumentError):
    """Nothing came within the timeout."""


class LinkLost(NoReply):
    """The link itself is gone: it was cut, or the far end closed it. Not a slow reply, for which it would be there."""


class OutOfEnvelope(BenchError):
    """A value beyond a declared limit, refused before anything was sent."""


class NotSafe(BenchError):
    """The safe state was commanded but could not be verified by read-back."""


class ClockDeadlock(BenchError):
    """Every participant of a virtual clock waits without a timeout, and nobody can wake them."""


class JournalError(BenchError):
    """The journal cannot be written or read."""


class PlanError(BringupError):
    """The plan's own code is at fault: it raised, or it broke its own announcement."""


class SledFault(BringupError):
    """A finding about the sled that ends an attempt; only a power cycle makes the sled usable again."""

    exit_code = 1


class SledHang(SledFault):
    """The sled stopped answering; `signature` names how ("no-answer", "chip-lost" …)."""

    def __init__(self, message: str, signature: str = "no-answer") -> None:
        self.signature = signature
        super().__init__(message)


class RailFault(SledFault):
    """A rail did not come up, or not to its voltage."""


class TelemetryLie(SledFault):
    """A reading of the sled's firmware stands against its witnesses."""


class Frozen(SledFault):
    """A plan found something odd at a hold point: nothing goes on by itself, the sled is made safe."""


class SlotLost(BringupError):
    """A slot cannot be used any more tonight: its sled did not come back, or its bench or its board is in doubt."""


class IdentityRefused(SlotLost):
    """A slot's board may not be powered as it is: an ECO is missing, or it holds what nobody has approved."""


class Aborted(BringupError):
    """A person or a signal asked for the end."""

    exit_code = 5


def evidence(problem: BaseException | None) -> dict[str, object]:
    """What an error, or one that led to it, knows beyond its text, as plain JSON values for the journal."""
    seen: set[int] = set()
    while problem is not None and id(problem) not in seen:
        seen.add(id(problem))
        if isinstance(problem, InstrumentError) and problem.transcript:
            return {"transcript": list(problem.transcript)}
        problem = problem.__cause__ or problem.__context__
    return {}
