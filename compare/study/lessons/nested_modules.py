"""Modules inside modules: a block of two branches, three times in a row.

A module may hold modules, and they may hold others. The outermost one finds all
parameters below it, so a net of any depth is trained and saved like a single layer. The
way from the top down to a parameter is its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "layer": "The innermost module holds the parameters: a weight that is handed "
        "to it, and a bias of zeros.",
        "block": "A block holds two layers under the names `left` and `right`. Its "
        "forward pass is ordinary Python: both branches read the same `x`, and nobody "
        "declares that they are parallel. The graph that autograd records has two "
        "paths, which split at `x` and meet where the halves are put side by side.",
        "net": "The same class, made three times: three blocks of different weights. "
        "PyTorch looks for modules among the attributes only; in a plain list they "
        "would not be found, so they go into an `nn.ModuleList`. TensorFlow looks into "
        "lists as well.",
        "forward and backward": "Calling the net calls the blocks, which call their "
        "layers. The backward pass knows nothing of modules: it follows the "
        "operations.",
        "parameters": "Both programs ask the outermost module alone, and it finds "
        "{{ tensors|figure }} tensors of {{ numbers|figure }} numbers in all: a weight "
        "and a bias in two branches of three blocks.",
        "names": "PyTorch joins the attribute names with dots, as in "
        "`{{ torch.state_names[0] }}`. A checkpoint of TensorFlow joins them with "
        "slashes and adds which part of the object is meant, as in "
        "`{{ tf.state_names[1] }}`; an entry of its own describes the objects. Apart "
        "from that, both name the same ways: `{{ names[0] }}` is the first of "
        "{{ names|length }}. A renamed attribute is a renamed parameter, and an old "
        "file then no longer fits.",
        "reach inside": "What has a name can be reached: `net.blocks[0].left.weight` "
        "is an ordinary parameter of an ordinary object, and its gradient went through "
        "all three blocks.",
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
    },
    own={
        "state_names": "Each framework spells the way to a parameter as it likes, and "
        "TensorFlow lists an entry that describes the objects besides."
    },
    exercise=Exercise(
        task="Make one block and use it three times: `[Block(rng)] * 3`. How many "
        "parameters are there now, and how many names?",
        change={"[Block(rng) for _ in range(3)]": "[Block(rng)] * 3"},
        answer="A third of the parameters, {{ after.tensors|figure }} tensors of "
        "{{ after.numbers|figure }} numbers, since an object that is met again is "
        "counted once. PyTorch still lists {{ before.names|length }} names, one for "
        "each way; a checkpoint of TensorFlow stores each object once, under the first "
        "way to it. The gradient of the shared weight is the sum over its three uses.",
        holds=lambda before, after: bool(
            3 * after["tensors"] == before["tensors"]
            and 3 * after["numbers"] == before["numbers"]
            and len(after["names"]) in [len(before["names"]), after["tensors"]]
            and not np.allclose(after["first_gradient"], before["first_gradient"])
        ),
    ),
)


def expected() -> Arrays:
    """The forward pass, and the gradient followed back through the blocks."""
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
