"""Compare four tools: each times the same step against itself, in the same time.

The true ratio is 1. Each tool estimates it repeatedly. Within a repetition, the tools
run in random order, so that changes of the machine affect all of them. The conditions
are equal: the same step, one thread, one processor, and the same number of seconds from
the start of a tool's first process to the end of its last one.

    python -m tests.benchmarks.against_others [--repetitions N] [--seconds S]

Every estimate is appended to a CSV file; estimates in the file are not measured again.
Whether a tool claims a difference is decided as its user would do it: for graph-compare
by the p value, for pyperf by ``pyperf compare_to``. The other tools have no test; for
them it is Welch's t test of the timed rounds or blocks.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
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
from compare.stats.estimates import ALPHA, MIN_LAUNCHES, p_value_of_difference
from compare.stats.paired import launch_estimates, log_ratios
from compare.timing import launching
from compare.timing.step_times import log_step_times
from compare.workers.pool import WorkerPool
from compare.workers.process import worker_environment
from tests.support.requested import TWO_LAYER, requested

ROOT = Path(__file__).parents[2]
OTHERS = Path(__file__).with_name("others")
OUT = ROOT / "reports" / "against_others.csv"
BASELINE = "torch/eager"
OURS = "graph-compare"
# Seconds until a tool starts timing, approximately.
PYTEST_START_S = 4.0
TORCH_START_S = 2.8
# Seconds of a process of pyperf, and of the one that calibrates the number of loops.
# By default, pyperf starts 20 processes of 3 values.
PYPERF_VALUES = 5
PYPERF_PROCESS_S, PYPERF_CALIBRATION_S = 2.6, 2.6


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """The ratio of the second step time to the first, by one statistic of a tool."""

    statistic: str
    ratio: float
    differs: bool | None  # whether a user would claim it; None: no test


@dataclass(frozen=True, kw_only=True)
class EstimateRow:
    """One row of the CSV file."""

    repetition: int
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
    launcher = WorkerPool(
        frameworks=frameworks(), threads=1, device="cpu", logs=scratch / "logs"
    )
    record = RunRecord(run_id="", created="", request=request, baseline=BASELINE)
    silent = Reporter(Console(quiet=True), expected_s=seconds, record=record)
    began, samples = monotonic(), []
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
                pool=launcher,
                caches=scratch / "cache",
                reporter=silent,
                results=scratch / "results",
            )
        )
        assert not result.failures, result.failures
        samples += result.samples
    steps = log_step_times(pd.DataFrame(samples))
    ratios = launch_estimates(log_ratios(steps, baseline=BASELINE))
    of_control = ratios[f"torch/{CONTROL}"].to_list()
    return [
        Estimate(
            statistic=f"over {len(ratios)} launches",
            ratio=exp(np.mean(of_control)),
            differs=p_value_of_difference(of_control) < ALPHA,
        )
    ]


def with_pytest_benchmark(seconds: float, *, scratch: Path) -> list[Estimate]:
    """Estimate by two benchmarks, one after the other, in one pytest process."""
    out, each = scratch / "benchmark.json", max(0.5, (seconds - PYTEST_START_S) / 2)
    options = [f"--benchmark-json={out}", f"--benchmark-max-time={each}"]
    quietly = ["--quiet", "-p", "no:cacheprovider"]
    run(["-m", "pytest", *quietly, *options, OTHERS / "with_pytest.py"], cache=scratch)
    first, second = json.loads(out.read_text())["benchmarks"]
    return compare_times(first["stats"]["data"], second["stats"]["data"])


def with_torch_benchmark(seconds: float, *, scratch: Path) -> list[Estimate]:
    """Estimate by two timers, one after the other, in one process."""
    each = max(0.5, (seconds - TORCH_START_S) / 2)
    printed = run(
        ["-m", "tests.benchmarks.others.with_torch", f"{each}"], cache=scratch
    )
    return compare_times(*json.loads(printed))


def with_pyperf(seconds: float, *, scratch: Path) -> list[Estimate]:
    """Estimate by two runs, one after the other, each of several processes."""
    import pyperf  # noqa: PLC0415 - needed here only

    each_s = seconds / 2 - PYPERF_CALIBRATION_S
    options = {
        "--processes": max(2, round(each_s / PYPERF_PROCESS_S)),
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


TOOLS: dict[str, Callable[..., list[Estimate]]] = {
    OURS: with_graph_compare,
    "pytest-benchmark": with_pytest_benchmark,
    "pyperf": with_pyperf,
    "torch.utils.benchmark": with_torch_benchmark,
}


def compare_times(first, second, *, differs: bool | None = None) -> list[Estimate]:
    """Return an estimate for every statistic of the tools; only the mean is tested."""
    if differs is None:
        differs = ttest_ind(first, second, equal_var=False).pvalue < ALPHA
    tested = {"mean": bool(differs)}
    return [
        Estimate(
            statistic=name,
            ratio=float(statistic(second) / statistic(first)),
            differs=tested.get(name),
        )
        for name, statistic in (("mean", np.mean), ("median", np.median), ("min", min))
    ]


def run(arguments: list[object], *, cache: Path) -> str:
    """Return the output of a Python process in the environment of a worker."""
    environment = worker_environment(
        frameworks()["torch"], threads=1, cache=cache, device="cpu"
    )
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        env={**environment, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{arguments}: {done.stdout}{done.stderr}")
    return done.stdout


def measure_missing(out: Path, *, repetitions: int, seconds: float) -> None:
    """Measure the estimates that are not in the file, and append them."""
    if not out.exists():
        with out.open("w", newline="") as file:
            csv.writer(file).writerow(each.name for each in fields(EstimateRow))
    known = pd.read_csv(out)
    done = set(zip(known["repetition"], known["tool"], strict=True))
    for repetition in range(repetitions):
        order = np.random.default_rng(repetition).permutation(list(TOOLS))
        for tool in order:
            if (repetition, tool) in done:
                continue
            lines = estimate_with(tool, repetition=repetition, seconds=seconds)
            with out.open("a", newline="") as file:
                write = csv.writer(file).writerow
                for line in lines:
                    write(asdict(line).values())
            print(
                f"{repetition + 1} of {repetitions}: {tool}: {lines[0].ratio:.4f} "
                f"in {lines[0].wall_s:.1f} s",
                flush=True,
            )


def estimate_with(tool: str, *, repetition: int, seconds: float) -> list[EstimateRow]:
    """Return the estimates of one tool, with the wall time and the load."""
    load, began = os.getloadavg()[0], monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        estimates = TOOLS[tool](seconds, scratch=Path(scratch))
    line = partial(
        EstimateRow,
        repetition=repetition,
        tool=tool,
        wall_s=round(monotonic() - began, 2),
        load=load,
    )
    return [line(**asdict(estimate)) for estimate in estimates]


def format_summary(rows: pd.DataFrame) -> str:
    """Return the errors of each tool's estimates and its number of false claims."""
    here, when = machine(), rows["created"].str[:10]
    versions = [
        f"{name} {installed_version(name)}" for name in ("torch", *list(TOOLS)[1:3])
    ]
    lines = [
        f"{when.min()} to {when.max()}; {here['processor']}, "
        f"{here['processors usable']} processors, Python {here['Python']}",
        ", ".join(versions),
        "torch/eager two_layer, float32, one thread, against itself: the true ratio is "
        "1; deviation (root mean square) and largest error of the log ratio; 95% "
        "intervals in brackets",
        "",
        f"{'tool':22} {'statistic':10} estimates  seconds  deviation  largest  "
        "over graph-compare's       false claims",
    ]
    rows = rows.assign(
        statistic=rows["statistic"].where(rows["tool"] != OURS, "launches"),
        error=rows["ratio"].map(log).abs(),
    )
    ours = rows.loc[rows["tool"] == OURS, "error"]
    for tool in TOOLS:
        of_tool = rows[rows["tool"] == tool]
        for statistic, each in of_tool.groupby("statistic", sort=False):
            error = each["error"]
            compared_with = "" if tool == OURS else format_quotient(error, ours)
            lines.append(
                f"{tool:22} {statistic:10} {len(each):9}  "
                f"{each['wall_s'].median():7.1f}  {rms(error):9.2%}  "
                f"{error.max():7.2%}  {compared_with:25}  "
                f"{format_claims(each['differs'])}"
            )
    return "\n".join(line.rstrip() for line in lines)


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
    wrong = int((tested.astype(str) == "True").sum())
    low, high = proportion_confint(wrong, len(tested), method="wilson")
    return f"{wrong} of {len(tested)} ({low:.0%} to {high:.0%})"


def main() -> None:
    """Measure the missing estimates, then print and write the summary."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repetitions", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    measure_missing(
        options.out, repetitions=options.repetitions, seconds=options.seconds
    )
    summary = format_summary(pd.read_csv(options.out))
    options.out.with_suffix(".txt").write_text(summary + "\n")
    print(summary)


if __name__ == "__main__":
    main()
