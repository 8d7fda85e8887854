"""Binary search for the version that changed something.

In the manner of mozregression and cargo-bisect-rustc: what is measured halves the range
between the newest version that is unchanged and the oldest that is changed. A version
that cannot be installed, or whose measurement decides nothing, is replaced by its
nearest neighbour.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class VersionOutcome(StrEnum):
    """How a version compares with the oldest one."""

    UNCHANGED = "as the oldest"
    CHANGED = "changed"
    CANNOT_TELL = "cannot tell"
    NOT_RUN = "not run"


@dataclass(frozen=True, kw_only=True)
class Search:
    """Where the search is: a range of versions, and what was measured of them.

    Attributes:
        versions: oldest first. The oldest is what the others are compared with.
        outcomes: of the measured ones.
    """

    versions: Sequence[str]
    outcomes: Mapping[str, VersionOutcome]

    @property
    def unchanged(self) -> str:
        """The newest version that is known to be unchanged."""
        known = [v for v in self.versions if self._is(v, VersionOutcome.UNCHANGED)]
        return [self.versions[0], *known][-1]

    @property
    def changed(self) -> str:
        """The oldest version that is known to be changed; empty if none is."""
        known = [v for v in self.versions if self._is(v, VersionOutcome.CHANGED)]
        return next(iter(known), "")

    @property
    def between(self) -> list[str]:
        """The versions between those two."""
        if not self.changed:
            return []
        start = self.versions.index(self.unchanged) + 1
        return list(self.versions[start : self.versions.index(self.changed)])

    @property
    def following(self) -> str:
        """The version to measure next; empty if the search has ended."""
        newest = self.versions[-1]
        if newest not in self.outcomes:
            return newest
        if self.outcomes[newest] is not VersionOutcome.CHANGED:
            return ""  # there is no change to look for
        open_ones = [v for v in self.between if v not in self.outcomes]
        middle = (len(self.between) - 1) / 2
        return min(
            open_ones,
            key=lambda version: abs(self.between.index(version) - middle),
            default="",
        )

    def _is(self, version: str, outcome: VersionOutcome) -> bool:
        return self.outcomes.get(version) is outcome
