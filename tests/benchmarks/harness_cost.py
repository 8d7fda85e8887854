"""Measure the overhead of the toolkit over a bare hand-written training loop.

Both run in the same process, in blocks whose order is random. Each process gives a
Hodges-Lehmann estimate of the ratio, and several processes give a 95% t interval. Run
it with ``make cost``.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import warnings
from importlib import import_module
from math import log
from pathlib import Path
from time import perf_counter_ns

from compare import workloads
from compare.frameworks import find_missing_requirement, frameworks
from compare.machine import available_cores
from compare.stats.estimates import hodges_lehmann, ratio_interval
from compare.workers import messages
from compare.workers.process import worker_environment
from compare.workers.worker import RequestHandler

HERE = Path(__file__).parent
BLOCK_NS = 25e6
LEAD_IN = 8
WORKLOADS = ("two_layer", "cnn")


def compare_in_this_process(framework: str, mode: str, workload: str, *, rounds: int):
    """Return the log ratio of the toolkit's step time to that of the bare loop."""
    warnings.simplefilter("ignore")  # TorchScript is deprecated
    sys.path.insert(0, str(HERE))
    built = workloads.build(workload)
    shapes = {name: a.shape for name, a in built.parameters("float32").items()}
    batches = [tuple(b.values()) for b in built.batches("float32")]
    host = RequestHandler()
    package = frameworks()[framework].package
    cores = available_cores()[-1:]
    named = {"package": package, "framework": framework}
    host.handle(messages.Hello(**named, threads=1, cores=cores))
    common = {"mode": mode, "device": "cpu", "dtype": "float32"}
    host.handle(messages.Prepare(workload=workload, config={}, **common))
    host.handle(messages.FirstCall())
    optimizer = built.optimizer
    bare = import_module(f"hand_written_{framework}").loop(
        mode,
        workload,
        shapes,
        batches,
        rate=optimizer.learning_rate,
        decay=optimizer.weight_decay,
    )
    bare(30)
    warm = host.handle(messages.WarmUp(steps=30, seconds=0.5))
    steps = max(1, round(BLOCK_NS / warm.step_ns))

    def time_toolkit() -> int:
        block = messages.Block(lead_in=LEAD_IN, steps=steps)
        return host.handle(block).duration_ns

    def time_bare_loop() -> int:
        bare(LEAD_IN)
        start = perf_counter_ns()
        bare(steps)
        return perf_counter_ns() - start

    ratios = []
    for _ in range(rounds):
        arms = [time_toolkit, time_bare_loop]
        order = random.sample(arms, 2)
        times = {arm: arm() for arm in order}
        ratios.append(log(times[time_toolkit] / times[time_bare_loop]))
    return hodges_lehmann(ratios)


def compare_in_new_processes(framework: str, mode: str, workload: str, *, options):
    """Return the log ratio of each of several processes."""
    with tempfile.TemporaryDirectory() as cache:
        environment = worker_environment(
            frameworks()[framework], threads=1, cache=Path(cache), device="cpu"
        )
        environment["PYTHONPATH"] = str(HERE.parents[1])
        command = [sys.executable, __file__, "--rounds", str(options.rounds)]
        cell = ["--cell", framework, mode, workload]
        return [
            json.loads(
                subprocess.run(
                    [*command, *cell],
                    env={**os.environ, **environment},
                    capture_output=True,
                    text=True,
                    check=True,
                ).stdout.splitlines()[-1]
            )
            for _ in range(options.processes)
        ]


def main() -> None:
    """Print one line per workload and variant."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--cell", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.cell:
        print(json.dumps(compare_in_this_process(*options.cell, rounds=options.rounds)))
        return
    print(f"{'workload':<10} {'variant':<19} toolkit / bare loop (95% interval)")
    for workload in WORKLOADS:
        for framework in frameworks().values():
            for mode in framework.modes:
                if "cpu" not in mode.devices or mode.name.startswith("keras"):
                    continue  # the bare loop is written without Keras
                variant = f"{framework.name}/{mode.name}"
                if missing := find_missing_requirement(framework, mode):
                    print(f"{workload:<10} {variant:<19} not run: {missing}")
                    continue
                ratios = compare_in_new_processes(
                    framework.name, mode.name, workload, options=options
                )
                r = ratio_interval(ratios)
                print(
                    f"{workload:<10} {variant:<19} {r.estimate:.4f} "
                    f"({r.low:.4f} to {r.high:.4f})",
                    flush=True,
                )


if __name__ == "__main__":
    main()
