"""A learning-rate finder: raise the rate with each batch, watch the loss.

Before a training run, a short one: the learning rate starts where nothing happens and
grows with each batch until everything breaks. The loss over the rate shows from where
on the net learns and where it no longer does. It takes no longer than a few epochs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "data": "The digits in batches of `64`, as often as they are needed: "
        "`cycle` keeps what a `DataLoader` gave and gives it again, "
        "`repeat` is part of the `tf.data` pipeline and runs it again.",
        "model": "One dense layer, all zero, so that both start from the same loss, "
        "{{ losses[0]|figure }}: the logarithm of the number of classes. In PyTorch "
        "the rate is a plain number in the optimizer's `param_groups`, there to be "
        "changed. A Keras optimizer keeps its rate in `float32`; it is given a "
        "function here, whose `float64` value it takes at each step.",
        "loss": "Cross-entropy: the logarithm of the summed exponentials, less the "
        "output of the right class. A NaN is the last thing noted, for it stays: "
        "every later weight would be NaN, too.",
        "update": "One step at this rate, and the next rate is `1.2` times as high. "
        "Equal factors, not equal distances: what is searched for is an order of "
        "magnitude. {{ rates|length }} batches lead from {{ rates[0]|figure }} to "
        "{{ rates[-1]|figure }}.",
        "results": "The loss was lowest, {{ lowest|figure }}, at a rate of "
        "{{ rate_of_lowest|figure(2) }}. That rate is already too high to train at: "
        "the loss only lags behind, and soon rises to {{ losses[-1]|figure }}. People "
        "take a rate well below it, where the curve falls steeply.",
    },
    apis={
        "torch": ("torch.optim.SGD", "torch.logsumexp", "torch.utils.data.DataLoader"),
        "tf": (
            "tf.keras.optimizers.SGD",
            "tf.math.reduce_logsumexp",
            "tf.gather",
            "tf.data.Dataset",
        ),
    },
    pictures=(
        Picture(
            step="results",
            caption="The loss of each batch over the rate that it was answered with.",
            arrays={"losses": "loss"},
            x="rates",
            x_title="learning rate",
            y_title="cross-entropy",
            x_log=True,
            y_log=True,
        ),
    ),
    exercise=Exercise(
        task="Forget two precautions: leave the pixels unscaled, and take the "
        "logarithm of the summed exponentials as it is written. Which rate is best "
        "now, and how far does the finder get?",
        change={
            "images / 16": "images",
            "torch.logsumexp(outputs, 1)": "outputs.exp().sum(1).log()",
            "tf.reduce_logsumexp(outputs, 1)": "tf.math.log(tf.reduce_sum("
            "tf.exp(outputs), 1))",
        },
        answer="The loss is lowest at {{ after.rate_of_lowest|figure(2) }} in place of "
        "{{ before.rate_of_lowest|figure(2) }}: larger inputs make larger outputs and "
        "larger gradients, so the rate has to shrink by about the square of the "
        "factor. At higher rates an exponential overflows, the loss is "
        "{{ after.losses[-2] }}, its gradient infinity over infinity, and the finder "
        "ends at the NaN of batch {{ after.losses|length }}, at a rate of "
        "{{ after.rates[-1]|figure(2) }}.",
        holds=lambda before, after: bool(
            after["rate_of_lowest"] < before["rate_of_lowest"] / 100
            and np.isinf(after["losses"][-2])
            and np.isnan(after["losses"][-1])
            and not np.isnan(before["losses"]).any()
        ),
    ),
)


def expected() -> Arrays:
    """The same with the gradient written out."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 - heavy

    images, labels = load_digits(return_X_y=True)
    pixels = np.pad(images / 16, ((0, 0), (0, 1)), constant_values=1)  # 1: for the bias
    weight, rate = np.zeros((65, 10)), 1e-6
    rates: list[float] = []
    losses: list[float] = []
    while rate <= 10:
        first = 64 * (len(rates) % 29)
        x, y = pixels[first : first + 64], labels[first : first + 64]
        exponentials = np.exp(x @ weight)
        shares = exponentials / exponentials.sum(1, keepdims=True)
        rates.append(rate)
        losses.append(-np.log(shares[np.arange(len(y)), y]).mean())
        weight -= rate * (x.T @ (shares - np.eye(10)[y]) / len(y))
        rate *= 1.2
    best = np.argmin(losses)
    return {
        "rates": np.array(rates),
        "losses": np.array(losses),
        "rate_of_lowest": np.asarray(rates[best]),
        "lowest": np.asarray(losses[best]),
    }
