"""Layers from scratch: modules, parameters and weight initialisation.

The core of `torch.nn` and Keras is small: a way to find all parameters, good initial
values for them, and a container that calls layers in sequence. This program uses no
layer of either library, only tensors, their operations and the gradients. The
convolution itself remains an operation of the framework.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Array, Arrays

LESSON = Lesson(
    steps={
        "module": "An optimizer must find every parameter of a network. A module "
        "searches its attributes: a tensor, in TensorFlow a `Variable`, is a "
        "parameter, and another module is searched for its own parameters. Both "
        "libraries do the same, only earlier: they register an attribute when it is "
        "set.",
        "convolution": "Kaiming initialisation (also called He initialisation) draws "
        "the kernel with a standard deviation that depends on two facts. One is the "
        "number of inputs of each sum, here `9 * inputs`. The other is the ReLU that "
        "follows, which sets about half of the results to zero. The values then "
        "neither grow nor shrink from layer to layer. The kernel is stored in the "
        "layout that the framework needs, so PyTorch's program transposes it.",
        "linear": "Xavier initialisation (also called Glorot initialisation) considers "
        "both directions: the inputs, for the values of the forward pass, and the "
        "outputs, for the gradients of the backward pass. The bias starts at zero. The "
        "two programs differ here only in how a parameter is created.",
        "adaptive pooling": "Ordinary pooling fixes the window, and the output size "
        "follows. Adaptive pooling fixes the output size. Region `i` extends from the "
        "floor of its beginning to the ceiling of its end, so regions may overlap if "
        "the size is not divisible. PyTorch has long had a layer for this, "
        "`AdaptiveAvgPool2d`; Keras got its `AdaptiveAveragePooling2D` only recently. "
        "Both programs flatten the result with the channels last. In another order, "
        "the rows of the next weight would have another meaning.",
        "sequential": "A sequence of modules is itself a module. Its parts become "
        "attributes named by their numbers, as in `torch.nn.Sequential`. `parameters` "
        "then finds them without any code for sequences. A plain function, like "
        "`pool`, has no parameters and needs no class.",
        "forward": "The network is built and called: {{ logits.shape[0]|figure }} "
        "digits in, {{ logits.shape[1]|figure }} logits each. The loss is "
        "{{ loss|figure }}. Random guessing would give the logarithm of the number of "
        "classes, which is not far from this value.",
        "backward": "The gradients of everything that `parameters` finds, in its "
        "order. Those of kernel, weight and bias must agree between the frameworks, "
        "the kernel's after it is transposed back. Their shapes are "
        "{{ kernel_gradient.shape|figure }}, {{ weight_gradient.shape|figure }} and "
        "{{ bias_gradient.shape|figure }}.",
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
        task="Make the initial kernel a hundred times smaller: `0.01 * normal`. Which "
        "of the two layers then gets small gradients, this one or the next?",
        change={
            "spread * normal(size=(3, 3, inputs, outputs))": "spread "
            "* 0.01 * normal(size=(3, 3, inputs, outputs))"
        },
        answer="The next. The largest gradient of its weight falls from "
        "{{ (before.weight_gradient|abs).max()|figure(2) }} to "
        "{{ (after.weight_gradient|abs).max()|figure(2) }}, because this gradient is "
        "multiplied by the output of the convolution. The kernel's goes from "
        "{{ (before.kernel_gradient|abs).max()|figure(2) }} to "
        "{{ (after.kernel_gradient|abs).max()|figure(2) }}. A bad initialisation "
        "affects the next layer and, in a deep network, every layer after it.",
        holds=lambda before, after: (
            _max_abs(after["weight_gradient"])
            < _max_abs(before["weight_gradient"]) / 50
            and _max_abs(after["kernel_gradient"])
            > _max_abs(before["kernel_gradient"]) / 5
        ),
    ),
)


def _max_abs(gradient: Array) -> float:
    return float(np.abs(gradient).max())


def expected() -> Arrays:
    """Return the same arrays, with gradients written out, channels last."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 - slow to import

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
