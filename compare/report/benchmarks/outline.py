"""The report of a pytest-benchmark file as data, for Markdown and HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.report.benchmarks.sentences import list_file_answers, list_file_cautions
from compare.report.benchmarks.tables import (
    tabulate_terms,
    tabulate_times,
)
from compare.report.run.outline import Outline
from compare.report.run.section import Section
from compare.report.run.tables import tabulate_environment, tabulate_settings
from compare.wording import format_count

if TYPE_CHECKING:
    from compare.pytest_benchmark.benchmarks import BenchmarkFile


def outline_benchmarks(file: BenchmarkFile) -> Outline:
    """Return everything that the report of a file contains."""
    return Outline(
        title=file.name,
        facts=_list_facts(file),
        answers=list_file_answers(file),
        cautions=list_file_cautions(file),
        sections=(_build_times(file), _build_source(file), _build_terms()),
    )


def _list_facts(file: BenchmarkFile) -> tuple[str, ...]:
    """Return the facts of the line below the title."""
    run = file.exported_from
    return (
        "pytest-benchmark file",
        f"exported from run {run}" if run else "sequential design",
        format_count(len(file.benchmarks), "benchmark"),
        *((file.created,) if file.created else ()),
    )


def _build_times(file: BenchmarkFile) -> Section:
    return Section(
        ident="times",
        title="Times",
        intro="The time of one call: of a training step in a file of graph-compare, of "
        "the timed function in any other. Ratios are to the baseline named above each "
        "table. The file does not contain whether a function was warmed up.",
        tables=tuple(map(tabulate_times, file.groups)),
    )


def _build_source(file: BenchmarkFile) -> Section:
    settings = (tabulate_settings(file.settings),) if file.settings else ()
    return Section(
        ident="environment",
        title="Source and environment",
        intro=f"Read from {file.name}, which contains the following facts about the "
        "machine. A benchmark that failed or was skipped is not in such a file.",
        tables=(tabulate_environment(file.environment), *settings),
    )


def _build_terms() -> Section:
    return Section(
        ident="reading",
        title="Terms in this report",
        intro="",
        tables=(tabulate_terms(),),
    )
