"""Loss and validation accuracy per epoch, and how far the variants lie apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from compare.render.format import DASH, known, percent, significant
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
LOSS_DIGITS = 5  # the curves lie on each other: three digits would all be the same


@dataclass(frozen=True, kw_only=True)
class Spread:
    """How far the variants lie apart in one metric, at the epoch where it is most."""

    metric: str
    epoch: int
    difference: float
    lowest: str
    highest: str
    last_low: float
    last_high: float


def learning_of(run: Run, comparison: CellGroup) -> pd.DataFrame:
    """A workload's learning curves: it trains on the first device, in the first dtype.

    Empty for every other comparison.
    """
    request = run.record.request
    trained = (comparison.device, comparison.dtype) == (request.device, request.dtype)
    named = run.learning["workload"] == comparison.workload
    return run.learning[named & trained]


def curves(learning: pd.DataFrame, *, workload: str) -> Table:
    """One row a variant and epoch."""
    return tabulate(
        f"{workload}: loss and validation accuracy per epoch",
        fields=(
            Field(title="variant", show=lambda x: x["variant"], kind="word"),
            Field(title="epoch", show=lambda x: f"{x['epoch']}"),
            *(
                Field(title=title, show=_of_metric(metric))
                for metric, title in METRICS.items()
            ),
        ),
        items=_rows(learning),
    )


def _rows(learning: pd.DataFrame) -> list[dict[str, Any]]:
    names = ["variant", "epoch", *METRICS]
    return [dict(zip(names, row, strict=True)) for row in learning[names].to_numpy()]


def spreads(learning: pd.DataFrame, *, workload: str) -> Table:
    """The largest difference between two variants in each metric."""
    found = [_spread(learning, metric) for metric in METRICS]
    return tabulate(
        f"{workload}: largest difference between the variants",
        fields=(
            Field(title="metric", show=lambda x: METRICS[x.metric], kind="word"),
            Field(title="largest difference", show=_difference),
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
            Field(title="after the last epoch", show=_after_last),
        ),
        items=[spread for spread in found if spread],
    )


def shown_metric(metric: str, value: float) -> str:
    """Validation accuracy as a percentage, a loss as it is."""
    if metric == "valid_accuracy":
        return percent(value)
    return significant(value, digits=LOSS_DIGITS)


def _of_metric(metric: str) -> Callable[[dict[str, float]], str]:
    return lambda row: shown_metric(metric, row[metric])


def _spread(learning: pd.DataFrame, metric: str) -> Spread | None:
    table = learning.pivot_table(index="epoch", columns="variant", values=metric)
    if table.shape[1] < 2 or table.empty:  # noqa: PLR2004 - it takes two to differ
        return None
    apart = table.max(axis=1) - table.min(axis=1)
    widest = int(apart.argmax())
    then, last = table.iloc[widest], table.iloc[-1]
    return Spread(
        metric=metric,
        epoch=int(table.index[widest]),
        difference=float(apart.max()),
        lowest=str(then.idxmin()),
        highest=str(then.idxmax()),
        last_low=float(last.min()),
        last_high=float(last.max()),
    )


def _difference(spread: Spread) -> str:
    if not known(spread.difference):
        return DASH
    if spread.metric == "valid_accuracy":
        return f"{significant(spread.difference * 100)} percentage points"
    return significant(spread.difference)


def _after_last(spread: Spread) -> str:
    ends = (spread.last_low, spread.last_high)
    return " to ".join(dict.fromkeys(shown_metric(spread.metric, end) for end in ends))
