"""The 34980A: relays, scans, what is configured on each channel, memory, alarms, the internal meter."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.daq_34980a import Daq34980A
from bringup_instruments.physics.places import Place


class Terminal(Place):
    """A channel whose number can be read off its voltage."""

    def __init__(self, number: int) -> None:
        self.number = number

    def volts(self, at_s: float) -> float:
        return self.number / 1000.0

    def ohms(self, at_s: float) -> float:
        return float(self.number)

    def celsius(self, at_s: float) -> float:
        return 20.0 + self.number % 1000


@pytest.fixture
def daq() -> Daq34980A:
    clock = VirtualClock(start=datetime(2026, 1, 1, tzinfo=UTC))
    return Daq34980A(clock, Terminal, "MY44000001", seed=1)


def send(daq: Daq34980A, message: str) -> None:
    daq.write(message.encode(), end=True)


def ask(daq: Daq34980A, message: str, timeout_s: float = 600.0) -> str:
    send(daq, message)
    return daq.read(10_000_000, timeout_s)[0].decode().rstrip("\n")


def numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


def error(daq: Daq34980A) -> int:
    return int(ask(daq, "SYST:ERR?").split(",")[0])


def test_identity_and_slots(daq: Daq34980A) -> None:
    assert ask(daq, "*IDN?").split(",")[:3] == ["Agilent Technologies", "34980A", "MY44000001"]
    assert ask(daq, "SYST:CTYP? 1").startswith('"Agilent Technologies,34921A,')
    assert "Multiplexer" in ask(daq, "SYST:CDES? 8")
    send(daq, "SYST:CTYP? 9")
    assert error(daq) == -222


def test_scan_list_is_told_in_a_block(daq: Daq34980A) -> None:
    assert ask(daq, "ROUT:SCAN?;SCAN:SIZE?") == "#13(@);+0"
    assert ask(daq, "ROUT:SCAN (@2001,1003,1001:1002,1003);SCAN?") == "#222(@1001,1002,1003,2001)"
    assert ask(daq, "ROUT:SCAN:ADD (@8040);REM (@1001,1002);:ROUT:SCAN?;SCAN:SIZE?") == "#217(@1003,2001,8040);+3"
    assert ask(daq, "ROUT:SCAN:ORD OFF;:ROUT:SCAN (@1003,1001,1003);SCAN?") == "#217(@1003,1001,1003)"
    assert ask(daq, "ROUT:SCAN (@);SCAN?") == "#13(@)"


@pytest.mark.parametrize(
    ("channels", "number"), [("(@9001)", 111), ("(@1041)", 112), ("(@1000)", 112), ("(@1001:1041)", 112), ("(@0)", 111)]
)
def test_channels_that_are_not_there(channels: str, number: int, daq: Daq34980A) -> None:
    send(daq, f"ROUT:SCAN {channels}")
    assert error(daq) == number
    assert ask(daq, "ROUT:SCAN:SIZE?") == "+0"


def test_a_scan_reads_each_channel_as_it_is_configured(daq: Daq34980A) -> None:
    send(daq, "CONF:VOLT:DC (@1001:1003);:CONF:TEMP TC,T,(@2001);:CONF:RES (@3007);:ROUT:SCAN (@1001:1003,2001,3007)")
    assert numbers(ask(daq, "READ?")) == pytest.approx([1.001, 1.002, 1.003, 21.0, 3007.0], rel=5e-3)
    assert daq.clock.now() == pytest.approx(5 * (0.006 + 1 / 30))
    assert ask(daq, "DATA:POIN?") == "+5"
    assert error(daq) == 0


def test_configure_leaves_the_scan_list_and_other_channels_alone(daq: Daq34980A) -> None:
    send(daq, "ROUT:SCAN (@1001,1002);:CONF:RES 1000,(@1002)")
    assert ask(daq, "ROUT:SCAN:SIZE?;:FUNC? (@1001,1002)") == '+2;"VOLT","RES"'
    assert ask(daq, "CONF? (@1002)") == '"RES +1.00000000E+03,+2.20000000E-03"'
    assert ask(daq, "CONF:TEMP TC,K,(@1003);:CONF? (@1003)") == ('"TEMP TC,K,1,+1.00000000E-03"')


def test_measure_scans_at_once_whatever_the_trigger_was(daq: Daq34980A) -> None:
    send(daq, "TRIG:SOUR BUS;COUN 7;:ROUT:SCAN (@4001)")
    assert numbers(ask(daq, "MEAS:VOLT:DC? 10,(@1005,1006)")) == pytest.approx([1.005, 1.006], abs=1e-3)
    assert ask(daq, "ROUT:SCAN?;:TRIG:SOUR?;COUN?") == "#212(@1005,1006);IMM;+1.00000000E+00"


def test_settings_of_channels_and_of_the_internal_meter_are_apart(daq: Daq34980A) -> None:
    send(daq, "VOLT:DC:NPLC 10,(@1001:1002);:VOLT:DC:NPLC 0.2;:VOLT:DC:RANG 100,(@1002)")
    assert ask(daq, "VOLT:DC:NPLC? (@1001,1003);:VOLT:DC:NPLC?") == ("+1.00000000E+01,+1.00000000E+00;+2.00000000E-01")
    assert ask(daq, "VOLT:DC:RANG:AUTO? (@1001,1002)") == "1,0"
    assert ask(daq, "VOLT:DC:RANG? MAX;:VOLT:DC:NPLC? MIN") == "+3.00000000E+02;+2.00000000E-02"
    send(daq, "VOLT:DC:RANG 301,(@1001)")
    assert error(daq) == -222


@pytest.mark.parametrize("configure", ["CONF:CURR (@1001)", "CONF:FRES (@1021)", "FUNC 'FRES',(@1040)"])
def test_what_a_channel_cannot_do(configure: str, daq: Daq34980A) -> None:
    send(daq, configure)
    assert error(daq) == 308


def test_formats(daq: Daq34980A) -> None:
    send(daq, "ROUT:SCAN (@1001,2002);:CONF:TEMP TC,J,(@2002);:FORM:READ:CHAN ON;TIME ON;UNIT ON;ALAR ON")
    pattern = r"\+\d\.\d{8}E[+-]\d\d"
    assert re.fullmatch(rf"{pattern} VDC,000000000\.039,1001,0,{pattern} C,000000000\.07\d,2002,0", ask(daq, "READ?"))
    stamped = ask(daq, "FORM:READ:TIME:TYPE ABS;:FETC?")
    assert re.fullmatch(
        rf"{pattern} VDC,2026,01,01,00,00,00\.039,1001,0,{pattern} C,2026,01,01,00,00,00\.07\d,2002,0", stamped
    )
    assert ask(daq, "CONF:VOLT (@1001);:FORM:READ:CHAN?;UNIT?") == "0;0"


def test_timer_paces_the_sweeps(daq: Daq34980A) -> None:
    send(daq, "ROUT:SCAN (@1001,1002);:FORM:READ:TIME ON;:TRIG:SOUR TIM;TIM 10;COUN 3;:INIT")
    times = [float(part) for part in ask(daq, "FETC?").split(",")[1::2]]
    assert times == pytest.approx([0.039, 0.079, 10.039, 10.079, 20.039, 20.079], abs=2e-3)


def test_triggers_from_the_bus(daq: Daq34980A) -> None:
    send(daq, "ROUT:SCAN (@1001);:TRIG:SOUR BUS;:READ?")
    assert error(daq) == -214
    send(daq, "INIT;INIT")
    assert error(daq) == -213
    assert ask(daq, "STAT:OPER:COND?") == "48"
    send(daq, "*TRG")
    assert len(numbers(ask(daq, "FETC?"))) == 1
    send(daq, "*TRG")
    assert error(daq) == -211


def test_readings_leave_memory_in_blocks(daq: Daq34980A) -> None:
    ask(daq, "ROUT:SCAN (@1001:1003);:READ?")
    assert ask(daq, "R? 2").startswith("#231+1.0")
    assert ask(daq, "DATA:POIN?;:R?").startswith("+1;#215+1.0")
    assert ask(daq, "R?") == "#10"
    send(daq, "DATA:REM? 1")
    assert error(daq) == -222
    assert ask(daq, "DATA:LAST? (@1002)").endswith(" VDC")


def test_channel_delay(daq: Daq34980A) -> None:
    assert ask(daq, "ROUT:CHAN:DEL 2,(@1001);DEL? (@1001,1002);DEL:AUTO? (@1001,1002)") == (
        "+2.00000000E+00,+0.00000000E+00;0,1"
    )
    ask(daq, "ROUT:SCAN (@1001);:READ?")
    assert daq.clock.now() == pytest.approx(2.005 + 1 / 30)


def test_relays(daq: Daq34980A) -> None:
    assert ask(daq, "ROUT:CLOS (@1001,1002,1911);CLOS? (@1001:1003);:ROUT:OPEN? (@1001,1003,1911)") == "1,1,0;0,1,0"
    assert ask(daq, "ROUT:CLOS:EXCL (@1003);:ROUT:CLOS? (@1001:1003)") == "0,0,1"
    assert ask(daq, "ROUT:CLOS (@2001);:ROUT:OPEN:ALL 1;:ROUT:CLOS? (@1003,2001)") == "0,1"
    assert ask(daq, "DIAG:REL:CYCL? (@1001,1003,1004)") == "+1,+1,+0"
    send(daq, "ROUT:SCAN (@3001);:ROUT:CLOS (@3002)")
    assert error(daq) == 301
    assert ask(daq, "ROUT:CLOS (@3021);CLOS? (@3021)") == "1", "the other bank is free"


def test_the_internal_meter_sees_analog_bus_1(daq: Daq34980A) -> None:
    assert float(ask(daq, "MEAS:VOLT:DC?")) == pytest.approx(0.0, abs=1e-4)
    send(daq, "ROUT:CLOS (@3021,3921)")
    assert float(ask(daq, "MEAS:VOLT:DC?")) == pytest.approx(3.021, abs=1e-3)
    assert float(ask(daq, "MEAS:RES?")) == pytest.approx(3021, rel=1e-3)
    assert float(ask(daq, "ROUT:OPEN:ABUS;:MEAS:RES?")) == 9.9e37


def test_without_the_internal_meter(daq: Daq34980A) -> None:
    assert ask(daq, "INST:DMM OFF;DMM?") == "0"
    for refused in ("CONF:VOLT", "INIT", "MEAS:VOLT? (@1001)"):
        send(daq, refused)
        assert error(daq) == 305, refused


def test_alarms_and_scaling(daq: Daq34980A) -> None:
    send(daq, "CALC:LIM:UPP 3,(@1001);UPP:STAT ON,(@1001);:OUTP:ALAR2:SOUR (@1001);:ROUT:SCAN (@1001)")
    send(daq, "CALC:SCAL:GAIN 2,(@1001);OFFS 1.5,(@1001);UNIT 'KPA',(@1001);STAT ON,(@1001);:FORM:READ:ALAR ON;UNIT ON")
    reading = ask(daq, "READ?")
    assert reading.endswith(" KPA,2")
    assert float(reading.split()[0]) == pytest.approx(3.502, abs=1e-3)
    assert re.fullmatch(r"\+3\.50\d+E\+00 KPA,2026,01,01,00,00,00\.\d{3},1001,2,2", ask(daq, "SYST:ALAR?"))
    assert ask(daq, "SYST:ALAR?").endswith(",0,0,0")
    assert ask(daq, "OUTP:ALAR2:SOUR?;:OUTP:ALAR1:SOUR?") == "#17(@1001);#13(@)"


def test_statistics_by_channel(daq: Daq34980A) -> None:
    send(daq, "ROUT:SCAN (@1001,1002);:TRIG:COUN 5;:INIT;*WAI")
    assert numbers(ask(daq, "CALC:AVER:COUN? (@1001,3001)")) == [5.0, 0.0]
    assert numbers(ask(daq, "CALC:AVER:AVER? (@1002)")) == pytest.approx([1.002], abs=1e-3)
    low, high, between = numbers(
        ask(daq, "CALC:AVER:MIN? (@1001);:CALC:AVER:MAX? (@1001);:CALC:AVER:PTP? (@1001)").replace(";", ",")
    )
    assert between == pytest.approx(high - low, abs=1e-8)
    assert numbers(ask(daq, "CALC:AVER:AVER? (@3001)")) == [0.0]


def test_monitor(daq: Daq34980A) -> None:
    assert ask(daq, "ROUT:MON:DATA?").endswith(",0,0")
    told = ask(daq, "ROUT:MON (@1005);MON?;:ROUT:MON:STAT ON;:ROUT:MON:DATA?")
    assert re.fullmatch(r"#17\(@1005\);\+1\.00\d+E\+00 VDC,2026,01,01,00,00,00\.039,1005,0", told)


def test_temperature_units(daq: Daq34980A) -> None:
    assert ask(daq, "UNIT:TEMP F,(@2001);TEMP? (@2001,2002)") == "F,C"
    assert numbers(ask(daq, "MEAS:TEMP? TC,J,(@2001,2002)")) == pytest.approx([69.8, 22.0], abs=0.3)


def test_reset(daq: Daq34980A) -> None:
    ask(daq, "CONF:RES (@1001);:ROUT:SCAN (@1001);:TRIG:COUN 3;:ROUT:CLOS (@2001);:FORM:READ:CHAN ON;:READ?")
    send(daq, "*RST")
    assert ask(daq, "FUNC? (@1001);:ROUT:SCAN?;:TRIG:COUN?;:ROUT:CLOS? (@2001);:FORM:READ:CHAN?;:DATA:POIN?") == (
        '"VOLT";#13(@);+1.00000000E+00;0;0;+0'
    )


def test_date_and_time(daq: Daq34980A) -> None:
    daq.clock.sleep(90.0)
    assert ask(daq, "SYST:DATE?;TIME?") == "2026,01,01;00,01,30.000"
    assert ask(daq, "SYST:DATE 2027,2,28;TIME 23,59,30;DATE?;TIME?") == "2027,02,28;23,59,30.000"
    daq.clock.sleep(60.0)
    assert ask(daq, "SYST:DATE?;TIME?") == "2027,03,01;00,00,30.000"
    send(daq, "SYST:DATE 2027,2,29")
    assert error(daq) == -222
