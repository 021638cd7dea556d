"""What every driver must be able to do, by capability: the least that a plan needs of it, on the full bench.

Each function takes a driver, works the instrument behind it, and leaves it off. Neighbour: `test_every_driver.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bringup import capabilities
from bringup.errors import BadReply, InstrumentError

VOLTS = 4.0
OVER_VOLTS: Mapping[str, float] = {"Keysight E3631A": 30.0, "TDK-Lambda GEN60-85": 12.0}
"""Where the common 6 V is not possible: no protection, or one that cannot be set so low."""


def power(supply: Any, model: str) -> None:
    supply.configure(volts=VOLTS, amps=0.5, over_volts=OVER_VOLTS.get(model, 6.0))
    assert not supply.is_on()
    try:
        supply.output_on()
        assert supply.is_on()
        assert 0.0 < supply.volts() < VOLTS * 1.01
        assert -0.05 <= supply.amps() < 0.51
    finally:
        supply.output_off()
    assert not supply.is_on()


def several_outputs(supply: Any, model: str) -> None:
    power(supply.output(supply.channels[0]), model)


def watchdog(supply: Any, model: str) -> None:
    del model
    supply.arm_watchdog(600.0)
    assert supply.watchdog_s() == 600.0
    supply.disarm_watchdog()
    assert supply.watchdog_s() is None


def source(smu: Any, model: str) -> None:
    del model
    smu.force_volts(1.5, amps_limit=0.5)
    try:
        smu.output_on()
        assert smu.is_on()
        assert smu.volts() == pytest.approx(1.5, rel=0.01)
        assert smu.amps() == pytest.approx(0.099, rel=0.01)  # 15 ohms and two leads
        assert not smu.in_compliance()
    finally:
        smu.output_off()
    assert not smu.is_on()


def volts(meter: Any, model: str) -> None:
    del model
    assert abs(meter.dc_volts()) < 60.0


def ohms(meter: Any, model: str) -> None:
    if model == "Keithley DMM6500":
        assert meter.ohms() == pytest.approx(1000.0, rel=1e-3)


def scan(scanner: Any, model: str) -> None:
    channels = (1001, 1002) if model == "Keysight 34980A" else (101, 102)
    assert set(channels) <= set(scanner.channels)
    assert set(scanner.scan_dc_volts(*channels)) == set(channels)


def load(load: Any, model: str) -> None:
    del model
    load.draw_amps(0.5)
    try:
        load.input_on()
        assert load.is_on()
        assert load.amps() == pytest.approx(0.0, abs=0.1)  # nothing feeds it
    finally:
        load.input_off()
    assert not load.is_on()


def force(forcer: Any, model: str) -> None:
    del model
    forcer.set_celsius(30.0)
    try:
        forcer.start()
        assert forcer.is_running()
        assert 0.0 < forcer.celsius() < 60.0
    finally:
        forcer.stop()
    assert not forcer.is_running()


def count(counter: Any, model: str) -> None:
    """The sled's clock does not run: that is said, and is not a number."""
    del model
    with pytest.raises(BadReply, match=r"no number|not a number|NaN"):
        counter.hertz(gate_s=0.01)


def capture(scope: Any, model: str) -> None:
    del model
    scope.arm(channel=1, full_scale_volts=1.6, level_volts=0.4, seconds=0.01)
    assert not scope.triggered()
    with pytest.raises(InstrumentError):
        scope.waveform(1)


def cool(unit: Any, model: str) -> None:
    del model
    unit.set_supply_celsius(25.0)
    unit.set_flow_lpm(1.6)
    assert 5.0 < unit.supply_celsius() < 60.0
    assert 5.0 < unit.return_celsius() < 60.0
    assert unit.flow_lpm() > 0.0


def distribute(pdu: Any, model: str) -> None:
    del model
    outlet = pdu.outlets[1]  # nothing hangs on it
    pdu.outlet_off(outlet)
    assert not pdu.outlet_is_on(outlet)
    pdu.outlet_on(outlet)
    assert pdu.outlet_is_on(outlet)
    assert pdu.watts(outlet) == pytest.approx(0.0, abs=10.0)


def manage(bmc: Any, model: str) -> None:
    del model
    assert isinstance(bmc.host_state(), capabilities.HostState)
    assert bmc.input().volts > 40.0
    assert bmc.sensors()


def talk_i2c(bus: Any, model: str) -> None:
    del model
    assert bus.scan(1) == (0x40,)  # the regulator of the standby rails
    assert bus.scan(4) == (0x60, 0x61, 0x62)
    read = bus.transfer(4, capabilities.I2cWrite(0x60, b"\x20"), capabilities.I2cRead(0x60, 1))
    assert read == (b"\x14",)  # VOUT_MODE: steps of 2**-12 V
    with pytest.raises(capabilities.NotAcknowledged, match="Remote I/O error"):
        bus.transfer(4, capabilities.I2cRead(0x50, 1))


def witness(bmc: Any, model: str) -> None:
    """It tells of the sled, and restarts a host that runs."""
    del model
    assert bmc.board().serial_number
    assert bmc.power_state() is capabilities.PowerState.ON
    assert bmc.sensors()["vin.volts"].value == pytest.approx(54.0, abs=2.0)
    assert all(leak.is_dry for leak in bmc.leaks().values())
    assert bmc.firmware()["bmc"]
    assert {one.kind for one in bmc.processors().values()} == {"CPU", "Accelerator"}
    assert bmc.reset("ForceRestart") is capabilities.PowerState.ON
    assert bmc.log()
    bmc.clear_log()
    assert list(bmc.events(for_s=0.5)) == []


def host(host: Any, model: str) -> None:
    del model
    assert "gemm" in host.workloads()


def probe_chain(probe: Any, model: str) -> None:
    """The sled is off here; what a probe finds on one that is on is `test_openocd_driver.py`'s."""
    del model
    assert probe.taps() == ("cpld", "chip.0", "chip.1", "chip.2", "chip.3")
    with pytest.raises(BadReply, match="floating"):
        probe.idcodes()


def shell(host: Any, model: str) -> None:
    del model
    assert host.command("uname -s").lines == ("Linux",)
    assert host.command("false").exit_code == 1
    assert host.counters(0).lock_losses == 0
    assert host.chips_up() == (0, 1, 2, 3)
    assert {link.name.split(".")[1] for link in host.link_states()} == set("0123")
    assert any("devices ready" in line.text for line in host.kernel_log())


EXERCISES: Mapping[type, Callable[[Any, str], None]] = {
    capabilities.PowerSupply: power,
    capabilities.MultiOutputSupply: several_outputs,
    capabilities.OutputWatchdog: watchdog,
    capabilities.SourceMeter: source,
    capabilities.Multimeter: volts,
    capabilities.Ohmmeter: ohms,
    capabilities.Scanner: scan,
    capabilities.ElectronicLoad: load,
    capabilities.ThermalForcer: force,
    capabilities.FrequencyCounter: count,
    capabilities.Oscilloscope: capture,
    capabilities.CoolantLoop: cool,
    capabilities.PowerDistribution: distribute,
    capabilities.SledController: manage,
    capabilities.I2cBus: talk_i2c,
    capabilities.WorkloadHost: host,
    capabilities.JtagProbe: probe_chain,
    capabilities.HostShell: shell,
    capabilities.ManagementController: witness,
}
