"""The public tools on the host's console: each read as a foreign script would, and all of them telling the same."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any

import pytest

from .host_terminal import PROMPT, Terminal, booted

NEURON = "/sys/devices/virtual/neuron_device"


@pytest.fixture
def terminal() -> Terminal:
    return booted()


def devices(terminal: Terminal) -> list[dict[str, Any]]:
    (line,) = terminal.ask("neuron-ls -j")
    found: list[dict[str, Any]] = json.loads(line)
    return found


def monitored(terminal: Terminal, seconds: float = 6.0) -> list[dict[str, Any]]:
    terminal.type("neuron-monitor\n")
    told = terminal.wait(seconds)
    terminal.type(b"\x03")
    assert terminal.wait(1.0).endswith(f"^C\r\n{PROMPT}")
    return [json.loads(line) for line in told.split("\r\n") if line.startswith("{")]


def test_neuron_ls_json_has_the_documented_fields(terminal: Terminal) -> None:
    found = devices(terminal)
    assert [one["neuron_device"] for one in found] == [0, 1, 2, 3]
    kinds = {
        "neuron_device": int,
        "bdf": str,
        "cpu_affinity": str,
        "numa_node": str,
        "connected_to": list,
        "nc_count": int,
        "logical_neuroncore_config": int,
        "memory_size": int,
        "neuroncore_ids": list,
        "neuron_processes": list,
    }
    for one in found:
        assert {name: type(value) for name, value in one.items()} == kinds
        assert one["memory_size"] == 144 * 2**30
        assert len(one["neuroncore_ids"]) == one["nc_count"] == 8 // one["logical_neuroncore_config"]
        assert set(one["connected_to"]) == {0, 1, 2, 3} - {one["neuron_device"]}
    ids = [number for one in found for number in one["neuroncore_ids"]]
    assert ids == list(range(16))


def test_neuron_ls_table_is_read_by_its_header(terminal: Terminal) -> None:
    lines = terminal.ask("neuron-ls")
    assert [line.partition(":")[0] for line in lines[:3]] == [
        "instance-type",
        "instance-id",
        "logical-neuroncore-config",
    ]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    header = [f"{upper} {lower}" for upper, lower in zip(rows[0], rows[1], strict=True)]
    assert header == [
        *("NEURON DEVICE", "NEURON CORES", "NEURON CORE IDS", "NEURON MEMORY"),
        *("CONNECTED DEVICES", "PCI BDF", "CPU AFFINITY", "NUMA NODE"),
    ]
    assert len({len(line) for line in lines[3:]}) == 1
    assert [row[5] for row in rows[2:]] == [one["bdf"] for one in devices(terminal)]


def test_every_tool_sees_the_same_devices(terminal: Terminal) -> None:
    listed = [one["bdf"] for one in devices(terminal)]
    on_bus = [line.split()[0] for line in terminal.ask("lspci -nn") if "[1d0f:7564]" in line]
    assert on_bus == listed
    assert terminal.ask(f"ls {NEURON}") == [f"neuron{n}" for n in range(len(listed))]
    assert terminal.ask("ls /dev") == [f"neuron{n}" for n in range(len(listed))]
    assert terminal.ask("ls /sys/bus/pci/devices") == [f"0000:{bdf}" for bdf in listed]
    for report in monitored(terminal):
        assert report["neuron_hardware_info"]["neuron_device_count"] == len(listed)
    assert terminal.ask(f"cat {NEURON}/neuron2/connected_devices") == ["0, 1, 3"]


def test_a_chip_without_power_is_missing_everywhere(terminal: Terminal) -> None:
    terminal.sled.host_off(terminal.now)
    terminal.sled.rail_off(terminal.now, "avddh.2")
    terminal.sled.host_on(terminal.now)
    terminal.wait(310.0)
    assert [one["neuron_device"] for one in devices(terminal)] == [0, 1, 3]
    assert terminal.ask(f"ls {NEURON}") == ["neuron0", "neuron1", "neuron3"]
    assert terminal.ask("lspci -s ce:00.0") == []


def test_errors_of_memory_are_the_same_in_monitor_and_sysfs(terminal: Terminal) -> None:
    terminal.sled.defects.chip(1).correctable_scale = 1e7
    terminal.sled.defects.chip(1).uncorrectable_per_hour = 3600.0
    terminal.ask("workload start memory --seconds 60", 63.0)
    terminal.sled.defects.chip(1).correctable_scale = 0.0
    terminal.wait(1.0)
    terminal.sled.defects.chip(1).uncorrectable_per_hour = 0.0
    terminal.wait(1.0)
    report = monitored(terminal)[0]
    for one in report["system_data"]["neuron_hw_counters"]["neuron_devices"]:
        folder = f"{NEURON}/neuron{one['neuron_device_index']}/stats/hardware"
        for name in ("mem_ecc_corrected", "mem_ecc_uncorrected", "sram_ecc_corrected", "sram_ecc_uncorrected"):
            assert terminal.ask(f"cat {folder}/{name}") == [str(one[name])]
    hit = report["system_data"]["neuron_hw_counters"]["neuron_devices"][1]
    assert hit["mem_ecc_corrected"] > 100
    assert 30 < hit["mem_ecc_uncorrected"] < 100
    accel = terminal.ask("cat /sys/class/accel/accel1/ecc_corrected /sys/class/accel/accel1/ecc_uncorrected")
    assert accel == [str(hit["mem_ecc_corrected"]), str(hit["mem_ecc_uncorrected"])]
    assert terminal.ask(f"cat {NEURON}/neuron1/stats/hardware/health_status/unhealthy_components") == ["hbm"]
    said = terminal.ask("dmesg | grep FATAL-RT-UNDEFINED-STATE | tail -1")
    assert "[ND 1][NC 0] Uncorrectable memory error is detected, metadata: 0x16." in said[0]


def test_monitor_reports_each_period_of_lab_time_until_ctrl_c(terminal: Terminal) -> None:
    terminal.ask("workload start gemm --seconds 60")
    terminal.type("neuron-monitor\n")
    terminal.wait(0.1)
    times: list[float] = []
    while len(times) < 3:
        due = terminal.host.next_at(terminal.now)
        assert due is not None
        assert due > terminal.now
        terminal.now = due
        if b'{"neuron_runtime_data"' in terminal.host.transmit(due):
            times.append(due)
    assert [later - earlier for earlier, later in pairwise(times)] == pytest.approx([5.0, 5.0], abs=0.2)
    terminal.type("echo waits\n")
    assert "waits\r\nwaits" not in terminal.wait(4.0)
    terminal.type(b"\x03")
    assert terminal.wait(1.0).endswith(f"^C\r\n{PROMPT}waits\r\n{PROMPT}")


def test_monitor_has_the_documented_keys_and_counts_a_job(terminal: Terminal) -> None:
    idle = monitored(terminal)[0]
    assert set(idle) == {"neuron_runtime_data", "system_data", "instance_info", "neuron_hardware_info"}
    assert idle["neuron_runtime_data"] == []
    terminal.ask("workload start gemm --seconds 30 --chip 2")
    (runtime,) = monitored(terminal, 11.0)[1]["neuron_runtime_data"]
    assert set(runtime) == {"pid", "address", "neuron_runtime_tag", "error", "report"}
    cores = runtime["report"]["neuroncore_counters"]["neuroncores_in_use"]
    assert set(cores) == {"8", "9", "10", "11"}, "the cores of device 2, as neuron-ls numbers them"
    assert all(0 < core["neuroncore_utilization"] <= 100 and core["flops"] > 1e12 for core in cores.values())
    stats = runtime["report"]["execution_stats"]
    assert stats["execution_summary"]["completed"] == 5000
    assert set(stats["error_summary"]) == {"generic", "numerical", "transient", "model", "runtime", "hardware"}


def test_monitor_takes_its_period_from_a_file(terminal: Terminal) -> None:
    terminal.ask('echo \'{"period": "1s"}\' > c.json')
    terminal.type("neuron-monitor -c c.json\n")
    assert terminal.wait(5.6).count('{"neuron_runtime_data"') == 5
    terminal.type(b"\x03")
    terminal.wait(1.0)
    assert "period" in terminal.ask('echo \'{"period": "never"}\' > c.json; neuron-monitor -c c.json')[0]
    assert terminal.status() == 1


def test_unread_reports_do_not_pile_up(terminal: Terminal) -> None:
    terminal.type("neuron-monitor\n")
    assert terminal.wait(86_400.0).count('{"neuron_runtime_data"') < 30


def test_counters_are_cleared_by_writing_and_have_both_spellings(terminal: Terminal) -> None:
    status = f"{NEURON}/neuron0/neuron_core0/stats/status"
    names = terminal.ask(f"ls {status}")
    for what in ("completed_with_error", "completed_with_num_error", "failed_to_queue"):
        assert {f"execute_{what}", f"infer_{what}"} <= set(names)
    terminal.run("gemm", 5.0)
    assert terminal.ask(f"cat {status}/success/total") == ["5000"]
    assert (
        terminal.ask(f"echo 1 > {status}/success/total; cat {status}/success/total {status}/success/present")
        == ["0"] * 2
    )
    terminal.run("gemm", 2.0)
    assert terminal.ask(f"cat {status}/success/total") == ["2000"]
    assert terminal.ask(f"cat {NEURON}/neuron1/neuron_core3/stats/status/success/total") == ["7000"]
    assert terminal.ask(f"echo 1 | sudo tee {NEURON}/neuron0/reset") == ["1"]
    assert terminal.ask(f"cat {NEURON}/neuron0/neuron_core0/stats/other_info/reset_req_count/total") == ["1"]
    denied = terminal.ask(f"echo 1 > {NEURON}/neuron0/stats/hardware/mem_ecc_corrected")
    assert denied[0].endswith("Permission denied")


def test_sysfs_says_what_the_device_is(terminal: Terminal) -> None:
    info = f"{NEURON}/neuron3/info"
    assert re.fullmatch(r"[0-9a-f]{16}", terminal.ask(f"cat {info}/serial_number")[0])
    architecture = [terminal.ask(f"cat {info}/architecture/{name}")[0] for name in ("arch_type", "device_name")]
    assert architecture == ["NDv4", "Trainium3"]
    assert terminal.ask(f"cat {NEURON}/neuron3/core_count") == ["8"]
    assert terminal.ask(f"cat {NEURON}/neuron3/neuron_core7/info/architecture/arch_type") == ["NCv4"]


def test_power_utilization_follows_the_load(terminal: Terminal) -> None:
    path = f"{NEURON}/neuron0/stats/power/utilization"
    terminal.ask(f"cat {path}", 90.0)
    idle = _power(terminal.ask(f"cat {path}", 90.0)[0])
    terminal.ask("workload start virus --seconds 300", 150.0)
    busy = _power(terminal.ask(f"cat {path}")[0])
    assert 5.0 < idle[2] < 40.0
    assert 60.0 < busy[2] < 100.0
    assert busy[0] <= busy[2] <= busy[1]


def _power(line: str) -> tuple[float, ...]:
    status, epoch, *percents = line.split(",")
    assert status == "POWER_STATUS_VALID"
    assert int(epoch) > 1_700_000_000
    assert all(re.fullmatch(r"\d{1,3}\.\d\d", one) for one in percents)
    return tuple(map(float, percents))


def test_lspci_tells_a_downtrained_link(terminal: Terminal) -> None:
    details = "\n".join(terminal.ask("lspci -vv -s cd:00.0"))
    assert re.search(r"LnkCap:\tPort #0, Speed 32GT/s, Width x8", details)
    assert re.search(r"LnkSta:\tSpeed 32GT/s, Width x8$", details, re.MULTILINE)
    terminal.sled.defects.link("host.1.0").trains_to_generation = 1
    terminal.sled.host_off(terminal.now)
    terminal.sled.host_on(terminal.now + 1.0)
    told = terminal.wait(310.0)
    assert (
        "pci 0000:cd:00.0: 16.000 Gb/s available PCIe bandwidth, limited by 2.5 GT/s PCIe x8 link at 0000:c8:01.0 "
        "(capable of 252.056 Gb/s with 32.0 GT/s PCIe x8 link)"
    ) in told
    details = "\n".join(terminal.ask("lspci -vv -s 0000:cd:00.0"))
    assert "LnkSta:\tSpeed 2.5GT/s (downgraded), Width x8" in details
    assert terminal.ask("cat /sys/bus/pci/devices/0000:cd:00.0/current_link_speed") == ["2.5 GT/s PCIe"]
    assert terminal.ask("lspci -q; echo $?")[-1] == "1"


def nccom(terminal: Terminal, options: str) -> list[dict[str, Any]]:
    lines = terminal.ask(f"nccom-test {options} --report-to-json-file f.json")
    (report,) = terminal.ask("cat f.json")
    rows: list[dict[str, Any]] = json.loads(report)["results"]
    header, *body = lines[:-1]
    assert header.split() == ["size(B)", "count(elems)", "type", "time:avg(us)", "algbw(GB/s)", "busbw(GB/s)"]
    for row, line in zip(rows, body, strict=True):
        shown = dict(zip(header.split(), line.split(), strict=True))
        assert int(shown["size(B)"]) == row["size(B)"]
        assert float(shown["busbw(GB/s)"]) == pytest.approx(row["busbw(GB/s)"], abs=1e-4)
    mean = re.fullmatch(r"Avg bus bandwidth:\t([\d.]+)GB/s", lines[-1])
    assert mean
    assert float(mean[1]) == pytest.approx(sum(row["busbw(GB/s)"] for row in rows) / len(rows), abs=1e-4)
    return rows


@pytest.mark.parametrize(
    ("operation", "factor"), [("allr", 2 * 15 / 16), ("allg", 15 / 16), ("redsct", 15 / 16), ("sendrecv", 1.0)]
)
def test_nccom_test_keeps_its_identities(terminal: Terminal, operation: str, factor: float) -> None:
    rows = nccom(terminal, f"-r 16 -b 1kb -e 64mb -f 8 -d fp32 --check {operation}")
    assert [row["size(B)"] for row in rows] == [1024 * 8**n for n in range(6)]
    for row in rows:
        assert row["count(elems)"] * 4 == row["size(B)"]
        assert row["algbw(GB/s)"] == pytest.approx(row["size(B)"] / (row["time:avg(us)"] * 1e-6) / 2**30, rel=1e-12)
        assert row["busbw(GB/s)"] == pytest.approx(row["algbw(GB/s)"] * factor, rel=1e-12)
    assert [row["algbw(GB/s)"] for row in rows] == sorted(row["algbw(GB/s)"] for row in rows)


def test_bandwidth_follows_links_and_clock(terminal: Terminal) -> None:
    (fast,) = nccom(terminal, "-r 16 -b 1gb -e 1gb allr")
    terminal.sled.set_clock(terminal.now, 0.8e9)
    (slow,) = nccom(terminal, "-r 16 -b 1gb -e 1gb allr")
    terminal.sled.set_clock(terminal.now, 1.6e9)
    for number in range(4):
        terminal.sled.defects.link(f"peer.2.{number}").trains_to_generation = 1
    terminal.sled.host_off(terminal.now)
    terminal.sled.host_on(terminal.now + 1.0)
    terminal.wait(310.0)
    (downtrained,) = nccom(terminal, "-r 16 -b 1gb -e 1gb allr")
    (within,) = nccom(terminal, "-r 4 -b 1gb -e 1gb allr")
    assert slow["busbw(GB/s)"] < 0.9 * fast["busbw(GB/s)"]
    assert downtrained["busbw(GB/s)"] < 0.1 * fast["busbw(GB/s)"], "the slowest rank decides"
    assert within["busbw(GB/s)"] > fast["busbw(GB/s)"], "one chip alone needs no link"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ("allr", "-r/--nworkers"),
        ("-r 32 allr", "this host has 16 NeuronCores"),
        ("-r 4 alr", "invalid choice: 'alr'"),
        ("-r 4 -b 2mb -e 1mb allr", "the least first"),
        ("-r 4 -b 1xb allr", "not a size"),
        ("-r 4 -b 1 -e 1gb -i 1 allr", "more than 1000 sizes"),
        ("-r 4 --check allr", "fp32 alone"),
        ("-r 4 -N 2 allr", "one node"),
    ],
)
def test_nccom_test_says_what_is_wrong(terminal: Terminal, options: str, complaint: str) -> None:
    (told,) = terminal.ask(f"nccom-test {options}")
    assert complaint in told
    assert terminal.status() == 2


def test_a_host_without_neuron_chips_has_no_neuron_tools() -> None:
    terminal = booted("graphics-card")
    for tool in ("neuron-ls", "neuron-monitor", "nccom-test"):
        assert terminal.ask(tool) == [f"-bash: {tool}: command not found"]
    assert terminal.status() == 127
    assert any("Processing accelerators" in line for line in terminal.ask("lspci"))
    assert terminal.ask("ls /sys/class/accel") == ["accel0"]
    assert "gemm" in terminal.ask("workload list")
    assert not [line for line in terminal.ask("dmesg") if "neuron" in line]
