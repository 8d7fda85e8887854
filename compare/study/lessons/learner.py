"""A learner with callbacks: a fit that others can listen to, and end.

A training loop is short, until it has to measure, report, save and stop early as well.
A learner keeps the loop short: it does the training and tells a list of callbacks what
has just happened. Neither framework is needed for that. What differs between the two
programs is the step of training, the data and a line here and there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Array, Arrays

LESSON = Lesson(
    steps={
        "learner": "`fit` says the moments aloud: `before_fit`, `after_batch`, "
        "`after_epoch`. Whoever has a method of that name hears it, and finds all "
        "there is to know on the learner itself. A callback ends the fit by raising "
        "`CancelFit`: an exception passes through as many loops as there are, where a "
        "flag would have to be asked for in each. Apart from the line that makes the "
        "optimizer, only `one_batch` knows its framework. PyTorch gathers gradients "
        "in the parameters and has to clear them; TensorFlow's tape hands them to the "
        "optimizer. For validation nobody asks for gradients, and what was recorded "
        "is thrown away; under PyTorch's `no_grad`, or without a tape, nothing would "
        "be recorded at all.",
        "callbacks": "`Metrics` adds up over the batches, weighted by their size, "
        "because the last batch is smaller: a mean of means would be another number. "
        "It leaves its notes on the learner, where `StopAtTarget` reads them. The "
        "two need not know each other.",
        "data": "The first `1400` digits are learnt, the others only looked at. "
        "PyTorch wraps arrays in a `Dataset`, a part of them in a `Subset`, and "
        "batches them with a `DataLoader`; a `tf.data.Dataset` does each by a method. "
        "Nothing is shuffled, so that both meet the same batches.",
        "fit": "It takes {{ epochs|figure }} of the `20` epochs allowed until "
        "{{ valid_right[-1]|figure(3) }} of the validation digits are "
        "right: more than the `0.85` asked for. The validation loss ends at "
        "{{ valid_loss[-1]|figure }}, the training loss at "
        "{{ train_loss[-1]|figure }}. The dense weights of PyTorch are (out, in), so "
        "the same numbers are written into it transposed.",
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
            caption="The mean loss of each epoch, until the fit is cancelled.",
            arrays={"train_loss": "training", "valid_loss": "validation"},
            x_title="epoch, from the first",
            y_title="cross-entropy",
        ),
        Picture(
            step="fit",
            caption="The share of right answers in each epoch.",
            arrays={"train_right": "training", "valid_right": "validation"},
            x_title="epoch, from the first",
            y_title="share",
        ),
    ),
    exercise=Exercise(
        task="Name the callbacks in the other order. Both still hear every moment. "
        "Does the fit end in the same epoch, and do the notes?",
        change={"[Metrics(), StopAtTarget()]": "[StopAtTarget(), Metrics()]"},
        answer="The fit ends in epoch {{ after.epochs|figure }} in place of "
        "{{ before.epochs|figure }}, and the notes still cover "
        "{{ after.valid_loss|length }} epochs. `StopAtTarget` now speaks before the "
        "epoch is noted, so it sees the target reached an epoch late; and what it "
        "raises keeps `Metrics` from noting the last one.",
        holds=lambda before, after: bool(
            after["epochs"] == before["epochs"] + 1
            and len(after["valid_loss"]) == before["epochs"]
        ),
    ),
)


def expected() -> Arrays:
    """The same fit with the gradients written out."""
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
    """Summed loss and right answers of a batch, which then moves the net."""
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
