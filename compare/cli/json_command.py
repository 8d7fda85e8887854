"""Commands with ``--json`` whose wrong use is also reported as a document."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from compare.cli.exit import ExitCode
from compare.cli.json_file import encode_failure, require_target, write_document
from compare.documents.failure import Failure, FailureKind
from compare.errors import CompareError, StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence

OPTION = "--json"


class JsonCommand(click.Command):
    """A command whose ``--json`` gets a document even if other options are wrong."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,  # noqa: ANN401 - click's
    ) -> click.Context:
        """Parse the arguments; see `click.Command.make_context`."""
        target = find_json_file(args)
        try:
            return super().make_context(info_name, args, parent=parent, **extra)
        except click.UsageError as error:
            if target is not None:
                _report_wrong_use(str(self.name), error, target)
            raise


def find_json_file(arguments: Sequence[str]) -> Path | None:
    """Return the value of ``--json`` in arguments that were not parsed."""
    for number, word in enumerate(arguments):
        name, is_joined, value = word.partition("=")
        if word == "--":
            return None
        if name == OPTION and is_joined:
            return Path(value)
        if word == OPTION and number + 1 < len(arguments):
            return Path(arguments[number + 1])
    return None


def _report_wrong_use(command: str, error: click.UsageError, target: Path) -> None:
    """Write why the arguments are wrong, if the target can be written."""
    failure = Failure(kind=FailureKind.USAGE, message=error.format_message())
    try:
        require_target(target)
        document = encode_failure(command, failure, code=ExitCode.USAGE)
        write_document(target, document)
    except (CompareError, StorageError, OSError):
        return  # click prints what is wrong
