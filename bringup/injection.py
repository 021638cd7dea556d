"""Which parameters a plan's body wants, told by their annotations; the parameter's name is the role.

`def body(sled: Sled, measure: Measure, multimeter: Multimeter)` gets the slot's sled, a fresh `Measure` and the
instrument that the station file wires to this slot as `multimeter`.
"""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Mapping
from dataclasses import dataclass

from . import capabilities
from .axes import Point
from .clock import Clock
from .measure import Measure
from .nearest import unknown
from .operator import Operator
from .plans import Plan
from .power import PowerSequence
from .sled import Sled

CAPABILITIES: Mapping[str, type] = {
    kind.__name__: kind
    for kind in (
        capabilities.PowerSupply,
        capabilities.MultiOutputSupply,
        capabilities.SourceMeter,
        capabilities.Multimeter,
        capabilities.Ohmmeter,
        capabilities.Scanner,
        capabilities.ElectronicLoad,
        capabilities.ThermalForcer,
        capabilities.FrequencyCounter,
        capabilities.Oscilloscope,
        capabilities.PowerDistribution,
        capabilities.CoolantLoop,
        capabilities.JtagProbe,
        capabilities.SledController,
        capabilities.I2cBus,
        capabilities.WorkloadHost,
        capabilities.HostShell,
        capabilities.ManagementController,
    )
}
_PROVIDED: Mapping[str, type] = {kind.__name__: kind for kind in (Sled, Measure, Point, Clock, Operator, PowerSequence)}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One parameter of a plan's body."""

    name: str
    kind: type

    @property
    def is_instrument(self) -> bool:
        """Whether it is an instrument, to be found by its role."""
        return self.kind in CAPABILITIES.values()


def wanted_by(plan: Plan) -> tuple[Wanted, ...]:
    """What the plan's body wants, in order.

    Raises:
        FileMistake: a parameter without an annotation, one that cannot be given by place, or one that nothing
            can be injected for; with the nearest name that something can.
    """
    hints = _hints(plan)
    parameters = inspect.signature(plan.body).parameters.values()
    for parameter in parameters:
        if parameter.kind not in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            what = f"parameter {parameter.name!r} is keyword-only or starred; a plan's parameters are plain ones"
            raise plan.mistake(what, parameter.name)
    return tuple(_wanted(plan, parameter.name, hints) for parameter in parameters)


def _hints(plan: Plan) -> dict[str, object]:
    try:
        return typing.get_type_hints(plan.body)
    except (NameError, AttributeError) as problem:
        name = re.search(r"'(\w+)'(?!.*')", str(problem))
        wrong = name.group(1) if name else str(problem)
        raise plan.mistake(unknown("capability", wrong, _known()), wrong) from None


def _wanted(plan: Plan, name: str, hints: Mapping[str, object]) -> Wanted:
    if name not in hints:
        raise plan.mistake(f"parameter {name!r} has no annotation; say what it is, as in `sled: Sled`", name)
    kind = hints[name]
    if not isinstance(kind, type) or kind not in _known().values():
        wrong = getattr(kind, "__name__", str(kind))
        raise plan.mistake(f"parameter {name!r}: " + unknown("capability", wrong, _known()), name)
    return Wanted(name, kind)


def _known() -> dict[str, type]:
    return {**_PROVIDED, **CAPABILITIES}
