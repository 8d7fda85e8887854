"""``graph-compare debugging``: how each mode shows a user's mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from compare.cli.console import make_console, print_message
from compare.cli.exit import ExitCode, run_guarded
from compare.cli.json_file import with_json, write_json
from compare.cli.options import with_debug

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from compare.debugging.catalogue import UserMistake
    from compare.debugging.words import Case

# Gradients by hand and Keras' training loop fit other models; cudagraph needs a GPU.
LEFT_OUT = {"manual", "script-step", "keras-eager", "keras", "keras-xla", "cudagraph"}
LEFT_OUT |= {"graph"}  # its sessions have not been tried with these models


@click.command()
@click.argument("mistake", required=False)
@with_json
@with_debug
def debugging(*, mistake: str | None, json_file: Path | None, debug: bool) -> None:
    """Run models with a MISTAKE in every mode, and show how each mode reports it.

    \b
    graph-compare debugging                  every mistake: some minutes
    graph-compare debugging shape_mismatch   one, with its code and every message

    Each of five steps has another batch; the inputs are negative from the third one on.
    The tables state when an exception is raised, where the mistaken line is named, how
    many stack frames lead to the fault, and how often a side effect happens.
    """

    def work() -> int:
        from compare.debugging import catalogue  # noqa: PLC0415 - heavy

        one = catalogue.find_mistake(mistake) if mistake is not None else None
        chosen = [one] if one is not None else catalogue.list_mistakes()
        cases = run_all(chosen)
        if json_file is not None:
            write_json(json_file, list(cases))
        if one is not None:
            show_mistake(one, cases)
        else:
            show_tables(chosen, cases)
        return ExitCode.OK

    run_guarded(work, debug=debug)


def run_all(mistakes: Sequence[UserMistake]) -> list[Case]:
    """Return how the mistakes show in every mode that can run them."""
    from compare.debugging.run import run_mistakes  # noqa: PLC0415 - heavy
    from compare.frameworks import frameworks  # noqa: PLC0415
    from compare.pipeline.compile_cache import find_cache_folder  # noqa: PLC0415

    variants = [
        (framework, mode)
        for framework in frameworks().values()
        for mode in framework.modes
        if mode.name not in LEFT_OUT
    ]
    done: list[str] = []

    def report(variant: str) -> None:
        done.append(variant)
        print_message(f"{len(done)} of {len(variants)}: {variant}")

    return run_mistakes(
        mistakes, variants=variants, cache=find_cache_folder(), report=report
    )


def show_tables(mistakes: Sequence[UserMistake], cases: Sequence[Case]) -> None:
    """Print a table per question and framework: a row per mistake, a column per mode.

    Rows in which every mode has a dash are left out.
    """
    from rich.table import Table  # noqa: PLC0415 - heavy

    from compare.debugging.words import QUESTIONS  # noqa: PLC0415

    console = make_console()
    by_place = {(case.framework, case.mode, case.mistake): case for case in cases}
    for question, answer in QUESTIONS.items():
        console.print(question)
        for framework in dict.fromkeys(case.framework for case in cases):
            modes = dict.fromkeys(c.mode for c in cases if c.framework == framework)
            table = Table(framework, *modes, box=None)
            for mistake in mistakes:
                row = [answer(by_place[framework, m, mistake.name]) for m in modes]
                if {*row} != {"-"}:
                    table.add_row(mistake.name, *row)
            console.print(table)
            console.print()


def show_mistake(mistake: UserMistake, cases: Sequence[Case]) -> None:
    """Print the models, and the message and output of each mode."""
    from compare.debugging.words import describe_case  # noqa: PLC0415 - heavy

    console = make_console()
    console.print(f"{mistake.name}: {mistake.title}")
    for framework, path in mistake.files.items():
        console.print(f"\n{framework}\n{path.read_text('utf-8').rstrip()}")
    for case in cases:
        console.print(f"\n{case.variant}: {describe_case(case)}")
        texts = [case.reason]
        if case.observed is not None:
            texts += [case.observed.error, case.observed.printed]
        for text in filter(None, texts):
            console.print(f"  {text.strip()}")
