"""Pictures from files: read, put together, normalised, and turned wrongly.

A data set of pictures needs little: a list of files, a way to read one, and a way to
put some of them together. This is all written out here, without a loader. Then the two
frameworks part: PyTorch keeps the channels of a picture before its rows and columns,
TensorFlow after them, and sooner or later everybody hands over the wrong one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "files": "The digits of scikit-learn are grey; a tint gives them three "
        "channels that differ. A file's name holds the label, as in many a data set.",
        "data set": "Only paths are kept, and a file is read when its picture is asked "
        "for. PyTorch reads no pictures itself (its companion `torchvision` does): "
        "Pillow gives rows, columns, channels (HWC), and `permute` brings the "
        "channels to the front. TensorFlow has an operation that decodes the file, "
        "and keeps that order. Both divide by `255`, so that pixels lie between zero "
        "and one.",
        "collate": "Single pictures become one array by stacking them along a new "
        "first axis. All must have the same shape; to see to that is the collate "
        "function's business.",
        "batches": "A loop over ranges of indices is a loader, less the shuffling and "
        "the helpers.",
        "reading": "Two batches are read from a folder that is then deleted: "
        "{{ labels|length }} pictures each. From here on no file is needed.",
        "normalisation": "Each channel is shifted by its mean in the first batch and "
        "divided by its deviation there. Both are taken over batch, rows and columns, "
        "so that one number for each channel is left, {{ mean|figure(3) }} and "
        "{{ deviation|figure(3) }}. The axes to name differ with the order. The "
        "second batch is normalised by the same numbers, as any other would be: its "
        "deviation comes out as {{ second_deviation|figure(3) }}, near one and not "
        "one.",
        "right order": "The kernel comes in TensorFlow's order, height, width, inputs, "
        "outputs; PyTorch wants outputs, inputs, height, width. Brought back to one "
        "order, the features are equal.",
        "wrong order": "Each convolution is given the other's order. PyTorch says: "
        "`{{ torch.error }}`. TensorFlow says: `{{ tf.error }}`. Both count channels, "
        "find {{ images.shape[1]|figure }} where the kernel has "
        "{{ mean|length }}, and name no order: one has to know what it means.",
        "results": "Images and features are returned in one order, channels last, to "
        "be compared. The errors are each framework's own words.",
    },
    apis={
        "torch": ("torch.permute", "torch.stack", "torch.nn.functional.conv2d"),
        "tf": ("tf.io.decode_png", "tf.stack", "tf.nn.conv2d", "tf.transpose"),
    },
    own={"error": "each framework has words of its own"},
    pictures=(
        Picture(
            step="normalisation",
            caption="The first batch, normalised: the tint is gone, for each channel "
            "has a mean and a deviation of its own.",
            arrays={"images": "images"},
            kind="images",
        ),
    ),
    exercise=Exercise(
        task="Cut the pictures to as many rows and columns as there are channels: "
        "`COUNT, SIDE, BATCH = 64, 3, 32`. What does the wrong order do now?",
        change={"COUNT, SIDE, BATCH = 64, 8, 32": "COUNT, SIDE, BATCH = 64, 3, 32"},
        answer="Nothing that anybody would notice: `{{ after.noticed }}` in place of "
        "`{{ before.noticed }}`. The sizes fit, and rows or columns are taken for "
        "channels without a word. An error about shapes is a piece of luck; the order "
        "itself is written nowhere in an array.",
        holds=lambda before, after: bool(before["noticed"] and not after["noticed"]),
    ),
)


def expected() -> Arrays:
    """The same without files, rounded to bytes as a file does."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 - heavy

    digits = load_digits()
    grey = digits.images[:64, :, :, None] * 15
    pixels = (grey * [1.0, 0.6, 0.3]).astype(np.uint8) / 255
    mean, deviation = pixels[:32].mean((0, 1, 2)), pixels[:32].std((0, 1, 2))
    first, second = ((pixels - mean) / deviation).reshape(2, 32, 8, 8, 3)
    windows = np.lib.stride_tricks.sliding_window_view(first, (3, 3), axis=(1, 2))
    weight = np.random.default_rng(0).standard_normal((3, 3, 3, 4))
    return {
        "labels": digits.target[:32],
        "mean": mean,
        "deviation": deviation,
        "second_deviation": second.std((0, 1, 2)),
        "images": first,
        "features": np.einsum("nyxchw,hwco->nyxo", windows, weight),
    }
