"""Compare seven tools: each times the same step against itself, in the same time.

The true ratio is 1. Each tool estimates it repeatedly. Within a repetition, the tools
run in random order, so that changes of the machine affect all of them. The settings are
equal: the same step, one thread, one processor, and the same number of seconds from the
start of a tool's first process to the end of its last one.

This is done in two conditions: on a quiet machine, and with one other job per
processor, each busy with matrix products and not pinned to a processor. The number of
seconds depends on the condition only.

    python -m tests.benchmarks.against_others [--repetitions N] [--seconds S]
                                              [--conditions quiet busy]

Every estimate is appended to a CSV file; estimates in the file are not measured again.
Whether a tool claims a difference is decided as its user would do it: for graph-compare
by the p value, for pyperf by ``pyperf compare_to``, for benchstats and asv by their own
tests. By default, asv reports no difference below 10%. Here this threshold is 0, so
that its test alone decides. The remaining tools have no test; for them it is Welch's t
test of the timed rounds, blocks or calls.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from functools import partial
from itertools import count
from math import exp, log
from pathlib import Path
from time import monotonic

import numpy as np
import pandas as pd
from rich.console import Console
from scipy.stats import f as fisher
from scipy.stats import ttest_ind
from statsmodels.stats.proportion import proportion_confint

from compare.frameworks import frameworks
from compare.machine import available_cores, installed_version, machine
from compare.pipeline.plan import plan_cells
from compare.runs.progress import Reporter
from compare.runs.record import CONTROL, RunRecord, utc_now
from compare.stats.estimates import (
    ALPHA,
    MIN_LAUNCHES,
    TimingVerdict,
    judge_ratio,
    p_value_of_difference,
    ratio_interval,
)
from compare.timing import launching
from compare.timing.tables import pair_samples
from compare.workers.forking import ForkServers
from compare.workers.pool import WorkerPool
from compare.workers.process import worker_environment
from tests.benchmarks.others import with_asv as asv
from tests.benchmarks.others import with_do_bench as do_bench
from tests.support.requested import TWO_LAYER, requested

ROOT = Path(__file__).parents[2]
OTHERS = Path(__file__).with_name("others")
OUT = ROOT / "reports" / "against_others.csv"
BASELINE = "torch/eager"
OURS = "graph-compare"
QUIET, BUSY = "quiet", "busy"
CONDITIONS = (QUIET, BUSY)
# Seconds until a tool starts timing, approximately, on a quiet machine.
PYTEST_START_S = 4.0
TORCH_START_S = 2.8
BENCHSTATS_START_S = 3.5
DO_BENCH_START_S = 3.0
# Seconds of a process that only builds the step, on a quiet machine. How much longer it
# takes on a busy one is measured, because the tools start many such processes.
STEP_PROCESS_S = 1.8
# Processes start two to four times as slowly on a busy machine. pyperf and asv need
# more time there, even for the smallest number of processes.
SECONDS = {QUIET: 20.0, BUSY: 40.0}
# Seconds of a process of pyperf, and of the one that calibrates the number of loops.
# By default, pyperf starts 20 processes of 3 values.
PYPERF_VALUES = 5
PYPERF_PROCESS_S, PYPERF_CALIBRATION_S = 2.6, 2.6
# Seconds of asv until its first round, and of a round, which has a process for each of
# both commits. By default, asv takes 2 rounds of 5 samples.
ASV_START_S, ASV_ROUND_S = 2.3, 3.6


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """The ratio of the second step time to the first, by one statistic of a tool."""

    statistic: str
    ratio: float
    differs: bool | None  # whether a user would claim it; None: no test


@dataclass(frozen=True, kw_only=True)
class EstimateRow:
    """One row of the CSV file."""

    repetition: int = 0
    condition: str = QUIET
    tool: str
    statistic: str
    ratio: float
    differs: bool | None
    wall_s: float
    load: float  # load average of the minute before
    created: str = field(default_factory=utc_now)


def with_graph_compare(seconds: float, *, scratch: Path) -> list[Estimate]:
    """Estimate by launches of a variant and its control, as many as the time allows."""
    request = requested(variants=[BASELINE])
    logs = scratch / "logs"
    servers = ForkServers(
        [frameworks()["torch"]], threads=1, logs=logs, time_limit_s=request.time_limit_s
    )
    record = RunRecord(run_id="", created="", request=request, baseline=BASELINE)
    silent = Reporter(Console(quiet=True), expected_s=seconds, record=record)
    began, samples = monotonic(), []
    with servers:
        pool = WorkerPool(
            frameworks=frameworks(),
            threads=1,
            device="cpu",
            logs=logs,
            servers=servers,
        )
        for launch in count():
            spent = monotonic() - began
            if launch >= MIN_LAUNCHES and spent + spent / launch > seconds:
                break
            result = launching.run_launch(
                launching.Launch(
                    cells=plan_cells(request),
                    baseline=BASELINE,
                    workload=TWO_LAYER,
                    request=request,
                    number=launch,
                    pool=pool.with_generation(launch),
                    cache_of=lambda _, name: scratch / "cache" / name,
                    reporter=silent,
                    results=scratch / "results",
                )
            )
            assert not result.failures, result.failures
            samples += result.samples
    paired = pair_samples(record, pd.DataFrame(samples), workload=TWO_LAYER.label)
    of_control = paired.ratios[f"torch/{CONTROL}"].to_list()
    return [
        Estimate(
            statistic=f"over {len(of_control)} launches",
            ratio=exp(np.mean(of_control)),
            differs=is_claimed(of_control, slowdown=paired.disturbance.worst_used),
        )
    ]


def is_claimed(log_ratios: list[float], *, slowdown: float) -> bool:
    """Return whether the verdict on a variant with these ratios is a difference."""
    verdict = judge_ratio(
        ratio_interval(log_ratios),
        differs=p_value_of_difference(log_ratios),
        equivalent=1.0,  # not tested
        slowdown=slowdown,
    )
    return verdict in (TimingVerdict.FASTER, TimingVerdict.SLOWER)


def with_pytest_benchmark(
    seconds: float, *, scratch: Path, slowdown: float = 1.0
) -> list[Estimate]:
    """Estimate by two benchmarks, one after the other, in one pytest process."""
    out = scratch / "benchmark.json"
    each = max(0.5, (seconds - PYTEST_START_S * slowdown) / 2)
    options = [f"--benchmark-json={out}", f"--benchmark-max-time={each}"]
    quietly = ["--quiet", "-p", "no:cacheprovider"]
    run(["-m", "pytest", *quietly, *options, OTHERS / "with_pytest.py"], cache=scratch)
    first, second = json.loads(out.read_text())["benchmarks"]
    return compare_times(first["stats"]["data"], second["stats"]["data"])


def with_torch_benchmark(
    seconds: float, *, scratch: Path, slowdown: float = 1.0
) -> list[Estimate]:
    """Estimate by two timers, one after the other, in one process."""
    each = max(0.5, (seconds - TORCH_START_S * slowdown) / 2)
    printed = run(
        ["-m", "tests.benchmarks.others.with_torch", f"{each}"], cache=scratch
    )
    return compare_times(*json.loads(printed))


def with_pyperf(
    seconds: float, *, scratch: Path, slowdown: float = 1.0
) -> list[Estimate]:
    """Estimate by two runs, one after the other, each of several processes."""
    import pyperf  # noqa: PLC0415 - needed here only

    each_s = seconds / 2 - PYPERF_CALIBRATION_S * slowdown
    options = {
        "--processes": max(2, round(each_s / (PYPERF_PROCESS_S * slowdown))),
        "--values": PYPERF_VALUES,
        "--affinity": available_cores()[-1],
    }
    files = [scratch / f"{turn}.json" for turn in ("first", "second")]
    for file in files:
        given = [f"{option}={value}" for option, value in options.items()]
        script = [
            OTHERS / "with_pyperf.py",
            "--copy-env",
            "--quiet",
            f"--output={file}",
        ]
        run([*script, *given], cache=scratch)
    printed = run(["-m", "pyperf", "compare_to", *files], cache=scratch)
    first, second = (pyperf.Benchmark.load(str(f)).get_values() for f in files)
    return compare_times(first, second, differs="not significant" not in printed)


def with_benchstats(
    seconds: float, *, scratch: Path, slowdown: float = 1.0
) -> list[Estimate]:
    """Estimate by single calls in random order, in one process."""
    timing_s = max(1.0, seconds - BENCHSTATS_START_S * slowdown)
    script = "tests.benchmarks.others.with_benchstats"
    printed = run(["-m", script, f"{timing_s}"], cache=scratch)
    return [Estimate(**estimate) for estimate in json.loads(printed)]


def with_asv(seconds: float, *, scratch: Path, slowdown: float = 1.0) -> list[Estimate]:
    """Estimate by two commits, alternating round by round, each in a new process."""
    commits = asv.write_project(scratch)
    per_round_s = ASV_ROUND_S * slowdown
    rounds = max(2, round((seconds - ASV_START_S * slowdown) / per_round_s))
    run_here = partial(run, cache=scratch, at=scratch, ASV_PYTHONPATH=str(ROOT))
    run_here(asv.run_options(rounds=rounds), HOME=str(scratch))
    printed = run_here(asv.compare_options(commits), HOME=str(scratch))
    first, second = (asv.read_samples(scratch, commit=commit) for commit in commits)
    return compare_times(
        first, second, differs=asv.claims_difference(printed), tested="median"
    )


def with_do_bench(
    seconds: float, *, scratch: Path, slowdown: float = 1.0
) -> list[Estimate]:
    """Estimate by the rule of Triton's do_bench, two times, in one process."""
    each = max(0.5, (seconds - DO_BENCH_START_S * slowdown) / 2)
    script = "tests.benchmarks.others.with_do_bench"
    return compare_results(*json.loads(run(["-m", script, f"{each}"], cache=scratch)))


