"""Compiling graphs with torch.compile and XLA: shapes and graph breaks."""

import io
from contextlib import redirect_stdout

import numpy as np
import tensorflow as tf

LENGTHS = [12, 4, 5, 6]


# [step: function]
def wave(x: tf.Tensor) -> tf.Tensor:
    """Apply several operations to every element; return the sum."""
    return tf.reduce_sum(tf.square(tf.sin(x)) * tf.exp(-tf.square(x)) + x)


# [step: function with a print]
def talk(x: tf.Tensor) -> tf.Tensor:
    """Print between two operations."""
    half = tf.sin(x)
    print("half way")
    return tf.cos(half)


# [step: data]
def main() -> dict[str, object]:
    """Compile both; return their results and the numbers of graphs."""
    rng = np.random.default_rng(0)
    vectors = [tf.constant(rng.standard_normal(n)) for n in LENGTHS]

    # [step: compile]
    compiled = tf.function(wave, jit_compile=True)

    # [step: other shapes]
    eager_sums, compiled_sums, graphs = [], [], []
    for x in vectors:
        eager_sums.append(wave(x))
        compiled_sums.append(compiled(x))
        graphs.append(compiled.experimental_get_tracing_count())

    # [step: graph break]
    compiled = tf.function(talk, jit_compile=True)
    with redirect_stdout(io.StringIO()) as message:
        for _ in range(3):
            cosines = compiled(vectors[0])
    talk_graphs = compiled.experimental_get_tracing_count()

    # [step: full graph]
    graph = compiled.get_concrete_function(vectors[0]).graph
    print(*(node.type for node in graph.get_operations()))

    # [step: results]
    return {
        "eager_sums": eager_sums,
        "compiled_sums": compiled_sums,
        "graphs": graphs,
        "cosines": cosines,
        "talk_graphs": talk_graphs,
        "prints": message.getvalue().count("half way"),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
