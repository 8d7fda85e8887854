"""A pytest-benchmark file as a run on disk: cells, timings, samples where it has them.

What is somebody else's gets names that say no more than the file does: the workload of
a benchmark is its group, or else the file it stands in; the variant is its own name.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from math import log, nan
from typing import TYPE_CHECKING, Literal

import msgspec

from compare.errors import RunError, unknown_name
from compare.pytest_benchmark import document
from compare.pytest_benchmark.document import NOT_CHECKED, CellFacts
from compare.render.format import seconds
from compare.runs.folder import create_folder
from compare.runs.record import Cell, Note, Request, RunRecord, WorkloadRequest, utc_now
from compare.runs.rows import AgreementRow, SampleRow, TimingRow
from compare.runs.tables import AGREEMENT, SAMPLES, TIMING, append_rows
from compare.runs.words import Against, Check, NoteKind, Status, Verdict
from compare.stats.estimates import TimingVerdict, ratio_interval
from compare.wording import format_count

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from compare.pytest_benchmark.document import Benchmark, File, Stats

UNKNOWN: Literal["unknown"] = "unknown"
MAX_NAMES = 12  # in a message


@dataclass(frozen=True, kw_only=True)
class Timed:
    """A benchmark under the name that it gets in a run."""

    cell: Cell
    stats: Stats
    agreement: str
    fullname: str


def write(path: Path, *, folder: Path, baseline: str | None = None) -> None:
    """Make a run folder from a pytest-benchmark file.

    Args:
        path: the file.
        folder: the run folder to create.
        baseline: the benchmark to which ratios are computed, in every group that
            contains it. Other groups, and all by default, use their first benchmark.

    Raises:
        RunError: the file cannot be read, is damaged, or `folder` exists.
        UsageError: no benchmark has the name of the baseline.
    """
    file = document.read(path)
    timed = _timed(file, path=path)
    record = _record(file, timed, path=path, run_id=folder.name)
    if baseline is not None:
        _use_baseline(record, baseline, path=path)
    create_folder(folder, record)
    append_rows(folder, TIMING, list(_timings(timed, record=record)))
    append_rows(folder, AGREEMENT, list(_agreement(timed)))
    append_rows(folder, SAMPLES, list(_samples(timed)))


def _timed(file: File, *, path: Path) -> list[Timed]:
    """Every benchmark of a file; those of one name told apart by their full one."""
    found = [
        _ours(benchmark, facts) if facts else _foreign(benchmark, path=path)
        for benchmark, facts in _with_facts(file, path=path)
    ]
    names = [each.cell.key_values for each in found]
    times = Counter(names)
    found = [
        _in_full(each) if times[name] > 1 else each
        for each, name in zip(found, names, strict=True)
    ]
    _each_once(found, path=path)
    return found


def _with_facts(
    file: File, *, path: Path
) -> Iterator[tuple[Benchmark, CellFacts | None]]:
    for number, benchmark in enumerate(file.benchmarks):
        try:
            yield benchmark, document.facts_of(benchmark)
        except msgspec.ValidationError as error:
            raise RunError(
                f"{path}: benchmarks[{number}].extra_info: {error}. It names a "
                "workload and a variant, so it is read as a cell of graph-compare"
            ) from error


def _ours(benchmark: Benchmark, facts: CellFacts) -> Timed:
    framework, _, mode = facts.variant.rpartition("/")
    cell = Cell(
        workload=facts.workload,
        framework=framework,
        mode=mode,
        device=facts.device,
        dtype=facts.dtype,
        family=facts.family,
        captures=facts.captures,
        status=Status.OK,
        disagreement=facts.difference,
    )
    return Timed(
        cell=cell,
        stats=benchmark.stats,
        agreement=facts.agreement,
        fullname=benchmark.fullname,
    )


def _foreign(benchmark: Benchmark, *, path: Path) -> Timed:
    file = benchmark.fullname.partition("::")[0]
    cell = Cell(
        workload=benchmark.group or file or path.stem,
        framework="",
        mode=benchmark.name,
        device=UNKNOWN,
        dtype=UNKNOWN,
        family="",
        captures="",
        status=Status.OK,
    )
    return Timed(
        cell=cell,
        stats=benchmark.stats,
        agreement=NOT_CHECKED,
        fullname=benchmark.fullname,
    )


def _in_full(timed: Timed) -> Timed:
    """A benchmark of somebody else's under its full name."""
    if timed.cell.framework or not timed.fullname:
        return timed
    return replace(timed, cell=msgspec.structs.replace(timed.cell, mode=timed.fullname))


def _each_once(timed: list[Timed], *, path: Path) -> None:
    seen = set()
    for number, each in enumerate(timed):
        if (key := each.cell.key_values) in seen:
            raise RunError(
                f"{path}: benchmarks[{number}]: expected each benchmark once; received "
                f"{each.cell.variant} of {each.cell.workload} again"
            )
        seen.add(key)


