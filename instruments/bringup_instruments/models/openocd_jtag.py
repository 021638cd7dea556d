"""OpenOCD's commands on the scan chain: `scan_chain`, `jtag …`, `irscan`, `drscan`, `runtest`, `pathmove`, `adapter`.

After OpenOCD 0.12.0's user's guide (JTAG Commands, TAP Declaration) and its behaviour: formats, results and codes are
those that it was seen to give. TAPs are declared from TDO on, as it wants them. Its bookkeeping is modelled too: a TAP
other than the one that the last `irscan` named is taken for one bit of BYPASS, whatever it really has selected. Where
0.12.0 aborts on an assertion (`drscan` of a TAP in bypass, an end state RESET), this one refuses. Auto-probed TAPs are
left out. Neighbours: `openocd_adapter.py` shifts, `openocd.py` is the server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..physics.scan_chain import TapState, is_stable
from ..physics.sled_chain import SledChain
from ..tcl.interpreter import Command
from ..tcl.script import TclError
from .openocd_adapter import Adapter

FAIL, SYNTAX, INVALID = -4, -601, -603  # ERROR_FAIL, ERROR_COMMAND_SYNTAX_ERROR, ERROR_COMMAND_ARGUMENT_INVALID
AUTO_TAPS = 20  # that its examination has room for beyond what is declared
LONGEST_SCAN = 1 << 16  # bits; OpenOCD's own limit is memory
_IDCODE_BITS = 32
_ONES32 = 0xFFFFFFFF
_CAPTURED, _CAPTURED_MASK = 0x01, 0x03
_STATES = {state.value: state for state in TapState} | {"IDLE": TapState.IDLE}
_TABLE = """\
   TapName             Enabled  IdCode     Expected   IrLen IrCap IrMask
