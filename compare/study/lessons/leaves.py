"""Leaves: who gets a gradient, who has to ask, who gets none.

A graph begins at its leaves: tensors that were not computed from others. Gradients are
meant for those among them that are trained. The others have to ask or go without, and
going without shows as `None`, which is something other than zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "tensors": "Data, a weight, and a weight that the loss will not depend on. "
        "PyTorch marks what is trained with `requires_grad`. In TensorFlow being a "
        "`Variable` is the mark.",
        "graph": "The leaves are `x` and `w`; `product` was computed. PyTorch says so "
        "of each: {{ torch.leaves|figure }}. A TensorFlow tensor does not know; it can "
        "be said which is a variable: {{ tf.leaves|figure }}. Because `product` is no "
        "leaf, PyTorch would drop its gradient, were it not for `retain_grad`.",
        "backward": "PyTorch stores the gradients in `.grad`, where they wait to be "
        "picked up. A tape returns them to whoever asks, and one may ask for anything "
        "on the way, too: for the weight {{ grad_w|figure }}, for the product in the "
        "middle {{ grad_product|figure }}.",
        "none": "Of `x`, `w`, `product` and `unused`, it is missing for: "
        "{{ missing|figure }}. `x` did not ask. `unused` did, but no path leads there. "
        "`None` says that there was no way to go; a zero would say that somebody went "
        "and found no slope.",
        "constants": "Data can have a gradient, too: how the loss would "
        "change if the input did. It has to be asked for before the forward pass, by "
        "`requires_grad_` or by `watch`, since notes cannot be taken afterwards.",
        "cut": "The opposite: a tensor that the gradient must not pass. `detach` and "
        "`stop_gradient` keep the number and forget where it came from. So one of the "
        "two factors counts as a constant, and the gradient is {{ grad_cut|figure }}.",
        "results": "All gradients agree. Only the notion of a leaf is PyTorch's "
        "own, and is compared with nothing.",
    },
    apis={
        "torch": (
            "torch.Tensor.is_leaf",
            "torch.Tensor.retain_grad",
            "torch.Tensor.grad",
            "torch.Tensor.requires_grad_",
            "torch.Tensor.detach",
        ),
        "tf": ("tf.GradientTape", "tf.Variable", "tf.stop_gradient"),
    },
    own={"leaves": "PyTorch asks what is a leaf, TensorFlow what is a variable"},
    exercise=Exercise(
        task="Take the cut away, so that both factors are the same `product`. The loss "
        "does not change. The gradient?",
        change={
            "product.detach() * product": "product * product",
            "tf.stop_gradient(product) * product": "product * product",
        },
        answer="It doubles, from {{ before.grad_cut|figure }} to "
        "{{ after.grad_cut|figure }}: each factor now sends its half back. The "
        "graph is more than the numbers in it.",
        holds=lambda before, after: bool(
            (after["grad_cut"] == 2 * before["grad_cut"]).all()
        ),
    ),
)


def expected() -> Arrays:
    """The same from the formulas."""
    x, w = np.array([1.0, 2.0, 3.0]), np.array([2.0, 1.0, 4.0])
    return {
        "grad_w": 2 * w * x**2,
        "grad_product": 2 * w * x,
        "missing": np.array([True, False, False, True]),
        "grad_x": 2 * x * w**2,
        "grad_cut": w * x**2,
    }
