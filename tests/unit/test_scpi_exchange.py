"""Message exchange, status and lab time of an instrument, and a fuzzer that tries to break them."""

from __future__ import annotations

import math
from collections.abc import Generator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bringup.virtual_clock import VirtualClock
from bringup_instruments.scpi import Limits, Number, ScpiDevice, ScpiError, Setting, command, query
from bringup_instruments.scpi.exchange import OUTPUT_LIMIT
from bringup_instruments.scpi.input_buffer import INPUT_LIMIT


class Slow(ScpiDevice):
    """An instrument whose measurement takes 167 ms and whose sweep, started by INIT, takes two seconds."""

    error_capacity = 5

    def __init__(self) -> None:
        super().__init__(VirtualClock(), "Maker,Slow,1,0")
        self.sweeps = 0

    volts = Setting("VOLTage", Number("V", Limits(0.0, 60.0)), reset=0.0)

    @query("MEASure?")
    def measure(self) -> Generator[float, None, str]:
        yield 0.100
        yield 0.067
        return f"{self.volts:.1f}"

    @query("FAIL?")
    def fail(self) -> Generator[float, None, str]:
        yield 0.1
        raise ScpiError(-240)

    @query("BULK?")
    def bulk(self) -> str:
        return "x" * (OUTPUT_LIMIT + 1)

    @command("INITiate")
    def initiate(self) -> None:
        self.overlapped.start(self._sweep())

    @command("TRIGger:WAIT")
    def wait_for_trigger(self) -> None:
        self.overlapped.start(self._triggered())

    def on_trigger(self) -> None:
        if not self.overlapped.busy:
            raise ScpiError(-211)
        self.overlapped.wake()

    def _sweep(self) -> Generator[float, None, None]:
        yield 2.0
        self.sweeps += 1

    def _triggered(self) -> Generator[float, None, None]:
        yield math.inf
        self.sweeps += 1


@pytest.fixture
def slow() -> Slow:
    device = Slow()
    ask(device, "*ESR?")  # take the power-on event
    return device


def ask(device: ScpiDevice, message: str, timeout_s: float = 10.0) -> str:
    device.write(message.encode() + b"\n", end=True)
    return device.read(1 << 25, timeout_s)[0].decode().removesuffix("\n")


def error(device: ScpiDevice) -> int:
    return int(ask(device, "SYST:ERR?").split(",")[0])


def test_a_reading_costs_its_time_in_the_read_and_not_in_the_write(slow: Slow) -> None:
    slow.write(b"MEAS?\n", end=True)
    assert slow.clock.now() == 0.0
    assert slow.read(100, 1.0) == (b"0.0\n", True)
    assert slow.clock.now() == pytest.approx(0.167)


def test_a_timeout_costs_its_time_and_the_answer_still_comes(slow: Slow) -> None:
    slow.write(b"MEAS?\n", end=True)
    with pytest.raises(TimeoutError, match=r"no answer within 0\.1 s"):
        slow.read(100, 0.1)
    assert slow.clock.now() == pytest.approx(0.1)
    assert slow.read(100, 1.0)[0] == b"0.0\n"
    assert slow.clock.now() == pytest.approx(0.167)


def test_reading_with_nothing_asked_is_unterminated(slow: Slow) -> None:
    with pytest.raises(TimeoutError):
        slow.read(100, 2.0)
    assert slow.clock.now() == pytest.approx(2.0)
    assert ask(slow, "*ESR?") == "4"
    assert error(slow) == -420


def test_writing_before_reading_interrupts_and_loses_the_answer(slow: Slow) -> None:
    slow.write(b"*IDN?\n", end=True)
    assert ask(slow, "VOLT?") == "+0.00000000E+00"
    assert error(slow) == -410


def test_writing_while_a_reading_is_made_interrupts_once(slow: Slow) -> None:
    slow.write(b"MEAS?;:VOLT 3\n", end=True)
    slow.write(b"VOLT?\n", end=True)
    assert slow.read(100, 1.0)[0] == b"+3.00000000E+00\n"
    assert (error(slow), error(slow)) == (-410, 0)


