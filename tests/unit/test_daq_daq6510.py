"""The DAQ6510: relays, settings by channel, scans into buffers, and the meter that it shares with the DMM6500."""

from __future__ import annotations

import pytest

from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.daq_daq6510 import DaqDaq6510
from bringup_instruments.physics.places import Place


class Terminal(Place):
    """A channel whose number can be read off its voltage and its temperature."""

    def __init__(self, number: int) -> None:
        self.number = number

    def volts(self, at_s: float) -> float:
        return self.number / 100.0

    def celsius(self, at_s: float) -> float:
        return 20.0 + self.number % 100


@pytest.fixture
def daq() -> DaqDaq6510:
    return DaqDaq6510(VirtualClock(), Terminal(77), Terminal, "04400001", seed=1)


def send(daq: DaqDaq6510, message: str) -> None:
    daq.write(message.encode(), end=True)


def ask(daq: DaqDaq6510, message: str, timeout_s: float = 600.0) -> str:
    send(daq, message)
    return daq.read(10_000_000, timeout_s)[0].decode().rstrip("\n")


def error(daq: DaqDaq6510) -> int:
    return int(ask(daq, "SYST:ERR?").split(",")[0])


def test_identity_and_cards(daq: DaqDaq6510) -> None:
    assert ask(daq, "*IDN?").startswith("KEITHLEY INSTRUMENTS,MODEL DAQ6510,04400001,")
    assert ask(daq, "SYST:CARD1:IDN?").startswith("7700,")
    assert ask(daq, "SYST:CARD2:IDN?").endswith("-2")
    assert ask(daq, "ROUT:TERM?") == "REAR"


def test_the_closed_channel_is_what_it_measures(daq: DaqDaq6510) -> None:
    assert float(ask(daq, "READ?")) == pytest.approx(0.77, abs=1e-3)
    assert float(ask(daq, "ROUT:CLOS (@101);:READ?")) == pytest.approx(1.01, abs=1e-3)
    assert float(ask(daq, "ROUT:CLOS (@220);:READ?")) == pytest.approx(2.20, abs=1e-3)
    assert ask(daq, "ROUT:CLOS?;:ROUT:STAT? (@101,220)") == "(@220);0,1"
    assert float(ask(daq, "ROUT:OPEN (@220);:READ?")) == pytest.approx(0.77, abs=1e-3)


def test_several_channels_at_once(daq: DaqDaq6510) -> None:
    assert ask(daq, "ROUT:MULT:CLOS (@101);:ROUT:MULT:CLOS (@102,103);:ROUT:MULT:CLOS?") == "(@101,102,103)"
    assert ask(daq, "ROUT:MULT:OPEN (@102);:ROUT:CLOS?;:ROUT:OPEN:ALL;:ROUT:CLOS?") == "(@101,103);(@)"
    assert ask(daq, "ROUT:CLOS:COUN? (@101,104)") == "1,0"


@pytest.mark.parametrize(
    "refused", ["ROUT:CLOS (@121)", "ROUT:CLOS (@100)", "ROUT:SCAN:CRE (@119:122)", "ROUT:DEL 61,(@101)"]
)
def test_what_is_not_there(refused: str, daq: DaqDaq6510) -> None:
    send(daq, refused)
    assert error(daq) == -222


def test_four_wires_take_a_pair(daq: DaqDaq6510) -> None:
    send(daq, 'SENS:FUNC "FRES",(@101,111)')
    assert ask(daq, "ROUT:CLOS (@101);:ROUT:CLOS?") == "(@101,111)"
    send(daq, "ROUT:CLOS (@111)")
    assert error(daq) == -221


def test_settings_of_channels_are_their_own(daq: DaqDaq6510) -> None:
    send(daq, 'SENS:FUNC "TEMP",(@201:203);:SENS:VOLT:NPLC 5,(@101:102);:SENS:VOLT:RANG 10,(@102)')
    assert ask(daq, "SENS:FUNC? (@201,101);:SENS:FUNC?") == "TEMP;VOLT;VOLT"
    assert ask(daq, "SENS:VOLT:NPLC? (@101);:SENS:VOLT:NPLC?;:SENS:VOLT:RANG:AUTO? (@102)") == "5;1;0"


