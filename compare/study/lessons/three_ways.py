"""Three ways to train: training loop, closure or train_on_batch, fit.

You can write the training loop yourself, pass the loss function to the library, or let
`fit` run the whole loop. What the library does no longer appears in the program, but it
still happens. All three ways end at the same weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "start": "Each way starts with the same small network and an optimizer of its "
        "own. Momentum makes the optimizer keep a state from earlier steps. If a way "
        "lost this state, its result would differ from the others.",
        "training loop": "Every call is visible: loss, gradients, update. Use this way "
        "when a training step is unusual. Read it when the result of another way is "
        "unexpected.",
        "closure or train on batch": "In PyTorch the optimizer's `step` accepts a "
        "function, here `closure`, and calls it before it updates the parameters. "
        "Plain gradient descent calls it once. An optimizer with a line search calls "
        "it as often as it needs, and does not work without it. Up to the second "
        "version of Keras, its optimizers had a method `minimize` for this purpose. "
        "They no longer have it: `hasattr` returns {{ has_minimize }}. The model has "
        "replaced it: `compile` gives the model the loss and the optimizer, and "
        "`train_on_batch` makes one step with them.",
        "fit": "PyTorch has no `fit`. Libraries built on it provide one, and its core "
        "is this function. In Keras `compile` compiles nothing yet: it stores the "
        "settings. At the first batch `fit` traces the whole training step into a "
        "graph, and then runs this graph. If there is a GPU, `fit` also has the graph "
        "compiled. NumPy arrays and tensors passed to `fit` are converted to `float32` "
        "and shuffled before each epoch. A `tf.data.Dataset` is used as it is. "
        "`shuffle=False` makes this explicit; otherwise Keras would print a warning.",
        "data": "Random points, with the sine of the sum of their coordinates as the "
        "target. The network can learn this function only in part.",
        "train": "Three networks, three optimizers, three ways. Before training the "
        "loss is {{ untrained|figure }}.",
        "results": "After training the three losses are {{ trained|figure }}. The "
        "weights are returned as well. In TensorFlow one way ran eagerly, operation by "
        "operation, and two ran as graphs. The results do not show the difference.",
    },
    apis={
        "torch": (
            "torch.optim.SGD",
            "torch.optim.Optimizer.step",
            "torch.utils.data.DataLoader",
            "torch.utils.data.TensorDataset",
        ),
        "tf": (
            "tf.keras.Model.compile",
            "tf.keras.Model.fit",
            "tf.keras.Model.train_on_batch",
            "tf.keras.optimizers.SGD",
        ),
    },
    exercise=Exercise(
        task="Call `fit` twice, each time for half of the epochs: `EPOCHS // 2`. Does "
        "the second call start from the beginning, continue, or do something in "
        "between?",
        change={
            "fit(fitted, optimizer, x, y, EPOCHS)": (
                "fit(fitted, optimizer, x, y, EPOCHS // 2)\n"
                "    fit(fitted, optimizer, x, y, EPOCHS // 2)"
            )
        },
        answer="It continues. The loss is {{ after.trained[2]|figure }} as before, and "
        "the weights are the same as well. The state of a training run consists of the "
        "weights and the optimizer's momentum. Both are kept after the call, even if "
        "`compile` is called a second time with the same optimizer.",
        holds=lambda before, after: bool(
            np.allclose(after["fitted"], before["fitted"], rtol=1e-9, atol=0)
            and np.allclose(after["fitted"], after["looped"], rtol=1e-9, atol=0)
        ),
    ),
)


def expected() -> Arrays:
    """Return the same arrays, with gradients and momentum written out."""
    x = np.random.default_rng(1).standard_normal((64, 3))
    y = np.sin(x.sum(axis=1, keepdims=True))
    rng = np.random.default_rng(0)
    shapes = [(3, 16), (16,), (16, 1), (1,)]
    weights = [rng.normal(0, 0.5, shape) for shape in shapes]
    velocities = [np.zeros(shape) for shape in shapes]
    losses = []
    for _ in range(41):
        w1, b1, w2, b2 = weights
        h = np.tanh(x @ w1 + b1)
        error = h @ w2 + b2 - y
        losses.append(np.square(error).mean())
        d2 = 2 * error / len(error)
        d1 = d2 @ w2.T * (1 - h**2)
        gradients = [x.T @ d1, d1.sum(axis=0), h.T @ d2, d2.sum(axis=0)]
        ahead = zip(velocities, gradients, strict=True)
        velocities = [0.5 * velocity + gradient for velocity, gradient in ahead]
        moved = zip(weights, velocities, strict=True)
        weights = [weight - 0.125 * velocity for weight, velocity in moved]
    return {
        "untrained": losses[0],
        "trained": np.array([losses[40]] * 3),
        "looped": w1,
        "handed": w1,
        "fitted": w1,
    }
