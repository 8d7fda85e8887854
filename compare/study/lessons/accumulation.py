"""Gradient accumulation: gradients add up until they are zeroed.

PyTorch's `backward` does not replace the stored gradient but adds to it (gradient
accumulation). This is useful when a batch is processed in parts, and a source of
mistakes everywhere else. TensorFlow returns gradients and stores none. To show the same
mistake in TensorFlow, the program adds the gradients up itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "descent": "The function runs gradient descent on one weight. Two inputs "
        "alternate, and the optimal weight for both is zero. If `zeroed` is true, the "
        "PyTorch program clears `.grad` before every step, and the TensorFlow program "
        "sets its `total` to zero. Otherwise neither does.",
        "recurrence": "The gradient here is the weight times `x**2`. If every update "
        "subtracts the sum of all gradients so far, each step equals the previous "
        "step plus the step for one more gradient. This can be written without any "
        "gradient: the next weight is `2 - RATE * x**2` times the current weight, "
        "minus the previous one.",
        "repeated backward": "PyTorch computes the same gradient twice, and `.grad` "
        "goes from {{ once|figure }} to {{ twice|figure }} although the weights have "
        "not changed. In TensorFlow this takes an explicit `assign_add`.",
        "gradient accumulation": "The gradient of a sum is the sum of the gradients. "
        "So a batch that is too large for the memory can be processed in halves: their "
        "gradients add up to {{ in_parts|figure }}, the gradient of the whole batch. "
        "PyTorch's `split` takes the size of a part, TensorFlow's `split` the number "
        "of parts.",
        "mean of parts": "Most losses are means, and a sum of means is too large. If "
        "the parts are equally large, divide the loss of each by their number: the "
        "gradients then add up to {{ mean_in_parts|figure }}, the gradient of the mean "
        "over the whole batch. (Otherwise weight each part by its share of the batch.) "
        "A Keras optimizer can do both itself: with `gradient_accumulation_steps`, it "
        "averages the gradients of several steps before it updates.",
        "with zeroing": "Each step uses only its own gradient. The weight goes from "
        "{{ zeroed[0]|figure }} to {{ zeroed[-1]|figure(2) }} in "
        "{{ zeroed|length - 1 }} steps.",
        "without zeroing": "This is the same run without zeroing: the weight ends at "
        "{{ left_alone[-1]|figure }}. Each step repeats the previous step and adds "
        "that of the new gradient. This is momentum with a coefficient of one, so "
        "nothing slows the weight down: it passes through the optimum and moves on. "
        "The two inputs have losses of different steepness, and their alternation "
        "amplifies the oscillation, so that every swing is larger than the last.",
        "prediction": "The recurrence ends at {{ predicted[-1]|figure }} and equals "
        "the run without zeroing at every step. So nothing random or broken happened: "
        "the program runs a different algorithm from the intended one.",
        "results": "All runs are compared, also with NumPy. NumPy computes the run "
        "without zeroing from the recurrence, without any gradient.",
    },
    apis={
        "torch": ("torch.Tensor.backward", "torch.Tensor.grad", "torch.Tensor.split"),
        "tf": (
            "tf.GradientTape",
            "tf.Variable.assign_add",
            "tf.Variable.assign",
            "tf.split",
        ),
        "jax": (
            "jax.grad",
            "jax.numpy.split",
        ),
    },
    pictures=(
        Picture(
            step="prediction",
            caption="Weight at each step. The optimal weight is zero.",
            arrays={
                "zeroed": "zeroed",
                "left_alone": "not zeroed",
                "predicted": "predicted by the recurrence",
            },
            x_title="step",
            y_title="weight",
        ),
    ),
    exercise=Exercise(
        task="Make both inputs the same: `(1.0, 1.0)`. Does the run without zeroing "
        "still diverge? Does it converge?",
        change={"(1.0, 2.0), 0.6": "(1.0, 1.0), 0.6"},
        answer="Neither. It oscillates between {{ after.left_alone.min()|figure(3) }} "
        "and {{ after.left_alone.max()|figure(3) }} and would continue to do so, like "
        "a pendulum without friction, while the other run reaches "
        "{{ after.zeroed[-1]|figure(2) }}. Without damping the oscillation does not "
        "stop, and two different inputs were needed to amplify it to "
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
    """Return the same arrays from formulas and from the recurrence."""
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
        "mean_in_parts": once / 4,
        "zeroed": np.cumprod([1.0, *shrink]),
        "left_alone": np.array(left_alone[1:]),
        "predicted": np.array(left_alone[1:]),
    }
