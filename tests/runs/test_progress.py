"""What a long run says: plain lines where there is no terminal, phases timed."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from compare.runs.progress import LINE_EVERY_S, Reporter


class Record:
    """All of a run record that a reporter touches."""

    def __init__(self) -> None:
        self.phases = []


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands until it is moved."""
    now = [100.0]
    monkeypatch.setattr("compare.runs.progress.monotonic", lambda: now[0])
    return now


def reporter(out, *, terminal=False):
    console = Console(file=out, force_terminal=terminal, width=100)
    return Reporter(console=console, expected_s=10.0, record=Record())


def test_plain_lines_say_what_runs_and_how_far_it_is(clock):
    out = io.StringIO()
    with reporter(out) as told:
        told.phase("measure")
        told.advance("round 1 of 2", expected_s=5.0)
    assert "0:00, about 0:04 left  measure: round 1 of 2" in out.getvalue()


def test_plain_lines_come_now_and_then(clock):
    out = io.StringIO()
    with reporter(out) as told:
        told.phase("measure")
        for step in range(10):
            clock[0] += LINE_EVERY_S / 2.5
            told.advance(f"step {step}")
    assert 3 <= len(out.getvalue().splitlines()) <= 5


def test_the_time_of_a_phase_adds_up_over_its_turns(clock):
    told = reporter(io.StringIO())
    with told:
        for name, seconds in (("start", 2.0), ("measure", 3.0), ("start", 4.0)):
            told.phase(name)
            clock[0] += seconds
    assert {p.name: p.seconds for p in told.record.phases} == {
        "start": 6.0,
        "measure": 3.0,
    }


def test_a_terminal_gets_a_bar_with_the_time_left():
    out = io.StringIO()
    with reporter(out, terminal=True) as told:
        told.phase("agree")
        told.advance("two_layer torch/eager", expected_s=1.0)
    assert "left" in out.getvalue()
    assert "two_layer torch/eager" in out.getvalue()
