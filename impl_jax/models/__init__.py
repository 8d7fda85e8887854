"""The networks, one function per file, by the name that workloads use."""

from collections.abc import Callable
from functools import partial
from typing import Any

from jax import Array

from impl_jax.models.chain import chain
from impl_jax.models.cnn import cnn
from impl_jax.models.control_flow import control_flow
from impl_jax.models.gru import gru
from impl_jax.models.mlp import mlp
from impl_jax.models.modular import modular
from impl_jax.models.net import net
from impl_jax.models.resnet import resnet
from impl_jax.models.rnn import rnn
from impl_jax.models.stack import stack
from impl_jax.models.transformer import transformer
from impl_jax.models.tree import tree
from impl_jax.models.two_layer import two_layer
from impl_jax.models.unet import unet

FUNCTIONS: dict[str, Callable[..., Array]] = {
    "two_layer": two_layer,
    "cnn": cnn,
    "resnet": resnet,
    "gru": gru,
    "rnn": rnn,
    "transformer": transformer,
    "unet": unet,
    "mlp": mlp,
    "chain": chain,
    "stack": stack,
    "tree": tree,
    "modular": modular,
    "control_flow": control_flow,
    "net": net,
}


def make(function: Callable[..., Array], *, dtype: Any, **sizes: Any) -> Any:
    """Return a network of these sizes, a function of parameters and inputs."""
    return partial(function, **sizes)


MODELS = {name: partial(make, each) for name, each in FUNCTIONS.items()}
