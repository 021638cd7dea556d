"""What every driver owes the lab, asked of each registered one against its simulated instrument."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import pytest

from bringup import hooks
from bringup.capabilities import (
    Identity,
    Instrument,
)
from bringup.errors import BadReply, BringupError, InstrumentError, NoReply, OutOfEnvelope
from bringup.files.wire_fault import SPOIL_REPLIES, FaultKind

DRIVERS = hooks.drivers()

IDENTITIES = {
    "Keysight N8757A": ("Agilent Technologies", "N8757A", "US22A1"),
    "Keysight 34465A": ("Keysight Technologies", "34465A", "MY65"),
    "Keysight 34461A": ("Keysight Technologies", "34461A", "MY61"),
    "Redfish coolant unit": ("bringup", "Simulated CDU", "CDU-7"),
    "bringup sled BMC console": ("bringup", "liquid-sled", "SL-0041"),
    "bringup sled host console": ("bringup", "liquid-sled", "SL-0041"),
}
"""Every model that the suite has a simulated instrument for, and who that says it is."""

MODELS = tuple(IDENTITIES)
METERS = ("Keysight 34465A", "Keysight 34461A")
SUPPLY, COOLANT, BMC, HOST = (model for model in MODELS if model not in METERS)
VISA = (SUPPLY, *METERS)

Open = Callable[..., Any]


@pytest.fixture
def open_driver(bench: Any) -> Open:
    """Opens the driver of a model on the bench, with an envelope."""

    def opened(model: str, **envelope: tuple[float, float]) -> Any:
        return DRIVERS[model].open(bench.connection(model, **envelope))

    return opened


@pytest.fixture
def powered(bench: Any, request: pytest.FixtureRequest) -> Any:
    """The bench with 54 V on; with the host up where the test's model is the host's console."""
    model = request.node.callspec.params.get("model") if hasattr(request.node, "callspec") else None
    bench.power(host=model == HOST)
    return bench


@pytest.mark.parametrize("model", MODELS)
def test_it_has_the_capabilities_that_it_is_registered_with(model: str, bench: Any, open_driver: Open) -> None:
    driver = open_driver(model)
    kinds: tuple[type, ...] = (Instrument, *DRIVERS[model].provides)
    assert all(isinstance(driver, kind) for kind in kinds)
    driver.close()


@pytest.mark.parametrize("model", MODELS)
def test_opening_says_nothing(model: str, bench: Any, open_driver: Open) -> None:
    open_driver(model).close()
    assert not bench.wires[model].heard


@pytest.mark.parametrize("model", MODELS)
def test_it_says_who_answers(model: str, powered: Any, open_driver: Open) -> None:
    driver = open_driver(model)
    identity = driver.identify()
    assert isinstance(identity, Identity)
    assert (identity.maker, identity.model, identity.serial_number) == IDENTITIES[model]
    assert driver.identify() == identity


@pytest.mark.parametrize("model", MODELS)
def test_close_twice_and_then_a_clear_error(model: str, powered: Any, open_driver: Open) -> None:
    driver = open_driver(model)
    driver.identify()
    driver.close()
    driver.close()
    with pytest.raises(InstrumentError, match=r"has been closed; open its driver again"):
        driver.identify()


@pytest.mark.parametrize("model", MODELS)
def test_opened_again_it_answers_again(model: str, powered: Any, open_driver: Open) -> None:
    first = open_driver(model)
    identity = first.identify()
    first.close()
    assert open_driver(model).identify() == identity


SETS: dict[str, tuple[tuple[str, Callable[[Any, float], None]], ...]] = {
    SUPPLY: (
        ("volts", lambda d, x: d.configure(volts=x, amps=10, over_volts=60)),
        ("amps", lambda d, x: d.configure(volts=50, amps=x, over_volts=60)),
        ("over_volts", lambda d, x: d.configure(volts=5, amps=10, over_volts=x)),
    ),
    COOLANT: (("celsius", lambda d, x: d.set_supply_celsius(x)), ("lpm", lambda d, x: d.set_flow_lpm(x))),
    BMC: (
        ("hertz", lambda d, x: d.set_clock(x)),
        ("vdd_core", lambda d, x: d.set_rail("vdd_core", x)),
        ("vdd_core", lambda d, x: d.set_rail("vdd_core.2", x)),
    ),
}


@pytest.mark.parametrize("value", [7.001, -1.0, math.nan, math.inf])
@pytest.mark.parametrize(("model", "which"), [(m, n) for m, sets in SETS.items() for n in range(len(sets))])
def test_beyond_the_envelope_nothing_is_sent(
    model: str, which: int, value: float, powered: Any, open_driver: Open
) -> None:
    what, move = SETS[model][which]
    driver = open_driver(model, **{what: (0.0, 7.0)})
    with pytest.raises(OutOfEnvelope, match=rf"it \({model} at .*{what} = .*nothing was sent"):
        move(driver, value)
    assert not powered.wires[model].heard


REFUSED: dict[str, tuple[Callable[[Any], object], str]] = {
    SUPPLY: (lambda d: d.configure(volts=20, amps=200, over_volts=60), r"'CURR 200': -222"),
    METERS[0]: (lambda d: d._session.query("MEAS:NOISE?"), r"'MEAS:NOISE\?': -113"),
    METERS[1]: (lambda d: d._session.set("VOLT:DC:NPLC 1e6"), r"'VOLT:DC:NPLC 1e6': -222"),
    COOLANT: (lambda d: d.set_supply_celsius(95.0), r'PATCH .* \{"SetPoint": 95.0\}: HTTP 400: '),
    BMC: (lambda d: d.rail_on("vdd_coer"), r"'rail on vdd_coer': unknown rail .*vdd_core"),
    HOST: (lambda d: d.run("gem", 10), r"'workload start gem --seconds 10': unknown workload .*gemm"),
}


@pytest.mark.parametrize("model", MODELS)
def test_an_instruments_error_is_raised_with_the_command_that_caused_it(
    model: str, powered: Any, open_driver: Open
) -> None:
    driver = open_driver(model)
    act, text = REFUSED[model]
    with pytest.raises(InstrumentError, match=rf"it \({model} at .*refused {text}"):
        act(driver)
    assert driver.identify(), "and goes on working"


READINGS: dict[str, tuple[Callable[[Any], object], ...]] = {
    SUPPLY: (lambda d: d.volts(), lambda d: d.amps(), lambda d: d.is_on()),
    METERS[0]: (lambda d: d.dc_volts(),),
    METERS[1]: (lambda d: d.dc_volts(),),
}


@pytest.mark.parametrize("fault", SPOIL_REPLIES)
@pytest.mark.parametrize(("model", "which"), [(m, n) for m, reads in READINGS.items() for n in range(len(reads))])
def test_a_bad_wire_never_gives_a_number_and_shifts_nothing(
    model: str, which: int, fault: FaultKind, powered: Any, open_driver: Open
) -> None:
    driver, read = open_driver(model), READINGS[model][which]
    wire = powered.wires[model].wire
    good = read(driver)
    powered.clock.sleep(1.0)
    for _ in range(3):
        wire.fault = fault
        for _ in range(3):
            with pytest.raises((BadReply, NoReply), match=rf"it \({model} at "):
                read(driver)
        wire.fault = None
        assert read(driver) == pytest.approx(good, rel=0.01)


@pytest.mark.parametrize("spoilt", range(3))
@pytest.mark.parametrize("fault", SPOIL_REPLIES)
@pytest.mark.parametrize("model", VISA)
def test_one_bad_reply_is_one_error(model: str, fault: FaultKind, spoilt: int, powered: Any, open_driver: Open) -> None:
    """Whichever reply is spoilt, the calls after the error are right, not answered one late."""
    driver = open_driver(model)
    wire = powered.wires[model].wire
    reads = list(itertools.islice(itertools.cycle(READINGS[model]), 4))
    good = [read(driver) for read in reads]
    for read in reads[:spoilt]:
        read(driver)
    wire.fault = fault
    with pytest.raises((BadReply, NoReply)):
        reads[spoilt](driver)
    wire.fault = None
    assert [read(driver) for read in reads] == pytest.approx(good, rel=0.01)


@pytest.mark.parametrize("model", VISA)
def test_errors_of_others_in_the_queue_are_not_blamed_on_our_command(
    model: str, powered: Any, open_driver: Open
) -> None:
    wire = powered.wires[model].wire
    wire.write(b"NONSENSE\n", True)
    driver = open_driver(model)
    driver._session.set("*CLS")
    assert driver._session.errors() == ()


@pytest.mark.parametrize("model", VISA)
def test_an_abort_in_the_midst_of_a_reply_shifts_nothing(model: str, powered: Any, open_driver: Open) -> None:
    driver, read = open_driver(model), READINGS[model][0]
    good = read(driver)
    powered.wires[model].wire.fault = FaultKind.NO_ANSWER
    clock = powered.clock

    def reader() -> None:
        with pytest.raises(BringupError, match="enough"):
            read(driver)
        powered.wires[model].wire.fault = None
        with clock.shielded():
            assert read(driver) == pytest.approx(good, rel=0.01)

    with clock.enrolled("test"):
        task = clock.spawn(reader, "reader")
        clock.sleep(0.5)
        clock.abort("enough")
    task.result()


@pytest.mark.parametrize("model", VISA)
def test_two_tasks_on_one_instrument_get_their_own_answers(model: str, powered: Any, open_driver: Open) -> None:
    driver, clock = open_driver(model), powered.clock
    good = [read(driver) for read in READINGS[model]]

    def reader() -> None:
        for _ in range(5):
            assert [read(driver) for read in READINGS[model]] == pytest.approx(good, rel=0.01)
            clock.sleep(0.01)

    with clock.enrolled("test"):
        tasks = [clock.spawn(reader, f"reader {n}") for n in range(4)]
    for task in tasks:
        task.result()
