"""Each cell of workload, variant, device and dtype gets its own rows."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from compare.report.run.cautions import list_cautions
from compare.report.run.summary import list_answers
from compare.results.cells import CellLabel, join_labels
from compare.results.joining import group_cells
from compare.runs.folder import load_run
from tests.support.synthetic import (
    agreement_only,
    rows_of,
    synthetic,
    with_rows,
    without,
)

BOTH = ("float32", "bfloat16")


@pytest.fixture
def joined(tmp_path):
    """Write a run and return its groups of cells."""
    return lambda made: group_cells(load_run(made.write(tmp_path / "run")))


@pytest.fixture
def several():
    """A run of two dtypes that only checks agreement."""
    return agreement_only(synthetic(dtypes=BOTH))


def dtypes(line):
    return set(line.agreement.checks["dtype"])


def on_a_device(made, device):
    """Return the run as if on another device."""
    frames = {
        name: getattr(made, name).assign(device=device)
        for name in ("agreement", "precision")
    }
    for cell in made.record.cells:
        cell.device = device
    return replace(made, **frames)


def test_a_run_of_one_dtype_has_one_group_per_workload(made, joined):
    assert [each.heading for each in joined(made)] == ["two_layer", "cnn"]


def test_a_run_of_several_dtypes_has_one_group_per_dtype(several, joined):
    assert [each.heading for each in joined(several)] == [
        "two_layer, float32",
        "two_layer, bfloat16",
        "cnn, float32",
        "cnn, bfloat16",
    ]


def test_headings_name_the_device_if_there_are_several(joined):
    host, other = (agreement_only(synthetic()) for _ in range(2))
    other = on_a_device(other, "cuda")
    host.record.cells.extend(other.record.cells)
    host.record.request.devices = ["cpu", "cuda"]
    checks = pd.concat([host.agreement, other.agreement])
    found = joined(replace(host, agreement=checks))
    assert [each.heading for each in found][-2:] == ["two_layer, cuda", "cnn, cuda"]
    assert {len(line.agreement.checks) for line in found[0].lines} == {
        len(line.agreement.checks) for line in found[2].lines
    }


def test_the_float64_check_belongs_to_the_first_dtype(several, joined):
    first, second, *_ = joined(several)
    assert all(dtypes(line) == {"float64", "float32"} for line in first.lines)
    assert all(dtypes(line) == {"bfloat16"} for line in second.lines)


def test_a_requested_float64_check_is_a_separate_cell(joined):
    made = agreement_only(synthetic(dtypes=("float32", "float64")))
    unproven = made.agreement[~made.agreement.duplicated()]
    first, second, *_ = joined(replace(made, agreement=unproven))
    assert all(dtypes(line) == {"float32"} for line in first.lines)
    assert all(dtypes(line) == {"float64"} for line in second.lines)


def test_a_disagreement_in_one_dtype_is_not_one_in_the_other(several, joined):
    wrong = rows_of(several.agreement, "cnn", "tf/xla") & (
        several.agreement["dtype"] == "bfloat16"
    )
    spoiled = with_rows(several, wrong, verdict="disagrees")
    judged = {each.heading: each.lines[-1].agreement.agrees for each in joined(spoiled)}
    assert judged["cnn, float32"] is True
    assert judged["cnn, bfloat16"] is False


def test_learning_is_shown_for_the_dtype_that_was_trained(several, render):
    report = render(several)
    assert report.html.count("<h3>cnn, float32</h3>") == 2  # errors, and learning
    assert report.html.count("<h3>cnn, bfloat16</h3>") == 1
    assert "float32 and bfloat16" in report.html
    assert "two_layer, cnn on cpu" in report.html


def test_cells_without_a_result_share_a_sentence(several, tmp_path):
    for variant in ("tf/eager", "tf/xla"):
        several = without(several, "cnn", variant, reason="no such thing")
    run = load_run(several.write(tmp_path / "run"))
    (agree, *_), _ = (each.sentences for each in list_answers(run, group_cells(run)))
    assert "28 of 32 cells agree with the reference; 4 not run." in agree
    assert (
        "not run: tf/eager and tf/xla on cnn in float32 and in bfloat16: no such thing"
    ) in [caution.text for caution in list_cautions(run, group_cells(run))]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([("a", "x", "")], "a on x"),
        ([("a", "x", ""), ("a", "y", "")], "a on x and y"),
        ([("a", "x", ""), ("b", "x", "")], "a and b on x"),
        ([("a", "x", ""), ("b", "y", "")], "a on x; b on y"),
        (
            [("a", "x", "in float32"), ("a", "x", "in float64")],
            "a on x in float32 and in float64",
        ),
        ([(v, "x", "") for v in "abcd"], "every variant on x"),
        ([(v, "x", "") for v in "abc"], "a, b and c on x"),
    ],
)
def test_cells_are_named_once_each(found, words):
    cells = [CellLabel(variant=v, workload=w, qualifier=q) for v, w, q in found]
    assert join_labels(cells, every="abcd") == words
