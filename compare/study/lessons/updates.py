"""Weight updates: in place and outside the computational graph.

An update reads a gradient and writes a weight. Two mistakes are easy to make. The
update must not become part of the computational graph. And it must change the weight
object that other parts of the program hold, not bind a new tensor to the same name. The
arithmetic is the same in either case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Array, Arrays

LESSON = Lesson(
    steps={
        "loss": "This is the loss of a linear model on random numbers. It is a "
        "function of the weight alone, so that the program can evaluate it for any "
        "weight below.",
        "weight": "The program creates the weight and a second name for the same "
        "object. Optimizers and modules hold weights in this way: they received the "
        "object once, and later assignments to a name do not affect them.",
        "in place": "This is the correct way. PyTorch writes into the tensor, and "
        "`no_grad` keeps the update out of the graph. A TensorFlow variable has "
        "`assign_sub`, which is called after the tape is closed. Both names now refer "
        "to the weight {{ trained|figure }}, because there is only one object.",
        "inside the graph": "Without `no_grad`, PyTorch raises an error: the update "
        "would be recorded, and a leaf tensor would then be the result of an "
        "operation. TensorFlow allows the update while a tape is open and does not "
        "record it. If it were recorded, the gradients printed would be smaller than "
        "one by `RATE`.",
        "new tensor": "A subtraction creates a new tensor, and the name now "
        "refers to it. The numbers are those of a correct update, "
        "{{ rebound|figure }}, but the object that other code holds is still "
        "{{ held_rebound|figure }}. The new tensor is not a leaf in PyTorch and not a "
        "`Variable` in TensorFlow.",
        "next step": "So the next step has no gradient for the new tensor: "
        "`missing` is {{ missing }} in both. In PyTorch the gradient flows through "
        "the recorded subtraction and reaches the old weight: {{ torch.reached }}. "
        "TensorFlow's tape did not record the old weight: {{ tf.reached }}.",
        "results": "The arrays are the weight at four points, copied because the "
        "objects change later, and two flags about its gradients.",
    },
    apis={
        "torch": ("torch.no_grad", "torch.Tensor.is_leaf", "torch.Tensor.grad"),
        "tf": (
            "tf.Variable",
            "tf.Variable.assign",
            "tf.Variable.assign_sub",
            "tf.GradientTape",
        ),
    },
    own={"reached": "PyTorch recorded the subtraction, TensorFlow had no tape open"},
    exercise=Exercise(
        task="Make the new tensor a leaf: `.detach().requires_grad_()`, or a "
        "`tf.Variable` of its own. Which of the two mistakes does this fix?",
        change={
            "w = w - RATE * w.grad": "w = (w - RATE * w.grad)"
            ".detach().requires_grad_()",
            "w = w - RATE * gradient": "w = tf.Variable(w - RATE * gradient)",
        },
        answer="It fixes the gradient: `missing` was {{ before.missing }} and is "
        "{{ after.missing }}. It does not fix the name: code that holds the old "
        "object keeps {{ after.held_rebound|figure }}, while the name refers to "
        "{{ after.rebound|figure }}. An in-place update avoids both mistakes.",
        holds=lambda before, after: (
            bool(before["missing"])
            and not after["missing"]
            and np.array_equal(before["rebound"], after["rebound"])
            and not np.array_equal(after["held_rebound"], after["rebound"])
        ),
    ),
)


def expected() -> Arrays:
    """Return the same arrays, with the gradient written out."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((16, 3)), rng.standard_normal(16)

    def step(w: Array) -> Array:
        moved: Array = 0.1 * 2 * x.T @ (x @ w - y) / len(y)
        return moved

    w = np.zeros(3)
    for _ in range(20):
        last = step(w)
        w = w - last
    return {
        "trained": w,
        "held_in_place": w,
        "rebound": w - last,
        "held_rebound": w,
        "missing": np.array(True),  # noqa: FBT003 - an array of one Boolean
    }
