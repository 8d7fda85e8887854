"""A pytest-benchmark file as data: groups of benchmarks and their ratios."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import nan
from typing import TYPE_CHECKING

from compare.pytest_benchmark.document import AgreementVerdict
from compare.stats.estimates import TimingVerdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from compare.pytest_benchmark.document import CellFacts, Stats


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """One benchmark, with its ratio to the baseline of its group."""

    name: str  # unique within the group
    stats: Stats
    facts: CellFacts | None = None  # None: the benchmark of another project
    ratio: float = nan  # of the medians; NaN if the group does not have the baseline
    is_baseline: bool = False

    @property
    def verdict(self) -> TimingVerdict:
        """``baseline`` or ``inconclusive``.

        No other verdict is possible: benchmarks that were timed one after another
        give no interval of their ratio.
        """
        if self.is_baseline:
            return TimingVerdict.BASELINE
        return TimingVerdict.INCONCLUSIVE

    @property
    def agreement(self) -> AgreementVerdict:
        """Whether the benchmark agrees with the reference, if that was checked."""
        return self.facts.agreement if self.facts else AgreementVerdict.NOT_CHECKED


@dataclass(frozen=True, kw_only=True)
class BenchmarkGroup:
    """Benchmarks whose times may be compared with each other.

    Cells of graph-compare are grouped by workload, device and dtype. Other benchmarks
    are grouped by their group in pytest-benchmark, or by test file if they have none.
    """

    label: str  # the workload, the group or the test file
    device: str = ""  # empty unless the file contains several
    dtype: str = ""  # the same
    baseline: str  # a name, not necessarily of a benchmark in this group
    benchmarks: tuple[Benchmark, ...]

    @property
    def heading(self) -> str:
        """The label, with the device and dtype if the file contains several."""
        return ", ".join(filter(None, (self.label, self.dtype, self.device)))

    @property
    def has_baseline(self) -> bool:
        """Whether the group contains the baseline, so that there are ratios."""
        return any(benchmark.is_baseline for benchmark in self.benchmarks)


@dataclass(frozen=True, kw_only=True)
class BenchmarkFile:
    """Everything that is used of a pytest-benchmark file."""

    name: str  # of the file, without its folder
    created: str  # as written in the file; may be empty
    groups: tuple[BenchmarkGroup, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    # framework -> setting -> value
    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    exported_from: str = ""  # the id of the run that graph-compare exported

    @property
    def benchmarks(self) -> tuple[Benchmark, ...]:
        """The benchmarks of all groups."""
        return tuple(each for group in self.groups for each in group.benchmarks)
