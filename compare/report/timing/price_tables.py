"""What changing shapes cost: captures, recaptures, first calls, memory, by variant."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import isfinite
from typing import TYPE_CHECKING

from compare.contract import Captures
from compare.render.format import (
    DASH,
    format_bytes,
    format_integer,
    format_number,
    format_seconds,
    format_steps,
    is_known,
)
from compare.render.table import Field, Value, tabulate
from compare.report.timing.verdict_tables import CAPTURES, REASON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from compare.render.table import Table
    from compare.results.cells import CellResult
    from compare.results.sweep import Sweep, SweptVariant
    from compare.runs.rows import TimingRow

NS = 1e9  # in a second


@dataclass(frozen=True, kw_only=True)
class PricedCell:
    """One variant at one value of the size."""

    value: float
    cell: CellResult

    @property
    def timing(self) -> TimingRow | None:
        """Its timing, if it was timed."""
        return self.cell.timing


@dataclass(frozen=True, kw_only=True)
class NamedVariant:
    """One variant of one of several sweeps."""

    workload: str
    values: tuple[float, ...]
    swept: SweptVariant


def tabulate_price(sweep: Sweep) -> Iterator[Table]:
    """Yield what every variant paid at every size, if shapes or structures change.

    The first call runs one step of each shape or structure. Its time, with an empty
    compile cache, is the price of capturing all of them.
    """
    if not sweep.changes_structure:
        return
    points = [
        PricedCell(value=value, cell=cell)
        for swept in sweep.variants
        for value, cell in swept.cells
    ]
    yield tabulate(
        f"{sweep.heading}: the price of changing shapes, by {sweep.size}",
        fields=(
            Field(title="variant", show=lambda p: p.cell.variant, kind="word"),
            Field(title=sweep.size, show=lambda p: f"{p.value:g}"),
            Field(title="steps per second", show=_show_rate),
            Field(title="captures", show=lambda p: CAPTURES.show(p.cell), kind="word"),
            Field(title="captured", show=_show(lambda t: _count(t.captures_count))),
            Field(title="recaptured", show=_show(lambda t: _count(t.recaptures))),
            Field(
                title="first calls, cold",
                show=_show(lambda t: format_seconds(t.first_call_cold_s)),
            ),
            Field(title="per shape", show=_show(_format_first_call)),
            Field(title="break-even, steps per shape", show=_show_break_even),
            Field(
                title="peak memory",
                show=_show(lambda t: format_bytes(t.peak_rss_bytes)),
            ),
            Field(
                title="reason",
                show=lambda p: REASON.show(p.cell),
                kind="prose",
                optional=True,
            ),
        ),
        items=points,
        note="captured: graphs until the end of the timing. recaptured: those of them "
        "after the warm-up. First calls run one step of each shape or structure, with "
        "an empty compile cache. Break-even: total steps, divided by the shapes.",
    )


def tabulate_workloads(sweeps: Sequence[Sweep]) -> Iterator[Table]:
    """Yield the steps per second of all workloads over one size, next to each other.

    None for a single workload. A workload that pads its batches is compared in this
    way with one that does not.
    """
    if len({sweep.heading for sweep in sweeps}) < 2:  # noqa: PLR2004 - several
        return
    values = sorted({value for sweep in sweeps for value in sweep.values})
    items = [
        NamedVariant(workload=sweep.heading, values=sweep.values, swept=swept)
        for sweep in sweeps
        for swept in sweep.variants
    ]
    order = list(dict.fromkeys(each.swept.variant for each in items))
    items.sort(key=lambda each: order.index(each.swept.variant))
    yield tabulate(
        f"Steps per second of every workload, by {sweeps[0].size}",
        fields=(
            Field(title="variant", show=lambda x: x.swept.variant, kind="word"),
            Field(title="workload", show=lambda x: x.workload, kind="word"),
            *(
                Field(title=f"{value:g}", show=partial(_show_rate_at, value=value))
                for value in values
            ),
        ),
        items=items,
        note="Workloads are timed one after another, so their ratios have no interval. "
        "not captured: the steps ran eagerly, all or some of them.",
    )


def _show_rate_at(named: NamedVariant, *, value: float) -> Value | str:
    cell = dict(named.swept.cells).get(value)
    if cell is None or (cell.timing is None and not cell.is_missing):
        return DASH
    if cell.is_missing or cell.timing is None:
        return Value(text=cell.state, tone="bad")
    rate = _format_rate(cell.timing)
    if cell.timing.captures == Captures.NOT_CAPTURED:
        return Value(text=f"{rate} ({Captures.NOT_CAPTURED})", tone="bad")
    return rate


def _show_rate(point: PricedCell) -> Value | str:
    if point.cell.is_missing:
        return Value(text=point.cell.state, tone="bad")
    return _format_rate(point.timing) if point.timing else DASH


def _show(show: Callable[[TimingRow], str]) -> Callable[[PricedCell], str]:
    """Return a function of a point that shows its timing, or a dash without one."""
    return lambda point: show(point.timing) if point.timing else DASH


def _format_rate(timing: TimingRow) -> str:
    known = is_known(timing.step_time_ns) and timing.step_time_ns > 0
    return format_number(NS / timing.step_time_ns) if known else DASH


def _format_first_call(timing: TimingRow) -> str:
    return format_seconds(timing.first_call_cold_s / timing.first_steps)


def _show_break_even(point: PricedCell) -> str:
    if point.timing is None or not point.cell.is_compared:
        return DASH
    steps = point.timing.break_even_steps
    if not is_known(steps):
        return DASH
    if not isfinite(steps):
        return "never"
    return format_steps(steps / point.timing.first_steps)


def _count(number: int | None) -> str:
    return format_integer(number)
