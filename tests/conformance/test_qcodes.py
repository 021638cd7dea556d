"""QCoDeS's own drivers against the simulated lab, in process, by name: their code, our backend."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.conformance.foreign import ForeignPython, environment, foreign_python

STATION = Path(__file__).parents[2] / "test_plans" / "stations" / "full-bench.toml"
VERSION = "0.58.0"

SCRIPT = """
import json, sys
from qcodes.instrument_drivers.Keithley import Keithley2400
from qcodes.instrument_drivers.Keysight import Keysight34465A

library = sys.argv[1]
meter = Keysight34465A("meter", "TCPIP::meter.bench::hislip0::INSTR", visalib=library)
meter.NPLC(10)
smu = Keithley2400("smu", "GPIB0::24::INSTR", visalib=library)
smu.mode("VOLT"); smu.compliancei(0.5); smu.rangev(20); smu.volt(3.0); smu.output(1)
told = {
    "meter": meter.get_idn()["model"],
    "volts": meter.volt(),
    "nplc": meter.NPLC(),
    "smu": smu.get_idn()["model"],
    "amps": smu.curr(),
    "ohms": smu.resistance(),
}
smu.output(0)
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def qcodes() -> ForeignPython:
    return foreign_python(f"qcodes-{VERSION}", lambda home: home.pip("install", f"qcodes=={VERSION}"))


@pytest.mark.timeout(1200)  # it may have to be installed first
@pytest.mark.xdist_group("foreign")
def test_its_drivers_run_by_name(qcodes: ForeignPython, tmp_path: Path) -> None:
    done = subprocess.run(
        [str(qcodes.python), "-c", SCRIPT, f"{STATION}@bringup"],
        env=environment("") | {"HOME": str(tmp_path)},  # QCoDeS writes a log and its settings there
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["meter"], told["smu"]) == ("34465A", "2400")
    assert told["nplc"] == 10
    assert abs(told["volts"]) < 1e-3, "the sled is off"
    assert told["amps"] == pytest.approx(0.198, rel=2e-3)  # 3 V on 15 ohms and two leads
    assert told["ohms"] == pytest.approx(15.166, rel=2e-3)
