"""SCPI as the LAN option of TDK-Lambda Genesys supplies speaks it.

After the "LAN Interface for Genesys Power Supplies" technical manual (IA672-04-01), chapters 11 (SCPI commands) and
13 (error messages). Errors carry the unit's serial address, as chained supplies are told apart by it. Neighbours:
`supply_genesys.py` is the supply behind it, `genesys_gen.py` its other language.
"""

from __future__ import annotations

from bringup.clock import Clock

from ..scpi import (
    Boolean,
    Choice,
    Limits,
    Number,
    ScpiDevice,
    ScpiError,
    Setting,
    Special,
    SpecialOnly,
    command,
    integer,
    query,
)
from ..scpi.errors import ErrorQueue
from .supply_genesys import OVERRANGE, Fault, GenesysSupply, Refused, State

FIRMWARE = "2U5K:4.3-LAN:2.1"  # free text; shaped like the real ones
ADDRESS = 6  # as delivered

_WARNINGS = {
    1: (301, "PV above OVP"),
    2: (302, "PV below UVL"),
    4: (304, "OVP below PV"),
    6: (306, "UVL above PV"),
    7: (307, "On during fault"),
}  # numbers and texts of the manual's chapter 13, from memory
_SHUTDOWNS = {
    Fault.AC: (321, "AC fault shutdown"),
    Fault.OVER_TEMPERATURE: (322, "Over-temperature shutdown"),
    Fault.FOLDBACK: (323, "Fold-back shutdown"),
    Fault.OVER_VOLTAGE: (324, "Over-voltage shutdown"),
    Fault.SHUT_OFF: (325, "Shut-off shutdown"),
    Fault.OUTPUT_OFF: (326, "Output-off shutdown"),
    Fault.ENABLE_OPEN: (327, "Enable-open shutdown"),
}  # +321 is the manual's example; the others from memory
_REMOTE = {"LOC": "LOC", "REM": "REM", "LLO": "LLO"}


class _AddressedErrors(ErrorQueue):
    """An error queue whose entries name the unit."""

    def push(self, error: ScpiError) -> None:
        """Add an entry with the address behind its text."""
        super().push(_Addressed(error))


class _Addressed(ScpiError):
    """An entry with a sign and the serial address, as in `+321,"AC fault shutdown;address 02"`."""

    def __init__(self, error: ScpiError) -> None:
        super().__init__(error.number, f"{error.text};address {ADDRESS:02d}")

    def __str__(self) -> str:
        return f'{self.number:+d},"{self.text}"'


