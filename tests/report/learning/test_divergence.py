"""A training that diverged is a result, which the first sentence names."""

from __future__ import annotations

import json
from dataclasses import replace
from math import inf, nan

import pytest

from compare.report.learning.chart import learning_chart
from compare.report.learning.tables import select_learning
from compare.results.joining import group_cells
from tests.support.reading import plain
from tests.support.synthetic import rows_of

LOSSES = ["train_loss", "valid_loss"]


def diverge(made, variants, *, epoch, value=nan):
    """Return the run with losses that are not finite from an epoch on."""
    learning = made.learning.copy()
    for variant in variants:
        rows = rows_of(learning, "cnn", variant) & (learning["epoch"] >= epoch)
        learning.loc[rows, LOSSES] = value
    return replace(made, learning=learning)


def test_a_diverged_training_is_named_before_the_agreement(made, render):
    report = render(diverge(made, ["torch/eager", "tf/xla"], epoch=2))
    first = (
        "Training diverged in torch/eager and tf/xla on cnn: a loss or an accuracy is "
        "not a finite number from epoch 2 on."
    )
    assert report.answers[0].startswith(first)
    assert first in plain(report.html)
    assert first in plain(report.markdown)


def test_a_training_that_diverged_everywhere_is_one_sentence(made, render):
    variants = sorted(set(made.learning["variant"]))
    report = render(diverge(made, variants, epoch=1, value=inf))
    assert report.answers[0].startswith("Training diverged in every variant on cnn: ")


def test_a_training_that_converged_is_not_mentioned(made, render):
    assert "diverged in" not in render(made).answers[0]


def test_values_that_are_not_finite_are_shown_as_what_they_are(made, render):
    report = render(diverge(made, ["tf/xla"], epoch=2))
    rows = [
        line
        for line in report.markdown.splitlines()
        if line.startswith("| tf/xla | ") and line.count("NaN") == 2
    ]
    epochs = made.learning["epoch"].max()
    assert len(rows) == epochs - 1
    spread = "| training loss | "
    (line,) = [x for x in report.markdown.splitlines() if x.startswith(spread)]
    assert "| 1 |" in line, "only the first epoch is finite in every variant"
    assert line.rstrip(" |").endswith("NaN"), "the values after the last epoch"
    assert "Values that are not finite are not drawn." in plain(report.html)


@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_a_chart_contains_only_finite_numbers(made, render, value):
    run = render(diverge(made, ["torch/eager"], epoch=2, value=value)).run
    (group,) = [each for each in group_cells(run) if each.workload == "cnn"]
    spec = learning_chart(group, learning=select_learning(run, group))
    json.dumps(spec, allow_nan=False)
    points = spec["datasets"]["train_loss"]
    assert [p for p in points if p["variant"] == "torch/eager" and p["epoch"] == 1]
    assert not [p for p in points if p["variant"] == "torch/eager" and p["epoch"] > 1]
