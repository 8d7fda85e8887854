"""Tracing and retracing: Python code runs only during a trace."""

import numpy as np
import tensorflow as tf

trace = tf.function  # traces at the first call


# [step: data]
def main() -> dict[str, object]:
    """Trace small functions, then change the values that they read."""
    rng = np.random.default_rng(0)
    x = tf.constant(rng.random(4))  # all positive

    # [step: a number]
    factor, notes = [2.0], []

    def scaled(x: tf.Tensor) -> tf.Tensor:
        notes.append("Python was here")
        return factor[0] * x

    traced = trace(scaled)
    first = traced(x)
    factor[0] = 5.0
    second = traced(x)

    # [step: a side effect]
    for _ in range(10):
        traced(x)
    noted = len(notes)

    # [step: another shape]
    shorter = traced(x[:2])
    shape_traces = traced.experimental_get_tracing_count()

    # [step: a number as argument]
    def times(x: tf.Tensor, number: float) -> tf.Tensor:
        notes.append("Python was here")
        return number * x

    notes.clear()
    traced = trace(times)
    for number in [1.0, 2.0, 3.0]:
        traced(x, number)
    number_traces = len(notes)
    notes.clear()
    traced = trace(times)
    for number in [1.0, 2.0, 3.0]:
        multiple = traced(x, tf.constant(number, x.dtype))
    tensor_traces = len(notes)

    # [step: a condition]
    def bend(x: tf.Tensor) -> tf.Tensor:
        return 2 * x if tf.reduce_sum(x) > 0 else x - 1

    try:
        trace(bend, autograph=False)(x)
    except TypeError as error:
        print(error)
    traced = trace(bend)
    positive, negative = traced(x), traced(-x)

    # [step: guards]
    changing = tf.Variable(2.0, dtype=x.dtype)

    def changed(x: tf.Tensor) -> tf.Tensor:
        return changing * x

    traced = trace(changed)
    traced(x)
    changing.assign(5.0)
    guarded = traced(x)
    guarded_traces = traced.experimental_get_tracing_count()

    # [step: export]
    exported = trace(scaled).get_concrete_function(x)
    factor[0] = 7.0
    frozen = exported(x)

    # [step: results]
    return {
        "x": x,
        "first": first,
        "second": second,
        "noted": noted,
        "shorter": shorter,
        "shape_traces": shape_traces,
        "number_traces": number_traces,
        "tensor_traces": tensor_traces,
        "multiple": multiple,
        "positive": positive,
        "negative": negative,
        "right": bool(tf.reduce_all(negative == bend(-x))),
        "guarded": guarded,
        "frozen": frozen,
        "guarded_traces": guarded_traces,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
