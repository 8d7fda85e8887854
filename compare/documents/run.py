"""The results of a run, as ``run``, ``agree``, ``check`` and ``report`` give them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import inf, isfinite
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from compare import report
from compare.results.card import Card, build_cards
from compare.results.joining import group_cells
from compare.runs import tables
from compare.runs.record import Note, Phase
from compare.runs.rows import (
    BreakRow,
    CellRow,
    DifferenceRow,
    LearningRow,
    PrecisionRow,
    RankingRow,
    TimingRow,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.results.cells import CellResult
    from compare.runs.folder import Run
    from compare.runs.tables import TableSpec

Row = TypeVar("Row")


@dataclass(frozen=True, kw_only=True)
class TimedRow(TimingRow):
    """A row of ``timing.csv``, with what JSON numbers cannot express."""

    never_breaks_even: bool = False  # break_even_steps is infinite, which JSON lacks


class AgreementSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The agreement checks of one cell; ``agreement.csv`` has every compared tensor.

    Attributes:
        agrees: null if nothing was compared, or everything is undecided.
        largest_share: of a tolerance; null if it is not finite or nothing was compared.
        at: the tensor, the step and the check with that share.
        counts: dtype -> verdict -> number of compared tensors.
    """

    workload: str
    variant: str
    device: str
    dtype: str
    agrees: bool | None
    largest_share: float | None
    at: str
    counts: dict[str, dict[str, int]]


class RunDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The results of a run. Its folder has every table.

    Attributes:
        folder: of the run.
        page: the report as HTML.
        is_finished: whether everything that was requested was done.
        workloads: label -> configuration.
        cards: of users' models; empty for a run of workloads.
    """

    run_id: str
    folder: str
    page: str
    created: str
    is_finished: bool
    baseline: str
    workloads: dict[str, dict[str, Any]]
    environment: dict[str, str]
    settings: dict[str, dict[str, str]]
    cards: list[Card]
    cells: list[CellRow]
    agreement: list[AgreementSummary]
    differences: list[DifferenceRow]
    breaks: list[BreakRow]
    precision: list[PrecisionRow]
    timing: list[TimedRow]
    ranking: list[RankingRow]
    learning: list[LearningRow]
    notes: list[Note]
    phases: list[Phase]


def describe_run(run: Run) -> RunDocument:
    """Return the results of a run as a document."""
    record = run.record
    return RunDocument(
        run_id=record.run_id,
        folder=str(run.folder.absolute()),
        page=str(run.folder.absolute() / report.PAGE_FILE),
        created=record.created,
        is_finished=record.finished,
        baseline=record.baseline,
        workloads={each.label: each.config for each in record.request.workloads},
        environment=record.environment,
        settings=record.settings,
        cards=build_cards(run),
        cells=list_rows(run, tables.CELLS),
        agreement=list(_summarize_agreement(run)),
        differences=list_rows(run, tables.DIFFERENCES),
        breaks=list_rows(run, tables.BREAKS),
        precision=list_rows(run, tables.PRECISION),
        timing=[_mark_never(row) for row in list_rows(run, tables.TIMING)],
        ranking=list_rows(run, tables.RANKING),
        learning=list_rows(run, tables.LEARNING),
        notes=record.notes,
        phases=record.phases,
    )


def list_rows(run: Run, table: TableSpec[Row]) -> list[Row]:
    """Return the rows of a table as its row type."""
    frame = getattr(run, table.name)
    return [table.row_of(row) for _, row in frame.iterrows()]


def _mark_never(row: TimingRow) -> TimedRow:
    return TimedRow(**asdict(row), never_breaks_even=row.break_even_steps == inf)


def _summarize_agreement(run: Run) -> Iterator[AgreementSummary]:
    """Yield the summary of each cell that was checked."""
    for group in group_cells(run):
        for line in group.lines:
            if line.agreement is not None:
                yield _summarize_cell(line)


def _summarize_cell(line: CellResult) -> AgreementSummary:
    found = line.agreement
    assert found is not None  # as the caller checks
    worst, cell = found.worst, line.cell
    counts: dict[str, dict[str, int]] = {}
    for (dtype, verdict), count in found.counts.items():
        counts.setdefault(dtype, {})[verdict] = count
    return AgreementSummary(
        workload=cell.workload,
        variant=line.variant,
        device=cell.device,
        dtype=cell.dtype,
        agrees=found.agrees,
        largest_share=worst.fraction if worst and isfinite(worst.fraction) else None,
        at=worst.position if worst else "",
        counts=counts,
    )
