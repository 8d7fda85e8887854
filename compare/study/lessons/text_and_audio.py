"""Text and audio: from words and sounds to tensors of numbers.

A network computes with numbers, so every kind of data has to become a tensor. An image
has pixels already. Words get indices from a **vocabulary**, and each index a vector (an
**embedding**). A sound is a row of samples, which is cut into frames; each frame has a
spectrum. The kind of data also decides how batches are made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "vocabulary": "Each word gets an index, in the order in which words appear. "
        "Names of classes become indices in the same way. Zero is left for the "
        "padding and for unknown words. Real vocabularies are made of parts of words, "
        "so that few words are unknown.",
        "tokens": "A sentence is split into words (tokens) and becomes a tensor of "
        "their indices. A word that the vocabulary does not contain gets zero.",
        "batches of limited size": "Sentences have different lengths, so batches with "
        "the same number of sentences need different amounts of memory. This function "
        "limits the size of a batch instead: at most `ROOM` numbers, including the "
        "padding. (A longer sentence gets a batch of its own.) It yields lists of "
        "indices, as a batch sampler does, and the number of sentences in a batch "
        "depends on their lengths.",
        "read text": "{{ words|figure }} different words. The first sentence is "
        "{{ first|figure }}. A sentence with an unknown word becomes "
        "{{ unknown|figure }}.",
        "batch": "The batches have the shapes {{ shapes|join(', ') }}: each contains "
        "as many sentences as fit. PyTorch's loader takes the lists as a "
        "`batch_sampler`; in TensorFlow a ragged tensor, whose rows have different "
        "lengths, is gathered and padded.",
        "embedding": "A table has one row of numbers for each word, and one for the "
        "index zero; the index selects the row. In a network the table is a parameter: "
        "`nn.Embedding` and `tf.keras.layers.Embedding`. Only rows that are used get a "
        "gradient other than zero.",
        "sound": "A tone of `TONE` waves per second, as samples. It is cut into "
        "{{ frames.shape[0]|figure }} frames of {{ frames.shape[1]|figure }} samples; "
        "each begins in the middle of the one before.",
        "spectrum": "The Fourier transform shows which frequencies a frame contains. "
        "The window makes the ends of each frame smooth. The loudest frequency is "
        "{{ loudest[0]|figure }} waves per second in the first frame, which is the "
        "tone. A spectrum over time is an image, which a convolution can read.",
        "results": "Indices and shapes are equal, and the spectra agree to rounding.",
    },
    apis={
        "torch": (
            "torch.nn.functional.embedding",
            "torch.nn.utils.rnn.pad_sequence",
            "torch.Tensor.unfold",
            "torch.fft.rfft",
        ),
        "tf": (
            "tf.nn.embedding_lookup",
            "tf.ragged.stack",
            "tf.signal.frame",
            "tf.signal.rfft",
        ),
    },
    pictures=(
        Picture(
            step="spectrum",
            caption="Loudest frequency of each frame.",
            arrays={"loudest": "frequency"},
            x_title="frame",
            y_title="waves per second",
        ),
    ),
    exercise=Exercise(
        task="Raise the tone: `TONE` becomes `500`. There are `800` samples per "
        "second. Which frequency is the loudest now?",
        change={"ROOM, RATE, TONE = 9, 800, 100": "ROOM, RATE, TONE = 9, 800, 500"},
        answer="{{ after.loudest[0]|figure }} waves per second. Samples can only "
        "represent frequencies up to half of their rate. A higher tone appears as a "
        "lower one (aliasing), so it has to be removed before a sound is sampled.",
        holds=lambda before, after: bool(
            (before["loudest"] == 100).all() and (after["loudest"] == 300).all()
        ),
    ),
)


def expected() -> Arrays:
    """Return the same frames and spectra."""
    sound = np.sin(2 * np.pi * 100 * np.arange(800) / 800)
    frames = np.lib.stride_tricks.sliding_window_view(sound, 80)[::40]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(80) / 80)
    spectrum = np.abs(np.fft.rfft(frames * window))
    return {
        "frames": frames,
        "spectrum": spectrum,
        "loudest": spectrum.argmax(1) * 800 // 80,
    }
