"""Image data: reading files, normalisation, channels first or last.

An image data set needs three things: a list of files, a way to read one, and a way to
combine several into a batch. This lesson writes all of them without a data loader. Then
the two frameworks differ in their layout. PyTorch has the channels of an image before
its rows and columns (channels first), TensorFlow after them (channels last). Passing an
image in the wrong layout is a common mistake.
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
        "different channels. The file name contains the label, as in many data sets.",
        "data set": "Only the paths are stored, and a file is read when its image is "
        "indexed (lazy loading). PyTorch itself does not read images (its companion "
        "`torchvision` does). Pillow returns rows, columns, channels (HWC), and "
        "`permute` moves the channels to the front. TensorFlow has an operation that "
        "decodes the file, and keeps that order. Both divide by `255`, so that pixels "
        "are between zero and one.",
        "collate": "Single images are stacked along a new first axis to form a batch. "
        "All must have the same shape; ensuring this is the task of the collate "
        "function.",
        "batches": "A loop over ranges of indices is a data loader without shuffling "
        "and without workers.",
        "reading": "Two batches of {{ labels|length }} images each are read from a "
        "temporary folder, which is then deleted. No file is needed from here on.",
        "normalisation": "Each channel is normalised: its mean in the first batch is "
        "subtracted, and the result is divided by its standard deviation there. Both "
        "are computed over batch, rows and columns, so one number remains for each "
        "channel: {{ mean|figure(3) }} and {{ deviation|figure(3) }}. Which axes these "
        "are depends on the layout. The second batch is normalised with the same "
        "numbers, as any other would be. Its standard deviation is "
        "{{ second_deviation|figure(3) }}, close to one but not equal to it.",
        "right order": "The kernel is given in TensorFlow's layout: height, width, "
        "inputs, outputs (HWIO). PyTorch needs outputs, inputs, height, width (OIHW). "
        "After conversion to one layout, the features are equal.",
        "wrong order": "Each convolution gets an image in the other framework's "
        "layout. PyTorch raises: `{{ torch.error }}`. TensorFlow raises: "
        "`{{ tf.error }}`. Both count channels: they find {{ images.shape[1]|figure }} "
        "where the kernel has {{ mean|length }}. Neither message names a layout, so "
        "the reader has to recognise the cause.",
        "results": "Images and features are returned in one layout, channels last, so "
        "that they can be compared. The error messages are each framework's own.",
    },
    apis={
        "torch": ("torch.permute", "torch.stack", "torch.nn.functional.conv2d"),
        "tf": ("tf.io.decode_png", "tf.stack", "tf.nn.conv2d", "tf.transpose"),
    },
    own={"error": "each framework has its own error message"},
    pictures=(
        Picture(
            step="normalisation",
            caption="The first batch after normalisation. The tint is gone, because "
            "each channel is normalised with its own mean and standard deviation.",
            arrays={"images": "images"},
            kind="images",
        ),
    ),
    exercise=Exercise(
        task="Crop the images to as many rows and columns as there are channels: "
        "`COUNT, SIDE, BATCH = 64, 3, 32`. What does the wrong layout do now?",
        change={"COUNT, SIDE, BATCH = 64, 8, 32": "COUNT, SIDE, BATCH = 64, 3, 32"},
        answer="It raises no error: `noticed` is `{{ after.noticed }}` instead of "
        "`{{ before.noticed }}`. The sizes match, so rows or columns are silently used "
        "as channels. An error about shapes is a matter of luck: an array does not "
        "store the meaning of its axes.",
        holds=lambda before, after: bool(before["noticed"] and not after["noticed"]),
    ),
)


def expected() -> Arrays:
    """Return the same arrays without files, rounded to bytes as in a file."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 - slow to import

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
