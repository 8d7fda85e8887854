"""The printed output of the programs."""

from __future__ import annotations

from dataclasses import dataclass

FOLDED_ABOVE, MOST_LINES = 16, 150


@dataclass(frozen=True, kw_only=True)
class ProgramOutput:
    """What one program printed in one step."""

    text: str
    is_long: bool
    left_out: int  # number of lines after MOST_LINES


def shorten_output(printed: str) -> ProgramOutput | None:
    """Return the output of a step; ``None`` if nothing was printed."""
    lines = printed.strip("\n").splitlines()
    if not any(map(str.strip, lines)):
        return None
    return ProgramOutput(
        text="\n".join(lines[:MOST_LINES]),
        is_long=len(lines) > FOLDED_ABOVE,
        left_out=max(0, len(lines) - MOST_LINES),
    )
