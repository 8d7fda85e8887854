"""A run's step times as a file that ``pytest-benchmark compare`` reads.

A block of steps becomes a round: its time a step, in seconds. What pytest-benchmark
has no column for, the ratio with its interval, the verdict, captures and agreement,
stands in ``extra_info``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from compare.errors import RunError
from compare.pytest_benchmark.document import (
    NOT_CHECKED,
    CellFacts,
    Circumstances,
    Stats,
)
from compare.results.joining import group_cells
from compare.results.notes import describe_timing
from compare.runs.folder import load_run
from compare.runs.record import KEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from compare.contract import Array
    from compare.pytest_benchmark.document import Judgement
    from compare.results.cells import CellResult
    from compare.runs.folder import Run

FORMAT = "5.3.1"  # the version of pytest-benchmark whose format this is
WHISKER = 1.5  # interquartile ranges beyond a quartile; past them lie outliers


@dataclass(frozen=True, kw_only=True)
class Timed:
    """A cell and its blocks."""

    line: CellResult
    group: str
    step_s: Array  # of each block
    steps: int  # in a block


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What was written, and the cells that such a file has no place for."""

    count: int
    left_out: tuple[str, ...]


def export(folder: Path, *, to: Path) -> Exported:
    """Write a run's step times.

    Raises:
        RunError: there is no run, nothing in it was timed by us, or `to` exists or
            cannot be written.
    """
    run = load_run(folder)
    if run.record.is_sequential:
        raise RunError(
            f"{folder}: expected a run measured by graph-compare; received one made of "
            f"the pytest-benchmark file {run.record.request.suite}"
        )
    timed = list(_timed(run))
    if not timed:
        raise RunError(
            f"{folder}: expected a run with timed steps; received one without. Steps "
            "are timed by: graph-compare run"
        )
    _write(to, content=_file(run, timed))
    kept = {id(each.line.cell) for each in timed}
    missing = [cell for cell in run.record.cells if id(cell) not in kept]
    return Exported(
        count=len(timed),
        left_out=tuple(
            f"{cell.variant} on {cell.workload}: {cell.reason or cell.status}"
            for cell in missing
        ),
    )


def _timed(run: Run) -> Iterator[Timed]:
    """Every cell that has a result and samples."""
    counts = run.samples[(run.samples["void"] == "").to_numpy()]
    samples = dict(iter(counts.groupby(list(KEY), sort=False, observed=True)))
    for comparison in group_cells(run):
        for line in comparison.lines:
            rows = samples.get(line.cell.key_values)
            if rows is None or line.is_missing:
                continue
            yield Timed(
                line=line,
                group=comparison.heading,
                step_s=(rows["duration_ns"] / rows["steps"] / 1e9).to_numpy("float64"),
                steps=int(rows["steps"].median()),
            )


def _file(run: Run, timed: list[Timed]) -> dict[str, Any]:
    circumstances = Circumstances(
        environment=run.record.environment,
        settings=run.record.settings,
        exported_from=run.record.run_id,
    )
    return {
        "machine_info": run.record.environment,
        "commit_info": {},
        "benchmarks": [_benchmark(each, run=run) for each in timed],
        "datetime": run.record.created,
        "version": FORMAT,
        "graph_compare": circumstances,
    }


def _benchmark(timed: Timed, *, run: Run) -> dict[str, Any]:
    cell = timed.line.cell
    name = f"{cell.workload}[{cell.variant}]"
    try:
        stats = _stats(timed)
    except ValueError as error:
        raise RunError(f"{run.folder}: samples.csv.gz: {name}: {error}") from error
    return {
        "group": timed.group,
        "name": name,
        "fullname": f"graph-compare::{name}",
        "params": {"workload": cell.workload, "variant": cell.variant},
        "param": cell.variant,
        "extra_info": _facts(timed.line).told(),
        "options": {},
        "stats": stats,
    }


def _facts(line: CellResult) -> CellFacts:
    cell, timing = line.cell, line.timing
    facts = CellFacts(
        workload=cell.workload,
        variant=cell.variant,
        device=cell.device,
        dtype=cell.dtype,
        family=cell.family,
        captures=line.captures,
        agreement=_judgement(line),
        difference=cell.disagreement,
    )
    if timing is None:
        return facts
    return msgspec.structs.replace(
        facts,
        step_time_ns=float(timing.step_time_ns),
        ratio=float(timing.ratio),
        ratio_low=float(timing.ratio_low),
        ratio_high=float(timing.ratio_high),
        verdict=line.verdict,
        note=describe_timing(line),
    )


def _judgement(line: CellResult) -> Judgement:
    if line.agreement is None:
        return NOT_CHECKED
    if line.agreement.agrees is None:
        return "undecided"
    return "agrees" if line.agreement.agrees else "disagrees"


def _stats(timed: Timed) -> dict[str, Any]:
    """What pytest-benchmark works out of its rounds.

    Raises:
        ValueError: a block did not last.
    """
    data = timed.step_s
    several = len(data) > 1
    stats = Stats(
        min=float(data.min()),
        max=float(data.max()),
        mean=float(data.mean()),
        median=float(np.median(data)),
        stddev=float(data.std(ddof=1)) if several else 0.0,
        rounds=len(data),
        iterations=timed.steps,
        data=data.tolist(),
    )
    return {**msgspec.structs.asdict(stats), **_spread(data, stats=stats)}


def _spread(data: Array, *, stats: Stats) -> dict[str, Any]:
    """Quartiles and outliers."""
    q1, q3 = (float(quartile) for quartile in np.quantile(data, (0.25, 0.75)))
    low, high = q1 - WHISKER * (q3 - q1), q3 + WHISKER * (q3 - q1)
    within = data[(data >= low) & (data <= high)]
    far = int((np.abs(data - stats.mean) > stats.stddev).sum())
    beyond = len(data) - len(within)
    return {
        "q1": q1,
        "q3": q3,
        "iqr": q3 - q1,
        "ld15iqr": float(within.min()),
        "hd15iqr": float(within.max()),
        "iqr_outliers": beyond,
        "stddev_outliers": far,
        "outliers": f"{far};{beyond}",
        "ops": 1 / stats.mean,
        "total": float(data.sum()),
    }


def _write(path: Path, *, content: dict[str, Any]) -> None:
    text = msgspec.json.format(msgspec.json.encode(content), indent=1)
    try:
        with path.open("xb") as file:
            file.write(text)
    except FileExistsError as error:
        raise RunError(
            f'--out: expected a file that does not exist yet; received "{path}", which '
            "exists. Nothing was overwritten: name another with --out"
        ) from error
    except OSError as error:
        raise RunError(
            f'--out: expected a file that can be written; received "{path}": '
            f"{error.strerror}"
        ) from error
