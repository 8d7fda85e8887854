"""Let each system call of a small run fail, one run per call, and resume the run.

``python -m tests.faults.nth_call`` runs every point. After each, no traceback may be
printed, the exit code is a documented one, finished results are kept, ``--resume``
completes the run, and no process or temporary file is left.

Source: "How SQLite Is Tested", section "I/O Error Testing".
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tests.faults.injection import ERRORS, Injector, Point
from tests.faults.small_run import WORKLOADS, SmallRun, preload

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Keys = dict[str, Counter[tuple[str, ...]]]

REASON = {kind: os.strerror(error) for kind, error in ERRORS.items()}


def in_process(injector: Injector, *, core: int) -> Callable[[], None]:
    """Return what a run's process does first: use one processor, inject a fault.

    On one processor the workers start one after another, so that the order of calls is
    the same in every run.
    """

    def prepare() -> None:
        os.sched_setaffinity(0, {core})
        injector.install()

    return prepare


def list_calls(run: SmallRun, *, core: int) -> list[tuple[Point, str]]:
    """Return every call of a run that may fail, with the place in the source."""
    run.create()
    path = run.base / "calls"
    log = os.open(path, os.O_WRONLY | os.O_CREAT)
    run.execute(prepare=in_process(Injector(log=log), core=core))
    os.close(log)
    lines = [line.split("\t") for line in path.read_text().splitlines()]
    return [
        (Point(kind=kind, number=int(number)), place)
        for kind, number, place, *_ in lines
    ]


def first_and_last(calls: Sequence[tuple[Point, str]]) -> list[Point]:
    """Return the first and the last call of each kind from each place."""
    places: dict[tuple[str, str], list[Point]] = {}
    for point, place in calls:
        places.setdefault((point.kind, place), []).append(point)
    chosen = {point for found in places.values() for point in (found[0], found[-1])}
    return [point for point, _ in calls if point in chosen]


def check_point(point: Point, *, run: SmallRun, core: int, expected: Keys) -> None:
    """Execute a run in which one call fails; resume it; store findings in it."""
    run.create()
    outcome = run.execute(prepare=in_process(Injector(point=point), core=core))
    run.check_message(outcome)
    run.check_nothing_is_left()
    before = run.stored_rows()
    resumed = run.execute(prepare=lambda: os.sched_setaffinity(0, {core}))
    run.check_message(resumed)
    run.check_nothing_is_left()
    run.check_kept(before)
    if run.is_resumable and not run.failed_cells():
        run.require(resumed.code == 0, f"resume: exit code {resumed.code}")
        run.check_complete(expected)
    for reason in run.failed_cells():
        expected_text = REASON[point.kind]
        run.require(expected_text in reason, f"a cell failed for {reason}")
    if run.findings:
        run.findings += [f"  printed: {each.err[-600:]}" for each in (outcome, resumed)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Check every point, or some of them; return the number of findings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="check one point in N")
    parser.add_argument("--first", type=int, default=0, help="skip the first N points")
    parser.add_argument("--kind", choices=tuple(ERRORS), help="only this kind of call")
    parser.add_argument("--number", type=int, help="only this call of the kind")
    parser.add_argument(
        "--all", action="store_true", help="every call, not two from each place"
    )
    parser.add_argument("--workload", choices=WORKLOADS, default="two_layer")
    parser.add_argument("--core", type=int, default=0, help="the processor to use")
    parser.add_argument(
        "--lasting", action="store_true", help="all later calls fail as well"
    )
    chosen = parser.parse_args(arguments)
    base = Path(tempfile.mkdtemp(prefix="faults-"))
    try:
        return check_all(chosen, base=base / "small")
    finally:
        shutil.rmtree(base)


def check_all(chosen: argparse.Namespace, *, base: Path) -> int:
    """Check the chosen points; print each finding and a summary."""
    expected = preload(base, cores={chosen.core}, workload=chosen.workload)
    run = SmallRun(base=base, workload=chosen.workload)
    calls = list_calls(run, core=chosen.core)
    points = [point for point, _ in calls] if chosen.all else first_and_last(calls)
    points = [
        replace(each, is_lasting=chosen.lasting)
        for each in points
        if chosen.kind in {None, each.kind} and chosen.number in {None, each.number}
    ][chosen.first :: chosen.every]
    bad = 0
    for point in points:
        run = SmallRun(base=base, workload=chosen.workload)
        check_point(point, run=run, core=chosen.core, expected=expected)
        for finding in run.findings:
            print(f"{point}: {finding}", flush=True)
        bad += bool(run.findings)
    counts = Counter(point.kind for point in points)
    listed = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    print(f"{len(points)} points ({listed}): {bad} with findings", flush=True)
    return bad


if __name__ == "__main__":
    sys.exit(min(1, main()))
