"""What is left of an N6700 frame: system, groups, display, power-on state, and commands of other modules.

After the Operating and Service Guides, "System Commands", "Display Commands" and "Output Commands". A command that
the family has for modules which are not in these slots answers with error 310, one for an option that is not fitted
with 302 (numbers and texts from memory). Neighbours: `supply_n6700.py` puts it together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bringup.clock import Clock

from ..scpi import Boolean, ChannelList, Choice, ScpiError, Setting, command, integer, query, quoted
from ..scpi.command import Command
from ..scpi.lexer import Token
from .n6700_lists import shown
from .n6700_output import Output
from .n6700_transient import SOURCES

WHERE = ChannelList((1, 2, 3, 4))

NOT_ON_THESE_MODULES = (
    "[SOURce]:EMULation",
    "[SOURce]:FUNCtion",
    "[SOURce]:VOLTage:LIMit[:POSitive][:IMMediate][:AMPLitude]",
    "[SOURce]:VOLTage:LIMit:NEGative[:IMMediate][:AMPLitude]",
    "[SOURce]:VOLTage:LIMit:COUPle",
    "[SOURce]:CURRent:LIMit[:POSitive][:IMMediate][:AMPLitude]",
    "[SOURce]:CURRent:LIMit:NEGative[:IMMediate][:AMPLitude]",
    "[SOURce]:CURRent:LIMit:COUPle",
    "[SOURce]:VOLTage:BWIDth",
    "[SOURce]:VOLTage:PROTection:DELay[:TIME]",
    "[SOURce]:VOLTage:SENSe:SOURce",
    "[SOURce]:RESistance[:LEVel][:IMMediate][:AMPLitude]",
    "[SOURce]:RESistance:STATe",
    "SENSe:VOLTage:INPut",
    "SENSe:VOLTage[:DC]:RANGe:AUTO",
    "SENSe:CURRent[:DC]:RANGe:AUTO",
    "OUTPut:TMODe",
    "OUTPut:PROTection:OSCillation",
)
NOT_FITTED = ("OUTPut:RELay:POLarity", "OUTPut:RELay:LOCK")


@dataclass(frozen=True, slots=True)
class Anything:
    """Data of any kind, for commands that are refused whatever they say."""

    optional: bool = True

    def accept(self, token: Token) -> Token:
        """All the same."""
        return token

    def check(self, _owner: Any, value: object) -> object:
        """All the same."""
        return value

    def show(self, value: object) -> str:
        """Never asked for."""
        return str(value)

    def limits_of(self, _owner: Any) -> None:
        """None."""
        return


def refused() -> Iterator[Command]:
    """The commands that this frame knows and cannot carry out."""
    for headers, error in (
        (NOT_ON_THESE_MODULES, ScpiError(310, "The command is not supported by this model")),
        (NOT_FITTED, ScpiError(302, "Option not installed")),
    ):
        for header in headers:
            for ending in ("", "?"):
                yield Command(header + ending, _raising(error), (Anything(), Anything()))


def _raising(error: ScpiError) -> Callable[..., None]:
    def call(*_values: object) -> None:
        raise ScpiError(error.number, error.text)

    return call


class System:
    """Commands of the frame that touch no output.

    Args:
        outputs: by number.
        serial_number: the frame's; the modules' are made from it.
        clock: the lab's time.
    """

    def __init__(self, outputs: Mapping[int, Output], serial_number: str, clock: Clock) -> None:
        self._outputs = outputs
        self._serial_number = serial_number
        self._clock = clock
        self._groups: list[tuple[int, ...]] = []

    power_on_state = Setting("OUTPut:PON:STATe", Choice(("RST", "RCL0")), reset="RST", kept=True)
    remote_state = Setting("SYSTem:COMMunicate:RLSTate", Choice(("LOCal", "REMote", "RWLock")), reset="LOC", kept=True)
    arb_source = Setting("TRIGger:ARB:SOURce", Choice(SOURCES), reset="BUS")
    interval_resolution = Setting("SENSe:SWEep:TINTerval:RESolution", Choice(("RES20", "RES40")), reset="RES20")
    trigger_out = Setting("DIGital:TOUTput:BUS[:ENABle]", Boolean(), reset=False)
    display_on = Setting("DISPlay[:WINDow][:STATe]", Boolean(), reset=True)
    display_channel = Setting("DISPlay:CHANnel", integer(1, 4), reset=1.0)
    display_view = Setting("DISPlay:VIEW", Choice(("METER1", "METER4", "METER_VI", "METER_VP")), reset="METER1")

    @query("SYSTem:CHANnel[:COUNt]?")
    def count(self) -> str:
        """How many outputs there are."""
        return str(len(self._outputs))

    @query("SYSTem:CHANnel:MODel?", WHERE)
    def models(self, channels: tuple[int, ...]) -> str:
        """What stands in the slots."""
        return ", ".join(self._outputs[channel].module.model for channel in channels)

    @query("SYSTem:CHANnel:OPTion?", WHERE)
    def options(self, channels: tuple[int, ...]) -> str:
        """The modules' options, 0 for none."""
        return ", ".join(self._outputs[channel].module.options for channel in channels)

    @query("SYSTem:CHANnel:SERial?", WHERE)
    def serials(self, channels: tuple[int, ...]) -> str:
        """The modules' serial numbers."""
        return ", ".join(f"{self._serial_number}M{channel}" for channel in channels)

    @query("OUTPut:PROTection:TEMPerature:MARGin?", WHERE)
    def temperature_margin(self, channels: tuple[int, ...]) -> str:
        """Kelvin up to the over-temperature trip; the modules stay cool (estimate)."""
        return shown((30.0,) * len(channels))

    @query("*RDT?", indefinite=True)
    def resources(self) -> str:
        """Which module is in which slot."""
        return ";".join(f"CHAN{number} {output.module.model}" for number, output in self._outputs.items())

    @command("SYSTem:GROup:DEFine", WHERE)
    def define_group(self, channels: tuple[int, ...]) -> None:
        """Group outputs; -221 where one of them is in a group already, or they are not alike."""
        members = tuple(sorted(set(channels)))
        if len(members) < 2 or any(set(members) & set(group) for group in self._groups):
            raise ScpiError(-221)
        self._groups.append(members)

    @query("SYSTem:GROup:CATalog?")
    def groups(self) -> str:
        """Every output or group, in the order of its first number (format from memory)."""
        grouped = {number for group in self._groups for number in group}
        entries = [*self._groups, *((number,) for number in self._outputs if number not in grouped)]
        return ",".join(quoted(",".join(str(number) for number in entry)) for entry in sorted(entries))

    @command("SYSTem:GROup:DELete", integer(1, 4))
    def delete_group(self, number: float) -> None:
        """Take apart the group that an output is in."""
        self._groups = [group for group in self._groups if int(number) not in group]

    @command("SYSTem:GROup:DELete:ALL")
    def delete_groups(self) -> None:
        """Take apart all."""
        self._groups.clear()

    @query("SYSTem:COMMunicate:TCPip:CONTrol?")
    def control_port(self) -> str:
        """The port of the control connection of a raw socket."""
        return "5000"

    @query("SYSTem:DATE?")
    def date(self) -> str:
        """Year, month and day."""
        return f"{self._clock.utc():%Y,%m,%d}"

    @query("SYSTem:TIME?")
    def time(self) -> str:
        """Hour, minute and second."""
        return f"{self._clock.utc():%H,%M,%S}"

    @command("SYSTem:DATE", integer(2000, 2099), integer(1, 12), integer(1, 31))
    def set_date(self, _year: float, _month: float, _day: float) -> None:
        """Taken and forgotten: the lab's clock says what day it is."""

    @command("SYSTem:TIME", integer(0, 23), integer(0, 59), integer(0, 59))
    def set_time(self, _hour: float, _minute: float, _second: float) -> None:
        """Taken and forgotten."""

    @command("SYSTem:REBoot")
    def reboot(self) -> None:
        """Taken and forgotten: a session would not survive it."""

    @command("SYSTem:PASSword:FPANel:RESet")
    def reset_password(self) -> None:
        """The front panel has no password here."""

    @command("LXI:IDENtify[:STATe]", Boolean())
    def blink(self, _on: bool) -> None:
        """Blinks where nobody looks."""

    @command("SYSTem:PRESet")
    def preset(self) -> None:
        """Display and front panel alone."""
        self.display_on = True
