"""Lessons run in workers: failures are reported, and other programs still run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from compare.errors import RunError
from compare.frameworks import frameworks
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
    known = dict(frameworks())
    known["tf"] = replace(known["tf"], **ABSENT)
    monkeypatch.setattr("compare.study.run.frameworks", lambda: known)
    found = run_lessons(["autograd"], folder=tmp_path, report=lambda _: None)
    programs = found.programs_of("autograd")
    assert programs["tf"].reason == "no_such_module is not installed; pip install it"
    assert not programs["torch"].reason
    assert found.arrays("autograd", "torch")["losses"].shape == (100,)
    assert not found.arrays("autograd", "tf")
    assert has_passed(load_lesson("autograd"), found)


@pytest.mark.torch
def test_a_program_that_fails_does_not_affect_the_others(tmp_path, monkeypatch):
    known = {"torch": frameworks()["torch"]}
    monkeypatch.setattr("compare.study.run.frameworks", lambda: known)

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
    broken = replace(frameworks()["torch"], package="impl_no_such")
    monkeypatch.setattr("compare.study.run.frameworks", lambda: {"torch": broken})
    names = ["tensors", "shapes"]
    found = run_lessons(names, folder=tmp_path, report=lambda _: None)
    assert [each.lesson for each in found.record.programs] == names
    for result in found.record.programs:
        assert result.failed
        assert "No module named 'impl_no_such'" in result.reason


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