TOOLS: dict[str, Callable[..., list[Estimate]]] = {
    OURS: with_graph_compare,
    "pytest-benchmark": with_pytest_benchmark,
    "pyperf": with_pyperf,
    "torch.utils.benchmark": with_torch_benchmark,
    "benchstats": with_benchstats,
    "asv": with_asv,
    "do_bench": with_do_bench,
}
DISTRIBUTIONS = ("torch", "pytest-benchmark", "pyperf", "benchstats", "asv")
STATISTICS = {"mean": np.mean, "median": np.median, "min": min}


def compare_times(
    first, second, *, differs: bool | None = None, tested: str = "mean"
) -> list[Estimate]:
    """Return an estimate for every statistic; only one of them is tested.

    Args:
        first: Times of the first step.
        second: Times of the second step.
        differs: Whether the tool claims a difference. Default: by Welch's t test.
        tested: Name of the statistic that the claim is about.
    """
    if differs is None:
        differs = is_different(first, second)
    return [
        Estimate(
            statistic=name,
            ratio=float(statistic(second) / statistic(first)),
            differs=bool(differs) if name == tested else None,
        )
        for name, statistic in STATISTICS.items()
    ]


def compare_results(
    first: list[dict[str, float]], second: list[dict[str, float]]
) -> list[Estimate]:
    """Return an estimate for each result of do_bench: the mean over its runs.

    Only the default result, the mean, is tested.
    """
    estimates = []
    for name in first[0]:
        one, other = ([run[name] for run in runs] for runs in (first, second))
        differs = is_different(one, other) if name == do_bench.DEFAULT else None
        ratio = float(np.mean(other) / np.mean(one))
        estimates.append(Estimate(statistic=name, ratio=ratio, differs=differs))
    return estimates


