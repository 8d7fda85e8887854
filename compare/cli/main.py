"""The ``graph-compare`` command group."""

from __future__ import annotations

import sys

import click

from compare import __version__
from compare.cli import (
    agree,
    bisect,
    check,
    ci,
    debugging,
    deploy,
    diff,
    doctor_command,
    dossier,
    export,
    graph,
    history,
    new,
    quirks,
    report,
    run,
    schema,
    study,
)
from compare.cli import list as list_module
from compare.cli.console import flush_output, replace_unencodable
from compare.cli.exit import ExitCode

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
# In the order of a workflow: prepare, run, use the results, learn, automate.
COMMANDS = (
    doctor_command.doctor,
    list_module.list_command,
    new.new,
    run.run,
    check.check,
    graph.graph,
    agree.agree,
    deploy.deploy,
    report.report,
    export.export,
    diff.diff,
    history.history,
    ci.ci,
    bisect.bisect,
    quirks.quirks,
    debugging.debugging,
    dossier.dossier,
    study.study,
    schema.schema,
)


class Workflow(click.Group):
    """A command group that lists its commands in the order in which they were added."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of the commands; click would sort them."""
        return list(self.commands)


@click.group(
    cls=Workflow,
    context_settings=CONTEXT,
    epilog="Start with: graph-compare doctor, then graph-compare run.",
)
@click.version_option(__version__, prog_name="graph-compare")
def cli() -> None:
    """Compare eager and graph execution of a training step, in PyTorch and TensorFlow.

    Runs the same training step in every mode of both frameworks, checks that all modes
    compute the same numbers, measures what each mode costs, and writes a report.
    """


for command in COMMANDS:
    cli.add_command(command)


def main() -> None:
    """Run the ``graph-compare`` command."""
    replace_unencodable()
    stdout = sys.stdout
    try:
        cli(prog_name="graph-compare")
    finally:
        # click replaces the stream if a pipe is closed while it prints a help text.
        if not flush_output() or sys.stdout is not stdout:
            sys.exit(ExitCode.CLOSED_PIPE)
