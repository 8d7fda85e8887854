"""Graph capture of a training step: nothing, the forward, all of it.

Before you compare graphs, ask which part of the training step is captured in a graph.
Here the same weights are trained three times with the same arithmetic: eagerly, with
the loss as a graph, and with forward, loss, backward and update as one graph. The
results are the same numbers. What differs is the content of the graphs, and what is
left to Python between them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "loss": "The forward pass and its loss as one function of the weights. It "
        "contains nothing about graphs or gradients, so it can be captured unchanged.",
        "training step": "The whole step as one function: it differentiates the "
        "loss and updates the weights in place. PyTorch's `grad_and_value` transforms "
        "a function into another function, so it can be used inside captured code. In "
        "TensorFlow an ordinary gradient tape is enough.",
        "data": "Random numbers with a fixed seed. Each of the three variants starts "
        "from its own copy of the same weights, because each updates them in place.",
        "inspect graphs": "In PyTorch a compiler backend is a function that "
        "receives a graph and returns a callable. This one compiles nothing. It "
        "records the operations and runs the graph unchanged, so the lesson needs no "
        "C++ compiler. `aot_autograd` also passes it the backward graph. An option "
        "keeps in-place changes of inputs, here of the weights, inside the graph. "
        "TensorFlow stores its graphs, so they can be inspected afterwards.",
        "eager execution": "Python calls every operation of every step itself (eager "
        "execution). The other two variants have to give the same results.",
        "captured forward": "Only the loss is captured. All frameworks can "
        "differentiate a captured function, and use a second graph for it. They create "
        "it together with the first one, at the first call. Only then is it known what "
        "the forward pass has to save. PyTorch passes it to the compiler when a "
        "gradient is requested. Between the graphs, and for the update, Python runs.",
        "captured step": "One call runs one graph, and Python only has to call it "
        "again. In PyTorch, `fullgraph` makes it an error if any part cannot be "
        "captured. `tf.function` captures every operation on tensors or fails.",
        "graph contents": "The forward graph contains {{ forward_products|figure }} "
        "matrix products and {{ forward_updates|figure }} updates. The graph of the "
        "whole step contains {{ whole_products|figure }} products, including those of "
        "the backward pass, and {{ whole_updates|figure }} updates, one for each "
        "weight. The frameworks agree on these counts, although the graphs have "
        "{{ torch.whole_nodes|figure }} nodes in PyTorch and "
        "{{ tf.whole_nodes|figure }} in TensorFlow.",
        "results": "The last losses of the three variants are {{ losses|figure }}. "
        "Capturing more changes what Python does, not what is computed.",
    },
    apis={
        "torch": (
            "torch.compile",
            "torch.func.grad_and_value",
            "torch.autograd.grad",
            "torch.fx.GraphModule",
        ),
        "tf": ("tf.function", "tf.GradientTape", "tf.Variable.assign_sub", "tf.Graph"),
        "jax": (
            "jax.jit",
            "jax.value_and_grad",
            "jax.stages.Traced",
        ),
    },
    own={
        "forward_nodes": "each framework has its own operations",
        "whole_nodes": "each framework has its own operations",
    },
    exercise=Exercise(
        task="Make the hidden layer ten times wider: `HIDDEN` becomes `300`. How many "
        "more products and updates does the graph of the whole step have?",
        change={"HIDDEN = 20, 1e-5, 30": "HIDDEN = 20, 1e-5, 300"},
        answer="None: still {{ after.whole_products|figure }} products and "
        "{{ after.whole_updates|figure }} updates. A graph contains operations, and "
        "their number does not depend on the size of the tensors. So the wider the "
        "layers, the less it matters whether Python or a graph calls them.",
        holds=lambda before, after: all(
            after[name] == before[name] for name in ("whole_products", "whole_updates")
        ),
    ),
)


def expected() -> Arrays:
    """Return the same results with the gradients written out."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((16, 20)), rng.standard_normal((16, 4))
    w1, w2 = rng.standard_normal((20, 30)), rng.standard_normal((30, 4))
    for _ in range(20):
        hidden = np.maximum(x @ w1, 0)
        error = hidden @ w2 - y
        loss = np.square(error).sum()
        slope = x.T @ ((2 * error) @ w2.T * (hidden > 0))
        w1, w2 = w1 - 1e-5 * slope, w2 - 1e-5 * (hidden.T @ (2 * error))
    return {
        "losses": np.array([loss, loss, loss]),
        "eager_w2": w2,
        "forward_w2": w2,
        "whole_w2": w2,
    }
