"""The comparison with other tools: their results, its summary, how it is continued."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest

from tests.benchmarks import against_others
from tests.benchmarks.against_others import (
    BUSY,
    CONDITIONS,
    OURS,
    QUIET,
    TOOLS,
    Estimate,
    EstimateRow,
    compare_results,
    compare_times,
    draw_order,
    end_job,
    estimate_in,
    format_markdown,
    format_summary,
    measure_missing,
    other_jobs,
    require_running,
)
from tests.benchmarks.others import with_asv as asv
from tests.benchmarks.others import with_benchstats
from tests.benchmarks.others import with_do_bench as do_bench
from tests.benchmarks.others.with_benchstats import METRICS, compare_calls

PLANTED = 1.05
COMMITS = [
    "dfdc30a1febee37cb289eb998ba579a45bf84c9d",
    "751e9d8da905c27c0d8d7797d53e3544fb",
]


@pytest.fixture
def measured(monkeypatch):
    """Return the names of the tools that were measured; none is really run."""
    names = []

    def make_fake(tool):
        def estimate(seconds, *, scratch, slowdown=1.0):
            names.append(tool)
            error = 0.001 if tool == OURS else 0.01
            one = Estimate(statistic="mean", ratio=1 + error, differs=tool != OURS)
            return [one, Estimate(statistic="min", ratio=1 - error, differs=None)]

        return estimate

    monkeypatch.setattr(against_others, "TOOLS", {t: make_fake(t) for t in TOOLS})
    monkeypatch.setattr(against_others, "available_cores", list)  # no other jobs
    return names


def test_estimates_in_the_file_are_not_measured_again(measured, tmp_path):
    out = tmp_path / "estimates.csv"
    measure_missing(out, repetitions=1)
    assert sorted(measured) == sorted([*TOOLS, *TOOLS])
    measure_missing(out, repetitions=2)
    assert len(measured) == 2 * 2 * len(TOOLS)
    assert len(pd.read_csv(out)) == 2 * 2 * 2 * len(TOOLS)


def test_estimates_without_a_condition_count_as_quiet(measured, tmp_path):
    out = tmp_path / "estimates.csv"
    earlier = [each.name for each in fields(EstimateRow) if each.name != "condition"]
    row = ["0", "pyperf", "mean", "1.0100000000000001", "False", "18.0", "1.5", "2026"]
    with out.open("w", newline="") as file:
        csv.writer(file).writerows([earlier, row])
    measure_missing(out, repetitions=1)
    assert measured.count("pyperf") == 1, "only the busy one is missing"
    header, first, *_ = csv.reader(out.read_text().splitlines())
    assert header == [each.name for each in fields(EstimateRow)]
    assert first == ["0", QUIET, *row[1:]]


def test_one_condition_can_be_measured_alone(measured, tmp_path):
    out = tmp_path / "estimates.csv"
    measure_missing(out, repetitions=1, conditions=[BUSY])
    assert set(pd.read_csv(out)["condition"]) == {BUSY}


def test_every_tool_runs_once_in_each_condition_in_an_order_that_varies():
    orders = [list(draw_order(number, conditions=CONDITIONS)) for number in range(8)]
    assert {order[0][0] for order in orders} == set(CONDITIONS)
    for order in orders:
        assert sorted(condition for condition, _ in order) == sorted(CONDITIONS)
        assert all(sorted(tools) == sorted(TOOLS) for _, tools in order)
    drawn = {tuple(tools) for order in orders for _, tools in order}
    assert len(drawn) == len(CONDITIONS) * len(orders)


def test_the_summary_counts_false_claims_and_compares_deviations(measured, tmp_path):
    out = tmp_path / "estimates.csv"
    measure_missing(out, repetitions=3)
    lines = format_summary(pd.read_csv(out)).splitlines()
    ours, *others = [line for line in lines if line.startswith(tuple(TOOLS))]
    assert ours.count("0 of 3 (0% to 56%)") == len(CONDITIONS)
    by_mean = [line for line in others if " mean " in line]
    assert len(by_mean) == len(TOOLS) - 1
    for line in by_mean:
        assert line.count("3 of 3 (44% to 100%)") == len(CONDITIONS)
        assert line.count("1.00%") == 2 * len(CONDITIONS)
        assert line.count(" 10.0 (") == len(CONDITIONS)


def test_a_condition_without_estimates_is_left_out_of_the_summary(measured, tmp_path):
    out = tmp_path / "estimates.csv"
    measure_missing(out, repetitions=1, conditions=[QUIET])
    rows = pd.read_csv(out)
    (heading,) = [
        line for line in format_summary(rows).splitlines() if line.strip() == QUIET
    ]
    assert heading
    assert BUSY not in format_markdown(rows)


def test_the_table_for_the_readme_has_a_column_for_each_condition(measured, tmp_path):
    out = tmp_path / "estimates.csv"
    measure_missing(out, repetitions=3)
    header, _, ours, *others = format_markdown(pd.read_csv(out)).splitlines()
    assert header == (
        "| tool | standard deviation, quiet | standard deviation, busy "
        "| false positives, quiet | false positives, busy |"
    )
    assert ours == f"| {OURS} | 0.10% | 0.10% | 0 of 3 | 0 of 3 |"
    assert len(others) == len(TOOLS) - 1
    assert all(line.endswith("| 1.00% | 1.00% | 3 of 3 | 3 of 3 |") for line in others)


def test_a_tool_without_estimates_in_a_condition_has_empty_cells(measured, tmp_path):
    out = tmp_path / "estimates.csv"
    measure_missing(out, repetitions=1)
    rows = pd.read_csv(out).query("tool != 'pyperf' or condition == 'quiet'")
    assert "| pyperf | 1.00% |  | 1 of 1 |  |" in format_markdown(rows)
    lines = [each.split() for each in format_summary(rows).splitlines()]
    (by_mean,) = [words for words in lines if words[:2] == ["pyperf", "mean"]]
    assert "1 of 1" in " ".join(by_mean)


def test_other_jobs_are_busy():
    with other_jobs(2) as jobs:
        for job in jobs:
            process = psutil.Process(job.pid)
            before = process.cpu_times().user
            while process.cpu_times().user == before:
                assert job.poll() is None
    assert len(jobs) == 2


def test_other_jobs_are_killed_even_if_a_tool_fails():
    jobs = []

    def fail(job):
        jobs.append(job)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), other_jobs(1) as (job,):
        fail(job)
    assert [job.returncode is not None for job in jobs] == [True]


def test_a_job_that_exits_early_is_an_error():
    with other_jobs(1) as jobs:
        require_running(jobs)
        end_job(jobs[0])
        with pytest.raises(RuntimeError, match="one has exited"):
            require_running(jobs)


@pytest.mark.skipif(not Path("/proc").exists(), reason="reads /proc")
def test_other_jobs_exit_if_their_parent_is_killed():
    program = (
        "import os\n"
        "from tests.benchmarks.against_others import other_jobs\n"
        "with other_jobs(1) as (job,):\n"
        "    print(job.pid, flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(against_others.ROOT)},
    )
    job = int(done.stdout)
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(job).wait(timeout=30)
    assert not psutil.pid_exists(job)


def test_jobs_run_in_the_busy_condition_only(monkeypatch):
    started = []

    class Job:
        def poll(self):
            return None

    @contextlib.contextmanager
    def fake_jobs(number):
        started.append(number)
        yield [Job()] * number

    def tool(seconds, *, scratch, slowdown=1.0):
        started.append(slowdown)
        return [Estimate(statistic="mean", ratio=1.0, differs=None)]

    monkeypatch.setattr(against_others, "other_jobs", fake_jobs)
    monkeypatch.setattr(against_others, "measure_slowdown", lambda: 3.0)
    monkeypatch.setattr(against_others, "available_cores", lambda: [0, 1])
    monkeypatch.setattr(against_others, "TOOLS", {"pyperf": tool})
    for condition in CONDITIONS:
        ((row,),) = estimate_in(condition, tools=["pyperf"], repetition=4, seconds=1)
        assert (row.condition, row.repetition, row.tool) == (condition, 4, "pyperf")
    assert started == [0, 1.0, 2, 3.0]


def test_a_difference_is_claimed_if_welch_s_test_finds_one():
    near, apart = [1.00, 1.01, 0.99, 1.02], [1.20, 1.21, 1.19, 1.22]
    mean, *others = compare_times(near, apart)
    assert mean.differs
    assert mean.ratio == pytest.approx(1.2, abs=0.01)
    assert [each.differs for each in others] == [None, None]
    assert not compare_times(near, near[::-1])[0].differs


def test_do_bench_plans_its_calls_from_the_estimate():
    plan = do_bench.plan_calls(0.0004)
    assert plan == do_bench.Calls(warm_up=62, timed=250)
    assert do_bench.plan_calls(7.0) == do_bench.Calls(warm_up=1, timed=1)


class FakeStep:
    """A step that advances its own clock."""

    def __init__(self, duration, *, spread=0.0):
        self.time = 0.0
        self.calls = 0
        self._duration = duration
        self._spread = spread
        self._rng = np.random.default_rng(0)

    def __call__(self):
        self.calls += 1
        self.time += self._duration * (1 + self._spread * self._rng.standard_normal())

    def clock(self):
        return self.time


def test_do_bench_times_each_call_after_estimating_and_warming_up():
    step = FakeStep(0.002)
    times = do_bench.time_calls(step, clock=step.clock)
    assert times == pytest.approx([0.002] * len(times))
    planned = do_bench.plan_calls(0.002)
    assert len(times) == pytest.approx(planned.timed, abs=1)
    assert step.calls == pytest.approx(6 + planned.warm_up + planned.timed, abs=2)


def test_do_bench_finds_a_planted_difference_of_5_percent():
    first, second = (FakeStep(each, spread=0.02) for each in (0.001, 0.001 * PLANTED))
    results = [
        do_bench.run_repeatedly(step, seconds=1.0, clock=step.clock)
        for step in (first, second)
    ]
    assert [len(each) for each in results] == pytest.approx([8, 8], abs=1)
    by_name = {each.statistic: each for each in compare_results(*results)}
    assert list(by_name) == ["mean", "median", "min", "20%", "80%"]
    for name in ("mean", "median", "20%", "80%"):
        assert by_name[name].ratio == pytest.approx(PLANTED, abs=0.003), name
    assert by_name["mean"].differs
    assert by_name["median"].differs is None


def test_do_bench_returns_statistics_and_interpolated_quantiles():
    results = do_bench.summarize([4.0, 1.0, 2.0, 3.0])
    expected = {"mean": 2.5, "median": 2.5, "min": 1.0, "20%": 1.6, "80%": 3.4}
    assert results == pytest.approx(expected)


def draw_durations(*, planted):
    """Return the durations of interleaved calls: function, repetition, iteration."""
    rng = np.random.default_rng(1)
    durations = 0.001 * (1 + 0.02 * rng.standard_normal((2, 20, 100)))
    return durations * np.array([1, planted])[:, None, None]


def test_benchstats_finds_a_planted_difference_of_5_percent():
    pytest.importorskip("benchstats")
    estimates = [
        Estimate(**each) for each in compare_calls(draw_durations(planted=PLANTED))
    ]
    assert [each.statistic for each in estimates] == list(METRICS)
    for each in estimates:
        assert each.ratio == pytest.approx(PLANTED, abs=0.005)
        assert each.differs


def test_benchstats_is_run_until_the_time_is_over():
    pytest.importorskip("benchstats")
    steps = FakeStep(1.0), FakeStep(1.0)
    functions, repetitions = with_benchstats.time_calls(*steps, seconds=0.2).shape[:2]
    assert functions == 2
    assert repetitions > 10
    assert repetitions % 10 == 0
    assert steps[0].calls == steps[1].calls
    durations = with_benchstats.time_calls(*steps, seconds=0.0)
    assert durations.shape == (2, 10, 100)


def test_benchstats_claims_no_difference_between_equal_durations():
    pytest.importorskip("benchstats")
    estimates = compare_calls(draw_durations(planted=1.0))
    assert [each["differs"] for each in estimates] == [False, False]
    json.dumps(estimates)  # as the process that times prints them


def write_results(folder, *, samples):
    """Write the files of asv's results, as asv 0.6.6 stores them."""
    results = folder / "results" / asv.MACHINE
    results.mkdir(parents=True)
    (results / "machine.json").write_text("{}")
    columns = ["result", "params", "version", "stats_repeat", "samples", "profile"]
    for commit, each in zip(COMMITS, samples, strict=True):
        stored = {
            "commit_hash": commit,
            "result_columns": columns,
            "results": {
                "timed.time_step": [[0.00035], [], "0d6a", [len(each or "")], [each]]
            },
        }
        path = results / f"{commit[:8]}-same-code-py3.json"
        path.write_text(json.dumps(stored))


