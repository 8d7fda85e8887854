"""Recursive network: Python recursion over the tree of each example."""

import numpy as np
import tensorflow as tf

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
class TreeNet(tf.Module):
    """A vector for each leaf, and for each word a layer that joins two."""

    def __init__(self, rng: np.random.Generator) -> None:
        super().__init__()
        leaves, output = rng.normal(0, 1, (2, 6)), rng.normal(0, 0.4, (6, 1))
        self.leaves = tf.Variable(leaves)
        self.output = tf.Variable(output)
        joins = {word: rng.normal(0, 0.4, (12, 6)) for word in WORDS}
        self.joins = {word: tf.Variable(join) for word, join in joins.items()}

    def __call__(self, tree: Tree) -> tf.Tensor:
        if isinstance(tree, bool):
            return self.leaves[int(tree) : int(tree) + 1]  # (1, units)
        word, left, right = tree
        both = tf.concat([self(left), self(right)], 1)  # (1, 2 units)
        return tf.tanh(both @ self.joins[word])  # (1, units)


# [step: data]
def main() -> dict[str, object]:
    """Learn the truth of expressions; return losses and predictions."""
    rng = np.random.default_rng(0)
    trees = [grown(rng, 3) for _ in range(40)]
    deeper = [grown(rng, 4) for _ in range(40)]
    print(trees[0], "is", truth(trees[0]))

    # [step: training]
    net = TreeNet(rng)
    losses = []
    for _ in range(EPOCHS):
        for tree in trees:
            with tf.GradientTape() as tape:
                error = net(tree) @ net.output - float(truth(tree))
                loss = tf.reduce_sum(tf.square(error))
            weights = net.trainable_variables
            gradients = tape.gradient(loss, weights)
            for weight, gradient in zip(weights, gradients, strict=True):
                if gradient is not None:
                    weight.assign_sub(RATE * gradient)
            losses.append(loss.numpy())

    # [step: deeper trees]
    guesses = [(net(tree) @ net.output).numpy().item() for tree in deeper]
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