def is_different(first, second) -> bool:
    """Return whether Welch's t test finds a difference."""
    return bool(ttest_ind(first, second, equal_var=False).pvalue < ALPHA)


def run(
    arguments: list[object], *, cache: Path, at: Path = ROOT, **variables: str
) -> str:
    """Return the output of a Python process in the environment of a worker."""
    environment = worker_environment(
        frameworks()["torch"], threads=1, cache=cache, device="cpu"
    )
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        env={**environment, "PYTHONPATH": str(ROOT), **variables},
        cwd=at,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{arguments}: {done.stdout}{done.stderr}")
    return done.stdout


@contextmanager
def other_jobs(number: int) -> Iterator[list[subprocess.Popen[str]]]:
    """Keep other processes busy, pinned to no processor; kill them at the end."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, str(OTHERS / "spin.py"), str(os.getpid())]
    with ExitStack() as stack:
        jobs = []
        for _ in range(number):
            job = subprocess.Popen(
                command, env=environment, stdout=subprocess.PIPE, text=True
            )
            stack.callback(end_job, job)
            jobs.append(job)
        for job in jobs:
            job.stdout.readline()  # printed when its work starts
        yield jobs


def require_running(jobs: list[subprocess.Popen[str]]) -> None:
    """Check that the other jobs still run.

    Raises:
        RuntimeError: One of them has exited.
    """
    if any(job.poll() is not None for job in jobs):
        raise RuntimeError("expected every other job to be running; one has exited")


def end_job(job: subprocess.Popen[str]) -> None:
    """Kill a process and wait for its end."""
    job.kill()
    job.wait()
    job.stdout.close()


def measure_slowdown() -> float:
    """Return how much longer a process takes to start than on a quiet machine."""
    program = "from tests.benchmarks.others.step import warm_step; warm_step()"
    with tempfile.TemporaryDirectory() as scratch:
        began = monotonic()
        run(["-c", program], cache=Path(scratch))
        return max(1.0, (monotonic() - began) / STEP_PROCESS_S)


def measure_missing(
    out: Path,
    *,
    repetitions: int,
    seconds: Mapping[str, float] = SECONDS,
    conditions: Sequence[str] = CONDITIONS,
) -> None:
    """Measure the estimates that are not in the file, and append them."""
    if not out.exists():
        with out.open("w", newline="") as file:
            csv.writer(file).writerow(each.name for each in fields(EstimateRow))
    add_condition(out)
    rows = pd.read_csv(out)
    done = set(zip(rows["repetition"], rows["condition"], rows["tool"], strict=True))
    for repetition in range(repetitions):
        for condition, order in draw_order(repetition, conditions=conditions):
            missing = [
                tool for tool in order if (repetition, condition, tool) not in done
            ]
            for lines in estimate_in(
                condition,
                tools=missing,
                repetition=repetition,
                seconds=seconds[condition],
            ):
                with out.open("a", newline="") as file:
                    csv.writer(file).writerows(asdict(line).values() for line in lines)
                print(
                    f"{repetition + 1} of {repetitions}, {condition}: "
                    f"{lines[0].tool}: {lines[0].ratio:.4f} "
                    f"in {lines[0].wall_s:.1f} s",
                    flush=True,
                )


def add_condition(out: Path) -> None:
    """Add the column ``condition`` to a file without it; its estimates were quiet."""
    with out.open(newline="") as file:
        header, *rows = csv.reader(file)
    if "condition" in header:
        return
    at = header.index("repetition") + 1
    wider = [[*row[:at], QUIET, *row[at:]] for row in rows]
    written = out.with_suffix(".new")
    with written.open("w", newline="") as file:
        names = [*header[:at], "condition", *header[at:]]
        csv.writer(file).writerows([names, *wider])
    written.replace(out)


def draw_order(
    repetition: int, *, conditions: Sequence[str]
) -> Iterator[tuple[str, list[str]]]:
    """Yield conditions in random order, each with all tools in random order."""
    rng = np.random.default_rng(repetition)
    for condition in rng.permutation(list(conditions)):
        yield str(condition), rng.permutation(list(TOOLS)).tolist()


def estimate_in(
    condition: str, *, tools: list[str], repetition: int, seconds: float
) -> Iterator[list[EstimateRow]]:
    """Yield the estimates of every tool, in a condition that holds for all of them."""
    if not tools:
        return
    number = len(available_cores()) if condition == BUSY else 0
    with other_jobs(number) as jobs:
        slowdown = measure_slowdown() if jobs else 1.0
        for tool in tools:
            lines = estimate_with(tool, seconds=seconds, slowdown=slowdown)
            require_running(jobs)
            yield [
                replace(line, repetition=repetition, condition=condition)
                for line in lines
            ]


def estimate_with(
    tool: str, *, seconds: float, slowdown: float = 1.0
) -> list[EstimateRow]:
    """Return the estimates of one tool, with the wall time and the load."""
    load, began = os.getloadavg()[0], monotonic()
    # graph-compare measures how long its launches take.
    known = {} if tool == OURS else {"slowdown": slowdown}
    with tempfile.TemporaryDirectory() as scratch:
        estimates = TOOLS[tool](seconds, scratch=Path(scratch), **known)
    line = partial(
        EstimateRow, tool=tool, wall_s=round(monotonic() - began, 2), load=load
    )
    return [line(**asdict(estimate)) for estimate in estimates]


def format_summary(rows: pd.DataFrame) -> str:
    """Return the errors of each tool's estimates and its number of false claims.

    The conditions are next to each other.
    """
    here, when = machine(), rows["created"].str[:10]
    versions = [f"{name} {installed_version(name)}" for name in DISTRIBUTIONS]
    rows, conditions = prepare_rows(rows), measured_conditions(rows)
    figures = (
        f"{'n':>3} {'seconds':>8} {'deviation':>10} {'largest':>8}  "
        f"{'over graph-compare':22} {'false claims':23}"
    )
    lines = [
        f"{when.min()} to {when.max()}; {here['processor']}, "
        f"{here['processors usable']} processors, Python {here['Python']}",
        f"{', '.join(versions)}, do_bench as in triton {do_bench.TRITON}",
        "torch/eager two_layer, float32, one thread, against itself: the true ratio is "
        "1; deviation (root mean square) and largest error of the log ratio; 95% "
        "intervals in brackets",
        f"{BUSY}: one other job per processor, busy with matrix products",
        "",
        f"{'':33}" + "".join(f"{each:{len(figures) + 2}}" for each in conditions),
        f"{'tool':22} {'statistic':10}" + "  ".join([figures] * len(conditions)),
    ]
    for tool, statistic in measured_statistics(rows):
        of_both = [
            format_figures(rows, tool=tool, statistic=statistic, condition=condition)
            for condition in conditions
        ]
        cells = "  ".join(f"{cell:{len(figures)}}" for cell in of_both)
        lines.append(f"{tool:22} {statistic:10}{cells}")
    return "\n".join(line.rstrip() for line in lines)


def prepare_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the error of every estimate; ours have one statistic."""
    return rows.assign(
        statistic=rows["statistic"].where(rows["tool"] != OURS, "launches"),
        error=rows["ratio"].map(log).abs(),
    )


