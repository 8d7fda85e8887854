"""A linear layer written by hand, beside the one of the library.

A layer is no magic: parameters, and a function that uses them. Here is the most common
one in a few lines. Put at the same start and trained on the same data, it goes through
the same numbers as the layer that the library brings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "layer": "The constructor makes the parameters, and assigning them to "
        "attributes is all that registering takes. The computation is called `forward` "
        "in PyTorch, where the module's own `__call__` runs hooks around it, functions "
        "that others may attach; a `tf.Module` has no such frame, and `__call__` "
        "itself is written.",
        "train": "The loop knows nothing of the layer but that it can be called and "
        "lists its parameters, so both layers fit. In PyTorch the gradients lie in the "
        "parameters and are cleared before the next ones come; TensorFlow returns "
        "them, in the order in which the variables were given.",
        "data": "The targets are a linear function of the inputs, a constant included, "
        "without noise: a linear layer can reach a loss of zero. The weights start "
        "small and random, the biases at zero.",
        "by hand": "The loss falls from {{ losses[0]|figure }} to "
        "{{ losses[-1]|figure }}. The bias ends at {{ bias|figure }}, close to the "
        "constant that is in the data.",
        "of the library": "A library's layer brings its own random start, which is "
        "overwritten here. PyTorch makes its parameters at once, and keeps the weight "
        "as (outputs, inputs), here {{ torch.kept_shape|figure }}: the weights by hand "
        "are transposed on the way in and out. Keras learns the number of inputs at "
        "the first call, or from `build`, and keeps (inputs, outputs), here "
        "{{ tf.kept_shape|figure }}; and without `dtype` the layer would compute in "
        "`float32`.",
        "results": "The last loss of the library's layer is "
        "{{ library_losses[-1]|figure }}; by hand it was {{ losses[-1]|figure }}. "
        "Weights and biases are those of the layer by hand too: there was nothing else "
        "in it.",
    },
    apis={
        "torch": (
            "torch.nn.Linear",
            "torch.nn.Module",
            "torch.nn.Module.parameters",
            "torch.nn.Module.zero_grad",
        ),
        "tf": (
            "tf.keras.layers.Dense",
            "tf.Module",
            "tf.Variable.assign_sub",
        ),
    },
    own={
        "kept_shape": "PyTorch keeps a dense weight as (outputs, inputs), TensorFlow "
        "as (inputs, outputs)."
    },
    pictures=(
        Picture(
            step="of the library",
            caption="The losses of both layers: one line covers the other.",
            arrays={"losses": "by hand", "library_losses": "of the library"},
            x_title="step",
            y_title="loss",
            y_log=True,
        ),
    ),
    exercise=Exercise(
        task="Start all weights at zero: `np.zeros((5, 2))`. In a deep net, units that "
        "start alike stay alike. Does a single layer learn?",
        change={"rng.uniform(-1, 1, (5, 2)) / np.sqrt(5)": "np.zeros((5, 2))"},
        answer="It does: the loss falls from {{ after.losses[0]|figure }} to "
        "{{ after.losses[-1]|figure }}. The gradient of a weight is made of its input "
        "and the error of its output. Both differ from weight to weight, and neither "
        "asks what the weight is.",
        holds=lambda before, after: bool(
            after["losses"][-1] < after["losses"][0] / 1000
            and np.allclose(after["weight"], before["weight"], atol=0.01)
        ),
    ),
)


def expected() -> Arrays:
    """The same with the gradients written out."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((64, 5))
    y = x @ rng.standard_normal((5, 2)) + 1
    weight, bias = rng.uniform(-1, 1, (5, 2)) / np.sqrt(5), np.zeros(2)
    losses = []
    for _ in range(60):
        error = x @ weight + bias - y
        losses.append(np.square(error).mean())
        slope = 2 * error / error.size
        weight, bias = weight - 0.25 * x.T @ slope, bias - 0.25 * slope.sum(axis=0)
    return {"losses": np.array(losses), "weight": weight, "bias": bias}
