"""OpenOCD's commands on targets: one for the management core of every chip.

After OpenOCD 0.12.0's user's guide (CPU Configuration, General Commands): `targets`, `NAME curstate`, `NAME arp_poll`,
`NAME arp_examine`, `halt`, `resume`, `reg pc`. Neighbours: `physics/management_core.py` is the core, `openocd.py` the
server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bringup.capabilities import TapLayout

from ..physics.management_core import ManagementCore
from ..physics.sled import SledPhysics
from ..tcl.interpreter import Command
from ..tcl.script import TclError
from .openocd_jtag import FAIL, SYNTAX

NOT_HALTED = -304  # ERROR_TARGET_NOT_HALTED
PC_BITS = 64
_TABLE = """\
    TargetName         Type       Endian TapName            State       
--  ------------------ ---------- ------ ------------------ ------------
"""  # noqa: W291 - as OpenOCD prints it


class TargetCommands:
    """The commands.

    Args:
        sled: whose chips' cores they are.
        layouts: of the chain: a core is reached through its chip's first TAP.

    Attributes:
        at_s: lab time of the command that runs.
    """

    def __init__(self, sled: SledPhysics, layouts: Sequence[TapLayout]) -> None:
        self.at_s = 0.0
        self._sled = sled
        self._cores: dict[str, ManagementCore] = {}
        self._chips: set[int] = set()
        for layout in layouts:
            if layout.chip is not None and layout.chip not in self._chips:
                self._chips.add(layout.chip)
                self._cores[f"{layout.name.replace('.', '')}.core"] = ManagementCore(sled, layout.chip)
        self._current = next(reversed(self._cores), "")  # the one that was declared last
        self.commands: dict[str, Command] = {"targets": self._targets}
        if self._cores:
            self.commands |= {"halt": self._halt, "resume": self._resume, "reg": self._reg, "poll": self._poll}
        self.commands |= {name: self._instance(name) for name in self._cores}

    def _instance(self, name: str) -> Command:
        """A target's own command."""
        actions: Mapping[str, Command] = {
            "curstate": lambda words: self._state(name),  # noqa: ARG005
            "arp_poll": lambda words: self._arp_poll(name),  # noqa: ARG005
            "arp_examine": lambda words: self._arp_poll(name),  # noqa: ARG005
            "was_examined": lambda words: str(int(self._reached(name))),  # noqa: ARG005
        }

        def run(words: Sequence[str]) -> str:
            if not words or words[0] not in actions:
                raise TclError("")
            if len(words) > 1:
                raise TclError(f'wrong # args: should be "{name} {words[0]} [no parameters]"')
            return actions[words[0]](())

        return run

    def _reached(self, name: str) -> bool:
        """Whether the debugger gets through to a core: its power, and a chain that is closed to it and back."""
        if not self._cores[name].powered(self.at_s) or self._sled.defects.scan_break is not None:
            return False
        return all(self._sled.chips[chip].feeds.uncore > 0.0 for chip in self._chips)

    def _state(self, name: str) -> str:
        if not self._reached(name):
            return "unknown"
        return "halted" if self._cores[name].halted else "running"

    def _arp_poll(self, name: str) -> str:
        if not self._reached(name):
            raise TclError("")
        return ""

    def _targets(self, words: Sequence[str]) -> str:
        if len(words) == 1:
            if words[0] not in self._cores:
                raise TclError(f"Target: {words[0]} is unknown, try one of:\n\n{self._table()}", FAIL)
            self._current = words[0]
            return ""
        return self._table()

    def _table(self) -> str:
        lines = [
            f"{number:2d}{'*' if name == self._current else ' '} {name:<18s} {'riscv':<10s} {'little':<6s} "
            f"{name.removesuffix('.core') + '.tap':<18s} {self._state(name)}\n"
            for number, name in enumerate(self._cores)
        ]
        return _TABLE + "".join(lines)

    def _halt(self, words: Sequence[str]) -> str:
        del words
        self._require()
        self._cores[self._current].halt(self.at_s)
        return ""

    def _resume(self, words: Sequence[str]) -> str:
        if words:
            raise TclError("", SYNTAX)  # to another address: nothing that a bring-up does
        self._require()
        if not self._cores[self._current].halted:
            raise TclError("", NOT_HALTED)
        self._cores[self._current].resume()
        return ""

    def _poll(self, words: Sequence[str]) -> str:
        del words
        return f"background polling: on\nTAP: {self._current.removesuffix('.core')}.tap (enabled)\n"

    def _reg(self, words: Sequence[str]) -> str:
        core = self._cores[self._current]
        if len(words) > 2:
            raise TclError("", SYNTAX)
        if not words:
            return f"===== RISC-V Registers\n(32) pc (/{PC_BITS})\n"
        if words[0] != "pc":
            return f"register {words[0]} not found in current target\n"
        self._require()
        if not core.halted:
            raise TclError("", NOT_HALTED)
        return f"pc (/{PC_BITS}): 0x{core.program_counter(self.at_s):0{PC_BITS // 4}x}\n"

    def _require(self) -> None:
        if not self._reached(self._current):
            raise TclError("", FAIL)
