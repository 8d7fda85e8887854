"""Simulated rounding in PyTorch: it explains real rounding, and hides no defect."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from math import log
from pathlib import Path
from statistics import median

import pytest

from compare.numerics.dtypes import UNIT_ROUNDOFF
from tests.support.long import long_test
from tests.support.own_cache import own_cache

pytestmark = pytest.mark.torch

ROOT = Path(__file__).parents[2]
UNIT = UNIT_ROUNDOFF["float32"]
# An error of this many unit roundoffs of the tensor's largest magnitude matters.
MATTERS = 5
WIDEST, MEDIAN = 150, 60
# Bias gradients are sums of up to 2,500 terms. Kernels add them in blocks, whose errors
# grow more slowly than the sqrt(n) of the rule, here and in the NumPy references.
WIDEST_BIAS = 500


def run_module(module, *arguments):
    with own_cache() as cache:
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "XDG_CACHE_HOME": cache,
                "OMP_NUM_THREADS": "1",
            },
            check=False,
            timeout=300,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def measured():
    """Return what `measuring` prints; this process imports no framework."""
    return run_module("tests.impl_torch.measuring")


def test_no_real_error_of_a_layer_is_beyond_its_tolerance(measured):
    rows = measured["measure_layers"]
    beyond = [row for row in rows if row["error"] > row["tolerance"]]
    assert not beyond
    assert len({row["layer"] for row in rows}) > 40


def test_tolerances_are_not_much_wider_than_real_errors(measured):
    wide = {
        f"{row['layer']}: {row['tensor']}": row["tolerance"] / row["error"]
        for row in measured["measure_layers"]
        if row["error"] > MATTERS * UNIT * row["largest"]
    }
    assert median(wide.values()) < MEDIAN
    too_wide = {
        name: ratio
        for name, ratio in wide.items()
        if ratio > (WIDEST_BIAS if name.endswith("bias") else WIDEST)
    }
    assert not too_wide


def test_decompositions_compute_what_the_kernels_compute(measured):
    different = [
        row
        for row in measured["measure_layers"]
        if row["unmoved"] > 1e-12 * max(row["largest"], 1e-300)
    ]
    assert not different


def test_no_real_error_of_fused_kernels_is_beyond_its_tolerance(measured):
    rows = measured["measure_compiled"]
    assert not [row for row in rows if row["error"] > row["tolerance"]]
    assert sum(row["error"] > 0 for row in rows) > 5


def test_small_defects_are_far_beyond_the_tolerances(measured):
    assert len(measured["measure_defects"]) == 5
    assert min(measured["measure_defects"].values()) > 10, measured["measure_defects"]


def test_random_draws_do_not_depend_on_the_context(measured):
    assert all(measured["measure_draws"]), measured["measure_draws"]


@pytest.mark.parametrize("name", ["product", "matrix", "view"])
def test_each_element_moves_by_its_own_rounding_error(measured, name):
    assert measured["measure_moves"]["spans"][name] == pytest.approx([1, 1], abs=1e-3)


def test_exact_operations_do_not_move(measured):
    exact = measured["measure_moves"]["exact"]
    assert not [name for name, holds in exact.items() if not holds]


def test_gradients_move_by_signs_that_the_seed_determines(measured):
    one, same, other, plain = measured["measure_seeds"]
    assert one == same
    assert one != other
    assert all(a != b for a, b in zip(one, plain, strict=True))
    assert one == pytest.approx(plain, rel=1e-5)


@long_test
def test_built_in_workloads_have_the_tolerances_of_the_numpy_references():
    # A loss is one number: the largest of its four deviations varies from seed to seed.
    # The reference of the cnn also counts the zeros of one-hot labels as terms.
    rows = run_module("tests.impl_torch.workloads_by_both_rules")
    outside = [
        row
        for row in rows
        if abs(log(row["ratio"])) > log(5 if row["tensor"] == "loss" else 3)
    ]
    assert not outside
    assert len(rows) > 60
