"""Runs on clusters are compared workload by workload, on machines of one kind."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from functools import partial

import pytest

from compare.errors import UsageError
from compare.history.diff import compare_runs
from compare.history.history import read_history
from compare.report.diff.sentences import describe_caveats, format_mark
from tests.support.past_runs import write_past_runs
from tests.support.several_machines import spread_record
from tests.support.two_runs import run

SLOWER = {("cnn", "tf/function"): 1.10, ("two_layer", "tf/function"): 1.10}
compare = partial(compare_runs, threshold=0.02)


def run_on(machines, **values):
    """Return a run whose workloads ran on these machines: label -> name, processor."""
    made = run(**values)
    record = deepcopy(made.record)
    spread_record(record, machines)
    return replace(made, record=record)


BEFORE = {"two_layer": ("a", "EPYC"), "cnn": ("b", "Xeon")}


def regressions(found):
    rows = (row for row in found.rows if row.is_regression)
    return {(row.after.cell.workload, row.after.variant) for row in rows}


def test_workloads_that_ran_on_the_same_kinds_of_machines_are_compared():
    elsewhere = {"two_layer": ("c", "EPYC"), "cnn": ("d", "Xeon")}
    after = run_on(elsewhere, seed=2, scale=SLOWER.items())
    found = compare(run_on(BEFORE, seed=1), after)
    assert regressions(found) == {*SLOWER}
    assert not found.left_out


def test_a_workload_that_ran_on_another_kind_of_machine_is_left_out_and_named():
    moved = {"two_layer": ("a", "EPYC"), "cnn": ("a", "EPYC")}
    after = run_on(moved, seed=2, scale=SLOWER.items())
    found = compare(run_on(BEFORE, seed=1), after)
    assert regressions(found) == {("two_layer", "tf/function")}
    assert {group.after.workload for group in found.groups} == {"two_layer"}
    (caveat,) = (each for each in describe_caveats(found) if "cnn" in each)
    assert caveat.startswith("cnn is not compared, because it ran on machines that")
    assert "processor: Xeon in A, EPYC in B" in caveat
    assert not format_mark(found), "nothing was forced"


def test_runs_without_a_workload_on_the_same_kind_of_machine_are_refused():
    swapped = {"two_layer": ("b", "Xeon"), "cnn": ("a", "EPYC")}
    one, other = run_on(BEFORE, seed=1), run_on(swapped, seed=2)
    with pytest.raises(UsageError, match="processor: EPYC in A, Xeon in B"):
        compare(one, other)
    forced = compare(one, other, force=True)
    assert {group.after.workload for group in forced.groups} == {*BEFORE}
    assert "forced: processor" in format_mark(forced)


def test_a_history_follows_each_workload_on_its_kind_of_machine(tmp_path):
    def spread(number, record):
        machines = BEFORE if number < 2 else {**BEFORE, "cnn": ("a", "EPYC")}
        spread_record(record, machines)

    history = read_history(write_past_runs(tmp_path, count=4, change=spread))
    points = {
        (each.workload, each.variant, len(group.runs)): len(each.points)
        for group in history.groups
        for each in group.series
        if each.variant == "tf/function"
    }
    # Of cnn, two runs on one kind of machine and two on the other one.
    assert points == {
        ("two_layer", "tf/function", 4): 4,
        ("cnn", "tf/function", 4): 2,
        ("cnn", "tf/function", 2): 2,
    }
