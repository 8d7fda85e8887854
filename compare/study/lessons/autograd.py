"""Gradients recorded as the code runs.

Nobody writes a formula for a gradient here. Both frameworks note every operation of the
forward pass while Python executes it, and walk the notes backwards when asked: this is
define-by-run. What differs is who keeps the notes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "data": "Inputs and targets come from NumPy with a fixed seed, so that both "
        "programs meet the same numbers. They stay in `float64`: what is left between "
        "the two results is rounding.",
        "parameters": "A PyTorch tensor says itself that it wants a gradient, with "
        "`requires_grad`. In TensorFlow a `Variable` is what can be updated in place, "
        "and what a tape watches unasked.",
        "forward": "PyTorch hangs the notes on the tensors: `loss` knows what it was "
        "computed from. TensorFlow hangs nothing on them; it writes only where a tape "
        "is open. The loss starts at {{ losses[0]|figure }} and ends at "
        "{{ losses[-1]|figure }} after {{ losses|length }} steps.",
        "backward": "Walk the notes from the loss to the weights. Both calls return "
        "one gradient for each weight, in the same order and of the same shape: here "
        "{{ grad1.shape|figure }} and {{ grad2.shape|figure }}. The notes are thrown "
        "away afterwards.",
        "update": "The update must not become part of the next graph. PyTorch needs to "
        "be told, by `no_grad`; in TensorFlow no tape is open here, so there is "
        "nobody to note it.",
        "results": "Both return what the lesson is about, under the same names, to be "
        "compared with each other and with NumPy.",
    },
    apis={
        "torch": ("torch.Tensor.requires_grad", "torch.autograd.grad", "torch.no_grad"),
        "tf": ("tf.Variable", "tf.GradientTape", "tf.Variable.assign_sub"),
    },
    pictures=(
        Picture(
            step="update",
            caption="The loss at every step.",
            arrays={"losses": "loss"},
            x_title="step",
            y_title="loss",
            y_log=True,
        ),
    ),
    exercise=Exercise(
        task="Make the steps ten times as long: `RATE` becomes `1e-3`. Is the loss "
        "lower at the end?",
        change={"STEPS, RATE = 100, 1e-4": "STEPS, RATE = 100, 1e-3"},
        answer="No. The first step goes too far: the loss rises from "
        "{{ after.losses[0]|figure }} to {{ after.losses[1]|figure }}. It comes down "
        "again, but ends at {{ after.losses[-1]|figure }} in place of "
        "{{ before.losses[-1]|figure }}. A gradient says which way is down here, not "
        "how far the slope goes on.",
        holds=lambda before, after: bool(
            after["losses"][1] > after["losses"][0] > after["losses"][-1]
            and after["losses"][-1] > before["losses"][-1]
        ),
    ),
)


def expected() -> Arrays:
    """The same with the gradients written out."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((16, 20)), rng.standard_normal((16, 4))
    w1, w2 = rng.standard_normal((20, 30)), rng.standard_normal((30, 4))
    losses = []
    for _ in range(100):
        hidden = np.maximum(x @ w1, 0)
        error = hidden @ w2 - y
        losses.append(np.square(error).sum())
        grad2 = hidden.T @ (2 * error)
        grad1 = x.T @ ((2 * error) @ w2.T * (hidden > 0))
        w1, w2 = w1 - 1e-4 * grad1, w2 - 1e-4 * grad2
    return {
        "losses": np.array(losses),
        "grad1": grad1,
        "grad2": grad2,
        "w1": w1,
        "w2": w2,
    }
