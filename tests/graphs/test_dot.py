"""Export in the DOT language."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from compare.graphs.dot import format_dot
from compare.graphs.matching import match_graphs
from compare.graphs.normal import normalize
from tests.support.graph_pairs import Plan, known_pairs
from tests.support.loop_graph import LOOP


def test_nodes_edges_and_bodies_of_loops_are_written():
    text = format_dot(normalize(LOOP))
    assert text.startswith('digraph "step \\"one\\" \\\\ <b>" {\n')
    assert '  "x:0" -> "while";' in text
    assert 'subgraph "cluster_while" {\n    label="body of while";' in text
    assert "source: /a/net.py:3" in text


def test_quotes_and_line_ends_in_names_are_escaped():
    text = format_dot(normalize(LOOP))
    assert '"body/add \\"é\\" <b>\\n" [' in text
    assert all(
        line.count('"') % 2 == line.count('\\"') % 2 for line in text.splitlines()
    )


def test_shapes_of_nodes_show_the_result_of_a_comparison():
    left, right = (
        normalize(each.graph()) for each in known_pairs()["operation inserted"]
    )
    found = match_graphs(left, right)
    assert format_dot(right, found.right).count("shape=invhouse") == 1
    assert "invhouse" not in format_dot(left, found.left)


def test_an_empty_graph_is_valid():
    assert re.fullmatch(
        r'digraph "graph" \{\n  node \[shape=box\];\n\}\n',
        format_dot(normalize(Plan().graph())),
    )


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_reads_every_node_and_edge(tmp_path):
    graph = normalize(LOOP)
    path = tmp_path / "graph.dot"
    path.write_text(format_dot(graph), encoding="utf-8")
    done = subprocess.run(
        ["dot", "-Tplain", path], capture_output=True, check=True, timeout=60, text=True
    )
    words = [line.split()[0] for line in done.stdout.splitlines() if line]
    assert words.count("node") == len(graph)
    assert words.count("edge") == graph.number_of_edges()
