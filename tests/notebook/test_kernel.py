"""The notebook of the documentation runs in a kernel, with PyTorch and TensorFlow."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.support.long import RUNS_LONG

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "docs" / "compare.ipynb"
TIME_LIMIT_S = 300


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """Return the executed notebook; cells that compile run with ``make long`` only."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    if not RUNS_LONG:
        notebook.cells = [
            each
            for each in notebook.cells
            if "long" not in each.metadata.get("tags", ())
        ]
    folder = str(tmp_path_factory.mktemp("notebook"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("IPYTHONDIR", folder)
        client = NotebookClient(
            notebook, timeout=TIME_LIMIT_S, resources={"metadata": {"path": folder}}
        )
        client.execute()
    return notebook


def read_output(notebook, words, *, mime):
    """Return what the cell that contains words has shown last."""
    (cell,) = (c for c in notebook.cells if words in c.source and c.cell_type == "code")
    found = [o.data[mime] for o in cell.outputs if mime in o.get("data", {})]
    return found[-1]


@pytest.mark.torch
@pytest.mark.tf
def test_two_frameworks_agree_in_a_notebook(executed):
    text = read_output(executed, "def in_torch", mime="text/plain")
    assert "in_torch and in_tensorflow agree in float64 and float32" in text
    assert "Graph of in_tensorflow: 0 graph breaks, 0 recaptures" in text
    html = read_output(executed, "def in_torch", mime="text/html")
    assert "gradient of the input x" in html
    assert "in_tensorflow / in_torch" in html


@pytest.mark.torch
@pytest.mark.tf
def test_a_planted_axis_is_named_in_a_notebook(executed):
    html = read_output(executed, "def ported", mime="text/html")
    assert "expected and ported disagree in float64 and float32" in html
    assert "First difference, in float64: output at [" in html
    frame = read_output(executed, "result.frame", mime="text/html")
    assert "disagrees" in frame
    assert "DISAGREES" in read_output(executed, "compare_pair(", mime="text/plain")


@pytest.mark.torch
@pytest.mark.tf
@pytest.mark.skipif(not RUNS_LONG, reason="compiles; run: make long")
def test_a_graph_break_has_the_line_of_its_cell(executed):
    text = read_output(executed, "def gate", mime="text/plain")
    assert "gate and gate (torch/compile) agree in float64 and float32" in text
    assert "line 4 of the cell: graph break" in text
    model = read_output(executed, "net = ", mime="text/plain")
    assert "gradient of 0.weight: agrees" in model


def test_the_committed_notebook_has_no_outputs():
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    assert not any(cell.get("outputs") for cell in cells)
