"""Two variants compared directly."""

from __future__ import annotations

from dataclasses import replace
from math import isnan

from compare.report.timing.pair_tables import tabulate_installations
from compare.results.joining import group_cells
from compare.results.pairs import measure_pairs, pair_installations
from tests.support.installed_runs import labelled
from tests.support.synthetic import COSTS
from tests.support.two_runs import run


def cells_by_variant(found, workload):
    (group,) = (g for g in group_cells(found) if g.workload == workload)
    return {line.variant: line for line in group.lines}


def test_the_ratio_of_two_variants_contains_the_true_one():
    found = run(seed=3, launches=12)
    cells = cells_by_variant(found, "cnn")
    (pair,) = measure_pairs(found, [(cells["torch/script"], cells["tf/function"])])
    costs = COSTS["cnn"]
    true = costs["tf/function"][0] / costs["torch/script"][0]
    assert pair.ratio.low < true < pair.ratio.high
    assert pair.ratio.high / pair.ratio.low < 1.03


def test_a_pair_that_was_not_timed_has_no_ratio():
    found = run(seed=3)
    cells = cells_by_variant(found, "cnn")
    untimed = replace(found, samples=found.samples.iloc[:0])
    (pair,) = measure_pairs(untimed, [(cells["torch/script"], cells["tf/function"])])
    assert isnan(pair.ratio.estimate)


def test_each_mode_is_paired_with_that_of_the_first_installation():
    pairs = list(pair_installations(group_cells(labelled(run(seed=3)))))
    assert [(one.variant, two.variant) for one, two in pairs] == [
        ("torch@2.13/eager", "torch@2.12/eager")
    ] * 2
    assert [one.cell.workload for one, _ in pairs] == ["two_layer", "cnn"]


def test_a_run_without_labels_has_no_pairs():
    found = run(seed=3)
    assert list(pair_installations(group_cells(found))) == []
    assert list(tabulate_installations((), group_cells(found))) == []
