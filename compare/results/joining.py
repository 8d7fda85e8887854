"""Join the tables of a run into groups of cells, one per workload, device and dtype."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from compare import workloads
from compare.results.cells import CellGroup, CellResult
from compare.results.findings import (
    Agreement,
    Difference,
    WorstError,
    add_fraction,
    count_verdicts,
    find_undecided_from,
    judge_counts,
    order_in_step,
    select_compared,
    select_trajectory,
    split_runs,
)
from compare.runs.record import CONTROL, KEY, Cell, Key
from compare.runs.tables import TIMING, keys_of, row_of
from compare.runs.words import Check, Inputs, Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compare.runs.folder import Run
    from compare.runs.record import RunRecord
    from compare.runs.rows import TimingRow


@dataclass(frozen=True, kw_only=True)
class JoinedTables:
    """A run, with the rows of its tables by cell."""

    run: Run
    agreement: dict[Key, pd.DataFrame]  # in every dtype that a cell was checked in
    differences: dict[Key, pd.DataFrame]  # the same
    timing: dict[Key, pd.DataFrame]
    ranking: pd.DataFrame

    @property
    def names_dtype(self) -> bool:
        """Whether a cell's name needs its dtype."""
        return len({cell.dtype for cell in self.run.record.cells}) > 1

    @property
    def names_device(self) -> bool:
        """Whether a cell's name needs its device."""
        return len({cell.device for cell in self.run.record.cells}) > 1


def group_cells(run: Run) -> tuple[CellGroup, ...]:
    """Return a run's cells by workload, device and dtype, in the requested order."""
    joined = JoinedTables(
        run=run,
        agreement=_group_by_owner(add_fraction(run.agreement), run.record.cells),
        differences=_group_by_owner(run.differences, run.record.cells),
        timing=_group_by_cell(run.timing),
        ranking=run.ranking,
    )
    cells: dict[Key, list[Cell]] = {}
    for cell in run.record.cells:
        key = (cell.workload, cell.device, cell.dtype)
        cells.setdefault(key, []).append(cell)
    return tuple(_build_group(joined, of_one) for of_one in cells.values())


def find_worst_check(checks: pd.DataFrame) -> WorstError | None:
    """Return the largest error relative to its tolerance; ``None`` if none is known.

    Repetitions do not count.
    """
    is_compared = (checks["check"] != Check.DETERMINISM).to_numpy()
    fraction = checks["fraction"].where(is_compared)
    if fraction.isna().all():
        return None
    row = checks.iloc[int(fraction.argmax())]
    found: WorstError = row_of(WorstError, row)
    return found


def _build_group(joined: JoinedTables, cells: list[Cell]) -> CellGroup:
    record, first = joined.run.record, cells[0]
    qualifiers = [
        *[first.dtype] * joined.names_dtype,
        *[first.device] * joined.names_device,
    ]
    control = _build_control(joined, first)
    return CellGroup(
        workload=first.workload,
        device=first.device,
        dtype=first.dtype,
        heading=", ".join((first.workload, *qualifiers)),
        names_device=joined.names_device,
        baseline=record.baseline,
        **_describe_data(record, first.workload),
        lines=tuple(
            _build_result(
                joined, cell, is_unproven=bool(control and control.is_unproven)
            )
            for cell in cells
            if cell.mode != CONTROL
        ),
        control=control,
        ranked_pairs=_find_ranked_pairs(joined.ranking, first),
    )


def _describe_data(record: RunRecord, label: str) -> dict[str, Any]:
    """Return `CellGroup.is_dynamic` and `CellGroup.padding` of a workload."""
    for request in record.request.workloads:
        if request.label == label and workloads.is_dynamic(request.name):
            values = {**workloads.sizes(request.name), **request.config}
            return {"is_dynamic": True, "padding": values.get("padding", "")}
    return {"is_dynamic": False, "padding": ""}


def _find_ranked_pairs(ranking: pd.DataFrame, cell: Cell) -> frozenset[frozenset[str]]:
    """Return the pairs of variants whose simultaneous interval excludes 1."""
    if ranking.empty:
        return frozenset()
    where = ["workload", "device", "dtype"]
    here = (ranking[where] == [getattr(cell, name) for name in where]).all(axis=1)
    excludes_one = (ranking["ratio_low"] > 1) | (ranking["ratio_high"] < 1)
    ranked = ranking[here & excludes_one]
    pairs = zip(ranked["variant"], ranked["other"], strict=True)
    return frozenset(frozenset(pair) for pair in pairs)


