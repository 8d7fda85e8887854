"""Calling backward twice: `retain_graph` and `persistent`.

The backward pass needs numbers of the forward pass again: the exponential here needs
its own result. Such saved tensors use memory, so both frameworks free them as soon as
they have been used. A second backward pass through freed tensors raises an error,
unless the program requested in advance to keep the graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "forward": "The forward pass records the operations. PyTorch's computational "
        "graph exists as long as `loss` does, with its saved tensors. TensorFlow's "
        "recorded operations belong to the tape, which is created again for every "
        "pass.",
        "first backward": "The first backward pass is the usual one: the gradient of "
        "a sum of exponentials is the exponentials, {{ first|figure }}. During this "
        "pass PyTorch frees what each operation saved; TensorFlow releases the tape "
        "as a whole.",
        "second backward": "The program requests the same gradient again. PyTorch "
        "raises: \"{{ torch.message.item().split('.')[0] }}.\" TensorFlow raises: "
        '"{{ tf.message }}." The only remedy now is to run the forward pass again.',
        "nothing saved": "A sum and the addition of a constant save no tensor. In "
        "PyTorch nothing is freed, and a second pass through such a graph is possible "
        "without `retain_graph`: `reusable` is {{ torch.reusable }}. So the error can "
        "appear or disappear when an operation is added. A tape without `persistent` "
        "always refuses: `reusable` is {{ tf.reusable }}.",
        "retained graph": "In PyTorch, `retain_graph` at a backward pass keeps the "
        "graph for another one. In TensorFlow, `persistent` must be set before the "
        "forward pass. Now both requests return the same gradient.",
        "shared subgraph": "Two losses share a part of the computation. The graph of "
        "the second loss is not the graph of the first, and yet the shared part is "
        "freed with the first. In this way the error can occur although no gradient is "
        "requested twice.",
        "summed losses": "Usually no graph needs to be kept. Add the losses and run "
        "one backward pass: {{ grad_both|figure }} is the sum of the two gradients, "
        "{{ grad_small|figure }} and {{ grad_large|figure }}.",
        "results": "Each framework has its own error message. But both raise an "
        "error: `refused` is {{ refused }} in both.",
    },
    apis={
        "torch": ("torch.autograd.grad",),
        "tf": ("tf.GradientTape",),
    },
    own={
        "message": "each framework has its own wording",
        "reusable": "PyTorch frees saved tensors, TensorFlow the whole tape",
    },
    exercise=Exercise(
        task="Set `KEEP` to `True`, so that the first backward pass keeps the graph. "
        "What happens in the second one?",
        change={"KEEP = False": "KEEP = True"},
        answer="It returns a gradient: `refused` was {{ before.refused }} and is "
        "{{ after.refused }}, and no gradient has changed. The cost is memory: the "
        "saved tensors are kept longer.",
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
    """Return the same arrays, computed from the formulas."""
    shared = np.exp([0.0, 1.0, 2.0])
    return {
        "first": shared,
        "refused": np.array(True),  # noqa: FBT003 - an array of one Boolean
        "once": shared,
        "again": shared,
        "grad_small": shared,
        "grad_large": 2 * shared**2,
        "grad_both": shared + 2 * shared**2,
    }
