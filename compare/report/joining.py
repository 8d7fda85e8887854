"""The separate, tidy tables of a run joined into one `Comparison` a workload."""

from __future__ import annotations

from dataclasses import fields
from math import inf
from typing import TYPE_CHECKING, Any

import pandas as pd

from compare.report.comparison import Agreement, Comparison, Line, Timing, Worst
from compare.results import CONTROL, KEY, Cell

if TYPE_CHECKING:
    from compare.results import Run

DETERMINISM = "determinism"


def comparisons(run: Run) -> tuple[Comparison, ...]:
    """The run's workloads in the order in which they were asked for."""
    workloads = dict.fromkeys(cell.workload for cell in run.record.cells)
    return tuple(_comparison(run, workload) for workload in workloads)


def with_fraction(checks: pd.DataFrame) -> pd.DataFrame:
    """The rows with their error as a `fraction` of the tolerance.

    An error that is no number (the variant computed none) is beyond any tolerance.
    """
    error, tolerance = checks["max_abs_error"], checks["tolerance"]
    fraction = (error / tolerance).mask((error == 0).to_numpy(), 0.0)
    broken = error.isna() & (checks["verdict"] == "disagrees")
    return checks.assign(fraction=fraction.mask(broken.to_numpy(dtype=bool), inf))


def _comparison(run: Run, workload: str) -> Comparison:
    cells = [cell for cell in run.record.cells if cell.workload == workload]
    control = _control(run, workload)
    return Comparison(
        workload=workload,
        baseline=run.record.baseline,
        lines=tuple(
            _line(run, cell, is_unproven=bool(control and control.is_unproven))
            for cell in cells
            if cell.mode != CONTROL
        ),
        control=control,
    )


def _line(run: Run, cell: Cell, *, is_unproven: bool) -> Line:
    return Line(
        cell=cell,
        agreement=_agreement(_rows_of(run.agreement, cell)),
        timing=_timing(_rows_of(run.timing, cell)),
        is_baseline=cell.variant == run.record.baseline,
        is_unproven=is_unproven,
    )


def _control(run: Run, workload: str) -> Line | None:
    """The second worker of the baseline; where it differs, nothing here is proven."""
    rows = run.timing[
        (run.timing["workload"] == workload) & (run.timing["mode"] == CONTROL)
    ]
    timing = _timing(rows)
    if timing is None:
        return None
    row = {name: rows.iloc[0][name] for name in (*KEY, "captures")}
    cell = Cell(**row, family="", status="ok")
    return Line(
        cell=cell,
        agreement=None,
        timing=timing,
        is_control=True,
        is_unproven=timing.excludes_one,
    )


def _rows_of(frame: pd.DataFrame, cell: Cell) -> pd.DataFrame:
    """A cell's rows. Not by dtype: agreement is checked in float64 as well."""
    return frame[
        (frame["workload"] == cell.workload)
        & (frame["framework"] == cell.framework)
        & (frame["mode"] == cell.mode)
        & (frame["device"] == cell.device)
    ]


def _timing(rows: pd.DataFrame) -> Timing | None:
    if rows.empty:
        return None
    row = rows.iloc[0]
    return Timing(**{field.name: _value(row[field.name]) for field in fields(Timing)})


def _value(value: Any) -> Any:  # noqa: ANN401 - a cell of a DataFrame
    """A pandas scalar as Python's own; a missing whole number becomes ``None``."""
    return None if value is pd.NA else value


def _agreement(rows: pd.DataFrame) -> Agreement | None:
    if rows.empty:
        return None
    checks = with_fraction(rows)
    compared = checks[checks["check"] != DETERMINISM]
    repeated = checks[checks["check"] == DETERMINISM]
    return Agreement(
        checks=checks,
        agrees=bool((compared["verdict"] == "agrees").all()) if len(compared) else None,
        worst=worst(compared),
        spread=float(repeated["max_abs_error"].max()),
    )


def worst(compared: pd.DataFrame) -> Worst | None:
    """The row that came nearest to its tolerance; ``None`` where nothing is known."""
    if compared["fraction"].isna().all():
        return None
    row = compared.iloc[int(compared["fraction"].argmax())]
    return Worst(
        check=row["check"],
        dtype=row["dtype"],
        step=_value(row["step"]),
        quantity=row["quantity"],
        error=row["max_abs_error"],
        floors=row["floors"],
        fraction=row["fraction"],
    )
