"""What a boot tells, of a sled that is well and of ones that are not; and what the kernel says later."""

from __future__ import annotations

import pytest

from bringup.capabilities import HostState
from bringup_instruments.models.host_shell.watcher import BURST

from .host_terminal import PROMPT, Terminal, booted, product


def times_of(terminal: Terminal) -> list[float]:
    return [float(line[1:].split("]")[0]) for line in terminal.ask("dmesg")]


def test_a_good_boot_enumerates_trains_and_is_ready() -> None:
    terminal = Terminal()
    told = terminal.boot()
    for number, bus in enumerate(("cc", "cd", "ce", "cf")):
        assert f"pci 0000:{bus}:00.0: 252.056 Gb/s available PCIe bandwidth (32.0 GT/s PCIe x8 link)" in told
        assert f"neuron: nd{number}: 4 HBM stacks trained, 144 GiB" in told
    assert "neuron: 4 of 4 devices ready" in told
    kernel = [line for line in told.split("\r\n") if line.startswith("[")]
    assert terminal.ask("dmesg") == kernel, "what was said is what is kept"
    times = times_of(terminal)
    assert times == sorted(times)
    assert times[0] == 0.0
    assert times[-1] < 132.0


def test_memory_that_does_not_train_costs_its_device_until_it_is_cool() -> None:
    terminal = Terminal()
    terminal.sled.defects.chip(2).memory_weak_celsius = 80.0
    told = terminal.boot()
    failed = terminal.sled.memory(terminal.now, 2).failed_channels
    assert failed
    stack, channel = divmod(failed[0], 32)
    assert f"neuron: nd2: HBM stack {stack} channel {channel}: training timeout after 60 s" in told
    assert "neuron: nd2: initialization failed" in told
    assert "neuron: 3 of 4 devices ready" in told
    assert terminal.ask("ls /sys/devices/virtual/neuron_device") == ["neuron0", "neuron1", "neuron3"]
    assert len([line for line in terminal.ask("lspci") if "accelerators" in line]) == 4, "it is on the bus all the same"
    (refused,) = terminal.ask("workload start gemm --seconds 5")
    assert refused == f"error: chip 2 is not up: memory channel {failed[0]} has not trained"
    assert terminal.ask("workload start gemm --seconds 5 --chip 0", 8.0)[0] == "job 1 started"
    terminal.sled.defects.chip(2).memory_weak_celsius = 0.0
    terminal.sled.restart_host(terminal.now)
    assert "neuron: 4 of 4 devices ready" in terminal.wait(310.0)


def test_a_silent_boot_rom_says_nothing_and_its_heartbeat_stops() -> None:
    terminal = Terminal()
    terminal.sled.defects.rom_silent = True
    assert terminal.boot() == ""
    assert terminal.host.next_at(terminal.now) is None
    assert terminal.sled.host_status(terminal.now) is HostState.HUNG
    terminal.sled.defects.rom_silent = False
    terminal.sled.host_off(terminal.now)
    terminal.sled.host_on(terminal.now + 1.0)
    assert terminal.wait(310.0).endswith(PROMPT)


@pytest.mark.parametrize(("code", "last"), [("31", "POST 31 memory trained"), ("92", "POST 92 PCIe enumeration")])
def test_firmware_that_hangs_freezes_at_its_code(code: str, last: str) -> None:
    terminal = Terminal()
    terminal.sled.defects.post_stops_at = code
    assert terminal.boot().rstrip().endswith(last)
    assert terminal.sled.host_status(terminal.now) is HostState.HUNG
    terminal.type("echo alive\n")
    assert terminal.wait(60.0) == ""


def test_a_code_that_does_not_exist_is_told() -> None:
    terminal = Terminal()
    terminal.sled.defects.post_stops_at = "32"
    with pytest.raises(ValueError, match="unknown POST code '32'"):
        terminal.boot()


def test_a_reader_that_sleeps_until_the_next_line_hears_the_same_boot() -> None:
    at_once, patient = Terminal(), Terminal()
    whole = at_once.boot()
    patient.rails_on()
    patient.sled.host_on(patient.now)
    told = ""
    while (due := patient.host.next_at(patient.now)) is not None:
        assert due > patient.now
        told += patient.wait(due - patient.now)
    assert told == whole


def test_flaps_are_told_at_the_kernels_rate_and_all_counted() -> None:
    terminal = booted()
    terminal.sled.defects.link("peer.3.1").flaps_per_hour = 36_000.0
    terminal.sled.touch(terminal.now)
    told = ""
    for _ in range(120):
        terminal.now += 1.0
        told += terminal.wait(0.0)
    told += terminal.wait(1.0)
    assert told.count("link peer.3.1: Link Down, Link Up") <= BURST * 25
    assert told.count("pcie_link_event: ") > 15
    terminal.sled.defects.link("peer.3.1").flaps_per_hour = 0.0
    terminal.sled.touch(terminal.now)
    terminal.wait(1.0)
    (line,) = terminal.ask("cat /sys/class/accel/accel3/links | grep peer.3.1")
    assert int(line.rpartition("=")[2]) == pytest.approx(1210, abs=1)
    assert line.startswith("peer.3.1 gen=6 lanes=8"), "a snapshot looks well"


def test_a_lost_lock_is_in_the_counters_and_in_no_log() -> None:
    terminal = booted()
    before = terminal.ask("dmesg | wc -l")
    terminal.sled.defects.chip(0).pll_unlocks_below_celsius = 80.0
    terminal.sled.touch(terminal.now)
    terminal.wait(600.0)
    path = "/sys/class/accel/accel{}/pll_lock_losses"
    assert int(terminal.ask(f"cat {path.format(0)}")[0]) > 5
    assert terminal.ask(f"cat {path.format(1)}") == ["0"]
    assert terminal.ask("dmesg | wc -l") == before


@pytest.mark.parametrize("name", ["liquid-sled", "air-sled", "bringup-board", "graphics-card"])
def test_every_shipped_product_boots_to_its_prompt(name: str) -> None:
    terminal = booted(name)
    chips = product(name).chips
    assert len([line for line in terminal.ask("lspci") if "Processing accelerators" in line]) == chips
    assert f"{chips} of {chips} devices ready" in "\n".join(terminal.ask("dmesg"))
