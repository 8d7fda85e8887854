"""Freed graphs: the notes can be read once, unless one keeps them.

To find a gradient, the numbers of the forward pass are needed again: the exponential
here must know its own result. Keeping them costs memory, so both frameworks throw
them away as soon as they have been used. A second question to the same graph is
refused, unless one said beforehand that it would come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "forward": "The forward pass writes the notes. PyTorch's graph lives as long "
        "as `loss` does, with what it has saved. TensorFlow's notes belong to the "
        "tape, which is made anew for every pass.",
        "first backward": "Nothing special: the gradient of a sum of exponentials is "
        "the exponentials, {{ first|figure }}. On the way back PyTorch frees what each "
        "operation saved; TensorFlow's tape is spent as a whole.",
        "second backward": 'The same question again. PyTorch answers: "{{ '
        "torch.message.item().split('.')[0] }}.\" TensorFlow answers: \"{{ tf.message "
        '}}." Neither can be helped at this point: the forward pass has to be done '
        "again.",
        "kept": "PyTorch is told at each backward pass that it is not the last: "
        "`retain_graph`. TensorFlow is told before the forward pass: `persistent`. "
        "Now both questions get the same answer.",
        "shared part": "Two losses with a part in common. The graph of the second is "
        "not the graph of the first, and yet the part they share is freed with it. "
        "This is how the message turns up where nobody asked the same thing twice.",
        "together": "Mostly there is no need to keep anything. Add the losses and go "
        "back once: {{ grad_both|figure }} is the sum of the two gradients, "
        "{{ grad_small|figure }} and {{ grad_large|figure }}.",
        "results": "The messages are each framework's own. That both refuse is not: "
        "`refused` is {{ refused }} in both.",
    },
    apis={
        "torch": ("torch.autograd.grad",),
        "tf": ("tf.GradientTape",),
    },
    own={"message": "each framework has its own words for it"},
    exercise=Exercise(
        task="Set `KEEP` to `True`, so that the first backward pass keeps the notes. "
        "What becomes of the second?",
        change={"KEEP = False": "KEEP = True"},
        answer="It is answered: `refused` was {{ before.refused }} and is "
        "{{ after.refused }}, and no gradient has changed. The price is memory: what "
        "the forward pass saved is kept longer.",
        holds=lambda before, after: (
            bool(before["refused"])
            and not after["refused"]
            and all(
                np.array_equal(before[name], after[name])
                for name in before.keys() - {"message", "refused"}
            )
        ),
    ),
)


def expected() -> Arrays:
    """The same from the formulas."""
    shared = np.exp([0.0, 1.0, 2.0])
    return {
        "first": shared,
        "refused": np.array(True),  # noqa: FBT003 - an array of one truth value
        "once": shared,
        "again": shared,
        "grad_small": shared,
        "grad_large": 2 * shared**2,
        "grad_both": shared + 2 * shared**2,
    }
