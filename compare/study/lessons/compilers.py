"""Compiling what was captured: the same numbers from other code.

Capturing and compiling are two things. Capturing gives a graph; a compiler may then
replace its operations by code written for this graph alone, with several operations in
one loop and no intermediate results in memory. In PyTorch, Dynamo captures and Inductor
writes C++ (on a GPU: Triton). In TensorFlow, `tf.function` captures and XLA compiles.
How they cope with new shapes and with Python that does not fit into a graph is where
they differ most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "a function": "Several small operations on each element. Run one by one, each "
        "reads and writes a whole array; a compiler can do them all in one pass.",
        "a function that talks": "A `print` in the middle. It is Python's business and "
        "has no place in a graph of tensor operations.",
        "data": "Vectors of several lengths. PyTorch counts its graphs for the whole "
        "process, so the count starts afresh here. In TensorFlow each function keeps "
        "its own.",
        "compile": "Nothing is captured yet, in either: capturing and compiling wait "
        "for the first call, which is why a first call must not be timed as if it "
        "were any other.",
        "other shapes": "The sums agree with the eager ones to rounding: compiled code "
        "may add up in another order. Code made for one length need not do for "
        "another. After each length the number of graphs was "
        "{{ torch.graphs|figure }} in PyTorch and {{ tf.graphs|figure }} in "
        "TensorFlow. PyTorch compiles for the first length as given; when a second "
        "arrives, it compiles again with the length as an unknown, which then serves "
        "all but the shortest: zero and one are always special. TensorFlow makes a "
        "trace for every shape, and XLA compiles each.",
        "a graph break": "Dynamo cannot put the `print` into a graph, so it ends one "
        "before it and begins another behind it: {{ torch.talk_graphs|figure }} "
        "graphs, with Python in between at every call. It was called three times and "
        "printed {{ torch.prints|figure }} times. TensorFlow has "
        "{{ tf.talk_graphs|figure }} graph: Python printed while tracing, "
        "{{ tf.prints|figure }} time, and is gone. PyTorch keeps what the function "
        "does and gives up the one graph; TensorFlow keeps the one graph and gives up "
        "what Python did.",
        "no break allowed": "With `fullgraph` PyTorch treats a break as an error and "
        "says what it could not capture; without it, nothing is said, unless the "
        "environment has `TORCH_LOGS=graph_breaks`. TensorFlow's graph, listed here, "
        "simply has no trace of the `print`.",
        "results": "The sums and the cosines are compared. How many graphs each needed "
        "is its own.",
    },
    apis={
        "torch": ("torch.compile", "torch.compiler.reset"),
        "tf": ("tf.function", "tf.Graph"),
    },
    needs={"torch": ("C++ compiler",)},
    own={
        "graphs": "PyTorch makes a length an unknown, TensorFlow traces every shape",
        "talk_graphs": "PyTorch breaks the graph at a print, TensorFlow does not",
        "prints": "PyTorch prints at every call, TensorFlow while tracing",
    },
    exercise=Exercise(
        task="Say beforehand that lengths will vary: add `dynamic=True` to the first "
        "`torch.compile`, and `reduce_retracing=True` to the first `tf.function`. How "
        "many graphs are needed now?",
        change={
            "torch.compile(wave, fullgraph=True)": "torch.compile(\n"
            "        wave, fullgraph=True, dynamic=True\n    )",
            "tf.function(wave, jit_compile=True)": "tf.function(\n"
            "        wave, jit_compile=True, reduce_retracing=True\n    )",
        },
        answer="Fewer. PyTorch needs one, in place of {{ torch.graphs[-1]|figure }}: "
        "the length is an unknown from the start. TensorFlow needs two, in place of "
        "{{ tf.graphs[-1]|figure }}: the second shape shows which size varies. XLA "
        "still compiles that trace for every length it meets, because its code is "
        "made for fixed sizes.",
        holds=lambda before, after: bool(
            after["graphs"].tolist() in ([1, 1, 1, 1], [1, 2, 2, 2])
            and after["graphs"][-1] < before["graphs"][-1]
        ),
    ),
)


def expected() -> Arrays:
    """The same with NumPy's loops."""
    rng = np.random.default_rng(0)
    vectors = [rng.standard_normal(length) for length in (12, 4, 5, 6)]
    sums = [(np.square(np.sin(x)) * np.exp(-np.square(x)) + x).sum() for x in vectors]
    return {
        "eager_sums": np.array(sums),
        "compiled_sums": np.array(sums),
        "cosines": np.cos(np.sin(vectors[0])),
    }
