"""Mistakes in one layer or in all layers of a network."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from autograd import numpy as traced
from numpy import float32

from compare.agreement.causes.network import Network, keep, product, relu
from compare.agreement.causes.simulation import Mistake
from compare.numerics.convolution import pad_half_kernel, pad_same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from compare.agreement.causes.evidence import Evidence
    from compare.agreement.causes.network import Part
    from compare.agreement.causes.simulation import Step
    from compare.contract import Snapshot
    from compare.numerics.convolution import Padding, Pads


def layer_mistakes(evidence: Evidence) -> Iterator[Mistake]:
    """Return the steps of networks with another padding, activation or pooling."""
    if (network := evidence.network) is None:
        return
    known = evidence.workload.respelled
    for name, explanation, changed in [
        *_change_paddings(network, evidence),
        *_change_activations(network),
        *_change_pooling(network, evidence),
    ]:
        if name not in known or " at " in explanation:
            yield network_mistake(name, explanation, changed)


def network_mistake(name: str, explanation: str, network: Network) -> Mistake:
    """Return the step of another network."""
    return Mistake(
        name=name, explanation=explanation, run=partial(_run_network, network=network)
    )


def _run_network(step: Step, *, network: Network) -> Snapshot:
    step.require_loss(network)
    return step.end(step.differentiate(network=network))


def at_layers(
    names: tuple[str, ...], where: str, part: Part, otherwise: Part = keep
) -> Part:
    """Return a part that differs at one layer, or at all if `where` is empty."""
    return lambda name, array: (
        part(name, array)
        if name in names and where in ("", name)
        else otherwise(name, array)
    )


def _places(names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield each layer and all layers, with the words for the place."""
    for name in names:
        yield name, f" at {name}"
    if len(names) > 1:
        yield "", " everywhere"


def _change_paddings(
    network: Network, evidence: Evidence
) -> Iterator[tuple[str, str, Network]]:
    kernels = tuple(
        name
        for name in network.layers
        if evidence.state[f"{name}.weight"].ndim == 4  # noqa: PLR2004
    )
    for where, words in _places(kernels):
        for name, explanation, padding in PADDINGS:
            changed = partial(_pad_at, where=where, padding=padding)
            yield name, f"{explanation}{words}", replace(network, padding=changed)


def _pad_at(name: str, *, where: str, padding: Padding) -> Padding:
    return padding if where in ("", name) else pad_half_kernel


def _pad_nothing(side: int, kernel: int, stride: int) -> Pads:  # noqa: ARG001
    return 0, 0


PADDINGS: tuple[tuple[str, str, Padding], ...] = (
    ("same_padding", "padding is that of SAME", pad_same),
    ("padding_left_out", "there is no padding", _pad_nothing),
)


def _change_activations(network: Network) -> Iterator[tuple[str, str, Network]]:
    inner = network.layers[:-1]
    for where, words in _places(inner):
        yield (
            "relu_left_out",
            f"the ReLU is left out{words}",
            replace(network, activation=at_layers(inner, where, keep, relu)),
        )
        for title, function in ACTIVATIONS:
            part = at_layers(inner, where, partial(_apply, function), relu)
            yield (
                "other_activation",
                f"the activation is {title}, not ReLU,{words}",
                replace(network, activation=part),
            )
    yield (
        "relu_twice",
        f"a ReLU follows the last layer, {network.layers[-1]}",
        replace(network, last=relu),
    )
    yield (
        "other_activation",
        f"a sigmoid follows the last layer, {network.layers[-1]}",
        replace(network, last=partial(_apply, _sigmoid)),
    )


def _apply(function: Callable[[Any], Any], name: str, z: Any) -> Any:  # noqa: ARG001, ANN401
    return function(z)


def _sigmoid(z: Any) -> Any:  # noqa: ANN401
    return 1 / (1 + traced.exp(-z))


def _gelu_tanh(z: Any) -> Any:  # noqa: ANN401
    inner = traced.sqrt(2 / traced.pi) * (z + 0.044715 * z**3)
    return 0.5 * z * (1 + traced.tanh(inner))


def _leaky(z: Any, *, slope: float) -> Any:  # noqa: ANN401
    return traced.where(z > 0, z, slope * z)


def _elu(z: Any) -> Any:  # noqa: ANN401
    return traced.where(z > 0, z, traced.exp(traced.where(z > 0, 0, z)) - 1)


ACTIVATIONS: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("leaky ReLU of slope 0.01", partial(_leaky, slope=0.01)),
    ("leaky ReLU of slope 0.2", partial(_leaky, slope=0.2)),
    # TensorFlow stores the slope in float32.
    ("leaky ReLU of slope 0.01", partial(_leaky, slope=float(float32(0.01)))),
    ("leaky ReLU of slope 0.2", partial(_leaky, slope=float(float32(0.2)))),
    ("ReLU6", lambda z: traced.where(z > 0, traced.where(z < 6, z, 6), 0)),  # noqa: PLR2004
    ("sigmoid", _sigmoid),
    ("tanh", traced.tanh),
    ("GELU (tanh)", _gelu_tanh),
    ("SiLU", lambda z: z * _sigmoid(z)),
    ("ELU", _elu),
    ("softplus", lambda z: traced.logaddexp(z, 0)),
)


def _change_pooling(
    network: Network, evidence: Evidence
) -> Iterator[tuple[str, str, Network]]:
    ranks = {evidence.state[f"{name}.weight"].ndim for name in network.layers}
    if ranks != {2, 4}:
        return
    yield (
        "pooling",
        "pooling sums pixels instead of averaging them",
        replace(network, pool=lambda x: product("nhwc->nc", x)),
    )
    yield (
        "pooling",
        "pooling takes the largest pixel instead of the mean",
        replace(network, pool=lambda x: traced.max(x, axis=(1, 2))),
    )
