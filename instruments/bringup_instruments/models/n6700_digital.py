"""The digital port of an N6700 frame: seven pins, of which 1 and 2 can say fault and 3 can take inhibit.

After the Operating and Service Guides, "Using the Digital Port" and "Digital Commands". Other instruments reach the
pins in process: `drive` is what is put on one from outside, `fault` is what pin 1 says, so that frames can be chained.
Neighbours: `supply_n6700.py` acts on inhibit and tells when a protection has tripped.
"""

from __future__ import annotations

from collections.abc import Callable

from ..scpi import Choice, ScpiError, command, integer, query

PINS = range(1, 8)
FUNCTIONS = ("DIO", "DINPut", "TOUTput", "TINPut", "FAULt", "INHibit", "ONCouple", "OFFCouple")
_ONLY_ON = {"FAUL": (1, 2), "INH": (3,), "ONC": (4, 5, 6, 7), "OFFC": (4, 5, 6, 7)}


class DigitalPort:
    """The pins; their settings are non-volatile, so that *RST leaves them alone.

    Args:
        changed: called when a pin or its function has changed.
        pins: how many the model has.
    """

    def __init__(self, changed: Callable[[], None], pins: int = 7) -> None:
        self._changed = changed
        self._pins = pins
        self._functions = dict.fromkeys(PINS, "DINP")
        self._polarities = dict.fromkeys(PINS, "POS")
        self._driven: dict[int, bool] = {}  # from outside: high; what nobody drives is never true (estimate)
        self._data = 0
        self._listeners: list[Callable[[bool], None]] = []
        self._faulty = False

    # In process.

    def drive(self, pin: int, *, high: bool) -> None:
        """Put a level on a pin from outside."""
        self._driven[pin] = high
        self._changed()

    def watch_fault(self, listener: Callable[[bool], None]) -> None:
        """Be told when the fault output goes on or off."""
        self._listeners.append(listener)

    @property
    def fault(self) -> bool:
        """Whether pin 1 is a fault output and says fault."""
        return self._faulty and self._functions[1] == "FAUL"

    @property
    def inhibits(self) -> bool:
        """Whether pin 3 is the inhibit input and is true."""
        return self._functions[3] == "INH" and self._driven.get(3) == (self._polarities[3] == "POS")

    def set_fault(self, *, faulty: bool) -> None:
        """A protection has tripped somewhere, or none is left."""
        if faulty != self._faulty:
            self._faulty = faulty
            for listener in self._listeners:
                listener(self.fault)

    # Commands.

    @command("DIGital:PIN<1:7>:FUNCtion", Choice(FUNCTIONS))
    def set_function(self, pin: int, function: str) -> None:
        """What a pin is for; -114 where there is none, -221 where it cannot be."""
        if pin > self._pins:
            raise ScpiError(-114)
        if pin not in _ONLY_ON.get(function, PINS):
            raise ScpiError(-221)
        self._functions[pin] = function
        self._changed()

    @query("DIGital:PIN<1:7>:FUNCtion?")
    def function(self, pin: int) -> str:
        """What it is for."""
        return self._functions[pin]

    @command("DIGital:PIN<1:7>:POLarity", Choice(("POSitive", "NEGative")))
    def set_polarity(self, pin: int, polarity: str) -> None:
        """Which level is true."""
        self._polarities[pin] = polarity
        self._changed()

    @query("DIGital:PIN<1:7>:POLarity?")
    def polarity(self, pin: int) -> str:
        """Which level is true."""
        return self._polarities[pin]

    @query("DIGital:INPut:DATA?")
    def read(self) -> str:
        """All pins as bits, whatever their functions."""
        return str(sum(1 << (pin - 1) for pin in PINS if self._level(pin)))

    @command("DIGital:OUTPut:DATA", integer(0, 127))
    def write(self, bits: float) -> None:
        """The pins that are digital outputs."""
        self._data = round(bits)

    @query("DIGital:OUTPut:DATA?")
    def written(self) -> str:
        """As last written."""
        return str(self._data)

    def _level(self, pin: int) -> bool:
        function = self._functions[pin]
        if function == "DIO":
            return bool(self._data >> (pin - 1) & 1)
        if function == "FAUL":
            return self._faulty == (self._polarities[pin] == "POS")
        return self._driven.get(pin, False)
