"""What a sled's voltage regulators are beside the rails that they drive: phases, configuration, memory.

The phases of a converter share the current equally but for a spread of 3 % (1 sigma), drawn once for each unit. A dead
phase carries nothing and the others carry its part; what they lose grows with the square of it, by a few watts that
the sled's heat balance leaves out. Neighbours: `rails.py` has the rails, `defects.py` what is wrong with a regulator,
`truths.py` how warm it is, `passage.py` makes those of a sled, `models/pmbus_device.py` shows them on I2C.
"""

from __future__ import annotations

from collections.abc import Sequence

from .defects import RegulatorDefects, SledDefects
from .draw import normal
from .hardware import RegulatorParameters
from .parameters import Role, SledParameters, VariationParameters
from .power import regulator_loss_watts
from .rails import Rail, RailBank, RailReading

PHASE_SIGMA = 0.03
"""Of a phase's share of the current (estimate, after the ±10 % that phases are accepted with)."""

LOWEST_READING_VOLTS = 2.0**-12
"""Below it an output's telemetry shows nothing."""


class Regulator:
    """One regulator of one sled.

    Args:
        serial_number: of the sled; seeds what differs between units.
        parameters: the sled's product.
        facts: which of its regulators.
        rails: that it drives, by page.
        defects: of the sled; looked at each time.

    Attributes:
        facts: which of its product's regulators it is.
        name: with the chip's number where every chip has its own, as "vr_core.2".
        bus: the I2C bus that it is on.
        rails: that it drives, by page.
        black_box: its record of the last trip, as the device keeps it without power.
    """

    def __init__(
        self,
        serial_number: str,
        parameters: SledParameters,
        facts: RegulatorParameters,
        rails: Sequence[Rail],
        defects: SledDefects,
    ) -> None:
        chip = rails[0].chip
        self.facts = facts
        self.name = facts.name if chip is None else f"{facts.name}.{chip}"
        self.bus = facts.bus + (chip or 0)
        self.rails = tuple(rails)
        self.black_box = b""
        self._defects = defects
        self._vr = parameters.vr
        draws = (normal(serial_number, self.name, "phase", number) for number in range(facts.phases))
        self._weights = tuple(max(0.1, 1.0 + PHASE_SIGMA * draw) for draw in draws)

    @property
    def config_version(self) -> str:
        """Of the configuration that is in it."""
        really = self._wrong.config_version
        return self.facts.config_version if really is None else really

    @property
    def config_crc(self) -> int:
        """Of the configuration that is in it."""
        really = self._wrong.config_crc
        return self.facts.config_crc if really is None else really

    def phases(self, page: int) -> int:
        """How many phases a page's converter has."""
        return self.facts.phases if page == 0 else 1

    def phase_amps(self, page: int, amps: float) -> tuple[float, ...]:
        """How the current of a page divides over its phases."""
        if page != 0:
            return (amps,)
        dead = self._wrong.dead_phases
        weights = [0.0 if number in dead else weight for number, weight in enumerate(self._weights)]
        total = sum(weights)
        return tuple(amps * weight / total if total else 0.0 for weight in weights)

    def loss_watts(self, page: int, volts: float, amps: float) -> float:
        """Heat in a page's converter while it delivers `amps` at `volts`."""
        if self.rails[page].parameters.role is not Role.CORE:
            return max(0.0, volts * amps) * (1.0 / self._vr.other_efficiency - 1.0)
        live = sum(number not in self._wrong.dead_phases for number in range(self.phases(page)))
        crowding = self._vr.ohms * amps * amps * (self.phases(page) / live - 1.0) if live else 0.0
        return regulator_loss_watts(self._vr, amps) + crowding

    @property
    def _wrong(self) -> RegulatorDefects:
        return self._defects.regulators.get(self.name) or _SOUND


_SOUND = RegulatorDefects()


def fit_regulators(
    serial_number: str, parameters: SledParameters, bank: RailBank, defects: SledDefects
) -> tuple[Regulator, ...]:
    """All regulators of a sled, each chip's its own."""
    fitted = []
    for facts in parameters.regulators:
        rows = zip(*(bank.select(name) for name in facts.rails), strict=True)
        fitted += [Regulator(serial_number, parameters, facts, rails, defects) for rails in rows]
    return tuple(fitted)


def as_measured(serial_number: str, spread: VariationParameters, seen: RailReading) -> tuple[float, float]:
    """Volts and amps of a rail as its regulator measures them, before it rounds: with the errors that the unit drew."""
    offset = spread.sense_sigma_volts * normal(serial_number, "telemetry", seen.name, "volts")
    gain = 1.0 + spread.current_sigma * normal(serial_number, "telemetry", seen.name, "amps")
    return (seen.volts + offset if seen.volts > LOWEST_READING_VOLTS else 0.0), seen.amps * gain
