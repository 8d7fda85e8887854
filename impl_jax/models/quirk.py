"""A scale and one layer, in one spelling of a quirk."""

from collections.abc import Mapping, Sequence

from jax import Array

from impl_jax.layers import Net, dense
from impl_jax.quirks import spelled


def quirk(
    net: Net, x: Array, *, layer: str, shapes: Mapping[str, Sequence[int]]
) -> Array:
    """Return the layer of a quirk, or a dense layer by default."""
    if "scale.factor" in net:
        x = net.at("scale").show(x * net["scale.factor"])
    own = net.at("layer")
    if not layer:  # trained with a spelled loss or optimizer
        return dense(own, x)
    names = [path.partition(".")[2] for path in shapes if path[:6] == "layer."]
    return own.show(spelled(layer)(x, **{name: own[name] for name in names}))
