"""One step timed against itself by four tools, in as much time each: how far off 1?

The true ratio is 1. Each tool gives its estimate again and again, all tools in random
order within each repetition, so that they meet the same weather. What it gets is the
same too: the same step, one thread, one processor, so many seconds from the start of
its first process to the end of its last.

    python -m tests.benchmarks.against_others [--repetitions N] [--seconds S]

Every estimate is appended to a CSV as it comes; what is in there is not measured again.
Whether it claims a difference is judged as the tool's user would: graph-compare's by
its p value, pyperf's by ``pyperf compare_to``; the others test nothing, so theirs by
Welch's t test of the rounds or blocks that they timed.
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
from compare.machine import available_cores, installed, machine
from compare.pipeline.plan import plan
from compare.runs import results
from compare.runs.progress import Reporter
from compare.runs.results import CONTROL, RunRecord
from compare.stats.estimates import ALPHA, FEWEST_LAUNCHES, chance_if_equal
from compare.stats.paired import launch_estimates, log_ratios, log_steps
from compare.timing import launching
from compare.workers.pool import WorkerPool
from compare.workers.process import worker_environment
from tests.support.requested import TWO_LAYER, requested

ROOT = Path(__file__).parents[2]
OTHERS = Path(__file__).with_name("others")
OUT = ROOT / "reports" / "against_others.csv"
BASELINE = "torch/eager"
OURS = "graph-compare"
# Of the seconds given, about how many pass before anything is timed.
PYTEST_START_S = 4.0
TORCH_START_S = 2.8
# Of pyperf, a process and the one that finds the number of loops; its default would be
# 20 processes of 3 values.
PYPERF_VALUES = 5
PYPERF_PROCESS_S, PYPERF_CALIBRATION_S = 2.6, 2.6


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """The second's step time over the first's, by one statistic of a tool."""

    statistic: str
    ratio: float
    differs: bool | None  # whether the tool's user would claim so; None: no test


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the CSV."""

    repetition: int
    tool: str
    statistic: str
    ratio: float
    differs: bool | None
    wall_s: float
    load: float  # average over the minute before
    created: str = field(default_factory=results.now)


def with_graph_compare(seconds: float, *, scratch: Path) -> list[Estimate]:
    """Launches of a variant and its control, as many as the time allows."""
    request = requested(variants=[BASELINE])
    launcher = WorkerPool(
        frameworks=frameworks(), threads=1, device="cpu", logs=scratch / "logs"
    )
    record = RunRecord(run_id="", created="", request=request, baseline=BASELINE)
    silent = Reporter(Console(quiet=True), expected_s=seconds, record=record)
    began, samples = monotonic(), []
    for launch in count():
        spent = monotonic() - began
        if launch >= FEWEST_LAUNCHES and spent + spent / launch > seconds:
            break
        result = launching.run_launch(
            plan(request),
            baseline=BASELINE,
            workload=TWO_LAYER,
            request=request,
            launch=launch,
            launcher=launcher,
            caches=scratch / "cache",
            reporter=silent,
        )
        assert not result.failures, result.failures
        samples += result.samples
    steps = log_steps(pd.DataFrame(samples))
    ratios = launch_estimates(log_ratios(steps, baseline=BASELINE))
    of_control = ratios[f"torch/{CONTROL}"].to_list()
    return [
        Estimate(
            statistic=f"over {len(ratios)} launches",
            ratio=exp(np.mean(of_control)),
            differs=chance_if_equal(of_control) < ALPHA,
        )
    ]


def with_pytest_benchmark(seconds: float, *, scratch: Path) -> list[Estimate]:
    """Two benchmarks, one after the other, in one pytest process."""
    out, each = scratch / "benchmark.json", max(0.5, (seconds - PYTEST_START_S) / 2)
    options = [f"--benchmark-json={out}", f"--benchmark-max-time={each}"]
    quietly = ["--quiet", "-p", "no:cacheprovider"]
    run(["-m", "pytest", *quietly, *options, OTHERS / "with_pytest.py"], cache=scratch)
    first, second = json.loads(out.read_text())["benchmarks"]
    return compared(first["stats"]["data"], second["stats"]["data"])


def with_torch_benchmark(seconds: float, *, scratch: Path) -> list[Estimate]:
    """Two timers, one after the other, in one process."""
    each = max(0.5, (seconds - TORCH_START_S) / 2)
    told = run(["-m", "tests.benchmarks.others.with_torch", f"{each}"], cache=scratch)
    return compared(*json.loads(told))


def with_pyperf(seconds: float, *, scratch: Path) -> list[Estimate]:
    """Two runs, one after the other, each of several processes."""
    import pyperf  # noqa: PLC0415 - another tool's, needed here only

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
    said = run(["-m", "pyperf", "compare_to", *files], cache=scratch)
    first, second = (pyperf.Benchmark.load(str(f)).get_values() for f in files)
    return compared(first, second, differs="not significant" not in said)


