"""Tracing and retracing: Python code runs only during a trace."""

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)

trace = jax.jit  # traces at the first call


# [step: data]
def main() -> dict[str, object]:
    """Trace small functions, then change the values that they read."""
    rng = np.random.default_rng(0)
    x = jnp.array(rng.random(4))  # all positive

    # [step: a number]
    factor, notes = [2.0], []

    def scaled(x: jax.Array) -> jax.Array:
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
    shape_traces = len(notes)

    # [step: a number as argument]
    def times(x: jax.Array, number: float) -> jax.Array:
        notes.append("Python was here")
        return number * x

    notes.clear()
    traced = trace(times, static_argnames="number")
    for number in [1.0, 2.0, 3.0]:
        traced(x, number)
    number_traces = len(notes)
    notes.clear()
    traced = trace(times)
    for number in [1.0, 2.0, 3.0]:
        multiple = traced(x, number)
    tensor_traces = len(notes)

    # [step: a condition]
    def bend(x: jax.Array) -> jax.Array:
        return 2 * x if x.sum() > 0 else x - 1

    try:
        trace(bend)(x)
    except jax.errors.TracerBoolConversionError as error:
        print(str(error).partition("\n")[0])
    traced = trace(lambda x: jnp.where(x.sum() > 0, 2 * x, x - 1))
    positive, negative = traced(x), traced(-x)

    # [step: guards]
    def changed(x: jax.Array, changing: float) -> jax.Array:
        notes.append("Python was here")
        return changing * x

    notes.clear()
    traced = trace(changed)
    traced(x, 2.0)
    guarded = traced(x, 5.0)
    guarded_traces = len(notes)

    # [step: export]
    exported = jax.export.export(trace(lambda x: x * factor[0]))(x)
    factor[0] = 7.0
    frozen = exported.call(x)

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
        "right": jnp.array_equal(negative, bend(-x)),
        "guarded": guarded,
        "frozen": frozen,
        "guarded_traces": guarded_traces,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
