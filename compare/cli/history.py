"""``graph-compare history``: show every cell over all runs in a folder."""

from __future__ import annotations

from pathlib import Path

import click

from compare.cli.console import echo, make_console
from compare.cli.exit import CommandOutcome, ExitCode, run_guarded
from compare.cli.extras import require_extra
from compare.cli.json_command import JsonCommand
from compare.cli.json_file import with_json
from compare.cli.options import path_option, with_debug
from compare.cli.rendering import print_warning


@click.command(cls=JsonCommand)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@path_option(
    "--out",
    metavar="FILE",
    help="File to write the page to. Default: DIR/history.html.",
)
@with_json
@with_debug
def history(
    *, folder: Path, out: Path | None, json_file: Path | None, debug: bool
) -> None:
    """Show every cell over all runs in a folder, and when its step time changed.

    \b
    graph-compare history reports
    """

    def work() -> CommandOutcome:
        require_extra("history", command="history")
        from compare.documents.history import describe_history  # noqa: PLC0415 - heavy
        from compare.history.history import read_history  # noqa: PLC0415 - heavy
        from compare.report.history.console import print_history  # noqa: PLC0415 - heavy
        from compare.report.history.page import PAGE, write_page  # noqa: PLC0415 - heavy

        page = out or folder / PAGE
        found = read_history(folder)
        print_history(found, make_console())
        write_page(found, page, on_missing=print_warning)
        echo(f"Page: {page.resolve().as_uri()}")
        return CommandOutcome(
            code=ExitCode.OK, describe=lambda: describe_history(found, page=page)
        )

    run_guarded(work, debug=debug, json_file=json_file)
