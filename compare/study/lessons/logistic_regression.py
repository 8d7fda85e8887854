"""Forward, backward and optimize, written by hand for logistic regression.

Before a framework's optimizer and backward pass are taken for granted, here are both as
two short methods. The gradient is derived on paper, written as code, and then put
beside the one that autograd finds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "class": "`forward` computes and remembers what the way back will need. "
        "`backward` applies the chain rule: the slope of the cross-entropy and that of "
        "the sigmoid cancel, and probability minus answer is left, which the inputs "
        "hand on to the weights. `optimize` moves the weights. The last method reads "
        "the same in both and does not do the same: PyTorch's `-=` changes the tensor "
        "in place, while a TensorFlow tensor never changes, so the attribute is bound "
        "to a new one.",
        "loss": "The loss is only watched here. Nothing differentiates it, since "
        "`backward` already contains its derivative: a change of this function would "
        "change the report, not the training.",
        "data": "Small images of digits, and one question: is the digit odd? The last "
        "{{ tested|figure }} images are kept for the test. All weights start at zero, "
        "so the first loss is that of a coin, {{ losses[0]|figure }}.",
        "train": "Forward, backward, optimize: the order of every training loop. The "
        "loss falls to {{ losses[-1]|figure }}. No tape is open and no tensor wants a "
        "gradient, so neither framework records anything.",
        "test": "The model says odd where that is the likelier answer. It is right on "
        "{{ right|figure }} of the {{ tested|figure }} images that it never saw.",
        "proof": "The same gradient by autograd, from the framework's own "
        "cross-entropy: PyTorch is told that the weight wants one, TensorFlow's tape "
        "that it is to watch it. Whether the two agree to rounding, for every pixel: "
        "{{ same }}. Both losses take the number before the sigmoid, called a logit; "
        "that way no logarithm of zero can arise.",
        "results": "Both gradients are returned, so they are compared across the "
        "frameworks as well, and with NumPy.",
    },
    apis={
        "torch": (
            "torch.sigmoid",
            "torch.where",
            "torch.nn.functional.binary_cross_entropy_with_logits",
            "torch.autograd.grad",
        ),
        "tf": (
            "tf.sigmoid",
            "tf.where",
            "tf.nn.sigmoid_cross_entropy_with_logits",
            "tf.GradientTape",
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
        task="Forget that the two slopes cancel, and multiply by the sigmoid's once "
        "more: `error = (self.probability - y) * self.probability * (1 - "
        "self.probability) / len(y)`. Does the model still learn? Who notices the "
        "error?",
        change={
            "error = (self.probability - y) / len(y)": (
                "p = self.probability\n        error = (p - y) * p * (1 - p) / len(y)"
            )
        },
        answer="It still learns, only less in the same steps: the loss ends at "
        "{{ after.losses[-1]|figure }} in place of {{ before.losses[-1]|figure }}, "
        "with {{ after.right|figure }} images right in place of "
        "{{ before.right|figure }}. Nothing fails. Only the comparison with autograd "
        "tells, `same` is {{ after.same }}. The gradient written now belongs to "
        "another loss, half the squared error.",
        holds=lambda before, after: bool(
            before["losses"][-1] < after["losses"][-1] < after["losses"][0]
            and before["same"]
            and not after["same"]
        ),
    ),
)


def expected() -> Arrays:
    """The same with NumPy."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 - a second to import

    digits = load_digits()
    images, odd = digits.data / 16, digits.target[:, None] % 2.0
    x, y = images[:1500], odd[:1500]
    weight, bias = np.zeros((64, 1)), np.zeros(1)
    losses = []
    for _ in range(200):
        probability = 1 / (1 + np.exp(-(x @ weight + bias)))
        losses.append(-np.log(np.where(y == 1, probability, 1 - probability)).mean())
        error = (probability - y) / len(y)
        weight, bias = weight - 0.5 * x.T @ error, bias - 0.5 * error.sum(axis=0)
    logits = images[1500:] @ weight + bias
    error = (1 / (1 + np.exp(-logits)) - odd[1500:]) / len(logits)
    return {
        "losses": np.array(losses),
        "right": ((logits > 0) == (odd[1500:] == 1)).sum(),
        "gradient": images[1500:].T @ error,
        "weight": weight,
        "bias": bias,
    }
