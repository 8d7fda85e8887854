"""A new operation with its own gradient: a numerically stable sigmoid.

A gradient derived by the chain rule is only as good as the way in which the function is
written. If you have a better formula, you can supply it: forward and backward are
defined together, and the framework treats them as one operation. The framework does not
verify the formula, so you must check the gradient.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "custom gradient": "The exponential is only computed for numbers that are not "
        "positive, so it cannot overflow. The slope follows from the result alone. "
        "`backward` multiplies the upstream gradient by this slope (a vector-Jacobian "
        "product). PyTorch requires a class: `setup_context` saves tensors in `ctx`, "
        "and `backward` reads them. TensorFlow requires a function that returns its "
        "result and an inner function; the inner function can use the variables of the "
        "outer one.",
        "automatic gradient": "This is the same forward pass, line by line, without "
        "its own gradient, for comparison.",
        "count nodes": "PyTorch's backward graph is traversed as in the previous "
        "lesson. In TensorFlow all forward operations remain in the graph in either "
        "case, so the program counts the operations that the backward pass adds.",
        "values": "The slopes are {{ gradient|figure }}. Those of the plain function "
        "are {{ gradient_plain|figure }}: the one in the middle is wrong, because the "
        "absolute value has a kink at zero and its slope there counts as zero.",
        "nodes": "Number of nodes that PyTorch visits: {{ torch.nodes|figure }}, and "
        "for the plain function {{ torch.nodes_plain|figure }}. TensorFlow's backward "
        "pass takes {{ tf.nodes|figure }} operations, which are those of the line we "
        "wrote, and {{ tf.nodes_plain|figure }} for the plain function.",
        "extreme inputs": "Where the sigmoid of the previous lesson gave `nan`, this "
        "one gives {{ far_y|figure }}, and the slopes are {{ far_gradient|figure }}. "
        "No intermediate result is infinite.",
        "gradient check": "Both frameworks can compare a given gradient with finite "
        "differences, which are measured by changing each input a little (gradient "
        "checking). This takes two evaluations for each number in the input, which is "
        "too slow for training but suitable for a test. Here the two agree: `right` "
        "is {{ right }}.",
        "results": "Values, slopes and the result of the check are the same. Nodes "
        "are counted in each framework's own way.",
    },
    apis={
        "torch": (
            "torch.autograd.Function",
            "torch.autograd.gradcheck",
            "torch.where",
        ),
        "tf": ("tf.custom_gradient", "tf.test.compute_gradient", "tf.where"),
    },
    own={
        "nodes": "PyTorch counts visited nodes, TensorFlow added operations",
        "nodes_plain": "PyTorch counts visited nodes, TensorFlow added operations",
    },
    exercise=Exercise(
        task="Make a mistake: omit the factor `(1 - y)`. What detects it?",
        change={"upstream * y * (1 - y)": "upstream * y"},
        answer="Only the gradient check: `right` was {{ before.right }} and is "
        "{{ after.right }}. The values are unchanged. The slope at zero is now "
        "{{ after.gradient[1]|figure }} instead of {{ before.gradient[1]|figure }}, "
        "and a network would be trained with it without any error message.",
        holds=lambda before, after: (
            bool(before["right"])
            and not after["right"]
            and np.array_equal(before["y"], after["y"])
            and not np.allclose(before["gradient"], after["gradient"])
        ),
    ),
)


def expected() -> Arrays:
    """Return the same arrays by the hyperbolic tangent, which cannot overflow."""
    x, far = np.array([-2.0, 0.0, 2.0]), np.array([-1000.0, 1000.0])
    gradient = (1 - np.tanh(x / 2) ** 2) / 4
    return {
        "y": (1 + np.tanh(x / 2)) / 2,
        "gradient": gradient,
        "gradient_plain": gradient * np.abs(np.sign(x)),
        "far_y": (1 + np.tanh(far / 2)) / 2,
        "far_gradient": (1 - np.tanh(far / 2) ** 2) / 4,
        "right": np.array(True),  # noqa: FBT003 - an array of one Boolean
    }
