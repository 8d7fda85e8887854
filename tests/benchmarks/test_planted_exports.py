"""Defects in exported files are detected and located; clean files have no finding."""

from __future__ import annotations

import pytest

from tests.benchmarks.planted_exports import CLEAN, find_planted
from tests.support.long import long_test
from tests.support.planted_exports.defects import DEFECTS

SMALL = "smaller_epsilon"  # than the tolerances of other tools show


@pytest.mark.tf
def test_a_defect_of_a_frozen_graph_is_detected_and_located_and_a_clean_one_is_right():
    chosen = [defect for defect in DEFECTS if defect.name == SMALL]
    clean, planted = find_planted("tf", chosen)
    assert clean.defect == CLEAN
    assert (clean.verdict, clean.half_batch) == ("agrees", "agrees")
    assert not clean.is_detected
    assert planted.defect == SMALL
    assert planted.is_detected
    assert planted.is_right_node, planted
    assert not planted.is_detected_by_fixed


@long_test
@pytest.mark.torch
@pytest.mark.tf
def test_every_planted_defect_is_detected_most_are_located_and_no_alarm_is_false():
    found = [
        each
        for framework in ("torch", "tf")
        for each in find_planted(
            framework, [defect for defect in DEFECTS if defect.framework == framework]
        )
    ]
    planted = [each for each in found if each.defect != CLEAN]
    assert len(planted) == len(DEFECTS) == 22
    assert [each.defect for each in planted if not each.is_detected] == []
    assert sum(each.is_right_node for each in planted) >= 16
    assert [each for each in found if each.defect == CLEAN and each.is_detected] == []
    assert sum(each.defect == CLEAN for each in found) == 3  # files, unaltered


def test_a_defect_is_planted_once_and_has_a_node_unless_it_is_another_size():
    names = [(each.framework, each.name) for each in DEFECTS]
    assert len(set(names)) == len(names)
    assert [each.name for each in DEFECTS if not each.nodes] == ["frozen_size"]
