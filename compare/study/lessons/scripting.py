"""A condition inside the graph: Python's if and while, converted.

A graph that is recorded while Python runs holds one path: the one that was taken.
Scripting reads the function's source instead, and turns its `if` and its `while` into
nodes, so that the graph decides anew for every input. TorchScript is PyTorch's
translator for this. It is legacy: deprecated in favour of `torch.compile` and
`torch.export`, and met in older code and saved models. TensorFlow's translator,
AutoGraph, is part of every `tf.function`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "an if": "Which branch runs depends on the data, not on anything that is known "
        "beforehand. Nothing is converted here: called like this, it is plain Python.",
        "by decorator": "Scripting a function where it is defined. TorchScript reads "
        "the source now and rejects whatever it cannot translate. It needs to know "
        "types, and takes an argument without annotation for a tensor. TensorFlow "
        "waits for the first call: only then does it know shapes and types.",
        "by call": "The same without a decorator: the original stays in reach and can "
        "still be run by Python, here to compare with.",
        "the graph": "Printed in full: the condition is a node like any other, "
        "`prim::If` in TorchScript and `StatelessIf` in TensorFlow. Each graph has "
        "{{ conditions|figure }} such node. TorchScript prints both branches inside "
        "the node, as blocks; TensorFlow keeps each as a graph of its own, of which "
        "only the node is seen here.",
        "the code": "What each made of the function. TorchScript translates it to a "
        "small language of its own, shown here as Python. AutoGraph stays in Python: "
        "each branch becomes a function, and `if_stmt` gets both. It looks at the "
        "condition when it is called: a tensor makes a node, a Python value is an "
        "ordinary `if`.",
        "both branches": "One graph, two inputs, both paths: "
        "{{ risen|figure }} was doubled and {{ fallen|figure }} was lowered. Python, "
        "asked the same, answers with the same bits.",
        "the loop": "A `while` over data becomes one node as well, `prim::Loop` and "
        "`StatelessWhile`. How often it goes round is no property of the graph: here "
        "{{ halvings|figure }} times. The count began as a Python number; inside the "
        "graph it is a value that each round hands to the next.",
        "results": "The numbers of nodes are each framework's own. That there is one "
        "condition and one loop is not.",
    },
    apis={
        "torch": ("torch.jit.script", "torch.jit.ScriptFunction"),
        "tf": (
            "tf.function",
            "tf.autograph.to_code",
            "tf.Graph",
        ),
    },
    own={
        "nodes": "PyTorch counts constants and casts, TensorFlow inputs and outputs",
        "loop_nodes": "PyTorch counts constants and casts, TensorFlow inputs and "
        "outputs",
    },
    exercise=Exercise(
        task="Make one number a million times as large: `4.0` in `RISING` becomes "
        "`4e6`. How many more nodes has the loop's graph?",
        change={
            "RISING, FALLING = [1.0, -3.0, 4.0]": "RISING, FALLING = [1.0, -3.0, 4e6]"
        },
        answer="None. It goes round {{ after.halvings|figure }} times in place of "
        "{{ before.halvings|figure }}, and still has {{ torch.loop_nodes|figure }} "
        "nodes in PyTorch and {{ tf.loop_nodes|figure }} in TensorFlow. A recorded "
        "graph would have had to be longer.",
        holds=lambda before, after: bool(
            after["halvings"] > before["halvings"]
            and after["loop_nodes"] == before["loop_nodes"]
        ),
    ),
)


def expected() -> Arrays:
    """The same, decided by hand."""
    rising, falling = np.array([1.0, -3.0, 4.0]), np.array([1.0, -3.0, -4.0])
    return {
        "risen": 2 * rising,
        "fallen": falling - 1,
        "halved": rising / 4,
        "halvings": np.array(2),
    }
