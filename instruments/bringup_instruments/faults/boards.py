"""Faults of chips, chain, firmware, memory, links, cooling and telemetry: everything of a sled that is no rail."""

from __future__ import annotations

from math import inf

from ..physics.defects import Wetting
from ..physics.telemetry import Lie, LieKind
from .scene import Scene, Undo, alter, both, put

_UNLOCK_LEAST_CELSIUS, _UNLOCK_MORE_CELSIUS = 50.0, 30.0
_ROWS_BEYOND_REPAIR = 16
_MEMORY_WEAK_KELVIN = 75.0
_CORRECTABLE_SCALE = 10_000.0
_UNCORRECTABLE_PER_HOUR = 600.0
_FLAPS_PER_HOUR = 1415 / 2.0 * 60.0  # as counted: 1415 transitions in two minutes
_CORRUPT_WORDS = 4
_THROTTLE_LEAST_CELSIUS = 45.0
_INTERFACE_MORE = 2.0
_RUNAWAY_LEAKAGE, _RUNAWAY_INTERFACE = 2.0, 4.0
_CLOGGED = 0.75
_MINOR_TAU_S, _MINOR_FLOOR_OHMS = 100.0, 2.0e4
_MAJOR_TAU_S, _MAJOR_FLOOR_OHMS = 0.2, 2.0e3
_OFFSET_UNITS = 20.0
_LOCK_S = 30.0
_PLACES_OF_FIRMWARE = ("bmc", "console")  # one firmware decodes for both; a regulator answers for itself


def pll_unlocks(scene: Scene) -> Undo:
    """C1: below a die temperature."""
    below = _UNLOCK_LEAST_CELSIUS + _UNLOCK_MORE_CELSIUS * scene.severity
    return alter(scene.chip.defects, pll_unlocks_below_celsius=below)


def clock_short(scene: Scene) -> Undo:
    """C2: on a share of the runs."""
    return alter(scene.chip.defects, clock_short=scene.severity)


def scan_break(scene: Scene) -> Undo:
    """J1: the chain ends before a device."""
    names = [name for tap in scene.product.facts.taps for name in scene.product.instances(tap)]
    return alter(scene.defects, scan_break=names.index(scene.place))


def wrong_fuses(scene: Scene) -> Undo:
    """J2: another SKU, and two cores fewer."""
    facts = scene.product.facts.chip
    return alter(scene.chip.defects, fuse_sku=f"{facts.sku}-X", fuse_cores=max(1, facts.cores - 2))


def beyond_repair(scene: Scene) -> Undo:
    """J3: more bad rows than spare ones."""
    return alter(scene.chip.defects, mbist_repairs=max(1, round(_ROWS_BEYOND_REPAIR * scene.severity)))


def rom_silent(scene: Scene) -> Undo:
    """B1: not a character."""
    return alter(scene.defects, rom_silent=True)


def boot_hangs(scene: Scene) -> Undo:
    """B2: at a POST code."""
    return alter(scene.defects, post_stops_at=scene.fault.mode)


def tool_lies(scene: Scene) -> Undo:
    """B3: success is answered, nothing is done."""
    return alter(scene.defects, reset_lies=True)


def memory_hot(scene: Scene) -> Undo:
    """M1: trains only so much colder."""
    return alter(scene.chip.defects, memory_weak_celsius=_MEMORY_WEAK_KELVIN * scene.severity)


def correctable_ramp(scene: Scene) -> Undo:
    """M2: weak retention."""
    return alter(scene.chip.defects, correctable_scale=max(1.0, _CORRECTABLE_SCALE * scene.severity))


def uncorrectable(scene: Scene) -> Undo:
    """M3: rows that cannot be put right, with the burst of corrected errors before them."""
    return alter(
        scene.chip.defects,
        correctable_scale=max(1.0, _CORRECTABLE_SCALE * scene.severity),
        uncorrectable_per_hour=_UNCORRECTABLE_PER_HOUR * scene.severity,
    )


