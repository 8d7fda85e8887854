"""What else changed of a cell between two runs: outcomes, graphs, costs.

None of these has an interval. An outcome or a graph that is worse is a regression; a
cost is told and judged by nobody, because a run pays it once or a few times.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.pipeline.plan import NOT_CAPTURED
from compare.render.format import count, known, seconds, size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from compare.results.cells import CellResult
    from compare.runs.rows import TimingRow

NOTABLE = 1.10  # costs closer than this are the same to a user
NOTABLE_S = 0.05  # a first call this short is mostly what else the machine did
NOTABLE_BYTES = 2**20

AGREEMENT = {True: "agrees", False: "disagrees", None: "nothing decided"}
DURATIONS = {
    "first_call_cold_s": "first call, cold",
    "first_call_warm_s": "first call, warm",
}
SIZES = {"peak_rss_bytes": "peak memory", "peak_device_bytes": "peak device memory"}
WORSE_IF_MORE = {"recaptures": "recaptures", "graph_breaks": "graph breaks"}


@dataclass(frozen=True, kw_only=True)
class CellChange:
    """One thing about a cell that is not as it was."""

    what: str
    before: str
    after: str
    is_regression: bool = False


def find_cell_changes(before: CellResult, after: CellResult) -> Iterator[CellChange]:
    """Everything notable but step times, the most serious first."""
    if before.state != after.state:
        yield CellChange(
            what="outcome",
            before=_outcome(before),
            after=_outcome(after),
            is_regression=before.state == "ok",
        )
    if before.is_missing or after.is_missing:
        return
    yield from _agreement(before, after)
    yield from _captures(before, after)
    if before.timing and after.timing:
        yield from _counts(before.timing, after.timing)
        yield from _costs(before.timing, after.timing)


def _outcome(line: CellResult) -> str:
    return f"{line.state}: {line.brief_reason}" if line.is_missing else line.state


def _agreement(before: CellResult, after: CellResult) -> Iterator[CellChange]:
    one, other = (
        line.agreement.agrees if line.agreement else None for line in (before, after)
    )
    if one is not other:
        yield CellChange(
            what="agreement",
            before=AGREEMENT[one],
            after=AGREEMENT[other],
            is_regression=one is True and other is False,
        )


def _captures(before: CellResult, after: CellResult) -> Iterator[CellChange]:
    if before.captures != after.captures:
        yield CellChange(
            what="captures",
            before=before.captures,
            after=after.captures,
            is_regression=after.captures == NOT_CAPTURED,
        )


def _counts(before: TimingRow, after: TimingRow) -> Iterator[CellChange]:
    for name, what in {**WORSE_IF_MORE, "captures_count": "number of captures"}.items():
        one, other = getattr(before, name), getattr(after, name)
        if known(one) and known(other) and one != other:
            yield CellChange(
                what=what,
                before=count(one),
                after=count(other),
                is_regression=name in WORSE_IF_MORE and other > one,
            )


def _costs(before: TimingRow, after: TimingRow) -> Iterator[CellChange]:
    yield from _notable(before, after, DURATIONS, least=NOTABLE_S, show=seconds)
    yield from _notable(before, after, SIZES, least=NOTABLE_BYTES, show=size)


def _notable(
    before: TimingRow,
    after: TimingRow,
    names: dict[str, str],
    *,
    least: float,
    show: Callable[[float], str],
) -> Iterator[CellChange]:
    """Costs that moved by more than a tenth, and by no trifle."""
    for name, what in names.items():
        one, other = getattr(before, name), getattr(after, name)
        if not (known(one) and known(other)):
            continue
        if abs(other - one) >= least and max(one, other) > NOTABLE * min(one, other):
            yield CellChange(what=what, before=show(one), after=show(other))
