"""Gradients by hand: backpropagation in a two-layer network.

Without automatic differentiation, a framework's tensors are arrays that compute. This
network is trained as it would be with NumPy: the forward pass line by line, then the
chain rule line by line in the opposite order. This is backpropagation. Writing it once
by hand shows what the frameworks do for you in the next lessons.
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
        "data": "NumPy draws the inputs and targets with a fixed seed, so that all "
        "programs use the same numbers. The data follow no rule that could be "
        "learned: the network can only memorise them.",
        "parameters": "The network has two weight matrices and no biases. PyTorch's "
        "tensors can be changed in place; TensorFlow needs a `Variable` for that. "
        "No program enables the recording of gradients.",
        "forward": "The forward pass consists of two matrix products with a ReLU "
        "between them, which replaces negative values by zero, and the sum of squared "
        "errors. `hidden`, `active` and `error` get names because the backward pass "
        "needs them again. A framework must keep such intermediate results too (saved "
        "tensors). The loss starts at {{ losses[0]|figure }}.",
        "backward": "The backward pass contains the forward lines from last to first, "
        "each differentiated. For a product, the gradient of either factor is the "
        "incoming (upstream) gradient times the other factor, transposed so that the "
        "shapes fit. The ReLU passes on the gradient where it passed on its input.",
        "update": "Gradient descent takes a small step against the gradient. No "
        "computational graph is recorded, so recording need not be switched off. "
        "In the last of {{ losses|length }} steps the loss is "
        "{{ losses[-1]|figure }}.",
        "results": "NumPy is the independent reference. Its gradients are not written "
        "by hand: a program derives them from the loss, so a mistake in the lines "
        "above would be detected.",
    },
    apis={
        "torch": ("torch.matmul", "torch.Tensor.clamp", "torch.Tensor.where"),
        "tf": ("tf.matmul", "tf.maximum", "tf.where", "tf.Variable.assign_sub"),
        "jax": (
            "jax.numpy.matmul",
            "jax.numpy.maximum",
            "jax.numpy.where",
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
        task="Make a mistake: omit the ReLU in the backward pass, so that "
        "`grad_hidden` is `grad_active`. Does the training fail?",
        change={
            "grad_active.where(hidden > 0, 0)": "grad_active",
            "tf.where(hidden > 0, grad_active, 0)": "grad_active",
            "jnp.where(hidden > 0, grad_active, 0)": "grad_active",
        },
        answer="No, and this makes the mistake hard to find. After the first step the "
        "loss is even lower, {{ after.losses[1]|figure }} instead of "
        "{{ before.losses[1]|figure }}, and it falls at every step. But it ends at "
        "{{ after.losses[-1]|figure }} instead of {{ before.losses[-1]|figure }}. A "
        "falling loss does not prove that a gradient is correct.",
        holds=lambda before, after: bool(
            after["losses"][1] < before["losses"][1]
            and (np.diff(after["losses"]) < 0).all()
            and after["losses"][-1] > before["losses"][-1]
        ),
    ),
)


def expected() -> Arrays:
    """Return the same arrays, with gradients derived by the autograd package."""
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
