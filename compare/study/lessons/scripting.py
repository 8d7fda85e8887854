"""Scripting: if and while as graph nodes (TorchScript, AutoGraph).

A graph recorded while Python runs (a trace) contains one path: the one that was taken.
Scripting reads the function's source code instead, and converts its `if` and `while`
into nodes. The graph then decides for every input which path to take. TorchScript is
PyTorch's scripting compiler. It is legacy: deprecated in favour of `torch.compile` and
`torch.export`, and found in older code and saved models. TensorFlow's converter,
AutoGraph, is part of `tf.function`, unless it is switched off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "condition": "The branch that runs depends on the data, not on anything that "
        "is known in advance (data-dependent control flow). Nothing is converted here: "
        "called like this, the function is plain Python.",
        "by decorator": "The function is scripted where it is defined. TorchScript "
        "reads the source immediately and rejects whatever it cannot translate. It "
        "needs types, and treats an argument without annotation as a tensor. "
        "TensorFlow waits for the first call, because shapes and types are only known "
        "then.",
        "by call": "The same without a decorator. The original function remains "
        "available and can still be run by Python, here for comparison.",
        "the graph": "The condition is a node like any other: `prim::If` in "
        "TorchScript and `StatelessIf` in TensorFlow. Each graph has "
        "{{ conditions|figure }} such node. TorchScript's graph is printed as a whole: "
        "the node contains both branches, as blocks. TensorFlow's is printed without "
        "the branches, which it stores as separate graphs.",
        "the code": "The converted code of each framework. TorchScript translates the "
        "function to a small language of its own, printed here as Python. AutoGraph "
        "stays in Python: each branch becomes a function, and `if_stmt` receives both. "
        "It checks the condition when it is called. A tensor makes a node; a Python "
        "value is an ordinary `if`.",
        "both branches": "One graph takes both paths, depending on the input. `RISING` "
        "is doubled to {{ risen|figure }}, and `FALLING` is lowered to "
        "{{ fallen|figure }}. Python returns the same bits for the same inputs.",
        "condition as operation": "`torch.cond` and `tf.cond` are the condition as an "
        "operation: it takes both branches as functions, and needs no conversion. A "
        "captured graph contains it as a node with two parts. `torch.export`, and "
        "`torch.compile` with `fullgraph=True`, accept it where they reject an `if` on "
        "a tensor. (By default `torch.compile` splits the graph there, a **graph "
        "break**.) The result is the same: {{ by_cond|figure }}.",
        "the loop": "A `while` over data also becomes one node, `prim::Loop` and "
        "`StatelessWhile`. The number of iterations is not a property of the graph: "
        "here it is {{ halvings|figure }}. The counter starts as a Python number. "
        "Inside the graph it is a value that each iteration passes to the next.",
        "results": "The number of nodes is specific to each framework. The number of "
        "conditions and loops, one each, is not.",
    },
    apis={
        "torch": ("torch.jit.script", "torch.jit.ScriptFunction", "torch.cond"),
        "tf": (
            "tf.function",
            "tf.cond",
            "tf.autograph.to_code",
            "tf.Graph",
        ),
        "jax": (
            "jax.lax.cond",
            "jax.lax.while_loop",
            "jax.jit",
            "jax.make_jaxpr",
        ),
    },
    own={
        "nodes": "PyTorch's graph has casts and more constants, TensorFlow's has its "
        "inputs and outputs as nodes",
        "loop_nodes": "PyTorch's graph has casts and more constants, TensorFlow's has "
        "its inputs and outputs as nodes",
    },
    exercise=Exercise(
        task="Make one number a million times larger: `4.0` in `RISING` becomes `4e6`. "
        "How many more nodes does the loop's graph have?",
        change={
            "RISING, FALLING = [1.1, -3.0, 4.0]": "RISING, FALLING = [1.1, -3.0, 4e6]"
        },
        answer="None. The loop runs {{ after.halvings|figure }} iterations instead of "
        "{{ before.halvings|figure }}, and its graph still has "
        "{{ torch.loop_nodes|figure }} nodes in PyTorch and {{ tf.loop_nodes|figure }} "
        "in TensorFlow. A traced graph would have to be longer.",
        holds=lambda before, after: bool(
            after["halvings"] > before["halvings"]
            and after["loop_nodes"] == before["loop_nodes"]
        ),
    ),
)


def expected() -> Arrays:
    """Return the same results, with every branch chosen by hand."""
    rising, falling = np.array([1.1, -3.0, 4.0]), np.array([1.1, -3.0, -4.0])
    return {
        "risen": 2 * rising,
        "fallen": falling - 1,
        "halved": rising / 4,
        "halvings": np.array(2),
    }
