"""Tables of the format in which operations sum, for variants in 16-bit formats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.agreement.precision import ROUNDED_ONCE
from compare.render.format import format_percent
from compare.render.table import Field, Table, Value, tabulate
from compare.runs.words import Status
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from compare.runs.folder import Run

HIDDEN = "not visible in this mode"


@dataclass(frozen=True, kw_only=True)
class SummedVariant:
    """A variant in a format: for each operation, the share of results rounded once."""

    variant: str
    shares: dict[str, tuple[float, ...]]  # over workloads; usually equal


def tabulate_precision(run: Run) -> tuple[Table, ...]:
    """Return one table per device and 16-bit format of a run."""
    rows = run.precision
    keys = rows[["device", "dtype"]].drop_duplicates().itertuples(index=False)
    return tuple(
        _tabulate_format(
            run, rows[(rows["device"] == device) & (rows["dtype"] == dtype)]
        )
        for device, dtype in keys
    )


def _tabulate_format(run: Run, rows: pd.DataFrame) -> Table:
    dtype, device = rows["dtype"].iloc[0], rows["device"].iloc[0]
    operations = list(dict.fromkeys(rows["operation"]))
    variants = list(_list_variants(run, rows, dtype=dtype, device=device))
    on = f" on {device}" * (len(run.record.request.devices) > 1)
    return tabulate(
        f"{dtype}{on}: format in which operations sum",
        fields=(
            Field(title="variant", show=lambda x: x.variant, kind="word"),
            *(_build_field(operation, dtype=dtype) for operation in operations),
        ),
        items=variants,
        note=" ".join(
            _describe_operation(each, variants, dtype=dtype) for each in operations
        ),
    )


def _list_variants(
    run: Run, rows: pd.DataFrame, *, dtype: str, device: str
) -> Iterator[SummedVariant]:
    """Yield every variant that ran in the format, also without visible operations."""
    ran = dict.fromkeys(
        cell.variant
        for cell in run.record.cells
        if (cell.dtype, cell.device, cell.status) == (dtype, device, Status.OK)
    )
    names = rows["framework"] + "/" + rows["mode"]
    for variant in ran:
        shares = rows[names == variant].groupby("operation", sort=False)["rounded_once"]
        yield SummedVariant(
            variant=variant,
            shares={str(name): tuple(sorted(set(s))) for name, s in shares},
        )


def _build_field(operation: str, *, dtype: str) -> Field[SummedVariant]:
    def show(variant: SummedVariant) -> Value | str:
        shares = variant.shares.get(operation)
        if not shares:
            return Value(text=HIDDEN, tone="quiet")
        figures = " to ".join(
            dict.fromkeys(format_percent(s) for s in (shares[0], shares[-1]))
        )
        sums = "wider" if _is_wide(shares) else f"in {dtype}"
        return f"sums {sums} ({figures})"

    return Field(title=operation, show=show, kind="word")


def _is_wide(shares: tuple[float, ...]) -> bool:
    return shares[0] > ROUNDED_ONCE


def _describe_operation(
    operation: str, variants: list[SummedVariant], *, dtype: str
) -> str:
    """Return which variants sum in the format itself, as a sentence."""
    shown = [each for each in variants if operation in each.shares]
    narrow = [each.variant for each in shown if not _is_wide(each.shares[operation])]
    name = operation[:1].upper() + operation[1:]
    if not narrow:
        return f"{name}: summed in a wider format everywhere, rounded to {dtype} once."
    if len(narrow) == len(shown):
        return f"{name}: summed in {dtype} itself everywhere."
    names = join_words(narrow, conjunction="and")
    return f"{name}: summed in {dtype} itself by {names}, in a wider format elsewhere."
