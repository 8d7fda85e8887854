"""One cycle: the rate goes up and down, the momentum down and up.

A high learning rate gets far and cannot settle; a low one settles and does not get
far. One cycle has both in a single training run: the rate rises from low to high and
falls to almost nothing, along two halves of a cosine. The momentum does the opposite,
so that the steps do not become too long where the rate is high.
"""

from __future__ import annotations

from math import pi
from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "formula": "Half a cosine leads from one value to another, flat at both ends. "
        "The cycle is two of them for the rate and two for the momentum. The top "
        "stands after a fifth of the steps: `RISING`. The PyTorch program needs "
        "the function only to check the library against it.",
        "data": "All digits, in the same order each epoch. `STEPS` has to be known "
        "before the training begins, for the schedule ends with the last of them.",
        "model": "Two dense layers in `float64`, started from the same random "
        "numbers. The biases are random, too: one loop fills them all.",
        "schedule": "PyTorch has the cycle in its library. `OneCycleLR` is told the "
        "ends as ratios, and writes rate and momentum into the optimizer's "
        "`param_groups`. Keras has no such schedule, and its `SGD` would compute "
        "something else with this one: it multiplies each gradient by the rate before "
        "it enters the velocity, PyTorch multiplies the velocity. As long as the rate "
        "is constant this makes no difference. So the TensorFlow program keeps the "
        "velocities itself.",
        "step": "A step with the rate and the momentum of the moment, then on to the "
        "next ones. In PyTorch `schedule.step()` comes after `optimizer.step()`; the "
        "other way round the first rate would never be used. The rate starts at "
        "{{ rates[0]|figure }}, is highest at {{ rates.max()|figure }} and ends at "
        "{{ rates[-1]|figure }}.",
        "results": "The rates of the library and those of the formula are compared "
        "with each other, as are the losses. The mean loss of the last epoch is "
        "{{ last_epoch|figure }}. Its rates fall to the lowest of all: the weights "
        "only settle, near where the high rates had brought them.",
    },
    apis={
        "torch": (
            "torch.optim.lr_scheduler.OneCycleLR",
            "torch.optim.SGD",
            "torch.nn.functional.cross_entropy",
        ),
        "tf": (
            "tf.GradientTape",
            "tf.nn.sparse_softmax_cross_entropy_with_logits",
            "tf.Variable.assign_sub",
        ),
    },
    pictures=(
        Picture(
            step="schedule",
            caption="Learning rate and momentum of each step.",
            arrays={"rates": "learning rate", "momenta": "momentum"},
            x_title="step",
        ),
        Picture(
            step="results",
            caption="The loss of each step.",
            arrays={"losses": "loss"},
            x_title="step",
            y_title="cross-entropy",
            y_log=True,
        ),
    ),
    exercise=Exercise(
        task="Leave out the descent: let the rate stay at its peak, by an `END` of "
        "`0.25`. Only the momentum comes back. Is the loss of the last epoch higher or "
        "lower?",
        change={
            "START, PEAK, END = 0.02, 0.25, 1e-5": "START, PEAK, END = 0.02, 0.25, 0.25"
        },
        answer="Higher: {{ after.last_epoch|figure }} in place of "
        "{{ before.last_epoch|figure }}. At that rate the weights jump from wall to "
        "wall of the valley, and with the momentum that comes back they do not "
        "settle. That is what the descent is for.",
        holds=lambda before, after: bool(
            after["last_epoch"] > 2 * before["last_epoch"]
            and after["rates"][-1] == after["rates"].max()
        ),
    ),
)


def expected() -> Arrays:
    """The schedule, of one cosine that changes its ends at the top."""
    steps, top = np.arange(145), 28
    part = np.where(steps <= top, steps / top, (steps - top) / (144 - top))
    share = (1 - np.cos(pi * part)) / 2
    rates = np.where(steps <= top, 0.02 + 0.23 * share, 0.25 + (1e-5 - 0.25) * share)
    momenta = np.where(steps <= top, 0.95 - 0.1 * share, 0.85 + 0.1 * share)
    return {
        "rates": rates,
        "momenta": momenta,
        "by_formula": np.column_stack([rates, momenta]),
    }
