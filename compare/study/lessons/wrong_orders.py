"""The training loop: zero_grad, backward and step in the wrong order.

A training step consists of three calls, and Python accepts them in any order. Most
wrong orders raise no error and print no warning. Their effect is visible in the losses,
if you know what to look for.
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
        "start": "Each training run starts with weights of zero and an optimizer of "
        "its own. PyTorch's optimizer keeps references to the weights, and through "
        "them to their gradients. The Keras optimizer receives both at each step.",
        "data": "The targets are the sums of the inputs. Weights of one give a loss of "
        "zero, so if a loss does not approach zero, its training loop is wrong.",
        "right order": "Clear the old gradient, compute the new one, use it. The loss "
        "falls from {{ right[0]|figure }} to {{ right[-1]|figure }}. In TensorFlow "
        "there is nothing to clear, because `tape.gradient` returns a new tensor each "
        "time. The wrong orders below have to be written on purpose there.",
        "step before backward": "Each step uses the gradient of the iteration before. "
        "In the first iteration there is none: PyTorch skips a parameter whose "
        "gradient is `None`, and the TensorFlow program uses a gradient of zero. Each "
        "step corrects an error that has already been corrected. At this learning rate "
        "the weights overshoot further each time, and the loss ends at "
        "{{ stale[-1]|figure }}. Here the gradient is computed from the inputs and the "
        "error alone. In a network of several layers the backward pass also needs the "
        "weights. PyTorch raises an error if they have been changed since the forward "
        "pass. TensorFlow's tape has kept their old values and continues.",
        "zero before step": "The gradient is computed and then cleared before it is "
        "used. The weights do not move: the loss is {{ zeroed[0]|figure }} at the "
        "first step and {{ zeroed[-1]|figure }} at the last. A perfectly flat curve is "
        "the sign of this mistake.",
        "never zeroed": "PyTorch's `backward` adds to the gradient in `.grad` "
        "(gradient accumulation); in TensorFlow the sum is written out. Each step "
        "follows the sum of all gradients so far. Like a ball that rolls without "
        "friction, the weights pass the minimum and climb the other side. After "
        "{{ summed|length }} steps the loss is {{ summed[-1]|figure }}; its lowest "
        "value on the way was {{ summed.min()|figure }}.",
        "results": "Four curves with the same initial weights, the same optimizer and "
        "the same data. Only the order of the calls differs, and in the last case one "
        "call is missing.",
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
        "jax": (
            "jax.value_and_grad",
            "optax.sgd",
            "optax.apply_updates",
        ),
    },
    pictures=(
        Picture(
            step="results",
            caption="Losses of the four orders.",
            arrays={
                "right": "right order",
                "stale": "step before backward",
                "zeroed": "zero before step",
                "summed": "never zeroed",
            },
            x_title="step",
            y_title="loss",
            y_log=True,
        ),
    ),
    exercise=Exercise(
        task="Lower the learning rate: `RATE` becomes `0.125`. Which of the wrong "
        "orders now looks right?",
        change={"STEPS, RATE = 30, 0.5": "STEPS, RATE = 30, 0.125"},
        answer="The step before backward. Its loss ends at "
        "{{ after.stale[-1]|figure }}, even below the {{ after.right[-1]|figure }} of "
        "the right order. A gradient that is one short step old is close to the "
        "current one. The mistake stays hidden until the learning rate is raised. The "
        "flat curve stays flat. With the summed gradients the loss still oscillates: "
        "in the last ten steps it is between {{ after.summed[-10:].min()|figure }} and "
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
    """Return the same arrays, with the gradient written out."""
    return {
        "right": _train(lambda new, _old: new),
        "stale": _train(lambda _new, old: old[-1]),
        "zeroed": _train(lambda new, _old: 0 * new),
        "summed": _train(lambda new, old: new + sum(old)),
    }


def _train(direction: Callable[[Array, Sequence[Array]], Array]) -> Array:
    """Return the losses of training; ``direction`` chooses each step's gradient."""
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
