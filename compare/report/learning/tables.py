"""Tables of loss and validation accuracy per epoch, and of their spread."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, isnan, nan
from typing import TYPE_CHECKING, Any

from compare.render.format import DASH, format_number, format_percent
from compare.render.table import Field, Table, tabulate

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from compare.results.cells import CellGroup
    from compare.runs.folder import Run

METRICS = {
    "train_loss": "training loss",
    "valid_loss": "validation loss",
    "valid_accuracy": "validation accuracy",
}
LOSS_DIGITS = 5  # the curves nearly coincide: three digits would be equal


@dataclass(frozen=True, kw_only=True)
class Spread:
    """The largest difference between variants in one metric, and its epoch."""

    metric: str
    last_low: float
    last_high: float
    # Without a value if there is no epoch in which all values are finite.
    difference: float = 0.0
    epoch: int = 0
    lowest: str = ""
    highest: str = ""


def select_learning(run: Run, group: CellGroup) -> pd.DataFrame:
    """Return a workload's learning curves.

    Training uses the first device and the first dtype of a run; the result is empty for
    groups of others.
    """
    request = run.record.request
    trained = (group.device, group.dtype) == (request.device, request.dtype)
    named = run.learning["workload"] == group.workload
    return run.learning[named & trained]


def tabulate_curves(learning: pd.DataFrame, *, workload: str) -> Table:
    """Return one row per variant and epoch."""
    return tabulate(
        f"{workload}: loss and validation accuracy per epoch",
        fields=(
            Field(title="variant", show=lambda x: x["variant"], kind="word"),
            Field(title="epoch", show=lambda x: f"{x['epoch']}"),
            *(
                Field(title=title, show=_build_show(metric))
                for metric, title in METRICS.items()
            ),
        ),
        items=_list_rows(learning),
    )


def _list_rows(learning: pd.DataFrame) -> list[dict[str, Any]]:
    names = ["variant", "epoch", *METRICS]
    return [dict(zip(names, row, strict=True)) for row in learning[names].to_numpy()]


def tabulate_spreads(learning: pd.DataFrame, *, workload: str) -> Table:
    """Return the largest difference between two variants in each metric."""
    found = [_find_spread(learning, metric) for metric in METRICS]
    return tabulate(
        f"{workload}: largest difference between the variants",
        fields=(
            Field(title="metric", show=lambda x: METRICS[x.metric], kind="word"),
            Field(title="largest difference", show=_show_difference),
            Field(
                title="in epoch", show=lambda x: f"{x.epoch}" if x.difference else DASH
            ),
            Field(
                title="lowest",
                show=lambda x: x.lowest if x.difference else DASH,
                kind="word",
            ),
            Field(
                title="highest",
                show=lambda x: x.highest if x.difference else DASH,
                kind="word",
            ),
            Field(title="after the last epoch", show=_show_last),
        ),
        items=[spread for spread in found if spread],
    )


def format_metric(metric: str, value: float) -> str:
    """Return an accuracy as a percentage, or a loss as a number.

    Every metric was measured: NaN is a result of the training, not a missing value.
    """
    if isnan(value):
        return "NaN"
    if metric == "valid_accuracy":
        return format_percent(value)
    return format_number(value, digits=LOSS_DIGITS)


def _build_show(metric: str) -> Callable[[dict[str, float]], str]:
    return lambda row: format_metric(metric, row[metric])


def _find_spread(learning: pd.DataFrame, metric: str) -> Spread | None:
    table = learning.pivot_table(
        index="epoch", columns="variant", values=metric, dropna=False
    )
    if table.shape[1] < 2 or table.empty:  # noqa: PLR2004 - it takes two to differ
        return None
    # After a training diverged, there is no difference.
    finite = table.replace([inf, -inf], nan).dropna()
    last = table.iloc[-1]
    last_values = Spread(
        metric=metric,
        last_low=float(last.min(skipna=False)),
        last_high=float(last.max(skipna=False)),
    )
    if finite.empty:
        return last_values
    apart = finite.max(axis=1) - finite.min(axis=1)
    widest = int(apart.argmax())
    then = finite.iloc[widest]
    return replace(
        last_values,
        epoch=int(finite.index[widest]),
        difference=float(apart.max()),
        lowest=str(then.idxmin()),
        highest=str(then.idxmax()),
    )


def _show_difference(spread: Spread) -> str:
    if not spread.epoch:
        return DASH
    if spread.metric == "valid_accuracy":
        return f"{format_number(spread.difference * 100)} percentage points"
    return format_number(spread.difference)


def _show_last(spread: Spread) -> str:
    ends = (spread.last_low, spread.last_high)
    return " to ".join(dict.fromkeys(format_metric(spread.metric, end) for end in ends))
