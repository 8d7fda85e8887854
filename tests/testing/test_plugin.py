"""The plugin of pytest, in suites of its own. Functions of NumPy need no framework."""

from __future__ import annotations

import subprocess
import sys

import pytest

SUITE = """
import numpy as np
import pytest
from compare.testing import assert_agrees

X = np.linspace(0.1, 2, 6).reshape(2, 3)

def expected(x):
    return np.log(x)

def wrong(x):
    return np.log(x + 1e-6)

def test_equal():
    assert_agrees(expected, lambda x: -np.log(1 / x), X)

def test_wrong():
    assert_agrees(expected, wrong, X)

def test_local():
    assert_agrees(expected, lambda x: wrong(x), {"x": X})

@pytest.mark.graph_modes("numpy/eager")
def test_unknown(graph_mode):
    pass
"""


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    folder = tmp_path_factory.mktemp("suite")
    (folder / "test_net.py").write_text(SUITE)
    done = run_pytest(folder)
    return folder, done.stdout


def run_pytest(folder, *options):
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--strict-markers", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_suite_gets_the_marker_and_the_assertions_without_any_setting(suite):
    _, output = suite
    assert "1 passed" in output
    assert "2 failed" in output


def test_a_failure_states_the_difference_and_what_rounding_explains(suite):
    _, output = suite
    assert "a (expected) and b (wrong) disagree in float64: output" in output
    assert "rounding explains at most" in output


def test_the_script_of_a_failure_repeats_it(suite):
    folder, output = suite
    (script,) = (folder / ".pytest_cache").rglob("test_net_py_test_wrong.py")
    assert str(script) in output
    again = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=False
    )
    assert "a (expected) and b (wrong) disagree" in again.stderr
    repaired = script.read_text().replace("'wrong'", "'expected'")
    script.write_text(repaired)
    subprocess.run([sys.executable, script], check=True, capture_output=True)


def test_a_failure_without_a_script_names_the_test_to_run(suite):
    _, output = suite
    assert "pytest 'test_net.py::test_local'" in output


def test_an_unknown_mode_is_refused_with_those_that_exist(suite):
    _, output = suite
    assert 'expected torch, tf or jax; received "numpy"' in output


def test_importing_the_plugin_imports_nothing_heavy():
    code = (
        "import sys, pytest; before = set(sys.modules); import compare.testing.plugin;"
    )
    code += "print(sorted(m for m in set(sys.modules) - before))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    heavy = ("numpy", "pandas", "msgspec", "torch", "tensorflow", "jax", "click")
    assert not [name for name in heavy if f"'{name}'" in done.stdout]
