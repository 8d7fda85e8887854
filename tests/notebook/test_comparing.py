"""The same comparison from a script."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from compare.errors import UsageError
from compare.notebook import compare_captured, compare_pair
from compare.runs.words import Verdict
from tests.support.long import long_test

ROOT = Path(__file__).parents[2]


def double(x):
    return np.add(x, x)


def triple(x):
    return 3 * x


def test_a_script_gets_the_same_object():
    found = compare_pair(double, triple, np.ones(3), budget_s=0)
    assert found.facts.verdict is Verdict.DISAGREES
    assert "double and triple disagree in float64" in repr(found)


def test_equal_names_get_the_letters_of_their_sides():
    found = compare_pair(double, double, np.ones(3), budget_s=0)
    assert (found.facts.a, found.facts.b) == ("double (a)", "double (b)")


def test_a_function_of_numpy_has_no_captured_mode():
    with pytest.raises(UsageError, match="double is a function of NumPy"):
        compare_captured(double, np.ones(3))


def run_script(*lines):
    """Return what a script prints, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert not done.returncode, done.stderr
    return done.stdout


TENSORFLOW = (
    "import keras, tensorflow as tf",
    "from torch import nn",
    "from compare.notebook import compare_captured, compare_pair",
)


@pytest.mark.tf
@pytest.mark.torch
def test_a_model_is_captured_and_a_wrong_mode_refused():
    shown = run_script(
        *TENSORFLOW,
        "net = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])",
        "print(compare_captured(net, tf.ones((3, 4)), budget_s=0))",
        "def softmax(x): return tf.nn.softmax(x)",
        "print(compare_captured(softmax, tf.ones((3, 4)), budget_s=0))",
        "sizes = [(tf.ones((n, 4)),) for n in (2, 3)]",
        "print(compare_captured(softmax, sizes, budget_s=0).facts.captures)",
        "for f, mode in (net, 'functoin'), (tf.function(net), ''):",
        "    try: compare_captured(f, tf.ones((3, 4)), mode=mode)",
        "    except Exception as error: print(type(error).__name__, error)",
    )
    assert "Sequential and Sequential (tf/function) agree in float32" in shown
    assert "gradient of sequential.dense.kernel: agrees" in shown
    assert "Graph of Sequential (tf/function): 0 graph breaks, 0 recaptures" in shown
    assert "softmax and softmax (tf/function) agree in float64" in shown, (
        "nn is torch's"
    )
    assert "the graph does not fit the inputs: the function is traced again" in shown
    assert "argument='call 2'" in shown
    assert "UsageError mode of tf: expected function" in shown
    assert "it is captured already" in shown


@long_test
@pytest.mark.tf
@pytest.mark.torch
def test_a_function_of_torch_compile_is_one_of_pytorch_alone():
    shown = run_script(
        *TENSORFLOW,
        "import torch",
        "def tanh(x): return torch.tanh(x)",
        "print(compare_captured(tanh, torch.ones(3, 4), budget_s=0))",
    )
    assert "tanh and tanh (torch/compile) agree in float64 and float32" in shown
