"""The layout of drawn graphs."""

from __future__ import annotations

from itertools import combinations

from compare.graphs.normal import normalize
from compare.graphs.pictures.layout import NODE_HEIGHT, NODE_WIDTH, lay_out
from compare.graphs.rows import assign_rows
from tests.support.graph_pairs import Plan, known_pairs
from tests.support.loop_graph import LOOP


def laid_out(captured):
    graph = normalize(captured)
    return graph, lay_out(graph, assign_rows(graph))


def test_no_two_nodes_overlap_and_all_are_inside():
    for name, (left, _) in known_pairs().items():
        _, layout = laid_out(left.graph())
        for (x, y), (u, v) in combinations(layout.places.values(), 2):
            assert abs(x - u) >= NODE_WIDTH or abs(y - v) >= NODE_HEIGHT, name
        for x, y in layout.places.values():
            assert 0 <= x <= layout.width - NODE_WIDTH
            assert 0 <= y <= layout.height - NODE_HEIGHT


def test_edges_lead_downwards():
    for left, _ in known_pairs().values():
        graph, layout = laid_out(left.graph())
        for source, target in graph.edges:
            assert layout.places[source][1] < layout.places[target][1]


def test_the_body_of_a_loop_is_a_box_around_its_nodes():
    _, layout = laid_out(LOOP)
    (box,) = layout.bodies
    inside = [
        name
        for name, (x, y) in layout.places.items()
        if box.x <= x <= box.x + box.width and box.y <= y <= box.y + box.height
    ]
    assert box.caption == "inside while"
    assert inside == [node.name for node in LOOP.nodes[2:]]


def test_an_empty_graph_has_a_size():
    _, layout = laid_out(Plan().graph())
    assert layout.places == {}
    assert layout.width > 0
    assert layout.height > 0
