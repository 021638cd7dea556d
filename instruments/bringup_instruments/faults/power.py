"""Faults of rails and regulators: P1 to P11.

The numbers behind each severity are estimates, set so that what shows lies where the lab's own records put it.
"""

from __future__ import annotations

from ..physics.load_step import droop_scale_for, step_amps
from .scene import Scene, Undo, alter, both, put

_HARD_OHMS, _SOFTER_OHMS = 0.0001, 0.002
_SOFT_LEAST, _SOFT_MORE = 0.2, 0.6  # of golden standby power
_WRONG_VOLTS, _WRONG_LIMIT = 0.06, 0.2
_PHASE_LIMIT = 0.35  # one phase dead of many: the others reach their own limits at 60 to 70 % of the load
_BACK_SHARE = 1.83 / 3.3  # as measured on a 3.3 V rail that was fed through a protection diode
_DROOP_DEPTH_VOLTS = 0.020
_AGED_VOLTS, _AGED_HOURS = 0.020, 12.0
_SENSE_VOLTS = 3.5
_CONFIG_ERROR = 0x00A50000


def hard_short(scene: Scene) -> Undo:
    """P1: ohms to ground."""
    ohms = _HARD_OHMS + (1.0 - scene.severity) * _SOFTER_OHMS
    return put(scene.defects.rails.shorts, scene.place, ohms)


def soft_short(scene: Scene) -> Undo:
    """P2: amps that flow whenever the rail is up."""
    standby = [rail.name for rail in scene.product.facts.rails if rail.comes_with_input]
    name = scene.fault.target or (standby[0] if standby else scene.place)
    watts = scene.sled.parameters.input.standby_watts * (_SOFT_LEAST + _SOFT_MORE * scene.severity)
    amps = watts / scene.sled.bank.one(name).parameters.volts
    return put(scene.defects.rails.leaks, name, amps)


def power_good_stuck(scene: Scene) -> Undo:
    """P3: low while the rail is well, or high while it is dead."""
    rails, name = scene.defects.rails, scene.place
    if scene.fault.mode == "low":
        return put(rails.power_good, name, False)
    rails.dead.add(name)
    return both(put(rails.power_good, name, True), lambda: rails.dead.discard(name))


def wrong_configuration(scene: Scene) -> Undo:
    """P4: another image: outputs too high, limits too low, and a CRC that says so."""
    regulator = scene.defects.regulator(scene.place)
    facts = next(one for one in scene.product.facts.regulators if scene.place in scene.product.instances(one))
    undos = [
        alter(
            regulator,
            config_crc=facts.config_crc ^ _CONFIG_ERROR,
            config_version=_older(facts.config_version),
        )
    ]
    for name in scene.sled.regulator_rails(scene.place):
        undos.append(put(scene.defects.rails.scale, name, 1.0 + _WRONG_VOLTS * scene.severity))
        limit = scene.sled.bank.one(name).parameters.trip_amps
        if limit is not None:
            undos.append(put(scene.defects.rails.trip_amps, name, limit * (1.0 - _WRONG_LIMIT * scene.severity)))
    return both(*undos)


def _older(version: str) -> str:
    return str(int(version) - 1) if version.isdecimal() and int(version) > 0 else f"{version}-other"


def dead_phase(scene: Scene) -> Undo:
    """P5: one phase carries nothing; the converter's limit comes down."""
    regulator = scene.defects.regulator(scene.place)
    phase = int(scene.fault.mode) if scene.fault.mode.isdecimal() else 0
    regulator.dead_phases.add(phase)
    undos: list[Undo] = [lambda: regulator.dead_phases.discard(phase)]
    first = scene.sled.regulator_rails(scene.place)[0]
    limit = scene.sled.bank.one(first).parameters.trip_amps
    if limit is not None:
        undos.append(put(scene.defects.rails.trip_amps, first, limit * (1.0 - _PHASE_LIMIT * scene.severity)))
    return both(*undos)


def does_not_switch_off(scene: Scene) -> Undo:
    """P6: the command is not heard, or another rail holds it up."""
    rails, name = scene.defects.rails, scene.place
    if scene.fault.mode == "back-powered":
        volts = scene.sled.bank.one(name).parameters.volts * _BACK_SHARE
        return put(rails.back_volts, name, volts)
    rails.stays_on.add(name)
    return lambda: rails.stays_on.discard(name)


def inrush_trip(scene: Scene) -> Undo:
    """P7: the hot-swap controller never gets its input up."""
    return alter(scene.defects, hiccups=True)


def step_trip(scene: Scene) -> Undo:
    """P8: the load step of a GEMM is more than the regulator's fast limit."""
    core, parameters = scene.sled.bank.one(scene.place), scene.sled.parameters
    gemm = parameters.chip.workloads["gemm"]
    step = step_amps(parameters, scene.sled.chips[core.chip or 0], gemm, core.parameters.volts)
    return put(scene.defects.rails.step_trip_amps, scene.place, step * (1.0 - 0.5 * scene.severity))


def droop_hang(scene: Scene) -> Undo:
    """P9: so much impedance at the resonance that a GEMM at this chip's own margin just hangs."""
    chip, parameters = scene.chip, scene.sled.parameters
    gemm, volts = parameters.chip.workloads["gemm"], scene.sled.bank.core.volts
    scale = droop_scale_for(parameters, chip, gemm, volts, _DROOP_DEPTH_VOLTS * scene.severity)
    return alter(chip.defects, droop_scale=scale)


def network_ages(scene: Scene) -> Undo:
    """P10: Vmin rises with the hours under load."""
    rate = _AGED_VOLTS / _AGED_HOURS * scene.severity
    return alter(scene.chip.defects, ageing_volts_per_hour=rate)


def sense_open(scene: Scene) -> Undo:
    """P11: the supply regulates a lead that hangs in the air."""
    return alter(scene.defects, sense_volts=_SENSE_VOLTS * scene.severity)
