"""Many runs in a folder: lines, change points, groups, and what is left out."""

from __future__ import annotations

from itertools import pairwise

import pytest

from compare.errors import RunError
from compare.history.history import read
from compare.runs.tables import TIMING, read_table, write_table
from tests.support.past_runs import write_past_runs
from tests.support.synthetic import agreement_only, synthetic

SLOWER = ("cnn", "tf/function", 10, 1.10)


def series_of(history, workload, variant, *, group=0):
    return next(
        each
        for each in history.groups[group].series
        if (each.workload, each.variant) == (workload, variant)
    )


def newer_torch_from(start):
    def change(number, record):
        if number >= start:
            record.environment["torch"] = "2.14.0"

    return change


def test_a_cell_is_a_line_from_the_first_run_to_the_latest(tmp_path):
    history = read(write_past_runs(tmp_path, count=5))
    (group,) = history.groups
    assert len(group.runs) == 5
    assert len(group.series) == 16
    assert [each.number for each in series_of(history, "cnn", "tf/xla").points] == [
        0, 1, 2, 3, 4
    ]  # fmt: skip
    created = [run.record.created for run in group.runs]
    assert all(one < other for one, other in pairwise(created))


def test_a_step_is_found_with_its_run_and_size_and_nothing_else_is(tmp_path):
    history = read(write_past_runs(tmp_path, count=20, planted=[SLOWER]))
    found = {
        (each.workload, each.variant): each.changes
        for each in history.groups[0].series
        if each.changes
    }
    assert found.keys() == {("cnn", "tf/function")}
    (change,) = found["cnn", "tf/function"]
    assert change.at == 10
    assert change.factor == pytest.approx(1.10, abs=0.02)


def test_the_baseline_is_followed_by_its_step_time(tmp_path):
    history = read(
        write_past_runs(tmp_path, count=20, planted=[("cnn", "torch/eager", 8, 1.5)])
    )
    baseline = series_of(history, "cnn", "torch/eager")
    assert baseline.is_baseline
    assert [each.at for each in baseline.changes] == [8]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_few_runs_have_a_history_and_no_change_points(tmp_path, count):
    history = read(
        write_past_runs(tmp_path, count=count, planted=[("cnn", "tf/xla", 1, 2.0)])
    )
    assert history.runs == count
    assert not any(each.changes for each in history.groups[0].series)


def test_other_versions_are_a_group_of_their_own_named_by_what_differs(tmp_path):
    runs = write_past_runs(tmp_path, count=9, change=newer_torch_from(6))
    later, earlier = read(runs).groups
    assert (len(later.runs), len(earlier.runs)) == (3, 6)
    assert earlier.differing == ()
    (told,) = later.differing
    assert (told.name, told.before, told.after) == ("torch", "2.13.0+cpu", "2.14.0")


def test_two_machines_that_take_turns_are_two_groups(tmp_path):
    def change(number, record):
        record.environment["processor"] = f"machine {number % 2}"

    groups = read(write_past_runs(tmp_path, count=6, change=change)).groups
    assert [len(group.runs) for group in groups] == [3, 3]


def test_another_baseline_is_a_group_of_its_own(tmp_path):
    def change(number, record):
        record.baseline = "tf/eager" if number else "torch/eager"

    later, _ = read(write_past_runs(tmp_path, count=3, change=change)).groups
    assert later.baseline == "tf/eager"
    assert [each.name for each in later.differing] == ["baseline"]


def test_a_cell_that_one_run_lacks_has_a_gap(tmp_path):
    write_past_runs(tmp_path, count=4)
    third = sorted(tmp_path.iterdir())[2]
    timing = read_table(third, TIMING)
    write_table(third, TIMING, timing[timing["mode"] != "xla"])
    history = read(tmp_path)
    numbers = [each.number for each in series_of(history, "cnn", "tf/xla").points]
    assert numbers == [0, 1, 3]


def test_an_unproven_run_is_known_as_one(tmp_path):
    write_past_runs(tmp_path, count=2)
    latest = max(tmp_path.iterdir())
    timing = read_table(latest, TIMING)
    timing["is_unproven"] = True
    write_table(latest, TIMING, timing)
    points = series_of(read(tmp_path), "cnn", "tf/xla").points
    assert [each.is_unproven for each in points] == [False, True]


def test_runs_that_cannot_be_used_are_left_out_with_the_reason(tmp_path):
    def change(number, record):
        record.finished = number != 1

    write_past_runs(tmp_path, count=3, change=change)
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "run.json").write_text("{")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "run.json").write_text('{"schema_version": 1}')
    (tmp_path / "no run").mkdir()
    agreement_only(synthetic()).write(tmp_path / "agreed")
    history = read(tmp_path)
    assert history.runs == 2
    reasons = {each.name: each.reason for each in history.left_out}
    assert reasons.keys() == {"2026-03-02-000000", "damaged", "old", "agreed"}
    assert reasons["2026-03-02-000000"] == "stopped before it finished"
    assert "damaged or no run of graph-compare" in reasons["damaged"]
    assert "schema_version: expected" in reasons["old"]
    assert reasons["agreed"] == "nothing was timed"


def test_a_folder_without_runs_or_none_at_all_is_told(tmp_path):
    with pytest.raises(RunError, match=r"there is no run\.json"):
        read(tmp_path)
    with pytest.raises(RunError, match="expected a folder that holds runs; received"):
        read(tmp_path / "nowhere")


def test_a_run_itself_is_told_from_the_folder_above(tmp_path):
    run = write_past_runs(tmp_path, count=1) / "2026-03-01-000000"
    with pytest.raises(RunError, match=r"which is a run\. Name the folder above"):
        read(run)


def test_a_folder_in_which_no_run_can_be_used_says_why(tmp_path):
    agreement_only(synthetic()).write(tmp_path / "agreed")
    with pytest.raises(RunError, match="agreed: nothing was timed"):
        read(tmp_path)


def test_two_hundred_runs_are_read_at_once(tmp_path):
    write_past_runs(tmp_path, count=200, planted=[SLOWER])
    history = read(tmp_path)
    assert history.runs == 200
    assert [each.at for each in series_of(history, "cnn", "tf/function").changes] == [
        10
    ]
