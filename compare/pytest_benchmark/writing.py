"""Write the step times of a run as a file for ``pytest-benchmark compare``.

A block of steps becomes a round, with its time per step in seconds. ``extra_info``
contains what pytest-benchmark has no field for: the ratio with its interval, the
verdict, what the variant captures, and whether it agrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from compare.errors import RunError
from compare.pytest_benchmark.document import (
    AgreementVerdict,
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
    from compare.results.cells import CellResult
    from compare.runs.folder import Run

FORMAT_VERSION = "5.3.1"  # the version of pytest-benchmark that writes this format
WHISKER = 1.5  # interquartile ranges beyond a quartile; values outside are outliers


@dataclass(frozen=True, kw_only=True)
class ExportedCell:
    """A cell and the times of its blocks."""

    result: CellResult
    group: str
    step_times_s: Array  # one per block
    steps: int  # per block


@dataclass(frozen=True, kw_only=True)
class ExportResult:
    """The number of benchmarks written, and the cells that were left out."""

    count: int
    left_out: tuple[str, ...]  # cell and reason


def export_run(folder: Path, *, to: Path) -> ExportResult:
    """Write the step times of a run to a new file.

    Raises:
        RunError: the run cannot be read or has no step times, or `to` exists or cannot
            be written.
    """
    run = load_run(folder)
    timed = list(_find_timed_cells(run))
    if not timed:
        raise RunError(
            f"{folder}: expected a run with timed steps; received one without. Steps "
            "are timed by: graph-compare run"
        )
    _write_new_file(to, content=_build_document(run, timed))
    exported = {id(each.result.cell) for each in timed}
    missing = [cell for cell in run.record.cells if id(cell) not in exported]
    return ExportResult(
        count=len(timed),
        left_out=tuple(
            f"{cell.variant} on {cell.workload}: {cell.reason or cell.status}"
            for cell in missing
        ),
    )


def _find_timed_cells(run: Run) -> Iterator[ExportedCell]:
    """Yield every cell that has a result and samples."""
    counted = run.samples[(run.samples["void"] == "").to_numpy()]
    samples = dict(iter(counted.groupby(list(KEY), sort=False, observed=True)))
    for group in group_cells(run):
        for result in group.lines:
            rows = samples.get(result.cell.key_values)
            if rows is None or result.is_missing:
                continue
            times = (rows["duration_ns"] / rows["steps"] / 1e9).to_numpy("float64")
            yield ExportedCell(
                result=result,
                group=group.heading,
                step_times_s=times,
                steps=int(rows["steps"].median()),
            )


def _build_document(run: Run, timed: list[ExportedCell]) -> dict[str, Any]:
    circumstances = Circumstances(
        environment=run.record.environment,
        settings=run.record.settings,
        exported_from=run.record.run_id,
    )
    return {
        "machine_info": run.record.environment,
        "commit_info": {},
        "benchmarks": [_build_entry(each, run=run) for each in timed],
        "datetime": run.record.created,
        "version": FORMAT_VERSION,
        "graph_compare": circumstances,
    }


def _build_entry(timed: ExportedCell, *, run: Run) -> dict[str, Any]:
    cell = timed.result.cell
    name = f"{cell.workload}[{cell.variant}]"
    try:
        stats = _compute_stats(timed)
    except ValueError as error:
        raise RunError(f"{run.folder}: samples.csv.gz: {name}: {error}") from error
    return {
        "group": timed.group,
        "name": name,
        "fullname": f"graph-compare::{name}",
        "params": {"workload": cell.workload, "variant": cell.variant},
        "param": cell.variant,
        "extra_info": _collect_facts(timed.result).to_extra_info(),
        "options": {},
        "stats": stats,
    }


def _collect_facts(result: CellResult) -> CellFacts:
    cell, timing = result.cell, result.timing
    facts = CellFacts(
        workload=cell.workload,
        variant=cell.variant,
        device=cell.device,
        dtype=cell.dtype,
        family=cell.family,
        captures=result.captures,
        agreement=_find_agreement(result),
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
        verdict=result.verdict,
        note=describe_timing(result),
    )


def _find_agreement(result: CellResult) -> AgreementVerdict:
    if result.agreement is None:
        return AgreementVerdict.NOT_CHECKED
    is_open = result.cell.dtype in result.agreement.undecided_dtypes
    if result.agreement.agrees is None or (is_open and not result.disagrees):
        return AgreementVerdict.UNDECIDED
    if result.agreement.agrees:
        return AgreementVerdict.AGREES
    return AgreementVerdict.DISAGREES


def _compute_stats(timed: ExportedCell) -> dict[str, Any]:
    """Return the statistics that pytest-benchmark computes from its rounds.

    Raises:
        ValueError: the duration of a block is not positive.
    """
    data = timed.step_times_s
    has_several = len(data) > 1
    stats = Stats(
        min=float(data.min()),
        max=float(data.max()),
        mean=float(data.mean()),
        median=float(np.median(data)),
        stddev=float(data.std(ddof=1)) if has_several else 0.0,
        rounds=len(data),
        iterations=timed.steps,
        data=data.tolist(),
    )
    return {**msgspec.structs.asdict(stats), **_compute_spread(data, stats=stats)}


def _compute_spread(data: Array, *, stats: Stats) -> dict[str, Any]:
    """Return quartiles and counts of outliers, under pytest-benchmark's names."""
    q1, q3 = (float(quartile) for quartile in np.quantile(data, (0.25, 0.75)))
    low, high = q1 - WHISKER * (q3 - q1), q3 + WHISKER * (q3 - q1)
    within = data[(data >= low) & (data <= high)]
    beyond_stddev = int((np.abs(data - stats.mean) > stats.stddev).sum())
    beyond_whiskers = len(data) - len(within)
    return {
        "q1": q1,
        "q3": q3,
        "iqr": q3 - q1,
        "ld15iqr": float(within.min()),
        "hd15iqr": float(within.max()),
        "iqr_outliers": beyond_whiskers,
        "stddev_outliers": beyond_stddev,
        "outliers": f"{beyond_stddev};{beyond_whiskers}",
        "ops": 1 / stats.mean,
        "total": float(data.sum()),
    }


def _write_new_file(path: Path, *, content: dict[str, Any]) -> None:
    """Write JSON to a file that must not exist.

    Raises:
        RunError: the file exists or cannot be written.
    """
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
