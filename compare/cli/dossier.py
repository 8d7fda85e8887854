"""``graph-compare dossier``: the classic sentences with their measured verdicts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from compare.cli.console import echo, print_message
from compare.cli.exit import CommandOutcome, ExitCode, run_guarded
from compare.cli.json_command import JsonCommand
from compare.cli.json_file import with_json
from compare.cli.options import path_option, with_debug

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.dossier.parts import DossierPart

FOLDER = Path("reports") / "dossier"


@click.command(cls=JsonCommand)
@click.option(
    "--part",
    "part_names",
    multiple=True,
    metavar="PART",
    help="speed, sizes, dynamic, deploy or debugging: measure only this; repeat the "
    "option for several. Default: all that the folder lacks.",
)
@click.option(
    "--no-measure",
    is_flag=True,
    help="Measure nothing: write the page from what the folder has.",
)
@path_option(
    "--out",
    default=FOLDER,
    show_default=True,
    metavar="DIR",
    help="Folder of the dossier. Parts that it has are not measured again.",
)
@with_json
@with_debug
def dossier(
    *,
    part_names: Sequence[str],
    no_measure: bool,
    out: Path,
    json_file: Path | None,
    debug: bool,
) -> None:
    """Write one page with the classic sentences about graphs, each with its verdict.

    \b
    graph-compare dossier                   everything: about 20 minutes
    graph-compare dossier --part debugging  one part
    graph-compare dossier --no-measure      the page alone

    Dynamic graphs are easier to debug; static graphs can be optimised, and stored;
    only dynamic graphs handle what depends on the input; building the graph again is
    wasteful; PyTorch is for research, TensorFlow for production. Each sentence holds,
    holds only under a condition, does not hold, or is not decided, by what was measured
    here. The page has the tables, pictures and the code of both frameworks.

    Remove a part from the folder to measure it again.
    """

    def work() -> CommandOutcome:
        return produce_dossier(part_names, out, measures=not no_measure)

    run_guarded(work, debug=debug, json_file=json_file)


def produce_dossier(
    names: Sequence[str], folder: Path, *, measures: bool
) -> CommandOutcome:
    """Measure what is missing, and write the page.

    Raises:
        CompareError: a part is unknown, or cannot be measured or read.
    """
    from compare.documents.dossier import describe_dossier  # noqa: PLC0415 - heavy
    from compare.dossier.page import write_dossier  # noqa: PLC0415 - heavy
    from compare.dossier.parts import DossierPart, read_parts  # noqa: PLC0415 - heavy
    from compare.pipeline.request import require_expected  # noqa: PLC0415 - heavy

    chosen = [
        DossierPart(require_expected("--part", name, expected=tuple(DossierPart)))
        for name in names
    ]
    if measures:
        measure_missing(chosen or list(DossierPart), folder)
    else:
        require_parts(folder)
    measured = read_parts(folder)
    files = write_dossier(folder, measured)
    for path in files:
        echo(f"Written: {path}")
    return CommandOutcome(
        code=ExitCode.OK,
        describe=lambda: describe_dossier(measured, folder=folder, files=files),
    )


def require_parts(folder: Path) -> None:
    """Raise unless a folder has the results of a part.

    Raises:
        UsageError: it has none.
    """
    from compare.dossier.parts import DossierPart, has_part  # noqa: PLC0415 - heavy
    from compare.errors import UsageError  # noqa: PLC0415 - heavy

    if not any(has_part(folder, part) for part in DossierPart):
        raise UsageError(
            f"--no-measure: expected results of a dossier in {folder}; received none. "
            "Measure them without --no-measure"
        )


def measure_missing(parts: Sequence[DossierPart], folder: Path) -> None:
    """Measure the parts that a folder lacks.

    Raises:
        CompareError: one cannot be measured; the others are kept.
        UsageError: the folder cannot be written, or has an interrupted run.
    """
    from compare.dossier.parts import has_part, measure_part  # noqa: PLC0415 - heavy
    from compare.errors import UsageError  # noqa: PLC0415 - heavy

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--out: cannot write {folder}: {error.strerror}") from error
    for part in parts:
        if has_part(folder, part):
            print_message(f"{part}: kept")
            continue
        print_message(f"{part}: measuring")
        measure_part(part, folder, report=print_message)
