"""Accumulation: gradients add up until somebody zeroes them.

PyTorch's `backward` does not store a gradient, it adds it to what is there. That is
useful where a batch comes in parts, and a trap everywhere else. TensorFlow returns
gradients and keeps none, so one who wants a sum has to build it: which is what its
program does here, to fall into the same trap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "descent": "Gradient descent on one weight. Two inputs take turns, and the "
        "best weight for both is zero. PyTorch empties `.grad` before every step, or "
        "does not. TensorFlow sets its `total` to zero before every step, or does not.",
        "recurrence": "The gradient here is the weight times `x**2`. If the sum of all "
        "gradients so far is subtracted, then a step is the step before plus one "
        "gradient more. Written without any gradient: the next weight is "
        "`2 - RATE * x**2` times this one, minus the one before.",
        "adding up": "PyTorch is asked for the same gradient twice, and its `.grad` "
        "goes from {{ once|figure }} to {{ twice|figure }} although the weights have "
        "not changed. In TensorFlow it takes an `assign_add` to do that.",
        "on purpose": "The gradient of a sum is the sum of the gradients. So a batch "
        "too large for the memory may come in halves: their gradients add up to "
        "{{ in_parts|figure }}, the gradient of the whole. PyTorch's `split` is told "
        "how long a part is, TensorFlow's how many parts there are.",
        "zeroed": "Each step uses its own gradient alone. The weight comes from "
        "{{ zeroed[0]|figure }} to {{ zeroed[-1]|figure(2) }} in "
        "{{ zeroed|length - 1 }} steps.",
        "left alone": "The same, but nothing is zeroed: the weight ends at "
        "{{ left_alone[-1]|figure }}. Each step repeats all steps before it. That is "
        "momentum without friction: the weight runs through the best place and "
        "beyond. The two inputs have slopes of different steepness, whose turns keep "
        "pushing at the right moment; so every swing is wider than the last.",
        "predicted": "The recurrence ends at {{ predicted[-1]|figure }} and has been "
        "equal all the way. Nothing random or broken happened: it is just another "
        "algorithm than the one that was meant.",
        "results": "All paths are compared, also with NumPy, which computes the "
        "run that was left alone from the recurrence and knows of no gradient.",
    },
    apis={
        "torch": ("torch.Tensor.backward", "torch.Tensor.grad", "torch.Tensor.split"),
        "tf": (
            "tf.GradientTape",
            "tf.Variable.assign_add",
            "tf.Variable.assign",
            "tf.split",
        ),
    },
    pictures=(
        Picture(
            step="predicted",
            caption="The weight at every step. The best weight is zero.",
            arrays={
                "zeroed": "zeroed",
                "left_alone": "left alone",
                "predicted": "predicted",
            },
            x_title="step",
            y_title="weight",
        ),
    ),
    exercise=Exercise(
        task="Make both inputs the same: `(1.0, 1.0)`. Does the run that is left alone "
        "still diverge? Does it arrive?",
        change={"(1.0, 2.0), 0.6": "(1.0, 1.0), 0.6"},
        answer="Neither. It swings between {{ after.left_alone.min()|figure(3) }} and "
        "{{ after.left_alone.max()|figure(3) }} here and would go on like this for "
        "ever, as a pendulum does, while the other run comes to "
        "{{ after.zeroed[-1]|figure(2) }}. Without friction nothing comes to rest; it "
        "took inputs of two kinds to drive the pendulum to "
        "{{ before.left_alone[-1]|figure(3) }}.",
        holds=lambda before, after: bool(
            np.abs(before["left_alone"])[-2:].min() > 10
            and np.abs(after["left_alone"]).max() < 1.1
            and np.abs(after["left_alone"])[-4:].max() > 0.9
            and np.abs(after["zeroed"][-1]) < 1e-5
        ),
    ),
)


def expected() -> Arrays:
    """The same from formulas; the run that is left alone from its recurrence."""
    x, w = np.arange(1.0, 9.0).reshape(4, 2), np.array([2.0, -1.0])
    once = 2 * x.T @ (x @ w)
    shrink = 1 - 0.6 * np.array([1.0, 4.0] * 7)
    left_alone = [1.0, 1.0]
    for squared in [1.0, 4.0] * 7:
        left_alone.append((2 - 0.6 * squared) * left_alone[-1] - left_alone[-2])
    return {
        "once": once,
        "twice": 2 * once,
        "in_parts": once,
        "zeroed": np.cumprod([1.0, *shrink]),
        "left_alone": np.array(left_alone[1:]),
        "predicted": np.array(left_alone[1:]),
    }
