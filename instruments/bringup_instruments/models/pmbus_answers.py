"""What a simulated PMBus regulator answers to each command that can be read, as the bytes of its data.

Neighbours: `pmbus_page.py` has the registers, `physics/regulator.py` what is measured, `pmbus_device.py` asks.
"""

from __future__ import annotations

from bringup.pmbus import SHAPES, Command, Shape, StatusCml, to_linear11
from bringup.pmbus.commands import ALL_PHASES, PEC_SUPPORTED
from bringup.pmbus.manufacturer import EMPTY_BLACK_BOX

from ..physics import SledPhysics
from ..physics.regulator import Regulator, as_measured
from .pmbus_page import PmbusPage

AT_400_KHZ = 0x20
REVISION_1_3 = 0x33
"""PMBUS_REVISION (22.1): parts I and II are of revision 1.3."""

MAKER = "BRINGUP"
LONGEST_TEXT = 32


class PmbusAnswers:
    """The readable side of one regulator.

    Args:
        sled: that it is on.
        regulator: what it truly is.
        pages: its registers.
    """

    def __init__(self, sled: SledPhysics, regulator: Regulator, pages: tuple[PmbusPage, ...]) -> None:
        self._sled = sled
        self._regulator = regulator
        self._sensors = {
            (page.number, what): sensor.name if page.rail.chip is None else f"{sensor.name}.{page.rail.chip}"
            for page in pages
            for what in ("volts", "amps", "celsius")
            for sensor in sled.parameters.sensors
            if "pmbus" in sensor.places and sensor.quantity == f"{page.rail.parameters.name}.{what}"
        }

    def of_device(self, command: Command) -> bytes | None:
        """What is the same on every page; None where it is not of that kind."""
        texts = {
            Command.MFR_ID: MAKER,
            Command.MFR_MODEL: self._regulator.facts.model,
            Command.MFR_REVISION: self._regulator.config_version,
            Command.MFR_SERIAL: f"{self._sled.serial_number}-{self._regulator.name}",
            Command.IC_DEVICE_ID: self._regulator.facts.model,
        }
        if command in texts:
            return texts[command].encode("ascii", "replace")[:LONGEST_TEXT]
        blocks = {
            Command.MFR_CONFIG_CRC: (self._regulator.config_crc & 0xFFFFFFFF).to_bytes(4, "little"),
            Command.MFR_BLACK_BOX: self._regulator.black_box or EMPTY_BLACK_BOX,
            Command.CAPABILITY: bytes([PEC_SUPPORTED | AT_400_KHZ]),
            Command.PMBUS_REVISION: bytes([REVISION_1_3]),
        }
        return blocks.get(command)

    def of_page(self, at_s: float, command: Command, page: PmbusPage, phase: int, cml: StatusCml) -> bytes | None:
        """What a page answers; None where it has no such thing, or not for this phase."""
        if command in page.registers:
            return page.registers[command].to_bytes(SHAPES[command].value or 1, "little")
        status = page.status(at_s, cml)
        registers = {
            Command.STATUS_BYTE: status.word & 0xFF,
            Command.STATUS_WORD: status.word,
            Command.STATUS_VOUT: status.vout,
            Command.STATUS_IOUT: status.iout,
            Command.STATUS_INPUT: status.input,
            Command.STATUS_TEMPERATURE: status.temperature,
        }
        if command in registers:
            return int(registers[command]).to_bytes(2 if SHAPES[command] is Shape.WORD else 1, "little")
        word = self._measured(at_s, command, page, phase)
        return None if word is None else word.to_bytes(2, "little")

    def celsius(self, at_s: float, page: PmbusPage) -> float:
        """How warm the hottest stage of a page truly is."""
        self._sled.advance(at_s)
        return self._sled.truths.regulator_celsius(page.rail)

    def output(self, at_s: float, page: PmbusPage) -> tuple[float, float]:
        """Volts and amps of a page as its converter measures them at this moment."""
        seen = self._sled.read_rail(at_s, page.rail.name)
        return as_measured(self._sled.serial_number, self._sled.parameters.variation, seen)

    def _measured(self, at_s: float, command: Command, page: PmbusPage, phase: int) -> int | None:
        volts, amps = self.output(at_s, page)
        volts = self._shown(at_s, page, "volts", volts)
        amps = self._shown(at_s, page, "amps", amps)
        if command is Command.READ_VOUT:
            return page.word(volts)
        if command is Command.READ_IOUT:
            return self._phase_amps(page, amps, phase)
        if command is Command.READ_TEMPERATURE_1:
            return to_linear11(self._shown(at_s, page, "celsius", self.celsius(at_s, page)))
        bus_volts = self._sled.parameters.vr.bus_volts
        watts = volts * amps + self._regulator.loss_watts(page.number, volts, amps)
        readings = {
            Command.READ_VIN: bus_volts,
            Command.READ_IIN: watts / bus_volts,
            Command.READ_POUT: volts * amps,
            Command.READ_PIN: watts,
        }
        return to_linear11(readings[command]) if command in readings else None

    def _shown(self, at_s: float, page: PmbusPage, what: str, otherwise: float) -> float:
        """A reading of the sensor that the product has for it here, with all its lies; else what is measured."""
        sensor = self._sensors.get((page.number, what))
        return otherwise if sensor is None else self._sled.telemetry.read(at_s, sensor, "pmbus").value

    def _phase_amps(self, page: PmbusPage, amps: float, phase: int) -> int | None:
        if phase == ALL_PHASES:
            return to_linear11(amps)
        shares = self._regulator.phase_amps(page.number, amps)
        return to_linear11(shares[phase]) if phase < len(shares) else None
