"""Define, then run: a graph built by hand, and fed with numbers afterwards.

This is how TensorFlow programs were written before version two: first describe the
computation, with placeholders where the data will be, then hand it to a session that
runs it as often as wanted. Tracing hides this order today but has not abolished it.
PyTorch never worked this way; its `torch.fx` graphs, which its compilers pass around,
can be built by hand and so make a faithful mirror.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "data": "Plain NumPy arrays. No framework needs to see them before the graph "
        "is run.",
        "placeholders": "Names for what will be fed. TensorFlow wants to know type and "
        "shape, where `None` leaves the size of the batch open; it checks every "
        "operation against them while the graph is built. An `fx` placeholder promises "
        "nothing, and a mistake shows only when the graph is run.",
        "variables": "State that outlives a run. A TensorFlow graph holds the variable "
        "together with an operation that initialises it, and the value is kept by the "
        "session. In `fx` the graph only says where to look for an attribute.",
        "forward": "This looks like a computation, but nothing is computed: each line "
        "adds nodes, and `loss` is the name of one. In TensorFlow the operators are "
        "overloaded to build; with `fx` every call is written down as one. What is "
        "printed has no value to show.",
        "backward": "TensorFlow differentiates by adding nodes: the gradients are more "
        "of the same graph, and could be differentiated again. Here PyTorch gets one "
        "node, a call of its autograd, which will look at the operations as they are "
        "run.",
        "update": "Changing the weights is part of the graph too. The `rate` is a "
        "Python number, and its value goes into the graph now. TensorFlow runs "
        "independent operations in any order, so it is told to finish all gradients "
        "before any weight changes; `fx` keeps the order in which nodes were added. In "
        "the end PyTorch's graph has {{ torch.nodes|figure }} nodes and TensorFlow's "
        "{{ tf.nodes|figure }}.",
        "run": "Only now numbers flow. A session computes what is fetched and whatever "
        "that needs, so the updates have to be fetched as well as the loss; a "
        "`GraphModule` runs all its nodes. Feeding the same arrays "
        "{{ losses|length }} times takes the loss from {{ losses[0]|figure }} to "
        "{{ losses[-1]|figure }}.",
        "results": "The trained weights are fetched from the session, or read from the "
        "module. They are those that training without a graph would have given.",
    },
    apis={
        "torch": ("torch.fx.Graph", "torch.fx.GraphModule", "torch.fx.Node"),
        "tf": (
            "tf.Graph",
            "tf.compat.v1.placeholder",
            "tf.compat.v1.Session",
            "tf.compat.v1.gradients",
        ),
    },
    own={"nodes": "TensorFlow's gradients are nodes, PyTorch's are one call"},
    pictures=(
        Picture(
            step="run",
            caption="The loss at every run of the graph.",
            arrays={"losses": "loss"},
            x_title="run",
            y_title="loss",
            y_log=True,
        ),
    ),
    exercise=Exercise(
        task="Stop learning after the graph is built: set `rate` to zero where "
        "`losses` is made. What happens to the loss?",
        change={"losses = []": "losses, rate = [], 0.0"},
        answer="Nothing: it falls to {{ after.losses[-1]|figure }} as before. The "
        "graph took the number when the update was defined; Python's variable has no "
        "connection with it any more. A rate that is to change has to be a "
        "placeholder or a variable of the graph.",
        holds=lambda before, after: bool((after["losses"] == before["losses"]).all()),
    ),
)


def expected() -> Arrays:
    """The same, computed where it is written."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((16, 20)), rng.standard_normal((16, 4))
    w1, w2 = rng.standard_normal((20, 30)), rng.standard_normal((30, 4))
    losses = []
    for _ in range(50):
        hidden = np.maximum(x @ w1, 0)
        error = hidden @ w2 - y
        losses.append(np.square(error).sum())
        slope = x.T @ ((2 * error) @ w2.T * (hidden > 0))
        w1, w2 = w1 - 1e-4 * slope, w2 - 1e-4 * (hidden.T @ (2 * error))
    return {"losses": np.array(losses), "w1": w1, "w2": w2}