def measured_conditions(rows: pd.DataFrame) -> list[str]:
    """Return the conditions that have estimates."""
    return [each for each in CONDITIONS if (rows["condition"] == each).any()]


def measured_statistics(rows: pd.DataFrame) -> list[tuple[str, str]]:
    """Return every tool and statistic that has estimates, in the order of the tools."""
    return [
        (tool, statistic)
        for tool in TOOLS
        for statistic in rows.loc[rows["tool"] == tool, "statistic"].unique()
    ]


def select(rows: pd.DataFrame, *, tool: str, condition: str) -> pd.DataFrame:
    """Return the estimates of one tool in one condition."""
    return rows[(rows["tool"] == tool) & (rows["condition"] == condition)]


def format_figures(
    rows: pd.DataFrame, *, tool: str, statistic: str, condition: str
) -> str:
    """Return the figures of one statistic in one condition; empty without estimates."""
    each = select(rows, tool=tool, condition=condition).query("statistic == @statistic")
    if each.empty:
        return ""
    ours = select(rows, tool=OURS, condition=condition)["error"]
    over = "" if tool == OURS else format_quotient(each["error"], ours)
    return (
        f"{len(each):3} {each['wall_s'].median():8.1f} {rms(each['error']):10.2%} "
        f"{each['error'].max():8.2%}  {over:22} {format_claims(each['differs'])}"
    )


