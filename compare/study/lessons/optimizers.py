"""Optimizers: momentum, Adam, AdamW and a learning-rate schedule.

An optimizer decides how far each weight moves along its gradient. Plain gradient
descent multiplies the gradient by the learning rate. **Momentum** adds up past
gradients. **Adam** divides each element by the size of its past gradients, so that all
weights move at a similar speed. **AdamW** also moves every weight towards zero (weight
decay). All of them are a few lines of arithmetic, and the frameworks disagree in the
details.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Array, Arrays

LESSON = Lesson(
    steps={
        "loss": "A loss with two weights. Along one axis it is much steeper than along "
        "the other, as in most networks, where gradients of different layers have "
        "different sizes.",
        "adam by formula": "`m` is an average of past gradients, `v` of their "
        "squares. Both begin at zero, so they are too small at first; `m` is divided "
        "by `1 - 0.9**step`, and `v` by `1 - 0.999**step`, to correct that. The step "
        "is the mean divided by the root of the mean square. `1e-8` (epsilon) "
        "prevents a division by zero.",
        "optimizer of the library": "The same loop with an optimizer of the library. "
        "PyTorch's optimizer owns references to the weights and reads the gradients "
        "that are stored in them. A Keras optimizer receives gradients and weights at "
        "each update.",
        "plain and momentum": "The learning rate has to be small enough for the steep "
        "axis. After {{ plain|length }} steps the flat one is still at "
        "{{ plain[-1, 0]|figure(2) }}; with momentum it is at "
        "{{ momentum[-1, 0]|figure(2) }}.",
        "adam": "Adam's steps along both axes have almost the same length, although "
        "the gradients differ by the factor of the scales. PyTorch's `Adam` differs "
        "from the formula by at most {{ torch.adam_deviation|figure(1) }}, Keras' by "
        "{{ tf.adam_deviation|figure(1) }}. Keras rounds `0.9` and `0.999` to "
        "`float32` before it computes their powers, so its correction is slightly "
        "different; and it adds epsilon before the correction. Such differences do not "
        "matter for training, but make two runs differ. For `AdamW` they are "
        "{{ torch.adamw_deviation|figure(1) }} and "
        "{{ tf.adamw_deviation|figure(1) }}.",
        "created after backward": "The optimizer is created after the backward pass, "
        "and its step works: {{ late|figure }}. `backward` uses no optimizer. In "
        "PyTorch the gradients are stored in the weights, where any optimizer can "
        "read them until they are zeroed; in TensorFlow they are a value like any "
        "other.",
        "schedule": "A schedule changes the learning rate while training. In PyTorch "
        "it is an object of its own, whose `step` is called after the optimizer's. In "
        "Keras it is given to the optimizer in place of a number; the optimizer "
        "counts its updates and asks it for the rate. All give {{ rates|figure }}.",
        "results": "The paths are compared with each other and with NumPy. The rate "
        "`0.125` is exact in `float32`, in which Keras stores it.",
    },
    apis={
        "torch": (
            "torch.optim.SGD",
            "torch.optim.Adam",
            "torch.optim.AdamW",
            "torch.optim.lr_scheduler.ExponentialLR",
        ),
        "tf": (
            "tf.keras.optimizers.SGD",
            "tf.keras.optimizers.Adam",
            "tf.keras.optimizers.AdamW",
            "tf.keras.optimizers.schedules.ExponentialDecay",
        ),
        "jax": (
            "optax.sgd",
            "optax.adam",
            "optax.adamw",
            "optax.exponential_decay",
            "optax.inject_hyperparams",
        ),
    },
    own={
        "adam_deviation": "Keras rounds two coefficients to float32",
        "adamw_deviation": "Keras rounds two coefficients to float32",
    },
    exercise=Exercise(
        task="Make the steep axis steeper: `8.0` in `SCALES` becomes `20.0`. Which of "
        "the optimizers still converge with the same learning rate?",
        change={
            "START, SCALES = [4.0, 4.0], [0.5, 8.0]": "START, SCALES = [4.0, 4.0], "
            "[0.5, 20.0]"
        },
        answer="All but plain gradient descent. Adam ends at {{ "
        "after.adam[-1]|figure(2) }}, and its path hardly depends on the scale. "
        "Momentum still converges: its steep axis ends at {{ after.momentum[-1, "
        "1]|figure(2) }}. That of plain gradient descent ends at {{ after.plain[-1, "
        "1]|figure(2) }}. Each of its steps multiplies the weight by one minus the "
        "rate times the scale, and the size of this factor is now above one.",
        holds=lambda before, after: bool(
            np.abs(after["plain"][-1, 1]) > 1000
            and np.abs(before["plain"][-1]).max() < 1
            and np.abs(after["adam"][-1]).max() < 1
            and np.abs(after["momentum"][-1]).max() < 1
            and np.abs(after["adamw"][-1]).max() < 1
        ),
    ),
)


def expected() -> Arrays:
    """Return the same arrays from the formulas."""
    scales, start = np.array([0.5, 8.0]), np.array([4.0, 4.0])
    return {
        "plain": _descend(scales, start, momentum=0.0),
        "momentum": _descend(scales, start, momentum=0.75),
        "adam": _adam(scales, start, decay=0.0),
        "adamw": _adam(scales, start, decay=0.5),
        "late": start - 0.125 * scales * start,
        "rates": 0.125 * 0.5 ** np.arange(4),
    }


def _descend(scales: Array, start: Array, *, momentum: float) -> Array:
    w, velocity, path = start, np.zeros(2), []
    for _ in range(40):
        velocity = momentum * velocity + scales * w
        w = w - 0.125 * velocity
        path.append(w)
    return np.array(path)


def _adam(scales: Array, start: Array, *, decay: float) -> Array:
    w, m, v, path = start, np.zeros(2), np.zeros(2), []
    for step in range(1, 41):
        m = 0.9 * m + 0.1 * scales * w
        v = 0.999 * v + 0.001 * (scales * w) ** 2
        mean, square = m / (1 - 0.9**step), v / (1 - 0.999**step)
        w = w - 0.125 * (mean / (np.sqrt(square) + 1e-8) + decay * w)
        path.append(w)
    return np.array(path)
