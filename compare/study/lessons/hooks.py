"""What flows through the layers: statistics from hooks, while training.

A loss says that a net does not learn, not where the fault lies. The numbers between the
layers say more: they should neither die out nor blow up on their way. A hook looks at
them without a change to the net. PyTorch has a place for hooks; with Keras one puts a
function of one's own in place of the layer's.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Array, Arrays

START = {
    "good": "Each layer's deviation, from a good start.",
    "other": "The same from weights three times too large; mind the other scale.",
}

LESSON = Lesson(
    steps={
        "hook": "PyTorch calls a forward hook after the layer, with the layer, its "
        "inputs and its output; what it returns would replace the output, and "
        "returning nothing leaves it as it is. Keras has no hooks: the layer's `call` "
        "is kept, and a method that calls it, takes notes and hands the output on is "
        "put in its place. (For values only, a second `Model` that returns the inner "
        "outputs does as well.)",
        "layers": "Kaiming He's start, with a scale to spoil it. Every layer is told "
        "its `float64`: a Keras layer that is not would turn whatever it is given "
        "into `float32`. PyTorch keeps a weight as outputs by inputs, hence the "
        "transpose.",
        "forward": "The ReLU is a mere function here, so a hook sees what a layer "
        "gives before it: both signs, and zeros nowhere but by chance. Calling a "
        "layer, and not its `forward` or `call`, is what makes the hook run.",
        "data": "Some of the digits, shifted and scaled to mean zero and deviation "
        "one: the start is made for such inputs.",
        "registration": "The same three layers are made twice, once as they should "
        "start and once with every weight multiplied by `3.0`. Each layer gets a hook.",
        "training": "An ordinary loop, which knows nothing of hooks. Keras keeps the "
        "rate in `float32`; `0.125` is the same number there. From the good start the "
        "loss falls from {{ good_losses[0]|figure }} to {{ good_losses[-1]|figure }}; "
        "from the other it begins at {{ other_losses[0]|figure }} and reaches {{ "
        "other_losses[-1]|figure }}.",
        "notes": "At the first step the last layer's deviation is "
        "{{ good_deviations_3[0]|figure(3) }} in one net and "
        "{{ other_deviations_3[0]|figure(3) }} in the other: a factor for each layer, "
        "multiplied. The highest it ever gets there is "
        "{{ other_deviations_3.max()|figure(3) }}, when the first large gradients have "
        "thrown the weights about. What is left afterwards is a first layer of mean "
        "{{ other_means_1[-1]|figure(3) }}, most of which the ReLU then cuts off.",
        "results": "Each hook's notes are a curve, one number a step, and all curves "
        "must agree.",
    },
    apis={
        "torch": (
            "torch.nn.Module.register_forward_hook",
            "torch.nn.Linear",
            "torch.optim.SGD",
        ),
        "tf": (
            "tf.keras.layers.Layer",
            "tf.keras.layers.Dense",
            "tf.keras.optimizers.SGD",
        ),
    },
    pictures=tuple(
        Picture(
            step="notes",
            caption=caption,
            arrays={f"{start}_deviations_{n}": f"layer {n}" for n in (1, 2, 3)},
            x_title="step",
            y_title="deviation",
        )
        for start, caption in START.items()
    ),
    exercise=Exercise(
        task="Make the other start too small in place of too large: `0.1` for `3.0`. "
        "The numbers cannot blow up now. Does it learn better than the good start?",
        change={'"other": 3.0': '"other": 0.1'},
        answer="It hardly learns at all: the loss goes from {{ "
        "after.other_losses[0]|figure }} to {{ after.other_losses[-1]|figure }}. The "
        "last layer's deviation starts at {{ after.other_deviations_3[0]|figure(2) "
        "}}; what does not come through forward does not come back as a gradient "
        "either.",
        holds=lambda _before, after: bool(
            after["other_losses"][-1] > 0.9 * after["other_losses"][0]
            and after["good_losses"][-1] < 0.5 * after["good_losses"][0]
            and after["other_deviations_3"][0] < 0.1 * after["good_deviations_3"][0]
        ),
    ),
)


def expected() -> Arrays:
    """The same with the gradients written out."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 - heavy

    pixels, labels = load_digits(return_X_y=True)
    pixels, labels = pixels[:200], labels[:200]
    x = (pixels - pixels.mean()) / pixels.std()
    found: dict[str, Array] = {}
    for start, scale in {"good": 1.0, "other": 3.0}.items():
        noted = np.array(_trained(x, np.eye(10)[labels], scale=scale))  # (steps, 7)
        found[f"{start}_losses"] = noted[:, 0]
        for n in (1, 2, 3):
            found[f"{start}_means_{n}"] = noted[:, 2 * n - 1]
            found[f"{start}_deviations_{n}"] = noted[:, 2 * n]
    return found


def _trained(x: Array, targets: Array, *, scale: float) -> list[list[float]]:
    """Loss, then each layer's mean and deviation, at every step."""
    rng = np.random.default_rng(0)
    weights, noted = [], []
    for inputs, outputs in pairwise((64, 50, 50, 10)):
        spread = scale * np.sqrt(2 / inputs)
        weights.append(spread * rng.standard_normal((inputs, outputs)))
    biases = [np.zeros(weight.shape[1]) for weight in weights]
    for _ in range(40):
        entering, leaving = [x], []
        for weight, bias in zip(weights, biases, strict=True):
            leaving.append(entering[-1] @ weight + bias)
            entering.append(np.maximum(leaving[-1], 0))
        logits = leaving[-1] - leaving[-1].max(axis=1, keepdims=True)
        logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        loss = -(logs * targets).sum(axis=1).mean()
        noted.append([loss, *(f(out) for out in leaving for f in (np.mean, np.std))])
        error = (np.exp(logs) - targets) / len(x)
        for n in (2, 1, 0):
            gradient, bias_gradient = entering[n].T @ error, error.sum(axis=0)
            error = (error @ weights[n].T) * (entering[n] > 0)
            weights[n] = weights[n] - 0.125 * gradient
            biases[n] = biases[n] - 0.125 * bias_gradient
    return noted
