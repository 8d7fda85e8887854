"""Simulated rounding of TensorFlow's eager steps: its rule, its size, its limits."""

from __future__ import annotations

import ast
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHECKS = ast.parse(Path(__file__).with_name("rounding_checks.py").read_text())
PROPERTIES = [
    node.name
    for node in CHECKS.body
    if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
]
# A tensor whose error is this many units in the last place shows rounding's size.
FEW_UNITS = 4.0
# At most 95 where measured; kernels of other processors sum in another order.
TOO_WIDE = 150.0

pytestmark = pytest.mark.tf


@pytest.fixture(scope="module")
def measured():
    """Return the measurements of a process that imports TensorFlow."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.impl_tf.rounding_program"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"},
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", PROPERTIES)
def test_simulated_rounding_has_the_property(measured, name):
    assert not measured["properties"][name]


@pytest.mark.parametrize("workload", ["two_layer", "cnn", "mlp", "stack"])
def test_tolerances_are_within_a_factor_of_3_of_the_numpy_rule(measured, workload):
    ratios = measured["rule"][workload]
    assert ratios
    assert {n: r for n, r in ratios.items() if not 1 / 3 < r < 3} == {}


def test_no_error_of_a_keras_layer_in_float32_exceeds_its_tolerance(measured):
    assert [c for c in measured["cases"] if c["error"] > c["tolerance"]] == []


def test_no_tolerance_is_far_wider_than_an_error_of_a_few_units(measured):
    large = [c for c in measured["cases"] if c["units"] > FEW_UNITS]
    assert len(large) > 10
    assert [c for c in large if c["tolerance"] > TOO_WIDE * c["error"]] == []


def test_the_median_tolerance_is_less_than_50_times_the_error(measured):
    ratios = [c["tolerance"] / c["error"] for c in measured["cases"] if c["units"] > 1]
    assert statistics.median(ratios) < 50


def test_without_a_unit_the_step_is_unchanged_bit_for_bit(measured):
    changed = {c["tensor"]: c["without unit"] for c in measured["cases"]}
    # Keras compiles grouped convolutions with XLA, which sums in another order.
    grouped = {n: changed.pop(n) for n in list(changed) if "groups" in n}
    assert max(grouped.values()) < 1e-14
    assert {n: c for n, c in changed.items() if c} == {}


def test_a_planted_defect_is_far_beyond_the_tolerance(measured):
    assert len(measured["defects"]) == 5
    assert {n: d for n, d in measured["defects"].items() if d < 50} == {}


def test_generators_draw_the_same_numbers(measured):
    assert all(measured["draws"])
