"""The printed output of the programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.study.site.columns import FrameworkColumn

FOLDED_ABOVE, MOST_LINES = 16, 150


@dataclass(frozen=True, kw_only=True)
class ProgramOutput:
    """The output of one program."""

    title: str
    text: str
    is_long: bool
    left_out: int  # number of lines after MOST_LINES


def collect_outputs(columns: Sequence[FrameworkColumn]) -> list[ProgramOutput]:
    """Return the output of each program that ran; empty if none printed anything."""
    if not any(column.result.printed.strip() for column in columns):
        return []
    return [_shorten_output(column) for column in columns if column.ran]


def _shorten_output(column: FrameworkColumn) -> ProgramOutput:
    lines = column.result.printed.strip("\n").splitlines()
    return ProgramOutput(
        title=column.title,
        text="\n".join(lines[:MOST_LINES]),
        is_long=len(lines) > FOLDED_ABOVE,
        left_out=max(0, len(lines) - MOST_LINES),
    )
