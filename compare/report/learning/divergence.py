"""Sentences on trainings that diverged: a loss that is not a finite number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.report.learning.tables import METRICS, select_learning
from compare.results.cells import join_labels

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from compare.results.cells import CellGroup
    from compare.runs.folder import Run


def describe_divergences(run: Run, groups: Sequence[CellGroup]) -> Iterator[str]:
    """Yield a sentence per workload and epoch in which a training diverged."""
    for group in groups:
        every = {line.variant for line in group.lines}
        first = find_diverged_epochs(select_learning(run, group))
        for epoch in sorted({*first.values()}):
            labels = [
                line.label for line in group.lines if first.get(line.variant) == epoch
            ]
            yield (
                f"Training diverged in {join_labels(labels, every=every)}: a loss or "
                f"an accuracy is not a finite number from epoch {epoch} on."
            )


def find_diverged_epochs(learning: pd.DataFrame) -> dict[str, int]:
    """Return the first epoch with a metric that is not finite, by variant."""
    is_finite = np.isfinite(learning[list(METRICS)]).all(axis=1)
    diverged = learning[~is_finite]
    return {
        str(variant): int(epoch)
        for variant, epoch in diverged.groupby("variant")["epoch"].min().items()
    }
