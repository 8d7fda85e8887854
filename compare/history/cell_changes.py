"""Find what changed in a cell between two runs, apart from its step time.

Outcomes, agreement, graphs and costs have no interval. A worse outcome or graph is a
regression. A cost is reported and not judged, because a run pays it only once or a few
times.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.contract import Captures
from compare.render.format import format_bytes, format_integer, format_seconds, is_known
from compare.results.agreement_words import describe_agreement
from compare.runs.words import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from compare.results.cells import CellResult
    from compare.runs.rows import TimingRow

NOTABLE_FACTOR = 1.10  # a smaller change of a cost makes no difference to a user
NOTABLE_S = 0.05  # a smaller change of a first call is mostly noise of the machine
NOTABLE_BYTES = 2**20

NOT_COMPARED = "not compared"
DURATIONS = {
    "first_call_cold_s": "first call, cold",
    "first_call_warm_s": "first call, warm",
}
SIZES = {"peak_rss_bytes": "peak memory", "peak_device_bytes": "peak device memory"}
WORSE_IF_MORE = {"recaptures": "recaptures", "graph_breaks": "graph breaks"}
COUNTS = {**WORSE_IF_MORE, "captures_count": "number of captures"}


@dataclass(frozen=True, kw_only=True)
class CellChange:
    """One property of a cell that differs between two runs."""

    what: str
    before: str
    after: str
    is_regression: bool = False


def find_cell_changes(before: CellResult, after: CellResult) -> Iterator[CellChange]:
    """Yield every notable change except that of the step time, most serious first."""
    if before.state != after.state:
        yield CellChange(
            what="outcome",
            before=_format_outcome(before),
            after=_format_outcome(after),
            is_regression=before.state is Status.OK,
        )
    if before.is_missing or after.is_missing:
        return
    yield from _compare_agreement(before, after)
    yield from _compare_captures(before, after)
    if before.timing and after.timing:
        yield from _compare_counts(before.timing, after.timing)
        yield from _compare_costs(before.timing, after.timing)


def _format_outcome(line: CellResult) -> str:
    return f"{line.state}: {line.brief_reason}" if line.is_missing else line.state


def _compare_agreement(before: CellResult, after: CellResult) -> Iterator[CellChange]:
    one, other = (
        line.agreement.agrees if line.agreement else None for line in (before, after)
    )
    if one is not other:
        yield CellChange(
            what="agreement",
            before=describe_agreement(before.agreement) or NOT_COMPARED,
            after=describe_agreement(after.agreement) or NOT_COMPARED,
            is_regression=one is True and other is False,
        )


def _compare_captures(before: CellResult, after: CellResult) -> Iterator[CellChange]:
    if before.captures != after.captures:
        yield CellChange(
            what="captures",
            before=before.captures,
            after=after.captures,
            is_regression=after.breaks_declaration
            or after.captures == Captures.NOT_CAPTURED,
        )


def _compare_counts(before: TimingRow, after: TimingRow) -> Iterator[CellChange]:
    for name, what in COUNTS.items():
        one, other = getattr(before, name), getattr(after, name)
        if is_known(one) and is_known(other) and one != other:
            yield CellChange(
                what=what,
                before=format_integer(one),
                after=format_integer(other),
                is_regression=name in WORSE_IF_MORE and other > one,
            )


def _compare_costs(before: TimingRow, after: TimingRow) -> Iterator[CellChange]:
    yield from _find_notable(
        before, after, DURATIONS, least=NOTABLE_S, show=format_seconds
    )
    yield from _find_notable(
        before, after, SIZES, least=NOTABLE_BYTES, show=format_bytes
    )


def _find_notable(
    before: TimingRow,
    after: TimingRow,
    names: dict[str, str],
    *,
    least: float,
    show: Callable[[float], str],
) -> Iterator[CellChange]:
    """Yield the costs that changed by more than 10% and by at least `least`."""
    for name, what in names.items():
        one, other = getattr(before, name), getattr(after, name)
        if not (is_known(one) and is_known(other)):
            continue
        is_large = max(one, other) > NOTABLE_FACTOR * min(one, other)
        if is_large and abs(other - one) >= least:
            yield CellChange(what=what, before=show(one), after=show(other))
