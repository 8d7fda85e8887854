"""The fixes of graph breaks: in sentences, and as a section of the report."""

from __future__ import annotations

from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from compare.files import shorten_path
from compare.render.format import format_factor, format_percent, format_ratio
from compare.render.table import Field, tabulate
from compare.report.run.section import Code, Section
from compare.runs.words import FixOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.render.table import Table
    from compare.runs.folder import Run
    from compare.runs.record import FixFacts, JointFixFacts, RunRecord


class Priced(Protocol):
    """A measured ratio with its interval; ``None`` where it is unknown."""

    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None


def order_fixes(record: RunRecord) -> list[FixFacts]:
    """Return all tried fixes, the one with the largest gain first.

    Those without a measured gain follow; those that do not work come last.
    """
    return sorted(
        record.fixes,
        key=lambda each: (
            each.outcome is not FixOutcome.WORKS,
            inf if each.ratio is None else each.ratio,
        ),
    )


def list_fix_sentences(record: RunRecord, label: str) -> Iterator[str]:
    """Yield one sentence per break of a model, the largest gain first."""
    for each in order_fixes(record):
        if each.workload == label:
            yield describe_fix(each)
    for joint in record.joint_fixes:
        if joint.workload == label:
            yield describe_joint(joint)


def describe_fix(facts: FixFacts) -> str:
    """Return the place, the reason, the fix and its gain."""
    place = f"{shorten_path(facts.file)}:{facts.line}: {facts.reason.rstrip('.')}."
    if facts.outcome is not FixOutcome.WORKS:
        why = f": {facts.explanation.rstrip('.')}" if facts.explanation else ""
        tried = f" ({'; then '.join(facts.rules)})" if facts.rules else ""
        return f"{place} {facts.variant}: {facts.outcome}{tried}{why}."
    fix = "; then ".join(facts.rules) or f"use {facts.other_mode}"
    changes = f" {facts.changes}" if facts.changes else ""
    return f"{place} Fix: {fix}; {describe_gain(facts)}.{changes}"


def describe_joint(facts: JointFixFacts) -> str:
    """Return what all fixes of a mode do together."""
    all_ = f"All {facts.count} fixes together in {facts.variant}"
    if facts.outcome is not FixOutcome.WORKS:
        return f"{all_}: {facts.outcome}: {facts.explanation.rstrip('.')}."
    return f"{all_}: {describe_gain(facts)}."


def describe_gain(facts: Priced) -> str:
    """Return the ratio of step times, and the share of the step that is saved."""
    if facts.ratio is None:
        return "not timed"
    ratio = show_ratio(facts)
    if facts.ratio_low is None or facts.ratio_high is None:
        return f"{ratio} of the step time, interval unknown"
    if facts.ratio_low <= 1 <= facts.ratio_high:
        return f"{ratio} of the step time, no gain shown"
    word = "saves" if facts.ratio < 1 else "adds"
    return f"{ratio} of the step time: it {word} {show_share(facts)}"


def show_ratio(facts: Priced) -> str:
    """Return the ratio to the original with its interval; empty if not measured."""
    if facts.ratio is None:
        return ""
    if facts.ratio_low is None or facts.ratio_high is None:
        return format_factor(facts.ratio)
    return format_ratio(facts.ratio, facts.ratio_low, facts.ratio_high)


def show_share(facts: Priced) -> str:
    """Return the share of the step time that a fix changes; empty if not measured."""
    return "" if facts.ratio is None else format_percent(abs(1 - facts.ratio), digits=2)


def build_fix_section(run: Run) -> Iterator[Section]:
    """Yield the section on fixes if any break was tried."""
    if not run.record.fixes:
        return
    yield Section(
        ident="fixes",
        title="What graph breaks cost, and how to fix them",
        intro="Each fix was applied alone to a copy of the model's file. The copy's "
        "results were compared with the original's eager float64 step. Ratios are "
        "step times of the copy to those of the original in the same rounds, with 95% "
        "intervals over launches. Gains of single fixes do not add up: a graph may "
        "become much faster when its last break goes.",
        tables=(
            tabulate_fixes(run.record),
            *([tabulate_joint(run.record)] if run.record.joint_fixes else []),
        ),
        code=tuple(
            Code(
                text=each.diff,
                caption=f"{Path(each.file).name}:{each.line}: {each.outcome}",
            )
            for each in order_fixes(run.record)
            if each.diff
        ),
    )


def tabulate_fixes(record: RunRecord) -> Table:
    """Return one row per break."""
    fields: tuple[Field[FixFacts], ...] = (
        Field(
            title="place",
            show=lambda f: f"{Path(f.file).name}:{f.line}",
            kind="word",
        ),
        Field(title="mode", show=lambda f: f.variant, kind="word"),
        Field(title="reason", show=lambda f: f.reason, kind="prose"),
        Field(
            title="fix",
            show=lambda f: "; then ".join(f.rules) or f.other_mode,
            kind="prose",
        ),
        Field(title="outcome", show=lambda f: str(f.outcome), kind="word"),
        Field(title="ratio (95% interval)", show=show_ratio, optional=True),
        Field(
            title="share of the step saved",
            show=lambda f: (
                "" if f.ratio is None else format_percent(1 - f.ratio, digits=2)
            ),
            optional=True,
        ),
        Field(
            title="compared with",
            show=lambda f: f.compared_with,
            kind="word",
            optional=True,
        ),
        Field(
            title="remark",
            show=lambda f: f.explanation or f.changes,
            kind="prose",
            optional=True,
        ),
        Field(title="copy", show=lambda f: f.copy, kind="word", optional=True),
    )
    return tabulate(
        "Fixes, the largest gain first", fields=fields, items=order_fixes(record)
    )


def tabulate_joint(record: RunRecord) -> Table:
    """Return one row per mode, for all of its fixes together."""
    fields: tuple[Field[JointFixFacts], ...] = (
        Field(title="mode", show=lambda f: f.variant, kind="word"),
        Field(title="fixes", show=lambda f: str(f.count)),
        Field(title="outcome", show=lambda f: str(f.outcome), kind="word"),
        Field(title="ratio (95% interval)", show=show_ratio, optional=True),
        Field(
            title="control",
            show=lambda f: format_factor(f.control_ratio),
            optional=True,
        ),
        Field(
            title="remark",
            show=lambda f: f.explanation,
            kind="prose",
            optional=True,
        ),
        Field(title="copy", show=lambda f: f.copy, kind="word", optional=True),
    )
    return tabulate(
        "All working fixes together", fields=fields, items=record.joint_fixes
    )
