"""Keep exported files in a folder of the user: one folder per framework."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from compare.deploy.rows import DeployRow


def keep_files(
    exported: Mapping[str, Path], rows: Mapping[str, DeployRow], *, folder: Path
) -> dict[str, str]:
    """Copy the files of one framework, and store their paths in the rows.

    A file that cannot be copied leaves the results as they are.

    Args:
        exported: format -> its file or folder.
        rows: format -> its row; those that were exported have a size.
        folder: where to write; it may not exist.

    Returns:
        The path of each file that could not be copied -> the reason.
    """
    failed = {}
    for name, source in exported.items():
        if rows[name].file_bytes is None:
            continue
        target = folder / source.name
        try:
            _copy(source, target)
        except (OSError, shutil.Error) as error:
            failed[str(target)] = getattr(error, "strerror", None) or str(error)
        else:
            rows[name].file = str(target.absolute())
    return failed


def _copy(source: Path, target: Path) -> None:
    """Copy a file or folder; remove what was copied if that fails."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    except (OSError, shutil.Error):
        if target.is_dir():
            shutil.rmtree(target, ignore_errors=True)
        else:
            target.unlink(missing_ok=True)
        raise
