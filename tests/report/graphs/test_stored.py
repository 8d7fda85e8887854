"""The graphs that a run stored, in its report."""

from __future__ import annotations

import pytest

from compare import report
from compare.errors import DataError
from compare.runs.captured import locate_graphs, store_graphs
from compare.runs.folder import load_run
from tests.support.graph_pairs import known_pairs
from tests.support.page import Page
from tests.support.synthetic import synthetic


@pytest.fixture
def stored(tmp_path):
    """A run folder with the graphs of two variants, and its cells."""
    folder = synthetic().write(tmp_path / "run")
    cells = load_run(folder).record.cells[:2]
    pair = known_pairs()["dense network of two frameworks"]
    for cell, plan in zip(cells, pair, strict=True):
        store_graphs(folder, cell, [plan.graph()])
    return folder, cells


def test_stored_graphs_are_drawn_and_listed_in_the_report(stored):
    folder, cells = stored
    path = report.write(report.render(load_run(folder)))
    page = Page(path.read_text(encoding="utf-8"))
    assert not page.unbalanced
    titles = [each["text"] for each in page.all("h2")]
    assert f"Graphs of {cells[0].workload}" in titles
    assert len([each for each in page.all("a") if "transform" in each]) == 124
    assert "matched" in (folder / "report.md").read_text(encoding="utf-8")


def test_a_run_without_graphs_has_no_such_section(tmp_path):
    folder = synthetic().write(tmp_path / "run")
    path = report.write(report.render(load_run(folder)))
    titles = [each["text"] for each in Page(path.read_text("utf-8")).all("h2")]
    assert titles
    assert not any(title.startswith("Graphs of") for title in titles)


@pytest.mark.parametrize("content", [b"{", b"[1]", b'[{"stage": "x", "title": "y"}]'])
def test_a_damaged_file_is_named_with_what_to_do(stored, content):
    folder, cells = stored
    locate_graphs(folder, cells[0]).write_bytes(content)
    with pytest.raises(DataError, match="expected the graphs of one variant") as caught:
        report.render(load_run(folder))
    assert str(locate_graphs(folder, cells[0])) in str(caught.value)
