"""Whether two runs may be compared at all: refused is what could only mislead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.errors import UsageError
from compare.history.identity import differing

if TYPE_CHECKING:
    from compare.runs.folder import Run


def require_comparable(before: Run, after: Run, *, absolute: bool, force: bool) -> None:
    """Refuse two runs that cannot be compared.

    Args:
        before: the earlier run.
        after: the later run.
        absolute: step times are to be compared, not ratios to the baseline.
        force: let pass what differs between machines, versions and settings.

    Raises:
        UsageError: says why, and what to do.
    """
    if before.folder.resolve() == after.folder.resolve():
        raise UsageError(
            f'expected two runs; received the same one twice, "{before.folder}"'
        )
    for run in (before, after):
        _refuse_untimed(run)
    if not absolute:
        _refuse_baselines(before, after)
    if not force:
        _refuse_differing(before, after)


def _refuse_untimed(run: Run) -> None:
    if not run.record.request.launches:
        raise UsageError(
            f"{run.folder}: expected a run with step times; received one that checked "
            "agreement only. Make one with: graph-compare run"
        )


def _refuse_baselines(before: Run, after: Run) -> None:
    one, other = before.record.baseline, after.record.baseline
    if one != other:
        raise UsageError(
            f"expected two runs with one baseline; {before.folder} has {one}, "
            f"{after.folder} has {other}. Ratios to different baselines cannot be "
            "compared; step times can, with --absolute"
        )


def _refuse_differing(before: Run, after: Run) -> None:
    found = differing(before.record, after.record)
    if found:
        facts = "\n".join(f"  {d.name}: {d.before} in A, {d.after} in B" for d in found)
        raise UsageError(
            "expected two runs of one machine, with the same versions, settings and "
            f"sizes; received two that differ in\n{facts}\nWhat changed may be due to "
            "that. To compare them all the same, with a mark on every table: --force"
        )
