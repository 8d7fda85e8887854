"""``graph-compare schema``: the JSON Schema of what ``--json`` writes."""

from __future__ import annotations

import click

from compare.cli.console import echo
from compare.cli.exit import ExitCode, run_guarded
from compare.cli.options import with_debug
from compare.errors import unknown_name


@click.command()
@click.argument("name", required=False, metavar="[COMMAND|card|comparison]")
@with_debug
def schema(*, name: str | None, debug: bool) -> None:
    """Print the JSON Schema of what a COMMAND writes with --json.

    \b
    graph-compare schema            every command, the version of its schema, its file
    graph-compare schema diff       the schema of graph-compare diff --json
    graph-compare schema card       the schema of card.json, a file of each check
    graph-compare schema comparison what %%compare in a notebook returns as JSON

    A version increases when a property is removed, renamed, or changes its type.
    """
    run_guarded(lambda: print_schema(name), debug=debug)


def print_schema(name: str | None) -> int:
    """Print a schema, or a list of all; return the exit code.

    Raises:
        UsageError: the document is unknown.
    """
    from compare.documents.kinds import (  # noqa: PLC0415 - only for this command
        DOCUMENTS,
        schema_path,
    )

    if name is None:
        for known, kind in DOCUMENTS.items():
            echo(f"{known:<10} version {kind.version}  {schema_path(known)}")
        return ExitCode.OK
    if name not in DOCUMENTS:
        raise unknown_name("schema", name, expected=DOCUMENTS)
    click.echo(schema_path(name).read_bytes(), nl=False)
    return ExitCode.OK
