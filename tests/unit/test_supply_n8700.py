"""The N8757A against a resistor: crossover, protections, the guide's ranges, status and *RST table."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.supply_n8700 import SupplyN8700
from bringup_instruments.world import Delivered, Source


class Resistor:
    """A load of some ohms, with a battery behind it that can lift the terminals."""

    def __init__(self, ohms: float) -> None:
        self.ohms = ohms
        self.back_feed_volts = 0.0
        self.source = Source(0.0, 0.0, on=False)
        self.fed: list[tuple[float, Source]] = []

    def watch(self, listener: Callable[[float], None]) -> None:
        """Nothing here changes by itself."""

    def feed(self, at_s: float, source: Source) -> None:
        self.source = source
        self.fed.append((at_s, source))

    def delivered(self, at_s: float) -> Delivered:
        if not self.source.on:
            return Delivered(self.back_feed_volts, 0.0, constant_current=False)
        volts = max(self.source.volts, self.back_feed_volts)
        amps = volts / self.ohms
        if amps > self.source.amps_limit:
            return Delivered(self.source.amps_limit * self.ohms, self.source.amps_limit, constant_current=True)
        return Delivered(volts, amps, constant_current=False)


@pytest.fixture
def load() -> Resistor:
    return Resistor(5.0)


@pytest.fixture
def supply(load: Resistor) -> SupplyN8700:
    return SupplyN8700(VirtualClock(), load, "US10A0001")


def send(supply: SupplyN8700, message: str) -> None:
    supply.write(message.encode(), end=True)


def ask(supply: SupplyN8700, message: str) -> str:
    send(supply, message)
    return supply.read(10_000, 1.0)[0].decode().rstrip("\n")


def error(supply: SupplyN8700) -> int:
    return int(ask(supply, "SYST:ERR?").split(",")[0])


def is_on(load: Resistor) -> bool:
    return load.source.on


def test_identity(supply: SupplyN8700) -> None:
    maker, model, serial, _firmware = ask(supply, "*IDN?").split(",", 3)
    assert (maker, model, serial) == ("Agilent Technologies", "N8757A", "US10A0001")


def test_an_unknown_model_is_refused(load: Resistor) -> None:
    with pytest.raises(ValueError, match="N8757A"):
        SupplyN8700(VirtualClock(), load, "1", model="N8757B")


def test_it_powers_on_with_the_output_off(supply: SupplyN8700, load: Resistor) -> None:
    assert load.source == Source(0.0, 0.0, on=False)
    assert ask(supply, "OUTP?;:VOLT?;:CURR?") == "0;0.0000;0.000"


def test_constant_voltage(supply: SupplyN8700) -> None:
    send(supply, "VOLT 54;CURR 20;OUTP ON")
    assert float(ask(supply, "MEAS:VOLT?")) == pytest.approx(54.0, abs=0.0036)
    assert float(ask(supply, "MEAS:CURR?")) == pytest.approx(10.8, abs=0.0051)
    assert ask(supply, "STAT:OPER:COND?") == "256"


def test_crossover_to_constant_current_and_back(supply: SupplyN8700, load: Resistor) -> None:
    send(supply, "STAT:OPER:ENAB 1024;:VOLT 54;CURR 8;OUTP ON")
    assert float(ask(supply, "MEAS:VOLT?")) == pytest.approx(40.0, abs=0.0036)
    assert ask(supply, "STAT:OPER:COND?") == "1024"
    assert supply.status_byte() & 128
    load.ohms = 50.0
    assert ask(supply, "STAT:OPER:COND?") == "256"


def test_over_current_protection_latches_and_clearing_returns_to_the_state_before(
    supply: SupplyN8700, load: Resistor
) -> None:
    send(supply, "VOLT 54;CURR 8;:CURR:PROT:STAT ON;:OUTP ON")
    assert not is_on(load)
    assert ask(supply, "STAT:QUES:COND?;:OUTP?") == "2;1"
    send(supply, "OUTP ON")
    assert not is_on(load)
    send(supply, "OUTP:PROT:CLE")  # the cause is still there
    assert ask(supply, "STAT:QUES:COND?") == "2"
    load.ohms = 50.0
    send(supply, "OUTP:PROT:CLE")
    assert is_on(load)
    assert ask(supply, "STAT:QUES:COND?;:STAT:QUES?") == "0;2"


def test_over_voltage_protection_turns_the_output_off(supply: SupplyN8700, load: Resistor) -> None:
    send(supply, "VOLT 50;CURR 85;:VOLT:PROT:LEV 55;:OUTP ON")
    load.back_feed_volts = 56.0
    assert ask(supply, "STAT:QUES:COND?") == "1"
    assert not load.source.on
    assert ask(supply, "STAT:OPER:COND?") == "0"
    load.back_feed_volts = 0.0
    send(supply, "OUTP:PROT:CLE")
    assert load.source == Source(50.0, 85.0, on=True)


@pytest.mark.parametrize(
    "refused",
    ["VOLT 63", "VOLT -0.1", "CURR 89.3", "VOLT:PROT 67", "VOLT:PROT 4.9", "VOLT:LIM:LOW 57.1", "*SAV 16"],
)
def test_out_of_range_is_222_and_changes_nothing(supply: SupplyN8700, load: Resistor, refused: str) -> None:
    before = ask(supply, "VOLT?;CURR?;:VOLT:PROT?;LIM:LOW?")
    fed = list(load.fed)
    send(supply, refused)
    assert error(supply) == -222
    assert ask(supply, "VOLT?;CURR?;:VOLT:PROT?;LIM:LOW?") == before
    assert load.fed == fed


def test_voltage_keeps_five_percent_clear_of_its_limits(supply: SupplyN8700) -> None:
    send(supply, "VOLT 50;:VOLT:PROT:LEV 55;:VOLT:LIM:LOW 40")
    assert error(supply) == 0
    assert ask(supply, "VOLT? MAX;:VOLT? MIN") == "52.2500;42.0000"
    for refused in ("VOLT 52.3", "VOLT 41.9", "VOLT:PROT:LEV 52.4", "VOLT:LIM:LOW 47.6"):
        send(supply, refused)
        assert error(supply) == -222, refused
    assert ask(supply, "VOLT:PROT:LEV? MIN;:VOLT:LIM:LOW? MAX") == "52.5000;47.5000"


def test_short_and_long_protection_headers(supply: SupplyN8700) -> None:
    send(supply, "SOURCE:VOLTAGE:PROTECTION:LEVEL 60")
    assert ask(supply, "VOLT:PROT:LEV?") == "60.0000"


def test_triggered_levels_go_to_the_output_together(supply: SupplyN8700, load: Resistor) -> None:
    send(supply, "VOLT 50;CURR 20;OUTP ON;:VOLT:TRIG 48;:CURR:TRIG 15")
    send(supply, "*TRG")
    assert error(supply) == -211
    assert load.source.volts == 50.0
    send(supply, "INIT;*OPC")
    assert ask(supply, "STAT:OPER:COND?") == str(32 + 256)
    send(supply, "*TRG")
    assert load.source == Source(48.0, 15.0, on=True)
    assert ask(supply, "*ESR?;:STAT:OPER:COND?") == f"{128 + 16 + 1};256"


def test_continuous_initiation_and_abort(supply: SupplyN8700, load: Resistor) -> None:
    send(supply, "INIT:CONT ON;:VOLT:TRIG 10;:TRIG;:VOLT:TRIG 12;*TRG")
    assert load.source.volts == 12.0
    send(supply, "INIT:CONT OFF;:ABOR;*TRG")
    assert error(supply) == -211


def test_a_triggered_voltage_that_conflicts_by_now_is_refused(supply: SupplyN8700, load: Resistor) -> None:
    send(supply, "VOLT:TRIG 50;:VOLT:PROT:LEV 30;:INIT;*TRG")
    assert error(supply) == -222
    assert load.source.volts == 0.0


def test_reset_table(supply: SupplyN8700, load: Resistor) -> None:
    send(supply, "VOLT 50;CURR 3;:VOLT:PROT:LEV 60;:CURR:PROT:STAT ON;:OUTP:PON:STAT AUTO;:OUTP ON;:INIT:CONT ON")
    assert ask(supply, "STAT:QUES:COND?") == "2"
    send(supply, "*RST")
    assert load.source == Source(0.0, 0.0, on=False)
    answer = ask(
        supply,
        "OUTP?;:VOLT?;:VOLT:TRIG?;PROT:LEV?;:VOLT:LIM:LOW?;:CURR?;:CURR:TRIG?;PROT:STAT?;:INIT:CONT?;:TRIG:SOUR?",
    )
    assert answer == "0;0.0000;0.0000;66.0000;0.0000;0.000;0.000;0;0;BUS"
    assert ask(supply, "OUTP:PON:STAT?;:STAT:QUES:COND?") == "AUTO;0"


def test_states_are_saved_and_recalled(supply: SupplyN8700, load: Resistor) -> None:
    send(supply, "VOLT 12;CURR 5;OUTP ON;*SAV 3;*RST")
    assert not load.source.on
    send(supply, "*RCL 3")
    assert load.source == Source(12.0, 5.0, on=True)
    send(supply, "*RCL 4")
    assert load.source == Source(0.0, 0.0, on=False)


def test_every_change_reaches_the_load_at_lab_time(supply: SupplyN8700, load: Resistor) -> None:
    load.fed.clear()
    send(supply, "CURR 10;:OUTP ON")
    supply.clock.sleep(1.5)
    send(supply, "VOLT 5")
    assert [(at, s.volts, s.on) for at, s in load.fed] == [(0.0, 0.0, False), (0.0, 0.0, True), (1.5, 5.0, True)]


def test_what_is_offered_already_is_not_offered_again(supply: SupplyN8700, load: Resistor) -> None:
    send(supply, "VOLT 5;CURR 1;OUTP ON")
    load.fed.clear()
    send(supply, "VOLT 5;CURR 1;OUTP ON;:CURR:PROT:STAT OFF")
    assert load.fed == []
