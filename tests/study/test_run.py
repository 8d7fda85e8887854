"""Lessons run in workers: what cannot run says so, and the rest goes on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from compare.errors import RunError
from compare.frameworks import frameworks
from compare.numerics.arrays import save_arrays
from compare.study import results
from compare.study.agreement import is_fine
from compare.study.lesson import find
from compare.study.run import run

ABSENT = {"module": "no_such_module", "install": "pip install it"}


@pytest.mark.torch
def test_a_missing_framework_is_a_reason_and_the_other_still_runs(
    tmp_path, monkeypatch
):
    known = dict(frameworks())
    known["tf"] = replace(known["tf"], **ABSENT)
    monkeypatch.setattr("compare.study.run.frameworks", lambda: known)
    found = run(["autograd"], folder=tmp_path, report=lambda _: None)
    produced = found.of("autograd")
    assert produced["tf"].reason == "no_such_module is not installed; pip install it"
    assert not produced["torch"].reason
    assert found.arrays("autograd", "torch")["losses"].shape == (100,)
    assert not found.arrays("autograd", "tf")
    assert is_fine(find("autograd"), found)


@pytest.mark.torch
def test_a_program_that_fails_costs_no_other_its_result(tmp_path, monkeypatch):
    known = {"torch": frameworks()["torch"]}
    monkeypatch.setattr("compare.study.run.frameworks", lambda: known)

    def source_of(name, *, framework):
        return {
            "tensors": "def main():\n    raise ValueError('planted')\n",
            "shapes": "import os\n\ndef main():\n    os.abort()\n",
            "autograd": "def main():\n    return {'x': 1.0}\n",
        }[name]

    monkeypatch.setattr("compare.study.program.source_of", source_of)
    names = ["tensors", "shapes", "autograd"]
    found = run(names, folder=tmp_path, report=lambda _: None)
    reasons = [each.reason for each in found.record.produced]
    assert "ValueError: planted" in reasons[0]
    assert "SIGABRT" in reasons[1]
    assert not reasons[2]
    assert [each.failed for each in found.record.produced] == [True, True, False]


@pytest.mark.torch
def test_a_framework_that_cannot_be_imported_fails_every_program(tmp_path, monkeypatch):
    broken = replace(frameworks()["torch"], package="impl_no_such")
    monkeypatch.setattr("compare.study.run.frameworks", lambda: {"torch": broken})
    names = ["tensors", "shapes"]
    found = run(names, folder=tmp_path, report=lambda _: None)
    assert [each.lesson for each in found.record.produced] == names
    for produced in found.record.produced:
        assert produced.failed
        assert "No module named 'impl_no_such'" in produced.reason


def test_a_run_that_is_interrupted_leaves_no_earlier_record(tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    (tmp_path / results.FILE).write_text("of the run before")
    monkeypatch.setattr("compare.study.run.Runner", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(["autograd"], folder=tmp_path, report=lambda _: None)
    assert not (tmp_path / results.FILE).exists()


def test_results_are_read_as_they_were_written(tmp_path):
    record = results.StudyRecord(created="now", environment={"Python": "3"})
    results.write(results.Results(folder=tmp_path, record=record))
    assert results.read(tmp_path).record == record


@pytest.mark.parametrize(
    ("text", "told"),
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
def test_what_are_no_results_is_told(tmp_path, text, told):
    if text is not None:
        (tmp_path / results.FILE).write_text(text)
    with pytest.raises(RunError, match=told):
        results.read(tmp_path)


@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_arrays_that_are_not_there_are_told(tmp_path, damage):
    produced = [results.Produced(lesson="autograd", framework="torch")]
    record = results.StudyRecord(created="", environment={}, produced=produced)
    if damage == "damaged":
        results.arrays_file(tmp_path, "autograd", "torch").write_text("no archive")
    with pytest.raises(RunError, match="expected the arrays"):
        results.Results(folder=tmp_path, record=record).arrays("autograd", "torch")


def test_arrays_of_an_earlier_run_are_not_those_of_a_program_that_did_not_run(tmp_path):
    for changed in (False, True):
        path = results.arrays_file(tmp_path, "autograd", "torch", changed=changed)
        save_arrays(path, {"losses": np.ones(1)})
    produced = results.Produced(lesson="autograd", framework="torch", reason="gone")
    record = results.StudyRecord(created="", environment={}, produced=[produced])
    found = results.Results(folder=tmp_path, record=record)
    assert not found.arrays("autograd", "torch")
    assert not found.changed_arrays("autograd", "torch")
