"""Train and eval mode: dropout and batch normalisation."""

import numpy as np
import torch
from torch import nn

COUNT, ROWS, COLUMNS = 1000, 8, 3
RATE, SHARE = 0.5, 0.1


# [step: dropout in training]
def main() -> dict[str, object]:
    """Call two layers in both modes; return what they compute."""
    ones = torch.ones(COUNT, dtype=torch.float64)
    dropout = nn.Dropout(RATE)
    default = dropout(ones)
    dropout.train()
    dropped, again = dropout(ones), dropout(ones)

    # [step: dropout in eval mode]
    dropout.eval()
    passed = dropout(ones)

    # [step: normalisation in training]
    rng = np.random.default_rng(0)
    x = torch.tensor(rng.normal(3, 2, (ROWS, COLUMNS)))  # (rows, columns)
    norm = nn.BatchNorm1d(
        COLUMNS, eps=1e-5, momentum=SHARE, dtype=torch.float64
    )
    norm.train()
    normalised = norm(x)

    # [step: running statistics]
    running_mean = norm.running_mean.clone()
    running_variance = norm.running_var.clone()
    print("mean:", running_mean, "variance:", running_variance)

    # [step: normalisation in eval mode]
    norm.eval()
    alone, together = norm(x[:1]), norm(x)
    independent = torch.equal(alone[0], together[0])

    # [step: one row in training]
    norm.train()
    try:
        single = norm(x[:1]).tolist()
    except ValueError as error:
        print(error)
        single = "refused"

    # [step: results]
    return {
        "levels": dropped.unique(),
        "kept": dropped.count_nonzero() / COUNT,
        "same_in_training": torch.equal(dropped, again),
        "default_drops": not torch.equal(default, ones),
        "passed": passed,
        "normalised": normalised.detach(),
        "running_mean": running_mean,
        "running_variance": running_variance,
        "together": together.detach(),
        "independent": independent,
        "single": single,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
