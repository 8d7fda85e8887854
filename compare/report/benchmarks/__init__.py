"""Render a pytest-benchmark file: in the terminal, as Markdown and as an HTML page.

Reads only a `compare.pytest_benchmark.benchmarks.BenchmarkFile`. Uses the page, the
Markdown writer and the terminal output of `compare.report.run`. Public names:
`write_benchmark_report` and `print_benchmark_report`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from compare.pytest_benchmark.benchmarks import BenchmarkFile


def write_benchmark_report(file: BenchmarkFile, *, folder: Path) -> Path:
    """Write ``report.md`` and ``index.html`` into a folder.

    Returns:
        The path of ``index.html``.
    """
    # Imported here because templates take long to import.
    from compare.report import MARKDOWN_FILE, PAGE_FILE  # noqa: PLC0415
    from compare.report.benchmarks.outline import outline_benchmarks  # noqa: PLC0415
    from compare.report.run.markdown import render_markdown  # noqa: PLC0415
    from compare.report.run.page import render_page  # noqa: PLC0415

    outline = outline_benchmarks(file)
    (folder / MARKDOWN_FILE).write_text(render_markdown(outline), encoding="utf-8")
    (folder / PAGE_FILE).write_text(render_page(outline), encoding="utf-8")
    return folder / PAGE_FILE


def print_benchmark_report(file: BenchmarkFile, console: Console) -> None:
    """Print the answers and one table per group."""
    from compare.report.benchmarks.console import print_benchmarks  # noqa: PLC0415

    print_benchmarks(file, console)