def test_the_samples_of_asv_reproduce_a_planted_difference_of_5_percent(tmp_path):
    first = [0.00035, 0.00036, 0.00037]
    write_results(tmp_path, samples=[first, [PLANTED * each for each in first]])
    samples = [asv.read_samples(tmp_path, commit=commit) for commit in COMMITS]
    assert samples[0] == first
    estimates = compare_times(*samples, differs=True, tested="median")
    assert [each.ratio for each in estimates] == pytest.approx([PLANTED] * 3)
    assert [each.differs for each in estimates] == [None, True, None]


def test_a_result_of_asv_without_samples_is_an_error(tmp_path):
    write_results(tmp_path, samples=[[0.1], None])
    with pytest.raises(ValueError, match="expected samples of 751e9d8d"):
        asv.read_samples(tmp_path, commit=COMMITS[1])
    with pytest.raises(ValueError, match="expected one result of 00000000"):
        asv.read_samples(tmp_path, commit="0" * 40)


COMPARISON = """
All benchmarks:

| Change   | Before [dfdc30a1] <master~1>   | After [751e9d8d] <master>   | Ratio   | Benchmark (Parameter)   |
|----------|--------------------------------|-----------------------------|---------|-------------------------|
| {mark:8} | 354±7μs                        | 372±2μs                     | {ratio:7} | timed.time_step         |
"""  # noqa: E501 - printed by asv 0.6.6


