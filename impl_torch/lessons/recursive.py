"""Recursive network: Python recursion over the tree of each example."""

import numpy as np
import torch
from torch import nn

EPOCHS, RATE = 10, 0.0625
WORDS = {"and": all, "or": any}
Tree = bool | tuple[str, "Tree", "Tree"]


# [step: trees]
def grown(rng: np.random.Generator, depth: int) -> Tree:
    """Return a random expression of at most this depth."""
    if depth == 0 or rng.random() < 0.2:
        return bool(rng.integers(2))
    word = ("and", "or")[rng.integers(2)]
    return word, grown(rng, depth - 1), grown(rng, depth - 1)


def truth(tree: Tree) -> bool:
    """Return whether the expression is true."""
    if isinstance(tree, bool):
        return tree
    word, *parts = tree
    return WORDS[word](truth(part) for part in parts)


# [step: model]
class TreeNet(nn.Module):
    """A vector for each leaf, and for each word a layer that joins two."""

    def __init__(self, rng: np.random.Generator) -> None:
        super().__init__()
        leaves, output = rng.normal(0, 1, (2, 6)), rng.normal(0, 0.4, (6, 1))
        self.leaves = nn.Parameter(torch.tensor(leaves))
        self.output = nn.Parameter(torch.tensor(output))
        joins = {word: rng.normal(0, 0.4, (12, 6)) for word in WORDS}
        self.joins = nn.ParameterDict(
            {word: torch.tensor(join) for word, join in joins.items()}
        )

    def forward(self, tree: Tree) -> torch.Tensor:
        if isinstance(tree, bool):
            return self.leaves[int(tree) : int(tree) + 1]  # (1, units)
        word, left, right = tree
        both = torch.cat([self(left), self(right)], 1)  # (1, 2 units)
        return torch.tanh(both @ self.joins[word])  # (1, units)


# [step: data]
def main() -> dict[str, object]:
    """Learn the truth of expressions; return losses and predictions."""
    rng = np.random.default_rng(0)
    trees = [grown(rng, 3) for _ in range(40)]
    deeper = [grown(rng, 4) for _ in range(40)]
    print(trees[0], "is", truth(trees[0]))

    # [step: training]
    net = TreeNet(rng)
    optimizer = torch.optim.SGD(net.parameters(), RATE)
    losses = []
    for _ in range(EPOCHS):
        for tree in trees:
            error = net(tree) @ net.output - float(truth(tree))
            loss = error.square().sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())

    # [step: deeper trees]
    with torch.no_grad():
        guesses = [(net(tree) @ net.output).item() for tree in deeper]
    right = [
        (g > 0.5) == truth(t) for g, t in zip(guesses, deeper, strict=True)
    ]

    # [step: results]
    return {
        "losses": losses,
        "epoch_losses": np.reshape(losses, (EPOCHS, -1)).mean(1),
        "guesses": guesses,
        "right": np.mean(right),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
