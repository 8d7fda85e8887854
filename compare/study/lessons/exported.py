"""Exported graphs: a net in a file that needs its Python code no more.

Weights alone need the program that knows what to do with them. An exported graph brings
the computation along: whoever loads it does without the class it was written as. What
the graph was traced with is in it for good, so it has to be said what may still change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "model": "A net like any other, run by Python until now. Nothing in it "
        "prepares for an export.",
        "export": "Both trace the function once, without the numbers that it will be "
        "given later. PyTorch traces with an example and is told besides that the "
        "first axis may vary, by a `Dim`. TensorFlow traces with a signature, in "
        "which `None` leaves an axis open.",
        "graph": "What was traced, in the order of the tracing. In PyTorch the "
        "weights are inputs of the graph, {{ torch.nodes|length }} nodes in all. In "
        "TensorFlow each variable is a resource that is read, which makes "
        "{{ tf.nodes|length }} nodes of the same two products.",
        "save and load": "A `.pt2` file is one archive of graph and weights; a "
        "SavedModel is a folder. Neither holds the class `Net`. What comes back is a "
        "module in PyTorch, and in TensorFlow an object with the traced function as "
        "its attribute. The object has to be kept: it owns the variables that the "
        "function reads.",
        "other sizes": "Batches of the size of PyTorch's example and of two others. "
        "The graphs take {{ taken|figure }}, and give the very bits that the net "
        "gives when Python runs it: the same operations in the same order.",
        "results": "The outputs of the last batch, from the loaded graphs, to be "
        "compared with each other and with NumPy.",
    },
    apis={
        "torch": (
            "torch.export.export",
            "torch.export.Dim",
            "torch.export.save",
            "torch.export.load",
        ),
        "tf": (
            "tf.function",
            "tf.TensorSpec",
            "tf.saved_model.save",
            "tf.saved_model.load",
        ),
    },
    own={"nodes": "each framework has operations and names of its own"},
    exercise=Exercise(
        task="Say nothing of other sizes: `dynamic_shapes=None` in PyTorch, and `8` in "
        "place of `None` in TensorFlow. What does the loaded graph do with a batch "
        "of another size?",
        change={
            "dynamic_shapes=[sizes]": "dynamic_shapes=None",
            "tf.TensorSpec([None, 20], tf.float64)": "tf.TensorSpec([8, 20], "
            "tf.float64)",
        },
        answer="It takes batches of {{ after.taken|figure }} in place of "
        "{{ before.taken|figure }}, and refuses the others: PyTorch by a guard that "
        "stands in the loaded module, TensorFlow by its signature. A size that was "
        "not declared open is a constant of the graph, and both frameworks check it "
        "before they run.",
        holds=lambda before, after: bool(
            np.array_equal(before["taken"], [8, 1, 21])
            and np.array_equal(after["taken"], [8])
        ),
    ),
)


def expected() -> Arrays:
    """The outputs, by two products."""
    rng = np.random.default_rng(0)
    w1, w2 = rng.standard_normal((20, 30)), rng.standard_normal((30, 4))
    batches = [rng.standard_normal((size, 20)) for size in (8, 1, 21)]
    return {"outputs": np.maximum(batches[-1] @ w1, 0) @ w2}
