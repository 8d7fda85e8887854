"""Every lesson has a notebook with its explanations, outputs and results."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from compare.frameworks import frameworks_with
from compare.numerics.arrays import load_arrays
from compare.study import program
from compare.study.guide import load_guide
from compare.study.ladder import lesson_names
from compare.study.lesson import load_lesson
from compare.study.notebook import (
    NotebookProgram,
    build_notebook,
    format_notebook,
    notebook_file,
)
from compare.workers.process import worker_environment
from tests.support.long import part_of
from tests.support.programs import parametrize_programs

ROOT = Path(__file__).parents[2]
PLAY = (sys.executable, "-m", "tests.support.play")
JUPYTER = (sys.executable, "-c", "from nbclient.cli import main; main()", "--inplace")
SAVE = "import numpy; numpy.savez('kernel.npz', **arrays)"
TIME_LIMIT_S = 300


# Running every notebook takes as long as running every program.
PLAYED = part_of(lesson_names(), every=20)

each_played = parametrize_programs(PLAYED)
each_lesson = pytest.mark.parametrize("name", lesson_names())


def build(name, studied):
    """Return a lesson's notebook with the values computed in this session."""
    programs = [
        NotebookProgram(
            framework=frameworks_with("lessons")[framework],
            source=program.read_program(name, framework=framework),
            printed=result.printed,
        )
        for framework, result in studied.programs_of(name).items()
    ]
    return build_notebook(load_lesson(name), programs, results=studied)


def notebook_environment(framework, *, folder):
    """Return the environment variables that a worker process has too."""
    cache = folder / framework.name
    environment = worker_environment(framework, threads=1, cache=cache, device="cpu")
    return {**environment, "IPYTHONDIR": str(cache), "PYTHONPATH": str(ROOT)}


def find_differing(arrays, name, framework, studied):
    """Return the arrays whose bits are not those of the program.

    Arrays that differ by framework may also differ between runs.
    """
    expected = studied.arrays(name, framework)
    assert list(arrays) == list(expected)
    return [
        key
        for key, array in expected.items()
        if key not in load_lesson(name).lesson.own
        and (arrays[key].dtype, arrays[key].tobytes()) != (array.dtype, array.tobytes())
    ]


@pytest.fixture(scope="session")
def played(studied, tmp_path_factory):
    """A folder with the arrays of every notebook; one process per framework."""
    folder = tmp_path_factory.mktemp("played")
    ran: dict[str, list[str]] = {}
    for result in studied.record.programs:
        if not result.reason and result.lesson in PLAYED:
            ran.setdefault(result.framework, []).append(result.lesson)
    for name in {name for names in ran.values() for name in names}:
        path = folder / notebook_file(name)
        path.write_text(format_notebook(build(name, studied)))
    processes = [
        subprocess.Popen(
            [*PLAY, framework, folder, *names],
            cwd=ROOT,
            env=notebook_environment(
                frameworks_with("lessons")[framework], folder=folder
            ),
            stdout=subprocess.DEVNULL,
        )
        for framework, names in ran.items()
    ]
    assert not any(process.wait(timeout=TIME_LIMIT_S) for process in processes)
    return folder


@each_lesson
def test_a_notebook_is_valid(name, studied):
    nbformat.validate(build(name, studied))


@each_lesson
def test_a_notebook_explains_every_step_before_its_code(name, studied):
    cells = build(name, studied).cells
    prose = [cell.source for cell in cells if cell.cell_type == "markdown"]
    headings = [
        line.removeprefix("### ").lower()
        for line in "\n".join(prose).splitlines()
        if line.startswith("### ")
    ]
    for each in load_guide(name).only_in.values():
        shown = [text for text in each.values() if "{{" not in text]
        assert all(text in "".join(prose) for text in shown)
    steps = list(load_lesson(name).lesson.steps)
    assert headings == [*steps * len(studied.programs_of(name)), "exercise"]
    assert "{{" not in "".join(prose)


@each_played
def test_a_notebook_gives_the_results_of_its_program(name, framework, studied, played):
    assert not studied.programs_of(name)[framework].reason
    error = played / f"{name}.{framework}.txt"
    assert not error.exists(), error.read_text()
    computed = load_arrays(played / f"{name}.{framework}.npz")
    assert not find_differing(computed, name, framework, studied)


@each_lesson
def test_a_notebook_has_the_output_of_the_run(name, studied):
    for framework, result in studied.programs_of(name).items():
        cells = [
            cell
            for cell in build(name, studied).cells
            if cell.id.startswith(f"code-{framework}-")
        ]
        shown = "".join(output.text for cell in cells for output in cell.outputs)
        assert shown == "".join(text for step, text in result.printed.items() if step)


@pytest.mark.torch
@pytest.mark.tf
@pytest.mark.jax
@pytest.mark.parametrize("name", ["autograd"])
def test_a_notebook_runs_in_a_kernel(name, studied, tmp_path):
    framework = list(frameworks_with("lessons"))[-1]  # its arrays are the last ones
    notebook = build(name, studied)
    notebook.cells.append(v4.new_code_cell(SAVE))
    path = tmp_path / notebook_file(name)
    path.write_text(format_notebook(notebook))
    subprocess.run(
        [*JUPYTER, path],
        env=notebook_environment(
            frameworks_with("lessons")[framework], folder=tmp_path
        ),
        check=True,
        timeout=TIME_LIMIT_S,
    )
    (results,) = (
        cell
        for cell in nbformat.read(path, as_version=4).cells
        if cell.id == f"code-{framework}-results"
    )
    assert results.outputs
    computed = load_arrays(tmp_path / "kernel.npz")
    assert not find_differing(computed, name, framework, studied)
