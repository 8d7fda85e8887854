"""Numbers in prose come from what was computed, or say that nothing was."""

from __future__ import annotations

import jinja2
import numpy as np
import pytest

from compare.numerics.arrays import save_arrays
from compare.study.lesson import find
from compare.study.prose import figure, filled
from compare.study.results import Produced, Results, StudyRecord, arrays_file

LESSON = "autograd"


@pytest.fixture
def results(tmp_path):
    """Of PyTorch's program and its exercise, while TensorFlow is not there."""
    for changed, losses in ((False, [8.0, 2.0]), (True, [8.0, 4.0])):
        path = arrays_file(tmp_path, LESSON, "torch", changed=changed)
        save_arrays(path, {"losses": np.array(losses)})
    produced = [
        Produced(lesson=LESSON, framework="torch"),
        Produced(lesson=LESSON, framework="tf", reason="not installed"),
    ]
    record = StudyRecord(created="now", environment={}, produced=produced)
    return Results(folder=tmp_path, record=record)


@pytest.mark.parametrize(
    ("prose", "expected"),
    [
        ("from {{ losses[0]|figure }} to {{ losses[-1]|figure }}", "from 8 to 2"),
        ("{{ after.losses[-1]|figure }}", "4"),
        ("{{ (before.losses[-1] / after.losses[-1])|figure }}", "0.5"),
        ("{{ torch.losses|length }}", "2"),
    ],
)
def test_a_number_is_taken_from_what_ran(results, prose, expected):
    assert filled(prose, find(LESSON), results) == expected


@pytest.mark.parametrize(
    "number",
    [
        "tf.losses",
        "tf.losses[-1]|figure",
        "tf.losses|length",
        "tf.names|join",
        "(tf.losses[0] / torch.losses[0])|figure",
        "(tf.losses[0] - 1)|abs|figure",
    ],
)
def test_a_number_of_a_program_that_did_not_run_says_so(results, number):
    prose = f"{{{{ losses[0]|figure }}}} and {{{{ {number} }}}}"
    assert filled(prose, find(LESSON), results) == "8 and (not run)"


def test_a_change_that_gave_nothing_leaves_gaps_in_the_answer_alone(results):
    torch, _ = results.record.produced
    torch.changed_reason = "it broke"
    prose = "{{ before.losses[0]|figure }}, then {{ after.losses[0]|figure }}"
    assert filled(prose, find(LESSON), results) == "8, then (not run)"


def test_a_name_that_no_program_returns_is_an_error_where_all_ran(results):
    results.record.produced.pop()
    with pytest.raises(jinja2.UndefinedError, match="no_such"):
        filled("{{ no_such }}", find(LESSON), results)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (np.float64(0.123456), "0.1235"),
        (np.int64(60000), "60,000"),
        (np.array([1.0, 2.5]), "[1, 2.5]"),
        ((3,), "(3,)"),
        (np.array([True]), "[True]"),
    ],
)
def test_a_number_is_written_as_people_write_it(value, written):
    assert figure(value) == written
