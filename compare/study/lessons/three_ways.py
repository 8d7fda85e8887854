"""Three ways to train: a loop, a loss that is handed over, and fit.

The same training can be written out call by call, or be given away piece by piece:
first the loss, then the whole loop. What is given away no longer stands in the program,
but it still happens. All three ways end at the same weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "start": "Each way begins with the same small net and an optimizer of its own. "
        "With momentum the optimizer remembers the steps before; a way that lost this "
        "memory would not end where the others do.",
        "own loop": "Nothing is hidden: loss, gradients, update. This is the way to "
        "choose when a step is unusual, and the one to read when the others surprise.",
        "loss handed over": "In PyTorch the optimizer's `step` takes a function, here "
        "`closure`, and calls it before it moves anything. Plain descent calls it "
        "once; an optimizer that searches along a line calls it as often as it likes, "
        "and cannot do without. The optimizers of Keras had a method `minimize` for "
        "this up to its second version and have it no longer: `hasattr` says "
        "{{ has_minimize }}. The model took its place: `compile` hands it the loss and "
        "the optimizer, and `train_on_batch` makes one step with them.",
        "fit": "PyTorch has no `fit`; libraries above it bring one, and at heart it is "
        "this function. In Keras `compile` compiles nothing yet: it notes what to use. "
        "At the first batch `fit` traces the whole step into a graph, and then runs "
        "that; where there is a GPU, it has the graph compiled as well. NumPy arrays "
        "and tensors given to `fit` are turned into `float32` and shuffled before "
        "each epoch; a `tf.data.Dataset` is left as it is, and `shuffle=False` says "
        "that this is known: Keras would warn of it.",
        "data": "Random points, and the sine of the sum of their coordinates: "
        "something that the net can learn only in part.",
        "train": "Three nets, three optimizers, three ways. Before training the loss "
        "is {{ untrained|figure }}.",
        "results": "After training the three losses are {{ trained|figure }}. The "
        "weights are returned as well. In TensorFlow one way ran operation by "
        "operation and two ran as graphs: the numbers do not tell.",
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
        "the second call start afresh, go on, or something between?",
        change={
            "fit(fitted, optimizer, x, y, EPOCHS)": (
                "fit(fitted, optimizer, x, y, EPOCHS // 2)\n"
                "    fit(fitted, optimizer, x, y, EPOCHS // 2)"
            )
        },
        answer="It goes on. The loss is {{ after.trained[2]|figure }} as before, and "
        "so are the weights. All that a training has to remember is in the weights and "
        "in the optimizer's momentum, and both outlive the call, even a second "
        "`compile` with the same optimizer.",
        holds=lambda before, after: bool(
            np.allclose(after["fitted"], before["fitted"], rtol=1e-9, atol=0)
            and np.allclose(after["fitted"], after["looped"], rtol=1e-9, atol=0)
        ),
    ),
)


def expected() -> Arrays:
    """The same with the gradients and the momentum written out."""
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
