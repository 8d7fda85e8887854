"""Lessons in the terminal, before and after a run."""

from __future__ import annotations

import io
from dataclasses import replace

import msgspec
import pytest
from rich.console import Console

from compare.render.columns import Side
from compare.study import terminal
from compare.study.comparison import ArrayComparison, has_passed
from compare.study.lesson import load_lesson
from compare.study.program import frameworks_of

LESSON = "autograd"


def print_summary(results):
    console = Console(file=io.StringIO(), width=200)
    terminal.print_summary([load_lesson(LESSON)], console, results=results)
    return console.file.getvalue()


def with_outcome(results, **changes):
    """Return results in which every program of the lesson had another outcome."""
    programs = [msgspec.structs.replace(p, **changes) for p in results.record.programs]
    record = msgspec.structs.replace(results.record, programs=programs)
    return replace(results, record=record)


def print_lesson(entry, results=None):
    console = Console(file=io.StringIO(), width=200)
    terminal.print_lesson(entry, console, results=results)
    return console.file.getvalue()


@pytest.mark.torch
@pytest.mark.tf
@pytest.mark.jax
def test_the_summary_has_a_line_for_every_lesson(studied):
    (line,) = (x for x in print_summary(studied).splitlines() if x.startswith(LESSON))
    assert " agree, " in line
    assert line.count(", again ") == len(frameworks_of(LESSON))


@pytest.mark.parametrize(
    ("changes", "passes"),
    [
        ({"reason": "not installed"}, True),
        ({"reason": "it broke", "failed": True}, False),
        ({"changed_reason": "it broke"}, False),
    ],
)
def test_a_failed_program_is_an_error_and_a_missing_one_is_not(
    studied, changes, passes
):
    assert has_passed(load_lesson(LESSON), with_outcome(studied, **changes)) == passes


def test_the_summary_states_why_a_lesson_did_not_run(studied):
    printed = print_summary(with_outcome(studied, reason="not installed"))
    assert "nothing to compare" in printed
    assert "not run: not installed" in printed


@pytest.mark.parametrize(
    ("relative", "reason", "description"),
    [
        (0.0, "", "agree exactly"),
        (float("nan"), "", "agree exactly"),
        (2e-15, "", "agree, relative difference 2.0e-15"),
        (1.0, "too far", "disagree: x (torch, tf): too far"),
    ],
)
def test_agreement_is_described_in_a_few_words(relative, reason, description):
    compared = ArrayComparison(
        name="x", one="torch", other="tf", relative=relative, reason=reason
    )
    assert terminal.describe_lesson_agreement([compared]) == description


def test_before_a_run_sentences_with_values_are_left_out():
    printed = print_lesson(load_lesson(LESSON))
    assert "The loss starts at" not in printed
    assert "it records operations only" in printed
    note = (
        "Computed values ([…]) and the answer appear after a run: "
        "graph-compare study autograd --run"
    )
    assert printed.count(note) == 1


def test_what_only_one_program_shows_is_printed_with_its_framework():
    printed = " ".join(print_lesson(load_lesson(LESSON)).split())
    assert "JAX: JAX differentiates functions" in printed
    assert "impl_jax/lessons/autograd.py" in printed


def test_a_framework_without_a_program_has_a_reason_and_no_column():
    printed = " ".join(print_lesson(load_lesson("leaves")).split())
    assert "JAX: JAX has no leaf tensors." in printed
    assert "impl_tf/lessons/leaves.py" in printed
    assert "impl_jax" not in printed


def test_without_values_the_note_mentions_only_the_answer():
    entry = load_lesson(LESSON)
    exercise = replace(entry.lesson.exercise, task="Change it.")
    lesson = replace(
        entry.lesson,
        steps=dict.fromkeys(entry.lesson.steps, "Something happens."),
        exercise=exercise,
    )
    printed = print_lesson(replace(entry, lesson=lesson))
    assert "[…]" not in printed
    note = "The answer appears after a run: graph-compare study autograd --run"
    assert printed.count(note) == 1


BRACKETS = "pip install 'x[all]' [red]:warning: [/]"


def test_names_and_reasons_in_the_summary_are_not_markup(studied):
    printed = print_summary(with_outcome(studied, reason=BRACKETS))
    assert printed.count(f"not run: {BRACKETS}") == len(frameworks_of(LESSON))


def test_disagreements_in_the_summary_are_not_markup():
    compared = ArrayComparison(
        name="[x]", one="torch", other="tf", relative=1.0, reason=BRACKETS
    )
    console = Console(file=io.StringIO(), width=200)
    console.print(terminal._build_comparison_table([compared]))
    printed = console.file.getvalue()
    assert "[x]" in printed
    assert f"disagree: {BRACKETS}" in printed


def test_names_prose_and_output_of_a_lesson_are_not_markup(studied):
    entry = load_lesson(LESSON)
    steps = dict(entry.lesson.steps) | {"data": f"Prose {BRACKETS}"}
    lesson = replace(entry.lesson, steps=steps, own={"[w1]": f"because {BRACKETS}"})
    entry = replace(entry, title=f"Title {BRACKETS}", lesson=lesson)
    printed = print_lesson(
        entry, with_outcome(studied, printed={"data": f"out {BRACKETS}"})
    )
    for text in ("Title", "Prose", "out", "[w1] is not compared: because"):
        assert f"{text} {BRACKETS}" in printed


def test_titles_in_the_overview_are_not_markup(monkeypatch):
    entry = replace(load_lesson(LESSON), title=f"Title {BRACKETS}")
    monkeypatch.setattr(terminal, "load_lesson", lambda _: entry)
    console = Console(file=io.StringIO(), width=200)
    terminal.print_overview(console)
    assert f"Title {BRACKETS}" in console.file.getvalue()


def test_names_of_functions_are_not_markup():
    console = Console(file=io.StringIO(), width=200)
    side = Side(title="[a]", pieces={"[b]/c.py: f": "pass"})
    terminal.print_code([side, side], console)
    assert "[b]/c.py: f (the same in all)" in console.file.getvalue()
