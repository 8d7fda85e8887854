"""Exporting a model: torch.export and SavedModel, without its class.

Weights alone need the program that computes with them. An exported graph also contains
the computation, so it is loaded without the class that defined the model. The framework
is still needed: it loads and runs the graph, here from Python. What the graph was
traced with is fixed in it. You therefore have to declare what may still change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "model": "An ordinary network, run eagerly by Python until now. Nothing in it "
        "prepares for an export.",
        "export": "Both frameworks trace the function once, without the numbers that "
        "it will receive later. PyTorch traces with an example input, and a `Dim` "
        "declares that the first axis may vary (a dynamic shape). TensorFlow declares "
        "an input signature, in which `None` leaves an axis open, and traces in the "
        "next step.",
        "graph": "The traced operations, in the order of tracing. In PyTorch the "
        "weights are inputs of the graph, which has {{ torch.nodes|length }} nodes in "
        "total. In TensorFlow each variable is a resource that is read, which makes "
        "{{ tf.nodes|length }} nodes for the same two matrix products.",
        "save and load": "A `.pt2` file is one archive of graph and weights; a "
        "SavedModel is a folder. Neither contains the class `Net`. Loading returns an "
        "`ExportedProgram` in PyTorch, whose `module` can be called. In TensorFlow it "
        "returns an object with the traced function as an attribute. The program has "
        "to keep the object, because it owns the variables that the function reads.",
        "other sizes": "Batches of the size of PyTorch's example and of two other "
        "sizes. The graphs accept {{ taken|figure }}. Their outputs have the same bits "
        "as those of the network run by Python: the same operations in the same order.",
        "results": "The outputs of the loaded graphs for the last batch are compared "
        "with each other and with NumPy.",
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
    own={"nodes": "each framework has its own operations and names"},
    exercise=Exercise(
        task="Do not declare the batch size as dynamic: `dynamic_shapes=None` in "
        "PyTorch, and `8` instead of `None` in TensorFlow. What does the loaded graph "
        "do with a batch of another size?",
        change={
            "dynamic_shapes=[sizes]": "dynamic_shapes=None",
            "tf.TensorSpec([None, 20], tf.float64)": "tf.TensorSpec([8, 20], "
            "tf.float64)",
        },
        answer="It accepts batches of {{ after.taken|figure }} instead of "
        "{{ before.taken|figure }}, and rejects the others. PyTorch rejects them with "
        "a guard in the loaded module, TensorFlow with its input signature. A size "
        "that was not declared dynamic is a constant of the graph, and both frameworks "
        "check it before they run.",
        holds=lambda before, after: bool(
            np.array_equal(before["taken"], [8, 1, 21])
            and np.array_equal(after["taken"], [8])
        ),
    ),
)


def expected() -> Arrays:
    """Return the outputs, computed with two matrix products."""
    rng = np.random.default_rng(0)
    w1, w2 = rng.standard_normal((20, 30)), rng.standard_normal((30, 4))
    batches = [rng.standard_normal((size, 20)) for size in (8, 1, 21)]
    return {"outputs": np.maximum(batches[-1] @ w1, 0) @ w2}
