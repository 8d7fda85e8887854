"""One-cycle schedule: the rate goes up and down, momentum down and up.

A high learning rate makes fast progress but does not settle. A low one settles but
makes little progress. The one-cycle schedule uses both in a single training run. The
learning rate rises from low to high (warm-up) and falls to almost zero (annealing),
along two halves of a cosine. The momentum does the opposite, so that the steps do not
become too large where the rate is high.
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
        "formula": "Half a cosine leads from one value to another and is flat at both "
        "ends. The cycle consists of two of them for the learning rate and two for the "
        "momentum. The peak comes after a fifth of the steps: `RISING`. The PyTorch "
        "program needs the function only to check the library against it.",
        "data": "All digits, in the same order in each epoch. `STEPS` has to be known "
        "before training starts, because the schedule ends with the last step.",
        "model": "Two dense layers in `float64`, initialised with the same random "
        "numbers. The biases are random too, because one loop fills all parameters.",
        "schedule": "PyTorch's library contains the schedule. `OneCycleLR` takes the "
        "start and the end of the rate as ratios. It writes rate and momentum into the "
        "optimizer's `param_groups`. Keras has no such schedule, and its `SGD` would "
        "compute something else with this one. Keras multiplies each gradient by the "
        "rate before it adds the gradient to the velocity; PyTorch multiplies the "
        "velocity. With a constant rate this makes no difference. The TensorFlow "
        "program therefore stores the velocities itself.",
        "step": "One update with the current rate and momentum; then the schedule "
        "advances. In PyTorch `schedule.step()` comes after `optimizer.step()`. In the "
        "opposite order the first rate would never be used. The learning rate starts "
        "at {{ rates[0]|figure }}, is highest at {{ rates.max()|figure }} and ends at "
        "{{ rates[-1]|figure }}.",
        "results": "The rates of the library are compared with those of the formula, "
        "and the losses of the two programs with each other. The mean loss of the last "
        "epoch is {{ last_epoch|figure }}. In this epoch the rates fall to their "
        "lowest values. The weights only settle, near the point to which the high "
        "rates have moved them.",
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
            caption="Learning rate and momentum at each step.",
            arrays={"rates": "learning rate", "momenta": "momentum"},
            x_title="step",
        ),
        Picture(
            step="results",
            caption="Loss at each step.",
            arrays={"losses": "loss"},
            x_title="step",
            y_title="cross-entropy",
            y_log=True,
        ),
    ),
    exercise=Exercise(
        task="Leave out the annealing: keep the rate at its peak, with an `END` of "
        "`0.25`. Only the momentum returns to its first value. Is the loss of the last "
        "epoch higher or lower?",
        change={
            "START, PEAK, END = 0.02, 0.25, 1e-5": "START, PEAK, END = 0.02, 0.25, 0.25"
        },
        answer="Higher: {{ after.last_epoch|figure }} instead of "
        "{{ before.last_epoch|figure }}. At that rate the weights keep overshooting "
        "the minimum. As the momentum rises again, they do not settle. This is the "
        "purpose of annealing.",
        holds=lambda before, after: bool(
            after["last_epoch"] > 2 * before["last_epoch"]
            and after["rates"][-1] == after["rates"].max()
        ),
    ),
)


def expected() -> Arrays:
    """Return the schedule: one cosine whose end points change at the peak."""
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
