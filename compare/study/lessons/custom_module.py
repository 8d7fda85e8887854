"""Custom modules: nn.Module, keras.Model and a residual connection.

`Sequential` cannot express a residual connection (also called skip connection or
shortcut): the input of a layer is added to its output. A class can. Its constructor
creates the layers, and its forward pass is ordinary Python code that calls them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "class": "The constructor creates three layers. The forward pass calls one of "
        "them in a loop, `USES` times, always with the same weights (weight sharing). "
        "The plus sign is the residual connection: each iteration adds to `h` and does "
        "not replace it. The forward pass is the method `forward` in PyTorch and "
        "`call` in Keras. In both, calling the model itself runs more than this "
        "method. A `tf.keras.Model` has a `dtype` of its own; if it is not given, the "
        "model converts its inputs to `float32`.",
        "data": "All the images of digits, scaled to numbers between zero and one, and "
        "the digits as integer labels.",
        "start": "A PyTorch layer has its weights as soon as it is created. A Keras "
        "layer creates them when it gets its first input, so the model is called once "
        "before the weights are set. There are {{ numbers|figure }} trainable "
        "parameters. The shared layer is counted once, however often it is used.",
        "train": "The training loop is identical to that of the sequential network. "
        "The gradient of the shared layer is the sum over its uses, and autograd adds "
        "these terms automatically. In {{ losses|length }} steps the loss falls from "
        "{{ losses[0]|figure }} to {{ losses[-1]|figure }}.",
        "results": "Layers are accessed by the names that the constructor gave them. A "
        "Keras model already has an attribute `output`, so the last layer is called "
        "`final` in all programs.",
    },
    apis={
        "torch": (
            "torch.nn.Module",
            "torch.nn.Linear",
            "torch.nn.CrossEntropyLoss",
            "torch.optim.SGD",
        ),
        "tf": (
            "tf.keras.Model",
            "tf.keras.layers.Dense",
            "tf.keras.losses.SparseCategoricalCrossentropy",
            "tf.keras.optimizers.SGD",
        ),
        "jax": (
            "flax.nnx.Module",
            "flax.nnx.Linear",
            "flax.nnx.Optimizer",
            "flax.nnx.jit",
            "optax.sgd",
        ),
    },
    pictures=(
        Picture(
            step="train",
            caption="Cross-entropy loss at every step.",
            arrays={"losses": "loss"},
            x_title="step",
            y_title="loss",
        ),
    ),
    exercise=Exercise(
        task="Remove the residual connection: `h = torch.relu(self.between(h))` in "
        "PyTorch, `h = tf.nn.relu(self.between(h))` in TensorFlow. The parameters are "
        "the same as before. Is the loss the same, too?",
        change={
            "h = h + torch.relu(self.between(h))": "h = torch.relu(self.between(h))",
            "h = h + tf.nn.relu(self.between(h))": "h = tf.nn.relu(self.between(h))",
            "h = h + jax.nn.relu(self.between(h))": "h = jax.nn.relu(self.between(h))",
        },
        answer="No. It falls from {{ after.losses[0]|figure }} only to "
        "{{ after.losses[-1]|figure }}, instead of {{ before.losses[-1]|figure }}, "
        "with the same {{ after.numbers|figure }} trainable parameters. Small weights "
        "make the values smaller at each use and, in the backward pass, the gradient "
        "as well (vanishing gradients). A residual connection passes both on without "
        "making them smaller.",
        holds=lambda before, after: bool(
            after["numbers"] == before["numbers"]
            and after["losses"][0] - after["losses"][-1]
            < (before["losses"][0] - before["losses"][-1]) / 10
        ),
    ),
)


def expected() -> Arrays:
    """Return the same arrays, with the gradients of both uses written out."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 - slow to import

    digits, rng = load_digits(), np.random.default_rng(0)
    x, y = digits.data / 16, np.eye(10)[digits.target]
    shapes = [(64, 32), (32,), (32, 32), (32,), (32, 10), (10,)]
    w1, b1, w, b, w2, b2 = (rng.normal(0, 0.1, shape) for shape in shapes)
    losses = []
    for _ in range(50):
        h = np.maximum(x @ w1 + b1, 0)
        first = np.maximum(h @ w + b, 0)
        second = np.maximum((h + first) @ w + b, 0)
        last = h + first + second
        e = np.exp(last @ w2 + b2)
        p = e / e.sum(axis=1, keepdims=True)
        losses.append(-np.log((p * y).sum(axis=1)).mean())
        out = (p - y) / len(y)
        d = out @ w2.T
        d_second = d * (second > 0)
        d = d + d_second @ w.T
        d_first = d * (first > 0)
        d = (d + d_first @ w.T) * (h > 0)
        w2, b2 = w2 - 0.125 * last.T @ out, b2 - 0.125 * out.sum(axis=0)
        w = w - 0.125 * ((h + first).T @ d_second + h.T @ d_first)
        b = b - 0.125 * (d_first + d_second).sum(axis=0)
        w1, b1 = w1 - 0.125 * x.T @ d, b1 - 0.125 * d.sum(axis=0)
    return {
        "losses": np.array(losses),
        "hidden": w1,
        "between": w,
        "final": w2,
    }