def _build_result(joined: JoinedTables, cell: Cell, *, is_unproven: bool) -> CellResult:
    checks = joined.agreement.get(cell.key_values, pd.DataFrame())
    agreement = _build_agreement(checks, dtype=cell.dtype)
    rows = joined.differences.get(cell.key_values, pd.DataFrame())
    located = [row_of(Difference, row) for _, row in rows.iterrows()]
    located.sort(key=lambda each: each.dtype != cell.dtype)  # its own dtype first
    return CellResult(
        cell=cell,
        agreement=agreement,
        timing=_read_timing(joined.timing.get(cell.key_values)),
        differences=(
            *located,
            *_find_unlocated(
                agreement, located={(each.dtype, each.inputs) for each in located}
            ),
        ),
        names_dtype=joined.names_dtype,
        names_device=joined.names_device,
        is_baseline=cell.variant == joined.run.record.baseline,
        is_unproven=is_unproven,
    )


def _build_control(joined: JoinedTables, cell: Cell) -> CellResult | None:
    """Return the baseline's second worker in the group of a cell, if it was timed."""
    where = (cell.workload, cell.device, cell.dtype)
    found = (
        rows
        for (workload, _, mode, device, dtype), rows in joined.timing.items()
        if mode == CONTROL and (workload, device, dtype) == where
    )
    rows = next(found, None)
    timing = _read_timing(rows)
    if rows is None or timing is None:
        return None
    row = {name: rows.iloc[0][name] for name in (*KEY, "captures")}
    return CellResult(
        cell=Cell(**row, family="", status=Status.OK),  # type: ignore[arg-type]  # never shown
        agreement=None,
        timing=timing,
        is_control=True,
        is_unproven=timing.excludes_one,
    )


def _group_by_cell(frame: pd.DataFrame) -> dict[Key, pd.DataFrame]:
    groups: Any = frame.groupby(list(KEY), sort=False)
    return dict(iter(groups))


def _group_by_owner(
    frame: pd.DataFrame, cells: Sequence[Cell]
) -> dict[Key, pd.DataFrame]:
    """Return each cell's rows in every dtype that it was checked in.

    The rows of a cell are ordered by dtype and inputs; repetitions come last in each
    part.
    All frames are parts of one sorted copy of the table, not copies of their own.

    Every variant is also checked in float64, as a proof of identical semantics. If
    float64 was not requested, these rows have no cell of their own and belong to the
    cell in the first requested dtype.
    """
    own = {cell.key_values for cell in cells}
    first: dict[Key, Key] = {}  # a key without its dtype -> the first cell with it
    for cell in cells:
        first.setdefault(cell.key_values[:-1], cell.key_values)
    keys = keys_of(frame.drop_duplicates(list(KEY)))
    owners = [key if key in own else first.get(key[:-1], ()) for key in keys]
    number_of = {owner: number for number, owner in enumerate(dict.fromkeys(owners))}
    numbers = np.array([number_of[owner] for owner in owners], dtype="int64")
    key_numbers = frame.groupby(list(KEY), sort=False).ngroup().to_numpy()
    owner_numbers = numbers[key_numbers]
    is_repetition = (frame["check"] == Check.DETERMINISM).to_numpy()
    is_probe = (frame["inputs"] == Inputs.PROBE).to_numpy()
    order = np.lexsort((is_repetition, is_probe, key_numbers, owner_numbers))
    parts = split_runs(frame.take(order), owner_numbers[order])
    return dict(zip(number_of, parts, strict=True))


def _read_timing(rows: pd.DataFrame | None) -> TimingRow | None:
    return None if rows is None else TIMING.row_of(rows.iloc[0])


def _build_agreement(checks: pd.DataFrame, *, dtype: str) -> Agreement | None:
    if checks.empty:
        return None
    counts = count_verdicts(checks)
    is_open = (dtype, Verdict.UNDECIDED) in counts
    is_own = (checks["dtype"] == dtype) & (checks["inputs"] == Inputs.WORKLOAD)
    own = checks[is_own.to_numpy()] if is_open else checks.iloc[:0]
    return Agreement(
        checks=checks,
        counts=counts,
        dtype=dtype,
        agrees=judge_counts(counts),
        worst=find_worst_check(checks),
        undecided_from=find_undecided_from(select_trajectory(own)),
    )


def _find_unlocated(
    agreement: Agreement | None, *, located: set[tuple[str, str]]
) -> Iterator[Difference]:
    """Yield the first differences that the run did not store.

    One for each dtype and kind of inputs. They follow from the verdicts on tensors.
    """
    if agreement is None or agreement.agrees is not False:
        return
    checks = select_compared(agreement.checks)
    wrong = checks[checks["verdict"] == Verdict.DISAGREES]
    for where, rows in wrong.groupby(["dtype", "inputs"], sort=False):
        if where not in located:
            steps = rows.groupby(["check", "step"], sort=False, dropna=False)
            _, of_one = next(iter(steps))
            order = of_one["quantity"].map(order_in_step).to_numpy()
            first = row_of(Difference, of_one.iloc[int(order.argmin())])
            yield replace(first, searched=False)
