"""Each rule of mechanical fixes: what it changes, and what it leaves alone."""

from __future__ import annotations

import ast
import difflib

import pytest

from compare.contract import BreakKind
from compare.fixes.fix import FixRule
from compare.fixes.propose import RECAPTURE_RULES, RULES, apply_rule, propose_fixes

TORCH = """import logging

import numpy as np
import torch
from torch import nn

logger = logging.getLogger(__name__)


@torch.compiler.disable
def outside(x):
    return x + 1


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.calls = 0  # so far
        self.head = nn.Linear(3, 3)

    def forward(self, x):
        # This comment stays.
{body}
        return self.head(x)
"""
TF = """import numpy as np
import tensorflow as tf


def squared(v):
    return np.square(v)


def call(x):
{body}
    return x
"""
LINE = {"torch": 23, "tf": 10}


def fix(rule, body, *, framework="torch"):
    """Return the lines that replace `body`, and assert that only it was changed."""
    template, indent = (TORCH, 8) if framework == "torch" else (TF, 4)
    indented = "\n".join(" " * indent + line for line in body.splitlines())
    source = template.replace("{body}", indented)
    changed = apply_rule(rule, source, line=LINE[framework], variant=f"{framework}/any")
    if changed is None:
        return None
    ast.parse(changed)
    removed, added = [], []
    for line in difflib.ndiff(source.splitlines(), changed.splitlines()):
        if line.startswith("- "):
            removed.append(line[2:].strip())
        elif line.startswith("+ "):
            added.append(line[2:].strip())
    body_lines = {line.strip() for line in source.splitlines()}
    assert set(removed) <= body_lines
    return "\n".join(added)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "if x.sum() > 0:\n    x = x * 2\nelse:\n    x = -x",
            "x = torch.where(x.sum() > 0, x * 2, -x)",
        ),
        ("if x.sum() > 0:\n    x += 1", "x = torch.where(x.sum() > 0, x + (1), x)"),
        (
            "x = x if x.max() < 1 else x / 2",
            "x = torch.where(x.max() < 1, x, x / 2)",
        ),
        (
            "if x.max() > 3:\n    return -x\nelse:\n    return x",
            "return torch.where(x.max() > 3, -x, x)",
        ),
        (
            "if x.max() > 3:\n    return -x\nreturn x",
            "return torch.where(x.max() > 3, -x, x)",
        ),
        (
            "if not x.any() and x.sum().item() > 0:\n    y = x\nelse:\n    y = x * 2",
            "y = torch.where(torch.logical_and(torch.logical_not(x.any()), "
            "x.sum().detach() > 0), x, x * 2)",
        ),
    ],
)
def test_a_branch_becomes_a_choice(body, expected):
    assert fix(FixRule.BRANCH, body) == expected


@pytest.mark.parametrize(
    "body",
    [
        "if x.sum() > 0:\n    x = x * 2\n    self.head(x)\nelse:\n    x = -x",
        "if x.sum() > 0:\n    x = 2 * x\n    y = x + 1",  # one reads the other
        "if x.sum() > 0:\n    x = x * 2\nelif x.sum() < -1:\n    x = -x",
        "if x.sum() > 0:\n    return x, x",
        "if x.sum() > 0:\n    raise ValueError",
        "x = x + 1",
    ],
)
def test_a_branch_that_is_no_choice_stays(body):
    assert fix(FixRule.BRANCH, body) is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("print('mean', x.mean())", "pass"),
        ("logger.info('x')", "pass"),
        ("torch._dynamo.graph_break()", "pass"),
        ("self.head(x)", None),
        ("x = print(x)", None),
    ],
)
def test_only_a_call_without_a_use_is_removed(body, expected):
    assert fix(FixRule.SIDE_EFFECT, body) == expected


def test_a_print_becomes_an_operation_in_tensorflow():
    assert fix(FixRule.SIDE_EFFECT, "print(x)", framework="tf") == "tf.print(x)"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("x = x * x.mean().item()", "x = x * x.mean().detach()"),
        ("x = x * float(x.mean())", "x = x * x.mean().detach()"),
        ("x = x * float(x[0, 0] + 1)", "x = x * (x[0, 0] + 1).detach()"),
        ("x = x * int(x.sum())", "x = x * x.sum().detach().long()"),
        ("x = x * float(len(x))", None),
    ],
)
def test_a_number_from_a_tensor_stays_a_tensor_without_its_gradient(body, expected):
    assert fix(FixRule.SCALAR, body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "x = torch.from_numpy(np.tanh(x.detach().numpy()))",
            "x = torch.tanh(x.detach())",
        ),
        ("x = np.sum(x, axis=1)", "x = torch.sum(x, dim=1)"),
        ("x = np.busday_count(x)", None),
    ],
)
def test_numpy_becomes_the_operation_of_the_same_meaning(body, expected):
    assert fix(FixRule.NUMPY, body) == expected


