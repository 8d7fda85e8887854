"""Every program has a notebook that says the same and computes the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from compare.frameworks import frameworks
from compare.numerics.arrays import load_arrays
from compare.study import program
from compare.study.ladder import names
from compare.study.lesson import find
from compare.study.notebook import file_name, notebook, text
from compare.workers.process import worker_environment
from tests.support.programs import each

ROOT = Path(__file__).parents[2]
PLAY = (sys.executable, "-m", "tests.support.play")
JUPYTER = (sys.executable, "-c", "from nbclient.cli import main; main()", "--inplace")
SAVE = "import numpy; numpy.savez('kernel.npz', **arrays)"
TIME_LIMIT_S = 300


each_program = each(names())


def made(name, framework, studied):
    """A program's notebook, with the numbers that were computed in this session."""
    return notebook(
        find(name),
        source=program.source_of(name, framework=framework),
        framework=frameworks()[framework],
        results=studied,
    )


def circumstances(framework, *, folder):
    """The environment in which a notebook meets what its program met in a worker."""
    cache = folder / framework.name
    environment = worker_environment(framework, threads=1, cache=cache, device="cpu")
    return {**environment, "IPYTHONDIR": str(cache), "PYTHONPATH": str(ROOT)}


def differing(arrays, name, framework, studied):
    """The arrays that are not, bit for bit, the program's; each its own may be so."""
    expected = studied.arrays(name, framework)
    assert list(arrays) == list(expected)
    return [
        key
        for key, array in expected.items()
        if key not in find(name).lesson.own
        and (arrays[key].dtype, arrays[key].tobytes()) != (array.dtype, array.tobytes())
    ]


@pytest.fixture(scope="session")
def played(studied, tmp_path_factory):
    """What every notebook computed, in one process for each framework."""
    folder = tmp_path_factory.mktemp("played")
    ran = [produced for produced in studied.record.produced if not produced.reason]
    for produced in ran:
        path = folder / file_name(produced.lesson, framework=produced.framework)
        path.write_text(text(made(produced.lesson, produced.framework, studied)))
    processes = [
        subprocess.Popen(
            [*PLAY, framework, folder],
            cwd=ROOT,
            env=circumstances(frameworks()[framework], folder=folder),
            stdout=subprocess.DEVNULL,
        )
        for framework in {produced.framework for produced in ran}
    ]
    assert not any(process.wait(timeout=TIME_LIMIT_S) for process in processes)
    return folder


@each_program
def test_a_notebook_is_valid(name, framework, studied):
    nbformat.validate(made(name, framework, studied))


@each_program
def test_a_notebook_explains_every_step_before_its_code(name, framework, studied):
    cells = made(name, framework, studied).cells
    prose = [cell.source for cell in cells if cell.cell_type == "markdown"]
    headings = [
        line.removeprefix("### ").lower()
        for line in "\n".join(prose).splitlines()
        if line.startswith("### ")
    ]
    assert headings == [*find(name).lesson.steps, "change this and see"]
    assert "{{" not in "".join(prose)


@each_program
def test_a_notebook_computes_what_its_program_does(name, framework, studied, played):
    assert not studied.of(name)[framework].reason
    arrays = played / file_name(name, framework=framework)
    why = arrays.with_suffix(".txt")
    assert not why.exists(), why.read_text()
    computed = load_arrays(arrays.with_suffix(".npz"))
    assert not differing(computed, name, framework, studied)


@each(["autograd"])
def test_a_notebook_runs_in_a_kernel(name, framework, studied, tmp_path):
    saved = made(name, framework, studied)
    saved.cells.append(v4.new_code_cell(SAVE))
    path = tmp_path / file_name(name, framework=framework)
    path.write_text(text(saved))
    subprocess.run(
        [*JUPYTER, path],
        env=circumstances(frameworks()[framework], folder=tmp_path),
        check=True,
        timeout=TIME_LIMIT_S,
    )
    (results,) = (
        cell
        for cell in nbformat.read(path, as_version=4).cells
        if cell.id == "code-results"
    )
    assert results.outputs
    computed = load_arrays(tmp_path / "kernel.npz")
    assert not differing(computed, name, framework, studied)
