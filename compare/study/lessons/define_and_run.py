"""Define-and-run: build a static graph by hand, then feed it with data.

TensorFlow programs were written this way (define-and-run) before version two. The
program first describes the computation as a static graph, with placeholders for the
data. A session then runs the graph as often as needed. Tracing hides this order today
but has not removed it. PyTorch never worked this way: it is define-by-run. Its
`torch.fx` graphs, which its compilers use, can be built by hand and so give an
equivalent program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "data": "Plain NumPy arrays. No framework receives them before the graph is "
        "run.",
        "placeholders": "Names for the inputs that will be fed later. TensorFlow needs "
        "their type and shape, where `None` leaves the batch size open. It checks "
        "every operation against them while the graph is built. An `fx` placeholder "
        "has no type or shape, so a mistake appears only when the graph is run.",
        "variables": "State that is kept between runs. A TensorFlow graph contains the "
        "variable and an operation that initialises it; the session stores the value. "
        "In `fx` the graph only contains the name of an attribute to read.",
        "forward": "This looks like a computation, but nothing is computed: each line "
        "adds nodes, and `loss` refers to one of them. In TensorFlow the operators are "
        "overloaded to add nodes. The `fx` program adds every call explicitly; "
        "`torch.fx.Proxy` would overload the operators in the same way. The "
        "printed node has no value.",
        "backward": "TensorFlow differentiates by adding nodes. The gradients are part "
        "of the same graph, and could be differentiated again. Here PyTorch gets one "
        "node, a call of its autograd, which will differentiate the operations when "
        "they are run.",
        "update": "The weight update is part of the graph too. The `rate` is a Python "
        "number, and its value goes into the graph as a constant. TensorFlow runs "
        "independent operations in any order. A control dependency makes it finish all "
        "gradients before any weight changes. `fx` keeps the order in which nodes were "
        "added. In the end PyTorch's graph has {{ torch.nodes|figure }} nodes and "
        "TensorFlow's {{ tf.nodes|figure }}.",
        "run": "Numbers are computed only now. A session computes the fetched tensors "
        "and whatever they depend on, so the updates have to be fetched together with "
        "the loss. A `GraphModule` runs all its nodes. Feeding the same arrays "
        "{{ losses|length }} times lowers the loss from {{ losses[0]|figure }} to "
        "{{ losses[-1]|figure }}.",
        "results": "The trained weights are fetched from the session, or read from the "
        "module. They are the same as after training without a graph.",
    },
    apis={
        "torch": ("torch.fx.Graph", "torch.fx.GraphModule", "torch.fx.Node"),
        "tf": (
            "tf.Graph",
            "tf.compat.v1.placeholder",
            "tf.compat.v1.Session",
            "tf.compat.v1.gradients",
        ),
        "jax": (
            "jax.ShapeDtypeStruct",
            "jax.eval_shape",
            "jax.jit",
            "jax.stages.Traced",
        ),
    },
    own={"nodes": "TensorFlow's gradients are nodes, PyTorch's are one call"},
    pictures=(
        Picture(
            step="run",
            caption="Loss at every run of the graph.",
            arrays={"losses": "loss"},
            x_title="run",
            y_title="loss",
            y_log=True,
        ),
    ),
    exercise=Exercise(
        task="Try to stop the training after the graph is built: set `rate` to zero "
        "where `losses` is created. What happens to the loss?",
        change={"losses = []": "losses, rate = [], 0.0"},
        answer="Nothing: it falls to {{ after.losses[-1]|figure }} as before. The "
        "graph copied the number when the update was defined. The Python variable no "
        "longer has any connection with it. A learning rate that is to change has to "
        "be a placeholder or a variable of the graph.",
        holds=lambda before, after: bool((after["losses"] == before["losses"]).all()),
    ),
)


def expected() -> Arrays:
    """Return the same results, computed without a graph."""
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
