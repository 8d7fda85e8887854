"""A net as a class of its own: a layer used twice, around it a shortcut.

A list of layers cannot say that a value takes a way around a layer and is added to what
comes out of it. A class can: its constructor says what there is, its forward pass says
in ordinary Python what happens to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "class": "Three layers are made, and one is called in a loop, as often as "
        "`USES` says. The plus sign is the shortcut: each turn adds something to `h` "
        "and does not replace it. PyTorch has the forward pass written as `forward`, "
        "Keras as `call`; both run more than that when the model itself is called. A "
        "`tf.keras.Model` has a `dtype` of its own, and would turn its inputs into "
        "`float32` without it.",
        "data": "All the images of digits, scaled to numbers between zero and one, and "
        "the digits as class numbers.",
        "start": "In PyTorch a layer that is made has its weights. A Keras layer waits "
        "until it has seen an input, so the model is called once before anything is "
        "put in. There are {{ numbers|figure }} numbers to learn. The layer between is "
        "counted once, however often it is used.",
        "train": "The loop is the one of the sequential net, to the letter. The "
        "gradient of the layer between is the sum over its uses, which autograd adds "
        "up unasked. In {{ losses|length }} steps the loss falls from "
        "{{ losses[0]|figure }} to {{ losses[-1]|figure }}.",
        "results": "Layers are reached by the names that the constructor gave them. "
        "Keras models have an attribute `output` already; hence the name `final` in "
        "both.",
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
    },
    pictures=(
        Picture(
            step="train",
            caption="The cross-entropy at every step.",
            arrays={"losses": "loss"},
            x_title="step",
            y_title="loss",
        ),
    ),
    exercise=Exercise(
        task="Take the shortcut away: `h = torch.relu(self.between(h))` in PyTorch, `h "
        "= tf.nn.relu(self.between(h))` in TensorFlow. The parameters are the same as "
        "before. Is the loss?",
        change={
            "h = h + torch.relu(self.between(h))": "h = torch.relu(self.between(h))",
            "h = h + tf.nn.relu(self.between(h))": "h = tf.nn.relu(self.between(h))",
        },
        answer="It is not: from {{ after.losses[0]|figure }} it comes down to "
        "{{ after.losses[-1]|figure }} only, in place of "
        "{{ before.losses[-1]|figure }}, with the same {{ after.numbers|figure }} "
        "numbers to learn. Small weights make whatever passes through them smaller, at "
        "each use, and on the way back they do so with the gradient. A shortcut hands "
        "both on undiminished.",
        holds=lambda before, after: bool(
            after["numbers"] == before["numbers"]
            and after["losses"][0] - after["losses"][-1]
            < (before["losses"][0] - before["losses"][-1]) / 10
        ),
    ),
)


def expected() -> Arrays:
    """The same with the gradients written out; those of the two uses add up."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 - a second to import

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
