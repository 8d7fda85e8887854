"""The graphs of lessons: recorded from their programs, and drawn on their pages."""

from __future__ import annotations

import numpy as np
import pytest

from compare.contract import GraphStage
from compare.graphs.operations import CommonOperation
from compare.study.ladder import CAPTURING, lesson_names
from compare.study.program import frameworks_of
from compare.study.run import CAPTURES_ITSELF
from tests.support.programs import parametrize_programs

DYNAMIC = [name for name in lesson_names() if name not in CAPTURING]
# Lessons that work in float32 on purpose, and why.
FLOAT32 = {
    "augmentation": "TensorFlow resizes images in float32",
    "tensors": "it shows both precisions",
    "three_ways": "fit converts its data",
}

# Lessons whose numbers are whole, and why.
WHOLE_NUMBERS = {
    "augmentation": "the results are pixels",
    "shapes": "it moves numbers and computes nothing",
}


def products(graph, *, gradient):
    return [
        node
        for node in graph.nodes
        if node.common == CommonOperation.MATRIX_PRODUCT
        and node.is_gradient == gradient
    ]


@parametrize_programs(DYNAMIC)
def test_every_program_without_a_capture_has_a_graph(name, framework, studied):
    graph = studied.graph(name, framework)
    assert graph is not None, studied.programs_of(name)[framework].graph_reason


@parametrize_programs(["autograd"])
def test_the_graph_has_the_products_of_both_passes(name, framework, studied):
    graph = studied.graph(name, framework)
    assert len(products(graph, gradient=False)) == 2
    assert len(products(graph, gradient=True)) == 3  # the data need no gradient


@parametrize_programs(["autograd"])
def test_nodes_have_the_lines_of_the_program(name, framework, studied):
    graph = studied.graph(name, framework)
    (first, second) = products(graph, gradient=False)
    assert 0 < first.line < second.line


@parametrize_programs(DYNAMIC)
def test_no_program_silently_computes_in_float32(name, framework, studied):
    """A Keras model without a dtype converts float64 inputs to float32."""
    graph = studied.graph(name, framework)
    dtypes = {node.name: node.dtype for node in graph.nodes}
    converted = [
        node
        for node in graph.nodes
        if node.dtype == "float32"
        and "float64" in {dtypes[each] for each in node.inputs}
    ]
    assert not converted or name in FLOAT32, converted[0]


@parametrize_programs(sorted({*lesson_names()} - {*WHOLE_NUMBERS}))
def test_some_result_in_float64_has_more_digits_than_float32(name, framework, studied):
    """Else a program that computes in float32 could return the same arrays."""
    arrays = studied.arrays(name, framework).values()
    precise = [each for each in arrays if each.dtype == np.float64]
    assert not precise or any(
        (each != each.astype(np.float32)).any() for each in precise
    )


@pytest.mark.torch
@pytest.mark.tf
@pytest.mark.jax
@pytest.mark.parametrize("name", ["autograd"])
def test_a_page_has_each_graph_next_to_the_first_and_their_lists(name, site):
    text = (site / f"{name}.html").read_text("utf-8")
    assert text.count('class="view"') == len(frameworks_of(name)) - 1
    assert '<section id="graph"' in text
    assert "autograd.py:" in text


@parametrize_programs(CAPTURING)
def test_a_lesson_that_captures_graphs_shows_the_largest_one(name, framework, studied):
    graph = studied.graph(name, framework)
    assert graph is not None, studied.programs_of(name)[framework].graph_reason
    assert graph.stage is GraphStage.CAPTURED
    assert graph.nodes


@parametrize_programs(["whole_step"])
def test_the_captured_step_has_forward_and_backward_pass(name, framework, studied):
    graph = studied.graph(name, framework)
    found = [n for n in graph.nodes if n.common == CommonOperation.MATRIX_PRODUCT]
    # Dynamo's graph has the gradients of functorch as one node.
    assert len(found) == {"torch": 2, "tf": 5, "jax": 5}[framework]
    assert (framework == "torch") == any(
        node.common == CommonOperation.GRADIENTS for node in graph.nodes
    )


@pytest.mark.torch
@pytest.mark.tf
@pytest.mark.jax
@pytest.mark.parametrize("name", ["scripting"])
def test_the_functions_of_a_lesson_that_captures_graphs_are_left_as_they_are(
    name, site
):
    assert CAPTURES_ITSELF in (site / f"{name}.html").read_text("utf-8")
