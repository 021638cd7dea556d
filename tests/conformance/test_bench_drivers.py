"""Every method of the bench instruments' capabilities, on driver and simulated instrument."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from bringup import hooks
from bringup.errors import BadReply, InstrumentError, NoReply, OutOfEnvelope, UsageError
from bringup.files.wire_fault import SPOIL_REPLIES, FaultKind
from bringup_drivers.keysight_34460 import Keysight34460

SUPPLY, METER, COOLANT = "Keysight N8757A", "Keysight 34465A", "Redfish coolant unit"

Open = Callable[..., Any]


@pytest.fixture
def open_driver(bench: Any) -> Open:
    return lambda model, **envelope: hooks.drivers()[model].open(bench.connection(model, **envelope))


# The supply.


def test_supply_sets_and_measures(bench: Any, open_driver: Open) -> None:
    supply = open_driver(SUPPLY)
    assert not supply.is_on()
    supply.configure(volts=54.0, amps=80.0, over_volts=60.0)
    assert not supply.is_on(), "configuring leaves the output as it is"
    supply.output_on()
    bench.clock.sleep(1.0)
    assert supply.is_on()
    assert supply.volts() == pytest.approx(54.0, abs=0.05)
    assert 0 < supply.amps() < 2
    supply.output_off()
    bench.clock.sleep(1.0)
    assert not supply.is_on()
    assert supply.amps() == 0
    assert (bench.supply.volts, bench.supply.amps, bench.supply.protection_volts) == (54.0, 80.0, 60.0)


LEVELS = [(0.0, 0.0, 66.0), (54.0, 80.0, 60.0), (12.0, 5.0, 13.0), (57.0, 85.0, 60.0), (4.75, 0.1, 5.0), (60.0, 1, 66)]


@pytest.mark.parametrize(("before", "after"), list(itertools.permutations(LEVELS, 2)))
def test_supply_never_passes_through_a_forbidden_state(
    before: tuple[float, float, float], after: tuple[float, float, float], bench: Any, open_driver: Open
) -> None:
    """The instrument refuses whatever breaks its coupled limits, so that no error is the proof."""
    supply = open_driver(SUPPLY)
    for volts, amps, over_volts in (before, after):
        supply.configure(volts=volts, amps=amps, over_volts=over_volts)
    assert (bench.supply.volts, bench.supply.amps, bench.supply.protection_volts) == after


def test_supply_refuses_a_protection_too_near_to_the_voltage(bench: Any, open_driver: Open) -> None:
    with pytest.raises(OutOfEnvelope, match=r"54 V is more than 0.95 times .* 56 V"):
        open_driver(SUPPLY).configure(volts=54.0, amps=1.0, over_volts=56.0)
    assert not bench.wires[SUPPLY].heard


def test_supply_that_takes_another_value_is_found_out(bench: Any, open_driver: Open) -> None:
    supply = open_driver(SUPPLY)
    supply.configure(volts=0.0, amps=1.0, over_volts=66.0)
    wire = bench.wires[SUPPLY]
    honest = wire.wire.write
    wire.wire.write = lambda data, end: honest(data.replace(b"VOLT 20", b"VOLT 19"), end)
    with pytest.raises(InstrumentError, match=r"VOLT 20 was sent, it says 19"):
        supply.configure(volts=20.0, amps=1.0, over_volts=66.0)


def trip(bench: Any, supply: Any) -> None:
    supply.configure(volts=54.0, amps=80.0, over_volts=60.0)
    supply.output_on()
    bench.clock.sleep(1.0)
    bench.supply._trip(bench.supply._tripped.__class__(1))


def test_supply_says_why_it_does_not_come_on(bench: Any, open_driver: Open) -> None:
    supply = open_driver(SUPPLY)
    trip(bench, supply)
    assert not supply.is_on(), "what a protection holds off is not on"
    with pytest.raises(InstrumentError, match="did not come on: over-voltage tripped"):
        supply.output_on()


@pytest.mark.parametrize("state", ["on", "off", "tripped", "half a command", "unread reply", "full error queue"])
def test_supply_goes_off_whatever_state_it_is_in(state: str, bench: Any, open_driver: Open) -> None:
    supply = open_driver(SUPPLY)
    trip(bench, supply)
    if state != "tripped":
        bench.supply.write(b"OUTP:PROT:CLE\n", end=True)
    if state == "off":
        supply.output_off()
    if state == "half a command":
        bench.supply.write(b"VOLT 5", end=False)
    if state == "unread reply":
        bench.supply.write(b"MEAS:VOLT?\n", end=True)
    if state == "full error queue":
        bench.supply.write(b"NONSENSE\n" * 50, end=True)
    supply.output_off()
    assert not bench.supply.output_on


@pytest.mark.parametrize("fault", SPOIL_REPLIES)
def test_supply_goes_off_over_a_bad_wire_and_says_that_it_cannot_know(
    fault: FaultKind, bench: Any, open_driver: Open
) -> None:
    supply = open_driver(SUPPLY)
    supply.configure(volts=54.0, amps=80.0, over_volts=60.0)
    supply.output_on()
    bench.wires[SUPPLY].wire.fault = fault
    with pytest.raises(InstrumentError, match="the output may be on"):
        supply.output_off()
    assert not bench.supply.output_on
    bench.wires[SUPPLY].wire.fault = None
    supply.output_off()


# The meter.


def test_meter_reads_what_its_leads_touch_on_a_range_that_fits(bench: Any, open_driver: Open) -> None:
    meter = open_driver(METER)
    assert meter.dc_volts() == pytest.approx(0.0, abs=1e-3)
    bench.power()
    assert meter.dc_volts() == pytest.approx(bench.sled.vin(bench.clock.now()).volts, rel=1e-4)
    commands = bytes(bench.wires[METER].heard).decode()
    assert re.findall(r"CONF:VOLT:DC (\S+?);", commands) == ["1000", "0.1", "1000", "100"]


def test_meter_overload_is_a_bad_reply(bench: Any, open_driver: Open) -> None:
    bench.wires[METER].wire.device._node = SimpleNamespace(volts=lambda at_s: 2000.0)
    with pytest.raises(BadReply, match="overload on the 1000 V range"):
        open_driver(METER).dc_volts()


def test_meter_notices_a_range_changed_at_its_front_panel(bench: Any, open_driver: Open) -> None:
    bench.power()
    meter = open_driver(METER)
    good = meter.dc_volts()
    bench.wires[METER].wire.device.write(b"CONF:VOLT:DC 1000\n", end=True)
    assert meter.dc_volts() == pytest.approx(good, rel=1e-4)
    assert bench.wires[METER].wire.device.range_volts == 100.0


def test_meter_takes_ten_times_as_long_for_ten_cycles(bench: Any) -> None:
    def cost_s(cycles: int) -> float:
        meter = Keysight34460(bench.connection(METER), power_line_cycles=cycles)
        meter.dc_volts()
        before = bench.clock.now()
        meter.dc_volts()
        meter.close()
        return float(bench.clock.now() - before)

    assert cost_s(10) > 5 * cost_s(1)
    with pytest.raises(UsageError, match="1 or 10 power-line cycles, not 3"):
        Keysight34460(bench.connection(METER), power_line_cycles=3)


# The coolant unit.


def test_coolant_moves_and_reads(bench: Any, open_driver: Open) -> None:
    coolant = open_driver(COOLANT)
    before = coolant.supply_celsius()
    coolant.set_supply_celsius(before + 10.0)
    coolant.set_flow_lpm(8.0)
    bench.clock.sleep(3600.0)
    assert coolant.supply_celsius() == pytest.approx(before + 10.0, abs=0.3)
    assert coolant.flow_lpm() == pytest.approx(8.0, rel=0.05)
    assert coolant.return_celsius() >= coolant.supply_celsius() - 0.3


def test_coolant_asks_only_for_what_payloads_name(bench: Any, open_driver: Open) -> None:
    open_driver(COOLANT).supply_celsius()
    uris = re.findall(r"GET http://cdu.bench(\S+)", bench.wires[COOLANT].heard.decode())
    assert uris[0] == "/redfish/v1/"
    assert len(uris) == 7
    assert uris[-1].endswith("/Sensors/SupplyTemperature"), "the one sensor that the connector's excerpt names"


def test_coolant_reads_the_connector_where_it_names_no_sensor(bench: Any, open_driver: Open) -> None:
    """An excerpt may come without its `DataSourceUri`; the reading then stands in the connector alone."""

    def anonymous(response: httpx.Response) -> httpx.Response:
        return httpx.Response(
            200, content=re.sub(rb'"DataSourceUri": ?"[^"]*/Sensors/[^"]*", ?', b"", response.content)
        )

    bench.wires[COOLANT].spoil = anonymous
    coolant = open_driver(COOLANT)
    assert coolant.supply_celsius() == pytest.approx(coolant.supply_celsius(), abs=0.1)
    uris = re.findall(r"GET http://cdu.bench(\S+)", bench.wires[COOLANT].heard.decode())
    assert uris[-1].endswith("/SecondaryCoolantConnectors/1")


SPOILT: dict[str, Callable[[httpx.Response], httpx.Response]] = {
    "no JSON": lambda r: httpx.Response(200, content=b"<html>login</html>"),
    "half a payload": lambda r: httpx.Response(200, content=r.content[: len(r.content) // 2]),
    "a list": lambda r: httpx.Response(200, json=[1, 2]),
    "another resource": lambda r: httpx.Response(200, json=r.json() | {"@odata.id": "/redfish/v1/Chassis/X"}),
    "NaN": lambda r: httpx.Response(200, content=re.sub(rb'"Reading": ?[0-9.]+', b'"Reading":NaN', r.content)),
    "a string": lambda r: httpx.Response(200, content=re.sub(rb'"Reading": ?[0-9.]+', b'"Reading":"7"', r.content)),
    "null": lambda r: httpx.Response(200, content=re.sub(rb'"Reading": ?[0-9.]+', b'"Reading":null', r.content)),
    "true": lambda r: httpx.Response(200, content=re.sub(rb'"Reading": ?[0-9.]+', b'"Reading":true', r.content)),
    "400 celsius": lambda r: httpx.Response(200, content=re.sub(rb'"Reading": ?[0-9.]+', b'"Reading":4e2', r.content)),
    "deep": lambda r: httpx.Response(200, content=b"[" * 100_000),
}


@pytest.mark.parametrize("spoil", list(SPOILT.values()), ids=list(SPOILT))
def test_coolant_never_makes_a_number_of_a_bad_payload(
    spoil: Callable[[httpx.Response], httpx.Response], bench: Any, open_driver: Open
) -> None:
    coolant = open_driver(COOLANT)
    good = coolant.supply_celsius()
    bench.wires[COOLANT].spoil = spoil
    with pytest.raises(BadReply, match=r"it \(Redfish coolant unit at http://cdu.bench\)"):
        coolant.supply_celsius()
    bench.wires[COOLANT].spoil = lambda response: response
    assert coolant.supply_celsius() == pytest.approx(good, abs=0.1)


def test_coolant_without_an_answer(bench: Any, open_driver: Open) -> None:
    def silent(response: httpx.Response) -> httpx.Response:
        raise httpx.ReadTimeout("slow")

    def gone(response: httpx.Response) -> httpx.Response:
        raise httpx.ConnectError("refused")

    coolant = open_driver(COOLANT)
    bench.wires[COOLANT].spoil = silent
    with pytest.raises(NoReply, match="no answer to GET /redfish/v1/ within 2 s"):
        coolant.supply_celsius()
    bench.wires[COOLANT].spoil = gone
    with pytest.raises(NoReply, match="cannot be reached"):
        coolant.supply_celsius()


def test_coolant_error_that_is_no_redfish_error(bench: Any, open_driver: Open) -> None:
    bench.wires[COOLANT].spoil = lambda response: httpx.Response(503, content=b"busy")
    with pytest.raises(InstrumentError, match=r"refused GET /redfish/v1/: HTTP 503: b'busy'"):
        open_driver(COOLANT).supply_celsius()