def test_a_wrapped_python_function_is_called_and_its_numpy_replaced():
    body = "x = tf.numpy_function(squared, [x], x.dtype)"
    assert fix(FixRule.PYTHON_FUNCTION, body, framework="tf") == (
        "return tf.stop_gradient(tf.square(v))\nx = squared(tf.stop_gradient(x))"
    )
    body = "x = tf.py_function(func=lambda v: v * 2, inp=[x], Tout=x.dtype)"
    assert fix(FixRule.PYTHON_FUNCTION, body, framework="tf") == (
        "x = (lambda v: v * 2)(x)"
    )
    body = "x = tf.numpy_function(np.square, [x], x.dtype)"
    assert fix(FixRule.PYTHON_FUNCTION, body, framework="tf") == (
        "x = tf.square(tf.stop_gradient(x))"
    )


def test_an_excluded_function_is_included():
    assert fix(FixRule.EXCLUDED, "x = outside(x)") == ""  # the decorator is gone
    body = "x = torch.compiler.disable(outside)(x)"
    assert fix(FixRule.EXCLUDED, body) == "x = outside(x)"
    assert fix(FixRule.EXCLUDED, "x = self.head(x)") is None


def test_a_counter_becomes_a_tensor_where_it_starts_and_where_it_changes():
    assert fix(FixRule.ATTRIBUTE, "self.calls += 1") == (
        "self.calls = torch.tensor(0)  # so far\nself.calls = self.calls + 1"
    )
    assert fix(FixRule.ATTRIBUTE, "self.other += 1") is None


def test_a_captured_function_gets_variable_shapes():
    source = "import tensorflow as tf\n\n\n@tf.function\ndef f(x):\n    return x\n"
    changed = apply_rule(FixRule.RELAXED, source, line=6, variant="tf/function")
    assert changed is not None
    assert "@tf.function(reduce_retracing=True)\n" in changed
    assert apply_rule(FixRule.RELAXED, changed, line=6, variant="tf/function") is None


def test_a_loop_with_a_written_number_of_steps_is_unrolled():
    body = "for _ in tf.range(2):\n    x = tf.concat([x, x], 0)"
    assert fix(FixRule.CONSTANT_RANGE, body, framework="tf") == "for _ in range(2):"
    body = "for _ in tf.range(n):\n    x = x * 2"
    assert fix(FixRule.CONSTANT_RANGE, body, framework="tf") is None


def test_a_number_of_a_global_dictionary_becomes_a_tensor():
    source = (
        'import torch\n\nSTATE = {"calls": 0, "size": 3}\n\n\n'
        'def call(x):\n    STATE["calls"] += 1\n    return x * STATE["calls"]\n'
    )
    changed = apply_rule(FixRule.GLOBAL, source, line=8, variant="torch/compile")
    assert changed is not None
    assert '{"calls": torch.tensor(0), "size": 3}' in changed


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "x = x + int(tf.argmax(x))",
            "x = x + tf.cast(tf.stop_gradient(tf.argmax(x)), x.dtype)",
        ),
        ("x = x + sum(list(x))", "x = x + sum(tf.unstack(x))"),
    ],
)
def test_a_number_takes_the_dtype_of_the_tensor_that_it_meets(body, expected):
    assert fix(FixRule.SCALAR, body, framework="tf") == expected


def test_a_variable_that_is_made_in_each_call_becomes_a_tensor():
    body = "x = x + tf.Variable(tf.ones(8))"
    assert fix(FixRule.VARIABLE, body, framework="tf") == (
        "x = x + tf.convert_to_tensor(tf.ones(8))"
    )


def test_every_rule_is_tried_for_some_kind_of_break():
    assert {*RULES, *RECAPTURE_RULES, FixRule.MODE} == {*FixRule}


def test_another_mode_is_proposed_for_a_recapture_alone():
    def modes(kind):
        found = propose_fixes("x = 1\n", line=1, variant="tf/function", kind=kind)
        return [fix.mode for fix in found if fix.mode]

    assert modes(BreakKind.RETRACE) == ["tf/function-relaxed"]
    assert modes(BreakKind.BREAK) == []


@pytest.mark.parametrize("source", ["", "\n\n", "def f(:\n", "x = 1\n"])
@pytest.mark.parametrize("line", [0, 1, 99])
def test_text_without_a_fix_gives_none(source, line):
    assert list(propose_fixes(source, line=line, variant="torch/compile")) == []
