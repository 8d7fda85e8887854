"""The agreement stage of a run, from the command line to the tables."""

from __future__ import annotations

import sys
from math import inf
from pathlib import Path

import pytest

import compare
from compare.agreement import causes
from compare.pipeline.request import RunOptions
from tests.support.long import long_test
from tests.support.running import run

FAILING = str(Path(__file__).parents[1].joinpath("support") / "failing_worker.py")
PLANTED = str(Path(__file__).parents[1].joinpath("planted") / "worker.py")


@pytest.fixture(scope="module")
def agreed(cli, small_suite, tmp_path_factory):
    """Return a check of two variants in two dtypes and, in addition, in float64."""
    folder = tmp_path_factory.mktemp("agree") / "run"
    done = cli(
        "agree",
        "two_layer",
        *("-v", "torch/eager", "-v", "torch/script"),
        *("--dtype", "float32", "--dtype", "bfloat16"),
        *("--suite", small_suite, "--out", folder),
    )
    assert done.code == 0, done.out + done.err
    return compare.load_run(folder)


@pytest.mark.torch
def test_every_requested_dtype_and_float64_are_checked_once(agreed):
    own = "check == 'step' and quantity == 'loss' and inputs == 'workload'"
    rows = agreed.agreement.query(own)
    per_cell = rows.groupby(["mode", "dtype"]).size()
    assert set(per_cell.index.get_level_values("dtype")) == {
        *("float64", "float32", "bfloat16"),
    }
    assert per_cell.nunique() == 1, "no state was checked twice"


@pytest.mark.torch
def test_a_step_is_repeated_in_the_same_and_in_another_process(agreed):
    rows = agreed.agreement.query("check == 'determinism' and dtype == 'float32'")
    assert set(rows["against"]) >= {"itself", "another process"}


@pytest.mark.torch
def test_for_16_bit_dtypes_the_precision_of_operations_is_measured(agreed):
    rows = agreed.precision
    assert set(rows["dtype"]) == {"bfloat16"}
    assert set(rows["operation"]) == {"matrix product", "convolution", "sum"}
    assert rows["rounded_once"].between(0, 1).all()
    assert set(rows["mode"]) == {"eager"}, (
        "TorchScript does not expose single operations"
    )


@long_test
@pytest.mark.torch
def test_a_workload_outside_the_range_of_a_dtype_is_not_run_with_the_reason(
    cli, tmp_path
):
    folder = tmp_path / "run"
    done = cli(
        *("agree", "two_layer", "-v", "torch/eager", "--dtype", "float16"),
        *("--out", folder),
    )
    cell = compare.load_run(folder).cells.iloc[0]
    assert (done.code, cell["status"]) == (1, "not run")
    assert "above the largest float16" in cell["reason"]


def check_with_defect(defect, *, small_suite, folder, variants):
    """Return a check of torch with one planted defect."""
    options = RunOptions(
        workloads=("two_layer",), variants=variants, suite_name=str(small_suite)
    )
    command = (sys.executable, PLANTED, "torch", defect)
    return run(options, folder, command=command, timed=False)


@pytest.mark.torch
def test_a_disagreement_is_located_and_explained(small_suite, tmp_path):
    run = check_with_defect(
        "one gradient negated",
        small_suite=small_suite,
        folder=tmp_path / "run",
        variants=("torch/eager", "torch/script"),
    )
    assert set(run.differences["dtype"]) == {"float64", "float32"}
    assert set(run.differences["quantity"]) == {"gradient:hidden.weight"}
    assert set(run.differences["cause"]) == {"negated_gradient"}
    seen = run.differences.set_index("mode")["activations"].to_dict()
    assert seen == {"eager": "eager", "script": "eager"}, "script does not expose them"
    assert all("likely cause" in each for each in run.cells["disagreement"])
    assert set(run.cells["reason"]) == {""}, "a reason belongs to a missing result"
    assert (run.cells["status"] == "ok").all(), "a difference is a result"


@long_test
@pytest.mark.torch
def test_a_disagreement_is_in_the_report(small_suite, tmp_path):
    folder = tmp_path / "run"
    check_with_defect(
        "learning rate off by 1%",
        small_suite=small_suite,
        folder=folder,
        variants=("torch/eager",),
    )
    page = (folder / "report.md").read_text()
    assert "parameter:hidden.weight" in page
    assert "learning rate is 1.01 times" in page


@long_test
@pytest.mark.torch
def test_a_training_that_diverges_is_a_result(small_suite, tmp_path):
    options = RunOptions(
        workloads=("cnn",), variants=("torch/eager",), suite_name=str(small_suite)
    )
    command = (sys.executable, FAILING, "eager", "diverges")
    done = run(options, tmp_path / "run", command=command, timed=False)
    assert set(done.cells["status"]) == {"ok"}
    assert done.learning["train_loss"].isna().all()
    assert (done.learning["valid_loss"] == inf).all()
    assert (done.learning["valid_accuracy"] == 0.25).all()
    assert len(done.learning) == 2, "every epoch"


@long_test
@pytest.mark.torch
def test_a_bug_in_the_search_for_a_cause_costs_no_finding(
    small_suite, tmp_path, monkeypatch
):
    def fail(_):
        raise RecursionError("planted")

    monkeypatch.setattr(causes, "find_causes", fail)
    done = check_with_defect(
        "one gradient negated",
        small_suite=small_suite,
        folder=tmp_path / "run",
        variants=("torch/eager",),
    )
    (cell,) = done.cells.itertuples()
    assert cell.status == "ok"
    failed = "the search for its cause failed: RecursionError: planted"
    assert failed in cell.disagreement
    assert set(done.differences["quantity"]) == {"gradient:hidden.weight"}
    assert set(done.agreement["dtype"]) == {"float64", "float32"}
