"""Check both sides, then time them in the same rounds."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np

from compare import api
from compare.errors import CompareError, UsageError
from compare.pipeline.contenders import Contender, time_contenders
from compare.pipeline.scratch_run import open_scratch_run
from compare.pull_request.changes import CheckedSide
from compare.pull_request.judging import AGAIN, collect_ratios, name_arm
from compare.pull_request.requests import build_side_request, use_found_inputs
from compare.pull_request.sides import SideName, remove_label
from compare.runs.progress import Reporter
from compare.runs.tables import SAMPLES
from compare.runs.words import Status
from compare.stats.two_sides import LOOKS, finds_sought_change
from compare.timing.launching import BLOCK_S, START_S
from compare.workers.process import TargetRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pandas as pd
    from rich.console import Console

    from compare.pipeline.context import RunContext
    from compare.pull_request.requests import SideOptions
    from compare.pull_request.sides import TreeSide
    from compare.runs.record import Request, Start

LEAST_LAUNCHES = 2  # for an interval


@dataclass(kw_only=True)
class TimedSides:
    """What the launches of both sides measured."""

    samples: pd.DataFrame = field(default_factory=SAMPLES.frame)
    starts: list[Start] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)  # by name of an arm


def check_sides(
    options: SideOptions, base: TreeSide, head: TreeSide, *, out: Path
) -> tuple[CheckedSide, CheckedSide]:
    """Check the agreement of both sides, each in a run of its own.

    Args:
        options: what is checked.
        base: the side to compare with.
        head: the working tree.
        out: an existing folder; the runs are ``base`` and ``head`` in it.

    Raises:
        CompareError: a side cannot be built; the message states which and what to do.
    """
    build_side_request(options, head)  # refuses wrong options before anything runs
    first = check_side(options, base, out=out)
    found = [
        spec
        for facts in first.run.record.targets.values()
        for each in facts
        for spec in each.inputs
    ]
    return first, check_side(use_found_inputs(options, found), head, out=out)


def check_side(options: SideOptions, side: TreeSide, *, out: Path) -> CheckedSide:
    """Check the agreement of one side.

    Raises:
        CompareError: it cannot be built.
    """
    request = build_side_request(options, side)
    try:
        run = api.run_request(request, out=out / side.name)
    except TargetRefusedError as error:
        raise explain_failure(side, str(error)) from error
    cells = run.record.cells
    if not any(cell.status is Status.OK for cell in cells):
        raise explain_failure(side, next(c.reason for c in cells if c.reason))
    return CheckedSide(side=side, run=run)


def explain_failure(side: TreeSide, reason: str) -> CompareError:
    """Return the error for a side that cannot be built, with what to do."""
    advice = {
        SideName.BASE: "Choose a commit that works with --base, or check the working "
        "tree alone: graph-compare check",
        SideName.HEAD: "Correct it, or state inputs that both sides take (--inputs), "
        "then compare again",
    }
    what, *more = [line.strip() for line in side.clean(reason).splitlines()]
    cause = "; ".join([what, *more]).replace("; at ", ", at ")
    return UsageError(
        f"{side.name}, {side.text}, cannot be measured: {cause}. {advice[side.name]}"
    )


def list_timed(base: CheckedSide, head: CheckedSide) -> list[str]:
    """Return the variants that run on both sides."""
    before, after = base.cells, head.cells
    return [
        variant
        for variant, cell in before.items()
        if not cell.is_missing and variant in after and not after[variant].is_missing
    ]


def require_two_launches(variants: int, request: Request, *, budget_s: float) -> None:
    """Raise if a budget is too short for the fewest launches.

    Raises:
        UsageError: it is; the message states a sufficient budget.
    """
    arms = 4 * variants
    least_s = LEAST_LAUNCHES * arms * (START_S + request.rounds * BLOCK_S)
    if budget_s < least_s:
        raise UsageError(
            f"--budget: expected at least about {least_s:.0f} s, the duration of two "
            f"launches of every variant; received {budget_s:g} s. Increase it, or "
            "measure fewer variants (-v)"
        )


def time_sides(
    base: CheckedSide, head: CheckedSide, *, budget_s: float, console: Console
) -> TimedSides:
    """Time both sides, with a control of each, until a change of 3% would be found.

    Args:
        base: the side to compare with, as checked.
        head: the working tree.
        budget_s: the longest duration.
        console: shows the progress.

    Raises:
        CompareError: a side cannot be built any more.
    """
    variants, result = list_timed(base, head), TimedSides()
    if variants:
        with opening_contenders(
            base, head, variants, console=console, expected_s=budget_s
        ) as contenders:
            measure_launches(contenders, result, budget_s=budget_s)
    return result


@contextmanager
def opening_contenders(
    base: CheckedSide,
    head: CheckedSide,
    variants: Sequence[str],
    *,
    console: Console,
    expected_s: float,
) -> Iterator[list[Contender]]:
    """Yield the workers to start in each launch, four of each variant.

    Raises:
        CompareError: a side cannot be built any more.
    """
    reporter = Reporter(console=console, expected_s=expected_s, record=base.run.record)
    with ExitStack() as stack:
        stack.enter_context(reporter)
        reporter.phase("prepare")
        contexts = [
            stack.enter_context(open_scratch_run(each.run.record, reporter=reporter))
            for each in (base, head)
        ]
        reporter.phase("measure")
        yield [
            contender
            for context, name in zip(contexts, SideName, strict=True)
            for contender in list_contenders(context, variants, name=name)
        ]


def list_contenders(
    context: RunContext, variants: Sequence[str], *, name: SideName
) -> list[Contender]:
    """Return two workers of each variant of one side."""
    return [
        Contender(
            name=name_arm(name, variant, suffix=suffix),
            cell=cell,
            workload=context.staged[cell.workload],
            context=context,
        )
        for cell in context.record.cells
        if (variant := remove_label(cell.variant)) in variants
        for suffix in ("", AGAIN)
    ]


def measure_launches(
    contenders: Sequence[Contender], result: TimedSides, *, budget_s: float
) -> None:
    """Add launches to the result, until they are precise enough or time is up."""
    began, request = monotonic(), contenders[0].context.record.request
    for number in range(LOOKS[-1]):
        spent_s = monotonic() - began
        # The next launch is expected to take as long as the mean of the others.
        expected_s = spent_s * (number + 1) / number if number else 0.0
        if number >= LEAST_LAUNCHES and expected_s > budget_s:
            return
        if number in LOOKS and is_measured(result.samples, request):
            return
        add_launch(contenders, result, number=number)


def add_launch(
    contenders: Sequence[Contender], result: TimedSides, *, number: int
) -> None:
    """Measure a launch, and add it to the result."""
    # The first starts find the machine in another state than the last ones.
    order = np.random.default_rng(number).permutation(len(contenders))
    shuffled = [contenders[each] for each in order]
    launch = time_contenders(shuffled, number=number, title=f"launch {number + 1}")
    result.samples = SAMPLES.extend(result.samples, launch.samples)
    result.starts += launch.starts
    result.failures.update(launch.failures)


def is_measured(samples: pd.DataFrame, request: Request) -> bool:
    """Return whether the step time of every variant is known precisely enough.

    It is not while too few launches were quiet: nothing could be concluded from them.
    """
    found = collect_ratios(samples, request)
    claims = 2 * len(found.ratios)  # a step time and a first call each
    is_precise = finds_sought_change(list(found.ratios.values()), claims=claims)
    return is_precise and found.slowdown == 1
