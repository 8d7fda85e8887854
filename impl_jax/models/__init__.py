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
from impl_jax.models.quirk import quirk
from impl_jax.models.resnet import resnet
from impl_jax.models.rnn import rnn
from impl_jax.models.stack import stack
from impl_jax.models.transformer import transformer
from impl_jax.models.tree import tree
from impl_jax.models.two_layer import two_layer
from impl_jax.models.unet import unet


def make(function: Callable[..., Array]) -> Callable[..., Any]:
    """Return what makes networks of a function, each for other sizes."""

    def fix_sizes(*, dtype: Any = None, **sizes: Any) -> Any:
        return partial(function, **sizes)

    return fix_sizes


MODELS = {
    "two_layer": make(two_layer),
    "cnn": make(cnn),
    "resnet": make(resnet),
    "gru": make(gru),
    "rnn": make(rnn),
    "transformer": make(transformer),
    "unet": make(unet),
    "mlp": make(mlp),
    "chain": make(chain),
    "stack": make(stack),
    "tree": make(tree),
    "modular": make(modular),
    "control_flow": make(control_flow),
    "net": make(net),
    "quirk": make(quirk),
}
