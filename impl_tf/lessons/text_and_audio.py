"""Text and audio: from words and sounds to tensors of numbers."""

from collections.abc import Iterator

import numpy as np
import tensorflow as tf
from tensorflow import Tensor
from tensorflow.nn import embedding_lookup

SENTENCES = (
    "a graph is recorded",
    "the graph is freed after the backward pass",
    "a tape records",
    "the loss falls",
    "a gradient flows back",
)
ROOM, RATE, TONE = 9, 800, 100  # words of a batch; samples and waves per s


# [step: vocabulary]
def vocabulary(sentences: tuple[str, ...]) -> dict[str, int]:
    """Return an index for each word, in order; zero is left for padding."""
    words = dict.fromkeys(" ".join(sentences).split())
    return {word: index for index, word in enumerate(words, start=1)}


# [step: tokens]
def tokens(sentence: str, indices: dict[str, int]) -> Tensor:
    """Return the indices of a sentence's words; an unknown word gets zero."""
    found = [indices.get(word, 0) for word in sentence.split()]
    return tf.constant(found, dtype=tf.int64)


# [step: batches of limited size]
def by_room(lengths: list[int]) -> Iterator[list[int]]:
    """Yield batches of indices, each of at most `ROOM` words with padding."""
    batch: list[int] = []
    for index in np.argsort(lengths, kind="stable").tolist():
        if batch and lengths[index] * (len(batch) + 1) > ROOM:
            yield batch
            batch = []
        batch.append(index)
    yield batch


# [step: read text]
def main() -> dict[str, object]:
    """Turn sentences and a sound into tensors; return both."""
    indices = vocabulary(SENTENCES)
    texts = [tokens(sentence, indices) for sentence in SENTENCES]
    unknown = tokens("the tape is unknown", indices)
    print(indices)

    # [step: batch]
    batches = list(by_room([len(text) for text in texts]))
    ragged = tf.ragged.stack(texts)
    loader = (tf.gather(ragged, batch).to_tensor() for batch in batches)
    shapes = [list(batch.shape) for batch in loader]

    # [step: embedding]
    rng = np.random.default_rng(0)
    vectors = tf.constant(rng.standard_normal((len(indices) + 1, 4)))
    embedded = embedding_lookup(vectors, texts[0])  # (words, 4)

    # [step: sound]
    seconds = tf.range(RATE, dtype=tf.float64) / RATE
    sound = tf.sin(2 * np.pi * TONE * seconds)  # (samples,)
    frames = tf.signal.frame(sound, 80, 40)  # (frames, 80)

    # [step: spectrum]
    window = tf.signal.hann_window(80, dtype=tf.float64)
    spectrum = tf.abs(tf.signal.rfft(frames * window))  # (frames, 41)
    loudest = tf.argmax(spectrum, 1) * RATE // 80  # in waves per second

    # [step: results]
    return {
        "words": len(indices),
        "first": texts[0],
        "unknown": unknown,
        "shapes": shapes,
        "embedded": embedded,
        "frames": frames,
        "spectrum": spectrum,
        "loudest": loudest,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
