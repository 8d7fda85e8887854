"""Two dense layers with a ReLU; previous losses choose the second one."""

from typing import Any

import jax
from jax import Array

from impl_jax.layers import Net, dense


def control_flow(net: Net, x: Array, **_: Any) -> Array:  # (N, inputs)
    h = jax.nn.relu(dense(net.at("hidden"), x))  # (N, hidden)
    has_fallen = net["losses"][0] < net["losses"][1]  # ()
    output = net.at("output")
    if isinstance(has_fallen, jax.core.Tracer):  # the graph has both sides
        weights = output["falling"], output["rising"]
        y = jax.lax.cond(
            has_fallen, lambda a, _: h @ a, lambda _, b: h @ b, *weights
        )
    else:
        y = h @ output["falling" if has_fallen else "rising"]
    return output.show(y)  # (N, outputs)
