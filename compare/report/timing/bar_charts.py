"""Start costs and memory as stacked bars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import altair as alt

from compare.render.encoding import encode_variants, make_spec
from compare.render.format import format_bytes, format_seconds, is_known
from compare.render.palette import MUTED, PAPER, PARTS
from compare.report.timing.cost_tables import bytes_beyond_import

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.render.encoding import Drawing
    from compare.render.svg import Spec
    from compare.results.cells import CellGroup, CellResult
    from compare.runs.rows import TimingRow

BAR_HEIGHT = 17
START_WIDTH, MEMORY_WIDTH = 195, 150  # pixels left next to the labels of the bars
MEBIBYTE = 2.0**20
START_PARTS = ("import", "prepare", "first call")
MEMORY_PARTS = ("after importing the framework", "in addition")


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar: its parts from left to right, and a label after the last part."""

    variant: str
    name: str  # ``cold`` or ``warm``
    parts: dict[str, float]
    label: str

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the data of the parts, end to end, and of the label."""
        start = 0.0
        for part, value in self.parts.items():
            if is_known(value):
                row = {"variant": self.variant, "bar": self.name, "part": part}
                yield row | {"start": start, "end": start + value}
                start += value
        row = {"variant": self.variant, "bar": self.name}
        yield row | {"label": self.label, "end": start}


def draw_start_chart(group: CellGroup) -> Spec:
    """Return import, prepare and first call: the cold start above the warm one."""
    rows = [row for cell in group.lines for row in _start_rows(cell)]
    chart = _stack_bars(
        parts=START_PARTS,
        order=[cell.variant for cell in group.lines],
        title="seconds until the first step is done",
        width=START_WIDTH,
    )
    return make_spec(chart, rows=rows)


def draw_memory_chart(group: CellGroup) -> Spec:
    """Return the peak memory of each worker: the framework's import, and the rest."""
    rows = [row for cell in group.lines for row in _memory_rows(cell)]
    chart = _stack_bars(
        parts=MEMORY_PARTS,
        order=[cell.variant for cell in group.lines],
        title="peak memory of the worker, MiB",
        width=MEMORY_WIDTH,
    )
    return make_spec(chart, rows=rows)


def _start_rows(cell: CellResult) -> Iterator[dict[str, Any]]:
    timing = cell.timing
    first_calls = (
        {"cold": timing.first_call_cold_s, "warm": timing.first_call_warm_s}
        if timing
        else {}
    )
    bars = [
        _make_start_bar(cell.variant, name, (timing.import_s, timing.prepare_s, call))
        for name, call in first_calls.items()
        if timing and is_known(call)
    ]
    if not bars:
        yield _missing_row(cell)
    for bar in bars:
        yield from bar.rows()


def _make_start_bar(variant: str, name: str, costs: tuple[float, float, float]) -> Bar:
    total = sum(costs)
    return Bar(
        variant=variant,
        name=name,
        parts=dict(zip(START_PARTS, costs, strict=True)),
        label=f"{name} {format_seconds(total)}"
        if is_known(total)
        else f"{name}, total unknown",
    )


def _memory_rows(cell: CellResult) -> Iterator[dict[str, Any]]:
    timing = cell.timing
    if timing is None or not is_known(timing.peak_rss_bytes):
        yield _missing_row(cell)
        return
    beyond = bytes_beyond_import(timing)
    parts = (timing.import_rss_bytes, beyond)
    bar = Bar(
        variant=cell.variant,
        name="cold",
        parts={
            part: value / MEBIBYTE
            for part, value in zip(MEMORY_PARTS, parts, strict=True)
        },
        label=_label_memory(timing),
    )
    yield from bar.rows()


def _label_memory(timing: TimingRow) -> str:
    beyond = bytes_beyond_import(timing)
    added = f" (+{format_bytes(beyond)})" if is_known(beyond) else ""
    return f"{format_bytes(timing.peak_rss_bytes)}{added}"


def _missing_row(cell: CellResult) -> dict[str, Any]:
    reason = cell.state if cell.is_missing else "not measured"
    return {"variant": cell.variant, "missing": reason, "end": 0}


def _stack_bars(
    *,
    parts: tuple[str, ...],
    order: list[str],
    title: str,
    width: int,
) -> Drawing:
    chart = alt.Chart(alt.NamedData(name="rows")).encode(y=encode_variants(order))
    missing = chart.transform_filter("isValid(datum.missing)").mark_text(
        align="left", dx=5, color=MUTED
    )
    pairs = chart.encode(yOffset=alt.YOffset("bar:N", sort=["cold", "warm"]))
    bars = pairs.transform_filter("isValid(datum.part)").mark_bar(
        stroke=PAPER, strokeWidth=1
    )
    labels = pairs.transform_filter("isValid(datum.label)").mark_text(
        align="left", dx=5
    )
    return alt.layer(
        bars.encode(
            x=alt.X("start:Q", title=title, axis=alt.Axis(tickCount=4, grid=False)),
            x2="end:Q",
            color=_colour_parts(parts),
        ),
        labels.encode(x="end:Q", text="label:N"),
        missing.encode(x="end:Q", text="missing:N"),
    ).properties(width=width, height=alt.Step(BAR_HEIGHT))


def _colour_parts(parts: tuple[str, ...]) -> alt.Color:
    return alt.Color(
        "part:N",
        scale=alt.Scale(domain=list(parts), range=list(PARTS[-len(parts) :])),
        legend=alt.Legend(),
    )
