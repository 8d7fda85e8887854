"""What a bisection measured, as a table and a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.bisect.record import MeasuredVersion
from compare.bisect.search import VersionOutcome
from compare.render.format import format_ratio
from compare.render.table import Field, tabulate

if TYPE_CHECKING:
    from compare.bisect.record import Bisection
    from compare.render.table import Table


def tabulate_measured(bisection: Bisection) -> Table:
    """Return one row per version that was measured, oldest first."""
    asked = bisection.asked
    return tabulate(
        f"{asked.variant} of {asked.subject}, against {asked.package} "
        f"{asked.versions[0]}",
        fields=[
            Field[MeasuredVersion](
                title="version", show=lambda e: e.version, kind="word"
            ),
            Field(title="outcome", show=lambda e: str(e.outcome), kind="word"),
            Field(title="step time", show=_show_ratio, optional=True),
            Field(title="evidence", show=lambda e: e.evidence, kind="prose"),
            Field(title="run", show=lambda e: e.run, kind="word", optional=True),
        ],
        items=sorted(bisection.measured, key=lambda e: asked.versions.index(e.version)),
    )


def conclude(bisection: Bisection) -> str:
    """Return the result as a sentence."""
    asked, search = bisection.asked, bisection.search
    newest = bisection.find(asked.versions[-1])
    where = f"{asked.variant} of {asked.subject}"
    if newest is None:
        return "Nothing was measured."
    if newest.outcome is not VersionOutcome.CHANGED:
        return (
            f"{where}: {asked.package} {newest.version} compared with "
            f"{asked.versions[0]}: {newest.outcome}. There is no change to look for."
        )
    if search.between:
        skipped = ", ".join(
            f"{version} ({found.outcome})"
            for version in search.between
            if (found := bisection.find(version))
        )
        return (
            f"{where}: cannot tell which version changed it, {search.changed} or one "
            f"after {search.unchanged}. Not decided: {skipped}."
        )
    return (
        f"{where}: changed by {asked.package} {search.changed}. {search.unchanged} is "
        "as the oldest."
    )


def _show_ratio(found: MeasuredVersion) -> str:
    if found.ratio is None:
        return ""
    return format_ratio(found.ratio.estimate, found.ratio.low, found.ratio.high)
