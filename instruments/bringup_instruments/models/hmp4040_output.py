"""One channel of the HMP4040 as its user meets it: levels, steps, over-voltage protection, electronic fuse.

Everything here is of the selected channel in the manual's words; what the channels share (master switch, power,
fuse links, sequences) is the bank's. Neighbours: `hmp4040_bank.py` offers and trips, `supply_hmp4040.py` selects.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Protocol

from ..scpi import Boolean, Choice, Limits, Number, ScpiError, Setting, Special, command, integer, query
from ..scpi.lexer import Kind, Token, units
from ..world import Load
from .bench_output import BenchOutput
from .hmp4040_sequence import Sequence

VOLTS = Limits(0.0, 32.05, 0.0)
"""Programming range and default of the voltage (data sheet: 0 V to 32.05 V)."""

AMPS = Limits(0.0, 10.01, 0.1)
"""Programming range and default of the current (data sheet: 10.01 A; the default is 100 mA)."""

PROTECTION_VOLTS = Limits(0.0, 33.0, 33.0)
"""Range and default of the over-voltage protection, as the maker's own driver has them."""

VOLTS_STEP = 0.001
FINE_AMPS_STEP, AMPS_STEP = 0.0002, 0.001  # below 1 A, and from there on (data sheet, from memory)
READING_S = 0.05  # until a measured value is answered (estimate)
LONGEST_FUSE_DELAY_MS = 250  # counts from switching on (from memory)
CHANNELS = (1, 2, 3, 4)


class Shared(Protocol):
    """What a channel needs of the supply that it is part of."""

    master_on: bool

    def settle(self) -> None:
        """Offer what is set now and let the protections act."""


@dataclass(frozen=True, slots=True)
class Stepped(Number):
    """A level that also takes UP and DOWN, by the step set for it.

    Args:
        level: the channel's attribute that moves.
        step: the channel's attribute that says how far.
    """

    level: str = ""
    step: str = ""

    def accept(self, token: Token) -> float | Special | Any:
        """As any number, and the two words."""
        if token.kind is Kind.WORD and token.text in ("UP", "DOWN"):
            return token.text
        return Number.accept(self, token)

    def check(self, owner: Any, value: object) -> float:
        """Where the step leads must be in range, too."""
        if value in ("UP", "DOWN"):
            step = getattr(owner, self.step)
            value = round(getattr(owner, self.level) + (step if value == "UP" else -step), 6)
        return Number.check(self, owner, value)


@dataclass(frozen=True, slots=True)
class Pair:
    """APPLy's first parameter: a voltage, or both values in one string, as the manual's example has them."""

    optional: bool = False

    def accept(self, token: Token) -> tuple[object, ...]:
        """The voltage, and the current if it is in the string."""
        tokens: tuple[Token, ...] = (token,)
        if token.kind is Kind.STRING:
            tokens = next(iter(units(f"APPL {token.text}"))).data
            if not 1 <= len(tokens) <= 2:
                raise ScpiError(-151)
        return tuple(Number(unit).accept(one) for unit, one in zip("VA", tokens, strict=False))

    def check(self, _owner: Any, value: object) -> Any:
        """Judged when both are known."""
        return value

    def show(self, value: Any) -> str:
        """Never asked."""
        return str(value)

    def limits_of(self, _owner: Any) -> None:
        """Each has its own."""
        return


