"""The table of places where modes left their graphs or captured again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.files import shorten_path
from compare.render.table import Field, Table, tabulate
from compare.runs.tables import BREAKS

if TYPE_CHECKING:
    import pandas as pd

    from compare.runs.rows import BreakRow


def tabulate_breaks(breaks: pd.DataFrame) -> Table | None:
    """Return one row per place; ``None`` without any.

    Cells of other dtypes and devices that have the same break share its row.
    """
    rows = [BREAKS.row_of(series) for _, series in breaks.iterrows()]
    by_place = {_place_key(row): row for row in rows}
    if not by_place:
        return None
    return tabulate(
        "Graph breaks and recaptures",
        fields=(
            Field(title="workload", show=lambda row: row.workload, kind="word"),
            Field(
                title="variant",
                show=lambda row: f"{row.framework}/{row.mode}",
                kind="word",
            ),
            Field(title="kind", show=lambda row: str(row.kind), kind="word"),
            Field(title="place", show=_format_place, kind="prose"),
            Field(title="reason", show=_format_reason, kind="prose"),
            Field(title="hint", show=lambda row: row.hint, kind="prose"),
        ),
        items=by_place.values(),
    )


def _place_key(row: BreakRow) -> tuple[object, ...]:
    variant = (row.workload, row.framework, row.mode)
    return (*variant, row.kind, row.file, row.line, row.reason)


def _format_place(row: BreakRow) -> str:
    return f"{shorten_path(row.file)}:{row.line}" if row.file else ""


def _format_reason(row: BreakRow) -> str:
    is_new = row.argument and row.argument not in row.reason
    return f"{row.reason} ({row.argument})" if is_new else row.reason
