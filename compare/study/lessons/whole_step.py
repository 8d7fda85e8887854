"""How much of a training step is captured: nothing, the forward, all of it.

"It runs as a graph" says little before it is known what does. Here the same weights are
trained three times with the same arithmetic: by Python alone, with the loss as a graph,
and with forward, loss, backward and update as one graph. The results are the same
numbers. What lies inside the graphs, and what is left to Python between them, is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "the loss": "The forward pass and its loss as one function of the weights. It "
        "knows nothing about graphs or gradients, so it can be captured as it stands.",
        "the training step": "The whole step as one function: it differentiates the "
        "loss and changes the weights in place. PyTorch's `grad_and_value` makes "
        "a function of a function and so can stand inside one that is captured. In "
        "TensorFlow an ordinary tape does.",
        "data": "Random numbers with a fixed seed. Each of the three ways begins from "
        "its own copy of the same weights, because each changes them in place.",
        "a way to look inside": "In PyTorch a compiler is a function that is handed a "
        "graph and returns something to call. This one compiles nothing: it notes the "
        "operations and runs the graph as it is, so the lesson needs no C++ compiler. "
        "`aot_autograd` hands it the backward pass as well, and is told to leave "
        "changes of inputs, here of the weights, inside the graph. TensorFlow keeps "
        "its graphs and can be asked for them afterwards.",
        "nothing": "Python reaches every operation of every step itself. This is what "
        "the other two have to equal.",
        "the forward": "Only the loss is captured. Both frameworks can differentiate a "
        "captured function, and do so by a second graph. They make it along with the "
        "first, at the first call, for only then is it known what the forward pass "
        "has to keep; PyTorch hands it to the compiler when a gradient is asked for. "
        "Between the graphs, and for the update, Python is in charge.",
        "the whole step": "One call, one graph, nothing left to Python but to call it "
        "again. PyTorch is asked for this with `fullgraph`, which makes it an error "
        "if any part cannot be captured; `tf.function` captures every operation on "
        "tensors or fails.",
        "the graphs": "The forward has {{ forward_products|figure }} matrix products "
        "and {{ forward_updates|figure }} updates in it; the whole step has "
        "{{ whole_products|figure }} products, those of the backward pass included, "
        "and {{ whole_updates|figure }} updates, one for each weight. The frameworks "
        "agree on these, although the graphs have {{ torch.whole_nodes|figure }} nodes "
        "in PyTorch and {{ tf.whole_nodes|figure }} in TensorFlow.",
        "results": "The last losses of the three ways are {{ losses|figure }}. To "
        "capture more changed what Python does, not what is computed.",
    },
    apis={
        "torch": (
            "torch.compile",
            "torch.func.grad_and_value",
            "torch.autograd.grad",
            "torch.fx.GraphModule",
        ),
        "tf": ("tf.function", "tf.GradientTape", "tf.Variable.assign_sub", "tf.Graph"),
    },
    own={
        "forward_nodes": "each has operations of its own",
        "whole_nodes": "each has operations of its own",
    },
    exercise=Exercise(
        task="Make the hidden layer ten times as wide: `HIDDEN` becomes `300`. How "
        "many more products and updates has the graph of the whole step?",
        change={"HIDDEN = 20, 1e-5, 30": "HIDDEN = 20, 1e-5, 300"},
        answer="None: still {{ after.whole_products|figure }} products and "
        "{{ after.whole_updates|figure }} updates. A graph says what to do, not with "
        "how many numbers. So the wider the layers, the less it matters who calls "
        "them.",
        holds=lambda before, after: all(
            after[name] == before[name] for name in ("whole_products", "whole_updates")
        ),
    ),
)


def expected() -> Arrays:
    """The same with the gradients written out."""
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
