"""Cross-entropy and SGD with weight decay from scratch.

These are the last two parts of a learner from scratch: a classification loss and an
optimizer. Each takes a few lines, with one trick in the loss and one choice in the
optimizer. A linear classifier of digits is trained with them. In the same loop, another
one is trained with the loss and the optimizer of the library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Array, Arrays

LESSON = Lesson(
    steps={
        "loss": "Cross-entropy is the logarithm of the sum of all exponentials "
        "(log-sum-exp) minus the logit of the label. An exponential easily overflows, "
        "so the largest logit is subtracted before and added again afterwards. In "
        "exact arithmetic this changes nothing. In both frameworks `gather` picks one "
        "logit for each row. PyTorch's needs as many axes in the index as in the "
        "logits. TensorFlow's takes the number of leading axes that logits and index "
        "share.",
        "update": "Weight decay is the gradient of a squared penalty: it adds "
        "`DECAY * parameter` to the gradient of the loss. PyTorch's `weight_decay` "
        "does the same; Keras shrinks the parameter itself (decoupled weight decay). "
        "Without momentum both give the same result; with momentum they would not.",
        "start": "Both classifiers start from the same weights. Learning rate and "
        "decay are powers of two, because Keras stores them in `float32`: `0.1` would "
        "be another number there than in `float64`.",
        "by hand": "Forward pass, gradient, update: hardly more than a line each. "
        "Autograd computes the gradient of the loss, including the trick.",
        "by the library": "PyTorch's optimizer reads the gradients that `backward` "
        "stored on the parameters, so the old ones are cleared before. TensorFlow's "
        "optimizer receives the list of gradients. TensorFlow's loss returns one "
        "number for each element, and takes the labels first.",
        "validation": "After each epoch both classifiers are evaluated on held-out "
        "digits, which are not used for training. The loss falls from "
        "{{ losses[0]|figure }} to {{ losses[-1]|figure }}, with the library from "
        "{{ library_losses[0]|figure }} to {{ library_losses[-1]|figure }}. The "
        "accuracy rises from {{ accuracies[0]|figure(3) }} to "
        "{{ accuracies[-1]|figure(3) }}.",
        "large logits": "Adding a thousand to every logit changes no probability, and "
        "so it does not change the loss: {{ shifted_loss|figure }}. This is the "
        "purpose of the trick, because `float64` cannot represent the exponential of a "
        "thousand.",
        "results": "The results by hand must agree between the frameworks, and so must "
        "those of the library. NumPy computes only one version, which must agree with "
        "both.",
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
            step="validation",
            caption="Loss on held-out digits after each epoch. The two curves "
            "coincide.",
            arrays={"losses": "by hand", "library_losses": "by the library"},
            x_title="epoch",
            y_title="loss",
        ),
        Picture(
            step="validation",
            caption="Accuracy on the held-out digits.",
            arrays={"accuracies": "accuracy"},
            x_title="epoch",
            y_title="accuracy",
        ),
        Picture(
            step="results",
            caption="Weights of each digit, arranged like its pixels. White is "
            "evidence for the digit, black against it.",
            arrays={"weight_images": "weights"},
            kind="images",
        ),
    ),
    exercise=Exercise(
        task="Leave out the trick: let `largest` be zero. What happens to the "
        "training, and what to the loss of the large logits?",
        change={
            "largest = logits.amax(1, keepdim=True)": "largest = torch.zeros(1, 1)",
            "largest = tf.reduce_max(logits, 1, keepdims=True)": "largest = tf.zeros"
            "((1, 1), tf.float64)",
        },
        answer="The training is not affected: it ends at a loss of "
        "{{ after.losses[-1]|figure }}, as before. The loss of the large logits is "
        "{{ after.shifted_loss }}. Such a loss works until a confident network "
        "produces large logits.",
        holds=lambda before, after: bool(
            np.allclose(before["losses"], after["losses"], rtol=1e-9)
            and np.isfinite(before["shifted_loss"])
            and not np.isfinite(after["shifted_loss"])
        ),
    ),
)


def expected() -> Arrays:
    """Return the same arrays, with the gradient written out."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 - slow to import

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
