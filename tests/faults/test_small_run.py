"""The checks of a disturbed run find what they look for."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.faults.small_run import (
    KEYS,
    MARK,
    Outcome,
    SmallRun,
    count_keys,
    wait_for_workers,
)

HEADER = "workload,variant,epoch,train_loss\n"


@pytest.fixture
def run(tmp_path):
    """Return a run that was created, with one epoch in its table of epochs."""
    run = SmallRun(base=tmp_path / "small")
    run.create()
    run.folder.mkdir()
    record = {"finished": True, "cells": [], "notes": []}
    record["row_counts"] = {"learning.csv": 1}
    (run.folder / "run.json").write_text(json.dumps(record))
    (run.folder / "learning.csv").write_text(f"{HEADER}cnn,numpy/eager,1,0.5\n")
    return run


def add_row(run, row):
    with (run.folder / "learning.csv").open("a") as table:
        table.write(row)


@pytest.mark.parametrize(
    ("outcome", "finding"),
    [
        (Outcome(code=1, err="Traceback (most recent call last):"), "a traceback"),
        (Outcome(code=1, err="This is a bug in graph-compare"), "reported as a bug"),
        (Outcome(code=-11, err=""), "exit code -11"),
        (Outcome(code=5, err=""), "exit code 5"),
    ],
)
def test_a_traceback_or_an_undocumented_exit_code_is_found(run, outcome, finding):
    run.check_message(outcome)
    assert finding in run.findings[0]


def test_a_documented_failure_is_no_finding(run):
    run.check_message(Outcome(code=1, err="error: No space left on device"))
    run.check_kept(run.stored_rows())
    run.check_complete({name: count_keys(name, run.rows(name)) for name in KEYS})
    run.check_nothing_is_left()
    assert not run.findings


def test_a_row_that_the_run_does_not_count_may_be_lost(run):
    counted = (run.folder / "learning.csv").read_text()
    add_row(run, "two_layer,numpy/eager,9,0.5,0.5,0.5\n")
    before = run.stored_rows()
    (run.folder / "learning.csv").write_text(counted)
    run.check_kept(before)
    assert not run.findings


def test_a_lost_row_is_found(run):
    before = run.stored_rows()
    (run.folder / "learning.csv").write_text(HEADER)
    run.check_kept(before)
    assert "learning.csv: 1 rows lost" in run.findings[0]


@pytest.mark.parametrize(
    ("row", "finding"),
    [("cnn,numpy/eager,1,0.7\n", "duplicate"), ("cnn,numpy/eager,2,0.4\n", "extra")],
)
def test_a_duplicate_or_extra_row_is_found(run, row, finding):
    expected = {name: count_keys(name, run.rows(name)) for name in KEYS}
    add_row(run, row)
    run.check_complete(expected)
    assert finding in run.findings[0]


def test_reasons_of_failed_cells_and_of_notes_are_listed(run):
    record = {
        "cells": [{"status": "ok", "reason": ""}, {"status": "failed", "reason": "x"}],
        "notes": [{"kind": "not repeated", "reason": "y"}],
    }
    (run.folder / "run.json").write_text(json.dumps(record))
    assert run.failures() == ["x", "y"]


def test_a_missing_row_is_allowed_only_if_the_run_names_a_failure(run):
    expected = {name: count_keys(name, run.rows(name)) for name in KEYS}
    (run.folder / "learning.csv").write_text(HEADER)
    note = '{"kind": "not repeated", "reason": "no space"}'
    record = f'{{"finished": true, "cells": [], "notes": [{note}]}}'
    (run.folder / "run.json").write_text(record)
    run.check_complete(expected)
    assert not run.findings
    add_row(run, "cnn,numpy/eager,1,0.7\n" * 2)
    run.check_complete(expected)
    assert "duplicate" in run.findings[0]


def test_a_missing_row_or_an_unfinished_run_is_found(run):
    expected = {name: count_keys(name, run.rows(name)) for name in KEYS}
    (run.folder / "learning.csv").write_text(HEADER)
    (run.folder / "run.json").write_text(
        '{"finished": false, "cells": [], "notes": []}'
    )
    run.check_complete(expected)
    assert run.findings[0] == "the resumed run is not finished"
    assert "learning.csv: missing" in run.findings[1]


@pytest.mark.parametrize("name", ["tmp/graph-compare-x", "run/cells.csv.partial"])
def test_a_file_that_is_left_is_found(run, name):
    (run.base / name).touch()
    run.check_nothing_is_left()
    assert name.rpartition("/")[2] in run.findings[0]


def test_a_process_that_is_left_is_found(tmp_path):
    waiting = [sys.executable, "-c", "import time; print(flush=True); time.sleep(60)"]
    mark = str(tmp_path)
    with subprocess.Popen(
        waiting, env=os.environ | {MARK: mark}, stdout=subprocess.PIPE
    ) as worker:
        worker.stdout.readline()
        assert wait_for_workers(mark, limit_s=0) == [worker.pid]
        assert wait_for_workers(f"{mark}/other", limit_s=0) == []
        worker.kill()
    assert wait_for_workers(mark) == []
