"""What the programs printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.study.site.columns import Column

LONG, MOST = 16, 150  # lines: folded from there on, left out from there on


@dataclass(frozen=True, kw_only=True)
class Printed:
    """One program's output."""

    title: str
    text: str
    is_long: bool
    left_out: int  # lines


def printed(columns: Sequence[Column]) -> list[Printed]:
    """What each program that ran printed; nothing where none printed."""
    if not any(column.produced.printed.strip() for column in columns):
        return []
    return [_printed(column) for column in columns if column.ran]


def _printed(column: Column) -> Printed:
    lines = column.produced.printed.strip("\n").splitlines()
    return Printed(
        title=column.title,
        text="\n".join(lines[:MOST]),
        is_long=len(lines) > LONG,
        left_out=max(0, len(lines) - MOST),
    )
