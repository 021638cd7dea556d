"""Switching on a Keithley DAQ6510 with two 7700 cards: which channel the meter is on.

After the Model DAQ6510 Reference Manual (DAQ6510-901-01), ROUTe subsystem. Neighbours: `daq_daq6510.py` measures what
is closed, `daq_daq6510_scan.py` goes through a list of channels.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence

from ..scpi import ChannelList, Limits, Number, ScpiError, Text, command, integer, query, quoted
from ..world import Node
from .keithley_setups import MeasureSetup

CARDS = (1, 2)
CHANNELS_OF_CARD, PAIR_OFFSET = 20, 10  # a 4-wire channel senses on the one ten above it
CHANNELS = tuple(card * 100 + channel for card in CARDS for channel in range(1, CHANNELS_OF_CARD + 1))
LISTED = ChannelList(CHANNELS)
RELAY_S = 0.003  # actuation time of the card's relays (7700 data sheet)
SCAN_COUNT = integer(0, 100_000_000, 1)
DELAY = Number("S", Limits(0.0, 60.0, 0.0), form="g")


class Channel:
    """One channel of a card.

    Args:
        node: what its wires touch.
    """

    def __init__(self, node: Node) -> None:
        self.node = node
        self.setup = MeasureSetup()
        self.reset()

    def reset(self) -> None:
        """*RST."""
        self.delay_s = 0.0
        self.label = ""
        self.has_function = False  # until one is given to it, it is measured as the terminals would be


class Switch:
    """The relays of both cards.

    Args:
        channels: by number.
        serial_number: of the mainframe, from which the cards' are made.
    """

    def __init__(self, channels: Mapping[int, Channel], serial_number: str) -> None:
        self.channels = channels
        self.closed: list[int] = []
        self.cycles: dict[int, int] = {}
        self._serial_number = serial_number

    @property
    def measured(self) -> int | None:
        """The channel that the meter is on: the one that was closed last."""
        return self.closed[-1] if self.closed else None

    def pair(self, number: int) -> int | None:
        """The channel that senses for a 4-wire function; -221 for one that cannot be a source."""
        if self.channels[number].setup.chosen != "FRES":
            return None
        if number % 100 > PAIR_OFFSET:
            raise ScpiError(-221)
        return number + PAIR_OFFSET

    def reset(self) -> None:
        """*RST: everything open."""
        self.closed.clear()
        for channel in self.channels.values():
            channel.reset()

    def settle_s(self, number: int) -> float:
        """From the command until the channel can be measured."""
        return RELAY_S + self.channels[number].delay_s

    def put_on(self, numbers: Sequence[int]) -> None:
        """Close these and their pairs; whatever else reached the meter is opened."""
        wanted = [number for channel in numbers for number in (self.pair(channel), channel) if number is not None]
        for number in wanted:
            if number not in self.closed:
                self.cycles[number] = self.cycles.get(number, 0) + 1
        self.closed = wanted

    @command("ROUTe[:CHANnel]:CLOSe", LISTED)
    def close(self, numbers: Sequence[int]) -> Generator[float, None, None]:
        """Put the meter on a channel."""
        self.put_on(numbers)
        yield max(self.settle_s(number) for number in numbers)

    @query("ROUTe[:CHANnel]:CLOSe?")
    def tell_closed(self) -> str:
        """The closed channels."""
        return LISTED.show(sorted(self.closed))

    @command("ROUTe[:CHANnel]:OPEN", LISTED)
    def open(self, numbers: Sequence[int]) -> Generator[float, None, None]:
        """Open channels."""
        self.closed = [number for number in self.closed if number not in numbers]
        yield RELAY_S

    @command("ROUTe[:CHANnel]:OPEN:ALL")
    @command("ROUTe[:CHANnel]:MULTiple:OPEN:ALL")
    def open_all(self) -> None:
        """Open everything."""
        self.closed.clear()

    @command("ROUTe[:CHANnel]:MULTiple:CLOSe", LISTED)
    def close_also(self, numbers: Sequence[int]) -> Generator[float, None, None]:
        """Close channels and leave the others as they are."""
        before = [number for number in self.closed if number not in numbers]
        self.put_on(numbers)
        self.closed = before + self.closed
        yield RELAY_S

    @query("ROUTe[:CHANnel]:MULTiple:CLOSe?")
    def tell_all_closed(self) -> str:
        """The closed channels."""
        return self.tell_closed()

    @command("ROUTe[:CHANnel]:MULTiple:OPEN", LISTED)
    def open_some(self, numbers: Sequence[int]) -> Generator[float, None, None]:
        """As :OPEN."""
        return self.open(numbers)

    @query("ROUTe[:CHANnel]:STATe?", LISTED)
    def states(self, numbers: Sequence[int]) -> str:
        """1 for each that is closed."""
        return ",".join("1" if number in self.closed else "0" for number in numbers)

    @query("ROUTe[:CHANnel]:CLOSe:COUNt?", LISTED)
    @query("ROUTe[:CHANnel]:MULTiple:CLOSe:COUNt?", LISTED)
    def closures(self, numbers: Sequence[int]) -> str:
        """How often each was closed."""
        return ",".join(str(self.cycles.get(number, 0)) for number in numbers)

    @command("ROUTe[:CHANnel]:DELay", DELAY, LISTED)
    def set_delay(self, seconds: float, numbers: Sequence[int]) -> None:
        """Beside the relay's own settling."""
        for number in numbers:
            self.channels[number].delay_s = seconds

    @query("ROUTe[:CHANnel]:DELay?", LISTED)
    def delays(self, numbers: Sequence[int]) -> str:
        """Of each."""
        return ",".join(DELAY.show(self.channels[number].delay_s) for number in numbers)

    @command("ROUTe[:CHANnel]:LABel", Text(longest=19), LISTED)
    def set_label(self, label: str, numbers: Sequence[int]) -> None:
        """A name for a channel."""
        if len(numbers) != 1:
            raise ScpiError(-221)
        self.channels[numbers[0]].label = label

    @query("ROUTe[:CHANnel]:LABel?", LISTED)
    def labels(self, numbers: Sequence[int]) -> str:
        """Of each, in quotes."""
        return ",".join(quoted(self.channels[number].label) for number in numbers)

    @query("ROUTe[:CHANnel]:TYPE?", LISTED)
    def types(self, numbers: Sequence[int]) -> str:
        """Switches, all of them."""
        return ",".join("SWITCH" for _ in numbers)

    @query("SYSTem:CARD2:IDN?")
    def second_card(self) -> str:
        """What sits in slot 2."""
        return card_identity(self._serial_number, 2)

    @query("SYSTem:CARD1:VMAX?")
    @query("SYSTem:CARD2:VMAX?")
    def highest_volts(self) -> str:
        """The card's rating."""
        return "300"

    @query("SYSTem:CARD1:VCHannel[:STARt]?")
    @query("SYSTem:CARD2:VCHannel[:STARt]?")
    def first_channel(self) -> str:
        """First channel for volts and ohms."""
        return "1"

    @query("SYSTem:CARD1:VCHannel:END?")
    @query("SYSTem:CARD2:VCHannel:END?")
    def last_channel(self) -> str:
        """Last channel for volts and ohms."""
        return str(CHANNELS_OF_CARD)


def card_identity(serial_number: str, slot: int) -> str:
    """Model, description, revision and serial number of a card."""
    return f"7700,20Ch Mux w/CJC,1.00a,{serial_number}-{slot}"
