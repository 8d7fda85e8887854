"""Learning-rate finder: raise the rate at each batch, watch the loss.

A learning-rate finder is a short run before training. The learning rate starts so low
that nothing happens, and grows with each batch until the loss diverges. The loss,
plotted against the rate, shows from which rate on the network learns and from which it
no longer does. The run takes no longer than a few epochs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "data": "Batches of `64` digits, repeated as often as needed. The PyTorch "
        "program begins a new epoch when the `DataLoader` ends; `repeat` does the same "
        "in a `tf.data` pipeline. (`itertools.cycle` would store all batches and "
        "repeat the same order, even with shuffling.)",
        "model": "One dense layer with all weights zero, so both programs start from "
        "the same loss, {{ losses[0]|figure }}. This is the logarithm of the number of "
        "classes. In PyTorch the learning rate is a plain number in the optimizer's "
        "`param_groups` and can be changed there. A Keras optimizer stores its rate in "
        "`float32` by default. Here it is given a function instead, and takes the "
        "function's `float64` value at each step.",
        "loss": "Cross-entropy: the logarithm of the summed exponentials (log-sum-exp) "
        "minus the output of the correct class. The run ends after it has recorded a "
        "NaN, because all later weights would be NaN too.",
        "update": "After one step at this rate, the next rate is `1.2` times as high. "
        "The factor is constant, not the difference, because the search is for an "
        "order of magnitude. {{ rates|length }} batches lead from "
        "{{ rates[0]|figure }} to {{ rates[-1]|figure }}.",
        "results": "The loss was lowest, {{ lowest|figure }}, at a learning rate of "
        "{{ rate_of_lowest|figure(2) }}. Each loss was recorded before the step at its "
        "rate, so it shows the effect of the earlier, lower rates, and it soon rises "
        "to {{ losses[-1]|figure }}. In practice one chooses a lower rate, where the "
        "curve falls steeply, to be safe. (This small convex problem would tolerate "
        "the rate of the lowest loss; deep networks often do not.)",
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
            caption="Loss of each batch against the learning rate used for it.",
            arrays={"losses": "loss"},
            x="rates",
            x_title="learning rate",
            y_title="cross-entropy",
            x_log=True,
            y_log=True,
        ),
        Picture(
            step="results",
            caption="The same without the last points. Their losses are so large that "
            "the part which matters would be flat without a logarithmic scale.",
            arrays={"shown_losses": "loss"},
            x="shown_rates",
            x_title="learning rate",
            y_title="cross-entropy",
            x_log=True,
        ),
    ),
    exercise=Exercise(
        task="Leave out two precautions: do not scale the pixels, and compute the "
        "logarithm of the summed exponentials as the formula is written. At which rate "
        "is the loss lowest now, and how far does the finder get?",
        change={
            "images / 16": "images",
            "torch.logsumexp(outputs, 1)": "outputs.exp().sum(1).log()",
            "tf.reduce_logsumexp(outputs, 1)": "tf.math.log(tf.reduce_sum("
            "tf.exp(outputs), 1))",
        },
        answer="The loss is lowest at {{ after.rate_of_lowest|figure(2) }} instead of "
        "{{ before.rate_of_lowest|figure(2) }}. Larger inputs give larger outputs and "
        "larger gradients, so the rate has to shrink by about the square of the "
        "factor. At higher rates an exponential overflows. The loss is then "
        "{{ after.losses[-2] }}, and its gradient is infinity divided by infinity. The "
        "finder stops at the NaN of batch {{ after.losses|length }}, at a rate of "
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
    """Return the same results with the gradient written out."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 - heavy

    images, labels = load_digits(return_X_y=True)
    pixels = np.pad(
        images / 16, ((0, 0), (0, 1)), constant_values=1
    )  # ones for the bias
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
