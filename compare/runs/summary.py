"""Summarize a run in a few lines of HTML, for notebooks."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from compare.runs.tables import TABLES
from compare.runs.words import Check, Verdict

if TYPE_CHECKING:
    from compare.runs.folder import Run

COLUMNS = ("workload", "framework", "mode", "step_time_ns", "ratio", "verdict")


def summarize(run: Run) -> str:
    """Return the main facts of a run, its ratios and its tables as HTML."""
    record = run.record
    facts = [
        f"run {record.run_id}, {record.created}",
        ", ".join(each.label for each in record.request.workloads),
        f"{len(record.cells)} cells",
        _describe_agreement(run),
        "finished" if record.finished else "not finished",
    ]
    attributes = "".join(
        f"<li><code>run.{table.name}</code>: "
        f"{len(getattr(run, table.name)):,} rows</li>"
        for table in TABLES
    )
    timing = run.timing[list(COLUMNS)].to_html(
        index=False, float_format="{:.4g}".format
    )
    return (
        f"<p>{'; '.join(map(escape, facts))}</p>"
        f"{timing if len(run.timing) else ''}"
        f"<ul>{attributes}</ul>"
    )


def _describe_agreement(run: Run) -> str:
    checked = run.agreement[run.agreement["check"] != Check.DETERMINISM]
    wrong = checked[checked["verdict"] == Verdict.DISAGREES]
    return f"{len(checked):,} tensors checked, {len(wrong):,} disagree"
