"""A recursive net: Python's recursion follows the tree of each example.

Some data are no sequences but trees: sentences, programs, formulas. A recursive net
computes a vector for each node from the vectors of its children, so that the graph has
the shape of the example. Where graphs are recorded as the code runs, that is a function
that calls itself.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from autograd import numpy as np

from compare.numerics.differentiation import value_and_gradients
from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Arrays

Tree = bool | tuple[str, "Tree", "Tree"]

LESSON = Lesson(
    steps={
        "trees": "Formulas of `and` and `or`, grown at random, and what is true of "
        "them. A leaf is a truth value, a node is a word with two trees. The "
        "functions that grow and judge them call themselves, and the net will do the "
        "same.",
        "model": "Each of the two leaves has a vector, and each word a layer that "
        "makes one vector of two. Which layer is used where is decided by the "
        "example. `ParameterDict` tells PyTorch that there are parameters inside; a "
        "`tf.Module` looks into dictionaries by itself.",
        "data": "Forty trees to learn, and forty that may be one level deeper. The "
        "first one is printed.",
        "training": "One tree a step, and a graph of that tree's shape. All share the "
        "same few weights. A tree without an `or` leaves that layer without a "
        "gradient, which the TensorFlow program has to look out for. The mean loss "
        "falls from {{ epoch_losses[0]|figure }} in the first epoch to "
        "{{ epoch_losses[-1]|figure }} in the last.",
        "deeper": "The same recursion takes trees that are deeper than any it was "
        "trained on; nothing has a size of its own. A share of {{ right|figure }} of "
        "them is judged correctly. PyTorch is told that no gradients are wanted, by "
        "`no_grad`; in TensorFlow no tape is open.",
        "results": "The guesses agree to rounding, so both nets walked the same "
        "trees in the same way.",
    },
    apis={
        "torch": (
            "torch.nn.ParameterDict",
            "torch.cat",
            "torch.optim.SGD",
            "torch.no_grad",
        ),
        "tf": ("tf.Module", "tf.concat", "tf.GradientTape", "tf.Variable.assign_sub"),
    },
    pictures=(
        Picture(
            step="training",
            caption="The mean loss of each epoch.",
            arrays={"epoch_losses": "loss"},
            x_title="epoch, from the first",
            y_title="squared error",
            y_log=True,
        ),
    ),
    exercise=Exercise(
        task="Join every two with the layer of `and`, whatever the word is. The net "
        "still sees the shape of each tree and its leaves. How much of the truth can "
        "it learn?",
        change={"self.joins[word])": 'self.joins["and"])'},
        answer="The loss of the last epoch is {{ after.epoch_losses[-1]|figure }} in "
        "place of {{ before.epoch_losses[-1]|figure }}: the net cannot tell two trees "
        "apart that differ in a word alone, and settles between their answers. What "
        "remains is what shape and leaves give away.",
        holds=lambda before, after: bool(
            after["epoch_losses"][-1] > 5 * before["epoch_losses"][-1]
            and after["epoch_losses"][-1] < after["epoch_losses"][0]
        ),
    ),
)


def expected() -> Arrays:
    """The same recursion; autograd, on NumPy, carries the gradients back."""
    rng = np.random.default_rng(0)
    trees = [_grown(rng, 3) for _ in range(40)]
    deeper = [_grown(rng, 4) for _ in range(40)]
    net = {"leaves": rng.normal(0, 1, (2, 6)), "output": rng.normal(0, 0.4, (6, 1))}
    net |= {word: rng.normal(0, 0.4, (12, 6)) for word in ("and", "or")}
    losses = []
    for tree in trees * 10:
        loss, gradients = value_and_gradients(partial(_loss, tree=tree), net)
        net = {name: array - 0.0625 * gradients[name] for name, array in net.items()}
        losses.append(loss)
    guesses = np.array([(_vector(tree, net) @ net["output"]).item() for tree in deeper])
    truths = np.array([_truth(tree) for tree in deeper])
    return {
        "losses": np.array(losses),
        "epoch_losses": np.reshape(losses, (10, -1)).mean(1),
        "guesses": guesses,
        "right": np.mean((guesses > 0.5) == truths),
    }


def _grown(rng: Generator, depth: int) -> Tree:
    if depth == 0 or rng.random() < 0.2:
        return bool(rng.integers(2))
    word = ("and", "or")[rng.integers(2)]
    return word, _grown(rng, depth - 1), _grown(rng, depth - 1)


def _truth(tree: Tree) -> bool:
    if isinstance(tree, bool):
        return tree
    word, left, right = tree
    both, either = _truth(left) and _truth(right), _truth(left) or _truth(right)
    return both if word == "and" else either


def _vector(tree: Tree, net: Arrays) -> Array:
    if isinstance(tree, bool):
        return net["leaves"][int(tree) : int(tree) + 1]
    word, left, right = tree
    both = np.concatenate([_vector(left, net), _vector(right, net)], axis=1)
    joined: Array = np.tanh(both @ net[word])
    return joined


def _loss(net: Arrays, *, tree: Tree) -> Array:
    error = _vector(tree, net) @ net["output"] - _truth(tree)
    squared: Array = np.sum(np.square(error))
    return squared
