"""Measure one version after another until the search has ended."""

from __future__ import annotations

import shutil
from math import isnan
from typing import TYPE_CHECKING

import msgspec

from compare import api
from compare.bisect.criteria import (
    JudgedVersion,
    Until,
    judge_version,
    needed_precision,
)
from compare.bisect.record import MeasuredVersion, Ratio, save_bisection
from compare.bisect.search import VersionOutcome
from compare.contract import LABEL_MARK, Captures
from compare.errors import UsageError
from compare.frameworks import find_variant, frameworks
from compare.pipeline.check.request import CheckOptions, build_check_request
from compare.pipeline.estimate import require_affordable
from compare.pipeline.request import RunOptions, build_request
from compare.targets.parsing import parse_targets
from compare.workloads import names

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from compare.bisect.record import Asked, Bisection
    from compare.contract import Framework
    from compare.runs.record import Request

TRIES = 2  # measurements of a version that decide nothing


def measure_versions(
    folder: Path, bisection: Bisection, *, report: Callable[[str], None]
) -> None:
    """Measure versions until the one that changed something is found.

    Args:
        folder: of the bisection; it exists. Each version has a run in it.
        bisection: what is asked for, and what was measured before; it is updated.
        report: is called with what has been found.

    Raises:
        CompareError: a version cannot be measured for a reason that all have.
    """
    while version := bisection.search.following:
        name = f"{bisection.asked.package} {version}"
        report(f"{name}: measuring")
        found = measure(folder, bisection, version, report=report)
        bisection.measured.append(found)
        save_bisection(folder, bisection)
        report(f"{name}: {found.outcome}: {found.evidence}")


def measure(
    folder: Path, bisection: Bisection, version: str, *, report: Callable[[str], None]
) -> MeasuredVersion:
    """Compare a version with the oldest one, again if that decides nothing."""
    for number in range(1, TRIES + 1):
        found = measure_once(folder, bisection, version, number=number, report=report)
        if found.outcome is not VersionOutcome.CANNOT_TELL:
            break
    return found


def measure_once(
    folder: Path,
    bisection: Bisection,
    version: str,
    *,
    number: int,
    report: Callable[[str], None],
) -> MeasuredVersion:
    """Compare a version with the oldest one in one run."""
    asked = bisection.asked
    goal = find_goal(bisection)
    request = plan_request(asked, version, goal=goal, report=report)
    before, after = (name_variant(asked, each) for each in (asked.versions[0], version))
    reason = next(
        (each.reason for each in request.installations.values() if each.reason), ""
    )
    if reason:
        return MeasuredVersion(
            version=version, outcome=VersionOutcome.NOT_RUN, evidence=reason
        )
    out = folder / f"{version}-{number}"
    shutil.rmtree(out, ignore_errors=True)  # of an interrupted measurement
    run = api.run_request(request, out=out)
    found = judge_version(asked.until, run, before=before, after=after, goal=goal)
    return describe_version(found, version=version, run=out.name)


def describe_version(
    found: JudgedVersion, *, version: str, run: str
) -> MeasuredVersion:
    """Return what is stored of a version; an interval that is unknown is left out."""
    ratio = found.ratio
    if ratio is not None and isnan(ratio.low):
        ratio = None
    return MeasuredVersion(
        version=version,
        outcome=found.outcome,
        evidence=found.evidence,
        ratio=Ratio(estimate=ratio.estimate, low=ratio.low, high=ratio.high)
        if ratio
        else None,
        run=run,
    )


def find_goal(bisection: Bisection) -> float:
    """Return the ratio of the newest version's step time, or 1 before it is known."""
    newest = bisection.find(bisection.asked.versions[-1])
    return newest.ratio.estimate if newest and newest.ratio else 1.0


def plan_request(
    asked: Asked, version: str, *, goal: float, report: Callable[[str], None]
) -> Request:
    """Return the request of a run of the oldest version and another one.

    Raises:
        UsageError: an option is wrong.
    """
    pair = (asked.versions[0], version)
    variants = tuple(name_variant(asked, each) for each in pair)
    framework = find_variant(asked.variant)[0].name
    requirements = tuple(
        f"{framework}{LABEL_MARK}{label_version(asked, each)}={asked.package}=={each}"
        for each in pair
    )
    precision = f"{needed_precision(goal):.3%}" if goal > 1 else None
    request = build_pair(
        asked,
        variants=variants,
        requirements=requirements,
        precision=precision,
        report=report,
    )
    return keep_needed(request, until=asked.until)


def build_pair(
    asked: Asked,
    *,
    variants: tuple[str, ...],
    requirements: tuple[str, ...] = (),
    precision: str | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> Request:
    """Return the request of a run of some variants of the subject.

    Raises:
        CompareError: an option is wrong.
    """
    if asked.subject in names():
        options = RunOptions(
            workloads=(asked.subject,),
            variants=variants,
            sizes=tuple(asked.sizes),
            budget=asked.budget,
            precision=precision,
            requirements=requirements,
        )
        return build_request(options, timed=True, report=report)
    checked = CheckOptions(
        targets=(asked.subject,),
        inputs=tuple(asked.inputs),
        arguments=(*asked.arguments, *requirements),
        variants=variants,
        budget=asked.budget,
    )
    return build_check_request(checked, report=report)


def keep_needed(request: Request, *, until: Until) -> Request:
    """Return a request without what a question does not need."""
    lighter = msgspec.structs.replace(request, cold_starts=False, repeats_steps=False)
    if until is Until.SLOWER:
        return lighter
    # Captures are counted in one launch; the other questions need no timing.
    return msgspec.structs.replace(
        lighter,
        launches=1 if until is Until.RETRACES else 0,
        repeats=0,
        budget_s=None,
        precision=None,
    )


def name_variant(asked: Asked, version: str) -> str:
    """Return the variant in the installation of a version."""
    framework, _, mode = asked.variant.partition("/")
    return f"{framework}{LABEL_MARK}{label_version(asked, version)}/{mode}"


def label_version(asked: Asked, version: str) -> str:
    """Return the label of the installation with a version of the package."""
    public = version.partition("+")[0]
    is_framework = asked.package in find_variant(asked.variant)[0].distributions
    return public if is_framework else f"{asked.package}-{public}"


def choose_variant(package: str, subject: str, variant: str) -> str:
    """Return the variant to measure: by default, one that captures whole steps.

    Raises:
        UsageError: it cannot be concluded.
    """
    if variant:
        find_variant(variant)
        return variant
    framework = find_framework_of(package, subject)
    modes = [m for m in framework.modes if "cpu" in m.devices and m.family == "static"]
    whole = [m for m in modes if m.captures is Captures.TRAINING_STEP]
    # Modes that run only if they are named come last.
    chosen = sorted(whole or modes, key=lambda mode: not mode.unnamed_in)
    return f"{framework.name}/{chosen[0].name}"


def find_framework_of(package: str, subject: str) -> Framework:
    """Return the framework that a package contains, or that a model is written in.

    Raises:
        UsageError: neither is known.
    """
    known = frameworks().values()
    found = [framework for framework in known if package in framework.distributions]
    if not found and subject not in names():
        found = [frameworks()[name] for name in parse_targets([subject])]
    if not found:
        raise UsageError(
            f"--variant: {package} contains no framework; name the variant to measure, "
            "such as -v torch/compile"
        )
    return found[0]


def require_measurable(asked: Asked) -> None:
    """Raise unless what is asked for can be planned, before anything is installed.

    Raises:
        CompareError: a name or an option is wrong, or the budget is too small.
    """
    require_affordable(api.plan_run(build_pair(asked, variants=(asked.variant,))))
