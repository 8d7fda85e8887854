"""Graph capture of a training step: nothing, the forward, all of it."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.stages import Traced

jax.config.update("jax_enable_x64", True)

STEPS, RATE, HIDDEN = 20, 1e-5, 30


# [step: loss]
def loss_of(weights: list[Array], x: Array, y: Array) -> Array:
    """Return the squared error of a two-layer network."""
    hidden = jnp.maximum(x @ weights[0], 0)  # (batch, hidden)
    return jnp.square(hidden @ weights[1] - y).sum()


# [step: training step]
def step(
    weights: list[Array], x: Array, y: Array
) -> tuple[Array, list[Array]]:
    """Run forward, loss, backward and update; return loss and weights."""
    loss, gradients = jax.value_and_grad(loss_of)(weights, x, y)
    pairs = zip(weights, gradients, strict=True)
    return loss, [weight - RATE * gradient for weight, gradient in pairs]


# [step: data]
def main() -> dict[str, object]:
    """Train the same weights three ways; return weights and graph sizes."""
    rng = np.random.default_rng(0)
    x = jnp.array(rng.standard_normal((16, 20)))  # (batch, inputs)
    y = jnp.array(rng.standard_normal((16, 4)))  # (batch, outputs)
    start = rng.standard_normal((20, HIDDEN)), rng.standard_normal((HIDDEN, 4))

    # [step: inspect graphs]
    def look(traced: Traced) -> list[str]:
        return [node.primitive.name for node in traced.jaxpr.eqns]

    # [step: eager execution]
    eager = [jnp.array(array) for array in start]
    for _ in range(STEPS):
        eager_loss, eager = step(eager, x, y)

    # [step: captured forward]
    captured = jax.jit(loss_of)
    loss_and_gradients = jax.value_and_grad(captured)
    forward = [jnp.array(array) for array in start]
    for _ in range(STEPS):
        forward_loss, gradients = loss_and_gradients(forward, x, y)
        pairs = zip(forward, gradients, strict=True)
        forward = [weight - RATE * gradient for weight, gradient in pairs]
    forward_trace = captured.trace(forward, x, y)

    # [step: captured step]
    captured = jax.jit(step)
    whole = [jnp.array(array) for array in start]
    for _ in range(STEPS):
        whole_loss, whole = captured(whole, x, y)
    whole_trace = captured.trace(whole, x, y)

    # [step: graph contents]
    forward_graph, whole_graph = look(forward_trace), look(whole_trace)
    print("forward:", *forward_graph)
    print("whole step:", *whole_graph)

    # [step: results]
    return {
        "losses": [eager_loss, forward_loss, whole_loss],
        "eager_w2": eager[1],
        "forward_w2": forward[1],
        "whole_w2": whole[1],
        "forward_products": forward_graph.count("dot_general"),
        "whole_products": whole_graph.count("dot_general"),
        "forward_updates": len(forward_trace.jaxpr.out_avals) - 1,
        "whole_updates": len(whole_trace.jaxpr.out_avals) - 1,
        "forward_nodes": len(forward_graph),
        "whole_nodes": len(whole_graph),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
