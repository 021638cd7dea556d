"""PMBus 1.3 as words on a wire: number formats, packet error code, command codes, status bits, our regulators' own.

Pure: no I/O and no clock. Neighbours: `bringup.regulators` drives devices with it over a `capabilities.I2cBus`, and
the simulated devices are made of the same words. Section numbers are of "PMBus Power System Management Protocol
Specification Part II", revision 1.3.
"""

from .commands import SHAPES, Command, Shape
from .formats import FormatMistake, Quantised, from_linear11, from_ulinear16, to_linear11, to_ulinear16, vout_exponent
from .manufacturer import BlackBox
from .operation import Operation
from .pec import pec
from .status import Status, StatusCml, StatusInput, StatusIout, StatusTemperature, StatusVout, StatusWord

__all__ = [
    "SHAPES",
    "BlackBox",
    "Command",
    "FormatMistake",
    "Operation",
    "Quantised",
    "Shape",
    "Status",
    "StatusCml",
    "StatusInput",
    "StatusIout",
    "StatusTemperature",
    "StatusVout",
    "StatusWord",
    "from_linear11",
    "from_ulinear16",
    "pec",
    "to_linear11",
    "to_ulinear16",
    "vout_exponent",
]
