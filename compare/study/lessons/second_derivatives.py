"""Second derivatives: gradients of gradients, and Newton's method.

A gradient is computed by operations like any others. If these are recorded, too, it
can be differentiated once more. That gives the curvature, and with it a better step
than straight down. PyTorch is asked to record its backward pass; in TensorFlow a second
tape looks on while the first one works.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Array, Arrays

LESSON = Lesson(
    steps={
        "function": "A function made to be difficult: a long, bent valley with steep "
        "sides and a nearly level floor. It is the usual test of methods that look "
        "for the lowest point.",
        "gradient": "PyTorch records no graph of a gradient unless `create_graph` is "
        "set. TensorFlow's function is written as if there were no second "
        "derivative; whether one is possible is decided by who calls it.",
        "product": "The gradient of the gradient, weighted with `v`: the matrix of all "
        "second derivatives, called the Hessian, times `v`, without that matrix. That "
        "matters for large nets, where a vector fits into memory and a square matrix "
        "of that size does not. In TensorFlow the outer tape sees the operations by "
        "which the inner one finds its gradient.",
        "start": "At the usual starting point, a move along the diagonal changes the "
        "gradient at the rate {{ product|figure }}. The weight starts as a copy, "
        "because it is going to be changed in place.",
        "hessian": "Two unit vectors pick out the columns of the Hessian, which is "
        "symmetric: {{ hessian|figure }}. The product above is the sum of these "
        "columns, as it must be for a vector of ones.",
        "newton": "Newton's method goes where the function would be lowest if it were "
        "quadratic, with the slope and the curvature that it has here. One step jumps "
        "to a height of {{ newton.max()|figure }}, because the valley is no such "
        "function; the last ends at {{ newton[-1]|figure(2) }}. The update itself "
        "must stay outside the graph, as ever. TensorFlow's `solve` takes several "
        "right sides at once, as columns, so the gradient becomes a matrix of one "
        "column.",
        "descent": "Gradient descent knows the slope alone. It falls into the valley "
        "at once and then creeps along its floor: after as many steps it has come down "
        "to {{ descent[-1]|figure }}.",
        "results": "Heights and places. Near the lowest point a height is a square of "
        "something tiny, so the heights are compared on the scale of the largest.",
    },
    apis={
        "torch": ("torch.autograd.grad", "torch.linalg.solve", "torch.stack"),
        "tf": ("tf.GradientTape", "tf.linalg.solve", "tf.stack"),
    },
    pictures=(
        Picture(
            step="descent",
            caption="The height after each step of the two methods.",
            arrays={"newton": "Newton's method", "descent": "gradient descent"},
            x_title="step",
            y_title="height",
            y_log=True,
        ),
    ),
    exercise=Exercise(
        task="Straighten the valley: `(y - x)` in place of `(y - x**2)`. The function "
        "is now quadratic. How many steps does Newton's method need?",
        change={"(y - x**2)": "(y - x)"},
        answer="One. It goes from {{ after.path[0]|figure }} to "
        "{{ after.path[1]|figure }}, where the first step in the bent valley led to "
        "{{ before.path[1]|figure }}. Gradient descent still creeps and "
        "ends at a height of {{ after.descent[-1]|figure }}: it does not know that the "
        "floor is more level than the sides.",
        holds=lambda before, after: bool(
            np.allclose(after["path"][1], 1)
            and not np.allclose(before["path"][1], 1, rtol=0.1)
            and not np.isclose(after["descent"][-1], 0, atol=0.1)
        ),
    ),
)


def expected() -> Arrays:
    """The same with both derivatives written out."""
    start = np.array([-1.2, 1.0])
    w, path = start, [start]
    for _ in range(8):
        w = w - np.linalg.solve(_hessian(w), _gradient(w))
        path.append(w)
    walk = [start]
    for _ in range(8):
        walk.append(walk[-1] - 1e-2 * _gradient(walk[-1]))
    return {
        "product": _hessian(start) @ np.ones(2),
        "hessian": _hessian(start),
        "path": np.array(path),
        "newton": np.array([_valley(each) for each in path]),
        "descent": np.array([_valley(each) for each in walk]),
    }


def _valley(w: Array) -> Array:
    x, y = w
    height: Array = (1 - x) ** 2 + 10 * (y - x**2) ** 2
    return height


def _gradient(w: Array) -> Array:
    x, y = w
    return np.array([-2 * (1 - x) - 40 * x * (y - x**2), 20 * (y - x**2)])


def _hessian(w: Array) -> Array:
    x, y = w
    return np.array([[2 - 40 * (y - 3 * x**2), -40 * x], [-40 * x, 20.0]])
