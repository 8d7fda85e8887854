"""The networks, one function per file, by the name that workloads use."""

from collections.abc import Callable
from typing import Any

from impl_keras.models.chain import chain
from impl_keras.models.cnn import cnn
from impl_keras.models.control_flow import control_flow
from impl_keras.models.gru import gru
from impl_keras.models.mlp import mlp
from impl_keras.models.modular import modular
from impl_keras.models.net import net
from impl_keras.models.resnet import resnet
from impl_keras.models.rnn import rnn
from impl_keras.models.stack import stack
from impl_keras.models.transformer import transformer
from impl_keras.models.tree import tree
from impl_keras.models.two_layer import two_layer
from impl_keras.models.unet import unet

MODELS: dict[str, Callable[..., Any]] = {
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
