"""Join the tables of a run into groups of cells, one per workload, device and dtype."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from compare.results.cells import CellGroup, CellResult
from compare.results.findings import (
    Agreement,
    Difference,
    WorstError,
    add_fraction,
    find_undecided_from,
    judge_checks,
    order_in_step,
    select_compared,
    select_trajectory,
)
from compare.runs.record import CONTROL, KEY, Cell, Key
from compare.runs.tables import TIMING, row_of
from compare.runs.words import Inputs, Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.runs.folder import Run
    from compare.runs.rows import TimingRow


@dataclass(frozen=True, kw_only=True)
class JoinedTables:
    """A run, with the rows of its tables by cell."""

    run: Run
    agreement: dict[Key, pd.DataFrame]
    differences: dict[Key, pd.DataFrame]
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

    def select_checked(
        self, cell: Cell, table: dict[Key, pd.DataFrame]
    ) -> pd.DataFrame:
        """Return a cell's rows in every dtype that it was checked in, as written.

        Every variant is also checked in float64, as a proof of identical semantics. If
        float64 was not requested, these rows have no cell of their own and belong to
        the cell in the first requested dtype.
        """
        requested = self._requested_dtypes(cell)
        others = [
            rows
            for (*key, dtype), rows in table.items()
            if tuple(key) == cell.key_values[:-1]
            and dtype not in requested
            and cell.dtype == requested[0]
        ]
        own = [table[cell.key_values]] if cell.key_values in table else []
        found = [*others, *own]
        return pd.concat(found).sort_index() if found else pd.DataFrame()

    def _requested_dtypes(self, cell: Cell) -> list[str]:
        return [
            other.dtype
            for other in self.run.record.cells
            if other.key_values[:-1] == cell.key_values[:-1]
        ]


def group_cells(run: Run) -> tuple[CellGroup, ...]:
    """Return a run's cells by workload, device and dtype, in the requested order."""
    joined = JoinedTables(
        run=run,
        agreement=_group_by_cell(add_fraction(run.agreement)),
        differences=_group_by_cell(run.differences),
        timing=_group_by_cell(run.timing),
        ranking=run.ranking,
    )
    cells: dict[Key, list[Cell]] = {}
    for cell in run.record.cells:
        key = (cell.workload, cell.device, cell.dtype)
        cells.setdefault(key, []).append(cell)
    return tuple(_build_group(joined, of_one) for of_one in cells.values())


def find_worst_check(compared: pd.DataFrame) -> WorstError | None:
    """Return the largest error relative to its tolerance; ``None`` if none is known."""
    if compared["fraction"].isna().all():
        return None
    row = compared.iloc[int(compared["fraction"].argmax())]
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


def _find_ranked_pairs(ranking: pd.DataFrame, cell: Cell) -> frozenset[frozenset[str]]:
    """Return the pairs of variants whose simultaneous interval excludes 1."""
    where = ["workload", "device", "dtype"]
    here = (ranking[where] == [getattr(cell, name) for name in where]).all(axis=1)
    excludes_one = (ranking["ratio_low"] > 1) | (ranking["ratio_high"] < 1)
    ranked = ranking[here & excludes_one]
    pairs = zip(ranked["variant"], ranked["other"], strict=True)
    return frozenset(frozenset(pair) for pair in pairs)


def _build_result(joined: JoinedTables, cell: Cell, *, is_unproven: bool) -> CellResult:
    checks = joined.select_checked(cell, joined.agreement)
    agreement = _build_agreement(checks, dtype=cell.dtype)
    rows = joined.select_checked(cell, joined.differences)
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


def _read_timing(rows: pd.DataFrame | None) -> TimingRow | None:
    return None if rows is None else TIMING.row_of(rows.iloc[0])


def _build_agreement(checks: pd.DataFrame, *, dtype: str) -> Agreement | None:
    if checks.empty:
        return None
    compared = select_compared(checks)
    is_own = (compared["dtype"] == dtype) & (compared["inputs"] == Inputs.WORKLOAD)
    own = compared[is_own.to_numpy()]
    return Agreement(
        checks=checks,
        dtype=dtype,
        agrees=judge_checks(compared),
        worst=find_worst_check(compared),
        undecided_from=find_undecided_from(select_trajectory(own)),
    )


def _find_unlocated(
    agreement: Agreement | None, *, located: set[tuple[str, str]]
) -> Iterator[Difference]:
    """Yield the first differences that the run did not store.

    One for each dtype and kind of inputs. They follow from the verdicts on tensors.
    """
    if agreement is None:
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
