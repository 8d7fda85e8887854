"""Padding and masking: sequences of different lengths in one batch."""

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

BATCH, FILLER = 3, 0.0


# [step: collate]
def collate(sequences: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Pad the sequences of a batch into one array; keep their lengths."""
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    padded = pad_sequence(sequences, batch_first=True, padding_value=FILLER)
    return padded, lengths  # (batch, longest) and (batch,)


# [step: masked mean]
def masked_mean(padded: Tensor, lengths: Tensor) -> Tensor:
    """Return the mean of each sequence without its padding."""
    position = torch.arange(padded.shape[1])  # (longest,)
    mask = position < lengths[:, None]  # (batch, longest)
    kept = torch.where(mask, padded, 0.0)
    return kept.sum(1) / lengths  # (batch,)


# [step: data]
def main() -> dict[str, object]:
    """Return padded batches, two kinds of mean, and a gradient."""
    rng = np.random.default_rng(0)
    lengths = [5, 2, 3, 1, 4, 2]
    sequences = [torch.tensor(rng.standard_normal(n)) for n in lengths]

    # [step: batches]
    loader = DataLoader(sequences, batch_size=BATCH, collate_fn=collate)
    batches = list(loader)
    for padded, _ in batches:
        print(padded.numpy().round(2))

    # [step: means]
    masked, plain = [], []
    for padded, lengths in batches:
        masked.append(masked_mean(padded, lengths))
        plain.append(padded.mean(1))

    # [step: gradient]
    padded, lengths = batches[0]
    padded.requires_grad_()
    loss = masked_mean(padded, lengths).square().sum()
    (gradient,) = torch.autograd.grad(loss, [padded])

    # [step: results]
    return {
        "first": batches[0][0].detach(),
        "second": batches[1][0],
        "lengths": np.concatenate([lengths for _, lengths in batches]),
        "masked_means": np.concatenate(masked),
        "plain_means": np.concatenate(plain),
        "gradient": gradient,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
