"""What protects all outputs of an N6700 frame together: coupling, the I/O watchdog, inhibit.

After the Operating and Service Guides, "Using the Protection Functions" and "Output Commands". The watchdog switches
every output off after a time without traffic on any interface. It is a deed on the agenda, judged when it is due by
the time of the last traffic, so that traffic costs nothing and the loads lose their power at the right moment.
Neighbours: `n6700_output.py` latches, `agenda.py` keeps the time, `n6700_digital.py` has the pins.
"""

from __future__ import annotations

from collections.abc import Mapping

from bringup.clock import Clock

from ..scpi import Boolean, ChannelList, Choice, Limits, Number, Setting, command, integer, query
from .agenda import Agenda
from .n6700_digital import DigitalPort
from .n6700_lists import NUMBER
from .n6700_output import LONGEST_DELAY_S, Output
from .n6700_status import Questionable


class FrameProtection:
    """Protections of the whole instrument.

    Args:
        outputs: by number.
        agenda: the instrument's.
        clock: the lab's time.
    """

    def __init__(self, outputs: Mapping[int, Output], agenda: Agenda, clock: Clock) -> None:
        self.digital = DigitalPort(self._follow_inhibit)
        self.inhibited = False
        self.last_traffic_s = 0.0
        self._outputs = outputs
        self._agenda = agenda
        self._clock = clock
        self._coupled: tuple[int, ...] = tuple(outputs)

    def _follow_watchdog(self) -> None:
        self._agenda.drop((self, "watchdog"))
        self.traffic(self._clock.now())

    def _follow_inhibit(self) -> None:
        """A pin or the mode has changed."""
        now_s = self._clock.now()
        before, self.inhibited = self.inhibited, self.digital.inhibits and self.inhibit_mode != "OFF"
        if self.inhibited and not before and self.inhibit_mode == "LATC":
            for output in self._outputs.values():
                output.trip(Questionable.INHIBITED, now_s)
        for output in self._outputs.values():
            output.feed(now_s)

    protection_coupled = Setting("OUTPut:PROTection:COUPle", Boolean(), reset=False)
    watchdog = Setting("OUTPut:PROTection:WDOG[:STATe]", Boolean(), reset=False, then=_follow_watchdog)
    watchdog_delay_s = Setting("OUTPut:PROTection:WDOG:DELay", integer(1, 3600), reset=60.0, then=_follow_watchdog)
    inhibit_mode = Setting(
        "OUTPut:INHibit:MODE", Choice(("LATChing", "LIVE", "OFF")), reset="OFF", kept=True, then=_follow_inhibit
    )
    coupled = Setting("OUTPut[:STATe]:COUPle[:STATe]", Boolean(), reset=False)
    coupling_offset_s = Setting(
        "OUTPut[:STATe]:COUPle:DOFFset", Number("S", Limits(0.0, LONGEST_DELAY_S, 0.0), form=NUMBER), reset=0.0
    )

    @command(
        "OUTPut[:STATe]:COUPle:CHANnel",
        *(integer(1, 4, optional=True) for _ in range(4)),
        ChannelList((1, 2, 3, 4), optional=True, may_be_empty=True),
    )
    def couple(self, *given: float | tuple[int, ...] | None) -> None:
        """Which outputs go on and off together, as numbers or as a list; none at all for no one."""
        numbers: list[int] = []
        for one in given:
            if isinstance(one, tuple):
                numbers += one
            elif one is not None:
                numbers.append(round(one))
        self._coupled = tuple(sorted(set(numbers)))

    @query("OUTPut[:STATe]:COUPle:CHANnel?")
    def couplings(self) -> str:
        """Their numbers."""
        return ",".join(str(number) for number in self._coupled)

    @query("OUTPut[:STATe]:COUPle:MAX:DOFFset?")
    def longest_offset(self) -> str:
        """The offset that the slowest module asks for; these start alike."""
        return format(0.0, NUMBER)

    # What the frame tells.

    def traffic(self, now_s: float) -> None:
        """Somebody talks: the watchdog starts anew."""
        self.last_traffic_s = now_s
        if self.watchdog and self._agenda.due_s((self, "watchdog")) > now_s + self.watchdog_delay_s:
            self._agenda.put((self, "watchdog"), now_s + self.watchdog_delay_s, self._judge_silence)

    def switched(self, output: Output, *, on: bool) -> None:
        """Switch an output, and with it those that are coupled to it."""
        if self.coupled and output.number in self._coupled:
            for number in self._coupled:
                self._outputs[number].switch(on=on, offset_s=self.coupling_offset_s)
        else:
            output.switch(on=on)

    def output_tripped(self, tripped: Output, at_s: float) -> None:
        """Take the others along, where protections are coupled."""
        if self.protection_coupled:
            for output in self._outputs.values():
                if output is not tripped:
                    output.trip(Questionable.PROTECTED, at_s)

    def say_fault(self) -> None:
        """The fault pin follows the latches."""
        self.digital.set_fault(faulty=any(output.tripped for output in self._outputs.values()))

    def _judge_silence(self, at_s: float) -> None:
        due_s = self.last_traffic_s + self.watchdog_delay_s
        if due_s > at_s:
            self._agenda.put((self, "watchdog"), due_s, self._judge_silence)
            return
        for output in self._outputs.values():
            output.trip(Questionable.PROTECTED, at_s)

    def to_reset_table(self) -> None:
        """What *RST does beyond the settings."""
        self._agenda.drop((self, "watchdog"))
        self._coupled = tuple(self._outputs)
