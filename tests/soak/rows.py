"""Rows of a soak test as lines of JSON, to continue after an interruption."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


def append_row(out: Path, row: dict[str, Any]) -> None:
    """Append a row to a file."""
    with out.open("a") as file:
        file.write(json.dumps(row) + "\n")


def end_last_line(out: Path) -> None:
    """End a last line that was interrupted, so that the next row has its own line."""
    written = out.read_bytes() if out.exists() else b""
    if written and not written.endswith(b"\n"):
        with out.open("ab") as file:
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


def list_unfinished(
    numbers: Iterable[int],
    out: Path,
    *,
    seed: int,
    has_failed: Callable[[dict[str, Any]], object],
) -> list[int]:
    """Return the numbers that have no row in a file, or one that failed."""
    end_last_line(out)
    rows = read_rows(out, seed=seed)
    finished = {row["number"] for row in rows if not has_failed(row)}
    return [number for number in numbers if number not in finished]


def split_numbers(numbers: Sequence[int], *, size: int) -> list[list[int]]:
    """Return the numbers in lists of at most this size."""
    return [
        list(numbers[start : start + size]) for start in range(0, len(numbers), size)
    ]


def print_statuses(rows: Iterable[dict[str, Any]], key: str) -> None:
    """Print how often each check under a key of the rows has each status."""
    counted: dict[str, Counter[str]] = {}
    for row in rows:
        for name, found in row[key].items():
            counted.setdefault(name, Counter())[found["status"]] += 1
    for name, counts in sorted(counted.items()):
        print(f"{name:22} {dict(counts)}")


def read_options(doc: str | None, *, nets: int, out: Path) -> argparse.Namespace:
    """Return the options of the command line: nets, seed and out."""
    parser = argparse.ArgumentParser(description=(doc or "").partition("\n")[0])
    parser.add_argument("--nets", type=int, default=nets)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=out)
    return parser.parse_args()
