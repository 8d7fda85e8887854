"""Backward hooks: read and change gradients on their way back.

A forward hook sees the result of a layer. A **backward hook** sees the gradient that
arrives at a tensor, and may return another one in its place. It is used to find where
gradients vanish or explode, to clip them, or to reverse them. PyTorch has hooks on
tensors and on modules. TensorFlow has none: the tape returns the gradient of any tensor
on request, and a function with its own gradient changes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "layer": "A dense layer without a bias, with the same weights in all "
        "frameworks. PyTorch stores them as (outputs, inputs), Keras as (inputs, "
        "outputs).",
        "change a gradient": "The function returns its argument. Only the gradient is "
        "different: it is clipped before it flows further back. In PyTorch a hook on "
        "the result does that, and its return value replaces the gradient. The hook is "
        "on a copy, so that it clips only what flows back through this function, and "
        "not what the argument receives along other paths. In TensorFlow the inner "
        "function is the gradient of the outer one.",
        "forward": "Two rows of inputs, which also get a gradient here: "
        "`requires_grad` in PyTorch, a `Variable` in TensorFlow.",
        "read a gradient": "The hook appends what arrives at the outputs to a list. It "
        "returns `None`, so the gradient stays as it is. In TensorFlow the outputs are "
        "one more tensor that a gradient is requested for. Both read "
        "{{ seen|figure }}: twice the outputs.",
        "clip": "The gradient of the inputs was {{ whole|figure }}. With clipping at "
        "the outputs it is {{ limited|figure }}. The layer itself is unchanged.",
        "hook of a module": "PyTorch calls a full backward hook with the gradients of "
        "the module's inputs and outputs, at every backward pass. The norm of the "
        "gradient grows with the square of the factor: {{ norms|figure }}. The "
        "TensorFlow program requests this gradient from the tape each time.",
        "remove": "Every registration returns a handle, and `remove` ends it: this "
        "pass calls no hook, and the list still has {{ norms|length }} elements. A "
        "module's hook that is forgotten runs at every step and keeps alive what it "
        "refers to. A tensor's hook ends with its tensor. In TensorFlow there is "
        "nothing to remove.",
        "results": "All gradients are compared with each other, and with those that "
        "NumPy computes from the formulas.",
    },
    apis={
        "torch": (
            "torch.Tensor.register_hook",
            "torch.nn.Module.register_full_backward_hook",
            "torch.nn.Linear",
        ),
        "tf": ("tf.custom_gradient", "tf.GradientTape", "tf.clip_by_value"),
        "jax": (
            "jax.custom_vjp",
            "jax.vjp",
            "jax.grad",
            "jax.numpy.clip",
        ),
    },
    exercise=Exercise(
        task="Raise the limit: `LIMIT` becomes `1000.0`. Is anything still clipped?",
        change={"LIMIT = 1.0": "LIMIT = 1000.0"},
        answer="No. No element of {{ after.seen|figure }} is that large, so the "
        "gradient of the inputs is the same as without the function, "
        "{{ after.limited|figure }}.",
        holds=lambda before, after: bool(
            (after["limited"] == after["whole"]).all()
            and (before["limited"] != before["whole"]).any()
        ),
    ),
)


def expected() -> Arrays:
    """Return the same arrays from the formulas."""
    x = np.arange(6.0).reshape(2, 3) / 4
    weight = np.array([[1.0, -1.0], [2.0, 0.5], [3.0, 4.0]])
    seen = 2 * x @ weight
    return {
        "seen": seen,
        "whole": seen @ weight.T,
        "limited": np.clip(seen, -1, 1) @ weight.T,
        "norms": np.linalg.norm(seen) * np.array([1.0, 4.0]),
    }
