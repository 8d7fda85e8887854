"""Logistic regression from scratch: forward, backward and optimize.

A backward pass and an optimizer are two short methods. This lesson writes both by hand,
before later lessons use those of the frameworks. The gradient is derived on paper and
written as code. Autograd then computes the same gradient, and the two are compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "class": "`forward` computes the probabilities and stores what the backward "
        "pass needs. `backward` applies the chain rule: this is backpropagation, "
        "written by hand. The derivative of the sigmoid cancels against that of the "
        "cross-entropy, and probability minus label remains. Multiplied by the inputs, "
        "it gives the gradient of the weights. `optimize` makes one step of gradient "
        "descent. This method reads the same in both programs but does not do the "
        "same. PyTorch's `-=` changes the tensor in place. A TensorFlow tensor is "
        "immutable, so the attribute is bound to a new tensor.",
        "loss": "The cross-entropy is only monitored here. Nothing differentiates this "
        "function, because `backward` already contains its derivative. A change of "
        "this function would change the reported loss, but not the training.",
        "data": "Small images of digits, and a binary classification: is the digit "
        "odd? The last {{ tested|figure }} images are held out as the test set. All "
        "weights start at zero, so both classes get the same probability. The first "
        "loss is therefore that of a coin toss, {{ losses[0]|figure }}.",
        "train": "Forward pass, backward pass, update: the order of every training "
        "loop. The loss falls to {{ losses[-1]|figure }}. No tape is active and no "
        "tensor requires a gradient, so neither framework records a computational "
        "graph.",
        "test": "The model predicts odd where that is the more likely class. It "
        "classifies {{ right|figure }} of the {{ tested|figure }} test images "
        "correctly. These images were not used for training.",
        "autograd check": "Autograd computes the same gradient from the framework's "
        "own cross-entropy. PyTorch records operations on the weight because of "
        "`requires_grad_`, TensorFlow's tape because of `watch`. The two gradients "
        "agree to rounding for every pixel: {{ same }}. Both losses take the logit, "
        "which is the number before the sigmoid. In this form the logarithm of zero "
        "cannot occur.",
        "results": "Both gradients are returned, so they are also compared across the "
        "frameworks, and with NumPy.",
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
            caption="Cross-entropy loss at every step.",
            arrays={"losses": "loss"},
            x_title="step",
            y_title="loss",
        ),
    ),
    exercise=Exercise(
        task="Forget that the derivative of the sigmoid cancels, and multiply by it "
        "once more: `error = (self.probability - y) * self.probability * (1 - "
        "self.probability) / len(y)`. Does the model still learn? What reveals the "
        "error?",
        change={
            "error = (self.probability - y) / len(y)": (
                "p = self.probability\n        error = (p - y) * p * (1 - p) / len(y)"
            )
        },
        answer="It still learns, but less in the same number of steps. The loss ends "
        "at {{ after.losses[-1]|figure }} instead of {{ before.losses[-1]|figure }}, "
        "and {{ after.right|figure }} images are classified correctly instead of "
        "{{ before.right|figure }}. No error is raised. Only the comparison with "
        "autograd reveals the mistake: `same` is {{ after.same }}. The gradient is now "
        "that of another loss, half the squared error.",
        holds=lambda before, after: bool(
            before["losses"][-1] < after["losses"][-1] < after["losses"][0]
            and before["same"]
            and not after["same"]
        ),
    ),
)


def expected() -> Arrays:
    """Return the same arrays, computed with NumPy."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 - slow to import

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
    gradient = images[1500:].T @ error
    return {
        "losses": np.array(losses),
        "right": ((logits > 0) == (odd[1500:] == 1)).sum(),
        "gradient_by_hand": gradient,
        "gradient": gradient,
        "weight": weight,
        "bias": bias,
    }
