"""Rows of a soak test as lines of JSON, to continue after an interruption."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def append_row(out: Path, row: dict[str, Any]) -> None:
    """Append a row to a file."""
    with out.open("a") as file:
        file.write(json.dumps(row) + "\n")


def end_last_line(out: Path) -> None:
    """End a last line that was interrupted, so that the next row has its own line."""
    with out.open("a+b") as file:
        if file.tell() and not out.read_bytes().endswith(b"\n"):
            file.write(b"\n")


def read_rows(out: Path, *, seed: int) -> list[dict[str, Any]]:
    """Return the rows of one seed by number, without interrupted lines.

    Of several rows with the same number, the last one is returned.
    """
    if not out.exists():
        return []
    found = {}
    for line in out.read_text().splitlines():
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            continue
        if row["seed"] == seed:
            found[row["number"]] = row
    return [found[number] for number in sorted(found)]
