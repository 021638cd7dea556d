"""A sled's scan chain behind OpenOCD, at the far end of its TCL port (`socket://HOST:6666`).

Its configuration declares the sled's TAPs from TDO on, as `NAME.tap`, of a chip `NAME0.tap` …, and a target
`NAME0.core` for each chip. What OpenOCD says that it found on the chain is not trusted alone: after a scan of nothing
but ones it keeps what it knew before, so every chain is walked as well. Checked with OpenOCD 0.12.0, which aborts on a
`drscan` of a TAP that the `irscan` before did not name; so the two always go together. Below: `tcl_session.py`;
`openocd_replies.py` understands what it answers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from bringup.capabilities import (
    ChainWalk,
    Fuses,
    Identity,
    MbistResult,
    ScanRegister,
    TapFinding,
    TapIdentity,
    TapLayout,
)
from bringup.clock import until
from bringup.errors import InstrumentError, NoReply
from bringup.hooks import Connection
from bringup.nearest import unknown

from .openocd_replies import (
    as_captured,
    as_fuses,
    as_idcode,
    as_names,
    as_openocd,
    as_program_counter,
    as_state,
    found_in_place,
)
from .replies import ReplyMistake
from .tcl_session import TclSession

T = TypeVar("T")

MARKER = 0x9E3779B97F4A7C15
"""Shifted through TAPs in BYPASS: no run of it looks like a shifted copy of it, and its bit 0 is 1."""

MARKER_BITS = 64
MOST_TAPS = 1024
"""That a walk can count; beyond it TDO is taken to be stuck."""

MBIST_S = 10.0
"""How long a memory self-test may take (estimate)."""


class OpenOcd:
    """A `JtagProbe` behind OpenOCD."""

    def __init__(self, connection: Connection) -> None:
        self._clock = connection.lab.clock
        self._chain = connection.scan_chain
        self._session = TclSession(connection)

    def identify(self) -> Identity:
        """Ask `version`."""
        return self._ask("version", as_openocd)

    def close(self) -> None:
        """Give the wire back; TAPs and cores stay as they are."""
        self._session.close()

    def taps(self) -> tuple[str, ...]:
        """The TAPs of OpenOCD's configuration from TDI to TDO, by the product's names where it has them."""
        ours = {_theirs(tap): tap.name for tap in self._chain}
        return tuple(ours.get(name, name) for name in reversed(self._declared()))

    def walk(self) -> ChainWalk:
        """Count the TAPs: ones into every instruction register, a marker through what is then one bit each.

        Raises:
            BadReply: TDO is stuck at 0, or floats at 1, or what came is neither ones nor the marker.
        """
        bits = MOST_TAPS + MARKER_BITS
        with self._session.lock:
            name = self._declared()[0]
            self._reset()
            seen = self._scan(name, self._bypass(name), bits, MARKER)
        if seen == 0:
            raise self._session.bad_reply("a walk", "all zeros", "TDO is stuck at 0, or a TAP is held in reset")
        taps = (seen & -seen).bit_length() - 1
        marker = seen >> taps
        if marker == MARKER:
            return ChainWalk(taps, closed=True)
        if marker != (1 << (bits - taps)) - 1:
            what = "neither the marker nor ones; check TCK and the adapter"
            raise self._session.bad_reply("a walk", f"{seen:x}", what)
        if taps == 0:
            raise self._session.bad_reply("a walk", "all ones", "a floating or broken chain: check the sled's power")
        return ChainWalk(taps, closed=False)

    def idcodes(self) -> tuple[TapIdentity, ...]:
        """Have OpenOCD reset and examine the chain, and hold what it says against a walk.

        Raises:
            BadReply: nothing answers, or examination and walk contradict each other.
        """
        with self._session.lock:
            self._session.ask("jtag arp_init")
            names = self._declared()
            said = [self._ask(f"jtag cget {name} -idcode", as_idcode) for name in names]
            walk = self.walk()
        ours = {_theirs(tap): tap.name for tap in self._chain}
        found = [
            found_in_place(ours.get(name, name), code, reachable=place < walk.taps)
            for place, (name, code) in enumerate(zip(names, said, strict=True))
        ]
        answering = sum(tap.state is not TapFinding.UNREACHABLE for tap in found)
        if answering != walk.taps:
            codes = " ".join(f"0x{code:08x}" for code in said)
            what = f"a walk counts {walk.taps} TAPs, {answering} of {len(names)} declared ones tell who they are"
            raise self._session.bad_reply("jtag arp_init", codes, what)
        return tuple(reversed(found))

    def irscan(self, tap: str, instruction: int) -> None:
        """Select an instruction in one TAP, and BYPASS in all others."""
        layout = self._layout(tap)
        self._check_instruction(layout, instruction)
        with self._session.lock:
            self._reset()
            self._session.ask(f"irscan {_theirs(layout)} {instruction:#x}")

    def drscan(self, tap: str, instruction: int, bits: int, value: int) -> int:
        """Select an instruction in one TAP and shift `bits` bits through the register that it selects."""
        layout = self._layout(tap)
        self._check_instruction(layout, instruction)
        if bits < 1 or not 0 <= value < 1 << bits:
            raise InstrumentError(f"{self._session.where}: {value:#x} does not fit {bits} bits; nothing was sent")
        with self._session.lock:
            self._reset()
            return self._scan(_theirs(layout), instruction, bits, value)

    def program_counter(self, chip: int) -> int:
        """Halt a chip's management core, read its program counter, and let it go on if it ran.

        Raises:
            InstrumentError: the core does not answer.
        """
        core = f"{_theirs(self._of_chip(chip)).removesuffix('.tap')}.core"
        with self._session.lock:
            self._session.ask(f"{core} arp_poll")
            state = self._ask(f"{core} curstate", as_state)
            if state not in ("running", "halted"):
                raise InstrumentError(f"{self._session.where}: {core} is {state!r}; its program counter cannot be read")
            self._session.ask(f"targets {core}")
            if state == "halted":
                return self._ask("reg pc", as_program_counter)
            self._session.ask("halt")
            try:
                return self._ask("reg pc", as_program_counter)
            finally:
                self._session.ask("resume")

    def fuses(self, chip: int) -> Fuses:
        """Read a chip's fuses, IDDQ and ring oscillator.

        Raises:
            BadReply: a register is blank, or what it holds cannot be.
        """
        layout = self._of_chip(chip)
        registers = [self._register(layout, name) for name in ("fuses", "iddq", "ring")]
        with self._session.lock:
            self._reset()
            burnt, iddq, ring = (self._fields(layout, register) for register in registers)
        try:
            return as_fuses(chip, burnt, iddq, ring)
        except ReplyMistake as mistake:
            raise self._session.bad_reply(f"the fuses of chip {chip}", repr(burnt), mistake) from None

    def mbist(self, chip: int) -> MbistResult:
        """Start a chip's memory self-test and wait for its end.

        Raises:
            NoReply: it does not come to an end.
            BadReply: the register is blank.
        """
        layout = self._of_chip(chip)
        register = self._register(layout, "mbist")
        with self._session.lock:
            self._reset()
            self._scan(_theirs(layout), register.opcode, register.bits, register.pack({"start": 1}))
            fields: dict[str, int] = {}

            def done() -> bool:
                fields.update(self._fields(layout, register))
                return fields["done"] == 1

            if not until(self._clock, done, MBIST_S, poll_s=0.02):
                raise NoReply(f"{self._session.where}: the self-test of {layout.name} has no end after {MBIST_S:g} s")
        return MbistResult(chip, bool(fields["failed"]), bool(fields["overflow"]), fields["repairs"], fields["spares"])

    def _declared(self) -> list[str]:
        """OpenOCD's own names, from TDO on."""
        return self._ask("jtag names", as_names)

    def _reset(self) -> None:
        """Bring all TAPs into step: one that was powered up since is in Test-Logic-Reset, wherever the others are."""
        self._session.ask("pathmove RESET IDLE")

    def _scan(self, name: str, instruction: int, bits: int, value: int) -> int:
        with self._session.lock:
            self._session.ask(f"irscan {name} {instruction:#x}")
            return self._ask(f"drscan {name} {bits} {value:#x}", lambda reply: as_captured(reply, bits))

    def _fields(self, layout: TapLayout, register: ScanRegister) -> dict[str, int]:
        """What a register says; a blank one says nothing."""
        value = self._scan(_theirs(layout), register.opcode, register.bits, 0)
        if value in {0, (1 << register.bits) - 1}:
            what = f"{register.name} of {layout.name} is blank: a floating chain, or a TAP without that instruction"
            raise self._session.bad_reply(f"drscan {layout.name}", f"{value:x}", what)
        return register.split(value)

    def _bypass(self, name: str) -> int:
        """All ones, for as long as the TAP's instruction register is."""
        lengths = {_theirs(tap): tap.ir_length for tap in self._chain}
        return (1 << lengths.get(name, 64)) - 1  # OpenOCD cuts off what is too long

    def _layout(self, tap: str) -> TapLayout:
        known = {layout.name: layout for layout in self._chain}
        if tap not in known:
            raise InstrumentError(f"{self._session.where}: {unknown('tap', tap, known)}; nothing was sent")
        return known[tap]

    def _of_chip(self, chip: int) -> TapLayout:
        found = next((layout for layout in self._chain if layout.chip == chip), None)
        if found is None:
            raise InstrumentError(f"{self._session.where}: chip {chip} has no TAP; nothing was sent")
        return found

    def _register(self, layout: TapLayout, name: str) -> ScanRegister:
        if name not in layout.registers:
            what = unknown(f"register of {layout.name}", name, layout.registers)
            raise InstrumentError(f"{self._session.where}: {what}; nothing was sent")
        missing = _NEEDED[name] - set(layout.registers[name].fields)
        if missing:
            what = f"register {name} of {layout.name} has no field {', '.join(sorted(missing))} in the product file"
            raise InstrumentError(f"{self._session.where}: {what}; nothing was sent")
        return layout.registers[name]

    def _check_instruction(self, layout: TapLayout, instruction: int) -> None:
        if not 0 <= instruction < 1 << layout.ir_length:
            what = f"instruction {instruction:#x} does not fit the {layout.ir_length} bits of {layout.name}"
            raise InstrumentError(f"{self._session.where}: {what}; nothing was sent")

    def _ask(self, command: str, meaning: Callable[[str], T]) -> T:
        reply = self._session.ask(command)
        try:
            return meaning(reply)
        except ReplyMistake as mistake:
            raise self._session.bad_reply(command, reply, mistake) from None


_NEEDED = {
    "fuses": frozenset({"sku", "cores", "leakage_class", "vmin_millivolts"}),
    "iddq": frozenset({"milliamps"}),
    "ring": frozenset({"counts", "gate_microseconds"}),
    "mbist": frozenset({"start", "done", "failed", "overflow", "repairs", "spares"}),
}


def _theirs(tap: TapLayout) -> str:
    """What OpenOCD's configuration calls it."""
    return f"{tap.name.replace('.', '')}.tap"
