"""Compare static and dynamic graphs in PyTorch and TensorFlow.

This package plans, checks, measures and reports; it imports neither framework. Read
`compare.contract` first.

Public names:
    `load_run`: read a finished run as pandas DataFrames.
    `run`: run workloads, and return the results as DataFrames.
    `check`: check a model of your own, and return its card.
    `load_ipython_extension`: add ``%%compare`` to a notebook.
    `IMPORTED_NS`: the time of the import.
"""

from __future__ import annotations

from time import time_ns
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from IPython.core.interactiveshell import InteractiveShell

    from compare.api import CheckResult
    from compare.runs.folder import Run

__version__ = "0.1.0"
IMPORTED_NS = time_ns()  # before any other module: later edits of a file are not loaded


def load_run(path: str | Path) -> Run:
    """Return a run folder as pandas DataFrames.

    Returns:
        A `compare.runs.folder.Run` with one DataFrame for each of ``cells``,
        ``agreement``, ``differences``, ``precision``, ``breaks``, ``timing``,
        ``ranking``, ``profile``, ``samples`` and ``learning``, and with ``record``, the
        contents of ``run.json``.

    Raises:
        compare.errors.RunError: a file is missing or damaged; the message names the
            field.
    """
    from compare.runs.folder import load_run as load  # noqa: PLC0415 - pandas, on demand

    return load(path)


def run(*workloads: str, **options: Any) -> Run:  # noqa: ANN401 - as of the function
    """Run workloads and return all tables; see `compare.api.run`."""
    from compare import api  # noqa: PLC0415 - heavy, on demand

    return api.run(*workloads, **options)


def check(*targets: Any, **options: Any) -> CheckResult:  # noqa: ANN401
    """Check a model of your own and return its card; see `compare.api.check`."""
    from compare import api  # noqa: PLC0415 - heavy, on demand

    return api.check(*targets, **options)


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Add the cell magic ``%%compare``: ``%load_ext compare`` calls this."""
    from compare.notebook import magic  # noqa: PLC0415 - imports IPython

    magic.register_magics(shell)
