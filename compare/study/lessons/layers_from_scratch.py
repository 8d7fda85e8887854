"""Layers from nothing but tensors: a module, its parts, and how they start.

What `torch.nn` and Keras offer is, at heart, small: a way to find all parameters,
good numbers to start with, and the habit of putting layers in a row. This program has
no layer of either, only tensors, their operations and the gradients. The convolution
itself stays an operation of the framework.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Array, Arrays

LESSON = Lesson(
    steps={
        "module": "An optimizer must find every parameter of a net. A module looks "
        "through its attributes: a tensor there, in TensorFlow a `Variable`, is a "
        "parameter, and a module is asked for its own. Both libraries do the same, "
        "only earlier: they note an attribute when it is set.",
        "convolution": "Kaiming He's start draws the kernel with a spread that depends "
        "on how many inputs a sum has, here `9 * inputs`, and on the ReLU behind it, "
        "which cuts off about half of the results. So the numbers neither grow nor "
        "shrink from layer to layer. The kernel is kept as the framework wants it, "
        "and turned for that in PyTorch.",
        "linear": "Xavier Glorot's start looks both ways: at the inputs, for the "
        "numbers that come forward, and at the outputs, for the gradients that come "
        "back. The bias starts at zero. Here, nothing differs but what a parameter is "
        "made with.",
        "adaptive pooling": "An ordinary pooling fixes the window and lets the output "
        "follow; an adaptive one fixes the output. Region `i` goes from the floor of "
        "its beginning to the ceiling of its end, so regions may overlap where the "
        "size does not divide. PyTorch has long had a layer for this, "
        "`AdaptiveAvgPool2d`; Keras got its `AdaptiveAveragePooling2D` only recently. "
        "The result is flattened with the channels last in both: in another order the "
        "rows of the next weight would mean other things.",
        "sequential": "A row of parts is itself a part. They become attributes named "
        "by their numbers, as in `torch.nn.Sequential`, so that a module finds its "
        "parameters there without knowing anything about rows of parts. A mere "
        "function, like `pool`, has no parameters and needs no class.",
        "forward": "The net is put together and called: {{ logits.shape[0]|figure }} "
        "digits in, {{ logits.shape[1]|figure }} logits each. The loss is "
        "{{ loss|figure }}; blind guessing would give the logarithm of the number of "
        "classes, which is not far from it.",
        "backward": "The gradients of all that `parameters` finds, in its order. "
        "Those of kernel, weight and bias must agree, the kernel's turned back: their "
        "shapes are {{ kernel_gradient.shape|figure }}, {{ "
        "weight_gradient.shape|figure }} and {{ bias_gradient.shape|figure }}.",
    },
    apis={
        "torch": (
            "torch.nn.functional.conv2d",
            "torch.nn.functional.cross_entropy",
            "torch.narrow",
            "torch.autograd.grad",
        ),
        "tf": (
            "tf.Variable",
            "tf.nn.conv2d",
            "tf.nn.sparse_softmax_cross_entropy_with_logits",
            "tf.gather",
        ),
    },
    exercise=Exercise(
        task="Start the kernel a hundred times smaller: `0.01 * normal`. Which of the "
        "two layers then gets small gradients, this one or the next?",
        change={
            "spread * normal(size=(3, 3, inputs, outputs))": "spread "
            "* 0.01 * normal(size=(3, 3, inputs, outputs))"
        },
        answer="The next. The largest gradient of its weight falls from "
        "{{ (before.weight_gradient|abs).max()|figure(2) }} to "
        "{{ (after.weight_gradient|abs).max()|figure(2) }}, since it is multiplied by "
        "what the convolution gives it. The kernel's goes from "
        "{{ (before.kernel_gradient|abs).max()|figure(2) }} to "
        "{{ (after.kernel_gradient|abs).max()|figure(2) }}. A bad start is felt one "
        "layer further on and, in a deep net, in every layer behind it.",
        holds=lambda before, after: (
            _largest(after["weight_gradient"])
            < _largest(before["weight_gradient"]) / 50
            and _largest(after["kernel_gradient"])
            > _largest(before["kernel_gradient"]) / 5
        ),
    ),
)


def _largest(gradient: Array) -> float:
    return float(np.abs(gradient).max())


def expected() -> Arrays:
    """The same with the gradients written out, channels last."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 - heavy

    pixels, labels = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    kernel = np.sqrt(2 / 9) * rng.normal(size=(3, 3, 1, 8))
    weight = np.sqrt(2 / 42) * rng.normal(size=(32, 10))
    images = (pixels / 16).reshape(-1, 8, 8, 1)
    windows = np.lib.stride_tricks.sliding_window_view(images, (3, 3), axis=(1, 2))
    windows = windows[:, ::2, ::2]  # (n, 3, 3, 1, 3, 3)
    features = np.maximum(np.einsum("nyxchw,hwco->nyxo", windows, kernel), 0)
    pooling = np.array([[0.5, 0.5, 0], [0, 0.5, 0.5]])  # regions overlap
    pooled = np.einsum("ay,bx,nyxo->nabo", pooling, pooling, features)
    flat = pooled.reshape(len(pooled), -1)
    logits = flat @ weight
    exponentials = np.exp(logits)
    odds = exponentials / exponentials.sum(axis=1, keepdims=True)
    error = (odds - np.eye(10)[labels]) / len(labels)
    back = (error @ weight.T).reshape(pooled.shape)
    back = np.einsum("ay,bx,nabo->nyxo", pooling, pooling, back) * (features > 0)
    return {
        "logits": logits,
        "loss": -np.log(odds[np.arange(len(labels)), labels]).mean(),
        "kernel_gradient": np.einsum("nyxchw,nyxo->hwco", windows, back),
        "weight_gradient": flat.T @ error,
        "bias_gradient": error.sum(axis=0),
    }
