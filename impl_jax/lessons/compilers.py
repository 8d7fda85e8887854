"""Compiling graphs with torch.compile and XLA: shapes and graph breaks."""

import io
from contextlib import redirect_stdout

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)

LENGTHS = [12, 4, 5, 6]


# [step: function]
def wave(x: jax.Array) -> jax.Array:
    """Apply several operations to every element; return the sum."""
    return (jnp.square(jnp.sin(x)) * jnp.exp(-jnp.square(x)) + x).sum()


# [step: function with a print]
def talk(x: jax.Array) -> jax.Array:
    """Print between two operations."""
    half = jnp.sin(x)
    print("half way")
    return jnp.cos(half)


# [step: data]
def main() -> dict[str, object]:
    """Compile both; return their results and the numbers of graphs."""
    rng = np.random.default_rng(0)
    vectors = [jnp.array(rng.standard_normal(n)) for n in LENGTHS]

    # [step: compile]
    compiled = jax.jit(wave)

    # [step: other shapes]
    eager_sums, compiled_sums, graphs = [], [], []
    for x in vectors:
        eager_sums.append(wave(x))
        compiled_sums.append(compiled(x))
        graphs.append(compiled._cache_size())

    # [step: graph break]
    compiled = jax.jit(talk)
    with redirect_stdout(io.StringIO()) as message:
        for _ in range(3):
            cosines = compiled(vectors[0])
    talk_graphs = compiled._cache_size()

    # [step: full graph]
    print(compiled.trace(vectors[0]).jaxpr)

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
