"""A two-layer net made of the library's layers, in sequence.

Where a net is a chain of layers, nobody needs to write a class for it: a list of layers
is the net. Here one of two layers learns to read handwritten digits, with the library's
loss and the library's optimizer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "data": "Images of digits, flattened to one row of pixels each, and the digit "
        "as a whole number. The last {{ tested|figure }} are kept for the test.",
        "model": "Both containers call their layers one after another. In PyTorch the "
        "ReLU is a link of the chain; in Keras it may be one, or be named in the layer "
        "as its `activation`. PyTorch's layers are told their number of inputs, "
        "Keras's find it out from the `Input`. Both compute in `float32` unless told: "
        "`.double()` converts a whole PyTorch module, in Keras each layer has its "
        "`dtype`. No softmax, which makes probabilities of the outputs, stands "
        "at the end; it is part of the loss.",
        "start": "Each library would draw its initial weights from a "
        "distribution of its own. To compare anything, both get the same ones. "
        "PyTorch keeps a weight as (outputs, inputs), so each array is transposed on "
        "its way in; a bias stays what it is.",
        "train": "PyTorch's cross-entropy takes logits and class numbers. In Keras the "
        "name says which labels are meant, sparse for class numbers, and `from_logits` "
        "says that no softmax has been applied. Forgetting it is no error, only "
        "another loss. In {{ losses|length }} steps the loss falls from "
        "{{ losses[0]|figure }} to {{ losses[-1]|figure }}.",
        "test": "The digit read is the one with the largest logit: {{ right|figure }} "
        "of {{ tested|figure }} are right. PyTorch is told to record nothing, since "
        "the parameters would ask for it; in TensorFlow no tape is open.",
        "results": "A layer is reached by its position. In PyTorch the ReLU has one of "
        "its own, and a Keras model does not count its input, so both programs say "
        "first and last.",
    },
    apis={
        "torch": (
            "torch.nn.Sequential",
            "torch.nn.Linear",
            "torch.nn.ReLU",
            "torch.nn.CrossEntropyLoss",
        ),
        "tf": (
            "tf.keras.Sequential",
            "tf.keras.layers.Dense",
            "tf.keras.losses.SparseCategoricalCrossentropy",
            "tf.keras.Model.set_weights",
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
        task="Start with zeros everywhere: `np.zeros(shape)`. A single linear layer "
        "learned all the same. Do two?",
        change={"rng.normal(0, 0.1, shape)": "np.zeros(shape)"},
        answer="They do not: the loss goes from {{ after.losses[0]|figure(6) }} to "
        "{{ after.losses[-1]|figure(6) }}, and {{ after.right|figure }} of "
        "{{ after.tested|figure }} images are right. With zeros in the second layer no "
        "gradient reaches the first, and with nothing from the first none reaches the "
        "weights of the second. Only the last bias moves, towards how frequent each "
        "digit is.",
        holds=lambda before, after: bool(
            before["right"] > 0.8 * before["tested"]
            and after["right"] < 0.2 * after["tested"]
            and not after["hidden"].any()
            and not after["output"].any()
        ),
    ),
)


def expected() -> Arrays:
    """The same with the gradients written out."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 - a second to import

    digits, rng = load_digits(), np.random.default_rng(0)
    x, x_test = np.split(digits.data / 16, [1500])
    y, y_test = np.split(np.eye(10)[digits.target], [1500])
    w1, b1 = rng.normal(0, 0.1, (64, 32)), rng.normal(0, 0.1, 32)
    w2, b2 = rng.normal(0, 0.1, (32, 10)), rng.normal(0, 0.1, 10)
    losses = []
    for _ in range(60):
        h = np.maximum(x @ w1 + b1, 0)
        e = np.exp(h @ w2 + b2)
        p = e / e.sum(axis=1, keepdims=True)
        losses.append(-np.log((p * y).sum(axis=1)).mean())
        d2 = (p - y) / len(y)
        d1 = d2 @ w2.T * (h > 0)
        w1, b1 = w1 - 0.5 * x.T @ d1, b1 - 0.5 * d1.sum(axis=0)
        w2, b2 = w2 - 0.5 * h.T @ d2, b2 - 0.5 * d2.sum(axis=0)
    logits = np.maximum(x_test @ w1 + b1, 0) @ w2 + b2
    right = logits.argmax(axis=1) == y_test.argmax(axis=1)
    return {
        "losses": np.array(losses),
        "right": right.sum(),
        "hidden": w1,
        "output": w2,
    }
