"""Which results of a run are those of an earlier run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.wording import format_count, join_words

if TYPE_CHECKING:
    from compare.runs.folder import Run

SESSION = ("workload", "framework", "mode", "device")


def describe_earlier_results(run: Run) -> str:
    """Return a sentence on the results of earlier runs; empty if there are none."""
    stored = run.agreement[run.agreement["earlier_run"] != ""]
    references = run.record.earlier_references
    cells = len(stored[[*SESSION]].drop_duplicates())
    found = [
        *([f"the float64 checks of {format_count(cells, 'cell')}"] if cells else []),
        *([format_count(len(references), "NumPy reference")] if references else []),
    ]
    if not found:
        return ""
    runs = sorted({*map(str, stored["earlier_run"].unique()), *references.values()})
    names = (
        f"run {runs[0]}"
        if len(runs) == 1
        else f"{len(runs)} earlier runs, the last of them {runs[-1]}"
    )
    what = join_words(found, conjunction="and")
    return (
        f"{what[0].upper()}{what[1:]} are those of {names}, because code, data, "
        "versions and machine are unchanged. To compute them again:"
    )
