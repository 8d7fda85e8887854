"""Weights across frameworks: one file, written and read by both.

Weights are arrays with names. Nothing ties them to the framework that trained them but
the order of the axes and the names. A file in an agreed layout, without a line of
either framework in it, moves a net from one to the other, and can still be read years
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
        "model": "The same net twice. PyTorch keeps images with channels first, "
        "Keras with channels last. Before the dense layer the image becomes a row of "
        "numbers, and here the order of the axes becomes the order of the inputs: the "
        "PyTorch program puts the channels last before it flattens.",
        "names": "The names are agreed, too. PyTorch's own, `dense.weight`, serve as "
        "they are. Keras calls the same arrays `kernel` and `bias` of a layer, so its "
        "program writes the names out.",
        "save and load": "`AXES` says where each canonical axis is found in this "
        "framework's array: height, width, in, out for a kernel, in, out for a dense "
        "layer. TensorFlow's layout is the canonical one, so nothing moves there. The "
        "way back is the same permutation inverted, which is what `argsort` of a "
        "permutation gives. A `.npz` file holds arrays and no code, as long as "
        "`allow_pickle` is off.",
        "images": "Eight digits, canonical as well: a batch, height, width and one "
        "channel. The two nets start from different random weights of their "
        "library's choice.",
        "our file": "Written by one net, read by another: their outputs are the same "
        "bits, as they have to be. The listing shows what is in the file. The "
        "convolution's kernel stands there as {{ shapes[0] }}; PyTorch keeps it as "
        "{{ torch.own_shape }}, TensorFlow as {{ tf.own_shape }}.",
        "their file": "A file with the names and shapes that the other program "
        "writes, filled with known numbers by NumPy. Both programs write the same "
        "names and shapes, which is compared, so either would have written it.",
        "results": "Loaded from one file, both nets give the same outputs, and "
        "NumPy, from the same numbers, agrees without any framework.",
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
    own={"own_shape": "each framework keeps a convolution's kernel in its own layout"},
    exercise=Exercise(
        task="Flatten with the channels first, as a net does that was written for "
        "PyTorch alone. The file stays as it is. Does anything complain?",
        change={
            "x.permute(0, 2, 3, 1).flatten(1)": "x.flatten(1)",
            "tf.reshape(x, [len(x), 144])": "tf.reshape("
            "tf.transpose(x, [0, 3, 1, 2]), [len(x), 144])",
        },
        answer="Nothing does: every shape still fits, and within one program the file "
        "still does its work. But each input of the dense layer meets the weight of "
        "another. The first output is {{ after.outputs[0, 0]|figure }} in place of "
        "{{ before.outputs[0, 0]|figure }}. Only numbers can show it, which is why a "
        "file that changes hands should come with an example and its outputs.",
        holds=lambda before, after: bool(
            after["same"]
            and (after["shapes"] == before["shapes"]).all()
            and np.abs(after["outputs"] - before["outputs"]).max() > 1
        ),
    ),
)


def expected() -> Arrays:
    """What the foreign file's weights make of the images."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 - heavy

    rng = np.random.default_rng(0)
    shapes = [(3, 3, 1, 4), (4,), (144, 10), (10,)]
    kernel, bias, weight, shift = (rng.normal(size=shape) for shape in shapes)
    images = load_digits().images[:8] / 16
    windows = np.lib.stride_tricks.sliding_window_view(images, (3, 3), axis=(1, 2))
    hidden = np.maximum(np.einsum("nhwij,ijco->nhwo", windows, kernel) + bias, 0)
    return {"outputs": hidden.reshape(8, 144) @ weight + shift}
