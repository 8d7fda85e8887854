"""``graph-compare list``: list workloads and variants, and what can run here.

Imports no NumPy and reads suites without building their workloads, to answer at once.
Only workloads of other distributions are imported, for their descriptions.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from compare.cli.console import echo
from compare.cli.exit import CommandOutcome, ExitCode, run_guarded
from compare.cli.json_command import JsonCommand
from compare.cli.json_file import with_json
from compare.cli.options import with_debug
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from compare.contract import Mode
    from compare.plugins import PluginError


@click.command(name="list", cls=JsonCommand)
@click.argument("workload", required=False)
@with_json
@with_debug
def list_command(*, workload: str | None, json_file: Path | None, debug: bool) -> None:
    """List workloads, variants and suites, and which variants can run here.

    With the name of a WORKLOAD, or the folder of one, list its sizes and their
    defaults.
    """

    def work() -> CommandOutcome:
        return print_lists() if workload is None else print_sizes(workload)

    run_guarded(work, debug=debug, json_file=json_file)


def print_sizes(name: str) -> CommandOutcome:
    """Print and return each size of a workload with its default.

    Raises:
        UsageError: the workload is unknown.
        DataError: it is a folder whose workload cannot be read.
    """
    from compare import workloads  # noqa: PLC0415 - only for this command
    from compare.workloads import folder  # noqa: PLC0415

    if name not in workloads.names() and folder.is_folder(name):
        path = Path(name).expanduser() / folder.FILE
        sizes, described = folder.list_defaults(path), folder.describe_folder(path)
    else:
        sizes, described = workloads.sizes(name), workloads.describe(name)
    echo(f"{name}: {described}")
    for size, value in sizes.items():
        echo(f"  {size:<18} {_format_default(value)}")
    echo(f"Set them: graph-compare run {name} --set SIZE=VALUE")

    def describe() -> object:
        from compare.documents.listing import (  # noqa: PLC0415 - heavy
            ListDocument,
            list_workload,
        )

        listed = list_workload(name, summary=described, sizes=sizes)
        return ListDocument(workloads=[listed])

    return CommandOutcome(code=ExitCode.OK, describe=describe)


def _format_default(value: object) -> str:
    """Return a default as ``--set`` takes it."""
    if value is None:
        return "not set"
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def print_lists() -> CommandOutcome:
    """Print and return workloads, variants and suites."""
    _print_workloads()
    _print_variants()
    echo("\nSuites\n  quick, full, dynamic, fusion, keras, or the path of a .toml file")

    def describe() -> object:
        from compare.documents.listing import describe_lists  # noqa: PLC0415 - heavy

        return describe_lists()

    return CommandOutcome(code=ExitCode.OK, describe=describe)


def _print_workloads() -> None:
    from compare import workloads  # noqa: PLC0415 - only for this command
    from compare.pipeline.suites import BUILT_IN, workload_names  # noqa: PLC0415

    in_suites = {name for suite in BUILT_IN for name in workload_names(suite)}
    echo("Workloads")
    origins, refused = workloads.load_plugins()
    for name in (*workloads.WORKLOADS, *origins):
        of_plugin = f"of {origins[name]}; " if name in origins else ""
        note = "" if name in in_suites else f" ({of_plugin}in no suite; name it)"
        echo(f"  {name:<18} {workloads.describe(name)}{note}")
    _print_refused(refused)


def _print_refused(refused: Iterable[PluginError]) -> None:
    """Print what other distributions add that cannot be used."""
    for error in refused:
        echo(f"  left out: {error}")


def _describe_restriction(mode: Mode) -> str:
    """Return where a mode runs only if it is named; empty if it always runs."""
    from compare.contract import OCCASIONS  # noqa: PLC0415 - only for this command

    where = [each for each in OCCASIONS if each not in mode.unnamed_in]
    return f"; in {join_words(where, conjunction='and')} if named" if where else ""


def _print_variants() -> None:
    from compare.contract import DEVICES  # noqa: PLC0415 - only for this command
    from compare.frameworks import (  # noqa: PLC0415
        find_missing_requirement,
        find_plugins,
        frameworks,
    )

    echo("\nVariants")
    for framework in frameworks().values():
        for mode in framework.modes:
            variant = f"{framework.name}/{mode.name}"
            echo(f"  {variant:<22} {mode.summary}")
            devices = (
                "" if mode.devices == DEVICES else f"; on {join_words(mode.devices)}"
            )
            kind = f"{mode.family}; captures: {mode.captures}{devices}"
            echo(f"  {'':<22} {kind}{_describe_restriction(mode)}")
            if reason := find_missing_requirement(framework, mode):
                echo(f"  {'':<22} cannot run here: {reason}")
    _print_refused(find_plugins().refused)
