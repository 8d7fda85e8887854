"""Modular networks: each example chooses the modules that process it.

Some data determine how they are processed: a question about an image is translated into
a list of operations, and the network applies one module for each. The graph then
differs from example to example, even within a batch. With define-by-run this is an
ordinary loop. A static graph needs all modules and a choice between them at every
position, or a graph for every program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "network": "A program is a list of names. The network looks each name up and "
        "applies that module to the result so far. The same module may be used several "
        "times, or not at all. A module here is one weight matrix, followed by a tanh. "
        "The output is the sum of the last result. The last program is empty, so its "
        "output is the sum of its input.",
        "data": "Each example has numbers and a program of its own. The programs "
        "differ, so the examples are computed one by one, not in one call for the "
        "whole batch.",
        "forward": "Each example builds its own part of the graph; the mean of all "
        "losses connects the parts. The loss falls from {{ losses[0]|figure }} to "
        "{{ losses[-1]|figure }} in {{ losses|length }} epochs.",
        "backward": "A module receives the sum of the gradients of all its uses, in "
        "all examples. A module that no program names is not in the graph and "
        "receives none: {{ unused|join(', ') }}.",
        "update": "A weight without a gradient stays as it is: PyTorch's optimizer "
        "skips it, and the TensorFlow program does so itself.",
        "results": "The losses and the weights of the modules that were used agree, so "
        "both frameworks computed the same gradients.",
    },
    apis={
        "torch": ("torch.nn.Module", "torch.nn.Parameter", "torch.stack"),
        "tf": ("tf.Module", "tf.Variable", "tf.stack"),
    },
    pictures=(
        Picture(
            step="forward",
            caption="Mean loss of the examples in each epoch.",
            arrays={"losses": "loss"},
            x_title="epoch index",
            y_title="loss",
            y_log=True,
        ),
    ),
    exercise=Exercise(
        task="Let the second program use the third module: replace its `bend` by "
        "`rest`. Which module is unused now?",
        change={
            '["turn", "bend"], ["bend", "bend"]': '["turn", "rest"], ["bend", "bend"]'
        },
        answer="{{ 'None' if after.unused|length == 0 else after.unused|join(', ') }}: "
        "every module is named by a program, so each receives a gradient. Before, "
        "{{ before.unused|join(', ') }} was unused.",
        holds=lambda before, after: (
            before["unused"].tolist() == ["rest"] and len(after["unused"]) == 0
        ),
    ),
)


def expected() -> Arrays:
    """Return the same arrays with the gradients written out."""
    rng = np.random.default_rng(0)
    weights = {name: rng.normal(0, 0.5, (4, 4)) for name in ("turn", "bend", "rest")}
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((4, 4)), rng.standard_normal(4)
    programs: list[list[str]] = [["turn"], ["turn", "bend"], ["bend", "bend"], []]
    losses = []
    for _ in range(30):
        errors, gradients = [], {name: np.zeros((4, 4)) for name in weights}
        for row, target, program in zip(x, y, programs, strict=True):
            passed = [row]
            for name in program:
                passed.append(np.tanh(passed[-1] @ weights[name]))
            error = passed[-1].sum() - target
            errors.append(error)
            back = np.full(4, 2 * error / 4)
            for name, before, after in reversed(
                list(zip(program, passed, passed[1:], strict=False))
            ):
                back = back * (1 - after**2)
                gradients[name] += np.outer(before, back)
                back = weights[name] @ back
        losses.append(np.square(errors).mean())
        for name in ("turn", "bend"):
            weights[name] = weights[name] - 0.125 * gradients[name]
    return {
        "losses": np.array(losses),
        "turn": weights["turn"],
        "bend": weights["bend"],
    }
