"""A console on a serial port server: Telnet with the COM-port control option (RFC 2217), `rfc2217://` in pyserial.

Line settings are taken, kept and answered, and are without effect, as on the console's other wires. Neighbours:
`telnet.py` has the escapes, `console_desk.py` the console.
"""

from __future__ import annotations

from .console_desk import ConsoleDesk
from .telnet import OptionRequest, Subnegotiation, TelnetReader, Verb, escaped, request, subnegotiation
from .wire import Wire

BINARY, ECHO, SUPPRESS_GO_AHEAD, COM_PORT = 0, 1, 3, 44
OURS = (BINARY, ECHO, SUPPRESS_GO_AHEAD, COM_PORT)  # options that we may have; the console itself echoes
THEIRS = (BINARY, SUPPRESS_GO_AHEAD, COM_PORT)

# The client's commands; the server answers each with its number plus 100.
SIGNATURE, SET_BAUD_RATE, SET_DATA_SIZE, SET_PARITY, SET_STOP_SIZE, SET_CONTROL = range(6)
SUSPEND, RESUME, SET_LINE_STATE_MASK, SET_MODEM_STATE_MASK, PURGE = 8, 9, 10, 11, 12
ANSWER = 100
NOTIFY_MODEM_STATE = 107
READY = 0xB0  # carrier, data set ready, clear to send
MOST_SUSPENDED = 1 << 20  # bytes kept for a client that has suspended the flow; then it is cut

# What SET_CONTROL asks after, and the values that set it: no flow control, no break, DTR and RTS on at first.
_CONTROLS = {0: (1, 2, 3, 17, 19), 4: (5, 6), 7: (8, 9), 10: (11, 12), 13: (14, 15, 16, 18)}
_CONTROLS_AT_FIRST = {0: 1, 4: 6, 7: 8, 10: 11, 13: 14}
_SETTINGS_AT_FIRST = {SET_DATA_SIZE: 8, SET_PARITY: 1, SET_STOP_SIZE: 1}
_SETTINGS = {SET_DATA_SIZE: range(5, 9), SET_PARITY: range(1, 6), SET_STOP_SIZE: range(1, 4)}


class Rfc2217Line:
    """One client; a `WireUser`.

    Args:
        wire: its bytes, escapes and all.
        desk: the console's.
        signature: what the server says of itself.
    """

    def __init__(self, wire: Wire, desk: ConsoleDesk, signature: str) -> None:
        self._wire = _EscapingWire(wire)
        self._reader = TelnetReader()
        self._signature = signature.encode("ascii", "replace")
        self._ours: dict[int, bool] = {}
        self._theirs: dict[int, bool] = {}
        self._port = ComPort()
        self._has_notified = False
        for option in OURS[:3]:
            self._say(Verb.WILL, option)
        self._say(Verb.DO, BINARY)
        self._say(Verb.DO, COM_PORT)
        self._line = desk.line(self._wire)

    # The wire's side.

    def received(self, data: bytes) -> None:
        """Bytes have come."""
        for part in self._reader.feed(data):
            if isinstance(part, bytes):
                self._line.received(part if self._theirs.get(BINARY) else part.replace(b"\r\0", b"\r"))
            elif isinstance(part, OptionRequest):
                self._on_request(part)
            elif part.option == COM_PORT and part.payload:
                self._on_port(part)

    def full(self, is_full: bool) -> None:
        """A console goes on talking."""
        self._line.full(is_full)

    def ended(self) -> None:
        """The client types no more."""
        self._line.ended()

    def gone(self) -> None:
        """There is no client any more."""
        self._line.gone()

    # Options. Whoever asks first gets an answer, and nobody answers an answer.

    def _say(self, verb: Verb, option: int) -> None:
        (self._ours if verb in (Verb.WILL, Verb.WONT) else self._theirs)[option] = verb in (Verb.WILL, Verb.DO)
        self._wire.send_raw(request(verb, option))

    def _on_request(self, asked: OptionRequest) -> None:
        option, wants = asked.option, asked.verb in (Verb.DO, Verb.WILL)
        if asked.verb in (Verb.DO, Verb.DONT):
            has, can, answers = self._ours.get(option), option in OURS, (Verb.WONT, Verb.WILL)
        else:
            has, can, answers = self._theirs.get(option), option in THEIRS, (Verb.DONT, Verb.DO)
        if has is None and not wants:  # off from the beginning
            return
        if has is not (wants and can):
            self._say(answers[wants and can], option)
        if option == COM_PORT and asked.verb is Verb.WILL:
            self._notify()

    def _notify(self) -> None:
        """Say once that the lines are as those of a port that is ready."""
        if not self._has_notified:
            self._has_notified = True
            self._wire.send_raw(subnegotiation(COM_PORT, bytes((NOTIFY_MODEM_STATE, READY))))

    def _on_port(self, told: Subnegotiation) -> None:
        self._notify()  # a client may take our DO for the answer to a WILL that it then never sends (pyserial 3.5)
        command, value = told.payload[0], told.payload[1:]
        if command == SIGNATURE:
            answer: bytes | None = None if value else self._signature
        elif command in (SUSPEND, RESUME):
            self._wire.suspend(command == SUSPEND)
            return
        else:
            answer = self._port.answer(command, value)
        if answer is not None:
            self._wire.send_raw(subnegotiation(COM_PORT, bytes((command + ANSWER,)) + answer))


class ComPort:
    """The settings of a port that has none."""

    def __init__(self) -> None:
        self._baud = (115_200).to_bytes(4, "big")
        self._settings = dict(_SETTINGS_AT_FIRST)
        self._controls = dict(_CONTROLS_AT_FIRST)

    def answer(self, command: int, value: bytes) -> bytes | None:
        """What is set after a command of the client, or None for one that is not understood."""
        if command == SET_BAUD_RATE and len(value) == 4:
            if any(value):  # zero asks
                self._baud = value
            return self._baud
        if len(value) != 1:
            return None
        if command in self._settings:
            return self._set(command, value[0])
        if command == SET_CONTROL:
            return self._control(value[0])
        return value if command in (SET_LINE_STATE_MASK, SET_MODEM_STATE_MASK, PURGE) else None

    def _set(self, command: int, value: int) -> bytes:
        if value in _SETTINGS[command]:
            self._settings[command] = value
        return bytes((self._settings[command],))

    def _control(self, value: int) -> bytes | None:
        if value in self._controls:  # asks
            return bytes((self._controls[value],))
        for asks, values in _CONTROLS.items():
            if value in values:
                self._controls[asks] = value
                return bytes((value,))
        return None


class _EscapingWire:
    """The wire as the console sees it."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._suspended: bytearray | None = None

    @property
    def backlog(self) -> int:
        return self._wire.backlog + len(self._suspended or b"")

    def send(self, data: bytes) -> None:
        if self._suspended is None:
            self._wire.send(escaped(data))
        elif len(self._suspended) > MOST_SUSPENDED:
            self.drop()
        else:
            self._suspended += data

    def send_raw(self, data: bytes) -> None:
        self._wire.send(data)

    def suspend(self, suspended: bool) -> None:
        if suspended and self._suspended is None:
            self._suspended = bytearray()
        elif not suspended and self._suspended is not None:
            kept, self._suspended = bytes(self._suspended), None
            self.send(kept)

    def hold(self, held: bool) -> None:
        self._wire.hold(held)

    def finish(self) -> None:
        self._wire.finish()

    def drop(self) -> None:
        self._wire.drop()
