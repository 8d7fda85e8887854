"""Compare forked workers with workers that are started as new processes.

Each launch measures every variant in two workers: one is forked from a process that
has imported its framework, one is a new process. All are measured in the same rounds,
as a run does. If forking changes nothing, the ratio of their step times is 1, and the
ratio of two variants spreads as much over launches as between new processes.

    python -m tests.benchmarks.forked_workers FILE [--launches N] [--summary]

Each launch is a row of the file, for one of the two workloads in turn.
"""

from __future__ import annotations

import argparse
import tempfile
from contextlib import ExitStack
from itertools import islice
from math import expm1, sqrt
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import f as fisher

from compare import machine, workloads
from compare.frameworks import frameworks
from compare.pipeline.run import describe_workload
from compare.runs.record import Cell, WorkloadRequest, utc_now
from compare.stats.estimates import ratio_interval
from compare.stats.paired import launch_estimates, log_ratios
from compare.timing import launching
from compare.timing.order import balanced_orders
from compare.timing.step_times import log_step_times
from compare.workers.forking import ForkServers
from compare.workers.pool import WorkerPool

WORKLOADS = ("two_layer", "cnn")
# Of each framework, two variants whose ratio is compared.
VARIANTS = {"torch": ("eager", "script"), "tf": ("eager", "function")}
FORKED, NEW = "forked", "new"
ROUNDS, BLOCK_S = 16, 0.02


def make_cell(workload: str, framework: str, mode: str) -> Cell:
    """Return the cell of a variant."""
    return Cell(
        workload=workload,
        framework=framework,
        mode=mode,
        device="cpu",
        dtype="float32",
        family="dynamic",
        captures="none",
    )


def stage_workload(name: str, *, scratch: Path) -> WorkloadRequest:
    """Return a workload with its data in a file, as a run prepares it."""
    folder = scratch / "data" / name
    folder.mkdir(parents=True)
    staged = workloads.stage(workloads.build(name, {}), folder=folder)
    return describe_workload(WorkloadRequest(label=name, name=name), staged)


def measure_launch(
    number: int, *, workload: WorkloadRequest, scratch: Path, pool: WorkerPool
) -> pd.DataFrame:
    """Return the samples of one launch; the mode of each row names the kind too."""
    fresh = WorkerPool(
        frameworks=frameworks(), threads=1, device="cpu", logs=scratch / "logs"
    )
    pools = {FORKED: pool.with_generation(number), NEW: fresh}
    planned = [
        (framework, mode, kind)
        for framework, modes in VARIANTS.items()
        for mode in modes
        for kind in pools
    ]
    rng = np.random.default_rng(number)
    with ExitStack() as stack:

        def start(item, cores):
            framework, mode, kind = item
            name = f"{framework}-{mode}-{kind}"
            worker = stack.enter_context(
                pools[kind].start(
                    framework, cores=cores, cache=scratch / "cache" / name, log=name
                )
            )
            return launching.start_arm(
                launching.PlannedStart(
                    cell=make_cell(workload.label, framework, mode),
                    mode=f"{mode}-{kind}",
                    launch=number,
                    is_cold=False,
                ),
                worker=worker,
                workload=workload,
            )

        started = pool.in_parallel(start, [planned[i] for i in rng.permutation(8)])
        for arm in started:
            arm.worker.pin(pool.measured_cores)
        failures: dict[str, str] = {}
        arms = [
            launching.choose_block_steps(arm, block_s=BLOCK_S, failures=failures)
            for arm in started
        ]
        rows = [
            row
            for round_number, order in enumerate(
                islice(balanced_orders(len(arms), rng=rng), ROUNDS)
            )
            for row in launching.measure_round(
                arms,
                plan=launching.RoundPlan(
                    launch=number, number=round_number, order=order
                ),
                threads=1,
                failures=failures,
            )
        ]
    assert not failures, failures
    return pd.DataFrame(rows)


def estimate_launch(samples: pd.DataFrame) -> pd.Series:
    """Return the log step time of each worker, relative to one of them."""
    steps = log_step_times(samples)
    return launch_estimates(log_ratios(steps, baseline=steps.columns[0])).iloc[0]


def format_summary(launches: pd.DataFrame) -> str:
    """Return the summary of every workload."""
    return "\n".join(
        _format_workload(str(name), of_workload)
        for name, of_workload in launches.groupby("workload", sort=False)
    )


def _format_workload(name: str, launches: pd.DataFrame) -> str:
    """Return the ratios of forked to new workers, and the spreads of both kinds."""
    lines = [f"{name}: {len(launches)} launches of every worker", ""]
    lines.append("step time of forked workers, relative to new processes:")
    for framework, modes in VARIANTS.items():
        for mode in modes:
            name = f"{framework}/{mode}"
            difference = launches[f"{name}-{FORKED}"] - launches[f"{name}-{NEW}"]
            found = ratio_interval(difference.to_list())
            lines.append(
                f"  {name:<14} {found.estimate:.4f} ({found.low:.4f} to "
                f"{found.high:.4f})"
            )
    lines += ["", "standard deviation over launches of the ratio of two variants:"]
    for framework, (one, other) in VARIANTS.items():
        spread = {
            kind: (
                launches[f"{framework}/{other}-{kind}"]
                - launches[f"{framework}/{one}-{kind}"]
            ).std(ddof=1)
            for kind in (FORKED, NEW)
        }
        low, high = compare_spreads(spread[FORKED], spread[NEW], count=len(launches))
        lines.append(
            f"  {framework}/{other} to {framework}/{one}: forked "
            f"{expm1(spread[FORKED]):.2%}, new {expm1(spread[NEW]):.2%}; "
            f"{spread[FORKED] / spread[NEW]:.2f} times ({low:.2f} to {high:.2f})"
        )
    return "\n".join(lines) + "\n"


def compare_spreads(one: float, other: float, *, count: int) -> tuple[float, float]:
    """Return the 95% interval of the ratio of two standard deviations (F test)."""
    ratio, freedom = (one / other) ** 2, count - 1
    low, high = (
        ratio / fisher.ppf(share, freedom, freedom) for share in (0.975, 0.025)
    )
    return sqrt(low), sqrt(high)


def main() -> None:
    """Append launches to a file and print their summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="CSV file, one row per launch")
    parser.add_argument("--launches", type=int, default=30)
    parser.add_argument("--summary", action="store_true", help="print the summary only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        needed = [frameworks()[name] for name in VARIANTS]
        with ForkServers(
            needed, threads=1, logs=scratch / "logs", time_limit_s=300.0
        ) as servers:
            pool = WorkerPool(
                frameworks=frameworks(),
                threads=1,
                device="cpu",
                logs=scratch / "logs",
                servers=servers,
            )
            staged = [stage_workload(name, scratch=scratch) for name in WORKLOADS]
            for _ in range(0 if options.summary else options.launches):
                known = pd.DataFrame()
                if options.file.exists():
                    known = pd.read_csv(options.file)
                workload = staged[len(known) % len(staged)]
                samples = measure_launch(
                    len(known), workload=workload, scratch=scratch, pool=pool
                )
                row = estimate_launch(samples).to_frame().T
                row["workload"] = workload.label
                pd.concat([known, row]).to_csv(options.file, index=False)
    here = machine.machine()
    print(f"{utc_now()[:10]}; {here['processor']}, {here['processors usable']} usable;")
    print("float32, 1 thread\n")
    print(format_summary(pd.read_csv(options.file)), end="")


if __name__ == "__main__":
    main()
