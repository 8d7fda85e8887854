"""Reject two runs whose comparison would be misleading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.errors import UsageError
from compare.history.identity import (
    find_differing_facts,
    find_incomparable_workloads,
    list_common_workloads,
)

if TYPE_CHECKING:
    from compare.runs.folder import Run


def require_comparable(before: Run, after: Run, *, absolute: bool, force: bool) -> None:
    """Check that two runs can be compared.

    Args:
        before: the earlier run.
        after: the later run.
        absolute: compare step times, not ratios to the baseline.
        force: accept differences between machines, versions and settings.

    Raises:
        UsageError: they cannot be compared; the message contains the reason and what to
            do.
    """
    if before.folder.resolve() == after.folder.resolve():
        raise UsageError(
            f'expected two runs; received the same one twice, "{before.folder}"'
        )
    for run in (before, after):
        _require_timed(run)
    if not absolute:
        _require_same_baseline(before, after)
    if not force:
        _require_same_facts(before, after)


def _require_timed(run: Run) -> None:
    if not run.record.request.launches:
        raise UsageError(
            f"{run.folder}: expected a run with step times; received one that checked "
            "agreement only. To measure step times, use: graph-compare run"
        )


def _require_same_baseline(before: Run, after: Run) -> None:
    one, other = before.record.baseline, after.record.baseline
    if one != other:
        raise UsageError(
            f"expected two runs with one baseline; received {one} in {before.folder} "
            f"and {other} in {after.folder}. Ratios to different baselines cannot be "
            "compared. To compare step times, use --absolute"
        )


def _require_same_facts(before: Run, after: Run) -> None:
    """Raise if facts differ; of runs on clusters, if they do for every workload.

    Raises:
        UsageError: they do; the message lists them.
    """
    found = find_differing_facts(before.record, after.record)
    differing = find_incomparable_workloads(before.record, after.record)
    common = list_common_workloads(before.record, after.record)
    if found and (not differing or len(differing) == len(common)):
        facts = "\n".join(f"  {d.name}: {d.before} in A, {d.after} in B" for d in found)
        raise UsageError(
            "expected two runs with the same machine, versions, settings and sizes; "
            f"received two that differ in\n{facts}\nThese differences may explain a "
            "change. To compare the runs nevertheless, with a mark on every table, use "
            "--force"
        )
