"""Nested modules: three blocks of two branches, and parameter names.

A module may contain modules, which may contain others. The outermost module finds all
parameters below it, so a network of any depth is trained and saved like a single layer.
The path from the outermost module to a parameter is the parameter's name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "layer": "The innermost module holds the parameters: a weight that is passed "
        "to it, and a bias of zeros.",
        "block": "A block contains two layers under the names `left` and `right`. Its "
        "forward pass is ordinary Python: both branches read the same `x`, and no "
        "declaration makes them parallel. The computational graph that autograd "
        "records has two paths, which split at `x` and meet where the halves are "
        "concatenated.",
        "net": "The network contains the same class three times: three blocks with "
        "different weights. PyTorch searches only the attributes for modules. In a "
        "plain list they would not be found, so they go into an `nn.ModuleList`. "
        "TensorFlow also searches lists.",
        "forward and backward": "Calling the network calls the blocks, which call "
        "their layers. The backward pass does not involve modules: it follows the "
        "recorded operations.",
        "parameters": "All programs query only the outermost module. It finds "
        "{{ tensors|figure }} tensors with {{ numbers|figure }} numbers in total: a "
        "weight and a bias in two branches of three blocks.",
        "names": "PyTorch joins the attribute names with dots, as in "
        "`{{ torch.state_names[0] }}`. A TensorFlow checkpoint joins them with "
        "slashes and adds which part of the object is meant, as in "
        "`{{ tf.state_names[1] }}`; a separate entry describes the objects. Apart "
        "from that, all use the same paths: `{{ names[0] }}` is the first of "
        "{{ names|length }}. A renamed attribute is a renamed parameter, and an old "
        "file then no longer fits.",
        "access a parameter": "Every named part can be accessed: "
        "`net.blocks[0].left.weight` is an ordinary parameter of an ordinary object, "
        "and its gradient was propagated through all three blocks.",
    },
    apis={
        "torch": (
            "torch.nn.ModuleList",
            "torch.nn.Module.parameters",
            "torch.nn.Module.state_dict",
            "torch.cat",
        ),
        "tf": (
            "tf.Module",
            "tf.train.Checkpoint",
            "tf.train.list_variables",
            "tf.concat",
        ),
        "jax": (
            "flax.nnx.Module",
            "flax.nnx.List",
            "flax.nnx.state",
            "flax.nnx.grad",
        ),
    },
    own={
        "state_names": "each framework writes the path to a parameter in its own way, "
        "and TensorFlow also lists an entry that describes the objects"
    },
    exercise=Exercise(
        task="Create one block and use it three times (weight sharing): "
        "`[Block(rng)] * 3`. How many parameters are there now, and how many names?",
        change={"[Block(rng) for _ in range(3)]": "[Block(rng)] * 3"},
        answer="A third of the parameters, {{ after.tensors|figure }} tensors with "
        "{{ after.numbers|figure }} numbers, because a repeated object is counted "
        "once. PyTorch still lists {{ before.names|length }} names, one for each "
        "path; a TensorFlow checkpoint stores each object once, under the first path "
        "to it. The gradient of the shared weight is the sum over its three uses.",
        holds=lambda before, after: bool(
            3 * after["tensors"] == before["tensors"]
            and 3 * after["numbers"] == before["numbers"]
            and len(after["names"]) in [len(before["names"]), after["tensors"]]
            and not np.allclose(after["first_gradient"], before["first_gradient"])
        ),
    ),
)


def expected() -> Arrays:
    """Return the outputs, and the gradient propagated back through the blocks."""
    rng = np.random.default_rng(0)
    weights = [rng.standard_normal((2, 6, 3)) for _ in range(3)]
    inputs = [rng.standard_normal((4, 6))]
    for left, right in weights:
        x = inputs[-1]
        inputs.append(np.hstack([np.maximum(x @ left, 0), np.tanh(x @ right)]))
    output = inputs.pop()
    out, gradient = output, 2 * output
    for (left, right), x in zip(weights[::-1], inputs[::-1], strict=True):
        slope_left = gradient[:, :3] * (out[:, :3] > 0)
        slope_right = gradient[:, 3:] * (1 - out[:, 3:] ** 2)
        out, gradient = x, slope_left @ left.T + slope_right @ right.T
    return {
        "output": output,
        "tensors": np.array(12),
        "numbers": np.array(3 * 2 * (6 * 3 + 3)),
        "first": weights[0][0],
        "first_gradient": inputs[0].T @ slope_left,
    }
