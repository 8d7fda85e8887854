"""What is said in the terminal of lessons that were run."""

from __future__ import annotations

import io
from dataclasses import replace

import msgspec
import pytest
from rich.console import Console

from compare.study import terminal
from compare.study.agreement import Compared, is_fine
from compare.study.lesson import find

LESSON = "autograd"


def summed_up(results):
    console = Console(file=io.StringIO(), width=200)
    terminal.summary([find(LESSON)], console, results=results)
    return console.file.getvalue()


def with_produced(results, **changes):
    """Results in which something else became of every program of the lesson."""
    produced = [msgspec.structs.replace(p, **changes) for p in results.record.produced]
    record = msgspec.structs.replace(results.record, produced=produced)
    return replace(results, record=record)


@pytest.mark.torch
@pytest.mark.tf
def test_every_lesson_gets_a_line_with_its_verdict_and_times(studied):
    (line,) = (x for x in summed_up(studied).splitlines() if x.startswith(LESSON))
    assert " agree, " in line
    assert line.count(", again ") == 2


@pytest.mark.parametrize(
    ("changes", "fine"),
    [
        ({"reason": "not installed"}, True),
        ({"reason": "it broke", "failed": True}, False),
        ({"changed_reason": "it broke"}, False),
    ],
)
def test_what_failed_is_not_fine_and_what_cannot_run_is(studied, changes, fine):
    assert is_fine(find(LESSON), with_produced(studied, **changes)) == fine


def test_a_lesson_that_did_not_run_says_why(studied):
    said = summed_up(with_produced(studied, reason="not installed"))
    assert "nothing to compare" in said
    assert "not run: not installed" in said


@pytest.mark.parametrize(
    ("relative", "reason", "said"),
    [
        (0.0, "", "agree exactly"),
        (float("nan"), "", "agree exactly"),
        (2e-15, "", "agree, 2.0e-15 apart"),
        (1.0, "too far", "disagree: x (torch, tf): too far"),
    ],
)
def test_a_verdict_is_a_few_words(relative, reason, said):
    compared = Compared(
        name="x", one="torch", other="tf", relative=relative, reason=reason
    )
    assert terminal.verdict([compared]) == said
