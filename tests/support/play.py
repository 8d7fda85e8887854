"""Run one framework's notebooks as IPython runs their cells, all in this process.

``python -m tests.support.play FRAMEWORK FOLDER`` runs every notebook of the framework
in the folder. Next to each it writes the arrays at its end, or the error message.
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


def run_notebook(path, *, shell):
    """Run a notebook in an empty namespace and return its arrays."""
    shell.reset()
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            shell.run_cell(cell.source).raise_error()
    return {name: np.asarray(value) for name, value in shell.user_ns["arrays"].items()}


def run_notebooks(framework, folder):
    """Run every notebook of a framework; continue after one that fails."""
    runtime = import_module(f"{frameworks()[framework].package}.runtime")
    runtime.configure(threads=1)  # as a worker does
    shell = InteractiveShell.instance()
    for path in sorted(Path(folder).glob(notebook_file("*", framework=framework))):
        try:
            arrays = run_notebook(path, shell=shell)
            save_arrays(path.with_suffix(".npz"), arrays)
        except Exception as error:  # noqa: BLE001 - a cell may raise any error
            path.with_suffix(".txt").write_text(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    run_notebooks(*sys.argv[1:])
