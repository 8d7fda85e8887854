"""How near each variant comes to the reference, and to itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.report.format import DASH, known, significant
from compare.report.joining import DETERMINISM, worst
from compare.report.table import Field, Table, Value, tabulate
from compare.report.verdict_tables import toned

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from compare.report.comparison import Comparison, Line

TRAJECTORY = "trajectory"


@dataclass(frozen=True, kw_only=True)
class Checked:
    """One variant's checks in one dtype."""

    line: Line
    dtype: str
    checks: pd.DataFrame

    @property
    def compared(self) -> pd.DataFrame:
        """The checks against the reference."""
        return self.checks[self.checks["check"] != DETERMINISM]


def agreement(comparison: Comparison) -> Table:
    """One row a variant and dtype: the largest error, where, and the verdict."""
    return tabulate(
        f"{comparison.workload}: agreement with the NumPy reference",
        fields=(
            Field(title="variant", show=lambda x: x.line.variant, kind="word"),
            Field(title="checked in", show=lambda x: x.dtype, kind="word"),
            Field(title="compared", show=lambda x: f"{len(x.compared):,}"),
            Field(title="error / tolerance", show=_largest_error),
            Field(title="floors", show=_floors),
            Field(title="where", show=_where, kind="word"),
            Field(title="repeats exactly?", show=_repeated, kind="word"),
            Field(title="verdict", show=_verdict, kind="word"),
        ),
        items=_checked(comparison),
        note="Error: of the tensor nearest to its tolerance. Floors: the same error "
        "divided by what rounding alone costs there.",
    )


def dtypes(comparison: Comparison) -> tuple[str, ...]:
    """The dtypes in which a workload's trajectories were checked, widest first."""
    found = {
        dtype
        for _, agreement in comparison.checked
        for dtype in _trajectory_rows(agreement.checks)["dtype"]
    }
    return tuple(sorted(found, reverse=True))


def per_step(comparison: Comparison, *, dtype: str) -> dict[str, dict[int, float]]:
    """Variant -> trajectory step -> largest error as a fraction of its tolerance."""
    return {
        line.variant: largest
        for line, agreement in comparison.checked
        if (largest := _largest_per_step(agreement.checks, dtype=dtype))
    }


def floor_per_step(comparison: Comparison, *, dtype: str) -> dict[int, float]:
    """Trajectory step -> the rounding floor as a fraction of the tolerance there.

    The largest over the tensors, so that it can stand beside the largest error.
    """
    floors: dict[int, float] = {}
    for _, agreement in comparison.checked:
        rows = _trajectory_rows(agreement.checks)
        rows = rows[(rows["dtype"] == dtype) & (rows["floors"] > 0)]
        shares = rows["fraction"] / rows["floors"]
        for step, share in _largest(shares, steps=rows["step"]).items():
            floors[step] = max(share, floors.get(step, 0.0))
    return floors


def trajectory(comparison: Comparison, *, dtype: str) -> Table:
    """One row a step, one column a variant."""
    errors = per_step(comparison, dtype=dtype)
    steps = sorted({step for series in errors.values() for step in series})

    def shown(variant: str) -> Field[int]:
        series = errors[variant]
        return Field(title=variant, show=lambda step: significant(series.get(step)))

    return tabulate(
        f"{comparison.workload}, {dtype}: largest error per step, as a fraction of its "
        "tolerance",
        fields=(
            Field(title="step", show=lambda step: f"{step}"),
            *(shown(variant) for variant in errors),
        ),
        items=steps,
    )


def _trajectory_rows(checks: pd.DataFrame) -> pd.DataFrame:
    return checks[checks["check"] == TRAJECTORY]


def _largest_per_step(checks: pd.DataFrame, *, dtype: str) -> dict[int, float]:
    rows = _trajectory_rows(checks)
    rows = rows[rows["dtype"] == dtype]
    return _largest(rows["fraction"], steps=rows["step"])


def _largest(values: pd.Series[float], *, steps: pd.Series[int]) -> dict[int, float]:
    largest = values.groupby(steps).max()
    return dict(zip(largest.index.tolist(), largest.tolist(), strict=True))


def _checked(comparison: Comparison) -> Iterator[Checked]:
    for line, agreement in comparison.checked:
        for dtype, checks in agreement.checks.groupby("dtype", sort=False):
            yield Checked(line=line, dtype=str(dtype), checks=checks)


def _largest_error(row: Checked) -> str:
    found = worst(row.compared)
    return significant(found.fraction) if found else DASH


def _floors(row: Checked) -> str:
    found = worst(row.compared)
    return significant(found.floors) if found else DASH


def _where(row: Checked) -> str:
    found = worst(row.compared)
    if found is None:
        return DASH
    return found.place


def _repeated(row: Checked) -> str:
    """A spread is no failure: it is reported, and the tolerance must cover it."""
    repeated = row.checks[row.checks["check"] == DETERMINISM]
    spread = float(repeated["max_abs_error"].max())
    if not known(spread):
        return DASH
    return f"no: differs by {significant(spread)}" if spread > 0 else "yes"


def _verdict(row: Checked) -> Value:
    if row.compared.empty:
        return Value(text=DASH)
    agrees = bool((row.compared["verdict"] == "agrees").all())
    return toned("agrees" if agrees else "disagrees")