class GenesysScpi(ScpiDevice):
    """A unit on the LAN.

    Args:
        clock: the lab's time.
        supply: what it controls.
        serial_number: third field of *IDN?.
    """

    error_capacity = 10  # "holds the last ten messages" (11.8.1)
    no_error = '0,"No error"'
    has_transition_filters = False

    def __init__(self, clock: Clock, supply: GenesysSupply, serial_number: str) -> None:
        self.supply = supply
        super().__init__(clock, f"LAMBDA,{supply.model}-LAN,S/N:{serial_number},{FIRMWARE}")
        self.status.errors = _AddressedErrors(self.error_capacity)
        supply.changed = self._follow
        supply.remote = "REM"  # whoever talks to the LAN option has it in remote (from memory)
        self._follow()

    def observe(self) -> None:
        """Look at the terminals."""
        self.supply.observe()

    def _follow(self) -> None:
        """Move the condition registers; a fault that is enabled is an entry of the error queue too (11.8.1)."""
        questionable, supply = self.status.questionable, self.supply
        new = Fault(int(supply.tripped) & ~questionable.condition & questionable.enable)
        questionable.update(int(supply.tripped))
        faulty = bool(int(supply.tripped) & questionable.enable)
        self.status.operation.update(int(supply.state | (State.FAULT if faulty else State.NO_FAULT)))
        for fault in new:
            self.status.report(ScpiError(*_SHUTDOWNS[fault]))

    def _refused(self, refused: Refused) -> ScpiError:
        if refused.number == 0:
            return ScpiError(-222)
        return ScpiError(*_WARNINGS[refused.number])

    # Ranges: what is never possible is -222, what is not possible now is a warning.

    def _volts_limits(self) -> Limits:
        return Limits(0.0, self.supply.rating.volts * OVERRANGE, 0.0)

    def _amps_limits(self) -> Limits:
        return Limits(0.0, self.supply.rating.amps * OVERRANGE, 0.0)

    def _ovp_limits(self) -> Limits:
        rating = self.supply.rating
        return Limits(rating.lowest_ovp, rating.highest_ovp, rating.highest_ovp)

    def _uvl_limits(self) -> Limits:
        return Limits(0.0, self.supply.rating.highest_uvl, 0.0)

    # SOURce and MEASure (11.10, 11.11).

    @command("[SOURce]:VOLTage[:LEVel][:IMMediate][:AMPLitude]", Number("V", _volts_limits))
    @command("GLOBal:VOLTage[:AMPLitude]", Number("V", _volts_limits))
    def set_volts(self, volts: float) -> None:
        """Program the voltage."""
        try:
            self.supply.set_volts(volts)
        except Refused as refused:
            raise self._refused(refused) from None

    @query("[SOURce]:VOLTage[:LEVel][:IMMediate][:AMPLitude]?", SpecialOnly())
    def volts(self, special: Special | None = None) -> str:
        """As programmed, or an end of the range."""
        value = self.supply.settings.volts if special is None else self._volts_limits().of(special)
        return self.supply.shown_volts(value)

    @command("[SOURce]:CURRent[:LEVel][:IMMediate][:AMPLitude]", Number("A", _amps_limits))
    @command("GLOBal:CURRent[:AMPLitude]", Number("A", _amps_limits))
    def set_amps(self, amps: float) -> None:
        """Program the current limit."""
        self.supply.set_amps(amps)

    @query("[SOURce]:CURRent[:LEVel][:IMMediate][:AMPLitude]?", SpecialOnly())
    def amps(self, special: Special | None = None) -> str:
        """As programmed, or an end of the range."""
        value = self.supply.settings.amps if special is None else self._amps_limits().of(special)
        return self.supply.shown_amps(value)

    @command("[SOURce]:VOLTage:PROTection[:LEVel]", Number("V", _ovp_limits))
    def set_ovp(self, volts: float) -> None:
        """Program the over-voltage protection."""
        try:
            self.supply.set_ovp(volts)
        except Refused as refused:
            raise self._refused(refused) from None

    @query("[SOURce]:VOLTage:PROTection[:LEVel]?", SpecialOnly())
    def ovp(self, special: Special | None = None) -> str:
        """As programmed, or an end of the range."""
        value = self.supply.settings.ovp if special is None else self._ovp_limits().of(special)
        return f"{value:05.2f}"

    @query("[SOURce]:VOLTage:PROTection:TRIPped?")
    def over_voltage_tripped(self) -> str:
        """Whether it has acted."""
        return str(int(Fault.OVER_VOLTAGE in self.supply.tripped))

    @command("[SOURce]:VOLTage:LIMit:LOW", Number("V", _uvl_limits))
    def set_uvl(self, volts: float) -> None:
        """Program the under-voltage limit."""
        try:
            self.supply.set_uvl(volts)
        except Refused as refused:
            raise self._refused(refused) from None

    @query("[SOURce]:VOLTage:LIMit:LOW?")
    def uvl(self) -> str:
        """As programmed."""
        return f"{self.supply.settings.uvl:05.2f}"

    @command("[SOURce]:CURRent:PROTection[:STATe]", Boolean())
    def set_foldback(self, on: bool) -> None:
        """Arm the foldback protection."""
        self.supply.set_foldback(on)

    @query("[SOURce]:CURRent:PROTection[:STATe]?")
    def foldback(self) -> str:
        """Whether it is armed."""
        return _on_off(self.supply.settings.foldback)

    @query("[SOURce]:CURRent:PROTection:TRIPped?")
    def foldback_tripped(self) -> str:
        """Whether it has acted."""
        return str(int(Fault.FOLDBACK in self.supply.tripped))

    @query("[SOURce]:MODE?")
    def mode(self) -> str:
        """CV, CC or OFF."""
        return self.supply.mode

    @query("MEASure[:SCALar]:VOLTage[:DC]?")
    def measured_volts(self) -> str:
        """Measured, in five digits."""
        return self.supply.shown_volts(self.supply.measured_volts())

    @query("MEASure[:SCALar]:CURRent[:DC]?")
    def measured_amps(self) -> str:
        """Measured, in five digits."""
        return self.supply.shown_amps(self.supply.measured_amps())

    # OUTPut (11.9).

    @command("OUTPut[:STATe]", Boolean())
    @command("GLOBal:OUTPut[:STATe]", Boolean())
    def switch(self, on: bool) -> None:
        """Output on or off."""
        try:
            self.supply.switch(on)
        except Refused as refused:
            raise self._refused(refused) from None

    @query("OUTPut[:STATe]?")
    def is_on(self) -> str:
        """ON or OFF: whether it really is, whatever was asked."""
        return _on_off(self.supply.is_on)

    @command("OUTPut:PON[:STATe]", Boolean())
    def set_auto_restart(self, on: bool) -> None:
        """Auto-restart or safe start."""
        self.supply.set_auto_restart(on)

    @query("OUTPut:PON[:STATe]?")
    def auto_restart(self) -> str:
        """Whether it restarts by itself."""
        return _on_off(self.supply.settings.auto_restart)

    @command("OUTPut:PROTection:DELay", integer(0, 255))
    def set_foldback_delay(self, tenths: float) -> None:
        """Tenths of a second beyond the standard foldback delay (header from memory)."""
        self.supply.set_foldback_delay(int(tenths))

    @query("OUTPut:PROTection:DELay?")
    def foldback_delay(self) -> str:
        """In tenths of a second."""
        return str(self.supply.settings.foldback_delay)

    # SYSTem and INSTrument (11.8, 12).

    @command("SYSTem:ERRor:ENABle")
    def clear_errors(self) -> None:
        """Empty the error queue; over LAN, errors are always enabled."""
        self.status.errors.clear()

    @command("SYSTem:SET", Choice(tuple(_REMOTE)))
    def set_remote(self, mode: str) -> None:
        """Local, remote or local lockout."""
        self.supply.remote = mode
        self.supply.observe()

    @query("SYSTem:SET?")
    def remote(self) -> str:
        """LOC, REM or LLO."""
        return self.supply.remote

    @query("SYSTem:DATE?")
    def tested(self) -> str:
        """Date of the last test."""
        return "2019/06/24"

    @command("INSTrument[:SELect]", integer(0, 30))
    @command("INSTrument:NSELect", integer(0, 30))
    def select(self, address: float) -> None:
        """Speak to the supply with this serial address; there is only the one."""
        if int(address) != ADDRESS:
            raise ScpiError(-241)

    @query("INSTrument[:SELect]?")
    @query("INSTrument:NSELect?")
    def selected_address(self) -> str:
        """The serial address spoken to."""
        return f"{ADDRESS:02d}"

    blinking = Setting("SYSTem:COMMunicate:LAN:IDLed", Boolean(), reset=False)

    @query("SYSTem:COMMunicate:LAN:HOST?")
    def hostname(self) -> str:
        """Its name on the network."""
        return f"{self.supply.model}-{ADDRESS:03d}"

    @query("SYSTem:COMMunicate:LAN:IP?")
    def network_address(self) -> str:
        """Its address on the network (from the range that is reserved for examples)."""
        return "192.0.2.6"

    @query("SYSTem:COMMunicate:LAN:MAC?")
    def hardware_address(self) -> str:
        """The LAN card's."""
        return "00:19:F9:00:00:06"

    @command("SYSTem:COMMunicate:LAN:RESet")
    def reset_lan(self) -> None:
        """The LAN card's settings as delivered; nothing here depends on them."""

    # Reset and the one stored state.

    def power_cycle(self) -> None:
        """The supply keeps its settings when the mains fail; only the exchange and the status begin anew."""
        with self._lock:
            self._forget()
            self.status.power_on()
            self.supply.power_on()

    def on_reset(self) -> None:
        """The supply's own table."""
        self.supply.reset()

    @command("*SAV", integer(0, 0))
    def save(self, _place: float) -> None:
        """Keep the settings."""
        self.supply.save()

    @command("*RCL", integer(0, 0))
    def recall(self, _place: float) -> None:
        """The settings that were kept."""
        self.supply.recall()


def _on_off(on: bool) -> str:
    return "ON" if on else "OFF"
