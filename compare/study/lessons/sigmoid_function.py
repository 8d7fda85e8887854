"""A new operation as a Python function: a sigmoid out of exp and divide.

What a framework does not have is written as a function of what it has. Nothing needs
to be registered: its operations are recorded like all others, and the gradient comes
for free. This lesson looks at what was recorded, and at where such a function breaks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "function": "Two lines that are the same in both but for the name of the "
        "exponential. It is called once and its result is used twice, so that "
        "the graph has a fork.",
        "counting": "PyTorch hangs the backward operation of a tensor on it as "
        "`grad_fn`; each knows those before it as `next_functions`, and one walks from "
        "one to the next. A TensorFlow tensor knows nothing of the kind, but a "
        "function that `tf.function` has traced has a graph, which lists its "
        "operations.",
        "values": "At zero the sigmoid is {{ y[1]|figure }} and has its largest slope, "
        "{{ gradient[1]|figure }}. Nobody wrote that slope down: it is the chain rule, "
        "applied to the division, the sum and the exponential.",
        "nodes": "The function leaves {{ torch.nodes|figure }} operations in PyTorch's "
        "graph and {{ tf.nodes|figure }} in TensorFlow's. The framework's own sigmoid "
        "leaves {{ torch.nodes_built_in|figure }} and "
        "{{ tf.nodes_built_in|figure }}: one operation with one gradient. Ours "
        "also has more results in between to keep for the way back.",
        "far out": "Far to the left all is well: {{ far_y[0]|figure }}, with the slope "
        "{{ far_gradient[0]|figure }}. Far to the right the exponential is "
        "infinite, and infinity divided by infinity is {{ far_y[1]|figure }}; so is "
        "the slope. One such number in a net, and the next update makes weights "
        "`nan`, too.",
        "results": "The same values in both frameworks, the same where they are no "
        "numbers. Only what is counted as an operation is each framework's own.",
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
        "nodes": "PyTorch counts what goes backward, TensorFlow what goes forward",
        "nodes_built_in": "PyTorch counts what goes backward, TensorFlow what goes "
        "forward",
    },
    exercise=Exercise(
        task="Use the form found in most books: one divided by the sum of one and the "
        "exponential of minus `x`. Are the values right far out? Are the slopes?",
        change={
            "torch.exp(x)": "torch.exp(-x)",
            "tf.exp(x)": "tf.exp(-x)",
            "power / (1 + power)": "1 / (1 + power)",
        },
        answer="The values are: {{ after.far_y|figure }} in place of "
        "{{ before.far_y|figure }}. The slopes are not: "
        "{{ after.far_gradient|figure }}. The chain rule multiplies a slope of zero by "
        "an infinite one, now on the left. Right values do not make a right gradient.",
        holds=lambda before, after: (
            bool(np.isnan(before["far_y"]).any())
            and np.array_equal(after["far_y"], [0, 1])
            and bool(np.isnan(after["far_gradient"][0]))
        ),
    ),
)


def expected() -> Arrays:
    """The same, with the chain rule applied to the division as it is written."""
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
