"""A new operation with its own gradient: a sigmoid that survives.

A gradient that the chain rule puts together is only as good as the way in which the
function happens to be written. Where one knows a better one, one can say so: forward
and backward are given together, and the framework takes them as one operation.
It believes what it is told, so the gradient has to be checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "own gradient": "The exponential is only taken of what is not positive, so it "
        "cannot become infinite. The slope follows from the result alone. PyTorch "
        "wants a class, whose two functions hand results on through `ctx`. TensorFlow "
        "wants a function that returns its result and another function; what the inner "
        "one needs it simply sees.",
        "plain": "The same forward pass, line for line, without a gradient of its own: "
        "to compare with.",
        "counting": "PyTorch's backward graph is walked as in the lesson before. "
        "TensorFlow's forward operations are all still there in either case, so what "
        "is counted here is what the backward pass adds to them.",
        "values": "The slopes are {{ gradient|figure }}. Those of the plain function "
        "are {{ gradient_plain|figure }}: in the middle it is wrong, because the "
        "absolute value has a kink at zero and counts as level there.",
        "nodes": "Nodes that PyTorch meets: {{ torch.nodes|figure }}, and for the "
        "plain function {{ torch.nodes_plain|figure }}. TensorFlow's backward pass "
        "takes {{ tf.nodes|figure }} operations, which are those of the line we "
        "wrote, and for the plain function {{ tf.nodes_plain|figure }}.",
        "far out": "Where the sigmoid of the lesson before gave `nan`, this one gives "
        "{{ far_y|figure }}, and the slopes are {{ far_gradient|figure }}. Nothing "
        "infinite was met on the way.",
        "check": "Both frameworks can hold a stated gradient against one that is "
        "measured, by moving each input a little. That takes two evaluations for each "
        "number in the input, which is too much for training and just right for a "
        "test. Here the two agree: `right` is {{ right }}.",
        "results": "Values, slopes and the verdict are the same. Nodes are counted in "
        "each framework's own way.",
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
        "nodes": "PyTorch counts nodes to be met, TensorFlow operations to be added",
        "nodes_plain": "PyTorch counts nodes to be met, TensorFlow operations to be "
        "added",
    },
    exercise=Exercise(
        task="Make a mistake: forget the factor `(1 - y)`. Who notices?",
        change={"upstream * y * (1 - y)": "upstream * y"},
        answer="Only the check: `right` was {{ before.right }} and is "
        "{{ after.right }}. The values are as before. The slope at zero is now "
        "{{ after.gradient[1]|figure }} in place of {{ before.gradient[1]|figure }}, "
        "and a net would be trained with it without a word.",
        holds=lambda before, after: (
            bool(before["right"])
            and not after["right"]
            and np.array_equal(before["y"], after["y"])
            and not np.allclose(before["gradient"], after["gradient"])
        ),
    ),
)


def expected() -> Arrays:
    """The same by way of the hyperbolic tangent, which cannot overflow."""
    x, far = np.array([-2.0, 0.0, 2.0]), np.array([-1000.0, 1000.0])
    gradient = (1 - np.tanh(x / 2) ** 2) / 4
    return {
        "y": (1 + np.tanh(x / 2)) / 2,
        "gradient": gradient,
        "gradient_plain": gradient * np.abs(np.sign(x)),
        "far_y": (1 + np.tanh(far / 2)) / 2,
        "far_gradient": (1 - np.tanh(far / 2) ** 2) / 4,
        "right": np.array(True),  # noqa: FBT003 - an array of one truth value
    }
