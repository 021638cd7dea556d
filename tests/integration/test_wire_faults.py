"""Troubles of instruments and their wires: what a driver makes of each, and what is refused."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bringup import hooks
from bringup.errors import InstrumentError, LinkLost, NoReply, UsageError, evidence
from bringup.files.station import load_station
from bringup.files.wire_fault import FAULTS, FaultFacts, FaultKind, parse_fault
from bringup.hooks import Connection
from bringup.transcript import Transcript
from bringup_instruments.lab import SimulatedLab

STATION = Path(__file__).parents[2] / "test_plans" / "stations" / "full-bench.toml"
FACTS = load_station(STATION)

Run = Callable[..., CompletedProcess[str]]


class FaultyLab:
    """The full bench, whose wires can go bad, and the drivers of its instruments."""

    def __init__(self) -> None:
        self.lab = SimulatedLab(FACTS, injectable=True)
        self.transcripts: dict[str, Transcript] = {}

    def driver(self, role: str) -> Any:
        facts = FACTS.facts.instruments[role]
        transcript = self.transcripts[role] = Transcript()
        connection = Connection(role, facts.model, facts.address, self.lab, transcript=transcript)
        return hooks.drivers()[facts.model].open(connection)

    def inject(self, text: str) -> None:
        self.lab.inject(parse_fault(text))


@pytest.fixture
def faulty() -> Iterator[FaultyLab]:
    bench = FaultyLab()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bringup_instruments.lab.open_lab", lambda station: bench.lab)
        yield bench


def on(bench: FaultyLab, role: str = "triple") -> Any:
    driver = bench.driver(role)
    output = driver.output(1) if hasattr(driver, "output") else driver
    output.configure(volts=4.0, amps=0.5, over_volts=12.0 if role.startswith("genesys") else 6.0)
    output.output_on()
    return output


def test_a_late_answer_is_a_slow_reply_and_no_lost_link(faulty: FaultyLab) -> None:
    output = on(faulty)
    faulty.inject("triple=late-answer:5+60")
    with pytest.raises(NoReply, match="the link is there") as slow:
        output.volts()
    assert not isinstance(slow.value, LinkLost)
    faulty.lab.clock.sleep(100.0)
    assert output.volts() == pytest.approx(4.0, rel=0.01)


def test_an_answer_that_is_late_but_in_time_is_an_answer(faulty: FaultyLab) -> None:
    output = on(faulty)
    faulty.inject("triple=late-answer:1+60")
    began_s = faulty.lab.clock.now()
    assert output.volts() == pytest.approx(4.0, rel=0.01)
    assert faulty.lab.clock.now() - began_s >= 1.0


def test_an_error_that_nobody_caused_is_raised_with_its_number(faulty: FaultyLab) -> None:
    output = on(faulty)
    faulty.inject("triple=queued-error")
    with pytest.raises(InstrumentError, match=r"-310"):
        output.output_on()
    output.output_on()


def test_a_set_point_changed_at_the_front_panel_is_found(faulty: FaultyLab) -> None:
    output = on(faulty)
    faulty.inject("triple=front-panel:APPL CH1,2.5,0.5")
    assert output.volts() == pytest.approx(2.5, rel=0.01)


def test_a_second_client_costs_one_answer(faulty: FaultyLab) -> None:
    output = on(faulty)
    faulty.inject("triple=second-client:*CLS")
    with pytest.raises(InstrumentError):
        output.volts()
    assert output.volts() == pytest.approx(4.0, rel=0.01)


@pytest.mark.parametrize("role", ["supply", "triple", "quad", "rails", "genesys", "genesys_serial", "smu"])
def test_a_power_blip_switches_off(role: str, faulty: FaultyLab) -> None:
    if role == "smu":
        output = faulty.driver(role)
        output.force_volts(1.0, amps_limit=0.1)
        output.output_on()
    else:
        output = on(faulty, role)
    assert output.is_on()
    faulty.inject(f"{role}=power-blip")
    faulty.lab.clock.sleep(1.0)
    if role == "genesys_serial":  # after its power was off it must be addressed anew, which the driver then does
        with pytest.raises(NoReply):
            output.is_on()
    assert not output.is_on()


def test_a_power_blip_takes_the_watchdog(faulty: FaultyLab) -> None:
    rails = faulty.driver("rails")
    rails.arm_watchdog(5.0)
    faulty.inject("rails=power-blip")
    faulty.lab.clock.sleep(1.0)
    assert rails.watchdog_s() is None


@pytest.mark.parametrize("role", ["load", "stream", "chamber"])
def test_a_power_blip_stops_what_runs(role: str, faulty: FaultyLab) -> None:
    driver = faulty.driver(role)
    if role == "load":
        driver.draw_amps(1.0)
        driver.input_on()
        is_running = driver.is_on
    else:
        driver.set_celsius(40.0)
        driver.start()
        is_running = driver.is_running
    assert is_running()
    faulty.inject(f"{role}=power-blip")
    faulty.lab.clock.sleep(1.0)
    assert not is_running()


def test_a_power_blip_happens_at_its_time_though_nobody_talks_to_the_supply(faulty: FaultyLab) -> None:
    supply = faulty.driver("supply")
    supply.configure(volts=54.0, amps=10.0, over_volts=60.0)
    supply.output_on()
    faulty.lab.clock.sleep(30.0)
    sled, now_s = faulty.lab.sleds["S1"], faulty.lab.clock.now()
    faulty.inject("supply=power-blip@100")
    faulty.lab.clock.sleep(99.0)
    assert sled.vin(now_s + 99.0).volts > 50.0
    faulty.lab.clock.sleep(500.0)
    assert sled.vin(now_s + 599.0).volts < 1.0
    assert not supply.is_on()


def test_a_supply_that_fails_under_load_costs_the_try_and_the_sled_is_brought_up_again(lab: Path, bringup: Run) -> None:
    done = bringup("run", "smoke", "--sled", "S1", "--fault", "supply1=power-blip@400")
    assert done.returncode == 0, done.stdout
    assert "bench-failed" in done.stdout
    assert "sled-recovered" in done.stdout
    with sqlite3.connect(lab / "bringup.db") as journal:
        verdicts = [verdict for (verdict,) in journal.execute("SELECT verdict FROM v_attempt ORDER BY attempt_id")]
    journal.close()
    assert verdicts == ["ERROR", "PASS"]


# The other wires.

SPOILT = ("no-answer", "late-answer:10", "half-line", "garbage", "link-drop")


@pytest.mark.parametrize("role", ["cdu", "pdu"])
@pytest.mark.parametrize("fault", SPOILT)
def test_a_bad_network_is_an_error_and_afterwards_all_is_well(role: str, fault: str, faulty: FaultyLab) -> None:
    driver = faulty.driver(role)
    identity = driver.identify()
    read = driver.supply_celsius if role == "cdu" else lambda: driver.watts(2)
    good = read()
    faulty.inject(f"{role}={fault}+60")
    for _ in range(3):
        with pytest.raises(InstrumentError):
            read()
    faulty.lab.clock.sleep(100.0)
    assert read() == pytest.approx(good, abs=2.0)
    assert driver.identify() == identity


def test_another_requests_answer_is_refused(faulty: FaultyLab) -> None:
    pdu = faulty.driver("pdu")
    pdu.watts(2)
    faulty.inject("pdu=others-reply+60")
    with pytest.raises(InstrumentError, match="another resource"):
        pdu.watts(3)


def test_somebody_else_moves_the_coolant(faulty: FaultyLab) -> None:
    cdu = faulty.driver("cdu")
    cdu.set_supply_celsius(30.0)
    faulty.lab.clock.sleep(3600.0)
    assert cdu.supply_celsius() == pytest.approx(30.0, abs=0.5)
    faulty.inject('cdu=front-panel:PATCH /redfish/v1/Chassis/CDU1/Controls/SupplyTemperature {"SetPoint": 25}@60')
    faulty.lab.clock.sleep(3600.0)
    assert cdu.supply_celsius() == pytest.approx(25.0, abs=0.5)


@pytest.mark.parametrize("fault", ["no-answer", "late-answer:10", "half-line", "garbage", "link-drop"])
def test_a_bad_line_to_a_console_is_an_error_and_afterwards_all_is_well(fault: str, faulty: FaultyLab) -> None:
    supply, bmc = faulty.driver("supply"), faulty.driver("bmc")
    supply.configure(volts=54.0, amps=10.0, over_volts=60.0)
    supply.output_on()
    faulty.lab.clock.sleep(30.0)
    state = bmc.host_state()
    faulty.inject(f"bmc={fault}+60")
    for _ in range(2):
        with pytest.raises(InstrumentError):
            bmc.host_state()
    faulty.lab.clock.sleep(100.0)
    assert bmc.host_state() is state


def test_somebody_else_at_a_console_is_told_from_the_answer(faulty: FaultyLab) -> None:
    supply, bmc = faulty.driver("supply"), faulty.driver("bmc")
    supply.configure(volts=54.0, amps=10.0, over_volts=60.0)
    supply.output_on()
    faulty.lab.clock.sleep(30.0)
    state = bmc.host_state()
    faulty.inject("bmc=second-client:sensors")
    answers = []
    for _ in range(3):
        try:
            answers.append(bmc.host_state())
        except InstrumentError:
            continue
    assert answers
    assert set(answers) == {state}


# A link that comes back.


@pytest.mark.parametrize("role", ["triple", "quad", "genesys", "supply"])
def test_the_state_is_read_again_when_the_link_is_back(role: str, faulty: FaultyLab) -> None:
    output = on(faulty, role)
    faulty.inject(f"{role}=link-drop+10")
    with pytest.raises(LinkLost, match="link was lost"):
        output.volts()
    faulty.lab.clock.sleep(20.0)
    assert output.volts() > 0.0
    asked = [line for line in faulty.transcripts[role].tail(faulty.lab.clock.now()) if ">" in line]
    assert any("OUTP" in line or "VOLT?" in line for line in asked)
    assert not any("OUTP ON" in line or "VOLT 4" in line for line in asked), "nothing is replayed"


@pytest.mark.parametrize("role", ["triple", "supply"])
def test_an_instrument_that_was_switched_off_meanwhile_is_not_taken_for_the_same(role: str, faulty: FaultyLab) -> None:
    output = on(faulty, role)
    faulty.inject(f"{role}=link-drop+10")
    faulty.inject(f"{role}=power-blip@5")
    with pytest.raises(LinkLost):
        output.volts()
    faulty.lab.clock.sleep(20.0)
    with pytest.raises(InstrumentError, match=r"set otherwise now: .* it said .*; nothing was sent again"):
        output.volts()
    assert not output.is_on()
    output.output_off()


def test_switching_off_is_not_held_up_by_a_state_that_changed(faulty: FaultyLab) -> None:
    output = on(faulty)
    faulty.inject("triple=link-drop+10")
    faulty.inject("triple=power-blip@5")
    with pytest.raises(LinkLost):
        output.volts()
    faulty.lab.clock.sleep(20.0)
    output.output_off()


# What was said before a failure.


def test_an_error_has_the_last_words_with_it(faulty: FaultyLab) -> None:
    output = on(faulty)
    faulty.lab.clock.sleep(60.0)
    faulty.inject("triple=garbage+60")
    with pytest.raises(InstrumentError) as failure:
        output.volts()
    told = evidence(failure.value)["transcript"]
    assert isinstance(told, list)
    assert any("> b'MEAS:VOLT?" in line for line in told)
    assert any("< b'" in line for line in told)
    assert not any("VOLT 4" in line for line in told), "that was a minute ago"


# What cannot be.


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("bmc=queued-error", r"bmc cannot have 'queued-error' on its wire; it can have no-answer, .*link-drop"),
        ("cdu=power-blip", r"cdu cannot have 'power-blip'"),
        ("chamber=queued-error", r"chamber cannot have 'queued-error'"),
        ("mter=garbage", r"unknown instrument 'mter'; did you mean 'meter'"),
    ],
)
def test_what_an_instrument_cannot_have_is_refused(text: str, said: str, faulty: FaultyLab) -> None:
    with pytest.raises(UsageError, match=said):
        faulty.inject(text)


@pytest.mark.parametrize(
    "text", ["meter", "meter=", "=garbage", "meter=garbage@x", "meter=late-answer:x", "meter=garbage@1.2.3", "", "@"]
)
def test_a_fault_that_does_not_read_is_told(text: str) -> None:
    with pytest.raises(UsageError, match=r"ROLE=FAULT|did you mean|unknown fault"):
        parse_fault(text)


@given(
    st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True),
    st.sampled_from([kind for kind in FaultKind if kind not in (FaultKind.FRONT_PANEL, FaultKind.SECOND_CLIENT)]),
    st.integers(0, 10_000),
    st.integers(1, 10_000),
)
def test_a_fault_is_what_was_written(role: str, kind: FaultKind, at_s: int, for_s: int) -> None:
    fault = parse_fault(f"{role}={kind}@{at_s}+{for_s}")
    assert fault == FaultFacts(instrument=role, fault=kind, at_s=at_s, for_s=for_s)
    assert kind in FAULTS


# As a user has it.


def test_a_night_notes_its_faults_and_keeps_what_was_said(lab: Path, bringup: Run) -> None:
    done = bringup("run", "smoke", "--sled", "S1", "--fault", "meter1=expired-calibration", "--fault",
                   "supply1=garbage@350", "--transcript", "wires")  # fmt: skip
    assert done.returncode == 4, done.stdout
    with sqlite3.connect(lab / "bringup.db") as journal:
        notes = [message for (message,) in journal.execute("SELECT message FROM event WHERE kind = 'note'")]
        kept = [
            json.loads(data) for (data,) in journal.execute("SELECT data FROM event WHERE data LIKE '%transcript%'")
        ]
    journal.close()
    assert any("meter1: calibration was due" in note for note in notes)
    assert "simulated fault: supply1 garbage at 350 s from then on" in notes
    assert kept
    assert any(" < b'" in line for line in kept[0]["transcript"])
    assert "MEAS:VOLT?" in (lab / "wires" / "supply1.log").read_text(encoding="utf-8")


def test_what_an_instrument_cannot_have_is_told_by_the_line_of_the_file(lab: Path, bringup: Run) -> None:
    station = lab / "stations" / "simulated.toml"
    text = station.read_text(encoding="utf-8")
    fault = '[[simulation.faults]]\ninstrument = "bmc1"\nfault = "queued-error"\n\n'
    station.write_text(text.replace("[slots.S1]", f"{fault}[slots.S1]"), encoding="utf-8")
    done = bringup("check", "--files-only")
    assert done.returncode == 2
    assert re.search(r"simulated\.toml:\d+: bmc1 cannot have 'queued-error'", done.stderr + done.stdout)
    station.write_text(text, encoding="utf-8")
    done = bringup("run", "smoke", "--fault", "bmc1=queued-error")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("bringup: bmc1 cannot have 'queued-error' on its wire")


def test_a_real_bench_takes_no_faults(lab: Path, bringup: Run) -> None:
    station = lab / "stations" / "simulated.toml"
    station.write_text(station.read_text(encoding="utf-8").replace('lab = "simulated"', 'lab = "hardware"'), "utf-8")
    done = bringup("run", "smoke", "--fault", "meter1=garbage")
    assert done.returncode == 2
    assert "simulated bench only" in done.stderr
