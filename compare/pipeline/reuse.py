"""Reuse what an earlier run computed: references, and float64 checks that agreed.

A variant's own dtype is checked in every run. Its float64 checks are reused only if all
of them agree and nothing that they depend on was changed (`result_key`). A failure of
the store costs time, never a result.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from math import isfinite
from typing import TYPE_CHECKING, TypeVar

import msgspec

from compare import workloads
from compare.agreement import packing
from compare.errors import RunError
from compare.frameworks import find_framework, frameworks
from compare.pipeline.context import own_part
from compare.pipeline.result_cache import (
    DamagedResultError,
    Kind,
    Result,
    ResultCache,
)
from compare.pipeline.result_key import (
    ChangedSourceError,
    Origin,
    describe_origin,
    key_of_findings,
    key_of_reference,
    read_sources,
)
from compare.runs.record import Note
from compare.runs.rows import Finding
from compare.runs.words import NoteKind, Verdict
from compare.workers.starting import COMMAND

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from compare.pipeline.agree import CellFindings
    from compare.pipeline.context import CheckPart, RunContext
    from compare.reference.expectation import Expected
    from compare.runs.record import Cell
    from compare.workers.messages import Ready

Found = TypeVar("Found")


class StoredReference(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The description of a stored NumPy reference."""

    run_id: str  # of the run that computed it
    expected: list[packing.PackedExpected]


