"""``graph-compare debugging``: how each mode shows a user's mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from compare.cli.console import make_console, print_message
from compare.cli.exit import CommandOutcome, ExitCode, run_guarded
from compare.cli.json_command import JsonCommand
from compare.cli.json_file import with_json
from compare.cli.options import with_debug

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from compare.debugging.catalogue import UserMistake
    from compare.debugging.remedies import RemedyCase
    from compare.debugging.words import Case


@click.command(cls=JsonCommand)
@click.argument("mistake", required=False)
@click.option(
    "--remedies",
    is_flag=True,
    help="Show what helps in each mode, and what it costs in steps per second: three "
    "minutes. With a MISTAKE, only what helps to find it.",
)
@with_json
@with_debug
def debugging(
    *, mistake: str | None, remedies: bool, json_file: Path | None, debug: bool
) -> None:
    """Run models with a MISTAKE in every mode, and show how each mode reports it.

    \b
    graph-compare debugging                  every mistake: some minutes
    graph-compare debugging shape_mismatch   one, with its code and every message
    graph-compare debugging --remedies       what helps, and what it costs

    Each of five steps has another batch; the inputs are negative from the third one on.
    The tables state when an exception is raised, where the mistaken line is named, how
    many stack frames lead to the fault, and how often a side effect happens.
    """

    def work() -> CommandOutcome:
        from compare.debugging import catalogue  # noqa: PLC0415 - heavy
        from compare.documents.debugging import DebuggingDocument  # noqa: PLC0415

        one = catalogue.find_mistake(mistake) if mistake is not None else None
        if remedies:
            found = DebuggingDocument(remedies=show_remedies(one))
        elif one is not None:
            found = DebuggingDocument(cases=show_mistake(one))
        else:
            found = DebuggingDocument(cases=show_tables(catalogue.list_mistakes()))
        return CommandOutcome(code=ExitCode.OK, describe=lambda: found)

    run_guarded(work, debug=debug, json_file=json_file)


def run_all(mistakes: Sequence[UserMistake]) -> list[Case]:
    """Return how the mistakes show in every mode that can run them."""
    from compare.debugging.run import list_variants, run_mistakes  # noqa: PLC0415
    from compare.pipeline.compile_cache import find_cache_folder  # noqa: PLC0415

    variants = list_variants()
    done: list[str] = []

    def report(variant: str) -> None:
        done.append(variant)
        print_message(f"{len(done)} of {len(variants)}: {variant}")

    return run_mistakes(
        mistakes, variants=variants, cache=find_cache_folder(), report=report
    )


def show_tables(mistakes: Sequence[UserMistake]) -> list[Case]:
    """Print a table per question and framework; return every case."""
    from compare.debugging.tables import tabulate_cases  # noqa: PLC0415 - heavy
    from compare.report.run.console import show_table  # noqa: PLC0415 - heavy

    cases = run_all(mistakes)
    console = make_console()
    for table in tabulate_cases(mistakes, cases):
        show_table(table, console)
    return cases


def show_mistake(mistake: UserMistake) -> list[Case]:
    """Print the models in columns, and the message and output of each mode."""
    from compare.debugging.words import describe_case  # noqa: PLC0415 - heavy
    from compare.render.columns import Side, render_columns  # noqa: PLC0415

    console = make_console()
    console.print(f"{mistake.name}: {mistake.title}\n")
    sides = [
        Side(title=framework, pieces={"": path.read_text("utf-8").rstrip()})
        for framework, path in mistake.files.items()
    ]
    console.print(render_columns(sides, width=console.width))
    cases = run_all([mistake])
    for case in cases:
        console.print(f"\n{case.variant}: {describe_case(case)}")
        texts = [case.reason]
        if case.observed is not None:
            texts += [case.observed.error, case.observed.printed]
        for text in filter(None, texts):
            console.print(f"  {text.strip()}")
    return cases


def show_remedies(mistake: UserMistake | None) -> list[RemedyCase]:
    """Print what helps to find a mistake, or each of them.

    Raises:
        UsageError: no remedy for the mistake is in the catalogue.
    """
    from compare.debugging.remedies import (  # noqa: PLC0415 - heavy
        list_remedies,
        measure_remedies,
    )
    from compare.debugging.tables import tabulate_remedies  # noqa: PLC0415 - heavy
    from compare.errors import UsageError  # noqa: PLC0415 - heavy
    from compare.pipeline.compile_cache import find_cache_folder  # noqa: PLC0415
    from compare.report.run.console import show_table  # noqa: PLC0415 - heavy
    from compare.wording import join_words  # noqa: PLC0415

    every = list_remedies()
    chosen = [each for each in every if not mistake or each[1].mistake == mistake.name]
    if not chosen:
        names = join_words(sorted({each.mistake for _, each in every}))
        raise UsageError(
            f"--remedies: no remedy for {mistake and mistake.name}; expected {names}, "
            "or no MISTAKE to measure all"
        )
    done: list[str] = []

    def report(name: str) -> None:
        done.append(name)
        print_message(f"{len(done)} of {len(chosen)}: {name}")

    found = measure_remedies(chosen, cache=find_cache_folder(), report=report)
    console = make_console()
    for table in tabulate_remedies(found):
        show_table(table, console)
    return found
