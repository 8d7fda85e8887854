"""A Learner with callbacks: metrics and early stopping.

A training loop is short until it also has to measure, report, save and stop early. A
learner keeps the loop short. It runs the training and calls a list of callbacks at
fixed points. No framework is needed for that. The two programs differ only in the
training step, in the data and in a few single lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Array, Arrays

LESSON = Lesson(
    steps={
        "learner": "At fixed points `fit` calls the method `before_fit`, `after_batch` "
        "or `after_epoch` of every callback that has one. The callback reads "
        "everything it needs from the learner. To end the training, a callback raises "
        "`CancelFit`. An exception leaves all nested loops at once, whereas a flag "
        "would have to be checked in each of them. Apart from the line that creates "
        "the optimizer, only `forward` and `one_batch` depend on the framework. "
        "PyTorch accumulates gradients in the parameters, so they have to be zeroed. "
        "TensorFlow's tape returns them, and the program passes them to the optimizer. "
        "During validation nothing is recorded: PyTorch needs `no_grad`, and in "
        "TensorFlow no tape is open. The model also learns which of the two it is, by "
        "`train` in PyTorch and by the argument `training` in Keras. Layers such as "
        "dropout and batch normalisation compute something else during training; this "
        "network has none.",
        "callbacks": "`Metrics` sums over the batches, weighted by batch size, because "
        "the last batch is smaller. A mean of batch means would be a different number. "
        "It stores its history on the learner, where `StopAtTarget` reads it. Neither "
        "callback needs a reference to the other.",
        "data": "The first `1400` digits are the training set, the others the "
        "validation set. PyTorch wraps arrays in a `Dataset`, takes a part of it with "
        "a `Subset`, and batches it with a `DataLoader`. A `tf.data.Dataset` has a "
        "method for each of these. Nothing is shuffled, so both programs see the same "
        "batches. Data that are sorted must be split at random instead "
        "(`random_split`, or a permutation by NumPy), or the validation set has other "
        "classes than the training set.",
        "fit": "Training stops after {{ epochs|figure }} of at most `20` epochs (early "
        "stopping). The validation accuracy is then {{ valid_right[-1]|figure(3) }}, "
        "above the target of `0.85`. The final validation loss is "
        "{{ valid_loss[-1]|figure }}, the final training loss "
        "{{ train_loss[-1]|figure }}. PyTorch stores the weight of a dense layer as "
        "(out, in), so the same numbers are copied into it transposed. What should be "
        "improved first? Compare the two losses. If both are high, change the model or "
        "the learning rate. If only the validation loss is high, the network memorises "
        "the training set: use more data, augmentation or weight decay.",
    },
    apis={
        "torch": (
            "torch.utils.data.DataLoader",
            "torch.utils.data.Subset",
            "torch.utils.data.TensorDataset",
            "torch.nn.Sequential",
            "torch.nn.functional.cross_entropy",
            "torch.optim.SGD",
        ),
        "tf": (
            "tf.data.Dataset",
            "tf.keras.Sequential",
            "tf.keras.losses.sparse_categorical_crossentropy",
            "tf.keras.optimizers.SGD",
            "tf.GradientTape",
        ),
    },
    pictures=(
        Picture(
            step="fit",
            caption="Mean loss of each epoch, until a callback cancels the fit.",
            arrays={"train_loss": "training", "valid_loss": "validation"},
            x_title="epoch index",
            y_title="cross-entropy",
        ),
        Picture(
            step="fit",
            caption="Accuracy of each epoch.",
            arrays={"train_right": "training", "valid_right": "validation"},
            x_title="epoch index",
            y_title="accuracy",
        ),
    ),
    exercise=Exercise(
        task="List the callbacks in the other order. Both are still called at every "
        "point. Does training stop in the same epoch, and does the history end there "
        "too?",
        change={"[Metrics(), StopAtTarget()]": "[StopAtTarget(), Metrics()]"},
        answer="Training stops in epoch {{ after.epochs|figure }} instead of "
        "{{ before.epochs|figure }}, and the history still covers "
        "{{ after.valid_loss|length }} epochs. `StopAtTarget` is now called before "
        "`Metrics` records the epoch, so it sees one epoch late that the target is "
        "reached. Its exception also prevents `Metrics` from recording the last epoch.",
        holds=lambda before, after: bool(
            after["epochs"] == before["epochs"] + 1
            and len(after["valid_loss"]) == before["epochs"]
        ),
    ),
)


def expected() -> Arrays:
    """Return the same history with the gradients written out."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 - heavy

    images, labels = load_digits(return_X_y=True)
    x, y = np.split(images / 16, [1400]), np.split(labels, [1400])
    rng = np.random.default_rng(0)
    net = [rng.normal(0, 0.1, shape) for shape in [(64, 32), (32,), (32, 10), (10,)]]
    rows: list[Array] = []
    while not rows or rows[-1][3] < 0.85:
        sums = np.zeros((2, 2))
        for part in (0, 1):
            for first in range(0, len(x[part]), 64):
                batch = x[part][first : first + 64], y[part][first : first + 64]
                rate = 0.25 if part == 0 else 0.0
                sums[part] += _batch(net, *batch, rate=rate)
        rows.append((sums / [[1400], [len(y[1])]]).ravel())
    names = ("train_loss", "train_right", "valid_loss", "valid_right")
    noted = dict(zip(names, np.transpose(rows), strict=True))
    return {**noted, "epochs": np.asarray(len(rows))}


def _batch(net: list[Array], x: Array, y: Array, *, rate: float) -> Array:
    """Update the weights on a batch; return its summed loss and correct count."""
    w1, b1, w2, b2 = net
    hidden = np.maximum(x @ w1 + b1, 0)
    outputs = hidden @ w2 + b2
    shifted = outputs - outputs.max(1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    error = (np.exp(logs) - np.eye(10)[y]) / len(y)
    back = error @ w2.T * (hidden > 0)
    gradients = (x.T @ back, back.sum(0), hidden.T @ error, error.sum(0))
    for weights, gradient in zip(net, gradients, strict=True):
        np.subtract(weights, rate * gradient, out=weights)
    right = (outputs.argmax(1) == y).sum()
    return np.array([-logs[np.arange(len(y)), y].sum(), right])
