"""Debugging: the same mistakes without a graph and inside one."""

import io
import traceback
from collections.abc import Callable
from contextlib import redirect_stdout

import tensorflow as tf
from tensorflow import Tensor
from tensorflow.errors import InvalidArgumentError

X = tf.constant([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]], tf.float64)
LABELS = tf.constant([0, 1, 7])  # there is no column 7


# [step: two mistakes]
def wrong_shape(x: Tensor, _labels: Tensor) -> Tensor:
    """Multiply two matrices whose shapes do not fit."""
    return x @ x


def wrong_label(x: Tensor, labels: Tensor) -> Tensor:
    """Pick an element of each row, one of them outside."""
    return tf.gather(x, labels, batch_dims=1)


# [step: traceback]
def names_line(function: Callable, run: Callable) -> bool:
    """Return whether an error names the line of the mistake."""
    text = "no error"
    try:
        run(X, LABELS)
    except (ValueError, InvalidArgumentError) as error:
        text = "".join(traceback.format_exception(error))
        print(f"{type(error).__name__}: {str(error).splitlines()[0]}")
    line = function.__code__.co_firstlineno + 2  # after the docstring
    return f"line {line}, in {function.__name__}" in text


# [step: print]
def talk(x: Tensor) -> Tensor:
    """Print a value on the way."""
    half = tf.reduce_sum(x) / 2
    print("half of the sum:", half)
    return half * 2


def printed_by(run: Callable) -> list[str]:
    """Return the lines that three calls print."""
    with redirect_stdout(io.StringIO()) as output:
        for _ in range(3):
            run(X)
    return output.getvalue().splitlines()


# [step: without a graph]
def main() -> dict[str, object]:
    """Return what errors and prints show, without and with a graph."""
    eager = [names_line(f, f) for f in (wrong_shape, wrong_label)]
    eager_lines = printed_by(talk)

    # [step: while capturing]
    captured = tf.function(wrong_shape)
    capturing = names_line(wrong_shape, captured)

    # [step: while running]
    captured = tf.function(wrong_label)
    running = names_line(wrong_label, captured)

    # [step: look inside]
    captured = tf.function(talk)
    graph_lines = printed_by(captured)
    print(*graph_lines, sep="\n")

    # [step: run it eagerly]
    tf.config.run_functions_eagerly(True)
    forced_lines = printed_by(captured)
    tf.config.run_functions_eagerly(False)

    # [step: results]
    return {
        "eager": eager,
        "capturing": capturing,
        "running": running,
        "eager_lines": len(eager_lines),
        "graph_lines": len(graph_lines),
        "forced_lines": len(forced_lines),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
