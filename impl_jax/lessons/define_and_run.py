"""Define-and-run: build a static graph by hand, then feed it with data."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, ShapeDtypeStruct

jax.config.update("jax_enable_x64", True)

STEPS = 50


# [step: data]
def main() -> dict[str, object]:
    """Build a training step as a graph; run it; return losses and weights."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((16, 20))  # (batch, inputs)
    y = rng.standard_normal((16, 4))  # (batch, outputs)
    start1 = rng.standard_normal((20, 30))
    start2 = rng.standard_normal((30, 4))

    # [step: placeholders]
    inputs = ShapeDtypeStruct((16, 20), jnp.float64)
    targets = ShapeDtypeStruct((16, 4), jnp.float64)

    # [step: variables]
    w1 = ShapeDtypeStruct((20, 30), jnp.float64)
    w2 = ShapeDtypeStruct((30, 4), jnp.float64)

    # [step: forward]
    def loss_of(weights: list[Array], inputs: Array, targets: Array) -> Array:
        hidden = jax.nn.relu(inputs @ weights[0])
        error = hidden @ weights[1] - targets
        return jnp.square(error).sum()

    loss = jax.eval_shape(loss_of, [w1, w2], inputs, targets)
    print(f"The loss is {loss}.")

    # [step: backward]
    loss_and_gradients = jax.value_and_grad(loss_of)

    # [step: update]
    rate = 1e-4

    def step(weights: list[Array], *batch: Array) -> tuple[Array, list[Array]]:
        loss, gradients = loss_and_gradients(weights, *batch)
        pairs = zip(weights, gradients, strict=True)
        return loss, [weight - rate * slope for weight, slope in pairs]

    graph = jax.jit(step).trace([w1, w2], inputs, targets)
    print(*(node.primitive for node in graph.jaxpr.eqns))

    # [step: run]
    session = graph.lower().compile()
    weights = [jnp.array(start1), jnp.array(start2)]
    losses = []
    for _ in range(STEPS):
        value, weights = session(weights, x, y)
        losses.append(value.item())

    # [step: results]
    return {
        "losses": losses,
        "w1": weights[0],
        "w2": weights[1],
        "nodes": len(graph.jaxpr.eqns),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
