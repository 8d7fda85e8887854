"""The progress display: a table on a terminal, plain lines elsewhere, and durations."""

from __future__ import annotations

import io
import threading

import pytest
from rich.console import Console

from compare.runs.live_table import LiveRow, LiveTable
from compare.runs.progress import LINE_INTERVAL_S, Reporter


class Record:
    """The part of a run record that a reporter uses."""

    def __init__(self) -> None:
        self.phases = []


TABLE = LiveTable(
    checks=("float64",),
    rows=tuple(
        LiveRow(workload="two_layer", variant=f"tf/{name}", verdicts=("agrees",))
        for name in ("eager", "function", "xla")
    ),
)


@pytest.fixture(autouse=True)
def _capable_terminal(monkeypatch):
    """A terminal that can move the cursor, wherever the tests run."""
    monkeypatch.setenv("TERM", "xterm")


@pytest.fixture
def clock(monkeypatch):
    """A clock that moves only when a test moves it."""
    now = [100.0]
    monkeypatch.setattr("compare.runs.progress.monotonic", lambda: now[0])
    return now


def make_reporter(out, *, terminal=False, height=25):
    console = Console(file=out, force_terminal=terminal, width=100, height=height)
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


def test_a_terminal_shows_the_table_above_the_bar():
    out = io.StringIO()
    with make_reporter(out, terminal=True) as reporter:
        reporter.show(TABLE, news=["printed elsewhere"])
        reporter.phase("agree")
        before = len(out.getvalue())
        reporter.advance("two_layer tf/eager")
        shown = out.getvalue()[before:]
    lines = ("float64", "two_layer", "tf/eager", "tf/function", "tf/xla", "left")
    positions = [shown.index(line) for line in lines]
    assert positions == sorted(positions)
    assert "printed elsewhere" not in shown


def test_without_a_terminal_news_are_lines_with_the_time(clock):
    out = io.StringIO()
    with make_reporter(out) as reporter:
        clock[0] += 72
        reporter.show(
            TABLE, news=["two_layer tf/xla: agrees in float64", "\x1b[2Jnews"]
        )
    assert out.getvalue().splitlines() == [
        "1:12  two_layer tf/xla: agrees in float64",
        r"1:12  \x1b[2Jnews",
    ]


def test_a_terminal_that_cannot_move_the_cursor_gets_plain_lines(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    out = io.StringIO()
    with make_reporter(out, terminal=True) as reporter:
        reporter.show(TABLE, news=["two_layer tf/xla: agrees in float64"])
    assert out.getvalue() == "0:00  two_layer tf/xla: agrees in float64\n"


def test_a_low_terminal_still_shows_the_bar():
    out = io.StringIO()
    with make_reporter(out, terminal=True, height=6) as reporter:
        reporter.show(TABLE)
        reporter.advance("two_layer tf/eager")
    assert "two_layer tf/eager" in out.getvalue()
    assert "tf/xla" not in out.getvalue()


def test_a_terminal_that_is_resized_shows_what_fits():
    out = io.StringIO()
    with make_reporter(out, terminal=True, height=6) as reporter:
        reporter.show(TABLE)
        reporter.console.size = (30, 40)
        before = len(out.getvalue())
        reporter.advance("two_layer tf/eager")
        assert "tf/xla" in out.getvalue()[before:]


def test_the_display_is_redrawn_only_when_it_is_called():
    out = io.StringIO()
    threads = threading.active_count()
    with make_reporter(out, terminal=True) as reporter:
        reporter.show(TABLE)
        assert threading.active_count() == threads


@pytest.mark.parametrize("terminal", [True, False])
def test_a_warning_is_printed_literally(terminal):
    out = io.StringIO()
    with make_reporter(out, terminal=terminal) as reporter:
        reporter.warn("[bold] disk full \x1b[2J")
    assert r"[bold] disk full \x1b[2J" in out.getvalue()
