"""The separate, tidy tables of a run joined: one `Comparison` a workload and dtype."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from compare.results.cells import CellGroup, CellResult
from compare.results.findings import (
    Agreement,
    Difference,
    Worst,
    against_reference,
    agree,
    rank,
    with_fraction,
)
from compare.runs.record import CONTROL, KEY, Cell, Key
from compare.runs.tables import TIMING, row_of
from compare.runs.words import Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.runs.folder import Run
    from compare.runs.rows import TimingRow


@dataclass(frozen=True, kw_only=True)
class Joined:
    """A run, with the rows of its tables by cell."""

    run: Run
    agreement: dict[Key, pd.DataFrame]
    differences: dict[Key, pd.DataFrame]
    timing: dict[Key, pd.DataFrame]
    ranking: pd.DataFrame

    def checked(self, cell: Cell, table: dict[Key, pd.DataFrame]) -> pd.DataFrame:
        """A cell's rows in each dtype that it was checked in, in the order written.

        Where a dtype was checked that nobody asked for, the proof, it belongs to the
        first dtype that was asked for.
        """
        asked = self._asked(cell)
        others = [
            rows
            for (*key, dtype), rows in table.items()
            if tuple(key) == cell.key_values[:-1]
            and dtype not in asked
            and cell.dtype == asked[0]
        ]
        own = [table[cell.key_values]] if cell.key_values in table else []
        found = [*others, *own]
        return pd.concat(found).sort_index() if found else pd.DataFrame()

    def _asked(self, cell: Cell) -> list[str]:
        return [
            other.dtype
            for other in self.run.record.cells
            if other.key_values[:-1] == cell.key_values[:-1]
        ]


def group_cells(run: Run) -> tuple[CellGroup, ...]:
    """A run's cells by workload, device and dtype, in the order asked for."""
    joined = Joined(
        run=run,
        agreement=_by_cell(with_fraction(run.agreement)),
        differences=_by_cell(run.differences),
        timing=_by_cell(run.timing),
        ranking=run.ranking,
    )
    cells: dict[Key, list[Cell]] = {}
    for cell in run.record.cells:
        key = (cell.workload, cell.device, cell.dtype)
        cells.setdefault(key, []).append(cell)
    return tuple(_comparison(joined, of_one) for of_one in cells.values())


def _comparison(joined: Joined, cells: list[Cell]) -> CellGroup:
    record, first = joined.run.record, cells[0]
    several = _several(joined.run, first)
    baseline = record.baseline_of(first.workload)
    control = _control(joined, first, baseline=baseline)
    return CellGroup(
        workload=first.workload,
        device=first.device,
        dtype=first.dtype,
        heading=", ".join((first.workload, *several.values())),
        names_device="on" in several,
        baseline=baseline,
        lines=tuple(
            _line(
                joined,
                cell,
                is_unproven=bool(control and control.is_unproven),
                qualifier=" ".join(f"{word} {name}" for word, name in several.items()),
            )
            for cell in cells
            if cell.mode != CONTROL
        ),
        control=control,
        settled=_settled(joined.ranking, first),
    )


def _settled(ranking: pd.DataFrame, cell: Cell) -> frozenset[frozenset[str]]:
    """The pairs of variants whose simultaneous interval excludes 1."""
    where = ["workload", "device", "dtype"]
    here = (ranking[where] == [getattr(cell, name) for name in where]).all(axis=1)
    apart = (ranking["ratio_low"] > 1) | (ranking["ratio_high"] < 1)
    told = ranking[here & apart]
    pairs = zip(told["variant"], told["other"], strict=True)
    return frozenset(frozenset(pair) for pair in pairs)


def _several(run: Run, cell: Cell) -> dict[str, str]:
    """What tells this cell from others of its name: its dtype, its device, or none."""
    record = run.record
    found = {}
    if len({other.dtype for other in record.cells}) > 1:
        found["in"] = str(cell.dtype)
    if len({other.device for other in record.cells}) > 1:
        found["on"] = str(cell.device)
    return found


def _line(
    joined: Joined, cell: Cell, *, is_unproven: bool, qualifier: str
) -> CellResult:
    agreement = _agreement(joined.checked(cell, joined.agreement))
    found = joined.checked(cell, joined.differences)
    located = [row_of(Difference, row) for _, row in found.iterrows()]
    located.sort(key=lambda each: each.dtype != cell.dtype)  # its own first
    return CellResult(
        cell=cell,
        agreement=agreement,
        timing=_timing(joined.timing.get(cell.key_values)),
        differences=(
            *located,
            *_unlocated(agreement, known={each.dtype for each in located}),
        ),
        qualifier=qualifier,
        is_baseline=cell.variant == joined.run.record.baseline_of(cell.workload),
        is_unproven=is_unproven,
    )


def _control(joined: Joined, cell: Cell, *, baseline: str) -> CellResult | None:
    """The second worker of the baseline; where it differs, nothing here is proven."""
    framework = baseline.partition("/")[0]
    key = (cell.workload, framework, CONTROL, cell.device, cell.dtype)
    rows = joined.timing.get(key)
    timing = _timing(rows)
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


def _by_cell(frame: pd.DataFrame) -> dict[Key, pd.DataFrame]:
    groups: Any = frame.groupby(list(KEY), sort=False)
    return dict(iter(groups))


def _timing(rows: pd.DataFrame | None) -> TimingRow | None:
    return None if rows is None else TIMING.row_of(rows.iloc[0])


def _agreement(checks: pd.DataFrame) -> Agreement | None:
    if checks.empty:
        return None
    compared = against_reference(checks)
    return Agreement(checks=checks, agrees=agree(compared), worst=worst(compared))


def worst(compared: pd.DataFrame) -> Worst | None:
    """The row that came nearest to its tolerance; ``None`` where nothing is known."""
    if compared["fraction"].isna().all():
        return None
    row = compared.iloc[int(compared["fraction"].argmax())]
    found: Worst = row_of(Worst, row)
    return found


def _unlocated(agreement: Agreement | None, *, known: set[str]) -> Iterator[Difference]:
    """Where a dtype disagrees though nobody wrote down where it differs first."""
    if agreement is None:
        return
    checks = against_reference(agreement.checks)
    named = checks["quantity"] != ""  # not so where only the verdict was kept
    wrong = checks[named & (checks["verdict"] == Verdict.DISAGREES)]
    for dtype, rows in wrong.groupby("dtype", sort=False):
        if dtype not in known:
            steps = rows.groupby(["check", "step"], sort=False, dropna=False)
            _, of_one = next(iter(steps))
            order = of_one["quantity"].map(rank).to_numpy()
            where = row_of(Difference, of_one.iloc[int(order.argmin())])
            yield replace(where, searched=False)