def link_slow(scene: Scene) -> Undo:
    """L1: the first generation, until AC power goes."""
    return alter(scene.defects.link(scene.place), trains_to_generation=1)


def lane_cold(scene: Scene) -> Undo:
    """L2: one lane's equalizer."""
    return alter(scene.defects.link(scene.place), weak_lane=3, weak_per_kelvin=scene.severity)


def link_flaps(scene: Scene) -> Undo:
    """L3: up and down."""
    return alter(scene.defects.link(scene.place), flaps_per_hour=_FLAPS_PER_HOUR * scene.severity)


def corrupts(scene: Scene) -> Undo:
    """D1: words of a result."""
    return alter(scene.chip.defects, corrupts=max(1, round(_CORRUPT_WORDS * scene.severity)))


def throttles(scene: Scene) -> Undo:
    """D2: far below its proper temperature."""
    nominal = scene.sled.parameters.chip.throttle_celsius or 115.0
    celsius = nominal - (nominal - _THROTTLE_LEAST_CELSIUS) * scene.severity
    return alter(scene.chip.defects, throttle_celsius=celsius)


def bad_interface(scene: Scene) -> Undo:
    """T1: thermal paste or torque."""
    return alter(scene.chip.defects, interface_scale=1.0 + _INTERFACE_MORE * scene.severity)


def less_flow(scene: Scene) -> Undo:
    """T2 and T4: a clogged branch, a dead fan."""
    return alter(scene.defects, flow_share=1.0 - _CLOGGED * scene.severity)


def runaway(scene: Scene) -> Undo:
    """T5: a leaky part behind a bad interface."""
    return alter(
        scene.chip.defects,
        leakage_scale=1.0 + _RUNAWAY_LEAKAGE * scene.severity,
        interface_scale=1.0 + _RUNAWAY_INTERFACE * scene.severity,
    )


def minor_leak(scene: Scene) -> Undo:
    """W1: a film."""
    water = Wetting(scene.at_s, _MINOR_TAU_S / scene.severity, _MINOR_FLOOR_OHMS)
    return put(scene.defects.water, scene.place, water)


def major_leak(scene: Scene) -> Undo:
    """W2: a jet."""
    return put(scene.defects.water, scene.place, Wetting(scene.at_s, _MAJOR_TAU_S, _MAJOR_FLOOR_OHMS))


def detector_open(scene: Scene) -> Undo:
    """W3: a broken wire."""
    return put(scene.defects.water, scene.place, Wetting(scene.at_s, floor_ohms=inf))


def telemetry_lie(scene: Scene) -> Undo:
    """X1: one sensor, in everything that the lying firmware shows; a regulator asked directly tells the truth."""
    name, kind = scene.place, LieKind(scene.fault.mode)
    other = _other(scene, name) if kind is LieKind.SWAPPED else ""
    lie = Lie(kind, scene.at_s, other, _OFFSET_UNITS * scene.severity)
    undos = [put(scene.defects.lies, (name, place), lie) for place in _PLACES_OF_FIRMWARE]
    if other:
        back = Lie(kind, scene.at_s, name)
        undos += [put(scene.defects.lies, (other, place), back) for place in _PLACES_OF_FIRMWARE]
    return both(*undos)


def _other(scene: Scene, name: str) -> str:
    """The next chip's sensor of the same kind; its own where there is no other."""
    head, _, number = name.rpartition(".")
    if not number.isdecimal():
        return name
    return f"{head}.{(int(number) + 1) % len(scene.product.chips)}"


def diagnostic_locks(scene: Scene) -> Undo:
    """X2: whoever looks phase by phase holds the bus."""
    return alter(scene.defects, bus_locks_for_s=_LOCK_S * scene.severity)


def touched(scene: Scene) -> Undo:
    """O4: the door, or the scale under the sled."""
    scene.defects.door_opened_s.append(scene.at_s)
    return lambda: None
