"""The real command line, stopped at a stage of its night until it has heard signals: `test_signals.py` sends them.

    python night_with_stages.py EVIDENCE STAGE SIGNALS ARGUMENT…

Runs `bringup ARGUMENT…`. At STAGE it writes `<STAGE>` to standard output and blocks, in wall time, until SIGNALS
signals were heard (and, where a slot's task blocks, until the night has passed the wish to stop on to the clock). At
the end the simulated lab's own evidence goes to the file EVIDENCE as JSON. Nothing of what is tested is replaced:
the stages are wrapped around what the night calls anyway.
"""

from __future__ import annotations

import builtins
import importlib.abc
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bringup.clock import Clock
from bringup.runner.stopping import Stopping

LONGEST_WAIT_S = 40.0  # wall seconds, after which the test has failed


class Stage:
    """The one stage at which this process stops."""

    def __init__(self, name: str, signals: int) -> None:
        self.name = name
        self.signals = signals
        self.heard = 0
        self.clock: Clock | None = None

    def reached(self, name: str) -> None:
        """Block if this is the stage; only the first time."""
        if name != self.name:
            return
        self.name = ""
        os.write(1, f"<{name}>\n".encode())
        in_task = threading.current_thread() is not threading.main_thread()
        deadline = time.monotonic() + LONGEST_WAIT_S
        while self.heard < self.signals or (in_task and self.clock is not None and not self.clock.aborted):
            if time.monotonic() > deadline:
                raise SystemExit("no signal came")
            time.sleep(0.01)


class Stopper(importlib.abc.MetaPathFinder):
    """Stops where a module is about to be loaded."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def find_spec(self, name: str, _path: Sequence[str] | None, _target: object = None) -> None:
        self._stage.reached(f"import {name}")


def wrap(owner: Any, name: str, before: Callable[..., object]) -> None:
    """Call `before` with a method's arguments each time before the method itself."""
    inner = getattr(owner, name)

    def outer(*args: Any, **kwargs: Any) -> Any:
        before(*args, **kwargs)
        return inner(*args, **kwargs)

    setattr(owner, name, outer)


def put_stages(stage: Stage) -> None:
    """Everything that can be a stage beside an import and a plan's own `at_stage`."""
    from bringup.cli import holding
    from bringup.runner.bench import Bench
    from bringup.runner.monitor import SlotMonitor
    from bringup.runner.night_log import NightLog

    wrap(holding, "print_page", lambda *_: stage.reached("report"))
    wrap(Bench, "_open", lambda _bench, name: stage.reached(f"open {name}"))
    wrap(NightLog, "event", lambda _log, kind, *_, **__: stage.reached(f"event {kind}"))
    wrap(SlotMonitor, "state", lambda _monitor, state, detail="": stage.reached(f"{state} {detail}".strip()))


class Evidence:
    """What the lab's physics saw."""

    def __init__(self, stage: Stage) -> None:
        from bringup_instruments.lab import SimulatedLab
        from bringup_instruments.physics import SledPhysics

        self._stage = stage
        self._lab: Any = None
        self._energized: set[str] = set()
        wrap(SimulatedLab, "_place", self._seen)
        wrap(SledPhysics, "feed", self._fed)

    def _seen(self, lab: Any, *_: object) -> None:
        self._lab = lab
        self._stage.clock = lab.clock

    def _fed(self, sled: Any, _at_s: float, source: Any) -> None:
        if source.on:
            self._energized.add(sled.serial_number)

    def told(self) -> dict[str, object]:
        if self._lab is None:
            return {"sleds": {}}
        now = self._lab.clock.now()
        return {"sleds": {slot: self._of(slot, sled, now) for slot, sled in self._lab.sleds.items()}}

    def _of(self, slot: str, sled: Any, now: float) -> dict[str, object]:
        rails = [rail.name for rail in sled.bank]
        return {
            "energized": sled.serial_number in self._energized,
            "vin": sled.vin(now).volts,
            "highest_rail": max(sled.read_rail(now, rail).volts for rail in rails),
            "on": [rail for rail in rails if sled.read_rail(now, rail).on],
            "sequence_violations": [str(one) for one in sled.sequence_violations],
            "abs_max_exceedances": [str(one) for one in sled.abs_max_exceedances],
        }


def main(evidence_path: Path, stage: Stage, arguments: list[str]) -> None:
    wrap(Stopping, "_handle", lambda *_: setattr(stage, "heard", stage.heard + 1))
    builtins.at_stage = stage.reached  # type: ignore[attr-defined]  # for the plans of the test
    if stage.name.startswith("import "):
        sys.meta_path.insert(0, Stopper(stage))
        evidence = None
    else:
        put_stages(stage)
        evidence = Evidence(stage)
    from bringup.cli import main as command

    sys.argv = ["bringup", *arguments]
    try:
        command()
    finally:
        told = evidence.told() if evidence else {"sleds": {}}
        evidence_path.write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Stage(sys.argv[2], int(sys.argv[3])), sys.argv[4:])
