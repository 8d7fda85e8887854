"""All runs of a folder: series, change points, groups, and folders left out."""

from __future__ import annotations

import shutil
from itertools import pairwise

import pytest

from compare.errors import RunError
from compare.history.history import read_history
from compare.runs.folder import read_record
from compare.runs.store import store_tables
from compare.runs.tables import TIMING, read_table
from tests.support.long import long_test
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


def test_a_cell_has_a_point_for_every_run(tmp_path):
    history = read_history(write_past_runs(tmp_path, count=5))
    (group,) = history.groups
    assert len(group.runs) == 5
    assert len(group.series) == 16
    assert [each.number for each in series_of(history, "cnn", "tf/xla").points] == [
        0, 1, 2, 3, 4
    ]  # fmt: skip
    created = [run.record.created for run in group.runs]
    assert all(one < other for one, other in pairwise(created))


def test_only_the_planted_change_is_found_with_its_run_and_size(tmp_path):
    history = read_history(write_past_runs(tmp_path, count=20, planted=[SLOWER]))
    found = {
        (each.workload, each.variant): each.changes
        for each in history.groups[0].series
        if each.changes
    }
    assert found.keys() == {("cnn", "tf/function")}
    (change,) = found["cnn", "tf/function"]
    assert change.at == 10
    assert change.factor == pytest.approx(1.10, abs=0.02)


def test_changes_of_the_baseline_are_searched_in_its_step_time(tmp_path):
    history = read_history(
        write_past_runs(tmp_path, count=20, planted=[("cnn", "torch/eager", 8, 1.5)])
    )
    baseline = series_of(history, "cnn", "torch/eager")
    assert baseline.is_baseline
    assert [each.at for each in baseline.changes] == [8]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_few_runs_have_no_change_points(tmp_path, count):
    history = read_history(
        write_past_runs(tmp_path, count=count, planted=[("cnn", "tf/xla", 1, 2.0)])
    )
    assert history.runs == count
    assert not any(each.changes for each in history.groups[0].series)


def test_other_versions_form_a_separate_group_with_the_differing_fact(tmp_path):
    runs = write_past_runs(tmp_path, count=9, change=newer_torch_from(6))
    later, earlier = read_history(runs).groups
    assert (len(later.runs), len(earlier.runs)) == (3, 6)
    assert earlier.differing == ()
    (fact,) = later.differing
    assert (fact.name, fact.before, fact.after) == ("torch", "2.13.0+cpu", "2.14.0")


def test_two_alternating_machines_form_two_groups(tmp_path):
    def change(number, record):
        record.environment["processor"] = f"machine {number % 2}"

    groups = read_history(write_past_runs(tmp_path, count=6, change=change)).groups
    assert [len(group.runs) for group in groups] == [3, 3]


def test_an_update_of_the_operating_system_does_not_split_a_group(tmp_path):
    def change(number, record):
        build = ("6.12.1-x86_64", "6.18.44-fc-v669-x86_64")[number // 3]
        record.environment["operating system"] = f"Linux-{build}-with-glibc2.36"
        record.environment["memory"] = f"23.{number} GiB"

    (group,) = read_history(write_past_runs(tmp_path, count=6, change=change)).groups
    assert len(group.runs) == 6


def test_another_architecture_forms_a_separate_group(tmp_path):
    def change(number, record):
        processor = ("x86_64", "aarch64")[number // 3]
        system = f"Linux-6.12.1-{processor}-with-glibc2.36"
        record.environment["operating system"] = system

    later, _ = read_history(write_past_runs(tmp_path, count=6, change=change)).groups
    (fact,) = later.differing
    assert (fact.name, fact.before, fact.after) == (
        "operating system", "Linux x86_64", "Linux aarch64"
    )  # fmt: skip


def test_another_baseline_forms_a_separate_group(tmp_path):
    def change(number, record):
        record.baseline = "tf/eager" if number else "torch/eager"

    later, _ = read_history(write_past_runs(tmp_path, count=3, change=change)).groups
    assert later.baseline == "tf/eager"
    assert [each.name for each in later.differing] == ["baseline"]


def test_a_cell_missing_from_one_run_has_a_gap(tmp_path):
    write_past_runs(tmp_path, count=4)
    third = sorted(tmp_path.iterdir())[2]
    timing = read_table(third, TIMING)
    store_tables(third, read_record(third), {TIMING: timing[timing["mode"] != "xla"]})
    history = read_history(tmp_path)
    numbers = [each.number for each in series_of(history, "cnn", "tf/xla").points]
    assert numbers == [0, 1, 3]


def test_a_point_of_an_unproven_run_is_marked(tmp_path):
    write_past_runs(tmp_path, count=2)
    latest = max(tmp_path.iterdir())
    timing = read_table(latest, TIMING)
    timing["is_unproven"] = True
    store_tables(latest, read_record(latest), {TIMING: timing})
    points = series_of(read_history(tmp_path), "cnn", "tf/xla").points
    assert [each.is_unproven for each in points] == [False, True]


def test_unusable_runs_are_left_out_with_the_reason(tmp_path):
    def change(number, record):
        record.finished = number != 1

    write_past_runs(tmp_path, count=3, change=change)
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "run.json").write_text("{")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "run.json").write_text('{"schema_version": 1}')
    (tmp_path / "no run").mkdir()
    agreement_only(synthetic()).write(tmp_path / "agreed")
    cut = shutil.copytree(tmp_path / "2026-03-01-000000", tmp_path / "cut")
    lines = (cut / "timing.csv").read_text().splitlines(keepends=True)
    (cut / "timing.csv").write_text("".join(lines[:-1]))
    history = read_history(tmp_path)
    assert history.runs == 2
    reasons = {each.name: each.reason for each in history.left_out}
    assert reasons.keys() == {"2026-03-02-000000", "damaged", "old", "agreed", "cut"}
    assert "expected 18 rows" in reasons["cut"]
    assert reasons["2026-03-02-000000"] == "stopped before it finished"
    assert "damaged or no run of graph-compare" in reasons["damaged"]
    assert "schema_version: expected" in reasons["old"]
    assert reasons["agreed"] == "nothing was timed"


def test_a_folder_without_runs_and_a_missing_folder_are_rejected(tmp_path):
    with pytest.raises(RunError, match=r"contain no run\.json"):
        read_history(tmp_path)
    with pytest.raises(RunError, match="expected a folder that holds runs; received"):
        read_history(tmp_path / "missing")


def test_a_run_in_place_of_its_folder_is_rejected(tmp_path):
    run = write_past_runs(tmp_path, count=1) / "2026-03-01-000000"
    with pytest.raises(RunError, match=r"which is a run\. Use the folder above"):
        read_history(run)


def test_a_folder_without_usable_runs_is_rejected_with_the_reasons(tmp_path):
    agreement_only(synthetic()).write(tmp_path / "agreed")
    with pytest.raises(RunError, match="agreed: nothing was timed"):
        read_history(tmp_path)


@long_test
def test_two_hundred_runs_are_read_together(tmp_path):
    write_past_runs(tmp_path, count=200, planted=[SLOWER])
    history = read_history(tmp_path)
    assert history.runs == 200
    assert [each.at for each in series_of(history, "cnn", "tf/function").changes] == [
        10
    ]
