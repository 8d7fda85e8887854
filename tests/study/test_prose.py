"""Values in prose come from results; missing results are visible."""

from __future__ import annotations

import jinja2
import numpy as np
import pytest

from compare.numerics.arrays import save_arrays
from compare.study.ladder import lesson_names
from compare.study.lesson import load_lesson
from compare.study.prose import fill_values, format_value, omit_values
from compare.study.results import (
    LessonResults,
    ProgramResult,
    StudyRecord,
    Version,
    arrays_file,
)

LESSON = "autograd"


@pytest.fixture
def results(tmp_path):
    """Results of PyTorch's program and its exercise, without TensorFlow."""
    computed = {Version.AS_IS: [8.0, 2.0], Version.CHANGED: [8.0, 4.0]}
    for version, losses in computed.items():
        path = arrays_file(tmp_path, LESSON, "torch", version)
        save_arrays(path, {"losses": np.array(losses)})
    programs = [
        ProgramResult(lesson=LESSON, framework="torch"),
        ProgramResult(lesson=LESSON, framework="tf", reason="not installed"),
    ]
    record = StudyRecord(created="now", environment={}, programs=programs)
    return LessonResults(folder=tmp_path, record=record)


@pytest.mark.parametrize(
    ("prose", "expected"),
    [
        ("from {{ losses[0]|figure }} to {{ losses[-1]|figure }}", "from 8 to 2"),
        ("{{ after.losses[-1]|figure }}", "4"),
        ("{{ (before.losses[-1] / after.losses[-1])|figure }}", "0.5"),
        ("{{ torch.losses|length }}", "2"),
    ],
)
def test_a_value_comes_from_the_program_that_ran(results, prose, expected):
    assert fill_values(prose, load_lesson(LESSON), results) == expected


@pytest.mark.parametrize(
    "value",
    [
        "tf.losses",
        "tf.losses[-1]|figure",
        "tf.losses|length",
        "tf.names|join",
        "(tf.losses[0] / torch.losses[0])|figure",
        "(tf.losses[0] - 1)|abs|figure",
    ],
)
def test_a_value_of_a_program_that_did_not_run_is_marked(results, value):
    prose = f"{{{{ losses[0]|figure }}}} and {{{{ {value} }}}}"
    assert fill_values(prose, load_lesson(LESSON), results) == "8 and (not run)"


def test_only_values_after_a_failed_change_are_marked(results):
    torch, _ = results.record.programs
    torch.changed_reason = "it broke"
    prose = "{{ before.losses[0]|figure }}, then {{ after.losses[0]|figure }}"
    assert fill_values(prose, load_lesson(LESSON), results) == "8, then (not run)"


def test_an_unknown_name_is_an_error_if_all_programs_ran(results):
    results.record.programs.pop()
    with pytest.raises(jinja2.UndefinedError, match="no_such"):
        fill_values("{{ no_such }}", load_lesson(LESSON), results)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (np.float64(0.123456), "0.1235"),
        (np.float64(16949.6), "16,950"),
        (np.float64(1695.0), "1,695"),
        (np.float64(-123456.0), "-123,500"),
        (np.float64(999999.9), "1,000,000"),
        (np.float64(1.5e7), "1.5e+07"),
        (np.float64(1e-6), "1e-06"),
        (np.float64(0.0), "0"),
        (np.float64(np.nan), "nan"),
        (np.float64(-np.inf), "-inf"),
        (np.float32(16949.6), "16,950"),
        (np.int64(60000), "60,000"),
        (np.array([1.0, 2.5]), "[1, 2.5]"),
        ((3,), "(3,)"),
        ((60000, 28), "(60000, 28)"),
        (np.array([[16949.6, 2.0]]), "[[16950, 2]]"),
        (np.array(["a,b"]), "[a,b]"),
        (np.array([True]), "[True]"),
    ],
)
def test_a_value_is_formatted_for_people(value, written):
    assert format_value(value) == written


@pytest.mark.parametrize(
    ("prose", "shown"),
    [
        ("Before. The loss is {{ x|figure }}. After.", "Before. […] After."),
        ("It is {{ x }}.", "[…]"),
        ("First {{ x }}. Second {{ y }}! Why?", "[…] Why?"),
        ('It raises: "{{ x }}." Run it again.', "[…] Run it again."),
        ("It has {{ x.item().split('. ')[0] }} parts. Good.", "[…] Good."),
        ("Call `f(x. y)` with {{ x }} here. Good.", "[…] Good."),
        ("Use `a.b`. The rate is 0.5 or {{ x }}. End", "Use `a.b`. […] End"),
        ("One {{ x }}.\n\nTwo {{ y }}. Three.", "[…]\n\n[…] Three."),
        ("No value. At {all}.", "No value. At {all}."),
        ("", ""),
    ],
)
def test_before_a_run_sentences_with_values_are_left_out(prose, shown):
    assert omit_values(prose) == shown


# The parameter is not called `name`: the lessons need not be run for this test.
@pytest.mark.parametrize("lesson", lesson_names())
def test_before_a_run_no_lesson_shows_an_unfilled_value(lesson):
    content = load_lesson(lesson).lesson
    for prose in [*content.steps.values(), content.exercise.task]:
        shown = omit_values(prose)
        assert "{{" not in shown
        assert "[…] […]" not in shown
        kept = [part for part in shown.split("[…]") if part.strip()]
        assert all(part.strip() in prose for part in kept)
        assert all(part.rstrip()[-1] in ".?!)\"'" for part in kept), shown
