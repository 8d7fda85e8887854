"""How commits are planted, and how launches are distributed over commits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from compare.pull_request.measuring import TimedSides
from compare.runs.tables import SAMPLES
from compare.stats.two_sides import LOOKS
from tests.benchmarks.planted_commits import (
    FILE,
    CommitRow,
    Method,
    add_rows,
    commit_change,
    format_summary,
    make_clone,
    read_launches,
    read_rows,
    resample_commits,
    save_launches,
)
from tests.support.repositories import git
from tests.support.simulated_blocks import simulate_launch

EAGER_ONLY = [
    f"{side} torch compile" for side in ("base", "base again", "head", "head again")
]


def measured(launches, *, slower=None):
    rows = [
        row
        for launch in range(launches)
        for row in simulate_launch(
            launch, noise=0.002, missing=EAGER_ONLY, slower=slower
        )
    ]
    return TimedSides(samples=SAMPLES.frame(rows))


def test_each_launch_belongs_to_one_commit_at_most():
    rows = resample_commits(measured(22), seed=0)
    assert len(rows) == 22 // LOOKS[0]
    assert sum(row.launches for row in rows) <= 22
    assert {row.method for row in rows} == {Method.RESAMPLED}
    assert not any(row.changes for row in rows)


def test_a_difference_between_identical_sides_would_be_counted():
    slower = {"head torch eager": 1.04, "head again torch eager": 1.04}
    rows = resample_commits(measured(8, slower=slower), seed=0)
    assert [row.changes for row in rows] == ["step time"] * 2


def test_launches_are_continued_from_their_files(tmp_path):
    assert read_launches(tmp_path).samples.empty
    saved = measured(2)
    save_launches(tmp_path, saved)
    pd.testing.assert_frame_equal(read_launches(tmp_path).samples, saved.samples)


@pytest.mark.parametrize("is_slower", [False, True])
def test_a_planted_commit_changes_one_file_of_a_clone(tmp_path, is_slower):
    clone = make_clone(tmp_path)
    commit_change(clone, number=3, is_slower=is_slower)
    assert git(clone, "diff", "--name-only", "main") == FILE
    added = git(clone, "diff", "main", "--numstat").split()[0]
    assert (int(added) > 2) is is_slower
    compile((clone / FILE).read_text(), FILE, "exec")


def test_the_summary_keeps_whole_runs_and_resampled_launches_apart(tmp_path):
    file = tmp_path / "commits.csv"
    known = {
        "number": 0,
        "ratio": 1.0,
        "ratio_low": 0.99,
        "ratio_high": 1.01,
        "detectable": 0.02,
        "launches": 4,
        "load": "0.1",
    }
    for method, slower, changes, verdict, seconds in (
        (Method.WHOLE_RUNS, False, "", "no change found", 50.0),
        (Method.WHOLE_RUNS, True, "step time", "slower", 60.0),
        (Method.RESAMPLED, False, "step time", "faster", np.nan),
    ):
        row = CommitRow(
            method=method,
            is_slower=slower,
            changes=changes,
            verdict=verdict,
            seconds=seconds,
            **known,
        )
        add_rows(file, [row])
    resampled, whole = format_summary(read_rows(file)).split("whole runs:")
    assert "100.0%" in resampled
    assert "duration" not in resampled
    assert "something reported                        0.0%" in whole
    assert "55 s, at most 60 s" in whole
