"""Gradients by hand: a two-layer net trained with tensors alone.

Before a framework differentiates anything, tensors are arrays that compute. This net is
trained as it would be with NumPy: the forward pass line by line, then the chain rule
line by line in the opposite order. Whoever has written this once knows what the next
lessons take off their hands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd import grad
from autograd import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Array, Arrays

LESSON = Lesson(
    steps={
        "data": "Inputs and targets are drawn by NumPy with a fixed seed, so that both "
        "programs meet the same numbers. There is nothing to be learned in them but "
        "themselves: the net can only learn them by heart.",
        "parameters": "Two matrices, without biases. PyTorch's can be changed in place "
        "as they are; TensorFlow needs a `Variable` for that. Nothing is told to "
        "record gradients.",
        "forward": "Two products, between them a ReLU, which makes zeros of what is "
        "negative, and the sum of squared errors. `hidden`, `active` and `error` get "
        "names because the way back needs them again: this is what a framework has to "
        "keep, too. The loss starts at {{ losses[0]|figure }}.",
        "backward": "The forward lines from last to first, each differentiated. For a "
        "product the gradient of either factor is the incoming gradient times the "
        "other one, transposed so that the shapes fit. The ReLU lets the gradient "
        "through where it let the input through.",
        "update": "A small step against the gradient. No graph is being recorded, so "
        "nothing has to be switched off. After {{ losses|length }} steps the loss has "
        "come down to {{ losses[-1]|figure }}.",
        "results": "NumPy is the third opinion. There the gradients are not "
        "written by hand but derived from the loss by a program, so a mistake in the "
        "lines above would be seen.",
    },
    apis={
        "torch": ("torch.matmul", "torch.Tensor.clamp", "torch.Tensor.where"),
        "tf": ("tf.matmul", "tf.maximum", "tf.where", "tf.Variable.assign_sub"),
    },
    pictures=(
        Picture(
            step="update",
            caption="The loss at every step.",
            arrays={"losses": "loss"},
            x_title="step",
            y_title="loss",
            y_log=True,
        ),
    ),
    exercise=Exercise(
        task="Make a mistake: leave the ReLU out on the way back, so that "
        "`grad_hidden` is `grad_active`. Does the training fail?",
        change={
            "grad_active.where(hidden > 0, 0)": "grad_active",
            "tf.where(hidden > 0, grad_active, 0)": "grad_active",
        },
        answer="No, and that is the trouble. After the first step the loss is even "
        "lower, {{ after.losses[1]|figure }} and not {{ before.losses[1]|figure }}, "
        "and it falls to the end; but it ends at {{ after.losses[-1]|figure }} and not "
        "at {{ before.losses[-1]|figure }}. A falling loss does not prove a gradient "
        "right.",
        holds=lambda before, after: bool(
            after["losses"][1] < before["losses"][1]
            and (np.diff(after["losses"]) < 0).all()
            and after["losses"][-1] > before["losses"][-1]
        ),
    ),
)


def expected() -> Arrays:
    """The same with gradients that nobody wrote: autograd differentiates the loss."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((16, 20)), rng.standard_normal((16, 4))
    w1, w2 = rng.standard_normal((20, 30)), rng.standard_normal((30, 4))

    def loss_of(w1: Array, w2: Array) -> Array:
        total: Array = np.sum((np.maximum(x @ w1, 0) @ w2 - y) ** 2)
        return total

    losses = []
    for _ in range(100):
        losses.append(loss_of(w1, w2))
        grad_w1, grad_w2 = grad(loss_of, 0)(w1, w2), grad(loss_of, 1)(w1, w2)
        w1, w2 = w1 - 1e-4 * grad_w1, w2 - 1e-4 * grad_w2
    return {
        "losses": np.array(losses),
        "grad_w1": grad_w1,
        "grad_w2": grad_w2,
        "w1": w1,
        "w2": w2,
    }