@pytest.mark.parametrize(
    ("mark", "ratio", "differs"),
    [("", "~1.05", False), ("+", "1.05", True), ("-", "0.95", True)],
)
def test_asv_marks_a_difference_that_its_test_finds(mark, ratio, differs):
    printed = COMPARISON.format(mark=mark, ratio=ratio)
    assert asv.claims_difference(printed) is differs


@pytest.mark.parametrize("printed", ["", COMPARISON.format(mark="x", ratio="1.05")])
def test_a_comparison_that_asv_did_not_make_is_an_error(printed):
    with pytest.raises(ValueError, match="expected one comparison"):
        asv.claims_difference(printed)


def test_asv_compares_stored_samples_with_a_planted_difference(tmp_path):
    """The whole way through asv, without timing: its files, its test, its table."""
    pytest.importorskip("asv")
    commits = asv.write_project(tmp_path)
    assert len(set(commits)) == 2
    rng = np.random.default_rng(2)
    first = (0.00035 * (1 + 0.01 * rng.standard_normal(15))).tolist()
    for planted, differs in ((1.0, False), (PLANTED, True)):
        store_with_asv(tmp_path, commits, samples=[first, [planted * s for s in first]])
        printed = subprocess.run(
            [sys.executable, *asv.compare_options(commits)],
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": str(against_others.ROOT),
                "HOME": str(tmp_path),
            },
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert asv.claims_difference(printed) is differs
    samples = [asv.read_samples(tmp_path, commit=commit) for commit in commits]
    assert np.median(samples[1]) / np.median(samples[0]) == pytest.approx(PLANTED)


def store_with_asv(folder, commits, *, samples):
    """Store samples as ``asv run --record-samples`` does, in asv's own format."""
    machine, results, runner = (
        pytest.importorskip(f"asv.{name}") for name in ("machine", "results", "runner")
    )
    params = {"machine": asv.MACHINE, "python": "3"}
    (folder / "results" / asv.MACHINE).mkdir(parents=True, exist_ok=True)
    described = {"machine": asv.MACHINE, "version": machine.Machine.api_version}
    (folder / "results" / asv.MACHINE / "machine.json").write_text(
        json.dumps(described)
    )
    benchmark = {
        "name": "timed.time_step",
        "version": "1",
        "params": [],
        "unit": "seconds",
    }
    stored = {"version": 2, benchmark["name"]: benchmark}
    (folder / "results" / "benchmarks.json").write_text(json.dumps(stored))
    for commit, each in zip(commits, samples, strict=True):
        run = results.Results(params, {}, commit, 0, "3", "same-code-py3", {})
        result = runner.BenchmarkResult(
            result=[0.0], samples=[each], number=[1], errcode=0, stderr="", profile=None
        )
        run.add_result(benchmark, result, record_samples=True)
        run.save(str(folder / "results"))
