"""Debugging: the same mistakes without a graph and inside one.

According to the lectures a static graph is harder to debug: when an error appears, the
Python code that made the graph has already finished. How much harder depends on what
the error reports. This program makes two mistakes, without a graph and inside one, and
checks whether the error names the line. Then it prints a value in both ways.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "two mistakes": "The first mistake can be seen from the shapes alone. The "
        "second is a value out of range, which only the data show.",
        "traceback": "Python's traceback lists the lines that led to an error. The "
        "function checks whether the text of the error, with its traceback, names the "
        "line of the mistake.",
        "print": "This function prints a value on the way. It is called three times, "
        "and what it prints is counted.",
        "without a graph": "On a CPU each operation runs when its line runs, so both "
        "errors name the line: {{ eager|figure }}. (A GPU may report an error at a "
        "later line.)",
        "while capturing": "Here the shapes are known when the graph is made. Both "
        "frameworks notice the first mistake then, and name the line: `capturing` is "
        "{{ capturing }}.",
        "while running": "The second mistake appears when the graph runs. TensorFlow "
        "has stored with each node where it was created: `running` is "
        "{{ tf.running }}. PyTorch has stored it too, as `stack_trace` of a node, but "
        "the error does not report it: `running` is {{ torch.running }}. With this "
        "backend the traceback ends in generated code, which names only the operation.",
        "look inside": "Without a graph {{ eager_lines|figure }} lines are printed. "
        "PyTorch breaks the graph at the `print` and prints "
        "{{ torch.graph_lines|figure }} times. TensorFlow prints "
        "{{ tf.graph_lines|figure }} line, while tracing, and it shows a node instead "
        "of a number. `tf.print` is an operation and prints when the graph runs.",
        "run it eagerly": "Both frameworks can switch graphs off without a change of "
        "the code. Then {{ forced_lines|figure }} lines with numbers are printed, and "
        "a debugger can stop at every line. Do this first. If the mistake disappears, "
        "look for a value that the graph has frozen, or suspect the compiler.",
        "results": "What happens without a graph is the same. What an error inside a "
        "graph names, and how often Python prints, is specific to each framework.",
    },
    apis={
        "torch": ("torch.compile", "torch.compiler.set_stance"),
        "tf": ("tf.function", "tf.config.run_functions_eagerly", "tf.print"),
    },
    own={
        "running": "both store the line of each node, and only TensorFlow's error "
        "reports it",
        "graph_lines": "PyTorch breaks the graph at a print, TensorFlow does not",
    },
    exercise=Exercise(
        task="Correct the label: `7` becomes `1`. Which errors remain?",
        change={"[0, 1, 7]": "[0, 1, 1]"},
        answer="Only that of the shapes: without a graph the two functions give "
        "{{ after.eager|figure }} instead of {{ before.eager|figure }}. The graph was "
        "not at fault: the labels are its input and not part of it.",
        holds=lambda before, after: bool(
            before["eager"].tolist() == [True, True]
            and after["eager"].tolist() == [True, False]
            and after["capturing"]
            and not after["running"]
        ),
    ),
)


def expected() -> Arrays:
    """Return what is printed without a graph."""
    return {"eager": np.array([True, True]), "eager_lines": np.array(3)}
