"""The result of ``report``: a run, or the benchmarks of another tool's file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from compare.documents.run import RunDocument, describe_run
from compare.pytest_benchmark.table import BenchmarkRow, list_benchmark_rows

if TYPE_CHECKING:
    from pathlib import Path

    from compare.pytest_benchmark.benchmarks import BenchmarkFile
    from compare.runs.folder import Run


class ReportDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What a report shows.

    Attributes:
        page: the report as HTML.
        run: null for a pytest-benchmark file.
        benchmarks: of a pytest-benchmark file; null for a run.
        environment: of the machine that the benchmarks ran on; empty for a run.
    """

    page: str
    run: RunDocument | None = None
    benchmarks: list[BenchmarkRow] | None = None
    environment: dict[str, str] = {}


def describe_report(run: Run) -> ReportDocument:
    """Return the report of a run as a document."""
    found = describe_run(run)
    return ReportDocument(page=found.page, run=found)


def describe_benchmarks(file: BenchmarkFile, *, page: Path) -> ReportDocument:
    """Return the report of a pytest-benchmark file as a document."""
    return ReportDocument(
        page=str(page.absolute()),
        benchmarks=list_benchmark_rows(file),
        environment=dict(file.environment),
    )
