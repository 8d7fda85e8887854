"""Text and audio: from words and sounds to tensors of numbers."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import embedding
from torch.utils.data import DataLoader

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
    return torch.tensor(found, dtype=torch.int64)


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
    loader = DataLoader(
        texts,
        batch_sampler=batches,
        collate_fn=lambda each: torch.nn.utils.rnn.pad_sequence(
            each, batch_first=True
        ),
    )
    shapes = [list(batch.shape) for batch in loader]

    # [step: embedding]
    rng = np.random.default_rng(0)
    vectors = torch.tensor(rng.standard_normal((len(indices) + 1, 4)))
    embedded = embedding(texts[0], vectors)  # (words, 4)

    # [step: sound]
    seconds = torch.arange(RATE, dtype=torch.float64) / RATE
    sound = torch.sin(2 * np.pi * TONE * seconds)  # (samples,)
    frames = sound.unfold(0, 80, 40)  # (frames, 80)

    # [step: spectrum]
    window = torch.hann_window(80, dtype=torch.float64)
    spectrum = torch.fft.rfft(frames * window).abs()  # (frames, 41)
    loudest = spectrum.argmax(1) * RATE // 80  # in waves per second

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
