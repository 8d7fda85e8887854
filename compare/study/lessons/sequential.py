"""Sequential: a two-layer network that classifies digits.

If the layers of a network follow one another, you do not need to write a class for it:
list the layers in `Sequential`. Here a network of two layers is trained to classify
handwritten digits, with the library's loss and the library's optimizer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "data": "Images of digits, each flattened to one row of pixels, with the digit "
        "as an integer label. The last {{ tested|figure }} images are held out as the "
        "test set.",
        "model": "Both containers call their layers one after another. In PyTorch the "
        "ReLU is a layer of its own. In Keras it can be one, or be given to another "
        "layer as its `activation`. A PyTorch layer takes its number of inputs as an "
        "argument (`nn.LazyLinear` infers it at the first call); a Keras layer infers "
        "it from the `Input`. Both compute in `float32` "
        "by default. `.double()` converts a whole PyTorch module; in Keras each layer "
        "takes a `dtype`. The last layer has no softmax, which would turn its outputs "
        "into probabilities: the softmax is part of the loss.",
        "start": "Each library would draw its initial weights from a different "
        "distribution. Both get the same weights here, so that the results can be "
        "compared. PyTorch stores a weight as (outputs, inputs), so each array is "
        "transposed before it is copied. This does not change a bias.",
        "train": "PyTorch's cross-entropy takes logits, the outputs before the "
        "softmax, and integer labels. In Keras the name of the loss gives the kind of "
        "labels: sparse means integers. `from_logits` means that no softmax has been "
        "applied. Leaving it out raises no error, but computes another loss. In "
        "{{ losses|length }} steps the loss falls from {{ losses[0]|figure }} to "
        "{{ losses[-1]|figure }}.",
        "test": "The predicted digit is the one with the largest logit: "
        "{{ right|figure }} of {{ tested|figure }} predictions are correct. PyTorch "
        "needs `no_grad`, because it would record operations on the parameters. In "
        "TensorFlow no tape is active.",
        "results": "A layer is accessed by its position. In PyTorch the ReLU has a "
        "position of its own, and a Keras model does not count its input layer. All "
        "programs therefore use the first and the last position.",
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
        "jax": (
            "flax.nnx.Sequential",
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
        task="Start with zeros everywhere: `np.zeros(shape)`. A single linear layer "
        "still learned from this start. Do two?",
        change={"rng.normal(0, 0.1, shape)": "np.zeros(shape)"},
        answer="They do not. The loss goes from {{ after.losses[0]|figure(6) }} to "
        "{{ after.losses[-1]|figure(6) }}, and {{ after.right|figure }} of "
        "{{ after.tested|figure }} predictions are correct. The weights of the second "
        "layer are zero, so no gradient reaches the first layer. The outputs of the "
        "first layer are zero, so no gradient reaches the weights of the second. Only "
        "the last bias changes, towards the frequency of each digit.",
        holds=lambda before, after: bool(
            before["right"] > 0.8 * before["tested"]
            and after["right"] < 0.2 * after["tested"]
            and not after["hidden"].any()
            and not after["output"].any()
        ),
    ),
)


def expected() -> Arrays:
    """Return the same arrays, with the gradients written out."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 - slow to import

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
