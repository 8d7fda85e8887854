"""Recursive network: Python recursion over the tree of each example.

Some data are trees, not sequences: sentences, programs, formulas. A recursive neural
network computes a vector for each node from the vectors of its children. Its
computational graph therefore has the shape of the example. With define-by-run, such a
network is simply a function that calls itself.
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
        "trees": "Random formulas of `and` and `or`, and their truth values. A leaf is "
        "a truth value; a node is a word with two subtrees. The functions that "
        "generate and evaluate the trees are recursive, and the network will be "
        "recursive too.",
        "model": "Each of the two leaf values has a vector, and each word has a layer "
        "that combines two vectors into one. The example decides which layer is used "
        "where. In PyTorch, `ParameterDict` registers the parameters of a dictionary. "
        "A `tf.Module` finds the variables inside a plain dictionary.",
        "data": "Forty trees for training, and forty test trees that may be one level "
        "deeper. The first tree is printed.",
        "training": "One tree per step, and a graph with the shape of that tree. All "
        "graphs share the same few weights. A tree without an `or` leaves that layer "
        "without a gradient, which the TensorFlow program has to check for. The mean "
        "loss falls from {{ epoch_losses[0]|figure }} in the first epoch to "
        "{{ epoch_losses[-1]|figure }} in the last.",
        "deeper trees": "The same recursion accepts trees that are deeper than any "
        "training tree, because nothing in the network depends on the depth. The "
        "accuracy on them is {{ right|figure }}. In PyTorch, `no_grad` turns the "
        "recording of the graph off. In TensorFlow no tape is open.",
        "results": "The predictions agree up to rounding, so both networks traversed "
        "the same trees in the same way.",
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
            caption="Mean loss of each epoch.",
            arrays={"epoch_losses": "loss"},
            x_title="epoch index",
            y_title="squared error",
            y_log=True,
        ),
    ),
    exercise=Exercise(
        task="Combine every two vectors with the layer of `and`, whatever the word is. "
        "The network still receives the shape of each tree and its leaves. How much of "
        "the truth can it learn?",
        change={"self.joins[word])": 'self.joins["and"])'},
        answer="The loss of the last epoch is {{ after.epoch_losses[-1]|figure }} "
        "instead of {{ before.epoch_losses[-1]|figure }}. The network cannot "
        "distinguish two trees that differ only in a word, so its output is a "
        "compromise between their answers. It can still learn what shape and leaves "
        "reveal.",
        holds=lambda before, after: bool(
            after["epoch_losses"][-1] > 5 * before["epoch_losses"][-1]
            and after["epoch_losses"][-1] < after["epoch_losses"][0]
        ),
    ),
)


def expected() -> Arrays:
    """Return the results of the same recursion, with autograd on NumPy."""
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
