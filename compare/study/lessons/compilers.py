"""Compiling graphs with torch.compile and XLA: shapes and graph breaks.

Capturing and compiling are two separate steps. Capturing produces a graph. A compiler
may then replace its operations by code generated for this graph alone. Several
operations are fused into one loop, without intermediate results in memory. In PyTorch,
TorchDynamo captures and TorchInductor generates C++ (on a GPU: Triton). In TensorFlow,
`tf.function` captures and XLA compiles. They differ most in how they handle new shapes,
and Python code that does not fit into a graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "function": "Several small operations on each element. Run one by one, each "
        "reads and writes a whole array. A compiler can do all of them in one pass "
        "(operator fusion).",
        "function with a print": "A `print` in the middle. It is a Python side effect "
        "and cannot be part of a graph of tensor operations.",
        "data": "Vectors of several lengths. PyTorch counts its graphs per process, so "
        "the counter is reset here. In TensorFlow each function has its own counter.",
        "compile": "Nothing is captured yet in any framework. Capturing and "
        "compiling wait for the first call (just-in-time compilation). This is why the "
        "first call must not be timed like any other call.",
        "other shapes": "The sums agree with the eager ones up to rounding: compiled "
        "code may add in another order. Code compiled for one length may be unusable "
        "for another. After each length the number of graphs was "
        "{{ torch.graphs|figure }} in PyTorch and {{ tf.graphs|figure }} in "
        "TensorFlow. PyTorch compiles for the first length as a constant. At the "
        "second length it compiles again (recompilation), with a symbolic size "
        "(dynamic shape). This code then serves all lengths except the shortest: zero "
        "and one are always special cases. TensorFlow makes a trace for every shape "
        "(retracing), and XLA compiles each.",
        "graph break": "TorchDynamo cannot put the `print` into a graph, so it ends "
        "one graph before it and starts another after it. This is a graph break. It "
        "gives {{ torch.talk_graphs|figure }} graphs, with Python in between at every "
        "call. The function was called three times and printed "
        "{{ torch.prints|figure }} times. TensorFlow has {{ tf.talk_graphs|figure }} "
        "graph: Python printed while tracing, {{ tf.prints|figure }} time, and does "
        "not run again. PyTorch preserves what the function does and gives up the "
        "single graph. TensorFlow preserves the single graph and gives up the Python "
        "side effect.",
        "full graph": "With `fullgraph`, PyTorch treats a graph break as an "
        "error and reports what it could not capture. Without it, nothing is reported "
        "unless the environment contains `TORCH_LOGS=graph_breaks`. TensorFlow's "
        "graph, listed here, has no node for the `print`.",
        "results": "The sums and the cosines are compared. The number of graphs is "
        "specific to each framework.",
    },
    apis={
        "torch": ("torch.compile", "torch.compiler.reset"),
        "tf": ("tf.function", "tf.Graph"),
        "jax": (
            "jax.jit",
            "jax.numpy.pad",
        ),
    },
    needs={"torch": ("C++ compiler",)},
    own={
        "graphs": "PyTorch makes the length symbolic, TensorFlow traces every shape",
        "talk_graphs": "PyTorch breaks the graph at a print, TensorFlow does not",
        "prints": "PyTorch prints at every call, TensorFlow only while tracing",
    },
    exercise=Exercise(
        task="Declare in advance that lengths will vary: add `dynamic=True` to the "
        "first `torch.compile`, and `reduce_retracing=True` to the first "
        "`tf.function`. How many graphs are needed now?",
        change={
            "torch.compile(wave, fullgraph=True)": "torch.compile(\n"
            "        wave, fullgraph=True, dynamic=True\n    )",
            "tf.function(wave, jit_compile=True)": "tf.function(\n"
            "        wave, jit_compile=True, reduce_retracing=True\n    )",
            "[jnp.array(rng.standard_normal(n)) for n in LENGTHS]": "[\n"
            "        jnp.pad(rng.standard_normal(n), (0, 12 - n)) for n in LENGTHS\n"
            "    ]",
        },
        answer="Fewer. PyTorch needs one instead of {{ torch.graphs[-1]|figure }}, "
        "because the length is symbolic from the start. TensorFlow needs two instead "
        "of {{ tf.graphs[-1]|figure }}, because the second shape shows which size "
        "varies. XLA still compiles that trace for every new length, because its code "
        "is generated for static shapes.",
        holds=lambda before, after: bool(
            after["graphs"].tolist() in ([1, 1, 1, 1], [1, 2, 2, 2])
            and after["graphs"][-1] < before["graphs"][-1]
        ),
    ),
)


def expected() -> Arrays:
    """Return the same results, computed with NumPy."""
    rng = np.random.default_rng(0)
    vectors = [rng.standard_normal(length) for length in (12, 4, 5, 6)]
    sums = [(np.square(np.sin(x)) * np.exp(-np.square(x)) + x).sum() for x in vectors]
    return {
        "eager_sums": np.array(sums),
        "compiled_sums": np.array(sums),
        "cosines": np.cos(np.sin(vectors[0])),
    }