class HmpOutput(BenchOutput):
    """A channel.

    Args:
        number: 1 to 4.
        load: what hangs on it.
        now: lab time.
        shared: the supply.
    """

    def __init__(self, number: int, load: Load, now: Callable[[], float], shared: Shared) -> None:
        super().__init__(load, now)
        self.number = number
        self._shared = shared
        self.active = False  # OUTPut:SELect: comes on with the master switch
        self.on_since_s = math.inf
        self.over_voltage_tripped = False
        self.fuse_tripped = False
        self.links: frozenset[int] = frozenset()
        self.sequence: Sequence | None = None

    @property
    def should_be_on(self) -> bool:
        """Whether the switches say so."""
        return self.active and self._shared.master_on

    def _settle(self) -> None:
        self._shared.settle()

    def _adopt_volts(self, volts: float) -> float:
        return round(round(volts / VOLTS_STEP) * VOLTS_STEP, 3)

    def _adopt_amps(self, amps: float) -> float:
        step = FINE_AMPS_STEP if amps < 1 else AMPS_STEP
        return round(round(amps / step) * step, 4)

    volts = Setting(
        "[SOURce]:VOLTage[:LEVel][:IMMediate][:AMPLitude]",
        Stepped("V", VOLTS, form=".3f", level="volts", step="volts_step"),
        reset=0.0,
        adopt=_adopt_volts,
        then=_settle,
    )
    volts_step = Setting(
        "[SOURce]:VOLTage[:LEVel][:IMMediate][:AMPLitude]:STEP[:INCRement]",
        Number("V", Limits(0.0, VOLTS.maximum, 1.0), form=".3f"),
        reset=1.0,
        adopt=_adopt_volts,
    )
    amps = Setting(
        "[SOURce]:CURRent[:LEVel][:IMMediate][:AMPLitude]",
        Stepped("A", AMPS, form=".4f", level="amps", step="amps_step"),
        reset=0.1,
        adopt=_adopt_amps,
        then=_settle,
    )
    amps_step = Setting(
        "[SOURce]:CURRent[:LEVel][:IMMediate][:AMPLitude]:STEP[:INCRement]",
        Number("A", Limits(0.0, AMPS.maximum, 0.1), form=".4f"),
        reset=0.1,
        adopt=_adopt_amps,
    )
    protection_volts = Setting(
        "[SOURce]:VOLTage:PROTection[:LEVel]",
        Number("V", PROTECTION_VOLTS, form=".3f"),
        reset=33.0,
        adopt=_adopt_volts,
        then=_settle,
    )
    fuse_on = Setting("FUSE[:STATe]", Boolean(), reset=False, then=_settle)
    fuse_delay_ms = Setting("FUSE:DELay", integer(0, LONGEST_FUSE_DELAY_MS, 0), reset=0)

    # Levels together.

    @command("APPLy", Pair(), Number("A", optional=True))
    def apply(self, first: tuple[object, ...], amps: float | None = None) -> None:
        """Voltage and current at once, both judged before either moves."""
        if amps is not None and len(first) > 1:
            raise ScpiError(-108)
        both = first if amps is None else (*first, amps)
        judged = [kind.check(self, value) for kind, value in zip(_APPLIED, both, strict=False)]
        self.volts = self._adopt_volts(judged[0])
        if len(judged) > 1:
            self.amps = self._adopt_amps(judged[1])
        self._settle()

    @query("APPLy?")
    def applied(self) -> str:
        """Both levels."""
        return f"{self.volts:.3f},{self.amps:.4f}"

    # Switches.

    @command("OUTPut[:STATe]", Boolean())
    def switch(self, on: bool) -> None:
        """ON activates the channel and raises the master switch; OFF takes this channel alone off."""
        if on:
            self._shared.master_on = True
        self.activate(on)

    @query("OUTPut[:STATe]?")
    def switched(self) -> str:
        """Whether this channel is on."""
        return str(int(self.should_be_on))

    @command("OUTPut:SELect", Boolean())
    def activate(self, on: bool) -> None:
        """Whether the channel follows the master switch; activating resets its fuse, a tripped OVP forbids it."""
        if on:
            self.fuse_tripped = False
        self.active = on and not self.over_voltage_tripped
        self._settle()

    @query("OUTPut:SELect?")
    def activated(self) -> str:
        """1 if it follows the master switch."""
        return str(int(self.active))

    # Protections.

    protection_mode = "MEAS"

    @command("[SOURce]:VOLTage:PROTection:MODE", Choice(("MEASured", "PROTected")))
    def set_protection_mode(self, mode: str) -> None:
        """MEASured looks at the terminals alone; PROTected does not allow a setting above the level, either."""
        self.protection_mode = mode
        self._settle()

    @query("[SOURce]:VOLTage:PROTection:MODE?")
    def tell_protection_mode(self) -> str:
        """The long word in small letters, as the instrument answers it."""
        return {"MEAS": "measured", "PROT": "protected"}[self.protection_mode]

    @query("[SOURce]:VOLTage:PROTection:TRIPped?")
    def tell_over_voltage(self) -> str:
        """1 if it has tripped."""
        return str(int(self.over_voltage_tripped))

    @command("[SOURce]:VOLTage:PROTection:CLEar")
    def clear_over_voltage(self) -> None:
        """Release the latch; the channel stays off until it is activated again."""
        self.over_voltage_tripped = False
        self._settle()

    @query("FUSE:TRIPped?")
    def tell_fuse(self) -> str:
        """1 if it has tripped."""
        return str(int(self.fuse_tripped))

    @command("FUSE:LINK", integer(1, 4))
    def link(self, other: float) -> None:
        """When this channel's fuse trips, the other channel goes off with it."""
        self.links |= {int(other)}

    @query("FUSE:LINK?", integer(1, 4))
    def is_linked(self, other: float) -> str:
        """Whether it does."""
        return str(int(int(other) in self.links))

    @command("FUSE:UNLink", integer(1, 4))
    def unlink(self, other: float) -> None:
        """It does no longer."""
        self.links -= {int(other)}

    # Measurement.

    @query("MEASure[:SCALar][:VOLTage][:DC]?")
    def measure_volts(self) -> Generator[float, None, str]:
        """At the terminals, in the display's steps."""
        yield READING_S
        self._settle()
        return f"{self._adopt_volts(self.delivered.volts):.3f}"

    @query("MEASure[:SCALar]:CURRent[:DC]?")
    def measure_amps(self) -> Generator[float, None, str]:
        """Out of the terminals, in the display's steps."""
        yield READING_S
        self._settle()
        return f"{self._adopt_amps(self.delivered.amps):.4f}"


_APPLIED = (HmpOutput.volts.kind, HmpOutput.amps.kind)
