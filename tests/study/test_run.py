"""Lessons run in workers: failures are reported, and other programs still run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from compare.errors import RunError
from compare.frameworks import frameworks_with
from compare.numerics.arrays import save_arrays
from compare.study.comparison import has_passed
from compare.study.lesson import load_lesson
from compare.study.results import (
    RECORD_FILE,
    LessonResults,
    ProgramResult,
    StudyRecord,
    Version,
    arrays_file,
    read_results,
    write_results,
)
from compare.study.run import run_lessons

ABSENT = {"module": "no_such_module", "install": "pip install it"}


@pytest.mark.torch
def test_a_missing_framework_is_reported_and_the_other_one_runs(tmp_path, monkeypatch):
    known = dict(frameworks_with("lessons"))
    known["tf"] = replace(known["tf"], **ABSENT)
    monkeypatch.setattr("compare.study.run.frameworks_with", lambda _: known)
    found = run_lessons(["autograd"], folder=tmp_path, report=lambda _: None)
    programs = found.programs_of("autograd")
    assert programs["tf"].reason == "no_such_module is not installed; pip install it"
    assert not programs["torch"].reason
    assert found.arrays("autograd", "torch")["losses"].shape == (100,)
    assert not found.arrays("autograd", "tf")
    assert has_passed(load_lesson("autograd"), found)


@pytest.mark.torch
def test_a_program_that_fails_does_not_affect_the_others(tmp_path, monkeypatch):
    known = {"torch": frameworks_with("lessons")["torch"]}
    monkeypatch.setattr("compare.study.run.frameworks_with", lambda _: known)

    def read_program(name, *, framework):
        return {
            "tensors": "def main():\n    raise ValueError('planted')\n",
            "shapes": "import os\n\ndef main():\n    os.abort()\n",
            "autograd": "def main():\n    return {'x': 1.0}\n",
        }[name]

    monkeypatch.setattr("compare.study.program.read_program", read_program)
    names = ["tensors", "shapes", "autograd"]
    found = run_lessons(names, folder=tmp_path, report=lambda _: None)
    reasons = [each.reason for each in found.record.programs]
    assert "ValueError: planted" in reasons[0]
    assert "SIGABRT" in reasons[1]
    assert not reasons[2]
    assert [each.failed for each in found.record.programs] == [True, True, False]


@pytest.mark.torch
def test_a_framework_that_cannot_be_imported_fails_every_program(tmp_path, monkeypatch):
    broken = replace(frameworks_with("lessons")["torch"], package="impl_no_such")
    monkeypatch.setattr(
        "compare.study.run.frameworks_with", lambda _: {"torch": broken}
    )
    names = ["tensors", "shapes"]
    found = run_lessons(names, folder=tmp_path, report=lambda _: None)
    assert [each.lesson for each in found.record.programs] == names
    for result in found.record.programs:
        assert result.failed
        assert "No module named 'impl_no_such'" in result.reason


@pytest.mark.torch
@pytest.mark.tf
def test_a_framework_without_a_program_of_a_lesson_has_no_result(tmp_path, monkeypatch):
    known = {n: each for n, each in frameworks_with("lessons").items() if n != "jax"}
    monkeypatch.setattr("compare.study.run.frameworks_with", lambda _: known)
    only_tf = {"tensors": "", "shapes": "def main():\n    return {'x': 1.0}\n"}
    monkeypatch.setattr(
        "compare.study.program.read_program",
        lambda name, *, framework: only_tf["shapes" if framework == "tf" else name],
    )
    names = ["tensors", "shapes"]
    found = run_lessons(names, folder=tmp_path, report=lambda _: None)
    assert list(found.programs_of("tensors")) == ["tf"]
    assert list(found.programs_of("shapes")) == ["torch", "tf"]
    assert not any(each.failed for each in found.record.programs)


def test_an_interrupted_run_leaves_no_earlier_record(tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    (tmp_path / RECORD_FILE).write_text("of an earlier run")
    monkeypatch.setattr("compare.study.run.ProgramRunner", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_lessons(["autograd"], folder=tmp_path, report=lambda _: None)
    assert not (tmp_path / RECORD_FILE).exists()


def test_stored_results_are_read_back(tmp_path):
    record = StudyRecord(created="now", environment={"Python": "3"})
    write_results(LessonResults(folder=tmp_path, record=record))
    assert read_results(tmp_path).record == record


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "expected results of lessons"),
        ("{", "run the lessons again"),
        ('{"created": 1}', "run the lessons again"),
        (
            '{"schema_version": 99, "created": "", "environment": {}}',
            "expected schema version",
        ),
    ],
)
def test_invalid_results_are_reported(tmp_path, text, message):
    if text is not None:
        (tmp_path / RECORD_FILE).write_text(text)
    with pytest.raises(RunError, match=message):
        read_results(tmp_path)


@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_missing_or_damaged_arrays_are_reported(tmp_path, damage):
    programs = [ProgramResult(lesson="autograd", framework="torch")]
    record = StudyRecord(created="", environment={}, programs=programs)
    if damage == "damaged":
        arrays_file(tmp_path, "autograd", "torch").write_text("no archive")
    with pytest.raises(RunError, match="expected the arrays"):
        LessonResults(folder=tmp_path, record=record).arrays("autograd", "torch")


def test_a_program_that_did_not_run_has_no_arrays_of_an_earlier_run(tmp_path):
    for version in Version:
        path = arrays_file(tmp_path, "autograd", "torch", version)
        save_arrays(path, {"losses": np.ones(1)})
    result = ProgramResult(lesson="autograd", framework="torch", reason="gone")
    record = StudyRecord(created="", environment={}, programs=[result])
    found = LessonResults(folder=tmp_path, record=record)
    for version in Version:
        assert not found.arrays("autograd", "torch", version)


PROGRAMS = {
    "torch": """
