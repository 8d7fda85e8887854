"""Dynamic control flow: a network whose depth changes at every step.

With define-by-run, the computational graph is recorded while the code runs, so a
network may use any Python control flow. Here it draws a random number and applies its
middle layer that many times. Each step records a new graph, which is discarded after
its backward pass. The layer's weights are the same, however often they are used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Array, Arrays

LESSON = Lesson(
    steps={
        "model": "An ordinary Python loop over an ordinary Python number, in `forward` "
        "or `__call__`. Neither framework sees the loop: it records only the "
        "operations that were computed. Eager TensorFlow is as dynamic here as "
        "PyTorch. Only inside `tf.function` or a traced module would the number be "
        "drawn once. The depth would then stay as it was when the graph was made.",
        "data": "One batch of random numbers, used in every step. The depths come from "
        "NumPy's generator with a fixed seed, so both programs draw the same depths.",
        "forward": "The depth is drawn again in each step: {{ depths[0]|figure }}, "
        "{{ depths[1]|figure }}, {{ depths[2]|figure }} in the first steps. The loss "
        "jumps with the depth, and still falls from {{ losses[0]|figure }} to "
        "{{ losses[-1]|figure }}.",
        "backward": "A weight that is used several times receives the sum of the "
        "contributions of all uses. A weight that is not used receives no gradient. In "
        "{{ unused|figure }} of the {{ losses|length }} steps the depth is zero, and "
        "the gradient of `middle` is `None` in both frameworks. In PyTorch this is "
        "because `zero_grad` has set it to `None`. `None` is not a gradient of zeros: "
        "it means that the graph had no path from the weight to the loss.",
        "update": "A PyTorch optimizer skips parameters without a gradient. The "
        "TensorFlow program checks for `None` itself. A Keras optimizer would also "
        "skip them, with a warning.",
        "results": "The depths are printed as well. The losses agree, which shows that "
        "each step's graph was the same in both frameworks.",
    },
    apis={
        "torch": ("torch.nn.Module", "torch.nn.Parameter", "torch.Tensor.backward"),
        "tf": ("tf.Module", "tf.Variable", "tf.GradientTape"),
    },
    pictures=(
        Picture(
            step="forward",
            caption="Loss of each step: it jumps with the depth that was drawn.",
            arrays={"losses": "loss"},
            x_title="step",
            y_title="loss",
            y_log=True,
        ),
    ),
    exercise=Exercise(
        task="Draw from `integers(0, 1)`, which is always zero, so the middle layer is "
        "never applied. Does training fail because a gradient is missing, and what "
        "happens to the layer's weights?",
        change={"integers(0, 4)": "integers(0, 1)"},
        answer="Training continues. The gradient is missing in "
        "{{ after.unused|figure }} steps instead of {{ before.unused|figure }}, and "
        "every update skips the layer. Its weights keep their initial values, and no "
        "message reports it. A layer that was forgotten in `forward` looks exactly "
        "like this.",
        holds=lambda before, after: bool(
            after["unused"] == len(after["losses"])
            and before["unused"] == (before["depths"] == 0).sum()
            and np.array_equal(after["middle"], _initial()[1])
        ),
    ),
)


def _initial() -> list[Array]:
    rng = np.random.default_rng(0)
    shapes = [(20, 30), (30, 30), (30, 4)]
    return [rng.normal(0, np.sqrt(2 / shape[0]), shape) for shape in shapes]


def expected() -> Arrays:
    """Return the same results with the gradients written out."""
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((16, 20)), rng.standard_normal((16, 4))
    first, middle, last = _initial()
    draw = np.random.default_rng(0)
    draw.normal(size=20 * 30 + 30 * 30 + 30 * 4)  # numbers drawn for the weights
    depths, losses = [], []
    for _ in range(100):
        depths.append(draw.integers(0, 4))
        hidden = [np.maximum(x @ first, 0)]
        for _ in range(depths[-1]):
            hidden.append(np.maximum(hidden[-1] @ middle, 0))
        error = hidden[-1] @ last - y
        losses.append(np.square(error).sum())
        back = 2 * error @ last.T * (hidden[-1] > 0)
        last = last - 2e-4 * (hidden[-1].T @ (2 * error))
        used = np.zeros_like(middle)
        for before in reversed(hidden[:-1]):
            used += before.T @ back
            back = back @ middle.T * (before > 0)
        middle = middle - 2e-4 * used
        first = first - 2e-4 * (x.T @ back)
    return {
        "depths": np.array(depths),
        "losses": np.array(losses),
        "middle": middle,
    }
