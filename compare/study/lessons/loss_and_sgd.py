"""Cross-entropy and gradient descent with weight decay, written out.

The last two parts of a learner from scratch: a loss for classes and an optimizer. Both
are a few lines, if one knows the one trick in the loss and the one choice in the
optimizer. A linear classifier of digits is trained with them and, in the same loop,
another one with what the library offers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Array, Arrays

LESSON = Lesson(
    steps={
        "loss": "The loss is the logarithm of the sum of all exponentials less the "
        "label's own logit. An exponential soon overflows, so the largest logit is "
        "taken off before and added back after; in exact arithmetic that changes "
        "nothing. Picking one logit a row is `gather` in both. PyTorch's wants as "
        "many axes in the index as in the logits; TensorFlow's is told how many "
        "leading axes to walk along in step.",
        "update": "Weight decay is the gradient of a square: it adds `DECAY * "
        "parameter` to what the loss asks for. PyTorch's `weight_decay` does it this "
        "way, to the gradient; Keras shrinks the parameter itself. Without momentum "
        "the two come to the same, with it they would not.",
        "start": "Both classifiers start from the same numbers. Rate and decay are "
        "powers of two, since Keras keeps them in `float32`, where `0.1` would be "
        "another number than in `float64`.",
        "by hand": "Forward, gradient, update: hardly more than a line each. The "
        "gradient of the loss is found by autograd, through the trick and all.",
        "by the library": "PyTorch's optimizer reads the gradients that `backward` "
        "has left on the parameters, so they are cleared before. TensorFlow's is "
        "handed the list. Its loss gives one number for each element, and takes the "
        "labels first.",
        "held out": "After each epoch both are tried on the digits that were not "
        "learned from. The loss falls from {{ losses[0]|figure }} to "
        "{{ losses[-1]|figure }}, with the library from {{ library_losses[0]|figure }} "
        "to {{ library_losses[-1]|figure }}; the share of right answers rises from "
        "{{ accuracies[0]|figure(3) }} to {{ accuracies[-1]|figure(3) }}.",
        "large logits": "A thousand added to every logit changes no probability, and "
        "no loss either: {{ shifted_loss|figure }}. This is what the trick is for, "
        "for the exponential of a thousand is no number that `float64` can hold.",
        "results": "What was learned by hand must agree between the frameworks, what "
        "was learned with the library as well, and NumPy, which knows only one way, "
        "with both.",
    },
    apis={
        "torch": (
            "torch.nn.functional.cross_entropy",
            "torch.optim.SGD",
            "torch.gather",
        ),
        "tf": (
            "tf.nn.sparse_softmax_cross_entropy_with_logits",
            "tf.keras.optimizers.SGD",
            "tf.gather",
        ),
    },
    pictures=(
        Picture(
            step="held out",
            caption="The loss on held-out digits after each epoch: two curves that "
            "coincide.",
            arrays={"losses": "by hand", "library_losses": "by the library"},
            x_title="epoch",
            y_title="loss",
        ),
        Picture(
            step="held out",
            caption="The share of right answers on them.",
            arrays={"accuracies": "right answers"},
            x_title="epoch",
            y_title="share",
        ),
        Picture(
            step="results",
            caption="The weights of each digit, laid out like its pixels: white speaks "
            "for the digit, black against it.",
            arrays={"weight_images": "weights"},
            kind="images",
        ),
    ),
    exercise=Exercise(
        task="Leave the trick out: let `largest` be zero. What happens to the "
        "training, and what to the loss of the large logits?",
        change={
            "largest = logits.amax(1, keepdim=True)": "largest = torch.zeros(1, 1)",
            "largest = tf.reduce_max(logits, 1, keepdims=True)": "largest = tf.zeros"
            "((1, 1), tf.float64)",
        },
        answer="The training does not notice: it ends at a loss of "
        "{{ after.losses[-1]|figure }}, as before. The loss of the large logits is "
        "{{ after.shifted_loss }}. Such a loss works until it meets a confident net.",
        holds=lambda before, after: bool(
            np.allclose(before["losses"], after["losses"], rtol=1e-9)
            and np.isfinite(before["shifted_loss"])
            and not np.isfinite(after["shifted_loss"])
        ),
    ),
)


def expected() -> Arrays:
    """The same with the gradient written out."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 - heavy

    pixels, labels = load_digits(return_X_y=True)
    x, targets = pixels / 16, np.eye(10)[labels]
    weight = 0.1 * np.random.default_rng(0).standard_normal((64, 10))
    bias = np.zeros(10)
    losses, accuracies = [], []
    for _ in range(12):
        for i in range(0, 1500, 100):
            batch, answers = x[i : i + 100], targets[i : i + 100]
            error = (np.exp(_log_softmax(batch @ weight + bias)) - answers) / 100
            weight = weight - 0.5 * (batch.T @ error + 2**-10 * weight)
            bias = bias - 0.5 * (error.sum(axis=0) + 2**-10 * bias)
        logs = _log_softmax(x[1500:] @ weight + bias)
        losses.append(-(logs * targets[1500:]).sum(axis=1).mean())
        accuracies.append((logs.argmax(axis=1) == labels[1500:]).mean())
    return {
        "losses": np.array(losses),
        "library_losses": np.array(losses),
        "accuracies": np.array(accuracies),
        "shifted_loss": np.array(losses[-1]),
        "weight": weight,
        "weight_images": weight.T.reshape(10, 8, 8),
        "library_weight": weight,
    }


def _log_softmax(logits: Array) -> Array:
    total = np.exp(logits).sum(axis=1, keepdims=True)
    return np.asarray(logits - np.log(total))
