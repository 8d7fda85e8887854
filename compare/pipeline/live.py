"""Show what is known of each cell while a run goes on.

Called after every result that is stored. Step times are computed once per launch, for
the workload of that launch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp, nan
from statistics import fmean
from typing import TYPE_CHECKING

from compare.render.format import format_seconds
from compare.runs.live_table import LiveRow, LiveTable, describe_ratio
from compare.runs.record import KEY
from compare.runs.store import read_stored
from compare.runs.tables import AGREEMENT
from compare.runs.words import Against, Check, Status, Verdict
from compare.stats.estimates import Interval, ratio_interval
from compare.timing import stopping
from compare.timing.tables import pair_samples
from compare.wording import format_count, join_words, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from compare.pipeline.agree import CellFindings
    from compare.pipeline.context import RunContext
    from compare.runs.record import Cell, Key

PROOF = "float64"  # title of the column, and the dtype in which every cell is checked
REASON_CHARACTERS = 160  # of a reason on a plain line


@dataclass(frozen=True, kw_only=True)
class Timed:
    """The step time of a cell so far."""

    ratio: Interval = field(default_factory=Interval)
    step_ns: float = nan
    launches: int = 0


@dataclass(kw_only=True)
class LiveResults:
    """What is known so far, by `Cell.key_values`.

    Args:
        verdicts: on the agreement in the dtype of the key.
        timed: step times.
        printed: the text of the last plain line about a cell.
    """

    verdicts: dict[Key, Verdict] = field(default_factory=dict)
    timed: dict[Key, Timed] = field(default_factory=dict)
    printed: dict[Key, str] = field(default_factory=dict)


def show_stored(context: RunContext) -> None:
    """Show what earlier processes of a resumed run stored, and what cannot run."""
    record, live = context.record, context.live
    stored = read_stored(context.folder, record, AGREEMENT)
    for key, rows in stored.groupby([*KEY], observed=True, sort=False):
        columns = (rows[name] for name in ("check", "against", "verdict"))
        _add_verdict(live, tuple(map(str, key)), zip(*columns, strict=True))
    for label in record.launches_done:
        _time_workload(context, label=label)
    live.printed = {
        cell.key_values: _describe_cell(cell, live) for cell in record.cells
    }
    context.reporter.show(_make_table(context))


def show_findings(context: RunContext, found: CellFindings) -> None:
    """Show the verdict on a part of a cell's check."""
    with context.lock:
        _add_findings(context.live, found)
        is_own = found.part.dtype == found.cell.dtype
        cells = [found.cell] if is_own or _disagrees(context.live, found) else []
        _show(context, cells, changed=found.cell)


def show_end(context: RunContext, cell: Cell) -> None:
    """Show why a cell ended without a result."""
    with context.lock:
        _show(context, [cell], changed=cell)


def show_launch(
    context: RunContext, judged: Iterable[CellFindings], *, label: str
) -> None:
    """Show the step times of a workload after a launch, and the cells that failed."""
    with context.lock:
        for found in judged:
            _add_findings(context.live, found)
        _time_workload(context, label=label)
        cells = [cell for cell in context.record.cells if cell.workload == label]
        ratios = _describe_ratios(context, cells)
        samples = context.samples
        launches = samples.loc[samples["workload"] == label, "launch"].nunique()
        after = format_count(launches, "launch", "launches")
        line = f"{label} after {after}, ratios to {context.record.baseline}: {ratios}"
        _show(context, cells, changed=cells[0], news=[line] if ratios else [])


def show_first_call(context: RunContext, cell: Cell) -> None:
    """Show the first call of a cell with an empty compile cache."""
    with context.lock:
        first_call = format_seconds(_find_first_call_s(context, cell))
        line = f"{cell.workload} {_name(context, cell)}: first call {first_call}"
        _show(context, [], changed=cell, news=[line])


def _show(
    context: RunContext,
    cells: Iterable[Cell],
    *,
    changed: Cell,
    news: Sequence[str] = (),
) -> None:
    """Show the table; what is new about these cells becomes a line each."""
    lines = []
    for cell in cells:
        text = _describe_cell(cell, context.live)
        if text != context.live.printed.get(cell.key_values, ""):
            context.live.printed[cell.key_values] = text
            lines.append(f"{cell.workload} {_name(context, cell)}: {text}")
    position = context.record.cells.index(changed)
    context.reporter.show(_make_table(context, changed=position), news=[*lines, *news])


def _add_findings(live: LiveResults, found: CellFindings) -> None:
    key = (*found.cell.key_values[:-1], found.part.dtype)
    rows = ((row.check, row.against, row.verdict) for row in found.agreement)
    _add_verdict(live, key, rows)


