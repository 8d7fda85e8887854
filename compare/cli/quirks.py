"""``graph-compare quirks``: where the frameworks differ."""

from __future__ import annotations

from pathlib import Path

import click

from compare.cli.console import make_console, print_message
from compare.cli.exit import ExitCode, run_guarded
from compare.cli.options import with_debug
from compare.errors import UsageError
from compare.wording import format_count


@click.command()
@click.argument("name", required=False)
@click.option(
    "--no-run",
    is_flag=True,
    help="Show the code without running it.",
)
@click.option(
    "--markdown",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Run the whole catalogue and write it as a Markdown table.",
)
@with_debug
def quirks(
    *, name: str | None, no_run: bool, markdown: Path | None, debug: bool
) -> None:
    """List the differences between the frameworks, or show one of them.

    \b
    graph-compare quirks                       the whole catalogue
    graph-compare quirks same_padding          the code in each, and the deviation
    graph-compare quirks --markdown quirks.md  the catalogue, measured on this machine
    """

    def work() -> int:
        if markdown is not None:
            return write_catalogue(markdown)
        if name is None:
            return list_catalogue()
        return show_quirk(name, is_run=not no_run)

    run_guarded(work, debug=debug)


def write_catalogue(path: Path) -> int:
    """Run every quirk and write the results as a Markdown table.

    Raises:
        UsageError: the folder of the file does not exist.
    """
    from compare.agreement import parity  # noqa: PLC0415 - heavy
    from compare.machine import machine  # noqa: PLC0415 - heavy
    from compare.study import quirks as display  # noqa: PLC0415 - heavy

    if not path.absolute().parent.is_dir():
        raise UsageError(
            f'--markdown: expected a file in an existing folder; received "{path}". '
            "Create the folder first"
        )
    entries = parity.sorted_catalogue()
    results = parity.run_catalogue(entries)
    text = display.format_markdown(
        entries,
        results.results,
        versions=results.versions,
        machine=machine()["processor"],
    )
    path.write_text(text, "utf-8")
    print_message(f"{format_count(len(entries), 'quirk')} written to {path}")
    return ExitCode.OK


def list_catalogue() -> int:
    """Print one line per quirk."""
    from compare.agreement import parity  # noqa: PLC0415 - heavy
    from compare.study import quirks as display  # noqa: PLC0415 - heavy

    display.print_catalogue(parity.sorted_catalogue(), make_console())
    return ExitCode.OK


def show_quirk(name: str, *, is_run: bool) -> int:
    """Print one quirk, and the deviation between its spellings if it is run.

    Raises:
        UsageError: there is no quirk of this name.
    """
    from compare.agreement import parity  # noqa: PLC0415 - heavy
    from compare.quirks import find_quirk  # noqa: PLC0415 - heavy
    from compare.study import quirks as display  # noqa: PLC0415 - heavy

    entry = find_quirk(name.replace("-", "_"))
    console = make_console()
    display.print_quirk(entry, console)
    if is_run:
        print_message(f"\nRunning {display.name_frameworks(entry)} ...")
        results = parity.run_catalogue([entry]).results[entry.name]
        display.print_measurement(entry, results, console)
    return ExitCode.OK
