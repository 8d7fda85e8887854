"""Weights across frameworks: one checkpoint file, written and read by both.

Weights are named arrays. Only their names and the order of their axes tie them to the
framework that trained them. A checkpoint file in an agreed layout, without any code of
either framework, moves a network from one to the other. It can still be read years
later, when neither is installed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "model": "The same network twice. PyTorch stores images with channels first, "
        "Keras with channels last. Before the dense layer the image is flattened, and "
        "the order of the axes becomes the order of the inputs. The PyTorch program "
        "therefore moves the channels to the last axis before it flattens.",
        "names": "The names are agreed too. PyTorch's own names, such as "
        "`dense.weight`, are used unchanged. Keras calls the same arrays `kernel` and "
        "`bias` of a layer, so its program writes the names out.",
        "save and load": "`AXES` gives the position of each canonical axis in this "
        "framework's array. The canonical order is height, width, in, out for a "
        "kernel, and in, out for a dense layer. TensorFlow's layout is the canonical "
        "one, so nothing moves there. Loading uses the inverse permutation, which is "
        "what `argsort` of a permutation returns. A `.npz` file contains arrays and no "
        "code, as long as `allow_pickle` is off.",
        "images": "Eight digits, also in canonical layout: batch, height, width and "
        "one channel. The two networks start from different random weights, which the "
        "library chooses. A Keras `Model` also has a `dtype`: without it, the model "
        "would convert the images to `float32` before its layers receive them.",
        "own file": "One network writes the file and another reads it. Their outputs "
        "are the same bits, as they have to be. The listing shows what the file "
        "contains. In the file the convolution's kernel has the shape {{ shapes[0] }}. "
        "In PyTorch it has the shape {{ torch.own_shape }}, in TensorFlow "
        "{{ tf.own_shape }}.",
        "other file": "A file with the names and shapes that the other program writes, "
        "filled with known numbers by NumPy. Both programs write the same names and "
        "shapes, which is compared. So either of them could have written this file.",
        "results": "Loaded from the same file, both networks give the same outputs. "
        "NumPy computes the same outputs from the same numbers, without any framework.",
    },
    apis={
        "torch": (
            "torch.nn.Module.named_parameters",
            "torch.nn.Conv2d",
            "torch.nn.Linear",
            "torch.Tensor.permute",
        ),
        "tf": (
            "tf.keras.layers.Conv2D",
            "tf.keras.layers.Dense",
            "tf.keras.Model",
            "tf.reshape",
        ),
    },
    own={"own_shape": "each framework stores a convolution's kernel in its own layout"},
    exercise=Exercise(
        task="Flatten with the channels first, like a network that was written for "
        "PyTorch alone. The file stays unchanged. Is there an error?",
        change={
            "x.permute(0, 2, 3, 1).flatten(1)": "x.flatten(1)",
            "tf.reshape(x, [len(x), 144])": "tf.reshape("
            "tf.transpose(x, [0, 3, 1, 2]), [len(x), 144])",
        },
        answer="There is none. Every shape still fits, and within one program the "
        "file still works. But almost every input of the dense layer is multiplied by "
        "the weight of another input. The first output is {{ after.outputs[0, "
        "0]|figure }} instead of {{ before.outputs[0, 0]|figure }}. Only numbers can "
        "reveal this. A file that is passed on should therefore come with an example "
        "and its outputs.",
        holds=lambda before, after: bool(
            after["same"]
            and (after["shapes"] == before["shapes"]).all()
            and np.abs(after["outputs"] - before["outputs"]).max() > 1
        ),
    ),
)


def expected() -> Arrays:
    """Return the outputs for the images with the other program's weights."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 - heavy

    rng = np.random.default_rng(0)
    shapes = [(3, 3, 1, 4), (4,), (144, 10), (10,)]
    kernel, bias, weight, shift = (rng.normal(size=shape) for shape in shapes)
    pixels = load_digits().images[:8]
    images = (pixels - pixels.mean()) / pixels.std()
    windows = np.lib.stride_tricks.sliding_window_view(images, (3, 3), axis=(1, 2))
    hidden = np.maximum(np.einsum("nhwij,ijco->nhwo", windows, kernel) + bias, 0)
    return {"outputs": hidden.reshape(8, 144) @ weight + shift}
