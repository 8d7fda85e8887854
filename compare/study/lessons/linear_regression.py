"""Linear regression: what connects a loss with an optimizer.

A training loop has three parts that do not know each other: a model, a loss, and an
optimizer. This lesson fits a plane to noisy points and looks for the one thing that all
three share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "data": "Points in a plane, and over each a height: a linear function of the "
        "two coordinates, a constant, and a little noise. The model is to find the two "
        "factors and the constant again.",
        "model": "One linear layer with one output is all of linear regression. It "
        "starts at zero in both frameworks: PyTorch overwrites what its constructor "
        "drew, Keras is told an initializer. A Keras bias starts at zero anyhow.",
        "loss": "The mean of the squared errors, as an object to be called. PyTorch "
        "takes the prediction first, Keras the truth; for a squared error it would "
        "come out alike, for cross-entropy it would not. A Keras loss computes in its "
        "own `dtype`, whatever comes in, so it is named here.",
        "optimizer": "The optimizer never sees the model or the loss. PyTorch's is "
        "given the parameters now and keeps them. The Keras one learns which variables "
        "are meant when the first gradients arrive, and stays with those. It keeps its "
        "learning rate in `float32`: a rate of `0.125` is the same number there, one "
        "of a tenth would not be.",
        "compute": "All points are used at once, so an epoch, which is one pass over "
        "the data, is one step. The loss starts at {{ losses[0]|figure }} and ends, "
        "after {{ losses|length }} epochs, at {{ losses[-1]|figure }}: about the "
        "variance of the noise, which no plane can remove.",
        "connect": "Here is the connection: the parameters. In PyTorch `backward` "
        "leaves each gradient in its parameter's `.grad`, `step` finds it there, and "
        "`zero_grad` clears it for the next time. In TensorFlow nothing is left "
        "anywhere: the tape returns the gradients, and they are handed over in pairs "
        "with their variables.",
        "best": "For this model there is a formula for the best fit to compare "
        "with. Gradient descent found the factors {{ weight.T[0]|figure }} and the "
        "constant {{ bias[0]|figure }}; the formula says {{ best.T[0]|figure }}.",
        "results": "The data were made with other numbers, those in the first step. "
        "The best fit to noisy points is near them, not at them.",
    },
    apis={
        "torch": (
            "torch.nn.Linear",
            "torch.nn.MSELoss",
            "torch.optim.SGD",
            "torch.optim.Optimizer.zero_grad",
            "torch.optim.Optimizer.step",
        ),
        "tf": (
            "tf.keras.layers.Dense",
            "tf.keras.losses.MeanSquaredError",
            "tf.keras.optimizers.SGD",
            "tf.GradientTape",
        ),
    },
    pictures=(
        Picture(
            step="connect",
            caption="The mean squared error over the epochs.",
            arrays={"losses": "loss"},
            x_title="epoch",
            y_title="loss",
            y_log=True,
        ),
    ),
    exercise=Exercise(
        task="Give the optimizer the bias alone: `[model.bias]`. The loss is computed "
        "as before, from the whole model. What is learned?",
        change={
            "torch.optim.SGD(model.parameters(), lr=RATE)": (
                "torch.optim.SGD([model.bias], lr=RATE)"
            ),
            "variables = model.trainable_variables": "variables = [model.bias]",
        },
        answer="The mean height and no slope: the bias goes to "
        "{{ after.bias[0]|figure }}, the factors stay at "
        "{{ after.weight.T[0]|figure }}, and the loss ends at "
        "{{ after.losses[-1]|figure }} in place of {{ before.losses[-1]|figure }}. No "
        "error is raised. What the optimizer was not given, it does not move.",
        holds=lambda before, after: bool(
            not after["weight"].any()
            and after["bias"][0] > 1
            and after["losses"][-1] > 100 * before["losses"][-1]
        ),
    ),
)


def expected() -> Arrays:
    """The same with the gradients written out."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((100, 2))
    y = x @ [[2.0], [-3.0]] + 4 + rng.normal(0, 0.1, (100, 1))
    weight, bias = np.zeros((2, 1)), np.zeros(1)
    losses = []
    for _ in range(100):
        error = x @ weight + bias - y
        losses.append(np.square(error).mean())
        slope = 2 * error / len(error)
        weight, bias = weight - 0.125 * x.T @ slope, bias - 0.125 * slope.sum(axis=0)
    return {"losses": np.array(losses), "weight": weight, "bias": bias}