def format_markdown(rows: pd.DataFrame) -> str:
    """Return the table of the README: of each tool, the first statistic it tests."""
    rows, conditions = prepare_rows(rows), measured_conditions(rows)
    deviations = [f"standard deviation, {each}" for each in conditions]
    positives = [f"false positives, {each}" for each in conditions]
    lines = [
        f"| {' | '.join(['tool', *deviations, *positives])} |",
        f"|---|{'---:|' * 2 * len(conditions)}",
    ]
    for tool in TOOLS:
        tested = rows[(rows["tool"] == tool) & rows["differs"].notna()]
        if tested.empty:
            continue
        first = tested[tested["statistic"] == tested["statistic"].iloc[0]]
        by_condition = [first[first["condition"] == each] for each in conditions]
        cells = [
            f"{rms(each['error']):.2%}" if len(each) else "" for each in by_condition
        ]
        cells += [
            f"{count_claims(each['differs'])} of {len(each)}" if len(each) else ""
            for each in by_condition
        ]
        lines.append(f"| {' | '.join([tool, *cells])} |")
    return "\n".join(lines)


def rms(error: pd.Series) -> float:
    """Return the root mean square error."""
    return float(np.sqrt((error**2).mean()))


def format_quotient(error: pd.Series, ours: pd.Series) -> str:
    """Return a deviation over that of graph-compare, with an interval.

    The interval assumes that both errors are normally distributed.
    """
    if ours.empty:
        return ""
    quotient = rms(error) / rms(ours)
    low, high = fisher.ppf([ALPHA / 2, 1 - ALPHA / 2], len(error), len(ours)) ** 0.5
    return f"{quotient:.1f} ({quotient / high:.1f} to {quotient / low:.1f})"


