"""Compare the working tree with a commit: everything in order."""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from compare.pull_request.changes import find_changes
from compare.pull_request.checkout import (
    check_out,
    describe_head,
    find_repository,
    resolve_base,
)
from compare.pull_request.judging import judge_durations, list_duration_changes
from compare.pull_request.measuring import (
    TimedSides,
    check_sides,
    list_timed,
    require_two_launches,
    time_sides,
)
from compare.pull_request.record import ChangeKind, PullRequestResult
from compare.pull_request.requests import build_side_request
from compare.pull_request.sides import SideName, TreeSide
from compare.runs.folder import create_new_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console

    from compare.pull_request.changes import CheckedSide
    from compare.pull_request.record import SideTiming
    from compare.pull_request.requests import SideOptions


def compare_trees(
    options: SideOptions,
    *,
    ref: str,
    budget_s: float,
    out: Path,
    console: Console,
) -> PullRequestResult:
    """Check and time base and head, and return what differs.

    Args:
        options: what is measured on each side.
        ref: the branch, tag or commit to compare with.
        budget_s: the longest timing.
        out: a new folder, for the checks of both sides.
        console: shows the progress.

    Raises:
        CompareError: an option is wrong, or a side cannot be built.
    """
    began = monotonic()
    repository = find_repository(Path.cwd())
    commit = resolve_base(repository, ref)
    head = TreeSide(
        name=SideName.HEAD,
        repository=repository,
        tree=repository,
        text=describe_head(repository),
    )
    request = build_side_request(options, head)
    require_two_launches(len(request.variants), request, budget_s=budget_s)
    with check_out(repository, commit) as tree:
        base = TreeSide(
            name=SideName.BASE, repository=repository, tree=tree, text=commit.text
        )
        build_side_request(options, base)  # refused before anything is created
        create_new_folder(out)
        console.print(f"Base: {base.text}. Head: {head.text}. Checks: {out}")
        checked = check_sides(options, base, head, out=out)
        changes = find_changes(*checked)  # while the files of base exist
        timed = time_sides(*checked, budget_s=budget_s, console=console)
    timings = judge_durations(timed.samples, timed.starts, request)
    changes += list_duration_changes(timings)
    return PullRequestResult(
        subject=options.subject,
        base=base.text,
        head=head.text,
        changes=sorted(changes, key=lambda each: not each.is_worse),
        timings=timings,
        notes=[*list_notes(options, checked, timed)],
        not_timed=list_not_timed(list_timed(*checked), timings),
        seconds=monotonic() - began,
    )


def list_not_timed(expected: Iterable[str], timings: Iterable[SideTiming]) -> list[str]:
    """Return the variants without a step time, because one of their workers failed."""
    known = {each.variant for each in timings if each.kind is ChangeKind.STEP_TIME}
    return [variant for variant in expected if variant not in known]


def list_notes(
    options: SideOptions, checked: tuple[CheckedSide, CheckedSide], timed: TimedSides
) -> Iterator[str]:
    """Yield what limits the result."""
    if options.is_workload:
        yield (
            f"{options.subject}, its data and its reference are those of the "
            "installed graph-compare on both sides; only the implementation packages "
            "differ."
        )
    base, head = (set(each.cells) for each in checked)
    for variant in sorted(base ^ head):
        yield f"{variant}: on one side only."
    for each in checked:
        for variant, cell in each.cells.items():
            if cell.is_missing:
                yield f"{each.side.name}, {variant}: {cell.state}: {cell.brief_reason}"
    for arm, reason in timed.failures.items():
        yield f"{arm}: not timed in every launch: {reason}"