def _add_verdict(
    live: LiveResults, key: Key, rows: Iterable[tuple[str, str, str]]
) -> None:
    """Combine the verdicts on tensors with what was known of a cell in a dtype.

    Repetitions in the same and other processes are no comparisons. As in the report,
    an undecided tensor does not disagree, and timed steps that equal the same steps one
    by one decide nothing.
    """
    compared = [row for row in rows if row[0] != Check.DETERMINISM]
    if not compared:
        return
    known = live.verdicts.get(key, Verdict.UNDECIDED)
    verdicts = {verdict for _, _, verdict in compared}
    decided = {
        verdict
        for _, against, verdict in compared
        if against == Against.REFERENCE and verdict != Verdict.UNDECIDED
    }
    if Verdict.DISAGREES in {known, *verdicts}:
        live.verdicts[key] = Verdict.DISAGREES
    else:
        live.verdicts[key] = Verdict.AGREES if decided else known


def _disagrees(live: LiveResults, found: CellFindings) -> bool:
    key = (*found.cell.key_values[:-1], found.part.dtype)
    return live.verdicts.get(key) == Verdict.DISAGREES


def _time_workload(context: RunContext, *, label: str) -> None:
    """Compute the step times of a workload from the launches that are used."""
    record = context.record
    paired = pair_samples(record, context.samples, workload=label)
    if paired.samples.empty:
        return
    medians = paired.steps.groupby(level="launch").median()
    alpha = stopping.alpha_per_look(record.request)
    for cell in record.cells:
        if cell.workload != label or (name := cell.variant) not in medians:
            continue
        ratios = paired.ratios[name].dropna().to_list() if name in paired.ratios else []
        context.live.timed[cell.key_values] = Timed(
            ratio=ratio_interval(ratios, alpha=alpha),
            step_ns=exp(medians[name].median()),
            launches=int(medians[name].count()),
        )


def _find_first_call_s(context: RunContext, cell: Cell) -> float:
    """Return the mean first call with an empty compile cache; NaN if there is none."""
    cold = [
        start.first_call_s
        for start in context.record.starts
        if start.cold
        and (start.workload, start.framework, start.mode)
        == (cell.workload, cell.framework, cell.mode)
    ]
    return fmean(cold) if cold else nan


def _make_table(context: RunContext, *, changed: int = 0) -> LiveTable:
    record, live = context.record, context.live
    dtypes = record.request.dtypes
    own = dtypes[0] if len(dtypes) == 1 else "own dtype"
    return LiveTable(
        checks=tuple(dict.fromkeys((PROOF, own))),
        rows=tuple(_make_row(context, cell, live) for cell in record.cells),
        is_timed=bool(record.request.launches),
        changed=changed,
    )


def _make_row(context: RunContext, cell: Cell, live: LiveResults) -> LiveRow:
    timed = live.timed.get(cell.key_values, Timed())
    dtypes = (
        (PROOF,) if context.record.request.dtypes == [PROOF] else (PROOF, cell.dtype)
    )
    return LiveRow(
        workload=cell.workload,
        variant=_name(context, cell),
        verdicts=tuple(live.verdicts.get(_in_dtype(cell, each), "") for each in dtypes),
        ratio=timed.ratio,
        is_baseline=cell.variant == context.record.baseline,
        step_ns=timed.step_ns,
        first_call_s=_find_first_call_s(context, cell),
        launches=timed.launches,
        problem=_describe_problem(cell),
    )


def _describe_cell(cell: Cell, live: LiveResults) -> str:
    """Return the problem of a cell, or its verdicts; empty if nothing is known."""
    if problem := _describe_problem(cell):
        return shorten(problem, limit=REASON_CHARACTERS)
    by_verdict: dict[str, list[str]] = {}
    for dtype in dict.fromkeys((PROOF, cell.dtype)):
        if verdict := live.verdicts.get(_in_dtype(cell, dtype)):
            by_verdict.setdefault(verdict, []).append(dtype)
    return "; ".join(
        f"{verdict} in {join_words(dtypes, conjunction='and')}"
        for verdict, dtypes in by_verdict.items()
    )


def _describe_problem(cell: Cell) -> str:
    if cell.status not in {Status.FAILED, Status.NOT_RUN}:
        return ""
    return f"{cell.status}: {' '.join(cell.reason.split())}"


def _describe_ratios(context: RunContext, cells: Iterable[Cell]) -> str:
    rows = [_make_row(context, cell, context.live) for cell in cells]
    return ", ".join(
        f"{row.variant} {ratio}"
        for row in rows
        if not (row.problem or row.is_baseline) and (ratio := describe_ratio(row))
    )


def _in_dtype(cell: Cell, dtype: str) -> Key:
    return (*cell.key_values[:-1], dtype)


def _name(context: RunContext, cell: Cell) -> str:
    """Return the variant, with the dtype and the device where the run has several."""
    request = context.record.request
    dtype = f" {cell.dtype}" if len(request.dtypes) > 1 else ""
    device = f" on {cell.device}" if len(request.devices) > 1 else ""
    return f"{cell.variant}{dtype}{device}"
