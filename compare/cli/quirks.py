"""``graph-compare quirks``: where the frameworks differ."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from compare.cli.console import make_console, print_message
from compare.cli.exit import CommandOutcome, ExitCode, run_guarded
from compare.cli.json_command import JsonCommand
from compare.cli.json_file import with_json
from compare.cli.options import with_debug
from compare.errors import UsageError
from compare.wording import format_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.agreement.parity import CatalogueRun
    from compare.quirks import QuirkEntry


@click.command(cls=JsonCommand)
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
@with_json
@with_debug
def quirks(
    *,
    name: str | None,
    no_run: bool,
    markdown: Path | None,
    json_file: Path | None,
    debug: bool,
) -> None:
    """List the differences between the frameworks, or show one of them.

    \b
    graph-compare quirks                       the whole catalogue
    graph-compare quirks same_padding          the code in each, and the deviation
    graph-compare quirks --markdown quirks.md  the catalogue, measured on this machine
    """

    def work() -> CommandOutcome:
        if markdown is not None:
            return write_catalogue(markdown)
        if name is None:
            return list_catalogue()
        return show_quirk(name, is_run=not no_run)

    run_guarded(work, debug=debug, json_file=json_file)


def write_catalogue(path: Path) -> CommandOutcome:
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
    return conclude_quirks(entries, results)


def list_catalogue() -> CommandOutcome:
    """Print one line per quirk."""
    from compare.agreement import parity  # noqa: PLC0415 - heavy
    from compare.study import quirks as display  # noqa: PLC0415 - heavy

    entries = parity.sorted_catalogue()
    display.print_catalogue(entries, make_console())
    return conclude_quirks(entries)


def show_quirk(name: str, *, is_run: bool) -> CommandOutcome:
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
    if not is_run:
        return conclude_quirks([entry])
    print_message(f"\nRunning {display.name_frameworks(entry)} ...")
    found = parity.run_catalogue([entry])
    display.print_measurement(entry, found.results[entry.name], console)
    return conclude_quirks([entry], found)


def conclude_quirks(
    entries: Sequence[QuirkEntry], found: CatalogueRun | None = None
) -> CommandOutcome:
    """Return the exit code and the quirks, with what was measured of them."""

    def describe() -> object:
        from compare.documents.quirks import describe_quirks  # noqa: PLC0415 - heavy

        return describe_quirks(entries, found)

    return CommandOutcome(code=ExitCode.OK, describe=describe)
