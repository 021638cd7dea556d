"""A small true SCPI engine: what an instrument declares near its manual's words, made to behave like one.

lexer → program (via tree, command, parameters) → device (message exchange, status, lab time)
"""

from .command import Setting, command, query
from .device import ScpiDevice
from .errors import ScpiError
from .message_device import MessageDevice
from .parameters import Automatic, Boolean, Choice, Limits, Number, Special, SpecialOnly, Text, integer, quoted

__all__ = [
    "Automatic",
    "Boolean",
    "Choice",
    "Limits",
    "MessageDevice",
    "Number",
    "ScpiDevice",
    "ScpiError",
    "Setting",
    "Special",
    "SpecialOnly",
    "Text",
    "command",
    "integer",
    "query",
    "quoted",
]
