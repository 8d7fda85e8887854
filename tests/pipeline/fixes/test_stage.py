"""``check --fix``: breaks are fixed in copies, and wrong fixes are discarded."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from compare.cli.main import cli
from compare.fixes import propose
from compare.fixes.fix import FixRule
from compare.runs.words import FixOutcome
from tests.support.long import long_test

TORCH = """import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(5, 3)

    def forward(self, x):
        y = torch.tanh(self.head(x))
        if y.mean() > 0:
            y = y * 2
        else:
            y = y * 3
        return y
"""
TF = """import helper
import keras
import tensorflow as tf


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(3)

    def call(self, x):
        y = tf.tanh(self.head(x))
        s = tf.py_function(lambda v: tf.reduce_mean(tf.abs(v)), [y], y.dtype)
        return y * s * helper.FACTOR
"""


def check(folder, text, *options):
    """Check a model with ``--fix``, and return its record and the run's folder."""
    file = folder / "net.py"
    file.write_text(text)
    out = folder / "out"
    arguments = ["check", f"{file}:Net", "-i", "float32:4x5", "--fix", *options]
    done = CliRunner().invoke(cli, [*arguments, "--out", str(out)])
    assert file.read_text() == text  # whatever happens
    assert (out / "run.json").is_file(), done.output
    return json.loads((out / "run.json").read_text()), out, done.output


def break_at(record, text, line):
    """Return what was found at the line with this text."""
    number = [line in each for each in text.splitlines()].index(True) + 1
    (found,) = [fix for fix in record["fixes"] if fix["line"] == number]
    return found


@long_test
@pytest.mark.tf
def test_a_call_of_python_is_removed_and_the_gain_measured(tmp_path):
    (tmp_path / "helper.py").write_text("FACTOR = 2.0\n")

    record, out, printed = check(tmp_path, TF, "-v", "tf/function")

    found = break_at(record, TF, "py_function")
    assert found["outcome"] == FixOutcome.WORKS, found
    assert found["ratio"] < 1
    assert found["ratio_low"] < found["ratio"] < found["ratio_high"]
    assert "-        s = tf.py_function" in found["diff"]
    assert "py_function" not in (out / found["copy"]).read_text()
    assert "What does each fix gain?" in printed
    page = (out / "index.html").read_text()
    assert "What graph breaks cost" in page
    assert "+        s = (lambda v" in page


@pytest.mark.tf
def test_a_rule_that_changes_results_is_discarded(tmp_path, monkeypatch):
    (tmp_path / "helper.py").write_text("FACTOR = 2.0\n")

    def plant(site):
        return site.source.replace(
            "tf.py_function(lambda v: tf.reduce_mean(", "("
        ).replace("tf.abs(v)), [y], y.dtype)", "tf.reduce_sum(tf.abs(y)))")

    monkeypatch.setattr(propose, "RULES", {FixRule.PYTHON_FUNCTION: plant})

    record, out, _ = check(tmp_path, TF, "-v", "tf/function", "--not-timed")

    found = break_at(record, TF, "py_function")
    assert found["outcome"] == FixOutcome.CHANGES_RESULTS, found
    assert "differs by" in found["explanation"]
    assert not (out / "fixed").exists()


@long_test
@pytest.mark.torch
def test_a_branch_is_replaced_and_the_copy_has_one_graph(tmp_path):
    record, out, _ = check(tmp_path, TORCH, "-v", "torch/compile", "--not-timed")

    found = break_at(record, TORCH, "if y.mean()")
    assert found["outcome"] == FixOutcome.WORKS, found
    assert found["ratio"] is None
    assert "torch.where" in (out / found["copy"]).read_text()
