"""Autograd: gradients from a computational graph recorded at run time.

This program contains no formula for a gradient. While the code runs, the framework
records each operation of the forward pass in a computational graph. It then applies the
chain rule backwards through the graph (backpropagation). Building the graph by running
the code is called define-by-run. The frameworks differ in where they store the graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "data": "Inputs and targets come from NumPy with a fixed seed, so that all "
        "programs use the same numbers. They stay in `float64`, so the rounding "
        "differences between the results are tiny.",
        "parameters": "A PyTorch tensor is marked with `requires_grad` if it needs a "
        "gradient. In TensorFlow, a `Variable` can be updated in place, and a tape "
        "watches it by default.",
        "forward": "PyTorch stores the graph on the tensors: `loss` refers to the "
        "operations that it was computed from. TensorFlow stores nothing on the "
        "tensors; it records operations only while a tape is open. The loss starts at "
        "{{ losses[0]|figure }} and is {{ losses[-1]|figure }} in the last of "
        "{{ losses|length }} steps.",
        "backward": "Backpropagation follows the graph from the loss to the weights. "
        "PyTorch's `backward` stores each gradient in the weight's `grad`. "
        "TensorFlow's tape returns the gradients, in the order of the weights. A "
        "gradient has the shape of its weight: here {{ grad1.shape|figure }} and {{ "
        "grad2.shape|figure }}. The recorded operations are discarded afterwards.",
        "update": "The update must not become part of the next graph. In PyTorch, "
        "`no_grad` switches recording off. In TensorFlow, no tape is open here, so "
        "nothing is recorded. PyTorch's next `backward` would add to `grad`, so it is "
        "set to `None` first.",
        "results": "All programs return the arrays of this lesson under the same "
        "names. The arrays are compared with each other and with NumPy.",
    },
    apis={
        "torch": (
            "torch.Tensor.requires_grad",
            "torch.Tensor.backward",
            "torch.Tensor.grad",
            "torch.no_grad",
        ),
        "tf": ("tf.Variable", "tf.GradientTape", "tf.Variable.assign_sub"),
        "jax": (
            "jax.value_and_grad",
            "jax.grad",
        ),
    },
    pictures=(
        Picture(
            step="update",
            caption="Loss at each step.",
            arrays={"losses": "loss"},
            x_title="step",
            y_title="loss",
            y_log=True,
        ),
    ),
    exercise=Exercise(
        task="Make the learning rate ten times larger: `RATE` becomes `1e-3`. Is the "
        "loss lower at the end?",
        change={"STEPS, RATE = 100, 1e-4": "STEPS, RATE = 100, 1e-3"},
        answer="No. The first step overshoots: the loss rises from "
        "{{ after.losses[0]|figure }} to {{ after.losses[1]|figure }}. It falls again, "
        "but ends at {{ after.losses[-1]|figure }} instead of "
        "{{ before.losses[-1]|figure }}. A gradient describes the slope at the current "
        "point, not how far the slope goes on.",
        holds=lambda before, after: bool(
            after["losses"][1] > after["losses"][0] > after["losses"][-1]
            and after["losses"][-1] > before["losses"][-1]
        ),
    ),
)


def expected() -> Arrays:
    """Return the same arrays, with the gradients written out."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((16, 20)), rng.standard_normal((16, 4))
    w1, w2 = rng.standard_normal((20, 30)), rng.standard_normal((30, 4))
    losses = []
    for _ in range(100):
        hidden = np.maximum(x @ w1, 0)
        error = hidden @ w2 - y
        losses.append(np.square(error).sum())
        grad2 = hidden.T @ (2 * error)
        grad1 = x.T @ ((2 * error) @ w2.T * (hidden > 0))
        w1, w2 = w1 - 1e-4 * grad1, w2 - 1e-4 * grad2
    return {
        "losses": np.array(losses),
        "grad1": grad1,
        "grad2": grad2,
        "w1": w1,
        "w2": w2,
    }