-- ------------------- -------- ---------- ---------- ----- ----- ------
"""


@dataclass(slots=True)
class DeclaredTap:
    """A TAP of its configuration, and what it has learnt of it."""

    name: str
    ir_length: int
    expected: int
    idcode: int = 0
    bypass: bool = True


class JtagCommands:
    """The commands, on one chain.

    Args:
        chain: the sled's.

    Attributes:
        at_s: lab time of the command that runs.
        commands: by name.
    """

    def __init__(self, chain: SledChain) -> None:
        self.adapter = Adapter(chain)
        self.at_s = 0.0
        self.taps = [
            DeclaredTap(f"{layout.name.replace('.', '')}.tap", layout.ir_length, layout.idcode or 0)
            for layout in reversed(chain.layouts)
        ]
        self.commands: dict[str, Command] = {
            "scan_chain": self._scan_chain,
            "jtag": self._jtag,
            "irscan": self._irscan,
            "drscan": self._drscan,
            "runtest": self._runtest,
            "pathmove": self._pathmove,
            "adapter": self._adapter,
            "init": lambda words: "",  # noqa: ARG005 - it is only ever done once, before anybody connects
        }
        self._subcommands: Mapping[str, Command] = {
            "names": self._names,
            "cget": self._cget,
            "tapisenabled": self._tapisenabled,
            "tapenable": self._tapenable,
            "tapdisable": self._tapenable,
            "arp_init": self._arp_init,
            "arp_init-reset": self._arp_init,
            "init": self._arp_init,
        }

    def examine(self) -> None:
        """Reset the TAPs, shift out who they are, and leave them in BYPASS: what OpenOCD does as it starts.

        A chain of nothing but ones or zeros teaches it nothing: what it knew of the TAPs stays.
        """
        self._reset()
        bits = _IDCODE_BITS * (max(len(self.taps), AUTO_TAPS) + 1)
        seen = self.adapter.shift(self.at_s, TapState.DRSHIFT, bits, (1 << bits) - 1, TapState.DRPAUSE)
        self._reset()
        if seen not in {0, (1 << bits) - 1}:
            for tap in self.taps:
                has_idcode = seen & 1
                tap.idcode = seen & _ONES32 if has_idcode else 0
                seen >>= _IDCODE_BITS if has_idcode else 1
        self._validate_capture()

    def _validate_capture(self) -> None:
        """All ones into every instruction register; what they captured says whether their lengths are right."""
        bits = sum(tap.ir_length for tap in self.taps) + 2
        seen = self.adapter.shift(self.at_s, TapState.IRSHIFT, bits, (1 << bits) - 1, TapState.IDLE)
        for tap in self.taps:
            if seen & _CAPTURED_MASK != _CAPTURED:
                self._reset()
                return
            seen >>= tap.ir_length

    def _reset(self) -> None:
        self.adapter.reset(self.at_s)
        for tap in self.taps:
            tap.bypass = True

    def _scan_chain(self, words: Sequence[str]) -> str:
        del words
        lines = [
            f"{place:2d} {tap.name:<18s}     Y     0x{tap.idcode:08x} 0x{tap.expected:08x} {tap.ir_length:5d} "
            f"0x{_CAPTURED:02x}  0x{_CAPTURED_MASK:02x}\n"
            for place, tap in enumerate(self.taps)
        ]
        return _TABLE + "".join(lines)

    def _jtag(self, words: Sequence[str]) -> str:
        if not words or words[0] not in self._subcommands:
            raise TclError("")
        return self._subcommands[words[0]](words[1:])

    def _names(self, words: Sequence[str]) -> str:
        if words:
            raise TclError(f'wrong # args: should be "{words[0]} Too many parameters"')
        return " ".join(tap.name for tap in self.taps)

    def _cget(self, words: Sequence[str]) -> str:
        if len(words) < 2:
            raise TclError('wrong # args: should be "<tap_name> <attribute> ..."')
        tap = self._tap(words[0])
        if words[1] != "-idcode":
            raise TclError(f"Unknown param: {words[1]}, try one of: -event, or -idcode")
        return str(tap.idcode)

    def _tapisenabled(self, words: Sequence[str]) -> str:
        if len(words) != 1:
            raise TclError("usage: tapisenabled <name>")
        self._tap(words[0])
        return "1"

    def _tapenable(self, words: Sequence[str]) -> str:
        """A TAP that is enabled already, or has no way to be disabled, fails without a word."""
        if len(words) == 1:
            self._tap(words[0])
        raise TclError("")

    def _arp_init(self, words: Sequence[str]) -> str:
        if words:
            raise TclError("", SYNTAX)
        self.examine()
        return ""

    def _tap(self, name: str) -> DeclaredTap:
        for tap in self.taps:
            if tap.name == name:
                return tap
        raise TclError(f"Tap '{name}' could not be found")

    def _irscan(self, words: Sequence[str]) -> str:
        if len(words) < 2 or len(words) % 2:
            raise TclError("", SYNTAX)
        end = TapState.IDLE
        if len(words) >= 4 and words[-2] == "-endstate":
            found = _STATES.get(words[-1].upper())
            if found is None or not is_stable(found) or found is TapState.RESET:
                raise TclError("", SYNTAX)
            words, end = words[:-2], found
        if len(words) != 2:
            raise TclError("", SYNTAX)
        named = next((tap for tap in self.taps if tap.name == words[0]), None)
        if named is None:
            raise TclError(f"Tap: {words[0]} unknown\n", FAIL)
        instruction = _number(words[1])
        bits = value = 0
        for tap in self.taps:
            mask = (1 << tap.ir_length) - 1
            tap.bypass = tap is not named
            value |= (mask if tap.bypass else instruction & mask) << bits
            bits += tap.ir_length
        self.adapter.shift(self.at_s, TapState.IRSHIFT, bits, value, end)
        return ""

    def _drscan(self, words: Sequence[str]) -> str:
        if len(words) < 3 or len(words) % 2 == 0:
            raise TclError('wrong # args: should be "drscan wrong arguments"')
        fields, end = _dr_fields(words[1:])
        tap = self._tap(words[0])
        if not fields:
            raise TclError("drscan: no scan fields supplied")
        if tap.bypass or sum(bits for bits, _ in fields) > LONGEST_SCAN:
            raise TclError("drscan: jtag execute failed")
        place = self.taps.index(tap)  # so many bits of BYPASS stand between it and TDO
        bits, value = place, 0
        for width, out in fields:
            value |= (out & ((1 << width) - 1)) << bits
            bits += width
        bits += len(self.taps) - place - 1
        seen = self.adapter.shift(self.at_s, TapState.DRSHIFT, bits, value, end) >> place
        captured = []
        for width, _ in fields:
            captured.append(f"{seen & ((1 << width) - 1):0{2 * ((width + 7) // 8)}x}" if width else "{}")
            seen >>= width
        return " ".join(captured)

    def _runtest(self, words: Sequence[str]) -> str:
        if len(words) != 1:
            raise TclError("", SYNTAX)
        clocks = _number(words[0], f"num_clocks option value ('{words[0]}') is not valid\n")
        self.adapter.move(self.at_s, TapState.IDLE)
        self.adapter.clocked += min(max(clocks, 0), LONGEST_SCAN)  # cycles in Run-Test/Idle move no bit of ours
        return ""

    def _pathmove(self, words: Sequence[str]) -> str:
        if not 1 <= len(words) <= 8:
            raise TclError('wrong # args: should be "pathmove wrong arguments"')
        path = []
        for word in words:
            if word.upper() not in _STATES:
                raise TclError(f"endstate: {word} invalid")
            path.append(_STATES[word.upper()])
        if path[0] is TapState.RESET:
            self._reset()
        elif is_stable(path[0]) and is_stable(self.adapter.state):
            self.adapter.move(self.at_s, path[0])
        elif path[0] is not self.adapter.state:
            raise TclError("pathmove: jtag execute failed")
        self._walk(path)
        return ""

    def _walk(self, path: Sequence[TapState]) -> None:
        steps, state = [], path[0]
        for to in path[1:]:
            if to is TapState.RESET or to not in {state.after(0), state.after(1)}:
                raise TclError("pathmove: failed")
            steps.append(int(to is state.after(1)))
            state = to
        if not is_stable(state):
            raise TclError("pathmove: failed")
        for tms in steps:
            self.adapter.step(self.at_s, tms)

    def _adapter(self, words: Sequence[str]) -> str:
        if list(words) == ["name"]:
            return "bringup\n"
        if not words or words[0] != "speed" or len(words) > 2:
            raise TclError("")
        if len(words) == 2:
            khz = _number(words[1], f"khz option value ('{words[1]}') is not valid\n")
            if not 1 <= khz <= 100_000:
                raise TclError("", FAIL)
            self.adapter.khz = khz
        return f"adapter speed: {self.adapter.khz} kHz\n"


def _dr_fields(words: Sequence[str]) -> tuple[list[tuple[int, int]], TapState]:
    """Widths and values, and the end state that may stand behind them."""
    fields: list[tuple[int, int]] = []
    for place in range(0, len(words), 2):
        width = _integer(words[place])
        if width is not None and width >= 0:
            fields.append((width, _integer(words[place + 1]) or 0))
            continue
        if place + 2 != len(words) or words[place] != "-endstate":
            raise TclError(f'expected integer but got "{words[place]}"')
        state = _STATES.get(words[place + 1].upper())
        if state is None or not is_stable(state) or state is TapState.RESET:
            raise TclError(f"endstate: {words[place + 1]} invalid")
        return fields, state
    return fields, TapState.IDLE


def _integer(text: str) -> int | None:
    """Decimal, 0x and 0 octal, as C reads it."""
    if len(text) > LONGEST_SCAN:
        return None
    octal = len(text) > 1 and text.startswith("0") and text[1:].isdecimal()
    try:
        return int(text, 8) if octal else int(text, 16 if text[:2].lower() == "0x" else 10)
    except ValueError:
        return None


def _number(text: str, mistake: str = "") -> int:
    value = _integer(text)
    if value is None:
        raise TclError(mistake, INVALID)
    return value
