"""Every registered driver against its instrument, over every wire that it has: one suite.

In process the lab is the shipped full bench on virtual time. Served, it is `bringup sim serve` in its own process, and
the drivers reach it as hardware: through PyVISA-py, pyserial and httpx, on real sockets and ptys.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import pytest

from bringup.capabilities import HostState
from bringup.errors import BringupError, InstrumentError, LinkLost
from bringup.hooks import Connection, DriverSpec
from bringup_instruments.catalogue import MODELS
from bringup_instruments.lab import SimulatedLab

from .every_capability import EXERCISES
from .full_bench import DRIVERS, FACTS, SPEED, InProcess, Served

ROLES = tuple(FACTS.facts.instruments)
CONSOLES = ("bmc", "host")
ON_THE_SLED = (*CONSOLES, "bmc1")
"""Those that have no power of their own."""

VISA_WIRES, SERIAL_WIRES, HTTP_WIRES = ("hislip", "socket", "vxi11", "pty"), ("pty", "raw_tcp", "rfc2217"), ("http",)
ONE_DIALECT = {"genesys": ("hislip", "socket", "vxi11"), "genesys_serial": ("pty",)}
"""Of a supply that speaks another language on a serial line than on the network."""


def wires_of(role: str) -> tuple[str, ...]:
    by_kind = {"visa": VISA_WIRES, "serial": SERIAL_WIRES, "http": HTTP_WIRES}
    return ONE_DIALECT.get(role) or by_kind[MODELS[FACTS.facts.instruments[role].model].wire]


SERVED = [(role, wire) for role in ROLES for wire in wires_of(role)]


def boot(bench: Any, *wires: str) -> None:
    """54 V and every rail on, and the host at its prompt: only then do the consoles speak."""
    supply = bench.driver("supply", *wires)
    supply.configure(volts=54.0, amps=60.0, over_volts=60.0)
    supply.output_on()
    bench.sleep(20.0)
    bmc = bench.driver("bmc", *(wires and ("raw_tcp",)))
    for rail in FACTS.products["S1"].facts.rails:
        bmc.rail_on(rail.name)
        bench.sleep(0.5)
    bmc.host_on()
    for _ in range(400):
        bench.sleep(2.0)
        if bmc.host_state() is HostState.READY:
            break
    else:
        pytest.fail(f"the host does not boot: {bmc.host_state()}")
    for driver in (supply, bmc):
        driver.close()


@pytest.fixture(scope="module")
def here() -> Iterator[InProcess]:
    bench = InProcess()
    yield bench
    bench.close()


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    if not hasattr(os, "openpty"):
        pytest.skip("this system has no ptys")
    bench = Served(tmp_path_factory.mktemp("served"))
    yield bench
    bench.close()


@pytest.mark.parametrize(
    "spec", {id(spec): spec for spec in DRIVERS.values()}.values(), ids=lambda spec: spec.models[0]
)
def test_every_driver_has_an_instrument_on_the_full_bench(spec: DriverSpec) -> None:
    assert set(spec.models) & {FACTS.facts.instruments[role].model for role in ROLES}


def test_the_full_bench_has_every_model_that_can_be_simulated() -> None:
    series = {model for spec in DRIVERS.values() for model in spec.models if set(spec.models) & set(MODELS)}
    assert set(MODELS) <= series, "a model that no driver drives"
    assert {MODELS[facts.model].module for facts in FACTS.facts.instruments.values()} == {
        model.module for model in MODELS.values()
    }


def check(driver: Any, role: str) -> None:
    """Who it is, what it can do, and its end."""
    facts = FACTS.facts.instruments[role]
    identity = driver.identify()
    assert driver.identify() == identity
    assert identity.maker
    assert facts.model.split()[-1].casefold() in f"{identity.model} {facts.model}".casefold()
    for kind in DRIVERS[facts.model].provides:
        assert isinstance(driver, kind)
        EXERCISES[kind](driver, facts.model)
    driver.close()
    driver.close()
    with pytest.raises(InstrumentError, match="has been closed"):
        driver.identify()


@pytest.mark.parametrize("role", [role for role in ROLES if role not in ON_THE_SLED])
def test_in_process(role: str, here: InProcess) -> None:
    check(here.driver(role), role)


def test_the_sleds_own_in_process(here: InProcess) -> None:
    boot(here)
    try:
        for role in ON_THE_SLED:
            check(here.driver(role), role)
    finally:
        here.driver("supply").output_off()


@pytest.mark.xdist_group("full bench served")
@pytest.mark.parametrize(("role", "wire"), [one for one in SERVED if one[0] not in ON_THE_SLED])
@pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")  # pyserial's rfc2217 client
def test_served(role: str, wire: str, there: Served) -> None:
    check(there.driver(role, wire), role)


@pytest.mark.xdist_group("full bench served")
@pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")  # pyserial's rfc2217 client
def test_the_sleds_own_served(there: Served) -> None:
    boot(there, "hislip")
    try:
        for role in ON_THE_SLED:
            for wire in wires_of(role):
                check(there.driver(role, wire), role)
    finally:
        there.driver("supply", "hislip").output_off()


# When the link is cut.


@pytest.mark.parametrize("role", [role for role in ROLES if role not in ON_THE_SLED])
def test_a_cut_link_is_told_and_opened_anew(role: str) -> None:
    lab = SimulatedLab(FACTS, injectable=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bringup_instruments.lab.open_lab", lambda station: lab)
        facts = FACTS.facts.instruments[role]
        driver = DRIVERS[facts.model].open(Connection(role, facts.model, facts.address, lab))
        identity = driver.identify()
        lab.inject(cut(role, 30.0))
        with pytest.raises(LinkLost, match=r"link was lost|cannot be reached|line was lost"):
            driver.identify()
        with pytest.raises(BringupError):
            driver.identify()
        lab.clock.sleep(31.0)
        assert driver.identify() == identity
        driver.close()


def cut(role: str, for_s: float) -> Any:
    from bringup.files.wire_fault import FaultFacts

    return FaultFacts(instrument=role, fault="link-drop", for_s=for_s)


@pytest.mark.xdist_group("full bench served")
@pytest.mark.parametrize(
    ("role", "wire"), [(role, wire) for role, wire in SERVED if role not in ON_THE_SLED and wire != "pty"]
)
@pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")  # pyserial's rfc2217 client
def test_a_cut_link_is_told_and_opened_anew_when_served(role: str, wire: str, there: Served) -> None:
    driver = there.driver(role, wire, timeout_s=0.4)
    identity = driver.identify()
    there.inject(instrument=role, fault="link-drop", for_s=0.2 * SPEED)
    time.sleep(0.1)  # the lab looks forty times a second
    with pytest.raises(LinkLost):
        driver.identify()
    time.sleep(0.3)
    assert driver.identify() == identity
    driver.close()
