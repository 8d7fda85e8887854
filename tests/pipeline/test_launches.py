"""Which launch is next, with which cells, and what a disturbed one leads to."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from compare.pipeline import cold_starts, launches, plan
from compare.pipeline.request import RunOptions, build_request
from compare.runs.record import CONTROL
from compare.runs.rows import SampleRow
from compare.runs.tables import SAMPLES
from compare.timing import launching
from tests.support.running import record_of

CHEAP = ("torch/eager", "torch/script")
COMPILED = ("torch/compile",)
ROUNDS = 3


@pytest.fixture
def context(small_suite, tmp_path, monkeypatch):
    """Return the context of a run whose launches take no time; it logs each."""
    request = build_request(
        RunOptions(variants=(*CHEAP, *COMPILED), suite_name=str(small_suite)),
        timed=True,
    )
    made = SimpleNamespace(
        record=record_of(request),
        folder=tmp_path,
        samples=SAMPLES.frame(),
        staged=dict.fromkeys((each.label for each in request.workloads), None),
        scratch=tmp_path,
        pool_of=lambda _: SimpleNamespace(with_generation=lambda number: number),
        launch_cache=None,
        reporter=SimpleNamespace(phase=lambda name: None),
        interim=SimpleNamespace(wait=lambda: None, begin=lambda context: None),
        lock=nullcontext(),
        log=[],
        slowdown={},  # (workload, launch) -> of the sentinel
    )

    def run_launch(launch):
        label, number = launch.cells[0].workload, launch.number
        made.log.append((label, number, [cell.variant for cell in launch.cells]))
        arms = [(cell, cell.mode) for cell in launch.cells]
        arms.append((launch.cells[0], CONTROL))
        result = launching.LaunchResult()
        result.samples = [
            SampleRow(
                **{**cell.key, "mode": mode},
                launch=number,
                round=launch.first_round + each,
                position=0,
                steps=1,
                duration_ns=1_000_000 + 1000 * number,
                started_ns=1,
                sentinel_ns=3e5 * made.slowdown.get((label, number), 1.0),
            )
            for cell, mode in arms
            for each in range(ROUNDS)
        ]
        return result

    def store(context, result, judged, *, label):
        context.samples = SAMPLES.extend(context.samples, result.samples)

    monkeypatch.setattr(launching, "run_launch", run_launch)
    monkeypatch.setattr(launches.timed, "judge_launch", lambda *_, **__: [])
    monkeypatch.setattr(launches, "store_launch", store)
    monkeypatch.setattr(launches, "save_record", lambda *_: None)
    monkeypatch.setattr(cold_starts, "estimate_cold_s", lambda record: 0.0)
    return made


def measure_all(context):
    for cells in plan.group_by_urgency(context.record):
        launches.measure_first(context, cells)
    launches.measure_further(context)
    return [(label, number) for label, number, _ in context.log]


def test_variants_without_a_compiler_are_measured_first_on_every_workload(context):
    measure_all(context)
    assert context.log[:4] == [
        ("two_layer", 0, [*CHEAP]),
        ("cnn", 0, [*CHEAP]),
        ("two_layer", 0, ["torch/eager", *COMPILED]),
        ("cnn", 0, ["torch/eager", *COMPILED]),
    ]
    every = [*CHEAP, *COMPILED]
    assert context.log[4:] == [("two_layer", 1, every), ("cnn", 1, every)]
    assert context.record.launches_done == {"two_layer": 2, "cnn": 2}


def test_parts_of_a_launch_have_different_rounds(context):
    measure_all(context)
    first = context.samples.query("workload == 'cnn' and launch == 0")
    rounds = first.groupby("mode", observed=True)["round"].agg(["min", "max"])
    assert tuple(rounds.loc["eager"]) == (0, 2 * ROUNDS - 1)
    assert tuple(rounds.loc["script"]) == (0, ROUNDS - 1)
    assert tuple(rounds.loc["compile"]) == (ROUNDS, 2 * ROUNDS - 1)


def test_what_has_samples_is_not_measured_again(context):
    groups = plan.group_by_urgency(context.record)
    launches.measure_first(context, groups[0])
    launches.measure_first(context, groups[0])
    assert len(context.log) == 1


def test_a_baseline_that_needs_a_compiler_is_measured_first(context):
    context.record.baseline = "torch/compile"
    groups = plan.group_by_urgency(context.record)
    assert [cell.variant for cell in groups[0]] == [*COMPILED, *CHEAP]
    measure_all(context)
    assert len(context.log) == 4


def test_the_workload_with_fewer_launches_is_next(context):
    context.record.request.launches = 4
    order = measure_all(context)
    assert order[4:] == [
        (label, number) for number in (1, 2, 3) for label in ("two_layer", "cnn")
    ]


def disturb(context, *, label, numbers):
    """Let a few blocks of some launches run undisturbed, as on a real machine."""
    context.record.request.launches, context.record.request.repeats = 4, 2
    context.slowdown = {(label, number): 2.0 for number in numbers}


def test_a_disturbed_launch_is_repeated(context):
    disturb(context, label="cnn", numbers=[1])
    measure_all(context)
    assert context.record.launches_done == {"two_layer": 4, "cnn": 5}


def test_launches_are_repeated_up_to_a_limit(context):
    disturb(context, label="cnn", numbers=[1, 2, 4, 5])
    measure_all(context)
    assert context.record.launches_done == {"two_layer": 4, "cnn": 6}


def test_a_budget_ends_the_launches_of_all_workloads(context):
    context.record.request.launches = 100
    context.record.request.budget_s = 1e-9
    measure_all(context)
    assert context.record.launches_done == {"two_layer": 1, "cnn": 1}


def test_a_run_that_only_checks_agreement_measures_nothing(context, small_suite):
    options = RunOptions(variants=CHEAP, suite_name=str(small_suite))
    context.record = record_of(build_request(options, timed=False))
    launches.measure_further(context)
    assert context.log == []


def test_cold_starts_are_those_of_compilers_and_are_measured_once(context):
    record = context.record
    cells = cold_starts.find_cold_cells(record)
    assert {cell.variant for cell in cells} == {*COMPILED}
    assert len(cells) == 2
    start = SimpleNamespace(
        workload="cnn", framework="torch", mode="compile", cold=True
    )
    record.starts = [start]
    assert [cell.workload for cell in cold_starts.find_cold_cells(record)] == [
        "two_layer"
    ]


def test_a_suite_may_leave_out_cold_starts(context):
    record = context.record
    record.request.cold_starts = False
    assert cold_starts.find_cold_cells(record) == []


def test_only_a_timed_run_measures_cold_starts(context, small_suite):
    options = RunOptions(variants=COMPILED, suite_name=str(small_suite))
    record = record_of(build_request(options, timed=False))
    assert cold_starts.find_cold_cells(record) == []
