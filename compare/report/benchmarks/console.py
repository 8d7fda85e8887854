"""The report of a pytest-benchmark file in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from compare.report.benchmarks.sentences import list_file_answers, list_file_cautions
from compare.report.benchmarks.tables import tabulate_times_briefly
from compare.report.run.console import show_cautions, show_sentences, show_table

if TYPE_CHECKING:
    from rich.console import Console

    from compare.pytest_benchmark.benchmarks import BenchmarkFile


def print_benchmarks(file: BenchmarkFile, console: Console) -> None:
    """Print the limits of the file, the answers, and one table per group."""
    cautions = list_file_cautions(file)
    show_cautions((each for each in cautions if each.is_first), console)
    for answer in list_file_answers(file):
        console.print(Text(answer.question, style="bold"))
        show_sentences(answer.sentences, console)
        console.print()
    show_cautions((each for each in cautions if not each.is_first), console)
    for group in file.groups:
        show_table(tabulate_times_briefly(group), console)
