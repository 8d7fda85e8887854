"""Zero, backward, step: what the wrong orders do.

Three calls make a training step, and Python accepts them in any order. Most of the
wrong orders raise no error and print no warning. What they do can be seen in the
losses, for those who know what to look for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from compare.contract import Array, Arrays

LESSON = Lesson(
    steps={
        "start": "Every training begins anew: with weights of zero, and with an "
        "optimizer of its own. PyTorch's optimizer holds on to the weights, and to the "
        "gradients through them; the one of Keras is handed both at each step.",
        "data": "The targets are the sums of the inputs. Weights of one reach a loss "
        "of zero, so any curve that does not fall to nothing is the fault of its loop.",
        "right order": "Clear the old gradient, compute the new one, use it. The loss "
        "falls from {{ right[0]|figure }} to {{ right[-1]|figure }}. In TensorFlow "
        "there is nothing to clear: `tape.gradient` returns a new tensor each time, "
        "and the wrong orders below have to be written on purpose.",
        "step before backward": "The step is made with what the gradient was before: "
        "in the first turn there is none, later it is that of the weights one turn "
        "ago. PyTorch skips a parameter whose gradient is `None`; in TensorFlow a zero "
        "stands for it. Each step corrects an error that has been corrected already. "
        "With steps of this length the weights overshoot further each time, and the "
        "loss ends at {{ stale[-1]|figure }}. Here the gradient is computed from the "
        "inputs and the error alone. In a net of several layers it needs the weights, "
        "too, and PyTorch refuses to go back through weights that have been changed. A "
        "tape has kept their old values and goes on.",
        "zero in between": "The gradient is computed and thrown away before anyone "
        "uses it. Nothing moves: the loss is {{ zeroed[0]|figure }} at first and "
        "{{ zeroed[-1]|figure }} at last. A perfectly flat curve is the mark of this "
        "mistake.",
        "never zero": "PyTorch's `backward` adds to what lies in `.grad`; in "
        "TensorFlow the sum is written out. Each step goes along the sum of all "
        "gradients so far, like a ball without friction: it rolls through the valley "
        "and up the other side. After {{ summed|length }} steps the loss is "
        "{{ summed[-1]|figure }}, on the way it was {{ summed.min()|figure }} at best.",
        "results": "Four curves from the same start, with the same optimizer, on the "
        "same data. Only the order of the calls differs, and in the last case one is "
        "missing.",
    },
    apis={
        "torch": (
            "torch.optim.SGD",
            "torch.optim.Optimizer.zero_grad",
            "torch.Tensor.backward",
            "torch.optim.Optimizer.step",
        ),
        "tf": (
            "tf.keras.optimizers.SGD",
            "tf.GradientTape",
            "tf.zeros_like",
        ),
    },
    pictures=(
        Picture(
            step="results",
            caption="The losses of the four orders.",
            arrays={
                "right": "right order",
                "stale": "step before backward",
                "zeroed": "zero in between",
                "summed": "never zero",
            },
            x_title="step",
            y_title="loss",
            y_log=True,
        ),
    ),
    exercise=Exercise(
        task="Make the steps shorter: `RATE` becomes `0.125`. Which of the wrong "
        "orders now looks right?",
        change={"STEPS, RATE = 30, 0.5": "STEPS, RATE = 30, 0.125"},
        answer="The step before backward: its loss ends at "
        "{{ after.stale[-1]|figure }}, even below the {{ after.right[-1]|figure }} of "
        "the right order. A gradient that is one short step old is nearly the right "
        "one, and the mistake stays hidden until somebody raises the rate. The flat "
        "curve stays flat, and the sum still swings, in its last ten turns between "
        "{{ after.summed[-10:].min()|figure }} and "
        "{{ after.summed[-10:].max()|figure }}.",
        holds=lambda before, after: bool(
            before["stale"][-1] > before["stale"][0]
            and after["stale"][-1] < after["right"][-1] < after["right"][0] / 1000
            and (after["zeroed"] == after["zeroed"][0]).all()
            and after["summed"][-10:].max() > 2 * after["summed"][-10:].min()
        ),
    ),
)


def expected() -> Arrays:
    """The same with the gradient written out."""
    return {
        "right": losses(lambda new, _old: new),
        "stale": losses(lambda _new, old: old[-1]),
        "zeroed": losses(lambda new, _old: 0 * new),
        "summed": losses(lambda new, old: new + sum(old)),
    }


def losses(direction: Callable[[Array, Sequence[Array]], Array]) -> Array:
    """The losses of steps in a direction made of this gradient and of earlier ones."""
    x = np.random.default_rng(0).standard_normal((32, 3))
    weight, found = np.zeros((3, 1)), []
    gradients = [np.zeros((3, 1))]
    for _ in range(30):
        error = x @ weight - x.sum(axis=1, keepdims=True)
        found.append(np.square(error).mean())
        gradient = x.T @ (2 * error / len(error))
        weight = weight - 0.5 * direction(gradient, gradients)
        gradients.append(gradient)
    return np.array(found)
