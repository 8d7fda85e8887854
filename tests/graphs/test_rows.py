"""The rows of drawn nodes."""

from __future__ import annotations

from compare.graphs.matching import match_graphs
from compare.graphs.normal import normalize
from compare.graphs.rows import align_rows, assign_rows
from tests.support.graph_pairs import Plan, known_pairs


def chain(*kinds):
    plan = Plan()
    before = plan.add("x", "input", shape=(4,))
    for kind in kinds:
        before = plan.add(kind, kind, before, shape=(4,))
    return normalize(plan.graph())


def test_every_edge_leads_to_a_lower_row():
    for left, _ in known_pairs().values():
        graph = normalize(left.graph())
        rows = assign_rows(graph)
        assert all(rows[source] < rows[target] for source, target in graph.edges)


def test_an_input_is_directly_above_its_first_consumer():
    plan = Plan()
    plan.add("x", "input", shape=(4,))
    plan.add("a", "tanh", "x", shape=(4,))
    plan.add("b", "sine", "a", shape=(4,))
    plan.add("late", "parameter", shape=(4,))
    plan.add("c", "add", "b", "late", shape=(4,))
    rows = assign_rows(normalize(plan.graph()))
    assert rows["late"] == rows["c"] - 1 == rows["b"]


def test_matched_nodes_share_a_row_around_an_insertion():
    left, right = chain("tanh", "sine"), chain("tanh", "relu", "sine")
    ours, theirs = align_rows(left, right, match_graphs(left, right))
    assert ours["sine"] == theirs["sine"] == 3


def test_nodes_that_are_computed_in_another_order_are_drawn_without_a_cycle():
    left, right = chain("tanh", "sine"), chain("sine", "tanh")
    ours, theirs = align_rows(left, right, match_graphs(left, right))
    assert ours["tanh"] < ours["sine"]
    assert theirs["sine"] < theirs["tanh"]
