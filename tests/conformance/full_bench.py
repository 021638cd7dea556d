"""The shipped full bench for tests: in process on virtual time, or served by `bringup sim serve` in its own process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from bringup import hooks
from bringup.files.station import Station, load_station
from bringup.hardware import HardwareLab
from bringup.hooks import Connection
from bringup_instruments.lab import SimulatedLab, open_lab_of

STATION = Path(__file__).parents[2] / "test_plans" / "stations" / "full-bench.toml"
DRIVERS = hooks.drivers()
FACTS: Station = load_station(STATION)
SPEED = 40.0


class InProcess:
    """The full bench on virtual time."""

    def __init__(self) -> None:
        self.lab: SimulatedLab = open_lab_of(FACTS)

    def driver(self, role: str, timeout_s: float = 2.0) -> Any:
        facts = FACTS.facts.instruments[role]
        return DRIVERS[facts.model].open(
            Connection(
                role, facts.model, facts.address, self.lab, timeout_s=timeout_s, scan_chain=FACTS.scan_chain(role)
            )
        )

    def sleep(self, seconds: float) -> None:
        self.lab.clock.sleep(seconds)

    def close(self) -> None:
        self.lab.close()


class Served:
    """The full bench in another process, on real wires."""

    def __init__(self, folder: Path) -> None:
        command = ["sim", "serve", str(STATION), "--ports-from", "0", "--speed", str(SPEED), "--json"]
        file = folder / "stations" / "served.toml"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bringup", *command, "--station-file", str(file)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        assert said, self._process.communicate()[1]
        self.facts: Mapping[str, Any] = json.loads(said)
        self.station = load_station(file)
        self.lab = HardwareLab(self.station)

    def driver(self, role: str, wire: str, timeout_s: float = 2.0) -> Any:
        told = self.facts["instruments"][role]
        connection = Connection(
            role,
            told["model"],
            told["wires"][wire],
            self.lab,
            timeout_s=timeout_s * SPEED,
            scan_chain=self.station.scan_chain(role),
        )
        return DRIVERS[told["model"]].open(connection)

    def inject(self, **fault: object) -> None:
        request = Request(f"{self.facts['control']}/faults", json.dumps(fault).encode(), method="POST")
        with urlopen(request, timeout=5):
            pass

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / SPEED)

    def close(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        _, said = self._process.communicate(timeout=20)
        assert said == "", said
