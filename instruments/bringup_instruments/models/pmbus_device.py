"""A voltage regulator on I2C, after PMBus 1.3 part II: its commands, its packet error code, its bad manners' answers.

A write acts when its STOP comes, or a repeated START for the same device; one for another device lets it wait for
the STOP (part I, group command protocol). A code that it does not know is not acknowledged, nor is a wrong packet
error code, nor data that is protected or cannot be taken; STATUS_CML says which. Data cut short is ignored, and what
is read beyond the end is 0xFF, which counts as a fault too (so the MAX34451's datasheet). A black box is written at
each trip of its own and kept without power. Neighbours: `i2c_bus.py` carries the bytes, `pmbus_page.py` has the
registers, `pmbus_answers.py` what is read, `physics/rails.py` tells what happens to the rails.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bringup.pmbus import SHAPES, Command, Shape, StatusCml, from_linear11, pec
from bringup.pmbus.commands import ALL_PAGES, ALL_PHASES
from bringup.pmbus.manufacturer import MOST_TRIPS, pack_black_box

from ..physics import SledPhysics
from ..physics.rails import Protection, Rail
from ..physics.regulator import Regulator
from .pmbus_answers import PmbusAnswers
from .pmbus_page import VOLTAGES, PmbusPage

_KNOWN = frozenset(Command)
_STATUS = {Command.STATUS_VOUT, Command.STATUS_IOUT, Command.STATUS_INPUT, Command.STATUS_TEMPERATURE}
_ACTS = {Command.OPERATION, Command.ON_OFF_CONFIG, *VOLTAGES}
_KEPT = {Command.VOUT_TRANSITION_RATE, Command.OT_FAULT_LIMIT}
_WRITABLE = {
    Command.CLEAR_FAULTS,
    Command.MFR_BLACK_BOX_CLEAR,
    Command.PAGE,
    Command.PHASE,
    Command.WRITE_PROTECT,
    Command.OPERATION,
    Command.ON_OFF_CONFIG,
    Command.VOUT_MODE,
    Command.IOUT_OC_FAULT_LIMIT,
    Command.STATUS_CML,
    *_STATUS,
    *_KEPT,
    *VOLTAGES,
}
# What each value of WRITE_PROTECT (11.1) still lets be written.
_NOT_OPERATING = {Command.WRITE_PROTECT, Command.PAGE, Command.OPERATION}
_UNPROTECTED = {
    0x80: {Command.WRITE_PROTECT},
    0x40: _NOT_OPERATING,
    0x20: {*_NOT_OPERATING, Command.ON_OFF_CONFIG, Command.VOUT_COMMAND},
}


class _InvalidDataError(Exception):
    """Data that cannot be taken."""


@dataclass(frozen=True, slots=True)
class _Packet:
    """A command that has come, with what followed it."""

    command: Command
    data: bytes


class PmbusDevice:
    """One regulator's slave on I2C, and the watcher of its rails.

    Args:
        sled: that it is on.
        regulator: what it is.

    Attributes:
        address: of seven bits.
        holds_until_s: until when nobody else gets on the bus: choosing a phase may hold it, on sleds with that defect.
    """

    def __init__(self, sled: SledPhysics, regulator: Regulator) -> None:
        self._sled = sled
        self._regulator = regulator
        self.address = regulator.facts.address
        exponent = regulator.facts.vout_exponent
        self._pages = tuple(PmbusPage(number, rail, exponent) for number, rail in enumerate(regulator.rails))
        self._answers = PmbusAnswers(sled, regulator, self._pages)
        self.holds_until_s = 0.0
        self._came_at_s = 0.0
        self._acts = False
        self._packet: _Packet | None = None
        self._as_powered()
        for page in self._pages:
            page.adopt()
        sled.bank.watchers.append(self)

    # `RailWatcher`.

    def came(self, at_s: float) -> None:
        """The input is there: every register is as configured."""
        self._came_at_s = at_s
        self.holds_until_s = at_s
        self._as_powered()
        for page in self._pages:
            page.as_configured()

    def commanded(self, at_s: float, rail: Rail) -> None:
        """A rail was switched or moved: by these registers, or by firmware that has written them itself."""
        del at_s
        page = self._page_of(rail)
        if page is not None and not self._acts:
            page.adopt()

    def tripping(self, at_s: float, rail: Rail, protection: Protection) -> None:
        """A rail is about to be turned off by a protection."""
        page = self._page_of(rail)
        if page is None or not rail.on:  # one cause may strike twice
            return
        page.note(protection)
        if protection is not Protection.CHIP_HOT:
            self._record(at_s, page)

    # `i2c_bus.Slave`.

    def answers(self, at_s: float) -> bool:
        """Whether it has its input power."""
        self._sled.advance(at_s)
        return self._sled.input.powered

    def write(self, at_s: float, data: bytes) -> int:
        """Take bytes behind the address; how many of them are acknowledged."""
        self._finish(at_s)
        self._guard_temperature(at_s)
        if not data:
            return 0
        refused = self._refusal(data)
        if refused is not None:
            why, acknowledged = refused
            self._cml |= why
            return acknowledged
        command = Command(data[0])
        self._packet = _Packet(command, data[1 : 1 + (SHAPES[command].value or 0)])
        return len(data)

    def read(self, at_s: float, length: int | None) -> bytes:
        """Give bytes: the data of the command that was sent, its error code, and 0xFF for what is asked beyond."""
        packet, self._packet = self._packet, None
        self._guard_temperature(at_s)
        data = None if packet is None or packet.data else self._answer(at_s, packet.command)
        if packet is None or data is None:
            self._cml |= StatusCml.INVALID_DATA
            return b"\xff" * (1 if length is None else length)
        if SHAPES[packet.command] is Shape.BLOCK:
            data = bytes([len(data)]) + data
        if length is None:
            length = 1 + data[0]
        address = self.address << 1
        data += bytes([pec(bytes([address, packet.command, address | 1]), data)])
        if length > len(data):
            self._cml |= StatusCml.INVALID_DATA
        return data[:length].ljust(length, b"\xff")

    def stop(self, at_s: float) -> None:
        """The transaction is over: what was written acts now."""
        self._finish(at_s)

    # What is inside.

    def _as_powered(self) -> None:
        self._page, self._phase, self._protection = 0, ALL_PHASES, 0
        self._cml = StatusCml(0)
        self._packet = None

    def _page_of(self, rail: Rail) -> PmbusPage | None:
        return next((page for page in self._pages if page.rail is rail), None)

    def _one_page(self) -> PmbusPage | None:
        return None if self._page == ALL_PAGES else self._pages[self._page]

    def _chosen(self) -> tuple[PmbusPage, ...]:
        page = self._one_page()
        return self._pages if page is None else (page,)

    def _refusal(self, data: bytes) -> tuple[StatusCml, int] | None:
        """Why bytes are not taken, and how many of them are acknowledged for all that."""
        if data[0] not in _KNOWN:
            return StatusCml.INVALID_COMMAND, 0
        command, page = Command(data[0]), self._one_page()
        if command is Command.IOUT_OC_FAULT_LIMIT and page is not None and command not in page.registers:
            return StatusCml.INVALID_COMMAND, 0
        sends = SHAPES[command] is Shape.SEND
        if (sends or len(data) > 1) and not self._may_be_written(command):
            return StatusCml.INVALID_DATA, 0 if sends else 1
        length = SHAPES[command].value or 0
        if len(data) > 2 + length:
            return StatusCml.INVALID_DATA, 2 + length
        if len(data) == 2 + length and data[-1] != pec(bytes([self.address << 1]), data[:-1]):
            return StatusCml.PEC_FAILED, 1 + length
        return None

    def _may_be_written(self, command: Command) -> bool:
        return command in _WRITABLE and command in _UNPROTECTED.get(self._protection, {command})

    def _answer(self, at_s: float, command: Command) -> bytes | None:
        own = {
            Command.PAGE: self._page,
            Command.PHASE: self._phase,
            Command.WRITE_PROTECT: self._protection,
            Command.STATUS_CML: int(self._cml),
        }
        if command in own:
            return bytes([own[command]])
        data = self._answers.of_device(command)
        page = self._one_page()
        if data is not None or page is None:  # a page of its own has to be chosen for anything else
            return data
        return self._answers.of_page(at_s, command, page, self._phase, self._cml)

    def _finish(self, at_s: float) -> None:
        packet, self._packet = self._packet, None
        if packet is None or len(packet.data) != SHAPES[packet.command].value:
            return  # nothing, or cut short
        try:
            self._carry_out(at_s, packet.command, int.from_bytes(packet.data, "little"))
        except _InvalidDataError:
            self._cml |= StatusCml.INVALID_DATA

    def _carry_out(self, at_s: float, command: Command, value: int) -> None:
        alone: dict[Command, Callable[[], None]] = {
            Command.CLEAR_FAULTS: self._clear_faults,
            Command.MFR_BLACK_BOX_CLEAR: self._clear_black_box,
            Command.PAGE: lambda: self._choose_page(value),
            Command.PHASE: lambda: self._choose_phase(at_s, value),
            Command.WRITE_PROTECT: lambda: self._protect(value),
            Command.STATUS_CML: lambda: self._clear_cml(value),
        }
        if command in alone:
            alone[command]()
            return
        for page in self._chosen():
            before = page.wanted_word
            self._write_page(page, command, value)
            if command in _ACTS:
                moves = command is Command.VOUT_COMMAND or page.wanted_word != before
                self._apply(at_s, page, moves=moves)

    def _write_page(self, page: PmbusPage, command: Command, value: int) -> None:
        if command in _STATUS:
            page.clear(command, value)
        elif command is Command.OPERATION:
            try:
                page.operate(value)
            except ValueError:
                raise _InvalidDataError from None
        elif command is Command.VOUT_MODE and value != page.registers[command]:
            raise _InvalidDataError
        elif command in page.registers:
            page.registers[command] = value
            if command is Command.IOUT_OC_FAULT_LIMIT:
                page.rail.limit_amps = from_linear11(value).value

    def _apply(self, at_s: float, page: PmbusPage, *, moves: bool) -> None:
        """Let the rail do what the registers ask for."""
        rail = page.rail
        page.warn()
        self._acts = True
        try:
            if moves:
                self._sled.set_rail(at_s, rail.name, page.wanted_word * page.step)
            if page.wants_on != rail.on:
                (self._sled.rail_on if page.wants_on else self._sled.rail_off)(at_s, rail.name)
        finally:
            self._acts = False
        fault = page.outside_limits()
        if fault is not None:
            self._sled.trip(at_s, rail, f"{fault.value}: {rail.set_volts:.4f} V", fault)

    def _guard_temperature(self, at_s: float) -> None:
        """Looked at with every transaction: nothing but its own load warms a regulator, and that does not run away."""
        for page in self._pages:
            celsius = self._answers.celsius(at_s, page)
            if page.rail.on and celsius > page.trip_celsius():
                what = f"over-temperature: {celsius:.0f} °C"
                self._sled.trip(at_s, page.rail, what, Protection.OVER_TEMPERATURE)

    def _clear_faults(self) -> None:
        self._cml = StatusCml(0)
        for page in self._chosen():
            page.forget_faults()

    def _clear_black_box(self) -> None:
        self._regulator.black_box = b""

    def _clear_cml(self, bits: int) -> None:
        self._cml &= ~StatusCml(bits & 0xFB)

    def _choose_page(self, value: int) -> None:
        if value != ALL_PAGES and value >= len(self._pages):
            raise _InvalidDataError
        self._page = value

    def _choose_phase(self, at_s: float, value: int) -> None:
        page = self._one_page()
        if value != ALL_PHASES and (page is None or value >= self._regulator.phases(page.number)):
            raise _InvalidDataError
        self._phase = value
        if value != ALL_PHASES:
            self.holds_until_s = at_s + self._sled.defects.bus_locks_for_s

    def _protect(self, value: int) -> None:
        if value not in {0, *_UNPROTECTED}:
            raise _InvalidDataError
        self._protection = value

    def _record(self, at_s: float, page: PmbusPage) -> None:
        trips = self._regulator.black_box[0] if self._regulator.black_box else 0
        volts, amps = self._answers.output(at_s, page)
        self._regulator.black_box = pack_black_box(
            min(trips + 1, MOST_TRIPS),
            page.number,
            page.status(at_s, self._cml),
            page.exponent,
            volts=volts,
            amps=amps,
            celsius=self._answers.celsius(at_s, page),
            uptime_s=at_s - self._came_at_s,
        )
