"""A linear layer written by hand, compared with `nn.Linear` and `Dense`.

A layer consists of parameters and a function that uses them. This lesson writes the
most common one, the linear layer, in a few lines. With the same initial weights and the
same training data, it produces the same numbers as the layer of the library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "layer": "The constructor creates the parameters; assigning them to "
        "attributes registers them. The computation is called `forward` in PyTorch, "
        "where the module's own `__call__` runs it together with hooks, functions "
        "that other code may attach. A `tf.Module` has no such mechanism, so the "
        "program defines `__call__` itself.",
        "train": "The loop requires only that a layer can be called and lists its "
        "parameters, so it works for both layers. In PyTorch the gradients are stored "
        "in the parameters and are zeroed before the next backward pass. TensorFlow "
        "returns them, in the order in which the variables were passed.",
        "data": "The targets are a linear function of the inputs, including a "
        "constant, without noise: a linear layer can reach a loss of zero. The "
        "initial weights are small and random, the initial biases are zero.",
        "own layer": "The loss falls from {{ losses[0]|figure }} to "
        "{{ losses[-1]|figure }}. The bias ends at {{ bias|figure }}, close to the "
        "constant in the data.",
        "library layer": "The library's layer has its own random initialisation, "
        "which is overwritten here. PyTorch creates the parameters immediately and "
        "stores the weight as (outputs, inputs), here {{ torch.kept_shape|figure }}. "
        "So the program transposes the weight when it sets it, and again when it "
        "returns it. Keras determines the number of inputs at the first call, or in "
        "`build`, and stores the weight as (inputs, outputs), here "
        "{{ tf.kept_shape|figure }}. Without `dtype` the Keras layer would compute in "
        "`float32`.",
        "results": "The last loss of the library's layer is {{ "
        "library_losses[-1]|figure }}; that of the hand-written layer was {{ "
        "losses[-1]|figure }}. The weights and biases are also the same, so the "
        "library's layer computes the same function as ours.",
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
        "jax": (
            "flax.nnx.Module",
            "flax.nnx.Param",
            "flax.nnx.Linear",
            "flax.nnx.value_and_grad",
        ),
    },
    own={
        "kept_shape": "PyTorch stores a dense weight as (outputs, inputs), TensorFlow "
        "as (inputs, outputs)"
    },
    pictures=(
        Picture(
            step="library layer",
            caption="Losses of both layers: one line covers the other.",
            arrays={"losses": "hand-written", "library_losses": "library"},
            x_title="step",
            y_title="loss",
            y_log=True,
        ),
    ),
    exercise=Exercise(
        task="Initialise all weights with zero: `np.zeros((5, 2))`. In a deep "
        "network, units with equal initial weights stay equal. Does a single layer "
        "learn?",
        change={"rng.uniform(-1, 1, (5, 2)) / np.sqrt(5)": "np.zeros((5, 2))"},
        answer="Yes: the loss falls from {{ after.losses[0]|figure }} to {{ "
        "after.losses[-1]|figure }}. The gradient of a weight is computed from its "
        "input and the error of its output. No two weights have the same pair of "
        "input and output, so their gradients differ even if all weights start equal.",
        holds=lambda before, after: bool(
            after["losses"][-1] < after["losses"][0] / 1000
            and np.allclose(after["weight"], before["weight"], atol=0.01)
        ),
    ),
)


def expected() -> Arrays:
    """Return the same arrays, with the gradients written out."""
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