def test_half_read_answers_are_lost_too(slow: Slow) -> None:
    slow.write(b"*IDN?\n", end=True)
    assert slow.read(5, 0.0) == (b"Maker", False)
    assert ask(slow, "VOLT?").startswith("+0")
    assert error(slow) == -410


def test_an_answer_comes_in_chunks(slow: Slow) -> None:
    slow.write(b"*IDN?\n", end=True)
    chunks = []
    ended = False
    while not ended:
        chunk, ended = slow.read(4, 0.0)
        chunks.append(chunk)
    assert b"".join(chunks) == b"Maker,Slow,1,0\n"
    assert max(map(len, chunks)) == 4


def test_a_message_may_come_in_pieces(slow: Slow) -> None:
    for piece in (b"VO", b"LT 4;VO", b"LT?"):
        slow.write(piece, end=False)
    assert slow.volts == 0.0
    slow.write(b"\n", end=False)
    assert slow.read(100, 0.0)[0] == b"+4.00000000E+00\n"


def test_two_messages_in_one_write_interrupt_each_other(slow: Slow) -> None:
    slow.write(b"*IDN?\nVOLT?\n", end=True)
    assert slow.read(100, 0.0)[0] == b"+0.00000000E+00\n"
    assert error(slow) == -410


def test_no_query_may_follow_an_indefinite_answer(slow: Slow) -> None:
    assert ask(slow, "*IDN?;VOLT?") == "Maker,Slow,1,0"
    assert error(slow) == -440
    assert ask(slow, "VOLT?;*IDN?") == "+0.00000000E+00;Maker,Slow,1,0"


def test_an_answer_that_never_fits_is_a_deadlock(slow: Slow) -> None:
    slow.write(b"BULK?\n", end=True)
    with pytest.raises(TimeoutError):
        slow.read(100, 0.0)
    assert (error(slow), error(slow)) == (-430, -420)


