"""TensorBoard event files: log a training run and read it back.

TensorBoard plots the data in event files. Such a file does not record which framework
wrote it, so one TensorBoard shows runs of both frameworks side by side. Here a small
training run logs its loss at every step, a histogram of its weights and its graph. The
file is then read with TensorBoard's own reader. This is also the way to get the numbers
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
        "data": "Random points, and the sine of the sum of their coordinates as "
        "targets. This is enough for a loss that falls.",
        "model": "The same small network with the same initial weights in both "
        "programs, trained with plain gradient descent. Nothing here depends on the "
        "logging.",
        "writer": "A writer opens one file in its folder and appends to it. In PyTorch "
        "the writer has the methods. In TensorFlow the functions of `tf.summary` write "
        "to the default writer at the point of the call. Without a default writer, "
        "they do nothing and report nothing. PyTorch takes the format from the package "
        "`tensorboard`. The package needs no TensorFlow, but prefers TensorFlow's own "
        "file functions where it is installed. To look at the curves, run "
        "`tensorboard --logdir` with the folder, and open the address that it prints.",
        "train": "The usual training step: loss, gradients, update. Logging adds lines "
        "to the loop and changes nothing in it.",
        "scalar": "A name, a value and a step make one point of a curve. PyTorch takes "
        "the step at each call. In TensorFlow `as_default` can set the step once for "
        "everything that is written inside its block.",
        "histogram": "The file does not store the weights, but how many of them fall "
        "into each bucket. The last histogram counts {{ counts|figure }}. By default "
        "the two frameworks choose different buckets. PyTorch's become wider away from "
        "zero; TensorFlow's have equal width. `BUCKETS` of equal width work in both.",
        "graph": "PyTorch has no graph to show, so `add_graph` runs the model once and "
        "traces it. TensorFlow writes a graph that it already has: `tf.function` made "
        "it. The nodes are each framework's own operations: {{ torch.nodes|figure }} "
        "in PyTorch and {{ tf.nodes|figure }} in TensorFlow, where reading a variable "
        "is a node too.",
        "read": "The writer has to be closed, or at least flushed, before the file is "
        "read. PyTorch writes records in the format's older style, TensorFlow writes "
        "tensors. The reader converts the old style into the new one, so the same "
        "lines read both. Its tags are found by kind: {{ tags|figure }}.",
        "results": "A loss is passed in `float64`, but a TensorBoard scalar is "
        "`float32`: {{ losses[-1]|figure(12) }} is read back as "
        "{{ read[-1]|figure(12) }}. Use event files for curves, not for results to "
        "compute with. The bucket edges come back as {{ torch.edges_dtype }} from "
        "PyTorch and as {{ tf.edges_dtype }} from TensorFlow, which stored them in "
        "that type.",
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
        "edges_dtype": "the reader converts PyTorch's records to float32",
        "nodes": "each graph contains its framework's own operations",
        "operations": "each graph contains its framework's own operations",
    },
    pictures=(
        Picture(
            step="scalar",
            caption="Loss at every step, as read back from the event file.",
            arrays={"read": "loss"},
            x="steps",
            x_title="step",
            y_title="loss",
            y_log=True,
        ),
    ),
    exercise=Exercise(
        task="The reader keeps everything: `0` means no limit. Let it keep `8` points "
        "of each tag instead. Which ones, the first or the last?",
        change={'{"tensors": 0}': '{"tensors": 8}'},
        answer="Neither: of {{ before.steps|length }} steps, those numbered "
        "{{ after.steps|figure }} remain. They are a random sample that always "
        "contains the last step. TensorBoard also reads with a limit, so a long curve "
        "is shown subsampled, and a single outlier may be missing from it. The file is "
        "complete.",
        holds=lambda before, after: bool(
            after["steps"].size < before["steps"].size
            and after["steps"][-1] == before["steps"][-1]
            and np.isin(after["read"], before["read"]).all()
        ),
    ),
)


def expected() -> Arrays:
    """Return the same training, and what the file should contain."""
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
