"""A new operation as a Python function: sigmoid from exp and division.

An operation that a framework does not have is written as a Python function of existing
operations. It need not be registered: its operations are recorded in the computational
graph like all others, and autograd derives the gradient. This lesson examines what was
recorded, and where such a function fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "function": "The two lines are the same in both programs except for the name "
        "of the exponential. `exp` is called once and its result is used twice, so "
        "the computational graph has a branch.",
        "count nodes": "PyTorch attaches the backward operation of a tensor to it as "
        "`grad_fn`. Each of these nodes has links to the nodes before it, "
        "`next_functions`, and the program follows these links. An eager TensorFlow "
        "tensor has nothing of this kind. But a function that `tf.function` has traced "
        "has a graph, which lists its operations.",
        "values": "At zero the sigmoid is {{ y[1]|figure }} and has its largest "
        "slope, {{ gradient[1]|figure }}. No formula for this slope was written: it "
        "results from the chain rule, applied to the division, the sum and the "
        "exponential.",
        "nodes": "The function adds {{ torch.nodes|figure }} operations to PyTorch's "
        "graph and {{ tf.nodes|figure }} to TensorFlow's. The framework's own sigmoid "
        "adds {{ torch.nodes_built_in|figure }} and {{ tf.nodes_built_in|figure }}: "
        "one operation with one gradient. Our function also has more intermediate "
        "results to save for the backward pass.",
        "extreme inputs": "For a large negative input the result is correct: "
        "{{ far_y[0]|figure }}, with the slope {{ far_gradient[0]|figure }}. For a "
        "large positive input the exponential overflows to infinity, and infinity "
        "divided by infinity is {{ far_y[1]|figure }}; so is the slope. A single "
        "`nan` is enough: after the next update the weights of a network are `nan` as "
        "well.",
        "results": "Both frameworks return the same values, with `nan` in the same "
        "places. Only what is counted differs: backward operations in PyTorch, forward "
        "operations in TensorFlow.",
    },
    apis={
        "torch": (
            "torch.exp",
            "torch.autograd.graph.Node.next_functions",
            "torch.sigmoid",
        ),
        "tf": ("tf.exp", "tf.function", "tf.Graph", "tf.sigmoid"),
    },
    own={
        "nodes": "PyTorch counts backward operations, TensorFlow forward operations",
        "nodes_built_in": "PyTorch counts backward operations, TensorFlow forward "
        "operations",
    },
    exercise=Exercise(
        task="Use the form found in most books: one divided by the sum of one and the "
        "exponential of minus `x`. Are the values correct for large inputs? Are the "
        "slopes?",
        change={
            "torch.exp(x)": "torch.exp(-x)",
            "tf.exp(x)": "tf.exp(-x)",
            "power / (1 + power)": "1 / (1 + power)",
        },
        answer="The values are: {{ after.far_y|figure }} instead of "
        "{{ before.far_y|figure }}. The slopes are not: "
        "{{ after.far_gradient|figure }}. The chain rule multiplies a slope of zero "
        "by an infinite one, now for the large negative input. Correct values do not "
        "imply a correct gradient.",
        holds=lambda before, after: (
            bool(np.isnan(before["far_y"]).any())
            and np.array_equal(after["far_y"], [0, 1])
            and bool(np.isnan(after["far_gradient"][0]))
        ),
    ),
)


def expected() -> Arrays:
    """Return the same arrays, with the chain rule for the division as written."""
    x, far = np.array([-2.0, 0.0, 2.0]), np.array([-1000.0, 1000.0])
    y, gradient = _sigmoid(x)
    far_y, far_gradient = _sigmoid(far)
    return {
        "y": y,
        "gradient": gradient,
        "far_y": far_y,
        "far_gradient": far_gradient,
    }


def _sigmoid(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    with np.errstate(over="ignore", invalid="ignore"):
        power = np.exp(x)
        below = 1 + power
        return power / below, power * (1 / below - power / below**2)
