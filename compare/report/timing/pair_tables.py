"""Pairs of variants next to each other: versions of a framework, mode by mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.render.format import (
    DASH,
    format_bytes,
    format_ratio,
    format_seconds,
    is_known,
)
from compare.render.table import Field, tabulate
from compare.report.timing.verdict_tables import (
    AGREES,
    STEP_TIME,
    describe_disturbance,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from compare.render.table import Table, Value
    from compare.results.cells import CellGroup, CellResult
    from compare.results.pairs import TimedPair
    from compare.runs.rows import TimingRow


NOTE = (
    "The step time of the second over that of the first, in the same rounds, with its "
    "interval. Other columns with an arrow: first → second."
)


def tabulate_installations(
    pairs: Sequence[TimedPair], groups: Sequence[CellGroup]
) -> Iterator[Table]:
    """Yield the installations of a framework, mode by mode, if there are several."""
    if not pairs:
        return
    yield tabulate(
        "Installations of a framework, mode by mode",
        fields=(
            Field(title="workload", show=lambda p: p.first.cell.workload, kind="word"),
            Field(title="first", show=lambda p: p.first.variant, kind="word"),
            Field(title="second", show=lambda p: p.second.variant, kind="word"),
            RATIO,
            _of_second(STEP_TIME),
            _of_second(AGREES),
            Field(
                title="captures",
                show=_show_both(lambda cell: cell.captures),
                kind="word",
            ),
            Field(title="graphs", show=_show_both(_show_captured)),
            Field(
                title="first call, cold",
                show=_show_both(
                    _show_timing(lambda t: format_seconds(t.first_call_cold_s))
                ),
            ),
            Field(
                title="peak memory",
                show=_show_both(_show_timing(lambda t: format_bytes(t.peak_rss_bytes))),
            ),
        ),
        items=pairs,
        note=" ".join(
            [NOTE, *dict.fromkeys(map(describe_disturbance, groups))]
        ).rstrip(),
    )


def _show_ratio(pair: TimedPair) -> str:
    ratio = pair.ratio
    return (
        format_ratio(ratio.estimate, ratio.low, ratio.high)
        if is_known(ratio.estimate)
        else DASH
    )


RATIO: Field[TimedPair] = Field(title="second / first", show=_show_ratio)


def _of_second(field: Field[CellResult]) -> Field[TimedPair]:
    """Return a column of cells that shows the second cell of a pair."""

    def show(pair: TimedPair) -> Value | str:
        return field.show(pair.second)

    return Field(title=field.title, show=show, kind=field.kind)


def _show_both(show: Callable[[CellResult], str]) -> Callable[[TimedPair], str]:
    """Return a function that shows both cells, or one text if it is the same."""

    def show_pair(pair: TimedPair) -> str:
        first, second = show(pair.first), show(pair.second)
        return first if first == second else f"{first} → {second}"

    return show_pair


def _show_timing(show: Callable[[TimingRow], str]) -> Callable[[CellResult], str]:
    return lambda cell: show(cell.timing) if cell.timing else DASH


def _show_captured(cell: CellResult) -> str:
    timing = cell.timing
    if timing is None or timing.captures_count is None:
        return DASH
    return f"{timing.captures_count}"
