"""``benchmarks.csv``: one row per benchmark of a pytest-benchmark file."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING

from compare.pytest_benchmark.document import (
    AgreementVerdict,  # noqa: TC001 - read at run time
)
from compare.runs.folder import create_new_folder
from compare.runs.tables import TableSpec, write_table
from compare.stats.estimates import TimingVerdict  # noqa: TC001 - read at run time

if TYPE_CHECKING:
    from pathlib import Path

    from compare.pytest_benchmark.benchmarks import (
        Benchmark,
        BenchmarkFile,
        BenchmarkGroup,
    )


@dataclass(frozen=True, kw_only=True)
class BenchmarkRow:
    """One benchmark. Times are per call; what the file does not contain is empty."""

    group: str = ""
    benchmark: str
    device: str = ""
    dtype: str = ""
    family: str = ""
    captures: str = ""
    agreement: AgreementVerdict
    difference: str = ""
    median_ns: float
    min_ns: float
    mean_ns: float
    max_ns: float
    standard_deviation_ns: float
    rounds: int
    calls_per_round: int
    ratio: float = nan  # to the baseline's median; NaN if its group has no baseline
    verdict: TimingVerdict


BENCHMARKS = TableSpec("benchmarks.csv", BenchmarkRow)


def write_folder(folder: Path, file: BenchmarkFile) -> None:
    """Create a folder and write ``benchmarks.csv`` into it.

    Raises:
        RunError: the folder exists (nothing is overwritten) or cannot be created.
    """
    create_new_folder(folder)
    write_table(folder, BENCHMARKS, BENCHMARKS.frame(list_benchmark_rows(file)))


def list_benchmark_rows(file: BenchmarkFile) -> list[BenchmarkRow]:
    """Return one row per benchmark of a file."""
    return [
        _build_row(benchmark, group=group)
        for group in file.groups
        for benchmark in group.benchmarks
    ]


def _build_row(benchmark: Benchmark, *, group: BenchmarkGroup) -> BenchmarkRow:
    facts, stats = benchmark.facts, benchmark.stats
    return BenchmarkRow(
        group=group.label,
        benchmark=benchmark.name,
        device=facts.device if facts else "",
        dtype=facts.dtype if facts else "",
        family=facts.family if facts else "",
        captures=facts.captures if facts else "",
        agreement=benchmark.agreement,
        difference=facts.difference if facts else "",
        median_ns=stats.median * 1e9,
        min_ns=stats.min * 1e9,
        mean_ns=stats.mean * 1e9,
        max_ns=stats.max * 1e9,
        standard_deviation_ns=stats.stddev * 1e9,
        rounds=stats.rounds,
        calls_per_round=stats.iterations,
        ratio=benchmark.ratio,
        verdict=benchmark.verdict,
    )
