"""Start costs and memory as stacked bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from compare.render.encoding import drawn, variant_rows
from compare.render.format import known, seconds, size
from compare.render.palette import MUTED, PAPER, PARTS
from compare.report.timing.cost_tables import beyond_import

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.render.encoding import Drawing
    from compare.render.svg import Spec
    from compare.results.cells import CellGroup, CellResult
    from compare.runs.rows import TimingRow

BAR_HEIGHT = 17
START_WIDTH, MEMORY_WIDTH = 195, 150  # what the labels beside the bars leave
MEBIBYTE = 2.0**20
START_PARTS = ("import", "prepare", "first call")
MEMORY_PARTS = ("after importing the framework", "beyond it")


def start_chart(comparison: CellGroup) -> Spec:
    """Import, prepare and first call; the cold start above, the warm one below."""
    rows = [row for line in comparison.lines for row in _start_rows(line)]
    chart = _stacked(
        parts=START_PARTS,
        order=[line.variant for line in comparison.lines],
        title="seconds until the first step is done",
        width=START_WIDTH,
    )
    return drawn(chart, rows=rows)


def memory_chart(comparison: CellGroup) -> Spec:
    """Peak memory of each worker: the framework's import, and the rest."""
    rows = [row for line in comparison.lines for row in _memory_rows(line)]
    chart = _stacked(
        parts=MEMORY_PARTS,
        order=[line.variant for line in comparison.lines],
        title="peak memory of the worker, MiB",
        width=MEMORY_WIDTH,
    )
    return drawn(chart, rows=rows)


def _start_rows(line: CellResult) -> Iterator[dict[str, Any]]:
    if line.timing is None:
        yield _nothing(line)
        return
    first_calls = {
        "cold": line.timing.first_call_cold_s,
        "warm": line.timing.first_call_warm_s,
    }
    for bar, first_call in first_calls.items():
        if known(first_call):
            costs = (line.timing.import_s, line.timing.prepare_s, first_call)
            yield from _bar(
                line,
                bar=bar,
                parts=dict(zip(START_PARTS, costs, strict=True)),
                label=f"{bar} {seconds(sum(costs))}",
            )


def _memory_rows(line: CellResult) -> Iterator[dict[str, Any]]:
    timing = line.timing
    if timing is None or not known(timing.peak_rss_bytes):
        yield _nothing(line)
        return
    parts = {
        MEMORY_PARTS[0]: timing.import_rss_bytes / MEBIBYTE,
        MEMORY_PARTS[1]: beyond_import(timing) / MEBIBYTE,
    }
    yield from _bar(line, bar="cold", parts=parts, label=_memory_label(timing))


def _nothing(line: CellResult) -> dict[str, Any]:
    said = line.state if line.is_missing else "not measured"
    return {"variant": line.variant, "said": said, "end": 0}


def _memory_label(timing: TimingRow) -> str:
    return f"{size(timing.peak_rss_bytes)} (+{size(beyond_import(timing))})"


def _bar(
    line: CellResult, *, bar: str, parts: dict[str, float], label: str
) -> Iterator[dict[str, Any]]:
    """The parts end to end, and a label after the last."""
    start = 0.0
    for part, value in parts.items():
        if known(value):
            row = {"variant": line.variant, "bar": bar, "part": part}
            yield row | {"start": start, "end": start + value}
            start += value
    yield {"variant": line.variant, "bar": bar, "label": label, "end": start}


def _stacked(
    *,
    parts: tuple[str, ...],
    order: list[str],
    title: str,
    width: int,
) -> Drawing:
    whole = alt.Chart(alt.NamedData(name="rows")).encode(y=variant_rows(order))
    missing = whole.transform_filter("isValid(datum.said)").mark_text(
        align="left", dx=5, color=MUTED
    )
    chart = whole.encode(yOffset=alt.YOffset("bar:N", sort=["cold", "warm"]))
    bars = chart.transform_filter("isValid(datum.part)").mark_bar(
        stroke=PAPER, strokeWidth=1
    )
    labels = chart.transform_filter("isValid(datum.label)").mark_text(
        align="left", dx=5
    )
    return alt.layer(
        bars.encode(
            x=alt.X("start:Q", title=title, axis=alt.Axis(tickCount=4, grid=False)),
            x2="end:Q",
            color=_legend(parts),
        ),
        labels.encode(x="end:Q", text="label:N"),
        missing.encode(x="end:Q", text="said:N"),
    ).properties(width=width, height=alt.Step(BAR_HEIGHT))


def _legend(parts: tuple[str, ...]) -> alt.Color:
    return alt.Color(
        "part:N",
        scale=alt.Scale(domain=list(parts), range=list(PARTS[-len(parts) :])),
        legend=alt.Legend(),
    )
