"""The option ``--json``: every figure of a command in a file for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.cli.options import path_option
from compare.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

with_json = path_option(
    "--json",
    "json_file",
    metavar="FILE",
    help="Also write every figure to a JSON file.",
)


def require_folder(path: Path) -> None:
    """Raise if the file cannot be created, before anything is run.

    Raises:
        UsageError: its folder does not exist, or it is a folder itself.
    """
    if path.is_dir() or not path.parent.is_dir():
        raise UsageError(
            f"--json: expected a file in a folder that exists; received {path}"
        )


def write_json(path: Path, found: object) -> None:
    """Write structs or dataclasses as indented JSON.

    Raises:
        UsageError: the file cannot be written.
    """
    import msgspec  # noqa: PLC0415 - heavy

    try:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1))
    except OSError as error:
        raise UsageError(f"--json: cannot write {path}: {error.strerror}") from error
