"""Fix the graph breaks of users' models, as a stage of a run after all others."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from compare.fixes.fix import Fix, describe_changes, unified_diff
from compare.frameworks import find_framework
from compare.pipeline import agree
from compare.pipeline.check.own_model import find_target
from compare.pipeline.contenders import Contender
from compare.pipeline.context import PROOF, CheckPart
from compare.pipeline.fixes.copies import use_copy, write_fixed_copy
from compare.pipeline.fixes.places import count_places, list_places
from compare.pipeline.fixes.pricing import (
    ORIGINAL,
    change_mode,
    measure_ratios,
)
from compare.pipeline.fixes.search import FoundFix, Original, search_fix
from compare.pipeline.fixes.trial import try_copy
from compare.runs.record import CONTROL, FixFacts, JointFixFacts
from compare.runs.store import save_record
from compare.runs.words import FixOutcome, Inputs, Status

if TYPE_CHECKING:
    from compare.pipeline.context import RunContext
    from compare.pipeline.fixes.places import BreakPlace
    from compare.pipeline.fixes.trial import Trial
    from compare.reference.expectation import Expected
    from compare.runs.record import Cell, WorkloadRequest
    from compare.stats.estimates import Interval
    from compare.workloads.target import TargetWorkload

FOLDER = "fixed"  # in the folder of a run
COPIES = "fixes"  # in the scratch folder


@dataclass(frozen=True, kw_only=True)
class Fixed:
    """A break with the result of its search."""

    place: BreakPlace
    found: FoundFix
    facts: FixFacts


def fix_breaks(context: RunContext) -> None:
    """Try to fix every break of the run's models; store what was found and gained."""
    places = list_places(context.record)
    groups: dict[tuple[str, str, Path], list[BreakPlace]] = {}
    for each in places:
        key = (each.cell.workload, each.cell.variant, each.file)
        groups.setdefault(key, []).append(each)
    for group in groups.values():
        fix_group(context, group)


def fix_group(context: RunContext, places: list[BreakPlace]) -> None:
    """Fix the breaks of one file in one mode, and time all fixes together."""
    cell, file = places[0].cell, places[0].file
    workload = find_target(context, cell.workload)
    if workload is None:
        return
    expected = wait_for_reference(context, cell)
    attempt = Attempt(
        context=context, cell=cell, file=file, workload=workload, expected=expected
    )
    fixed = [attempt.fix(each) for each in places]
    working = [each for each in fixed if each.facts.outcome is FixOutcome.WORKS]
    by_source = [each for each in working if each.found.steps]
    joint = attempt.join(by_source) if len(by_source) > 1 else None
    if working and context.record.request.launches:
        price(attempt, working, joint)
    with context.lock:
        context.record.fixes += [each.facts for each in fixed]
        if joint is not None:
            context.record.joint_fixes.append(joint)
        save_record(context.folder, context.record)


def wait_for_reference(context: RunContext, cell: Cell) -> list[Expected]:
    """Return the results of the original's eager float64 session."""
    key = (cell.workload, CheckPart(inputs=Inputs.WORKLOAD, dtype=PROOF))
    with agree.computing_references(context, [key]):
        return context.pool.wait_for(context.expected[key])


