"""bringup: power on, characterise overnight, sign off.

What plans import is here; everything else is imported from its module. General layout:

    verdicts limits units measure      how numbers are judged
    axes plans injection               what a plan is
    capabilities sled power operator   what a plan works with
    clock wall_clock virtual_clock     lab time
    files/                             station, product and plan files: read, checked, explained
    runner/                            points, settling, attempts, the safe state
    store/                             the journal (the only place that knows SQL)
    report/                            the morning page
    cli/                               the commands
    hooks                              the door for plugins

`import bringup` is cheap on purpose: it loads no SQLAlchemy, Textual, PyVISA or pydantic.
"""

from ._version import __version__
from .axes import Axis, Point, shmoo, sweep
from .capabilities import (
    CoolantLoop,
    HostShell,
    I2cBus,
    JtagProbe,
    ManagementController,
    Multimeter,
    Ohmmeter,
    PowerSupply,
    SledController,
    WorkloadHost,
)
from .clock import Clock
from .errors import Frozen
from .limits import Limit, at_least, at_most, between, exactly, unjudged
from .measure import Measure
from .operator import Operator
from .plans import Plan, of_product, plan
from .power import PowerSequence
from .sled import Sled
from .verdicts import Verdict

__all__ = [
    "Axis",
    "Clock",
    "CoolantLoop",
    "Frozen",
    "HostShell",
    "I2cBus",
    "JtagProbe",
    "Limit",
    "ManagementController",
    "Measure",
    "Multimeter",
    "Ohmmeter",
    "Operator",
    "Plan",
    "Point",
    "PowerSequence",
    "PowerSupply",
    "Sled",
    "SledController",
    "Verdict",
    "WorkloadHost",
    "__version__",
    "at_least",
    "at_most",
    "between",
    "exactly",
    "of_product",
    "plan",
    "shmoo",
    "sweep",
    "unjudged",
]
