"""Count the planted breaks whose line and cause are found; write them to reports/.

    python -m tests.benchmarks.planted_breaks [FRAMEWORK [NAME ...]]

Without FRAMEWORK, each framework runs in a process of its own.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

from tests.support.finding import MODES, find_planted
from tests.support.planted import list_planted

REPORTS = Path("reports")
LINES, CAUSES = 40, 36  # what has to be found
COLUMNS = ["name", "line", "cause", "found_line", "found_cause", "kind", "others"]
COLUMNS += ["has_line", "has_cause", "reason"]
MARK = "ROW "


def count_in_framework(framework: str, names: list[str]) -> None:
    """Print one row of JSON for each planted break of a framework."""
    for planted in list_planted():
        is_chosen = not names or planted.file.stem in names
        if planted.framework != framework or not is_chosen:
            continue
        outcome = find_planted(planted)
        first = outcome.found[0] if outcome.found else None
        row = {
            "name": planted.name,
            "line": planted.line,
            "cause": planted.cause,
            "found_line": first.line if first else "",
            "found_cause": first.cause if first else "",
            "kind": first.kind if first else "",
            "others": outcome.others,
            "has_line": outcome.has_line,
            "has_cause": outcome.has_cause,
            "reason": first.reason if first else "",
        }
        print(MARK + json.dumps(row))


def collect_rows(framework: str, *names: str) -> list[dict[str, object]]:
    """Return the rows of a framework, counted in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.planted_breaks", framework]
    command += names
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=600
    )
    if done.returncode:
        raise RuntimeError(f"{framework}: {done.stderr[-2000:]}")
    lines = done.stdout.splitlines()
    return [json.loads(line[len(MARK) :]) for line in lines if line.startswith(MARK)]


def main() -> int:
    """Write both files; return 1 if fewer are found than required."""
    if sys.argv[1:]:
        count_in_framework(sys.argv[1], sys.argv[2:])
        return 0
    rows = [row for framework in MODES for row in collect_rows(framework)]
    REPORTS.mkdir(exist_ok=True)
    with (REPORTS / "breaks.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    lines = sum(bool(row["has_line"]) for row in rows)
    causes = sum(bool(row["has_cause"]) for row in rows)
    missed = [f"  missed: {row['name']}" for row in rows if not row["has_cause"]]
    text = f"Exact line: {lines} of {len(rows)}. Cause: {causes} of {len(rows)}.\n"
    text += "".join(f"{line}\n" for line in missed)
    (REPORTS / "breaks.txt").write_text(text, encoding="utf-8")
    print(text, end="")
    return 0 if lines >= LINES and causes >= CAUSES else 1


if __name__ == "__main__":
    sys.exit(main())