TOOLS: dict[str, Callable[..., list[Estimate]]] = {
    OURS: with_graph_compare,
    "pytest-benchmark": with_pytest_benchmark,
    "pyperf": with_pyperf,
    "torch.utils.benchmark": with_torch_benchmark,
}


def compared(first, second, *, differs: bool | None = None) -> list[Estimate]:
    """By every statistic that the tools print; a test there is of the mean only."""
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
    """What a Python process prints that finds what a worker of ours would."""
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


def measure_what_is_missing(out: Path, *, repetitions: int, seconds: float) -> None:
    """Append the estimates that are not in the file yet."""
    if not out.exists():
        with out.open("w", newline="") as file:
            csv.writer(file).writerow(each.name for each in fields(Line))
    known = pd.read_csv(out)
    done = set(zip(known["repetition"], known["tool"], strict=True))
    for repetition in range(repetitions):
        order = np.random.default_rng(repetition).permutation(list(TOOLS))
        for tool in order:
            if (repetition, tool) in done:
                continue
            lines = estimated(tool, repetition=repetition, seconds=seconds)
            with out.open("a", newline="") as file:
                write = csv.writer(file).writerow
                for line in lines:
                    write(asdict(line).values())
            print(
                f"{repetition + 1} of {repetitions}: {tool}: {lines[0].ratio:.4f} "
                f"in {lines[0].wall_s:.1f} s",
                flush=True,
            )


def estimated(tool: str, *, repetition: int, seconds: float) -> list[Line]:
    """One tool's estimates, with the time and the load that they met."""
    load, began = os.getloadavg()[0], monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        estimates = TOOLS[tool](seconds, scratch=Path(scratch))
    line = partial(
        Line,
        repetition=repetition,
        tool=tool,
        wall_s=round(monotonic() - began, 2),
        load=load,
    )
    return [line(**asdict(estimate)) for estimate in estimates]


def summary(lines: pd.DataFrame) -> str:
    """How far from 1 each tool's estimates lie, and how many claim a difference."""
    here, when = machine(), lines["created"].str[:10]
    versions = [f"{name} {installed(name)}" for name in ("torch", *list(TOOLS)[1:3])]
    told = [
        f"{when.min()} to {when.max()}; {here['processor']}, "
        f"{here['processors usable']} processors, Python {here['Python']}",
        ", ".join(versions),
        "torch/eager two_layer, float32, one thread, against itself: the true ratio is "
        "1; deviation and largest are of its log; in brackets 95% intervals",
        "",
        f"{'tool':22} {'statistic':10} estimates  seconds  deviation  largest  "
        "of graph-compare's         false claims",
    ]
    lines = lines.assign(
        statistic=lines["statistic"].where(lines["tool"] != OURS, "launches"),
        off=lines["ratio"].map(log).abs(),
    )
    ours = lines.loc[lines["tool"] == OURS, "off"]
    for tool in TOOLS:
        mine = lines[lines["tool"] == tool]
        for statistic, each in mine.groupby("statistic", sort=False):
            off = each["off"]
            compared_with = "" if tool == OURS else times(off, ours)
            told.append(
                f"{tool:22} {statistic:10} {len(each):9}  "
                f"{each['wall_s'].median():7.1f}  {deviation(off):9.2%}  "
                f"{off.max():7.2%}  {compared_with:25}  {claims(each['differs'])}"
            )
    return "\n".join(line.rstrip() for line in told)


def deviation(off: pd.Series) -> float:
    """From the true ratio, which is known to be 1."""
    return float(np.sqrt((off**2).mean()))


def times(off: pd.Series, ours: pd.Series) -> str:
    """How many of ours a deviation is, with its interval were both bell curves."""
    if ours.empty:
        return ""
    quotient = deviation(off) / deviation(ours)
    low, high = fisher.ppf([ALPHA / 2, 1 - ALPHA / 2], len(off), len(ours)) ** 0.5
    return f"{quotient:.1f} ({quotient / high:.1f} to {quotient / low:.1f})"


def claims(differs: pd.Series) -> str:
    """How many there are, every one of them false, and their share's 95% interval."""
    tested = differs.dropna()
    if tested.empty:
        return ""
    wrong = int((tested.astype(str) == "True").sum())
    low, high = proportion_confint(wrong, len(tested), method="wilson")
    return f"{wrong} of {len(tested)} ({low:.0%} to {high:.0%})"


def main() -> None:
    """Measure what is missing, then print and write the summary."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repetitions", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    measure_what_is_missing(
        options.out, repetitions=options.repetitions, seconds=options.seconds
    )
    told = summary(pd.read_csv(options.out))
    options.out.with_suffix(".txt").write_text(told + "\n")
    print(told)


if __name__ == "__main__":
    main()
