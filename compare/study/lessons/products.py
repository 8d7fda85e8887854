"""Matrix products: dot, `matmul`, batched `matmul` and broadcasting.

Almost everything that a neural network computes is a product. The operator `@` is for
products that sum over an axis, `*` for element-wise products. PyTorch also has strict
operations, one for each number of axes; TensorFlow has one `matmul` for two axes and
more. All frameworks broadcast axes of length one. This is convenient, but it can hide
a mistake without any error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "data": "The data are vectors, matrices and batches of matrices. The sizes "
        "differ wherever possible, so that most wrong axes raise an error instead of "
        "giving a wrong result.",
        "vectors": "`*` multiplies element by element and keeps the shape. The dot "
        "product sums these products, here to {{ dot|figure }}. In TensorFlow it is a "
        "case of `tensordot`, which sums over the requested number of axes.",
        "matrices": "A matrix-vector product is one dot product for each row of the "
        "matrix. In PyTorch, `@` computes this as well as the matrix-matrix product. "
        "TensorFlow's `matmul` requires matrices; `matvec` takes a vector.",
        "batches": "Batched matrix multiplication computes many products at once: "
        "each matrix of one batch times the matrix at the same position in the other. "
        "The result is {{ pairs.shape|figure }}. The last two axes are multiplied; "
        "the axes before them are matched. PyTorch's `bmm` requires exactly this "
        "form; `@` does not.",
        "broadcast matrix": "Every matrix of a batch is multiplied by one matrix, as "
        "if it were repeated (broadcasting). `@` does this in all frameworks. "
        "PyTorch's `mm` accepts only two matrices, so using it documents that no "
        "broadcasting is intended.",
        "broadcast elements": "Broadcasting aligns shapes at their last axis and "
        "stretches an axis that is missing or has length one. So a vector is added to "
        "every row, and a column times a row is a table of shape "
        "{{ table.shape|figure }} (the outer product).",
        "loss": "A layer with one output returns a column, and targets are often a "
        "plain vector. Remove the axis of length one before you subtract: then there "
        "is one error per sample, and the mean squared error is {{ loss|figure }}.",
        "results": "All results agree to rounding. The frameworks may add the terms "
        "of a sum in different orders, and in floating-point arithmetic the order "
        "affects the last digits.",
    },
    apis={
        "torch": ("torch.dot", "torch.mm", "torch.bmm", "torch.matmul"),
        "tf": (
            "tf.tensordot",
            "tf.linalg.matvec",
            "tf.linalg.matmul",
            "tf.expand_dims",
        ),
        "jax": (
            "jax.numpy.dot",
            "jax.numpy.matmul",
            "jax.vmap",
        ),
    },
    exercise=Exercise(
        task="Omit the removal of the axis: `scores - y`. The shapes differ. Does a "
        "framework raise an error?",
        change={"scores[:, 0] - y": "scores - y"},
        answer="No. The column and the vector are broadcast to "
        "{{ after.error.shape|figure }}, so the target of every sample is subtracted "
        "from every score. The loss is {{ after.loss|figure }} instead of "
        "{{ before.loss|figure }}. In training it would pull every score towards the "
        "mean of all targets.",
        holds=lambda before, after: (
            after["error"].shape == (2, 2)
            and not np.isclose(after["loss"], before["loss"], rtol=0.01)
        ),
    ),
)


def expected() -> Arrays:
    """Return the same arrays, with the sums over axes written out in NumPy."""
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
