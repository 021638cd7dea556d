"""Stored setups of the graphical Keithley meters: *SAV and *RCL.

After the Model DMM6500 Reference Manual, "Common commands" and "Saving setups". A setup holds all settings and the
chosen functions; buffers, the trigger model and what is kept without power stay out of it.
Neighbours: `keithley_graphical.py` mixes this in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..scpi import command, integer
from ..scpi.command import settings_of

if TYPE_CHECKING:
    from .keithley_graphical import KeithleyGraphical
    from .keithley_setups import MeasureSetup

PLACES = 5


@dataclass(frozen=True, slots=True)
class StoredSetup:
    """One place's content.

    Attributes:
        settings: of the meter, by name.
        chosen: function of the terminals and of each channel.
        functions: settings of each function of each of them.
        count: SENSe:COUNt.
    """

    settings: dict[str, Any]
    chosen: list[str]
    functions: list[dict[str, dict[str, Any]]]
    count: float


class StoredSetups:
    """The places; a meter inherits this."""

    if TYPE_CHECKING:

        def _meter(self) -> KeithleyGraphical:
            """The whole instrument."""

    def __init__(self) -> None:
        self.stored: dict[int, StoredSetup] = {}

    @command("*SAV", integer(0, PLACES - 1))
    def save_setup(self, place: float) -> None:
        """Keep the settings in a place."""
        meter = self._meter()
        setups = _setups(meter)
        self.stored[int(place)] = StoredSetup(
            {name: getattr(meter, name) for name, setting in settings_of(type(meter)) if not setting.kept},
            [setup.chosen for setup in setups],
            [{name: _values(function) for name, function in setup.functions.items()} for setup in setups],
            meter.count,
        )

    @command("*RCL", integer(0, PLACES - 1))
    def recall_setup(self, place: float) -> None:
        """Take the settings of a place; an empty place holds the *RST table."""
        meter = self._meter()
        meter.reset()
        stored = self.stored.get(int(place))
        if stored is None:
            return
        _put(meter, stored.settings)
        meter.count = stored.count
        for setup, chosen, functions in zip(_setups(meter), stored.chosen, stored.functions, strict=True):
            setup.chosen = chosen
            for name, values in functions.items():
                _put(setup.functions[name], values)


def _setups(meter: KeithleyGraphical) -> list[MeasureSetup]:
    return [meter.front, *meter.channel_setups.values()]


def _values(part: object) -> dict[str, Any]:
    return {name: getattr(part, name) for name, _ in settings_of(type(part))}


def _put(part: object, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(part, name, value)