class StoredFindings(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The description of stored findings. They have no arrays."""

    run_id: str
    findings: list[Finding]


@dataclass(frozen=True, kw_only=True)
class Reuse:
    """The stored results that a run may use, and where its own come from."""

    cache: ResultCache
    origin: Origin
    # (framework, device) -> what its workers reported
    ready: dict[tuple[str, str, int], Ready] = field(default_factory=dict)


def choose_results(context: RunContext, *, began_ns: int) -> None:
    """Let a run use stored results, or note why it does not.

    Workers started by another command may compute something else: then none are used.

    Args:
        context: of the run.
        began_ns: before the first process of the run was started.
    """
    if context.shared_cache is None or context.pool.command != COMMAND:
        return
    cache = ResultCache(context.shared_cache)
    try:
        cache.prepare()
        packages = {framework.package for framework in frameworks().values()}
        names = {each.name for each in context.record.request.workloads}
        of_workloads = {p for name in names for p in workloads.list_packages(name)}
        sources = read_sources(packages, began_ns=began_ns, of_workloads=of_workloads)
    except (OSError, RunError) as error:
        _note_not_kept(context, error)
        return
    except ChangedSourceError:  # someone edits the sources; nothing is wrong
        return
    origin = describe_origin(
        sources,
        facts=context.record.environment,
        threads=context.record.request.threads,
    )
    context.reuse = Reuse(cache=cache, origin=origin)


def note_worker(context: RunContext, cell: Cell, ready: Ready) -> None:
    """Remember the versions and settings that a cell's worker reported."""
    if context.reuse is not None:
        python = context.pool.frameworks[cell.framework].python
        replicas = context.staged[cell.workload].replicas
        own = {"interpreter": python, "replicas": str(replicas)}
        settings = {**ready.settings, **own}
        known = msgspec.structs.replace(ready, settings=settings)
        context.reuse.ready[cell.framework, cell.device, replicas] = known


def find_reference(
    context: RunContext,
    label: str,
    part: CheckPart,
    *,
    steps: int,
    compute: Callable[[], list[Expected]],
) -> list[Expected]:
    """Return a stored NumPy reference; if there is none, compute and store it.

    Args:
        context: of the run.
        label: of the workload.
        part: of the check.
        steps: length of the trajectory.
        compute: returns the reference.
    """
    key = _key_of_reference(context, label, part, steps=steps)
    folder = context.expected_folder(label, part)

    def restore(result: Result) -> list[Expected]:
        stored = msgspec.json.decode(result.description, type=StoredReference)
        packed = packing.Packed(expected=stored.expected, arrays=result.arrays)
        unpacked = packing.unpack(packed, folder=folder)
        with context.lock:
            record = context.record
            record.earlier_references[f"{label} {part}"] = stored.run_id
        return unpacked

    if (earlier := _read(context, Kind.REFERENCE, key, restore=restore)) is not None:
        return earlier
    expected = compute()
    if key and (packed := packing.pack(expected)) is not None:
        run_id = context.record.run_id
        stored = StoredReference(run_id=run_id, expected=packed.expected)
        result = Result(
            description=msgspec.json.encode(stored), arrays=dict(packed.arrays)
        )
        packages = _list_packages(context, label)
        _write(context, Kind.REFERENCE, key, result, packages=packages)
    return expected


def add_stored_findings(
    context: RunContext, found: CellFindings, *, steps: int
) -> bool:
    """Add the stored findings on a part of a cell, if there are any.

    Returns:
        Whether there were. The part needs no check then.
    """
    key = _key_of_findings(context, found, steps=steps)
    earlier = _read(context, Kind.FINDINGS, key, restore=_restore_findings)
    found.add_findings(earlier or [])
    return earlier is not None


def keep_findings(context: RunContext, found: CellFindings, *, steps: int) -> None:
    """Store the findings of a part that was checked in this run, if all agree."""
    key = _key_of_findings(context, found, steps=steps)
    names = [each.name for each in fields(Finding)]
    findings = [
        Finding(**{name: getattr(row, name) for name in names})
        for row in found.agreement
    ]
    if not key or found.differences or not _may_be_kept(findings):
        return
    stored = StoredFindings(run_id=context.record.run_id, findings=findings)
    result = Result(description=msgspec.json.encode(stored))
    packages = [
        find_framework(found.cell.framework).package,
        *_list_packages(context, found.cell.workload),
    ]
    _write(context, Kind.FINDINGS, key, result, packages=packages)


def _restore_findings(result: Result) -> list[Finding]:
    """Return stored findings, each with the run that computed it.

    Raises:
        ValueError: not all of them agree.
    """
    stored = msgspec.json.decode(result.description, type=StoredFindings)
    if not _may_be_kept(stored.findings):
        raise ValueError("expected findings that agree")
    return [replace(each, earlier_run=stored.run_id) for each in stored.findings]


def _may_be_kept(findings: list[Finding]) -> bool:
    """Return whether all findings are of one run, agree and have finite numbers.

    JSON cannot represent others.
    """
    numbers = [
        value
        for finding in findings
        for value in asdict(finding).values()
        if isinstance(value, float)
    ]
    agree = all(
        finding.verdict is Verdict.AGREES and not finding.earlier_run
        for finding in findings
    )
    return bool(findings) and agree and all(map(isfinite, numbers))


def _key_of_reference(
    context: RunContext, label: str, part: CheckPart, *, steps: int
) -> str:
    """Return the key of a reference; empty if it is computed in every run."""
    if context.reuse is None:
        return ""
    request = context.request_of(label, inputs=part.inputs)
    return key_of_reference(request, part, steps=steps, origin=context.reuse.origin)


def _key_of_findings(context: RunContext, found: CellFindings, *, steps: int) -> str:
    """Return the key of a part's findings; empty if they are computed in every run."""
    cell, reuse = found.cell, context.reuse
    if reuse is None or found.part == own_part(cell):
        return ""
    replicas = context.staged[cell.workload].replicas
    ready = reuse.ready.get((cell.framework, cell.device, replicas))
    if ready is None:
        return ""
    return key_of_findings(
        cell,
        reference=_key_of_reference(context, cell.workload, found.part, steps=steps),
        package=find_framework(cell.framework).package,
        ready=ready,
        origin=reuse.origin,
    )


def _read(
    context: RunContext, kind: Kind, key: str, *, restore: Callable[[Result], Found]
) -> Found | None:
    """Return a stored result; None if there is none, or it may not be used."""
    if context.reuse is None or not key or context.record.request.fresh:
        return None
    cache = context.reuse.cache
    try:
        result = cache.read(kind, key)
        return None if result is None else restore(result)
    except DamagedResultError as error:
        reason = str(error)
    except (msgspec.MsgspecError, LookupError, ValueError) as error:
        reason = f"{cache.path_of(kind, key)}: {error}"
    context.add_note(Note(kind=NoteKind.RESULT_DAMAGED, reason=reason))
    return None


def _list_packages(context: RunContext, label: str) -> list[str]:
    """Return the packages of other distributions with the code of a workload."""
    return workloads.list_packages(context.staged[label].name)


def _write(
    context: RunContext,
    kind: Kind,
    key: str,
    result: Result,
    *,
    packages: Sequence[str],
) -> None:
    """Store a result, unless its source files were changed during the run."""
    if context.reuse is None:
        return
    try:
        if context.reuse.origin.sources.are_unchanged(*packages):
            context.reuse.cache.write(kind, key, result)
    except (OSError, MemoryError) as error:
        _note_not_kept(context, error)


def _note_not_kept(context: RunContext, error: Exception) -> None:
    """Note once why results are not kept for later runs."""
    kind = NoteKind.RESULTS_NOT_KEPT
    if all(note.kind is not kind for note in context.record.notes):
        context.add_note(Note(kind=kind, reason=str(error)))
