"""Read a pytest-benchmark file: names, groups, ratios and the environment.

A benchmark that graph-compare wrote is a cell: its name is the variant, and its group
the workload. Any other benchmark keeps its own name and group.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from math import nan
from typing import TYPE_CHECKING

import msgspec

from compare.errors import RunError, unknown_name
from compare.pytest_benchmark.benchmarks import (
    Benchmark,
    BenchmarkFile,
    BenchmarkGroup,
)
from compare.pytest_benchmark.document import read_document, read_facts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from compare.pytest_benchmark.document import BenchmarkEntry, CellFacts, Document

MAX_NAMES = 12  # listed in a message


@dataclass(frozen=True)
class GroupKey:
    """Benchmarks with equal keys form a group."""

    label: str
    device: str = ""
    dtype: str = ""


@dataclass(frozen=True, kw_only=True)
class NamedEntry:
    """An entry of the file with its group and its name."""

    key: GroupKey
    name: str
    entry: BenchmarkEntry
    facts: CellFacts | None

    @property
    def identity(self) -> tuple[GroupKey, str]:
        """What distinguishes the benchmark from all others of the file."""
        return self.key, self.name


def read_benchmarks(path: Path, *, baseline: str | None = None) -> BenchmarkFile:
    """Read a pytest-benchmark file.

    Args:
        path: the file.
        baseline: the name of the benchmark to which ratios are computed, in every
            group that contains it. Other groups use their first benchmark. None:
            every group uses its first benchmark.

    Raises:
        RunError: the file cannot be read, has an invalid field, or contains a
            benchmark twice.
        UsageError: no benchmark has the name of the baseline.
    """
    document = read_document(path)
    entries = _name_entries(document, path=path)
    if baseline is not None:
        _check_baseline(entries, baseline, path=path)
    return BenchmarkFile(
        name=path.name,
        created=document.datetime,
        groups=tuple(_build_groups(entries, baseline=baseline)),
        environment=_read_environment(document),
        settings=document.graph_compare.settings,
        exported_from=document.graph_compare.exported_from,
    )


def _name_entries(document: Document, *, path: Path) -> list[NamedEntry]:
    """Return all entries, with the full name where a short name is not unique.

    Raises:
        RunError: ``extra_info`` is invalid, or a benchmark occurs twice.
    """
    entries = [
        _name_cell(entry, facts) if facts else _name_foreign(entry, path=path)
        for entry, facts in _read_all_facts(document, path=path)
    ]
    counts = Counter(each.identity for each in entries)
    entries = [
        _use_full_name(each) if counts[each.identity] > 1 else each for each in entries
    ]
    _check_unique(entries, path=path)
    return entries


def _read_all_facts(
    document: Document, *, path: Path
) -> Iterator[tuple[BenchmarkEntry, CellFacts | None]]:
    for number, entry in enumerate(document.benchmarks):
        try:
            yield entry, read_facts(entry)
        except msgspec.ValidationError as error:
            raise RunError(
                f"{path}: benchmarks[{number}].extra_info: {error}. It names a "
                "workload and a variant, so it is read as a cell of graph-compare"
            ) from error


def _name_cell(entry: BenchmarkEntry, facts: CellFacts) -> NamedEntry:
    key = GroupKey(facts.workload, device=facts.device, dtype=facts.dtype)
    return NamedEntry(key=key, name=facts.variant, entry=entry, facts=facts)


def _name_foreign(entry: BenchmarkEntry, *, path: Path) -> NamedEntry:
    test_file = entry.fullname.partition("::")[0]
    key = GroupKey(entry.group or test_file or path.stem)
    return NamedEntry(key=key, name=entry.name, entry=entry, facts=None)


def _use_full_name(named: NamedEntry) -> NamedEntry:
    """Return an entry with its full name; a cell keeps the name of its variant."""
    if named.facts or not named.entry.fullname:
        return named
    return replace(named, name=named.entry.fullname)


def _check_unique(entries: list[NamedEntry], *, path: Path) -> None:
    """Raise for the first benchmark that occurs twice.

    Raises:
        RunError: there is one.
    """
    seen = set()
    for number, each in enumerate(entries):
        if each.identity in seen:
            raise RunError(
                f"{path}: benchmarks[{number}]: expected each benchmark once; received "
                f"{each.name} of {each.key.label} again"
            )
        seen.add(each.identity)


def _check_baseline(entries: list[NamedEntry], baseline: str, *, path: Path) -> None:
    """Raise if no benchmark has the name of the baseline.

    Raises:
        UsageError: none has.
    """
    names = dict.fromkeys(each.name for each in entries)
    if baseline not in names:
        is_long = len(names) > MAX_NAMES
        raise unknown_name(
            "--baseline",
            baseline,
            expected=names,
            listed_by=f"graph-compare report {path}" if is_long else "",
            hints=3,
        )


def _build_groups(
    entries: list[NamedEntry], *, baseline: str | None
) -> Iterator[BenchmarkGroup]:
    """Yield the groups in the order of the file."""
    # Per label, not per group: variants of a workload on another device are compared
    # with the same baseline variant.
    baselines: dict[str, str] = {}
    groups: dict[GroupKey, list[NamedEntry]] = {}
    for each in entries:
        groups.setdefault(each.key, []).append(each)
        baselines.setdefault(each.key.label, each.name)
        if each.name == baseline:
            baselines[each.key.label] = baseline
    has_devices = len({key.device for key in groups}) > 1
    has_dtypes = len({key.dtype for key in groups}) > 1
    for key, members in groups.items():
        yield BenchmarkGroup(
            label=key.label,
            device=key.device if has_devices else "",
            dtype=key.dtype if has_dtypes else "",
            baseline=baselines[key.label],
            benchmarks=_build_benchmarks(members, baseline=baselines[key.label]),
        )


def _build_benchmarks(
    members: list[NamedEntry], *, baseline: str
) -> tuple[Benchmark, ...]:
    """Return the benchmarks of a group with their ratios."""
    medians = {each.name: each.entry.stats.median for each in members}
    return tuple(
        Benchmark(
            name=each.name,
            stats=each.entry.stats,
            facts=each.facts,
            ratio=medians[each.name] / medians.get(baseline, nan),
            is_baseline=each.name == baseline,
        )
        for each in members
    )


def _read_environment(document: Document) -> dict[str, str]:
    """Return the facts about the machine, without its name in the network."""
    info = document.machine_info
    cpu = info.get("cpu")
    simple = {
        name: str(value)
        for name, value in info.items()
        if name != "node" and isinstance(value, str | int | float) and value != ""
    }
    if isinstance(cpu, dict):
        simple |= {
            f"cpu {name}": str(cpu[name])
            for name in ("brand_raw", "count")
            if name in cpu
        }
    tool = {"pytest-benchmark": document.version} if document.version else {}
    return {**simple, **tool, **document.graph_compare.environment}
