"""PyMeasure's hardware suites against the simulated instruments, in process: a line for each suite and wire."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.foreign import ForeignPython, environment
from tests.integration.served import lab_process

HMP = ("instruments/rohdeschwarz/test_hmp_with_device.py", "instruments/test_scpi_mixin_with_device.py")
E3631A = ("instruments/keysight/test_keysightE3631A_with_device.py",)
K2400 = ("instruments/keithley/test_keithley2400_with_device.py",)
DMM6500 = ("instruments/keithley/test_keithleyDMM6500_with_device.py",)

# Model, address, files, how many tests they have.
SUITES = (
    ("R&S HMP4040", "TCPIP::bench.lab::hislip0::INSTR", HMP, 11),
    ("Keysight E3631A", "TCPIP::bench.lab::hislip0::INSTR", E3631A, 34),
    ("Keithley 2400", "TCPIP::bench.lab::hislip0::INSTR", K2400, 75),
    ("Keithley DMM6500", "TCPIP::bench.lab::hislip0::INSTR", DMM6500, 160),
)


@pytest.mark.xdist_group("foreign")
@pytest.mark.timeout(1200)  # the first one may have to build PyMeasure's environment
@pytest.mark.parametrize(
    ("model", "address", "files", "tests"), SUITES, ids=[f"{model} {address}" for model, address, _, _ in SUITES]
)
def test_suite_passes_as_it_is(
    model: str, address: str, files: Sequence[str], tests: int, lab: Path, run_suite: Callable[..., Any]
) -> None:
    station = lab / "stations" / "simulated.toml"
    with station.open("a", encoding="utf-8") as file:
        file.write(f'\n[instruments.foreign]\nmodel = "{model}"\naddress = "{address}"\n')
    outcome = run_suite(files, address, f"{station}@bringup")
    assert (outcome.passed, outcome.failed, outcome.skipped) == (tests, 0, 0), outcome.output


# The same over real wires, from the served lab: PyVISA-py on the client's side.

SERVED_SUITES = (
    ("R&S HMP4040", HMP, 11, "TCPIP::bench.lab::hislip0::INSTR"),
    ("Keithley 2400", K2400, 75, "GPIB0::24::INSTR"),
)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("wire", ["hislip", "pty"])
@pytest.mark.parametrize(("model", "files", "tests", "address"), SERVED_SUITES, ids=["HMP4040", "2400"])
def test_suite_passes_over_real_wires(
    model: str, files: Sequence[str], tests: int, address: str, wire: str, lab: Path, run_suite: Callable[..., Any]
) -> None:
    station = lab / "stations" / "simulated.toml"
    with station.open("a", encoding="utf-8") as file:
        file.write(f'\n[instruments.foreign]\nmodel = "{model}"\naddress = "{address}"\n')
    with lab_process(lab, "simulated", "--speed", "20") as serving:
        outcome = run_suite(files, serving.wire("foreign", wire), "@py")
    assert (outcome.passed, outcome.failed, outcome.skipped) == (tests, 0, 0), outcome.output


# A raw socket marks no end of a message, which PyMeasure has to be told; its suites cannot be.

SOCKET_SCRIPT = """
import sys
from pymeasure.instruments.keithley import Keithley2400

smu = Keithley2400(sys.argv[1], visa_library="@py", read_termination="\\n", write_termination="\\n")
assert "MODEL 2400" in smu.id, smu.id
smu.apply_voltage(voltage_range=20, compliance_current=0.1)
smu.source_voltage = 2.5
smu.enable_source()
smu.measure_current()
assert smu.source_voltage == 2.5
assert abs(smu.current) < 1e-3, "nothing is connected"
smu.shutdown()
assert not smu.source_enabled
assert not smu.check_errors()
"""


@pytest.mark.xdist_group("foreign")
@pytest.mark.timeout(1200)
def test_a_driver_runs_over_a_raw_socket(lab: Path, pymeasure_home: ForeignPython) -> None:
    station = lab / "stations" / "simulated.toml"
    with station.open("a", encoding="utf-8") as file:
        file.write('\n[instruments.foreign]\nmodel = "Keithley 2400"\naddress = "GPIB0::24::INSTR"\n')
    with lab_process(lab, "simulated", "--speed", "20") as serving:
        done = subprocess.run(
            [str(pymeasure_home.python), "-c", SOCKET_SCRIPT, serving.wire("foreign", "socket")],
            env=environment("@py"),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
