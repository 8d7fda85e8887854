"""Linear regression: how the loss and the optimizer are connected.

A training loop has three parts that are independent of each other: a model, a loss
function and an optimizer. This lesson fits a plane to noisy points and shows the one
thing that all three share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "data": "Points in a plane, with a height for each. The height is a linear "
        "function of the two coordinates, plus a constant and a little noise. The "
        "model has to recover the two factors (the weights) and the constant (the "
        "bias).",
        "model": "One linear layer with one output is a linear regression model. Its "
        "weights and its bias start at zero in all frameworks. PyTorch overwrites the "
        "values that its constructor drew; Keras takes an initializer. The bias of a "
        "Keras layer starts at zero by default.",
        "loss": "The mean squared error, as a callable object. PyTorch takes the "
        "prediction first, Keras the target. For a squared error the order makes no "
        "difference; for cross-entropy it would. A Keras loss computes in its own "
        "`dtype`, whatever the type of its inputs, so the type is given here.",
        "optimizer": "The optimizer has access neither to the model nor to the loss. "
        "PyTorch's optimizer receives the parameters now and keeps references to them. "
        "The Keras optimizer receives its variables with the first gradients, and "
        "keeps to those variables afterwards. It stores its learning rate in "
        "`float32`. A rate of `0.125` is exact there; a rate of one tenth would be "
        "rounded.",
        "forward": "Every step uses all points (full-batch gradient descent), so an "
        "epoch, which is one pass over the data, is one step. The loss starts at "
        "{{ losses[0]|figure }}. In the last of {{ losses|length }} epochs it is "
        "{{ losses[-1]|figure }}. This is about the variance of the noise, which no "
        "plane can remove.",
        "backward and update": "The parameters connect the loss and the optimizer. In "
        "PyTorch `backward` stores each gradient in its parameter's `.grad`, `step` "
        "reads it there, and `zero_grad` clears it for the next step. In TensorFlow no "
        "gradient is stored on a variable. The tape returns the gradients, and the "
        "program passes them to the optimizer in pairs with their variables.",
        "least squares": "For this model there is a formula for the best fit, the "
        "least-squares solution. Gradient descent found the weights "
        "{{ weight.T[0]|figure }} and the bias {{ bias[0]|figure }}. The formula gives "
        "{{ best.T[0]|figure }}.",
        "results": "The data were generated with other numbers, which are in the first "
        "step. The best fit to noisy points is close to these numbers, but not equal "
        "to them.",
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
        "jax": (
            "flax.nnx.Linear",
            "flax.nnx.Optimizer",
            "flax.nnx.value_and_grad",
            "optax.sgd",
        ),
    },
    pictures=(
        Picture(
            step="backward and update",
            caption="Mean squared error by epoch.",
            arrays={"losses": "loss"},
            x_title="epoch",
            y_title="loss",
            y_log=True,
        ),
    ),
    exercise=Exercise(
        task="Give the optimizer only the bias: `[model.bias]`. The loss is computed "
        "as before, from the whole model. What is learned?",
        change={
            "torch.optim.SGD(model.parameters(), lr=RATE)": (
                "torch.optim.SGD([model.bias], lr=RATE)"
            ),
            "variables = model.trainable_variables": "variables = [model.bias]",
            "trained = nnx.Param": 'trained = nnx.PathContains("bias")',
        },
        answer="Only the mean height, without a slope. The bias goes to "
        "{{ after.bias[0]|figure }}, the weights stay at "
        "{{ after.weight.T[0]|figure }}, and the loss ends at "
        "{{ after.losses[-1]|figure }} instead of {{ before.losses[-1]|figure }}. No "
        "error is raised. An optimizer updates only the parameters that it was given.",
        holds=lambda before, after: bool(
            not after["weight"].any()
            and after["bias"][0] > 1
            and after["losses"][-1] > 100 * before["losses"][-1]
        ),
    ),
)


def expected() -> Arrays:
    """Return the same arrays, with the gradients written out."""
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
