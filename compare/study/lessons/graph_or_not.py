"""Graph or no graph: the same function run by Python and as a graph.

A program can compute in two ways. **Define-by-run**, or eager execution: Python calls
one operation after another, and each computes its result at once. **Define-and-run**:
Python first describes all operations as a **computational graph**, which is then run,
often without Python. PyTorch and TensorFlow offer both today. This lesson runs one
function in both ways; later lessons show what follows from the difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "function": "The function computes a loss. It also notes the type of a tensor "
        "in a list, as a sign that Python has run it.",
        "choice": "This function chooses between two computations by the values of its "
        "input. In Python that is an ordinary condition.",
        "train": "The loop calls a function for each loss and its gradient. It does "
        "not know whether the function is run by Python or as a graph.",
        "define by run": "Python runs the function at every step, "
        "{{ runs_by_python|figure }} times, and every tensor has its numbers at once: "
        "its type is `{{ torch.saw }}` in PyTorch and `{{ tf.saw }}` in TensorFlow. "
        "This is the advantage of working without a graph: conditions and loops are "
        "those of Python, any value can be printed, and an error names the line that "
        "caused it.",
        "define and run": "Python runs the function {{ runs_with_graph|figure }} time, "
        "and what it sees has no numbers: the type is `{{ torch.graph_saw }}` in "
        "PyTorch and `{{ tf.graph_saw }}` in TensorFlow. The result is a graph, and "
        "the training runs only that: `tf.function` without Python, `symbolic_trace` "
        "as a new Python function that calls the operations one by one. The losses are "
        "the same. Lectures name three advantages. A graph is built once and run "
        "often. It is known as a whole, so it can be optimised before it runs. And it "
        "can be saved and run without the code that made it.",
        "a graph is data": "A program can look at a graph. It contains one matrix "
        "product in both frameworks: {{ products|figure }}. The names of the nodes are "
        "each framework's own. What the first two advantages are worth was measured by "
        "`graph-compare run`, for a small network on two cores of an "
        "{{ sample.machine }} processor. A captured training step took "
        '{{ sample.two_layer["tf/function"]|figure(2) }} of the time of eager '
        "TensorFlow with `tf.function`, and "
        '{{ sample.two_layer["torch/compile-step"]|figure(2) }} of that of eager '
        "PyTorch with `torch.compile`. The first call of the step compiled by "
        "`torch.compile` took {{ sample.first_call_s|figure(2) }} seconds with an "
        "empty cache.",
        "a choice in a graph": "A graph is made before there are numbers, so Python "
        "cannot decide by them: both frameworks raise an error, `refused` is "
        "{{ refused }}. (`tf.function` would convert this condition to an operation; "
        "`autograph=False` switches that off here.) These are the disadvantages of a "
        "graph. Its conditions and loops have to be written as operations, or "
        "converted. A new shape may need a new graph. And an error may appear far from "
        "its cause.",
        "results": "The losses with and without a graph are compared with each other "
        "and with NumPy. A graph changes how a function is run, not what it computes.",
    },
    apis={
        "torch": ("torch.fx.symbolic_trace", "torch.autograd.grad", "torch.no_grad"),
        "tf": ("tf.function", "tf.GradientTape", "tf.Graph"),
    },
    own={
        "saw": "each framework has its own classes",
        "graph_saw": "each framework has its own classes",
        "nodes": "each framework has its own names",
    },
    exercise=Exercise(
        task="Train twice as long: `STEPS` becomes `40`. How often does Python run the "
        "function without a graph, and how often with one?",
        change={"STEPS, RATE = 20, 0.125": "STEPS, RATE = 40, 0.125"},
        answer="{{ after.runs_by_python|figure }} times without a graph, and "
        "{{ after.runs_with_graph|figure }} time with it, as before. The longer a "
        "training takes, the less the making of the graph matters.",
        holds=lambda before, after: bool(
            after["runs_by_python"] == 2 * before["runs_by_python"]
            and after["runs_with_graph"] == before["runs_with_graph"] == 1
        ),
    ),
)


def expected() -> Arrays:
    """Return the same losses, with the gradient written out."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((16, 3)), rng.standard_normal((16, 1))
    w, losses = np.zeros((3, 1)), []
    for _ in range(20):
        error = x @ w - y
        losses.append(np.square(error).mean())
        w = w - 0.125 * x.T @ (2 * error / len(y))
    return {
        "losses": np.array(losses),
        "graph_losses": np.array(losses),
        "chosen": 2 * x if x.sum() > 0 else x - 1,
    }
