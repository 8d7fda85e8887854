"""The harness: what runs, agrees, is measured and reported. It imports no framework."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from compare.runs.folder import Run

__version__ = "0.1.0"


def load_run(path: str | Path) -> Run:
    """A run directory as pandas DataFrames.

    Returns:
        A `compare.runs.results.Run` with ``cells``, ``agreement``, ``timing``,
        ``samples``, ``learning`` (one DataFrame each) and ``record`` (``run.json``).

    Raises:
        compare.errors.RunError: a file is missing or damaged; says which field.
    """
    from compare.runs.folder import load_run as load  # noqa: PLC0415 - pandas, on demand

    return load(path)