def _record(file: File, timed: list[Timed], *, path: Path, run_id: str) -> RunRecord:
    cells = [each.cell for each in timed]
    first = {cell.workload: cell.variant for cell in reversed(cells)}
    labels = list(dict.fromkeys(cell.workload for cell in cells))
    return RunRecord(
        run_id=run_id,
        created=file.datetime or utc_now(),
        design="sequential",
        baseline=cells[0].variant,
        baselines=first,
        finished=True,
        environment=_environment(file),
        settings=file.graph_compare.settings,
        cells=cells,
        notes=_notes(file),
        request=Request(  # nothing was asked of us: what has no meaning here is 0
            suite=path.name,
            workloads=[WorkloadRequest(label=name, name=name) for name in labels],
            variants=list(dict.fromkeys(cell.variant for cell in cells)),
            named=False,
            devices=list(dict.fromkeys(cell.device for cell in cells)),
            dtypes=list(dict.fromkeys(cell.dtype for cell in cells)),
            threads=0,
            seed=0,
            launches=1,
            rounds=max(each.stats.rounds for each in timed),
            block_s=0.0,
            trajectory_steps=0,
            time_limit_s=0.0,
            margin=0.0,
        ),
    )


def _use_baseline(record: RunRecord, name: str, *, path: Path) -> None:
    """Make a benchmark the baseline of every group that contains it."""
    names = dict.fromkeys(cell.variant for cell in record.cells)
    if name not in names:
        is_long = len(names) > MAX_NAMES
        raise unknown_name(
            "--baseline",
            name,
            expected=names,
            listed_by=f"graph-compare report {path}" if is_long else "",
            hints=3,
        )
    record.baseline = name
    record.baselines |= {
        cell.workload: name for cell in record.cells if cell.variant == name
    }


def _notes(file: File) -> list[Note]:
    run = file.graph_compare.exported_from
    if not run:
        return []
    note = (
        f"This file is an exception: it was exported from the run {run}, which "
        "measured its variants side by side. The file does not keep which times were "
        "side by side; the report of that run has the intervals and the verdicts."
    )
    return [Note(kind=NoteKind.SOURCE, reason=note)]


def _environment(file: File) -> dict[str, str]:
    """What the file says of the machine, as far as it can be read."""
    info = file.machine_info
    cpu = info.get("cpu")
    plain = {
        name: str(value)
        for name, value in info.items()
        if name != "node" and isinstance(value, str | int | float) and value != ""
    }
    if isinstance(cpu, dict):
        plain |= {
            f"cpu {name}": str(cpu[name])
            for name in ("brand_raw", "count")
            if name in cpu
        }
    written = {"pytest-benchmark": file.version} if file.version else {}
    return {**plain, **written, **file.graph_compare.environment}


def _timings(timed: list[Timed], *, record: RunRecord) -> Iterator[TimingRow]:
    """One row a benchmark: its median, and its ratio without an interval."""
    medians = {_place(each.cell): each.stats.median for each in timed}
    for each in timed:
        cell, stats = each.cell, each.stats
        baseline = record.baseline_of(cell.workload)
        base = medians.get((*_place(cell)[:-1], baseline))
        ratio = ratio_interval([log(stats.median / base)] if base else [])
        is_baseline = cell.variant == baseline
        yield TimingRow(
            **cell.key,
            captures=cell.captures,
            step_time_ns=stats.median * 1e9,
            ratio=ratio.estimate,
            ratio_low=ratio.low,
            ratio_high=ratio.high,
            verdict=TimingVerdict.BASELINE
            if is_baseline
            else TimingVerdict.INCONCLUSIVE,
        )


def _place(cell: Cell) -> tuple[str, ...]:
    return cell.workload, cell.device, cell.dtype, cell.variant


def _spread(stats: Stats) -> str:
    """What the file itself says of how the median came about."""
    calls = format_count(stats.iterations, "call")
    if stats.rounds == 1:
        return f"one round of {calls}"
    return (
        f"median of {stats.rounds:,} rounds of {calls}; least {seconds(stats.min)}, "
        f"mean {seconds(stats.mean)}, most {seconds(stats.max)}, "
        f"standard deviation {seconds(stats.stddev)}"
    )


def _agreement(timed: list[Timed]) -> Iterator[AgreementRow]:
    """The verdict of each benchmark that has one; of what tensors it does not say."""
    for each in timed:
        if each.agreement != NOT_CHECKED:
            yield AgreementRow(
                **each.cell.key,
                check=Check.STEP,
                step=None,
                quantity="",
                verdict=Verdict(each.agreement),
                against=Against.REFERENCE,
                max_abs_error=nan,
                max_rel_error=nan,
                max_ulp_error=nan,
                floors=nan,
                tolerance=nan,
                worst_index="",
                expected=nan,
                received=nan,
            )


def _samples(timed: list[Timed]) -> Iterator[SampleRow]:
    """Every round that the file kept; when it began is not known."""
    for position, each in enumerate(timed):
        steps = each.stats.iterations
        for number, duration in enumerate(each.stats.data):
            yield SampleRow(
                **each.cell.key,
                launch=0,
                round=number,
                position=position,
                steps=steps,
                duration_ns=round(duration * steps * 1e9),
                started_ns=0,
                device_ns=nan,
                void="",
            )
