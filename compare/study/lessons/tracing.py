"""What a trace freezes: Python runs while it is traced, and never again.

To trace a function is to run it once and to write down the tensor operations that it
asks for. Whatever else Python did meanwhile, reading a list, printing, choosing a
branch, leaves at most its result in the graph. The classic surprises follow from this.
`torch.jit.trace` makes one trace and keeps it; it is legacy, but `torch.export` and
every other tracer share the idea. `tf.function` traces again whenever it has not seen
such arguments before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "data": "One vector of positive numbers. PyTorch traces with an example at "
        "hand; TensorFlow takes the first call's arguments as one.",
        "a number": "The function reads a Python number out of a list. The trace holds "
        "the number, not the list: after the list has changed, the answer is still "
        "{{ second|figure }}, the same as before.",
        "a side effect": "Noting something is Python's work, so it is done while "
        "tracing and in no later call. After all these calls there is "
        "{{ noted|figure }} note. A `print` for finding bugs behaves the same way.",
        "another shape": "PyTorch's trace takes the shorter vector as it is, and has "
        "no second trace. TensorFlow has never seen this shape, so it traces again, "
        "which makes {{ tf.shape_traces|figure }} traces in all. While it does, Python "
        "reads the list again. One function now multiplies by the old number or by the "
        "new one, depending on the shape: PyTorch says {{ torch.shorter|figure }}, "
        "TensorFlow {{ tf.shorter|figure }}.",
        "a number as argument": "PyTorch's tracer refuses a Python number as an "
        "argument. TensorFlow takes each for a constant and makes a trace for every "
        "new one, {{ tf.number_traces|figure }} here: a learning rate that changes at "
        "every step would mean tracing at every step. As a tensor the number is data, "
        "and {{ tensor_traces|figure }} trace serves them all.",
        "a condition": "While tracing, PyTorch has a real tensor in hand: the "
        "condition is true, one branch is recorded, and only a warning says that there "
        "was a choice. The other input then gets the wrong branch without a word. "
        "TensorFlow's tensors have no value yet, so a plain trace refuses; AutoGraph "
        "rewrites the condition as a node and keeps both branches.",
        "results": "What was frozen in both frameworks is compared; what only one of "
        "them freezes is returned by each for itself.",
    },
    apis={
        "torch": ("torch.jit.trace", "torch.jit.TracerWarning"),
        "tf": ("tf.function",),
    },
    own={
        "shorter": "PyTorch replays its trace, TensorFlow makes a new one",
        "shape_traces": "PyTorch replays its trace, TensorFlow makes a new one",
        "number_traces": "PyTorch refuses, TensorFlow traces for every number",
        "negative": "PyTorch's trace holds one branch, AutoGraph's graph both",
        "right": "PyTorch's trace holds one branch, AutoGraph's graph both",
    },
    exercise=Exercise(
        task="Draw the factor at random inside the function: `factor[0] * x` becomes "
        "`rng.random() * x`. Does every call get a number of its own?",
        change={"return factor[0] * x": "return rng.random() * x"},
        answer="No. NumPy was asked while tracing, and what it answered is in the "
        "graph: {{ after.first|figure }} the first time, {{ after.second|figure }} the "
        "second. Random numbers have to come from the framework's own generator to be "
        "drawn anew at each call.",
        holds=lambda before, after: bool(
            (after["first"] == after["second"]).all()
            and (after["first"] != before["first"]).all()
        ),
    ),
)


def expected() -> Arrays:
    """The same as Python would have computed it when it was asked."""
    x = np.random.default_rng(0).random(4)
    return {
        "x": x,
        "first": 2 * x,
        "second": 2 * x,
        "noted": np.array(1),
        "tensor_traces": np.array(1),
        "multiple": 3 * x,
        "positive": 2 * x,
    }
