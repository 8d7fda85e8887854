"""What a bisection asks for and what it has measured, in ``bisection.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from compare.bisect.criteria import Until  # noqa: TC001 - msgspec reads it
from compare.bisect.search import Search, VersionOutcome
from compare.errors import RunError

if TYPE_CHECKING:
    from pathlib import Path

FILE = "bisection.json"


class Asked(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a bisection looks for.

    Attributes:
        package: a distribution.
        versions: its releases, oldest first.
        until: what counts as changed.
        subject: a workload, or a user's model.
        variant: ``framework/mode``.
        budget: the longest measurement of one version, such as ``2min``.
        sizes: ``SIZE=VALUE`` of a workload.
        inputs: of a user's model.
        arguments: ``NAME=VALUE`` of a user's model.
    """

    package: str
    versions: list[str]
    until: Until
    subject: str
    variant: str
    budget: str
    sizes: list[str] = []
    inputs: list[str] = []
    arguments: list[str] = []


class Ratio(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A ratio of step times with its 95% interval."""

    estimate: float
    low: float
    high: float


class MeasuredVersion(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One version, compared with the oldest."""

    version: str
    outcome: VersionOutcome
    evidence: str  # as a sentence
    # Of step times, to the oldest version's; None if it has no interval.
    ratio: Ratio | None = None
    run: str = ""  # its folder, next to this file; empty if nothing was run


class Bisection(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The contents of ``bisection.json``."""

    asked: Asked
    measured: list[MeasuredVersion] = []

    @property
    def search(self) -> Search:
        """Where the search is."""
        outcomes = {each.version: each.outcome for each in self.measured}
        return Search(versions=self.asked.versions, outcomes=outcomes)

    @property
    def is_decided(self) -> bool:
        """Whether one version was found, or the newest one changed nothing."""
        search = self.search
        newest = search.outcomes.get(self.asked.versions[-1])
        is_found = bool(search.changed) and not search.between
        return is_found or newest is VersionOutcome.UNCHANGED

    def find(self, version: str) -> MeasuredVersion | None:
        """Return what was measured of a version."""
        return next((e for e in self.measured if e.version == version), None)


def save_bisection(folder: Path, bisection: Bisection) -> None:
    """Write what was measured so far, at once."""
    partial = folder / f"{FILE}.partial"
    partial.write_bytes(msgspec.json.format(msgspec.json.encode(bisection), indent=1))
    partial.rename(folder / FILE)


def read_bisection(folder: Path) -> Bisection:
    """Return what a folder has.

    Raises:
        RunError: it has no bisection, or a damaged one.
    """
    path = folder / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Bisection)
    except FileNotFoundError as error:
        raise RunError(
            f"expected a folder with {FILE}; {folder} has none. "
            "graph-compare bisect writes such folders"
        ) from error
    except (OSError, msgspec.DecodeError) as error:
        raise RunError(f"{path}: damaged or no bisection: {error}") from error
