"""Updates: a weight is changed in place and outside the graph.

An update reads a gradient and writes a weight. Two things are easy to get wrong. The
update must not become part of the graph, and it must change the weight that everybody
else holds, not put another tensor under its name. The arithmetic is the same in
either case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Array, Arrays

LESSON = Lesson(
    steps={
        "loss": "A linear model on random numbers. The loss is a function of the "
        "weight alone, so that it can be asked of any weight below.",
        "weight": "The weight, and a second name for it. Optimizers and modules hold "
        "weights in this way: they were given the object once and do not hear of "
        "later assignments to a name.",
        "in place": "The right way. PyTorch writes into the tensor while `no_grad` "
        "keeps the graph out. A TensorFlow variable has `assign_sub`, used after "
        "the tape is closed. Either name now means the weight "
        "{{ trained|figure }}, for there is only one object.",
        "inside the graph": "Without `no_grad` PyTorch refuses: the update would be "
        "recorded, and a leaf would then be something that was computed. TensorFlow "
        "allows the update under an open tape and does not note it. Were it noted, the "
        "gradients printed would be smaller than one by `RATE`.",
        "another tensor": "A subtraction makes a new tensor, and the name moves to it. "
        "The numbers are those that an update would have given, "
        "{{ rebound|figure }}, but the object that others hold is still at "
        "{{ held_rebound|figure }}. And the new tensor is no leaf, no `Variable`.",
        "one step later": "So the next step has no gradient for it: `missing` is "
        "{{ missing }} in both. PyTorch carries the gradient on through the "
        "subtraction, so the old weight is reached: {{ torch.reached }}. TensorFlow's "
        "tape never met the old weight: {{ tf.reached }}.",
        "results": "Four times the weight, copied as numbers because the objects "
        "go on changing; and what was found out about its gradients.",
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
    own={"reached": "PyTorch remembers the subtraction, TensorFlow had no tape open"},
    exercise=Exercise(
        task="Make the new tensor a leaf: `.detach().requires_grad_()`, or a "
        "`tf.Variable` of its own. Which of the two mistakes does this cure?",
        change={
            "w = w - RATE * w.grad": "w = (w - RATE * w.grad)"
            ".detach().requires_grad_()",
            "w = w - RATE * gradient": "w = tf.Variable(w - RATE * gradient)",
        },
        answer="The gradient: `missing` was {{ before.missing }} and is "
        "{{ after.missing }}. Not the name: whoever holds the old object is left at "
        "{{ after.held_rebound|figure }} while the name stands for "
        "{{ after.rebound|figure }}. An update in place cures both.",
        holds=lambda before, after: (
            bool(before["missing"])
            and not after["missing"]
            and np.array_equal(before["rebound"], after["rebound"])
            and not np.array_equal(after["held_rebound"], after["rebound"])
        ),
    ),
)


def expected() -> Arrays:
    """The same with the gradient written out."""
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
        "missing": np.array(True),  # noqa: FBT003 - an array of one truth value
    }
