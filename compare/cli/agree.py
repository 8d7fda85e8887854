"""``graph-compare agree``: check agreement without timing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from compare.cli.exit import CommandOutcome, run_guarded
from compare.cli.json_command import JsonCommand
from compare.cli.json_file import with_json
from compare.cli.options import with_debug, with_selection
from compare.cli.run import start_run

if TYPE_CHECKING:
    from pathlib import Path


@click.command(cls=JsonCommand)
@with_selection
@with_json
@with_debug
def agree(
    *,
    out: Path | None,
    json_file: Path | None,
    debug: bool,
    **options: Any,  # noqa: ANN401 - click's options
) -> None:
    """Check that all variants compute the same numbers, without timing.

    \b
    graph-compare agree
    graph-compare agree cnn -v tf/xla --dtype float64

    Exit codes: as for run.
    """

    def work() -> CommandOutcome:
        from compare.pipeline.request import RunOptions  # noqa: PLC0415 - heavy

        return start_run(RunOptions(**options), out=out, timed=False)

    run_guarded(work, debug=debug, json_file=json_file)
