"""Choose the breaks to fix: those in files of the user, each once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from compare.targets.loading import is_users_file

if TYPE_CHECKING:
    from collections.abc import Iterable

    from compare.contract import BreakKind, GraphBreak
    from compare.runs.record import BreakFacts, Cell, RunRecord


@dataclass(frozen=True, kw_only=True)
class BreakPlace:
    """A break, and the cell in which it is fixed and timed."""

    cell: Cell
    file: Path
    line: int
    kind: BreakKind
    reason: str


def list_places(record: RunRecord) -> list[BreakPlace]:
    """Return the breaks of a run that have not been tried yet.

    A line that several modes of a framework leave their graph at is tried in the first
    of them.
    """
    cells = {(c.workload, c.variant): c for c in record.cells}
    tried = {(f.workload, f.framework, f.file, f.line) for f in record.fixes}
    found: dict[tuple[str, str, str, int], BreakPlace] = {}
    for each in record.examined:
        cell = cells.get((each.workload, each.variant))
        for one in each.breaks if cell else ():
            key = (each.workload, each.framework, one.file, one.line)
            is_own = bool(one.file) and is_users_file(one.file)
            if is_own and key not in tried and cell is not None:
                found.setdefault(key, describe_place(cell, one))
    return list(found.values())


def describe_place(cell: Cell, found: BreakFacts) -> BreakPlace:
    """Return the place of a break in a cell."""
    return BreakPlace(
        cell=cell,
        file=Path(found.file),
        line=found.line,
        kind=found.kind,
        reason=found.reason,
    )


def count_places(found: Iterable[BreakFacts | GraphBreak]) -> int:
    """Return the number of different lines among breaks in files of the user."""
    own = (each for each in found if each.file and is_users_file(each.file))
    return len({(each.file, each.line) for each in own})