def test_a_channel_without_a_function_is_measured_as_the_terminals_would_be(daq: DaqDaq6510) -> None:
    send(daq, 'SENS:FUNC "TEMP";:ROUT:CLOS (@105)')
    assert float(ask(daq, "READ?")) == pytest.approx(25.0, abs=0.3)
    assert float(ask(daq, 'SENS:FUNC "VOLT",(@105);:READ?')) == pytest.approx(1.05, abs=1e-3)


def test_a_scan_fills_a_buffer(daq: DaqDaq6510) -> None:
    send(daq, 'SENS:FUNC "VOLT:DC",(@101:103);:SENS:FUNC "TEMP",(@201);:ROUT:SCAN:CRE (@101:103,201)')
    send(daq, "ROUT:SCAN:COUN:SCAN 2;:ROUT:SCAN:INT 5;:INIT;*WAI")
    fields = ask(daq, 'TRAC:DATA? 1,8,"defbuffer1",READ,CHAN,REL').split(",")
    assert fields[1::3] == ["101", "102", "103", "201"] * 2
    values = [float(value) for value in fields[::3]]
    assert values == pytest.approx([1.01, 1.02, 1.03, 21.0] * 2, rel=0.02)
    times = [float(value) for value in fields[2::3]]
    assert times[4] - times[0] == pytest.approx(5.0, abs=1e-3)
    assert times[1] - times[0] == pytest.approx(0.003 + 1 / 30, abs=1e-3)
    assert ask(daq, "ROUT:SCAN:STAT?;:TRAC:ACT?;:ROUT:CLOS?") == "SUCCESS;2;4;8;(@)"


def test_the_scan_list(daq: DaqDaq6510) -> None:
    assert ask(daq, "ROUT:SCAN:CRE (@101:102);:ROUT:SCAN:ADD (@220);:ROUT:SCAN?;:ROUT:SCAN:COUN:STEP?") == (
        "(@101,102,220);3"
    )
    assert ask(daq, "ROUT:SCAN:CRE;CRE?") == "(@)"
    send(daq, "INIT")
    assert error(daq) == -221, "neither a scan nor a trigger model"
    send(daq, 'ROUT:SCAN:BUFF "nowhere"')
    assert error(daq) == -224


def test_scan_into_another_buffer(daq: DaqDaq6510) -> None:
    send(daq, 'TRAC:MAKE "mine",100;:ROUT:SCAN:CRE (@101);:ROUT:SCAN:BUFF "mine";:INIT;*WAI')
    assert ask(daq, 'TRAC:ACT? "mine";:TRAC:ACT?;:ROUT:SCAN:BUFF?') == "1;0;mine"


def test_abort_and_stimulus(daq: DaqDaq6510) -> None:
    send(daq, "ROUT:SCAN:CRE (@101);:ROUT:SCAN:COUN:SCAN 0;:INIT")
    daq.clock.sleep(1.0)
    assert ask(daq, "TRIG:STAT?") == "RUNNING;RUNNING;1"
    assert ask(daq, "ABOR;:TRIG:STAT?") == "ABORTED;ABORTED;1"
    send(daq, "ROUT:SCAN:COUN:SCAN 1;:ROUT:SCAN:STAR:STIM COMM;:INIT")
    daq.clock.sleep(1.0)
    assert ask(daq, "TRIG:STAT?;:TRAC:ACT?") == "WAITING;WAITING;1;0"
    send(daq, "*TRG;*WAI")
    assert ask(daq, "TRAC:ACT?") == "1"


def test_channel_delay(daq: DaqDaq6510) -> None:
    assert ask(daq, "ROUT:DEL 0.5,(@101);:ROUT:DEL? (@101,102)") == "0.5,0"
    send(daq, "ROUT:SCAN:CRE (@101);:INIT")
    assert ask(daq, "*OPC?") == "1"
    assert daq.clock.now() == pytest.approx(0.503 + 1 / 30, abs=1e-3)


def test_reset(daq: DaqDaq6510) -> None:
    send(daq, 'SENS:FUNC "TEMP",(@101);:ROUT:SCAN:CRE (@101);:ROUT:DEL 1,(@101);:ROUT:CLOS (@101);*RST')
    assert ask(daq, "SENS:FUNC? (@101);:ROUT:SCAN?;:ROUT:DEL? (@101);:ROUT:CLOS?") == "VOLT;(@);0;(@)"
