"""Forward hooks: activation statistics during training.

A loss shows that a network does not learn, but not where the fault is. The activations
between the layers show more: they should neither vanish nor explode on their way
through the network. A forward hook reads them without a change to the network. PyTorch
supports hooks. In Keras you replace a method of the layer with a function of your own.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Array, Arrays

START = {
    "good": "Standard deviation of each layer's output, with a good initialisation.",
    "other": "The same with weights three times too large; note the different scale.",
}

LESSON = Lesson(
    steps={
        "hook": "PyTorch calls a forward hook after the layer, with the layer, its "
        "inputs and its output. A value that the hook returned would replace the "
        "output; `None` leaves it unchanged. Keras has no hooks. The program keeps the "
        "layer's `call` and replaces it with a method that calls it, records the "
        "statistics and returns the output. It works only eagerly: in the graph that "
        "`fit` traces, the output has no `numpy`. (If only the values are needed, a "
        "second `Model` that returns the inner outputs works as well.)",
        "layers": "Kaiming initialisation, multiplied by a factor that can make it "
        "bad. Every layer gets `float64` explicitly: a Keras layer without it would "
        "convert its inputs to `float32`. PyTorch stores a weight as (outputs, "
        "inputs), so it is transposed.",
        "forward": "The ReLU is a plain function here, so a hook gets the output of a "
        "layer before the ReLU. It has values of both signs, and zeros only by chance. "
        "In PyTorch a hook runs when the layer itself is called, not its `forward`.",
        "data": "Some of the digits, shifted and scaled to mean zero and standard "
        "deviation one. The initialisation is meant for such inputs.",
        "registration": "The same three layers are created twice: once with the right "
        "initialisation, and once with every weight multiplied by `3.0`. Each layer "
        "gets a hook.",
        "training": "An ordinary training loop, without any code for the hooks. Keras "
        "stores the learning rate in `float32`, where `0.125` is exact. With the good "
        "initialisation the loss falls from {{ good_losses[0]|figure }} to "
        "{{ good_losses[-1]|figure }}. With the other it starts at "
        "{{ other_losses[0]|figure }} and reaches {{ other_losses[-1]|figure }}.",
        "recorded statistics": "At the first step the standard deviation of the last "
        "layer's output is {{ good_deviations_3[0]|figure(3) }} in one network and "
        "{{ other_deviations_3[0]|figure(3) }} in the other: one factor for each "
        "layer, and they multiply. Its highest value in the other network is "
        "{{ other_deviations_3.max()|figure(3) }}, after the first large updates. At "
        "the last step the output of the first layer there has the mean "
        "{{ other_means_1[-1]|figure(3) }}, and the ReLU sets most of it to zero.",
        "results": "The records of each hook form a curve, with one number for each "
        "step. All curves must agree.",
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
            step="recorded statistics",
            caption=caption,
            arrays={f"{start}_deviations_{n}": f"layer {n}" for n in (1, 2, 3)},
            x_title="step",
            y_title="standard deviation",
        )
        for start, caption in START.items()
    ),
    exercise=Exercise(
        task="Make the other initialisation too small instead of too large: `0.1` "
        "instead of `3.0`. The activations cannot explode now. Does this network learn "
        "better than the one with the good initialisation?",
        change={'"other": 3.0': '"other": 0.1'},
        answer="It hardly learns at all: the loss goes from "
        "{{ after.other_losses[0]|figure }} to {{ after.other_losses[-1]|figure }}. "
        "The standard deviation of the last layer's output starts at "
        "{{ after.other_deviations_3[0]|figure(2) }}. If the activations vanish in the "
        "forward pass, the gradients vanish in the backward pass as well.",
        holds=lambda _before, after: bool(
            after["other_losses"][-1] > 0.9 * after["other_losses"][0]
            and after["good_losses"][-1] < 0.5 * after["good_losses"][0]
            and after["other_deviations_3"][0] < 0.1 * after["good_deviations_3"][0]
        ),
    ),
)


def expected() -> Arrays:
    """Return the same arrays, with the gradients written out."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 - slow to import

    pixels, labels = load_digits(return_X_y=True)
    pixels, labels = pixels[:200], labels[:200]
    x = (pixels - pixels.mean()) / pixels.std()
    found: dict[str, Array] = {}
    for start, scale in {"good": 1.0, "other": 3.0}.items():
        records = np.array(_train(x, np.eye(10)[labels], scale=scale))  # (steps, 7)
        found[f"{start}_losses"] = records[:, 0]
        for n in (1, 2, 3):
            found[f"{start}_means_{n}"] = records[:, 2 * n - 1]
            found[f"{start}_deviations_{n}"] = records[:, 2 * n]
    return found


def _train(x: Array, targets: Array, *, scale: float) -> list[list[float]]:
    """Return the loss and each layer's mean and standard deviation for every step."""
    rng = np.random.default_rng(0)
    weights, records = [], []
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
        records.append([loss, *(f(out) for out in leaving for f in (np.mean, np.std))])
        error = (np.exp(logs) - targets) / len(x)
        for n in (2, 1, 0):
            gradient, bias_gradient = entering[n].T @ error, error.sum(axis=0)
            error = (error @ weights[n].T) * (entering[n] > 0)
            weights[n] = weights[n] - 0.125 * gradient
            biases[n] = biases[n] - 0.125 * bias_gradient
    return records
