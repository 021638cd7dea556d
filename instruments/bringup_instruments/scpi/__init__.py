"""A small true SCPI engine: what an instrument declares near its manual's words, made to behave like one.

lexer → program (via tree, command, parameters) → device (message exchange, status, lab time)
"""

from .blocks import Block, block
from .channels import ChannelList, listed, reset_settings, selected, suffixed
from .command import Setting, command, query
from .device import ScpiDevice
from .errors import ScpiError
from .message_device import Cuttable, MessageDevice, Polled
from .parameters import (
    Automatic,
    Boolean,
    Choice,
    Limits,
    Number,
    Special,
    SpecialOnly,
    Text,
    integer,
    quoted,
)

__all__ = [
    "Automatic",
    "Block",
    "Boolean",
    "ChannelList",
    "Choice",
    "Cuttable",
    "Limits",
    "MessageDevice",
    "Number",
    "Polled",
    "ScpiDevice",
    "ScpiError",
    "Setting",
    "Special",
    "SpecialOnly",
    "Text",
    "block",
    "command",
    "integer",
    "listed",
    "query",
    "quoted",
    "reset_settings",
    "selected",
    "suffixed",
]
