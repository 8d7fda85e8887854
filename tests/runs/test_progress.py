"""The progress display: plain lines without a terminal, and phase durations."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from compare.runs.progress import LINE_INTERVAL_S, Reporter


class Record:
    """The part of a run record that a reporter uses."""

    def __init__(self) -> None:
        self.phases = []


@pytest.fixture
def clock(monkeypatch):
    """A clock that moves only when a test moves it."""
    now = [100.0]
    monkeypatch.setattr("compare.runs.progress.monotonic", lambda: now[0])
    return now


def make_reporter(out, *, terminal=False):
    console = Console(file=out, force_terminal=terminal, width=100)
    return Reporter(console=console, expected_s=10.0, record=Record())


def test_plain_lines_show_what_runs_and_the_time_left(clock):
    out = io.StringIO()
    with make_reporter(out) as reporter:
        reporter.phase("measure")
        reporter.advance("round 1 of 2", expected_s=5.0)
    assert "0:00, about 0:04 left  measure: round 1 of 2" in out.getvalue()


def test_plain_lines_are_printed_at_intervals(clock):
    out = io.StringIO()
    with make_reporter(out) as reporter:
        reporter.phase("measure")
        for step in range(10):
            clock[0] += LINE_INTERVAL_S / 2.5
            reporter.advance(f"step {step}")
    assert 3 <= len(out.getvalue().splitlines()) <= 5


def test_the_durations_of_a_repeated_phase_add_up(clock):
    reporter = make_reporter(io.StringIO())
    with reporter:
        for name, seconds in (("start", 2.0), ("measure", 3.0), ("start", 4.0)):
            reporter.phase(name)
            clock[0] += seconds
    assert {p.name: p.seconds for p in reporter.record.phases} == {
        "start": 6.0,
        "measure": 3.0,
    }


def test_a_terminal_shows_a_bar_with_the_time_left():
    out = io.StringIO()
    with make_reporter(out, terminal=True) as reporter:
        reporter.phase("agree")
        reporter.advance("two_layer torch/eager", expected_s=1.0)
    assert "left" in out.getvalue()
    assert "two_layer torch/eager" in out.getvalue()


@pytest.mark.parametrize("terminal", [True, False])
def test_markup_and_emoji_codes_in_names_are_printed_literally(terminal):
    out = io.StringIO()
    with make_reporter(out, terminal=terminal) as reporter:
        reporter.phase("agree")
        reporter.advance("mine[bold] :dog: [/x]", expected_s=1.0)
    assert "mine[bold] :dog: [/x]" in out.getvalue()
