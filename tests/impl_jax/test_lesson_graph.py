"""Graphs of JAX programs: lines, gradients, and where recording ends."""

from __future__ import annotations

import pytest

from tests.impl_torch.test_rounding import run_module

pytestmark = pytest.mark.jax


@pytest.fixture(scope="module")
def found():
    return run_module("tests.impl_jax.lesson_checks")


def count_products(nodes, *, gradient):
    return sum(
        common == "matrix product" and is_gradient == gradient
        for common, _, _, is_gradient in nodes
    )


def test_an_operation_of_a_library_has_the_line_of_the_program_that_calls_it(found):
    """JAX traces such a function once: for the first program that calls it."""
    (first,), (later,) = (
        {line for common, _, line, _ in found[name] if common == "select"}
        for name in ("first", "later")
    )
    assert (first, later) == (8, 11)


@pytest.mark.parametrize("name", ["eager", "jit"])
def test_recording_ends_with_the_first_gradients(found, name):
    assert count_products(found[name], gradient=False) == 1
    assert count_products(found[name], gradient=True) == 2


def test_a_recorded_graph_has_a_limited_number_of_nodes(found):
    assert len(found["many"]) == 150


def test_the_largest_captured_graph_is_returned_with_both_passes(found):
    assert count_products(found["step"], gradient=False) == 1
    assert count_products(found["step"], gradient=True) == 2
    assert found["step"][0][0] == "input"
    assert found["step"][-1][0] == "subtract"
