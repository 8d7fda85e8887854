"""Tracing and retracing: Python code runs only during a trace.

Tracing runs a function once and records the tensor operations that it calls. Other
Python code, such as reading a list, printing or choosing a branch, leaves at most its
result in the graph. The well-known surprises follow from this. `torch.jit.trace`, which
is legacy, makes one trace and keeps it. `tf.function` traces again (retracing) whenever
it has not seen such arguments before. `torch.compile` also checks the Python values
that the trace has read (guards), so it does not have all of these surprises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "data": "One vector of positive numbers. PyTorch traces with an example input. "
        "TensorFlow uses the arguments of the first call as its example.",
        "a number": "The function reads a Python number from a list. The trace "
        "contains the number as a constant, not the list. After the list has changed, "
        "the result is still {{ second|figure }}, the same as before.",
        "a side effect": "Appending to a list is a Python side effect, so it happens "
        "while tracing and in no later call. After all these calls the list has "
        "{{ noted|figure }} entry. A `print` for debugging behaves the same way.",
        "another shape": "PyTorch's trace accepts the shorter vector, and there is no "
        "second trace. For TensorFlow the shape is new, so it retraces. This makes "
        "{{ tf.shape_traces|figure }} traces in total. During retracing, Python reads "
        "the list again. One function now multiplies by the old number or by the new "
        "one, depending on the shape: PyTorch returns {{ torch.shorter|figure }}, "
        "TensorFlow {{ tf.shorter|figure }}.",
        "a number as argument": "PyTorch's tracer rejects a Python number as an "
        "argument. TensorFlow treats each number as a constant and makes a trace for "
        "every new one, {{ tf.number_traces|figure }} here. A learning rate that "
        "changes at every step would cause retracing at every step. As a tensor the "
        "number is data, and {{ tensor_traces|figure }} trace serves all values.",
        "a condition": "While tracing, PyTorch has a real tensor. The condition is "
        "true, one branch is recorded, and only a warning reports that there was a "
        "choice. The other input then silently gets the wrong branch. TensorFlow's "
        "tensors are symbolic and have no value yet, so a plain trace raises an error. "
        "AutoGraph converts the condition into a node and keeps both branches.",
        "guards": "`torch.compile` reads the list while tracing and adds a guard: "
        "before each call, the value in the list is compared with the one in the "
        "trace. After the change it traces again, {{ torch.guarded_traces|figure }} "
        "times in total, and the result is right: {{ torch.guarded|figure }}. "
        "TensorFlow has no guards on Python values. State that changes belongs in a "
        "`Variable`, which the graph reads at every call: {{ tf.guarded_traces|figure "
        "}} trace serves both values.",
        "export": "`torch.export` traces for use without Python, so there is nothing "
        "that could check a guard on a list. The number `5.0` is a constant again, and "
        "so it is in TensorFlow's concrete function. After a change of the list all "
        "still return {{ frozen|figure }}. The lesson on exporting saves such graphs.",
        "results": "What all frameworks freeze is compared. What only some of them "
        "freeze is returned by each program separately.",
    },
    apis={
        "torch": (
            "torch.jit.trace",
            "torch.jit.TracerWarning",
            "torch.compile",
            "torch.export.export",
        ),
        "tf": ("tf.function", "tf.Variable"),
        "jax": (
            "jax.jit",
            "jax.numpy.where",
            "jax.export.export",
        ),
    },
    own={
        "shorter": "PyTorch replays its trace, TensorFlow retraces",
        "shape_traces": "PyTorch replays its trace, TensorFlow retraces",
        "number_traces": "PyTorch raises an error, TensorFlow traces for every number",
        "negative": "PyTorch's trace contains one branch, AutoGraph's graph contains "
        "both",
        "right": "PyTorch's trace contains one branch, AutoGraph's graph contains both",
        "guarded_traces": "torch.compile traces again, a graph reads the variable",
    },
    exercise=Exercise(
        task="Draw the factor at random inside the function: `factor[0] * x` becomes "
        "`rng.random() * x`. Does every call use a different number?",
        change={"return factor[0] * x": "return rng.random() * x"},
        answer="No. NumPy's generator was called while tracing, and its result is a "
        "constant in the graph: {{ after.first|figure }} the first time, "
        "{{ after.second|figure }} the second. To draw a new number at each call, use "
        "the framework's own random number generator.",
        holds=lambda before, after: bool(
            (after["first"] == after["second"]).all()
            and (after["first"] != before["first"]).all()
        ),
    ),
)


def expected() -> Arrays:
    """Return what Python computes with the values at the time of tracing."""
    x = np.random.default_rng(0).random(4)
    return {
        "x": x,
        "first": 2 * x,
        "second": 2 * x,
        "noted": np.array(1),
        "tensor_traces": np.array(1),
        "multiple": 3 * x,
        "positive": 2 * x,
        "guarded": 5 * x,
    }