@dataclass(kw_only=True)
class Attempt:
    """The attempt to fix the breaks of one file in one mode."""

    context: RunContext
    cell: Cell
    file: Path
    workload: TargetWorkload
    expected: list[Expected]
    copies: int = 0

    def fix(self, place: BreakPlace) -> Fixed:
        """Return the result of trying the rules on one break."""
        text = f"{place.file.name}:{place.line}"
        self.context.reporter.advance(f"fixing {text} for {self.cell.variant}")
        source = read_model_file(place.file)
        original = self.describe_original(source)
        found = search_fix(place, original, try_fix=self.try_fix)
        return Fixed(
            place=place, found=found, facts=self.describe(place, found, source=source)
        )

    def describe_original(self, source: str) -> Original:
        """Return the file with the breaks that the check found in this mode."""
        breaks = [
            each
            for examined in self.context.record.examined
            if (examined.workload, examined.variant)
            == (self.cell.workload, self.cell.variant)
            for each in examined.breaks
        ]
        return Original(
            source=source,
            break_lines=frozenset(
                each.line for each in breaks if Path(each.file) == self.file
            ),
            break_count=count_places(breaks),
        )

    def try_fix(self, fix: Fix) -> Trial:
        """Run a copy with a fix, or the original in another mode."""
        self.copies += 1
        name = (
            f"{self.cell.workload}-{self.cell.framework}-{self.cell.mode}-{self.copies}"
        )
        cell = change_mode(self.cell, fix.mode) if fix.mode else self.cell
        trial = try_copy(
            self.context,
            cell,
            workload=self.request_copy(fix.source, name=name),
            expected=self.expected,
            name=name,
        )
        # A user does not have the copy that a message names.
        folder = f"{self.context.scratch / COPIES / name}/"
        return replace(trial, explanation=trial.explanation.replace(folder, ""))

    def request_copy(self, source: str, *, name: str) -> WorkloadRequest:
        """Return the workload with a changed file; the original without a change."""
        staged = self.context.staged[self.cell.workload]
        if not source:
            return staged
        folder = self.context.scratch / COPIES / name
        copy = write_fixed_copy(self.file, source, folder=folder)
        changed = use_copy(self.workload, self.cell.framework, copy)
        return msgspec.structs.replace(staged, config=asdict(changed))

    def describe(self, place: BreakPlace, found: FoundFix, *, source: str) -> FixFacts:
        """Return what is stored of a break; a working copy is written to the run."""
        facts = FixFacts(
            workload=self.cell.workload,
            framework=self.cell.framework,
            mode=self.cell.mode,
            file=str(place.file),
            line=place.line,
            reason=place.reason,
            outcome=found.outcome,
            explanation=found.explanation,
            rules=[str(step.rule) for step in found.steps],
            changes=describe_changes(step.rule for step in found.steps),
            other_mode=found.mode,
        )
        if found.steps:
            facts.diff = unified_diff(source, found.source, file=place.file.name)
        if found.outcome is FixOutcome.WORKS and found.steps:
            facts.copy = self.keep(found.source, facts.diff, part=f"line-{place.line}")
        return facts

    def keep(self, source: str, diff: str, *, part: str) -> str:
        """Write a fixed file and its diff to the run; return the file's place there."""
        name = f"{self.cell.framework}-{self.cell.mode}-{part}"
        folder = self.context.folder / FOLDER / self.cell.workload / name
        folder.mkdir(parents=True, exist_ok=True)
        copy = folder / self.file.name
        copy.write_text(source, "utf-8")
        copy.with_suffix(".diff").write_text(f"{diff}\n", "utf-8")
        return str(copy.relative_to(self.context.folder))

    def join(self, working: list[Fixed]) -> JointFixFacts:
        """Return the result of applying all working fixes of the source together."""
        source = original = read_model_file(self.file)
        # From the end of the file, so that earlier lines keep their numbers.
        for each in sorted(working, key=lambda fixed: -fixed.place.line):
            for step in each.found.steps:
                source = step.apply(source, variant=self.cell.variant) or source
        trial = self.try_fix(Fix(source=source))
        joint = JointFixFacts(
            workload=self.cell.workload,
            framework=self.cell.framework,
            mode=self.cell.mode,
            count=len(working),
            outcome=trial.outcome,
            explanation=trial.explanation,
        )
        if trial.outcome is FixOutcome.WORKS:
            diff = unified_diff(original, source, file=self.file.name)
            joint.copy = self.keep(source, diff, part="all")
        return joint


def read_model_file(file: Path) -> str:
    """Return the text of a user's file."""
    return file.read_text("utf-8")


def price(attempt: Attempt, working: list[Fixed], joint: JointFixFacts | None) -> None:
    """Time every fix alone, and all together, against the original."""
    context, staged = attempt.context, attempt.context.staged[attempt.cell.workload]
    original = choose_original(attempt.cell)
    contenders = [
        Contender(name=name, cell=original, workload=staged, context=context)
        for name in (ORIGINAL, CONTROL)
    ]
    for number, each in enumerate(working):
        mode, name = each.found.mode, f"fix-{number}"
        source = "" if mode else each.found.source
        contenders.append(
            Contender(
                name=name,
                cell=change_mode(attempt.cell, mode) if mode else attempt.cell,
                workload=attempt.request_copy(source, name=name),
                context=context,
            )
        )
    if joint is not None and joint.copy:
        source = read_model_file(context.folder / joint.copy)
        workload = attempt.request_copy(source, name="fix-all")
        contenders.append(
            Contender(
                name="fix-all", cell=attempt.cell, workload=workload, context=context
            )
        )
    ratios = measure_ratios(contenders)
    for number, each in enumerate(working):
        each.facts.compared_with = original.variant
        store_ratio(each.facts, ratios.get(f"fix-{number}"))
    if joint is not None:
        store_ratio(joint, ratios.get("fix-all"))
        if CONTROL in ratios:
            joint.control_ratio = ratios[CONTROL].estimate


def choose_original(cell: Cell) -> Cell:
    """Return where the original is timed: in eager if its mode cannot run it."""
    if cell.status in (Status.FAILED, Status.NOT_RUN):
        eager = find_framework(cell.framework).modes[0].name
        return msgspec.structs.replace(cell, mode=eager)
    return cell


def store_ratio(facts: FixFacts | JointFixFacts, ratio: Interval | None) -> None:
    """Store a measured ratio with its interval, as far as they are known."""
    if ratio is None:
        return
    facts.ratio, facts.ratio_low, facts.ratio_high = (
        each if isfinite(each) else None
        for each in (ratio.estimate, ratio.low, ratio.high)
    )
