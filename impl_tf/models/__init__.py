"""The networks, one per file, by the name that workloads use."""

from impl_tf.models.chain import Chain
from impl_tf.models.cnn import Cnn
from impl_tf.models.control_flow import ControlFlow
from impl_tf.models.gru import Gru
from impl_tf.models.mlp import Mlp
from impl_tf.models.modular import Modular
from impl_tf.models.net import Net
from impl_tf.models.quirk import Quirk
from impl_tf.models.resnet import Resnet
from impl_tf.models.rnn import Rnn
from impl_tf.models.stack import Stack
from impl_tf.models.transformer import Transformer
from impl_tf.models.tree import Tree
from impl_tf.models.two_layer import TwoLayer
from impl_tf.models.unet import Unet

MODELS = {
    "two_layer": TwoLayer,
    "cnn": Cnn,
    "resnet": Resnet,
    "gru": Gru,
    "rnn": Rnn,
    "transformer": Transformer,
    "unet": Unet,
    "mlp": Mlp,
    "chain": Chain,
    "stack": Stack,
    "tree": Tree,
    "modular": Modular,
    "control_flow": ControlFlow,
    "net": Net,
    "quirk": Quirk,
}
