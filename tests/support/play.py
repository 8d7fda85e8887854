"""Run one framework's notebooks as IPython runs their cells, all in this process.

``python -m tests.support.play FRAMEWORK FOLDER`` writes, next to each of its notebooks
in the folder, the arrays that it ends with, or why there are none.
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
from compare.study.notebook import file_name


def play(path, *, shell):
    """The arrays that a notebook ends with, in a namespace of its own."""
    shell.reset()
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            shell.run_cell(cell.source).raise_error()
    return {name: np.asarray(value) for name, value in shell.user_ns["arrays"].items()}


def play_all(framework, folder):
    """Every notebook of a framework; one that fails does not stop the others."""
    runtime = import_module(f"{frameworks()[framework].package}.runtime")
    runtime.configure(threads=1)  # as a worker does
    shell = InteractiveShell.instance()
    for path in sorted(Path(folder).glob(file_name("*", framework=framework))):
        try:
            save_arrays(path.with_suffix(".npz"), play(path, shell=shell))
        except Exception as error:  # noqa: BLE001 - whatever a cell raises
            path.with_suffix(".txt").write_text(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    play_all(*sys.argv[1:])
