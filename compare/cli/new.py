"""``graph-compare new``: write a folder in the form of a workload."""

from __future__ import annotations

from pathlib import Path

import click

from compare.cli.console import echo
from compare.cli.exit import ExitCode, run_guarded
from compare.cli.options import with_debug
from compare.errors import RunError, UsageError, unknown_name


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "name",
    metavar="WORKLOAD",
    help="Copy this built-in workload: mlp, cnn or two_layer. Default: mlp.",
)
@click.option(
    "--for",
    "targets",
    multiple=True,
    metavar="TARGET",
    help="Write the folder around an existing model, such as net.py:Net; repeat the "
    "option with the same model in the other framework.",
)
@click.option(
    "--with",
    "arguments",
    multiple=True,
    metavar="NAME=VALUE",
    help="An argument of the existing model; repeat the option for several.",
)
@with_debug
def new(
    *,
    folder: Path,
    name: str | None,
    targets: tuple[str, ...],
    arguments: tuple[str, ...],
    debug: bool,
) -> None:
    """Write a workload of your own: data in NumPy, and a model in each framework.

    \b
    graph-compare new my_net                      a small network to change
    graph-compare new my_net --from cnn           a copy of a built-in workload
    graph-compare new my_net --for net.py:Net     around an existing model
    graph-compare new my_net --for torch=net.py:Net --for tf=net_tf.py:build_net

    DIR must not exist yet, or be empty. It gets workload.py, model_torch.py and
    model_tf.py. The commands check, run, agree and list take it in place of a name.
    workload.py may define a reference in NumPy; that of --from two_layer does.
    """

    def work() -> int:
        if name and targets:
            raise UsageError("new: expected --from or --for; received both")
        require_empty(folder)
        if targets:
            write_around(folder, targets, arguments)
        else:
            write_built_in(folder, name)
        echo(f"Next: graph-compare check {folder} --not-timed {eager_options(folder)}")
        return ExitCode.OK

    run_guarded(work, debug=debug)


def eager_options(folder: Path) -> str:
    """Return options that select the first mode of each model's framework.

    Their check takes seconds; compilers take minutes.
    """
    from compare.frameworks import frameworks  # noqa: PLC0415 - only for this command
    from compare.workloads.folder import open_folder  # noqa: PLC0415 - heavy

    sources = open_folder(str(folder), settings={}, seed=0).sources
    known = frameworks()
    return " ".join(f"-v {name}/{known[name].modes[0].name}" for name in sources)


def require_empty(folder: Path) -> None:
    """Raise unless a folder does not exist or is empty.

    Raises:
        RunError: it contains something, is a file, or cannot be read.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            kind = "contains files" if folder.is_dir() else "is a file"
            raise RunError(f"new: expected a new or empty folder; {folder} {kind}")
    except OSError as error:
        raise RunError(f"new: {folder} cannot be read: {error.strerror}") from error


def write_built_in(folder: Path, name: str | None) -> None:
    """Copy a built-in workload.

    Raises:
        UsageError: it is unknown.
        RunError: the folder cannot be written.
    """
    from compare.scaffold import copying  # noqa: PLC0415 - only for this command

    chosen = name or copying.BUILT_IN[0]
    if chosen not in copying.BUILT_IN:
        raise unknown_name("--from", chosen, expected=copying.BUILT_IN)
    try:
        print_files(copying.write_copy(folder, chosen))
    except OSError as error:
        raise RunError(f"new: cannot write {folder}: {error.strerror}") from error


def write_around(
    folder: Path, targets: tuple[str, ...], arguments: tuple[str, ...]
) -> None:
    """Write a folder around existing models.

    Raises:
        CompareError: a model cannot be found or used.
        RunError: the folder cannot be written.
    """
    import dataclasses  # noqa: PLC0415 - only for this command

    from compare.scaffold.wrapping import write_wrapper  # noqa: PLC0415 - heavy
    from compare.targets.parsing import (  # noqa: PLC0415 - heavy
        parse_arguments,
        parse_targets,
    )

    given = parse_arguments(arguments)
    sources = {
        framework: dataclasses.replace(source, arguments=given)
        for framework, source in parse_targets(targets).items()
    }
    try:
        print_files(write_wrapper(folder, sources))
    except OSError as error:
        raise RunError(f"new: cannot write {folder}: {error.strerror}") from error


def print_files(paths: list[Path]) -> None:
    """Print the files that were written."""
    for path in paths:
        echo(f"Wrote {path}")
