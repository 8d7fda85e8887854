"""Run one framework's part of notebooks as IPython runs cells, all in this process.

``python -m tests.support.play FRAMEWORK FOLDER LESSON ...`` runs the cells of the
framework in these lessons' notebooks. Next to each it writes the arrays at its end, or
the error message.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import nbformat
import numpy as np
from IPython.core.interactiveshell import InteractiveShell

from compare.frameworks import frameworks
from compare.numerics.arrays import save_arrays
from compare.study.notebook import notebook_file


def run_notebook(path, framework, *, shell):
    """Run a framework's cells in an empty namespace and return their arrays."""
    shell.reset()
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.id.startswith(f"code-{framework}-"):
            shell.run_cell(cell.source).raise_error()
    return {name: np.asarray(value) for name, value in shell.user_ns["arrays"].items()}


def run_notebooks(framework, folder, *lessons):
    """Run the notebooks of lessons; continue after one that fails."""
    runtime = import_module(f"{frameworks()[framework].package}.runtime")
    runtime.configure(threads=1)  # as a worker does
    shell = InteractiveShell.instance()
    for lesson in lessons:
        path = Path(folder) / notebook_file(lesson)
        target = path.with_name(f"{lesson}.{framework}")
        try:
            arrays = run_notebook(path, framework, shell=shell)
            save_arrays(target.with_name(f"{target.name}.npz"), arrays)
        except Exception as error:  # noqa: BLE001 - a cell may raise any error
            text = f"{type(error).__name__}: {error}"
            target.with_name(f"{target.name}.txt").write_text(text)


if __name__ == "__main__":
    run_notebooks(*sys.argv[1:])
