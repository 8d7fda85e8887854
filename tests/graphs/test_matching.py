"""Matching two graphs: on pairs whose truth is known, and on random graphs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compare.contract import CapturedGraph, GraphNode, GraphStage
from compare.graphs import matching, similarity
from compare.graphs.matching import NodeMatch, match_graphs
from compare.graphs.normal import normalize
from tests.support.graph_pairs import (
    Plan,
    known_pairs,
    random_plan,
    renamed,
    residual,
    seeded,
    true_pairs,
    with_insertion,
    without_one,
)

PAIRS = known_pairs()
REQUIRED = 0.95


def compare(left, right):
    """Return the matching of two plans, its precision and its recall."""
    ours, theirs = normalize(left.graph()), normalize(right.graph())
    found = match_graphs(ours, theirs)
    truth = {
        (one, other)
        for one, other in true_pairs(left, right)
        if one in ours and other in theirs
    }
    correct = len(truth & set(found.partners))
    return found, correct / max(1, len(found.partners)), correct / len(truth)


def count(statuses):
    """Return how often each status occurs."""
    return {each: list(statuses.values()).count(each) for each in {*statuses.values()}}


@pytest.mark.parametrize("swapped", [False, True], ids=["", "sides swapped"])
@pytest.mark.parametrize("name", PAIRS)
def test_pairs_of_known_truth_are_matched(name, swapped):
    left, right = reversed(PAIRS[name]) if swapped else PAIRS[name]
    _, precision, recall = compare(left, right)
    assert precision >= REQUIRED
    assert recall >= REQUIRED


def test_there_are_at_least_ten_pairs_of_known_truth():
    assert len(PAIRS) >= 10


def test_planted_blindness_to_neighbours_misses_the_required_precision(monkeypatch):
    monkeypatch.setattr(similarity.Signatures, "score", lambda _, rows, cols: 0.0)
    monkeypatch.setattr(
        matching, "score_support", lambda ours, theirs, matched: 0 * matched
    )
    scores = [compare(*pair)[1:] for pair in PAIRS.values()]
    assert sum(min(pair) < REQUIRED for pair in scores) >= 5


def test_planted_wrong_partners_lower_precision_and_recall():
    left, right = PAIRS["renamed and reordered"]
    names = iter([*right.covers][::-1])
    wrong = Plan(
        nodes=right.nodes, covers={next(names): c for c in right.covers.values()}
    )
    _, precision, recall = compare(left, wrong)
    assert max(precision, recall) < 0.5


def test_a_product_and_its_bias_are_fused_with_one_linear_operation():
    found, _, _ = compare(*PAIRS["product and bias fused"])
    assert count(found.left)[NodeMatch.FUSED] == 8
    assert count(found.right)[NodeMatch.FUSED] == 4


def test_an_activation_of_five_operations_is_fused_with_one():
    found, _, _ = compare(*PAIRS["activation as one operation or five"])
    assert len(found.partners_of_left()["gelu"]) == 5


def test_an_inserted_operation_is_only_on_its_side():
    left, right = PAIRS["operation inserted"]
    found, _, _ = compare(left, right)
    alone = [name for name, each in found.right.items() if each is NodeMatch.ONLY_RIGHT]
    assert [right.covers[name] for name in alone] == [("scaled1",)]


def test_computed_constants_are_folded():
    found, _, _ = compare(*PAIRS["constants folded"])
    assert found.left["scale"] is NodeMatch.FOLDED
    assert NodeMatch.ONLY_LEFT not in found.left.values()


def test_transposed_weights_are_folded():
    left, right = PAIRS["weights transposed"]
    found, _, _ = compare(left, right)
    folded = [
        right.covers[n] for n, each in found.right.items() if each is NodeMatch.FOLDED
    ]
    assert sorted(folded) == [(f"w{layer}t",) for layer in range(4)]


def test_dropout_is_found_in_the_right_one_of_twelve_equal_blocks():
    left, right = residual(), residual(dropout_in=7)
    found, _, _ = compare(left, right)
    assert dict(found.partners)["relu7"] == "relu7"
    assert found.right["drop7"] is NodeMatch.ONLY_RIGHT


def test_a_node_that_states_its_parts_is_fused_with_them():
    found, _, _ = compare(*PAIRS["fused by an optimizer"])
    assert found.partners_of_right()["buf_diff"] == ["diff", "square", "loss"]


def test_another_number_of_elements_is_never_matched():
    left, right = Plan(), Plan()
    left.add("x", "input", shape=(4,))
    right.add("x", "input", shape=(5,))
    found, _, _ = compare(left, right)
    assert found.left["x"] is NodeMatch.ONLY_LEFT
    assert found.right["x"] is NodeMatch.ONLY_RIGHT


def test_nodes_in_a_loop_are_not_matched_with_nodes_outside():
    left, right = Plan(), Plan()
    for plan in (left, right):
        plan.add("x", "input", shape=(4,))
        plan.add("loop", "loop", "x", shape=(4,))
    left.add("step", "tanh", "x", shape=(4,), region="loop")
    right.add("step", "tanh", "x", shape=(4,))
    found, _, _ = compare(left, right)
    assert found.left["step"] is NodeMatch.ONLY_LEFT


@pytest.mark.parametrize("size", [0, 1])
def test_graphs_of_no_node_and_of_one_node_are_matched(size):
    nodes = tuple(
        GraphNode(name=f"n{number}", operation="tanh", common="tanh")
        for number in range(size)
    )
    empty = normalize(CapturedGraph(stage=GraphStage.CAPTURED, view="empty"))
    graph = normalize(CapturedGraph(stage=GraphStage.CAPTURED, view="g", nodes=nodes))
    assert len(match_graphs(graph, graph).partners) == size
    assert match_graphs(graph, empty).partners == ()


@given(seed=st.integers(0, 10**6), size=st.integers(3, 60))
@settings(deadline=None, max_examples=40)
def test_other_names_and_another_order_keep_every_edge(seed, size):
    plan = random_plan(seeded(seed), size)
    left, right = normalize(plan.graph()), normalize(renamed(plan, seed).graph())
    partner = dict(match_graphs(left, right).partners)
    assert set(partner) == set(left)
    assert all(right.has_edge(partner[a], partner[b]) for a, b in left.edges)


@given(seed=st.integers(0, 10**6), edit=st.sampled_from([with_insertion, without_one]))
@settings(deadline=None, max_examples=40)
def test_one_edit_of_a_random_graph_leaves_most_nodes_matched(seed, edit):
    rng = seeded(seed)
    plan = random_plan(rng, 50)
    _, precision, recall = compare(plan, renamed(edit(plan, rng), seed))
    assert min(precision, recall) >= 0.8


@pytest.mark.parametrize("edit", [with_insertion, without_one])
def test_edits_of_fifty_random_graphs_reach_the_required_precision(edit):
    scores = []
    for seed in range(50):
        rng = seeded(seed)
        plan = random_plan(rng, rng.randint(10, 80))
        scores.append(compare(plan, renamed(edit(plan, rng), seed))[1:])
    for figure in zip(*scores, strict=True):
        assert sum(figure) / len(figure) >= REQUIRED
