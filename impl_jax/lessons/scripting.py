"""Scripting: if and while as graph nodes (TorchScript, AutoGraph)."""

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)

RISING, FALLING = [1.1, -3.0, 4.0], [1.1, -3.0, -4.0]


# [step: condition]
def bend(x: jax.Array) -> jax.Array:
    """Double x if its sum is positive, else subtract one."""

    def double(x: jax.Array) -> jax.Array:
        return 2 * x

    def lower(x: jax.Array) -> jax.Array:
        return x - 1

    return jax.lax.cond(x.sum() > 0, double, lower, x)


# [step: by decorator]
@jax.jit
def halve(x: jax.Array) -> tuple[jax.Array, int]:
    """Halve until no absolute value exceeds one; count the iterations."""

    def is_large(state: tuple[jax.Array, int]) -> jax.Array:
        return jnp.abs(state[0]).max() > 1

    def halve_once(state: tuple[jax.Array, int]) -> tuple[jax.Array, int]:
        x, count = state
        return x / 2, count + 1

    return jax.lax.while_loop(is_large, halve_once, (x, 0))


# [step: by call]
def main() -> dict[str, object]:
    """Script both; return their results and what their graphs contain."""
    rising = jnp.array(np.array(RISING))
    falling = jnp.array(np.array(FALLING))
    scripted = jax.jit(bend)

    # [step: the graph]
    graph = scripted.trace(rising).jaxpr
    kinds = [node.primitive.name for node in graph.eqns]
    print(graph)
    print(kinds[kinds.index("cond")], "is the condition.")

    # [step: the code]
    print(scripted.lower(rising).as_text())

    # [step: both branches]
    risen, fallen = scripted(rising), scripted(falling)
    same = jnp.array_equal(risen, bend(rising))
    same = same and jnp.array_equal(fallen, bend(falling))

    # [step: condition as operation]
    by_cond = jax.lax.cond(
        rising.sum() > 0, lambda x: 2 * x, lambda x: x - 1, rising
    )

    # [step: the loop]
    halved, halvings = halve(rising)
    graph = halve.trace(rising).jaxpr
    loop_kinds = [node.primitive.name for node in graph.eqns]

    # [step: results]
    return {
        "risen": risen,
        "fallen": fallen,
        "same_as_python": same,
        "by_cond": by_cond,
        "conditions": kinds.count("cond"),
        "nodes": len(kinds),
        "halved": halved,
        "halvings": halvings,
        "loops": loop_kinds.count("while"),
        "loop_nodes": len(loop_kinds),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
