"""Products: vectors, matrices, batches of them, and broadcasting.

Nearly all that a network computes is products. `@` is the one sign for those that sum
over an axis, `*` for those that do not. PyTorch has strict operations besides, one for
each number of axes; TensorFlow has one `matmul` for two axes and more. Both stretch
axes of length one, which is handy and hides a mistake that nothing reports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "data": "Vectors, matrices and batches of matrices. The sizes are all "
        "different where they may be, so that a wrong axis is refused and does not "
        "give a wrong answer.",
        "vectors": "`*` multiplies element by element and keeps the shape. The dot "
        "product sums these, to {{ dot|figure }} here. In TensorFlow it is a case "
        "of `tensordot`, which sums over as many axes as one asks for.",
        "matrices": "A matrix applied to a vector gives one dot product for each row. "
        "In PyTorch `@` does both this and the product of matrices. TensorFlow's "
        "`matmul` insists on matrices and has `matvec` for a vector.",
        "batches": "Many products at once: each matrix of one batch with the matrix at "
        "the same place in the other. The result is {{ pairs.shape|figure }}. The "
        "last two axes are multiplied, those before them are matched. PyTorch's `bmm` "
        "is strict about it; `@` is not.",
        "broadcast matrix": "One matrix meets every matrix of a batch, as if it were "
        "repeated. Both frameworks' `@` does this. PyTorch's `mm` refuses anything but "
        "two matrices, which is a way of saying that nothing else was meant.",
        "broadcast elements": "Shapes are lined up at their last axis; an axis that is "
        "missing or of length one is stretched. So a vector is added to every row, and "
        "a column times a row is a table of {{ table.shape|figure }}.",
        "loss": "A layer with one output gives a column, and targets often come as "
        "a plain vector. Take the axis away before you subtract: then there "
        "is one error for each sample, and the mean square is {{ loss|figure }}.",
        "results": "All agree to rounding. The frameworks may add the terms of a sum "
        "in different orders, and in floating point the order matters in the last "
        "digits.",
    },
    apis={
        "torch": ("torch.dot", "torch.mm", "torch.bmm", "torch.matmul"),
        "tf": (
            "tf.tensordot",
            "tf.linalg.matvec",
            "tf.linalg.matmul",
            "tf.expand_dims",
        ),
    },
    exercise=Exercise(
        task="Forget to take the axis away: `scores - y`. The shapes are "
        "different. Who complains?",
        change={"scores[:, 0] - y": "scores - y"},
        answer="Nobody. The column and the vector are stretched to "
        "{{ after.error.shape|figure }}, every score meets every target, and the loss "
        "is {{ after.loss|figure }} in place of {{ before.loss|figure }}. In "
        "training it would draw every score towards the mean of all targets.",
        holds=lambda before, after: (
            after["error"].shape == (2, 2)
            and not np.isclose(after["loss"], before["loss"], rtol=0.01)
        ),
    ),
)


def expected() -> Arrays:
    """The same with NumPy, the sums over axes written as such."""
    rng = np.random.default_rng(0)
    u, v = rng.standard_normal(3), rng.standard_normal(3)
    a, b = rng.standard_normal((2, 3)), rng.standard_normal((3, 4))
    w, y = rng.standard_normal((3, 1)), rng.standard_normal(2)
    many_a, many_b = rng.standard_normal((5, 2, 3)), rng.standard_normal((5, 3, 4))
    pairs = np.einsum("nij,njk->nik", many_a, many_b)
    error = np.einsum("ij,jk->i", a, w) - y
    return {
        "elementwise": u * v,
        "dot": (u * v).sum(),
        "applied": np.einsum("ij,j->i", a, v),
        "product": np.einsum("ij,jk->ik", a, b),
        "pairs": pairs,
        "same_pairs": pairs,
        "against_one": np.einsum("nij,jk->nik", many_a, b),
        "shifted": many_a + v,
        "table": np.outer(u, v),
        "error": error,
        "loss": np.square(error).mean(),
    }
