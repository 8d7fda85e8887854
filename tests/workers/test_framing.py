"""Messages keep their numbers, and bytes that are no message are errors."""

from __future__ import annotations

import io
from math import inf, isnan, nan

import pytest

from compare.workers import framing, messages

WARM = {"captures_count": 1, "peak_rss_bytes": 1, "peak_device_bytes": None}
SAMPLE = {
    "started_ns": 1,
    "device_ns": None,
    "busy_ns": 1,
    "slept_ns": 0,
    "recaptures": 0,
    "sentinel_ns": 1,
}


def receive(message):
    """Return a reply as the parent decodes it."""
    buffer = framing.MessageBuffer()
    buffer.add(framing.encode(message))
    return framing.decode_reply(buffer.take())


def test_numbers_that_are_not_finite_are_received_as_they_are():
    done = receive(
        messages.EpochDone(train_loss=nan, valid_loss=inf, valid_accuracy=-inf)
    )
    assert isnan(done.train_loss)
    assert (done.valid_loss, done.valid_accuracy) == (inf, -inf)


@pytest.mark.parametrize("step_ns", [0.0, -1.0, 1e300, inf, nan])
def test_a_step_time_out_of_range_is_no_reply(step_ns):
    with pytest.raises(
        framing.InvalidMessageError, match=r"Expected `float` .*step_ns"
    ):
        receive(messages.Warm(step_ns=step_ns, **WARM))


@pytest.mark.parametrize("seconds", [0.0, -1.0, 1e300, inf, nan])
def test_a_duration_out_of_range_is_no_reply(seconds):
    with pytest.raises(
        framing.InvalidMessageError, match=r"Expected `float` .*seconds"
    ):
        receive(messages.Elapsed(seconds=seconds))


def test_a_clock_that_goes_backwards_is_a_result():
    assert receive(messages.Sample(duration_ns=-5, **SAMPLE)).duration_ns == -5
    with pytest.raises(framing.InvalidMessageError, match="duration_ns"):
        receive(messages.Sample(duration_ns=2**63, **SAMPLE))


def test_a_message_is_returned_only_when_it_is_complete():
    encoded = framing.encode(messages.Done()) + framing.encode(messages.Describe())
    buffer, taken = framing.MessageBuffer(), []
    for number in range(len(encoded)):
        buffer.add(encoded[number : number + 1])
        if (body := buffer.take()) is not None:
            taken.append((number + 1, body))
    first = len(framing.encode(messages.Done()))
    assert [position for position, _ in taken] == [first, len(encoded)]
    assert framing.decode_reply(taken[0][1]) == messages.Done()
    assert framing.decode_request(taken[1][1]) == messages.Describe()


def test_a_stream_ends_at_a_message_that_is_cut_off():
    encoded = framing.encode(messages.Describe())
    stream = io.BytesIO(encoded + encoded[:-1])
    body = framing.read_message(stream)
    assert framing.decode_request(body) == messages.Describe()
    assert framing.read_message(stream) is None
    assert framing.read_message(io.BytesIO(encoded[:3])) is None


def test_bytes_without_the_mark_are_quoted():
    buffer = framing.MessageBuffer()
    buffer.add(b"Se")
    with pytest.raises(framing.InvalidMessageError, match="'Se'"):
        buffer.take()


def test_a_message_that_is_too_large_is_refused_by_both_sides(monkeypatch):
    message = messages.Unavailable(reason="r" * 100)
    encoded = framing.encode(message)
    monkeypatch.setattr(framing, "MAX_BYTES", 99)
    with pytest.raises(ValueError, match="at most 99 bytes; Unavailable has"):
        framing.encode(message)
    buffer = framing.MessageBuffer()
    buffer.add(encoded[: framing.HEADER.size])  # refused before it arrives
    with pytest.raises(framing.InvalidMessageError, match="expected at most 99"):
        buffer.take()
