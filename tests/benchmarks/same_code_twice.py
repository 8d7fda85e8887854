"""Measure the false-positive rate and the power of the toolkit on real step times.

A trial measures six variants within a time budget, as ``graph-compare run --budget``
does, and the control. The variants are the baseline, four more workers of the same
variant, and one with slightly more work per block (51 steps instead of 50). The four
workers and the control run the same program as the baseline: every difference found
there is a false positive. Each trial is appended to a file; ``--summary`` reads it.

    python -m tests.benchmarks.same_code_twice FILE [--trials N] [--budget SECONDS]

With ``--condition busy``, two other jobs use the processors during each trial.
"""

from __future__ import annotations

import argparse
import tempfile
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from pathlib import Path
from time import monotonic

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from compare import machine
from compare.frameworks import frameworks
from compare.runs.record import CONTROL, Cell, RunRecord, WorkloadRequest, utc_now
from compare.runs.tables import TIMING
from compare.timing import launching, stopping
from compare.timing.order import balanced_orders
from compare.timing.tables import compute_tables
from compare.workers.forking import ForkServers
from compare.workers.pool import WorkerPool
from tests.benchmarks.against_others import BUSY, QUIET, other_jobs
from tests.support.requested import requested

PLANTED = "planted"
SAME = ("same1", "same2", "same3", "same4")
ROUNDS = 18
KEPT = ["trial", "kind", "budget_s", "launches", "mode", "truth", "ratio"]
KEPT += ["ratio_low", "ratio_high", "holm_p", "detectable", "verdict", "load"]
KEPT += ["condition", "is_disturbed", "slowdown"]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What one trial measures, its time budget, and the planted slowdown."""

    variant: str
    workload: str
    budget_s: float
    planted: Fraction

    @property
    def arms(self) -> list[str]:
        """Return the names of the workers: six variants and the control."""
        return ["base", *SAME, PLANTED, CONTROL]


def make_record(trial: Trial) -> RunRecord:
    """Return the record of a run in which each arm of a trial is a variant."""
    framework, _ = trial.variant.split("/")
    key = {"framework": framework, "device": "cpu", "dtype": "float32"}
    key |= {"workload": trial.workload, "family": "dynamic", "captures": "none"}
    names = [name for name in trial.arms if name != CONTROL]
    return RunRecord(
        run_id="trial",
        created=utc_now(),
        baseline=f"{framework}/base",
        cells=[Cell(mode=name, **key) for name in names],
        request=requested(
            workloads=[WorkloadRequest(label=trial.workload, name=trial.workload)],
            variants=[f"{framework}/{name}" for name in names],
            launches=stopping.MAX_LAUNCHES,
            rounds=ROUNDS,
            budget_s=trial.budget_s,
        ),
    )


def measure_trial(trial: Trial, record: RunRecord, *, seed: int) -> pd.DataFrame:
    """Return the samples of all launches that fit into the budget."""
    rows, label = [], trial.workload
    needed = frameworks()[trial.variant.split("/")[0]]
    with ExitStack() as stack:
        scratch = stack.enter_context(tempfile.TemporaryDirectory())
        logs = Path(scratch, "logs")
        servers = ForkServers([needed], threads=1, logs=logs, time_limit_s=300.0)
        pool = WorkerPool(
            frameworks=frameworks(),
            threads=1,
            device="cpu",
            logs=logs,
            servers=stack.enter_context(servers),
        )
        while stopping.can_afford_launch(record, label=label, reserved_s=0.0):
            began, launch = monotonic(), record.launches_done.get(label, 0)
            rng = np.random.default_rng([seed, launch])
            launcher = pool.with_generation(launch)
            rows += measure_launch(
                trial, launcher=launcher, launch=launch, scratch=scratch, rng=rng
            )
            spent = record.launching_s.get(label, 0.0) + monotonic() - began
            record.launching_s[label] = spent
            record.launches_done[label] = launch + 1
    return pd.DataFrame(rows).astype({"device_ns": "float64"})


def measure_launch(trial: Trial, *, launcher, launch, scratch, rng):
    """Yield the samples of one launch, with a new process for every worker."""
    framework, mode = trial.variant.split("/")
    cell = Cell(
        workload=trial.workload,
        framework=framework,
        mode=mode,
        device="cpu",
        dtype="float32",
        family="dynamic",
        captures="none",
    )
    workload = WorkloadRequest(label=trial.workload, name=trial.workload)
    with ExitStack() as stack:

        def start(name, cores):
            cache = Path(scratch) / "cache" / name
            worker = stack.enter_context(
                launcher.start(framework, cores=cores, cache=cache, log=name)
            )
            planned = launching.PlannedStart(
                cell=cell, mode=name, launch=launch, is_cold=not launch
            )
            return launching.start_arm(planned, worker=worker, workload=workload)

        arms = launcher.in_parallel(start, trial.arms)
        for arm in arms:
            arm.worker.pin(launcher.measured_cores)
        arms = [
            set_steps(
                launching.choose_block_steps(arm, block_s=0.0, failures={}), trial=trial
            )
            for arm in arms
        ]
        for number, order in enumerate(
            islice(balanced_orders(len(arms), rng=rng), ROUNDS)
        ):
            yield from (
                replace(row, steps=trial.planted.denominator)
                for row in launching.measure_round(
                    arms,
                    plan=launching.RoundPlan(launch=launch, number=number, order=order),
                    threads=1,
                    failures={},
                )
            )


def set_steps(arm, *, trial: Trial):
    """Return the arm with the number of steps per block that the trial sets."""
    share = trial.planted
    steps = share.numerator if arm.mode == PLANTED else share.denominator
    return replace(arm, steps=steps)


def judge_trial(trial: Trial, record: RunRecord, samples: pd.DataFrame) -> pd.DataFrame:
    """Return the row of every variant in ``timing.csv``, with its true ratio."""
    table = TIMING.frame(compute_tables(record, samples)[0]).query("mode != 'base'")
    truth = np.where(table["mode"] == PLANTED, float(trial.planted), 1.0)
    return table.assign(truth=truth, budget_s=trial.budget_s)


def format_summary(rows: pd.DataFrame) -> str:
    """Return false-positive rate, coverage and power, each with its 95% interval."""
    found = [
        _format_condition(condition, of_condition)
        for condition, of_condition in rows.groupby("condition", sort=False)
    ]
    return "\n".join(found)


def _format_condition(condition: str, rows: pd.DataFrame) -> str:
    trials = rows["trial"].nunique()
    lines = [
        f"{condition}: {trials} trials; comparisons of a trial share their baseline",
        "",
    ]
    lines.append(format_share("marked as disturbed", rows["is_disturbed"]))
    excludes = (rows["ratio_low"] > 1) | (rows["ratio_high"] < 1)
    covers = (rows["ratio_low"] <= rows["truth"]) & (
        rows["truth"] <= rows["ratio_high"]
    )
    same = rows["mode"] != PLANTED
    lines.append(format_share("same code: interval excludes 1", excludes[same]))
    compared = rows["mode"].isin(SAME)
    wrong = rows["verdict"].isin(["faster", "slower"])
    lines.append(format_share("same code: verdict faster or slower", wrong[compared]))
    lines.append(format_share("coverage of the 95% interval", covers))
    for kind, of_kind in rows[~same].groupby("kind", sort=False):
        found = of_kind["verdict"] == "slower"
        launches = of_kind["launches"].median()
        lines.append(
            format_share(f"{kind}: verdict slower ({launches:g} launches)", found)
        )
        wrong = of_kind["verdict"].isin(["faster", "equivalent"])
        lines.append(format_share(f"{kind}: wrong verdict", wrong))
        error = np.log(of_kind["ratio"] / of_kind["truth"]).std(ddof=1)
        lines.append(f"{f'{kind}: SD of the estimate':<58} {error:.2%}")
    return "\n".join(lines) + "\n"


def format_share(what: str, holds: pd.Series) -> str:
    """Return a share of trials with its 95% interval (Clopper and Pearson)."""
    test = binomtest(int(holds.sum()), len(holds))
    low, high = test.proportion_ci()
    return (
        f"{what:<58} {test.statistic:6.1%} ({low:.1%} to {high:.1%}), "
        f"{test.k} of {test.n}"
    )


def main() -> None:
    """Append trials to a file and print their summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="CSV file that trials are appended to")
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--budget", type=float, default=30.0, metavar="SECONDS")
    parser.add_argument("--planted", type=Fraction, default=Fraction(51, 50))
    parser.add_argument("--variant", default="torch/eager")
    parser.add_argument("--workload", default="two_layer")
    parser.add_argument("--condition", choices=(QUIET, BUSY), default=QUIET)
    parser.add_argument("--summary", action="store_true", help="print the summary only")
    options = parser.parse_args()
    trial = Trial(
        variant=options.variant,
        workload=options.workload,
        budget_s=options.budget,
        planted=options.planted,
    )
    much = f"{float(trial.planted) - 1:+.0%} in {trial.budget_s:g} s"
    for _ in range(0 if options.summary else options.trials):
        known = pd.read_csv(options.file) if options.file.exists() else pd.DataFrame()
        number = int(known["trial"].max()) + 1 if len(known) else 0
        load = machine.machine()["load average at start"]
        record = make_record(trial)
        with other_jobs(2) if options.condition == BUSY else nullcontext():
            samples = measure_trial(trial, record, seed=number)
        rows = judge_trial(trial, record, samples).assign(
            trial=number, kind=much, load=load, condition=options.condition
        )
        pd.concat([known, rows[KEPT]]).to_csv(options.file, index=False)
        print(f"trial {number}, load {load}", flush=True)
    here = machine.machine()
    usable = here["processors usable"]
    print(f"{utc_now()[:10]}; {here['processor']}, {usable} usable;")
    print(f"{trial.workload} {trial.variant}, float32, 1 thread\n")
    print(format_summary(pd.read_csv(options.file)), end="")


if __name__ == "__main__":
    main()
