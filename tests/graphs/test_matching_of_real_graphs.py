"""Graphs that the frameworks really captured: normal form, matching and layout."""

from __future__ import annotations

from pathlib import Path

import pytest

from compare.graphs.joining import join_stage, list_stages
from compare.graphs.matching import NodeMatch, match_graphs
from compare.graphs.normal import normalize
from compare.graphs.pictures.sides import pair_stages
from compare.report.graphs.page import render_graphs
from compare.runs.captured import load_graphs

FOLDER = Path(__file__).parents[1] / "support" / "graphs"
FILES = sorted(FOLDER.glob("*.json"))


def load(*names):
    """Return variant -> graphs, from the files of a workload."""
    return {path.stem: load_graphs(path) for path in FILES if path.stem in names}


def test_there_are_files_of_both_frameworks():
    assert {path.stem.split("-")[1] for path in FILES} == {"tf", "torch"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_graph_matches_itself_completely(path):
    graphs = load_graphs(path)
    for stage in list_stages(graphs):
        graph = normalize(join_stage(graphs, stage))
        found = match_graphs(graph, graph)
        paired = {one for one, _ in found.partners}
        # Parts are named as in the stage before, which may use the same names.
        if all(not graph.nodes[name]["node"].parts for name in graph):
            assert paired | _fold(found.left) == set(graph)


def _fold(statuses):
    return {name for name, each in statuses.items() if each is NodeMatch.FOLDED}


@pytest.mark.parametrize("workload", ["two_layer", "control_flow"])
def test_an_optimizer_that_states_what_it_fused_leaves_few_nodes_unmatched(workload):
    name = f"{workload}-torch-compile"
    pair = pair_stages(name, load(name)[name])
    counts = list(pair.matching.right.values())
    assert NodeMatch.FUSED in counts
    assert counts.count(NodeMatch.ONLY_RIGHT) <= len(counts) / 10


@pytest.mark.parametrize("workload", ["two_layer", "control_flow"])
def test_all_variants_of_a_workload_are_drawn(workload):
    names = [path.stem for path in FILES if path.stem.startswith(workload)]
    page = render_graphs(load(*names), workload=workload)
    assert page.count('<svg viewBox="0 0 ') >= len(names)


def test_the_products_of_both_frameworks_are_matched():
    names = ["two_layer-tf-function", "two_layer-torch-eager"]
    left, right = (
        normalize(join_stage(graphs, list_stages(graphs)[0]))
        for graphs in load(*names).values()
    )
    found = match_graphs(left, right)
    products = [n for n in left if left.nodes[n]["kind"] == "matrix product"]
    assert len(products) >= 4
    assert all(found.left[n] is NodeMatch.MATCHED for n in products)
