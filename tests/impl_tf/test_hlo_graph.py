"""HLO as text becomes a graph, with loops, branches, fusions and lines."""

from __future__ import annotations

import pytest

from tests.impl_torch.test_rounding import run_module

pytestmark = pytest.mark.tf


@pytest.fixture(scope="module")
def found():
    return run_module("tests.impl_tf.hlo_checks")


def test_a_loop_contains_its_condition_and_its_body(found):
    nodes = {node["name"]: node for node in found["loop"]}
    assert nodes["loop.1"]["common"] == "loop"
    assert nodes["limit"]["region"] == "loop.1/condition"
    assert nodes["next"]["region"] == "loop.1/body"
    assert nodes["p.2"]["inputs"] == ["start"]  # what the loop is given


def test_a_fusion_lists_the_instructions_that_it_computes(found):
    (fusion,) = [node for node in found["fused"] if node["common"] == "fusion"]
    assert fusion["parts"] == ["mul.1", "add.1"]
    assert fusion["inputs"] == ["x", "y"]
    assert (fusion["shape"], fusion["dtype"]) == ([2, 3], "float32")
    assert (fusion["file"], fusion["line"]) == ("model.py", 7)


def test_a_reduction_has_the_name_of_what_it_computes(found):
    assert [n["common"] for n in found["fused"] if n["operation"] == "reduce"] == [
        "sum"
    ]


def test_a_tuple_type_with_comments_is_read(found):
    (both,) = [node for node in found["fused"] if node["operation"] == "tuple"]
    assert len(both["inputs"]) == 2


def test_a_text_that_is_no_hlo_is_refused(found):
    assert found["refused"].startswith("expected HLO with a computation marked ENTRY")
