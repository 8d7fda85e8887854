"""Leaf tensors: which tensors get a gradient, and when it is `None`.

A computational graph begins at its leaf tensors: those that were not computed from
other tensors, or that need no gradient. Gradients are meant for the leaves that are
trained. For other tensors a gradient must be requested. A missing gradient is `None`,
which is not the same as zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "tensors": "`x` is data, `w` is a weight, and `unused` is a weight that the "
        "loss will not depend on. PyTorch marks trained tensors with `requires_grad`. "
        "In TensorFlow a `Variable` is watched unless it was created with "
        "`trainable=False`.",
        "graph": "The leaves of this graph are `x` and `w`; `product` was computed. In "
        "PyTorch each tensor has the attribute `is_leaf`: {{ torch.leaves|figure }}. A "
        "TensorFlow tensor has no such attribute; the program checks which one is a "
        "variable: {{ tf.leaves|figure }}. Because `product` is not a leaf, PyTorch "
        "would discard its gradient without `retain_grad`.",
        "backward": "PyTorch stores the gradients in `.grad`. A tape returns them to "
        "the caller, who may also request the gradient of an intermediate tensor. "
        "Here it is {{ grad_w|figure }} for the weight and {{ grad_product|figure }} "
        "for the product in the middle.",
        "missing gradients": "For `x`, `w`, `product` and `unused`, `missing` is "
        "{{ missing|figure }}. `x` has no gradient because it does not require one; "
        "TensorFlow's tape does not watch it. `unused` requires one, but the loss does "
        "not depend on it. `None` means that no gradient was computed or kept; zero "
        "would mean that one was computed, and that the slope is zero.",
        "connections": "What is computed from a tensor that requires a gradient "
        "requires one too. PyTorch stores this in `requires_grad` of the result. "
        "TensorFlow's tape records every operation on a tensor that it watches, so it "
        "can return a gradient for the result. For `x`, `w` and `product`: "
        "{{ requires|figure }}.",
        "input gradients": "Data can have a gradient too: it shows how the loss would "
        "change with the input. It must be requested before the forward pass, with "
        "`requires_grad_` or `watch`, because operations cannot be recorded "
        "afterwards.",
        "stop gradient": "In the opposite case, no gradient should flow through a "
        "tensor. `detach` and `stop_gradient` keep the value but remove its connection "
        "to the graph. So one of the two factors counts as a constant, and the "
        "gradient is {{ grad_cut|figure }}.",
        "variables of the past": "Old PyTorch programs wrap tensors in `Variable`, "
        "which was needed for gradients before version `0.4`. It still exists and "
        "returns a `{{ torch.kind }}`: new programs do not use it. A TensorFlow "
        "`Variable` is something else, an object that can be changed; its class is "
        "`{{ tf.kind }}`.",
        "results": "All gradients agree. Each framework has its own `leaves` and "
        "`kind`, so these are not compared.",
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
    own={
        "leaves": "PyTorch reports which tensors are leaves, TensorFlow which are "
        "variables",
        "kind": "PyTorch's Variable is a tensor, TensorFlow's is an object of its own",
    },
    exercise=Exercise(
        task="Remove the cut, so that both factors are the same `product`. The loss "
        "does not change. Does the gradient?",
        change={
            "product.detach() * product": "product * product",
            "tf.stop_gradient(product) * product": "product * product",
        },
        answer="Yes, it doubles, from {{ before.grad_cut|figure }} to "
        "{{ after.grad_cut|figure }}: each factor now contributes one half. The "
        "values in a graph do not determine its gradients.",
        holds=lambda before, after: bool(
            (after["grad_cut"] == 2 * before["grad_cut"]).all()
        ),
    ),
)


def expected() -> Arrays:
    """Return the same arrays, computed from the formulas."""
    x, w = np.array([0.1, 0.2, 0.3]), np.array([2.0, 1.0, 4.0])
    return {
        "grad_w": 2 * w * x**2,
        "grad_product": 2 * w * x,
        "missing": np.array([True, False, False, True]),
        "requires": np.array([False, True, True]),
        "grad_x": 2 * x * w**2,
        "grad_cut": w * x**2,
    }