def test_input_without_an_end_is_dropped_and_told(slow: Slow) -> None:
    for _ in range(3):
        slow.write(b"x" * (INPUT_LIMIT // 2 + 1), end=False)
    slow.write(b"VOLT 7\n", end=False)  # still the tail of the long one
    assert slow.volts == 0.0
    assert error(slow) == -363
    assert ask(slow, "VOLT?").startswith("+0")


def test_device_clear_ends_a_reading_and_leaves_settings_and_errors(slow: Slow) -> None:
    slow.write(b"VOLT 5;FOO\n", end=True)
    slow.write(b"MEAS?\n", end=True)
    slow.clear()
    assert error(slow) == -113
    assert ask(slow, "VOLT?") == "+5.00000000E+00"
    slow.write(b"VOLT 6;VO", end=False)
    slow.clear()
    assert ask(slow, "VOLT?") == "+5.00000000E+00"


def test_an_error_during_a_slow_query_leaves_no_answer(slow: Slow) -> None:
    with pytest.raises(TimeoutError):
        ask(slow, "FAIL?", 1.0)
    assert error(slow) == -240


def test_a_mistake_in_a_model_leaves_the_exchange_in_order(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Slow):
        @query("BROKen?")
        def broken(self) -> str:
            raise ZeroDivisionError

    device = Broken()
    with pytest.raises(ZeroDivisionError):
        device.write(b"VOLT 2;BROK?\n", end=True)
    assert ask(device, "VOLT?") == "+2.00000000E+00"


# Overlapped operations.


def test_opc_waits_for_the_operation(slow: Slow) -> None:
    assert ask(slow, "INIT;*OPC?") == "1"
    assert slow.clock.now() == pytest.approx(2.0)
    assert slow.sweeps == 1


def test_opc_without_an_operation_is_immediate(slow: Slow) -> None:
    assert ask(slow, "*OPC;*ESR?") == "1"


def test_opc_sets_its_event_when_the_operation_ends(slow: Slow) -> None:
    slow.write(b"INIT;*OPC\n", end=True)
    assert ask(slow, "*ESR?") == "0"
    slow.clock.sleep(2.5)
    assert ask(slow, "*ESR?") == "1"


def test_cls_forgets_a_pending_opc(slow: Slow) -> None:
    slow.write(b"INIT;*OPC;*CLS\n", end=True)
    slow.clock.sleep(2.5)
    assert ask(slow, "*ESR?") == "0"


def test_wai_holds_the_input_back(slow: Slow) -> None:
    slow.write(b"INIT;*WAI;VOLT 9\n", end=True)
    assert slow.volts == 0.0
    assert ask(slow, "VOLT?") == "+9.00000000E+00"
    assert slow.clock.now() == pytest.approx(2.0)


def test_a_second_init_is_ignored_and_told(slow: Slow) -> None:
    slow.write(b"INIT;INIT\n", end=True)
    assert error(slow) == -213


def test_triggers(slow: Slow) -> None:
    slow.write(b"*TRG\n", end=True)
    assert error(slow) == -211
    slow.write(b"TRIG:WAIT;*OPC;*TRG\n", end=True)
    assert slow.sweeps == 1
    assert ask(slow, "*ESR?") == str(16 | 1)


def test_reset_stops_the_operation_and_restores_settings(slow: Slow) -> None:
    slow.write(b"VOLT 5;INIT;*OPC;*RST\n", end=True)
    assert ask(slow, "VOLT?;*OPC?") == "+0.00000000E+00;1"
    assert slow.clock.now() == 0.0
    assert slow.sweeps == 0


def test_two_threads_of_lab_time_wait_for_one_instrument(slow: Slow) -> None:
    """A waiting read holds no lock: another task can clear the device meanwhile."""

    def read() -> str:
        slow.write(b"MEAS?\n", end=True)
        try:
            return slow.read(100, 5.0)[0].decode()
        except TimeoutError:
            return "cleared"

    def clear() -> None:
        slow.clock.sleep(0.05)
        slow.clear()

    def both() -> str:
        reader = slow.clock.spawn(read, "reader")
        slow.clock.spawn(clear, "clearer")
        return reader.result()

    assert slow.clock.spawn(both, "both").result(10) == "cleared"
    assert slow.clock.now() == pytest.approx(5.0)


# Status.


def test_power_on_event_is_there_once() -> None:
    device = Slow()
    assert (ask(device, "*ESR?"), ask(device, "*ESR?")) == ("128", "0")


@pytest.mark.parametrize(("message", "event"), [(b"FOO\n", 32), (b"VOLT 99\n", 16), (b"BULK?\n", 4), (b"*OPC\n", 1)])
def test_each_class_of_error_has_its_event_bit(slow: Slow, message: bytes, event: int) -> None:
    slow.write(message, end=True)
    assert ask(slow, "*ESR?") == str(event)


def test_the_error_queue_overflows_in_its_last_place(slow: Slow) -> None:
    for _ in range(9):
        slow.write(b"FOO\n", end=True)
    assert [error(slow) for _ in range(6)] == [-113, -113, -113, -113, -350, 0]


def test_the_status_byte_sums_up(slow: Slow) -> None:
    assert slow.status_byte() == 0
    slow.write(b"*ESE 32;FOO\n", end=True)
    assert slow.status_byte() == 32 | 4
    slow.write(b"*IDN?\n", end=True)
    assert slow.status_byte() == 32 | 16 | 4
    slow.read(100, 0.0)
    assert ask(slow, "*STB?") == "36"
    ask(slow, "*ESR?")
    ask(slow, "SYST:ERR?")
    assert slow.status_byte() == 0


def test_service_is_requested_once_per_reason(slow: Slow) -> None:
    slow.write(b"*SRE 16\n", end=True)
    slow.write(b"*IDN?\n", end=True)
    assert slow.status_byte() == 16 | 64
    assert slow.status_byte() == 16
    slow.read(100, 0.0)
    slow.write(b"*IDN?\n", end=True)
    assert slow.status_byte() == 16 | 64


def test_bit_six_cannot_be_enabled_and_masks_are_bounded(slow: Slow) -> None:
    assert ask(slow, "*SRE 255;*SRE?;*ESE 255;*ESE?") == "191;255"
    slow.write(b"*ESE 256\n", end=True)
    assert error(slow) == -222


def test_register_groups_latch_edges_through_their_filters(slow: Slow) -> None:
    slow.write(b"STAT:OPER:ENAB 256\n", end=True)
    slow.status.operation.update(256)
    assert slow.status_byte() == 128
    assert ask(slow, "STAT:OPER:COND?") == "256"
    assert ask(slow, "STAT:OPER?") == "256"
    assert ask(slow, "STAT:OPER:EVEN?") == "0"
    slow.status.operation.update(0)
    assert ask(slow, "STAT:OPER?") == "0"
    slow.write(b"STAT:OPER:NTR 256;PTR 0\n", end=True)
    slow.status.operation.update(256)
    assert ask(slow, "STAT:OPER?") == "0"
    slow.status.operation.update(0)
    assert ask(slow, "STAT:OPER?") == "256"
    assert ask(slow, "STAT:PRES;:STAT:OPER:ENAB?;PTR?;NTR?") == "0;32767;0"


def test_cls_clears_events_and_errors_but_no_masks(slow: Slow) -> None:
    slow.write(b"*ESE 32;*SRE 32;FOO\n", end=True)
    slow.status.questionable.latch(1)
    assert ask(slow, "*CLS;*ESR?;:STAT:QUES?;*ESE?;*SRE?") == "0;0;32;32"
    assert error(slow) == 0


def test_version_and_self_test(slow: Slow) -> None:
    assert ask(slow, "SYST:VERS?;*TST?") == "1999.0;0"


# No input crashes it, hangs it, or leaves the queues inconsistent.

WORDS = st.sampled_from(
    ["VOLT", "VOLTage?", "MEAS?", "FAIL?", "INIT", "*OPC", "*OPC?", "*WAI", "*TRG", "TRIG:WAIT", "*IDN?", "*RST",
     "*CLS", "*ESE 255", "*SRE 16", "*STB?", "SYST:ERR?", "STAT:OPER?", ";", ":", " ", ",", "5", "5 MV", "1E400",
     "#15hello", "#0", "#9999", '"', "'", "(@1:3)", "\n", "\r\n", "\0", "\xff", "?", "*", "#H1F", "MIN", "1e-", "."]
)  # fmt: skip
MESSAGES = st.one_of(
    st.binary(max_size=40), st.lists(WORDS, max_size=12).map(lambda words: "".join(words).encode("latin-1"))
)
STEPS = st.one_of(
    st.tuples(st.just("write"), MESSAGES, st.booleans()),
    st.tuples(st.just("read"), st.integers(1, 30), st.floats(0.0, 3.0)),
    st.tuples(st.sampled_from(["clear", "poll"]), st.none(), st.none()),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(STEPS, max_size=25))
def test_nothing_that_comes_over_the_wire_breaks_it(steps: list[tuple[str, object, object]]) -> None:
    device = Slow()
    for step, first, second in steps:
        before_s = device.clock.now()
        if step == "write":
            device.write(first, end=second)  # type: ignore[arg-type]
            assert device.clock.now() == before_s
        elif step == "read":
            read_and_check(device, first, second, before_s)  # type: ignore[arg-type]
        elif step == "clear":
            device.clear()
            assert not device.expecting
        else:
            assert bool(device.status_byte() & 16) == device.message_available
        assert len(device.status.errors) <= device.error_capacity
    device.clear()
    device.write(b"\n", end=True)
    device.write(b"*RST;*CLS\n", end=True)
    assert ask(device, "*IDN?") == "Maker,Slow,1,0"
    assert ask(device, "VOLT 3;VOLT?;*OPC?") == "+3.00000000E+00;1"
    assert error(device) == 0
    assert device.status_byte() & 4 == 0


def read_and_check(device: Slow, max_bytes: int, timeout_s: float, before_s: float) -> None:
    try:
        data, ended = device.read(max_bytes, timeout_s)
    except TimeoutError:
        assert device.clock.now() == pytest.approx(before_s + timeout_s)
    else:
        assert 0 < len(data) <= max_bytes
        assert ended == data.endswith(b"\n") or not ended
        assert device.clock.now() <= before_s + timeout_s + 1e-9
