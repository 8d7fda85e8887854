"""Second derivatives: Hessian-vector products and Newton's method.

A gradient is computed by operations like any others. If these operations are recorded
too, the gradient can be differentiated once more (double backward). This gives the
curvature, and with it a better step than the direction of steepest descent. In PyTorch,
`create_graph` records the backward pass; in TensorFlow, a second, outer tape records
while the inner one works.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Array, Arrays

LESSON = Lesson(
    steps={
        "function": "The function is a less steep version of the Rosenbrock function, "
        "the usual test for methods that search for a minimum. It is designed to be "
        "difficult: a long, bent valley with steep sides and a nearly flat floor.",
        "gradient": "PyTorch records no graph of a gradient unless `create_graph` is "
        "set. The TensorFlow function contains nothing that refers to a second "
        "derivative; the caller decides whether one is possible.",
        "hessian vector product": "The gradient of the gradient, weighted with `v`, is "
        "a Hessian-vector product: the matrix of all second derivatives (the Hessian) "
        "times `v`. It is computed as a vector-Jacobian product of the gradient, "
        "without the matrix. This matters for large networks, where a vector fits into "
        "memory and a square matrix of that size does not. In TensorFlow the outer "
        "tape records the operations with which the inner one computes its gradient.",
        "start": "At the usual starting point, a move along the diagonal changes the "
        "gradient at the rate {{ product|figure }}. The weight starts as a copy, "
        "because it will be changed in place.",
        "hessian": "Two unit vectors select the columns of the Hessian, which is "
        "symmetric: {{ hessian|figure }}. The product above is the sum of these "
        "columns, as it must be for a vector of ones. The libraries have functions for "
        "both: `torch.func.hessian` and `torch.autograd.functional.hvp`, and the "
        "tape's `jacobian` of a gradient.",
        "newton": "Newton's method moves to the point where the function would be "
        "lowest if it were quadratic, with the slope and the curvature at the current "
        "point. One step jumps to a function value of {{ newton.max()|figure }}, "
        "because the valley is not quadratic; the last step ends at "
        "{{ newton[-1]|figure(2) }}. The update itself must stay outside the graph, "
        "as in every update. TensorFlow's `solve` takes several right-hand sides at "
        "once, as columns, so the gradient becomes a matrix with one column.",
        "gradient descent": "Gradient descent uses only the slope. It reaches the "
        "valley at once and then moves slowly along its floor: after the same number "
        "of steps the function value is {{ descent[-1]|figure }}.",
        "results": "The arrays are function values and positions. Near the minimum a "
        "function value is the square of a very small number, so the values are "
        "compared on the scale of the largest.",
    },
    apis={
        "torch": ("torch.autograd.grad", "torch.linalg.solve", "torch.stack"),
        "tf": ("tf.GradientTape", "tf.linalg.solve", "tf.stack"),
        "jax": (
            "jax.grad",
            "jax.jvp",
            "jax.hessian",
            "jax.numpy.linalg.solve",
        ),
    },
    pictures=(
        Picture(
            step="gradient descent",
            caption="Function value after each step of the two methods.",
            arrays={"newton": "Newton's method", "descent": "gradient descent"},
            x_title="step",
            y_title="function value",
            y_log=True,
        ),
    ),
    exercise=Exercise(
        task="Straighten the valley: `(y - x)` instead of `(y - x**2)`. The function "
        "is now quadratic. How many steps does Newton's method need?",
        change={"(y - x**2)": "(y - x)"},
        answer="One. It goes from {{ after.path[0]|figure }} to "
        "{{ after.path[1]|figure }}, while the first step in the bent valley led to "
        "{{ before.path[1]|figure }}. Gradient descent is still slow and ends at a "
        "function value of {{ after.descent[-1]|figure }}: it does not use the fact "
        "that the floor is flatter than the sides.",
        holds=lambda before, after: bool(
            np.allclose(after["path"][1], 1)
            and not np.allclose(before["path"][1], 1, rtol=0.1)
            and not np.isclose(after["descent"][-1], 0, atol=0.1)
        ),
    ),
)


def expected() -> Arrays:
    """Return the same arrays, with both derivatives written out."""
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
