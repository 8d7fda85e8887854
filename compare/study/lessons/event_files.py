"""What a training leaves for TensorBoard, written and read back.

TensorBoard draws what it finds in event files. Nothing in such a file says who wrote
it, so one TensorBoard shows runs of both frameworks side by side. Here a small training
writes its loss at every step, a histogram of its weights and its graph; then the file
is read with TensorBoard's own reader, which is also the way to get at the numbers
without a browser.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "data": "Random points, and the sine of the sum of their coordinates: enough "
        "for a loss that falls.",
        "model": "The same small net from the same weights in both, with plain "
        "gradient descent. Nothing here knows yet that it will be watched.",
        "writer": "A writer opens one file in its folder and adds to its end. In "
        "PyTorch the writer has the methods; in TensorFlow functions of `tf.summary` "
        "write to whichever writer is the default where they are called. Where none "
        "is, they do nothing and say nothing. PyTorch takes the format from the "
        "package `tensorboard`, which needs no TensorFlow but prefers TensorFlow's "
        "own file functions where it is installed.",
        "train": "A training step as ever: loss, gradients, update. Watching adds "
        "lines to the loop and changes nothing in it.",
        "scalar": "A name, a value and a step make a point of a curve. PyTorch is told "
        "the step at each call; in TensorFlow `as_default` can say it once for all "
        "that is written inside.",
        "histogram": "Not the weights themselves are written but how many fall into "
        "each bucket. The last histogram counts {{ counts|figure }}. Left alone the "
        "two would choose other buckets: PyTorch some that widen away from zero, "
        "TensorFlow equal ones. `BUCKETS` of equal width suit both.",
        "graph": "PyTorch has no graph to show, so `add_graph` runs the model once and "
        "traces it. TensorFlow writes a graph that it has: `tf.function` made it. The "
        "nodes are each framework's own operations, {{ torch.nodes|figure }} in "
        "PyTorch and {{ tf.nodes|figure }} in TensorFlow, where reading a variable "
        "is a node too.",
        "read": "The writer has to be closed, or at least flushed, before anyone "
        "reads. PyTorch wrote records in the format's older style, TensorFlow "
        "tensors; the reader turns the old into the new, so that the same lines read "
        "both. Its tags are found by kind: {{ tags|figure }}.",
        "results": "A loss was handed over in `float64`, but a scalar of TensorBoard "
        "is `float32`: {{ losses[-1]|figure(12) }} was read back as "
        "{{ read[-1]|figure(12) }}. Take event files for curves, not for "
        "results to compute with. The edges of the buckets come back as "
        "{{ torch.edges_dtype }} from PyTorch and as {{ tf.edges_dtype }} from "
        "TensorFlow, which kept them so.",
    },
    apis={
        "torch": (
            "torch.utils.tensorboard.writer.SummaryWriter",
            "torch.utils.tensorboard.writer.SummaryWriter.add_scalar",
            "torch.utils.tensorboard.writer.SummaryWriter.add_histogram",
            "torch.utils.tensorboard.writer.SummaryWriter.add_graph",
        ),
        "tf": (
            "tf.summary.create_file_writer",
            "tf.summary.scalar",
            "tf.summary.histogram",
            "tf.summary.graph",
        ),
    },
    own={
        "edges_dtype": "PyTorch's records are converted by the reader, to float32",
        "nodes": "each graph holds its framework's own operations",
        "operations": "each graph holds its framework's own operations",
    },
    pictures=(
        Picture(
            step="scalar",
            caption="The loss at every step, as it was read back.",
            arrays={"read": "loss"},
            x="steps",
            x_title="step",
            y_title="loss",
            y_log=True,
        ),
    ),
    exercise=Exercise(
        task="The reader was told to keep everything: `0` means no limit. Let it keep "
        "`8` points of each tag instead. Which ones, the first or the last?",
        change={'{"tensors": 0}': '{"tensors": 8}'},
        answer="Neither: of {{ before.steps|length }} steps those numbered "
        "{{ after.steps|figure }} are left, a random sample that always holds the "
        "last. TensorBoard reads with a limit as well, so a long curve is shown "
        "thinned, and a single outlier may be missing from it. The file is complete.",
        holds=lambda before, after: bool(
            after["steps"].size < before["steps"].size
            and after["steps"][-1] == before["steps"][-1]
            and np.isin(after["read"], before["read"]).all()
        ),
    ),
)


def expected() -> Arrays:
    """The same training, and what should stand in the file."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((64, 3))
    y = np.sin(x.sum(axis=1, keepdims=True))
    shapes = [(3, 16), (16,), (16, 1), (1,)]
    w1, b1, w2, b2 = (rng.normal(0, 0.5, shape) for shape in shapes)
    losses = []
    for _ in range(40):
        h = np.tanh(x @ w1 + b1)
        error = h @ w2 + b2 - y
        losses.append(np.square(error).mean())
        d2 = 2 * error / len(error)
        d1 = d2 @ w2.T * (1 - h**2)
        w2, b2 = w2 - 0.25 * h.T @ d2, b2 - 0.25 * d2.sum(axis=0)
        w1, b1 = w1 - 0.25 * x.T @ d1, b1 - 0.25 * d1.sum(axis=0)
    counts, edges = np.histogram(w1, bins=10)
    return {
        "losses": np.array(losses),
        "tags": np.array(["loss", "weights"]),
        "steps": np.arange(40),
        "read": np.array(losses, dtype="float32"),
        "edges": edges[:-1].astype("float32"),
        "counts": counts,
    }
