"""The networks, one per file, by the name that workloads use."""

from impl_torch.models.chain import Chain
from impl_torch.models.cnn import Cnn
from impl_torch.models.control_flow import ControlFlow
from impl_torch.models.gru import Gru
from impl_torch.models.mlp import Mlp
from impl_torch.models.modular import Modular
from impl_torch.models.net import Net
from impl_torch.models.quirk import Quirk
from impl_torch.models.resnet import Resnet
from impl_torch.models.rnn import Rnn
from impl_torch.models.stack import Stack
from impl_torch.models.transformer import Transformer
from impl_torch.models.tree import Tree
from impl_torch.models.two_layer import TwoLayer
from impl_torch.models.unet import Unet

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
