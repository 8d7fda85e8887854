"""The documents are executed."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.support.long import long_test

NOTEBOOK = Path(__file__).parents[1] / "docs" / "check.ipynb"


@long_test
@pytest.mark.torch
def test_the_notebook_of_a_session_runs_to_its_end(tmp_path):
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client = NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    shown = [
        output.get("data", {}).get("text/html", "")
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    ]
    assert any("wrong" in html and "Does it agree?" in html for html in shown)
