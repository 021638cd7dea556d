"""Aim-TTi LD400P electronic load: 80 V, 80 A, 400 W; constant current, power, resistance, conductance and voltage.

After the LD400/LD400P Instruction Manual (48511-1730), "Remote Commands" and "Status Reporting": every query has its
own answer, which mostly repeats its keyword and carries a unit; errors are numbers in two registers. The load sinks
what its mode wants within what its power limit and its saturation allow. Neighbours: `load_demand.py` moves the
level, `load_status.py` reports, `world.Terminals` is what it hangs on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from bringup.clock import Clock

from ..dialects import Answer, LineDevice, verb, verbs_of
from ..physics.draw import uniform
from ..world import Terminals
from .load_ranges import DUTIES_PERCENT, FREQUENCIES_HZ, HIGHEST_VOLTS, MODES, TRIP_AMPS, decimals
from .load_sink import LoadSink, Setup
from .load_status import LoadStatus
from .load_words import ExecutionError, SyntaxMistake, flag, limit, store, within, word

if TYPE_CHECKING:
    from ..catalogue import Placement

FIRMWARE = "1.00 - 2.00"  # free text; shaped like the real ones

_COMMAND = re.compile(r"\s*(\S+)\s*(.*?)\s*", re.DOTALL)


class LoadLd400p(LineDevice):
    """A load on its terminals.

    Args:
        clock: the lab's time.
        terminals: what it is wired to.
        serial_number: third field of *IDN?.
        seed: of its meters' errors; any text.
    """

    reply_s = 0.005  # the firmware's time for a query (estimate)

    def __init__(self, clock: Clock, terminals: Terminals, serial_number: str, seed: str = "") -> None:
        super().__init__(clock)
        self.sink = LoadSink(clock, terminals)
        self.registers = LoadStatus(self.sink)
        self._identity = f"THURLBY THANDAR, LD400P, {serial_number}, {FIRMWARE}"
        self._stores: dict[int, Setup] = {}
        self._gain = {what: 1.0 + 2e-4 * (uniform(seed, what) - 0.5) for what in ("volts", "amps")}
        self._verbs = verbs_of(self) | verbs_of(self.registers)

    # The line: commands between semicolons, in any case, each query with a message of its own.

    def obey(self, line: str) -> Iterable[Answer]:
        """Carry out the commands of a line."""
        for part in line.split(";"):
            if part.strip():
                answer = self._carried_out_one(part)
                if answer is not None:
                    yield answer

    def _carried_out_one(self, part: str) -> Answer | None:
        found = _COMMAND.fullmatch(part)
        header, argument = (found[1].upper(), found[2]) if found else ("", "")
        handler = self._verbs.get(header)
        alone = header.endswith("?") or header in _WITHOUT_PARAMETER
        if handler is None or (alone and argument):
            self.registers.command_error()
            return None
        try:
            answer: Answer | None = handler() if alone else handler(argument)
            return answer  # noqa: TRY300 - the dialect's methods are not typed here
        except SyntaxMistake:
            self.registers.command_error()
        except ExecutionError as error:
            self.registers.execution_error(error.number)
        return None

    def summary(self) -> int:
        """The status byte without bit 6."""
        return self.registers.summary(super().summary())

    def observe(self) -> None:
        """Let due steps and trips happen."""
        self.sink.now_at(self.clock.now())

    @property
    def service_enable(self) -> int:  # type: ignore[override]
        """*SRE's mask."""
        return self.registers.service_enable

    def starved(self) -> None:
        """Nobody had asked for anything: query unterminated."""
        self.registers.query_error(3)

    # Modes and levels.

    @verb("MODE")
    def set_mode(self, argument: str) -> None:
        """Choose the mode: the input goes off, levels, range and slew take the mode's standard values."""
        self.sink.choose_mode(word(argument, tuple(MODES)))

    @verb("MODE?")
    def mode(self) -> str:
        """One letter."""
        return f"MODE {self.sink.setup.mode}"

    @verb("RANGE")
    def set_range(self, argument: str) -> None:
        """0 the low range, 1 the high one (from memory); levels beyond it are cut."""
        high = flag(argument)
        if not high and len(MODES[self.sink.setup.mode].ranges) == 1:
            raise ExecutionError(100)
        found = replace(self.sink.setup, high_range=high).range
        levels = [
            min(max(level, found.lowest), found.highest) for level in (self.sink.setup.level_a, self.sink.setup.level_b)
        ]
        slew = min(max(self.sink.setup.slew, found.slowest), found.fastest)
        self.sink.change(high_range=high, level_a=levels[0], level_b=levels[1], slew=slew)

    @verb("RANGE?")
    def range(self) -> str:
        """0 or 1."""
        return f"RANGE {int(self.sink.setup.high_range)}"

    @verb("600W")
    def set_short_term(self, argument: str) -> None:
        """600 W for a short time; the input must be off."""
        if self.sink.input_on:
            raise ExecutionError(104)
        self.sink.change(short_term=flag(argument))

    @verb("600W?")
    def short_term(self) -> str:
        """0 or 1."""
        return f"600W {int(self.sink.setup.short_term)}"

    @verb("A")
    def set_level_a(self, argument: str) -> None:
        """Level A."""
        self.sink.change(level_a=self._level(argument))

    @verb("A?")
    def level_a(self) -> str:
        """With the mode's unit."""
        return f"A {self._shown(self.sink.setup.level_a)}"

    @verb("B")
    def set_level_b(self, argument: str) -> None:
        """Level B."""
        self.sink.change(level_b=self._level(argument))

    @verb("B?")
    def level_b(self) -> str:
        """With the mode's unit."""
        return f"B {self._shown(self.sink.setup.level_b)}"

    @verb("LVLSEL")
    def select_level(self, argument: str) -> None:
        """Level A, level B, transient, external voltage or external logic (an open input: level A)."""
        self.sink.change(select=word(argument, ("A", "B", "T", "V", "E")))

    @verb("LVLSEL?")
    def selected_level(self) -> str:
        """One letter."""
        return f"LVLSEL {self.sink.setup.select}"

    @verb("DROP")
    def set_drop(self, argument: str) -> None:
        """Dropout voltage; constant voltage has none."""
        if self.sink.setup.mode == "V":
            raise ExecutionError(104)
        self.sink.change(drop_volts=round(within(argument, 0.0, HIGHEST_VOLTS), 2))

    @verb("DROP?")
    def drop(self) -> str:
        """In volts."""
        return f"DROP {self.sink.setup.drop_volts:.2f}V"

    @verb("SLEW")
    def set_slew(self, argument: str) -> None:
        """Units per second."""
        self.sink.change(slew=within(argument, self.sink.setup.range.slowest, self.sink.setup.range.fastest))

    @verb("SLEW?")
    def slew(self) -> str:
        """With the mode's unit."""
        return f"SLEW {self.sink.setup.slew:.3E}{self.sink.setup.unit}"

    @verb("SLOW")
    def set_slow(self, argument: str) -> None:
        """Slow start."""
        self.sink.change(slow_start=flag(argument))

    @verb("SLOW?")
    def slow(self) -> str:
        """0 or 1."""
        return f"SLOW {int(self.sink.setup.slow_start)}"

    @verb("FREQ")
    def set_frequency(self, argument: str) -> None:
        """Of the transient generator, in hertz."""
        self.sink.change(hertz=within(argument, *FREQUENCIES_HZ))

    @verb("FREQ?")
    def frequency(self) -> str:
        """In hertz."""
        return f"FREQ {self.sink.setup.hertz:.2f}HZ"

    @verb("DUTY")
    def set_duty(self, argument: str) -> None:
        """Share of the period at level A, in percent."""
        self.sink.change(duty_percent=round(within(argument, *DUTIES_PERCENT)))

    @verb("DUTY?")
    def duty(self) -> str:
        """In percent."""
        return f"DUTY {self.sink.setup.duty_percent}%"

    @verb("VLIM")
    def set_voltslimit(self, argument: str) -> None:
        """Trip above this voltage; 0 or NONE for no limit."""
        self.sink.change(volts_limit=limit(argument, HIGHEST_VOLTS))

    @verb("VLIM?")
    def voltslimit(self) -> str:
        """0 for none."""
        return f"VLIM {self.sink.setup.volts_limit:.2f}V" if self.sink.setup.volts_limit else "VLIM 0V"

    @verb("ILIM")
    def set_ampslimit(self, argument: str) -> None:
        """Trip above this current; 0 or NONE for no limit."""
        self.sink.change(amps_limit=limit(argument, TRIP_AMPS))

    @verb("ILIM?")
    def ampslimit(self) -> str:
        """0 for none."""
        return f"ILIM {self.sink.setup.amps_limit:.2f}A" if self.sink.setup.amps_limit else "ILIM 0A"

    # Input and meters.

    @verb("INP")
    def set_input(self, argument: str) -> None:
        """Input on or off; a trip whose cause has gone is forgotten when it goes on."""
        self.sink.switch(flag(argument))

    @verb("INP?")
    def input(self) -> str:
        """0 or 1."""
        return f"INP {int(self.sink.input_on)}"

    @verb("V?")
    def volts(self) -> Answer:
        """Measured volts; of a transient, the mean."""
        return lambda: f"{self.sink.mean()[0] * self._gain['volts']:.2f}V"

    @verb("I?")
    def amps(self) -> Answer:
        """Measured amps; of a transient, the mean."""
        digits = decimals(self.sink.setup.range.step) if self.sink.setup.mode == "C" else 2
        return lambda: f"{self.sink.mean()[1] * self._gain['amps']:.{digits}f}A"

    # Identity, stores, reset.

    @verb("*IDN?")
    def identify(self) -> str:
        """Maker, model, serial number, firmware."""
        return self._identity

    @verb("*RST")
    def reset(self) -> None:
        """The factory's settings; stores, status and interfaces stay."""
        self.sink.take(Setup())

    def on_power_on(self) -> None:
        """The set-up of before, with the input off (manual, "Switching on")."""
        self.sink.switch(False)
        self.registers.power_on()

    @verb("*SAV")
    def save(self, argument: str) -> None:
        """Keep the set-up in one of thirty stores."""
        self._stores[store(argument)] = self.sink.setup

    @verb("*RCL")
    def recall(self, argument: str) -> None:
        """Take a set-up from a store; an empty one is an error."""
        place = store(argument)
        if place not in self._stores:
            raise ExecutionError(102)
        self.sink.take(self._stores[place])

    def _level(self, argument: str) -> float:
        found = self.sink.setup.range
        highest = self.sink.watts_limit if self.sink.setup.mode == "P" else found.highest
        return round(within(argument, found.lowest, highest) / found.step) * found.step

    def _shown(self, level: float) -> str:
        return f"{level:.{decimals(self.sink.setup.range.step)}f}{self.sink.setup.unit}"


_WITHOUT_PARAMETER = {"*RST", "*CLS", "*OPC", "*WAI", "*TRG", "LOCAL", "IFLOCK", "IFUNLOCK"}


def place(placement: Placement) -> LoadLd400p:
    """The load that stands at a placement."""
    seed = f"{placement.seed}/{placement.role}"
    return LoadLd400p(placement.clock, placement.terminals(), placement.serial_number, seed)
