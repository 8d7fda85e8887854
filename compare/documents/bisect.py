"""The result of ``bisect``: which version changed what a variant does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from compare.bisect.record import Asked, MeasuredVersion
from compare.bisect.tables import conclude

if TYPE_CHECKING:
    from pathlib import Path

    from compare.bisect.record import Bisection


class BisectDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Which version changed what a variant does.

    Attributes:
        folder: with the runs of every version.
        is_decided: one version was found, or the newest one changed nothing.
        conclusion: as a sentence.
        changed: the oldest version that is known to be changed; empty if none is.
        unchanged: the newest version that is known to be as the oldest.
        measured: every version that was measured.
    """

    folder: str
    is_decided: bool
    conclusion: str
    changed: str
    unchanged: str
    asked: Asked
    measured: list[MeasuredVersion]


def describe_bisection(found: Bisection, *, folder: Path) -> BisectDocument:
    """Return a bisection as a document."""
    return BisectDocument(
        folder=str(folder.absolute()),
        is_decided=found.is_decided,
        conclusion=conclude(found),
        changed=found.search.changed or "",
        unchanged=found.search.unchanged or "",
        asked=found.asked,
        measured=found.measured,
    )
