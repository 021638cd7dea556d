"""Every quantity of a sled by its name, as it truly is: what sensors, places and balances are made of.

Names are a product's: "tj.2", "hbm.0", "plate.1", "board", "coolant.in", "coolant.out", "flow", "vin.volts",
"vin.amps", "vin.watts", and "RAIL.volts", "RAIL.amps", "RAIL.celsius" of each rail instance. All as of the time that
the sled was last advanced to. Neighbours: `passage.SledInTime` holds the state, `telemetry` and `sled.SledPhysics` ask.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bringup.errors import UnknownName
from bringup.nearest import unknown

from .power import regulator_loss_watts
from .rails import Rail
from .thermal import hbm_celsius

if TYPE_CHECKING:
    from .passage import SledInTime

REGULATOR_KELVIN_PER_WATT = 0.35
"""From the board to the hottest power stage of a core regulator, for each watt of its loss (estimate)."""

DEAD_PHASE_KELVIN = 15.0
"""By which the others run hotter when one phase of a converter carries nothing (domain: +15 °C)."""


class Truths:
    """Of one sled."""

    def __init__(self, sled: SledInTime) -> None:
        self._sled = sled
        self._of_sled: dict[str, Callable[[], float]] = {
            "board": lambda: sled.board_celsius,
            "coolant.in": lambda: sled.coolant.supply_celsius(sled.now_s),
            "coolant.out": self._outlet,
            "flow": lambda: sled.true_flow_lpm() * sled.coolant.wavering(sled.now_s),
            "vin.volts": lambda: self._input()[0],
            "vin.amps": lambda: self._input()[1],
            "vin.watts": lambda: self._input()[0] * self._input()[1],
        }

    def celsius(self) -> dict[str, float]:
        """Every temperature of chips, board and coolant."""
        sled = self._sled
        inlet = sled.coolant.supply_celsius(sled.now_s)
        thermal = sled.parameters.thermal
        seen = {f"tj.{c.index}": c.die_celsius for c in sled.chips}
        seen |= {f"hbm.{c.index}": hbm_celsius(thermal, inlet, c.die_celsius, c.operating().hbm) for c in sled.chips}
        return seen | {"board": sled.board_celsius, "coolant.in": inlet, "coolant.out": self._outlet()}

    def moving(self) -> dict[str, float]:
        """What moves by itself and fast: dies, stacks, core currents, the input."""
        sled = self._sled
        volts, amps = self._input()
        seen = self.celsius() | {"vin.volts": volts, "vin.amps": amps, "vin.watts": volts * amps}
        core = sled.bank.core
        for chip in sled.chips:
            now = chip.operating().core
            seen[f"{core.name}.{chip.index}.amps"] = now.amps
        return seen

    def value(self, quantity: str) -> float:
        """Any one of them.

        Raises:
            UnknownName: nothing bears the name.
        """
        if quantity in self._of_sled:
            return self._of_sled[quantity]()
        head, _, what = quantity.rpartition(".")
        if head in ("tj", "hbm", "plate") and what.isdecimal():
            return self._of_chip(head, int(what))
        if what in ("volts", "amps", "celsius"):
            return self._of_rail(self._sled.bank.one(head), what)
        raise UnknownName(unknown("quantity", quantity, [*self._of_sled, "tj.0", "hbm.0", "plate.0"]))

    def regulator_celsius(self, rail: Rail) -> float:
        """Of the hottest power stage that makes a rail."""
        sled = self._sled
        loss = regulator_loss_watts(sled.parameters.vr, sled.rail_amps(rail))
        own = [defects for name, defects in sled.defects.regulators.items() if rail.name in sled.regulator_rails(name)]
        dead = DEAD_PHASE_KELVIN if any(defects.dead_phases for defects in own) else 0.0
        return sled.board_celsius + REGULATOR_KELVIN_PER_WATT * loss + dead

    def _of_chip(self, what: str, number: int) -> float:
        chip = self._sled.chips[number]
        if what == "tj":
            return chip.die_celsius
        if what == "plate":
            return chip.plate_celsius
        sled = self._sled
        inlet = sled.coolant.supply_celsius(sled.now_s)
        return hbm_celsius(sled.parameters.thermal, inlet, chip.die_celsius, chip.operating().hbm)

    def _of_rail(self, rail: Rail, what: str) -> float:
        sled = self._sled
        if what == "celsius":
            return self.regulator_celsius(rail)
        amps = sled.rail_amps(rail)
        return amps if what == "amps" else rail.volts(sled.now_s) - rail.parameters.load_line_ohms * amps

    def _input(self) -> tuple[float, float]:
        seen = self._sled.input.sled_end(self._sled.now_s, self._sled.input_watts())
        return seen.volts, seen.amps

    def _outlet(self) -> float:
        sled = self._sled
        carried = sled.true_flow_lpm() * sled.parameters.thermal.coolant_joules_per_litre_kelvin / 60.0
        rise = sled.coolant_watts(sled.now_s) / carried if carried > 0.0 else 0.0
        return sled.coolant.supply_celsius(sled.now_s) + rise
