"""The result of ``export``: the file of another tool that was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

    from compare.pytest_benchmark.writing import ExportResult


class ExportDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The file that was written.

    Attributes:
        format: of the file, such as ``pytest-benchmark``.
        benchmarks: how many it has.
        left_out: cells that it lacks, with the reasons.
    """

    file: str
    format: str
    benchmarks: int
    left_out: list[str]


def describe_export(found: ExportResult, *, file: Path) -> ExportDocument:
    """Return what was exported as a document."""
    return ExportDocument(
        file=str(file.absolute()),
        format="pytest-benchmark",
        benchmarks=found.count,
        left_out=list(found.left_out),
    )
