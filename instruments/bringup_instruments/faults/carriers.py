"""Who carries out which fault of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from . import boards, loops, operations, power
from .scene import Carrier

CARRIERS: Mapping[str, Carrier] = {
    "P1": power.hard_short,
    "P2": power.soft_short,
    "P3": power.power_good_stuck,
    "P4": power.wrong_configuration,
    "P5": power.dead_phase,
    "P6": power.does_not_switch_off,
    "P7": power.inrush_trip,
    "P8": power.step_trip,
    "P9": power.droop_hang,
    "P10": power.network_ages,
    "P11": power.sense_open,
    "C1": boards.pll_unlocks,
    "C2": boards.clock_short,
    "J1": boards.scan_break,
    "J2": boards.wrong_fuses,
    "J3": boards.beyond_repair,
    "B1": boards.rom_silent,
    "B2": boards.boot_hangs,
    "B3": boards.tool_lies,
    "M1": boards.memory_hot,
    "M2": boards.correctable_ramp,
    "M3": boards.uncorrectable,
    "L1": boards.link_slow,
    "L2": boards.lane_cold,
    "L3": boards.link_flaps,
    "D1": boards.corrupts,
    "D2": boards.throttles,
    "T1": boards.bad_interface,
    "T2": boards.less_flow,
    "T3": loops.pump_fails,
    "T4": boards.less_flow,
    "T5": boards.runaway,
    "W1": boards.minor_leak,
    "W2": boards.major_leak,
    "W3": boards.detector_open,
    "W4": loops.condensation,
    "W5": loops.air_in_loop,
    "X1": boards.telemetry_lie,
    "X2": boards.diagnostic_locks,
    "I1": operations.instrument,
    "O1": operations.controller_dies,
    "O2": operations.disk_full,
    "O3": operations.clock_jumps,
    "O4": boards.touched,
}
