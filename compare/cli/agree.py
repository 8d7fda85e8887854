"""``graph-compare agree``: check agreement without timing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from compare.cli.exit import run_guarded
from compare.cli.options import with_debug, with_selection
from compare.cli.run import start_run

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@with_selection
@with_debug
def agree(
    *,
    out: Path | None,
    debug: bool,
    **options: Any,  # noqa: ANN401 - click's options
) -> None:
    """Check that all variants compute the same numbers, without timing.

    \b
    graph-compare agree
    graph-compare agree cnn -v tf/xla --dtype float64

    Exit codes: as for run.
    """

    def work() -> int:
        from compare.pipeline.request import RunOptions  # noqa: PLC0415 - heavy

        return start_run(RunOptions(**options), out=out, timed=False)

    run_guarded(work, debug=debug)