import torch

kept, few = [], []


def double(x):
    return 2 * x


def show(x):
    double_x = 2 * x
    print("shown")
    return double_x + x


def grow(x, kept):
    kept.append(1)
    return x + len(kept)


def main():
    x = torch.tensor([0.1, 0.2], dtype=torch.float64)
    for _ in range(12):
        grown = grow(x, kept)
    for _ in range(torch._dynamo.config.recompile_limit):
        grown_to_limit = grow_less(x, few)
    return {"y": double(double(show(x))), "grown": grown, "less": grown_to_limit}


def grow_less(x, few):
    few.append(1)
    return x + len(few)
""",
    "tf": """
import tensorflow as tf

calls = []


def double(x):
    return 2 * x


def convert(x):
    return float(x[0]) * x


def shift(x, by):
    return x + by


def count(x):
    calls.append(1)
    return x + len(calls)


def main():
    x = tf.constant([0.1, 0.2], tf.float64)
    for by in (1.0, 2.0, 3.0):
        shifted, counted = shift(x, by), count(x)
    return {"y": double(convert(convert(x))), "shifted": shifted, "counted": counted}
""",
    "jax": """
import jax.numpy as jnp

calls = []


def double(x):
    return 2 * x


def convert(x):
    return float(x[0]) * x


def shift(x, by):
    return x + by


def count(x):
    calls.append(1)
    return x + len(calls)


def main():
    x = jnp.array([0.1, 0.2])
    for by in (1.0, 2.0, 3.0):
        shifted, counted = shift(x, by), count(x)
    return {"y": double(convert(convert(x))), "shifted": shifted, "counted": counted}
""",
}
# A function of any number of calls is captured as often.
each_tracer = pytest.mark.parametrize(
    "framework",
    [
        pytest.param("tf", marks=pytest.mark.tf),
        pytest.param("jax", marks=pytest.mark.jax),
    ],
)


@pytest.fixture(scope="module")
def captured(tmp_path_factory):
    """Return the results of a program of each framework, and its functions by name."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(
            "compare.study.program.read_program",
            lambda _, *, framework: PROGRAMS[framework],
        )
        folder = tmp_path_factory.mktemp("captured")
        results = run_lessons(["autograd"], folder=folder, report=lambda _: None)
    programs = results.programs_of("autograd")
    for each in programs.values():
        assert not each.failed
        assert not each.captured_reason
    return results, {n: {c.name: c for c in p.captures} for n, p in programs.items()}


@pytest.mark.torch
def test_breaks_and_captures_of_each_function_are_counted(captured):
    found = captured[1]["torch"]
    assert (found["double"].calls, found["double"].captures) == (2, 1)
    assert found["double"].breaks == 0
    assert found["show"].breaks == 1
    assert found["show"].captures == 2


@pytest.mark.torch
def test_a_function_has_given_up_only_when_it_ran_eagerly(captured):
    found = captured[1]["torch"]
    assert found["grow"].has_given_up
    assert found["grow_less"].captures == found["grow"].captures
    assert not found["grow_less"].has_given_up


@each_tracer
def test_a_python_number_is_captured_at_every_value(framework, captured):
    found = captured[1][framework]
    assert (found["shift"].calls, found["shift"].captures) == (3, 3)
    assert (found["count"].calls, found["count"].captures) == (3, 1)


@each_tracer
def test_a_function_that_is_refused_is_called_as_often_as_without_captures(
    framework, captured
):
    refused = captured[1][framework]["convert"]
    assert (refused.calls, refused.captures) == (2, 0)
    assert {"tf": "float", "jax": "concrete value"}[framework] in refused.reason


@each_tracer
def test_what_python_counts_during_a_capture_gives_other_results(framework, captured):
    results, _ = captured
    before = results.arrays("autograd", framework)
    after = results.arrays("autograd", framework, Version.CAPTURED)
    np.testing.assert_array_equal(before["y"], after["y"])
    np.testing.assert_array_equal(before["counted"], [3.1, 3.2])
    np.testing.assert_array_equal(after["counted"], [1.1, 1.2])