def format_claims(differs: pd.Series) -> str:
    """Return the number of claims, all false, with the 95% interval of their share."""
    tested = differs.dropna()
    if tested.empty:
        return ""
    wrong = count_claims(tested)
    low, high = proportion_confint(wrong, len(tested), method="wilson")
    return f"{wrong} of {len(tested)} ({low:.0%} to {high:.0%})"


def count_claims(differs: pd.Series) -> int:
    """Return the number of claims of a difference."""
    return int((differs.astype(str) == "True").sum())


def main() -> None:
    """Measure the missing estimates, then print and write the summary."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repetitions", type=int, default=12)
    parser.add_argument(
        "--seconds", type=float, help=f"in every condition; by default {SECONDS}"
    )
    parser.add_argument(
        "--conditions", nargs="+", choices=CONDITIONS, default=CONDITIONS
    )
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    measure_missing(
        options.out,
        repetitions=options.repetitions,
        seconds=dict.fromkeys(CONDITIONS, options.seconds)
        if options.seconds
        else SECONDS,
        conditions=options.conditions,
    )
    rows = pd.read_csv(options.out)
    summary = format_summary(rows)
    options.out.with_suffix(".txt").write_text(summary + "\n")
    print(f"{summary}\n\nFor the README:\n\n{format_markdown(rows)}")


if __name__ == "__main__":
    main()
