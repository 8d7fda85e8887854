"""The networks, one per file, by the name that workloads use."""

from impl_torch.models.cnn import Cnn
from impl_torch.models.mlp import Mlp
from impl_torch.models.quirk import Quirk
from impl_torch.models.stack import Stack
from impl_torch.models.two_layer import TwoLayer

MODELS = {
    "two_layer": TwoLayer,
    "cnn": Cnn,
    "mlp": Mlp,
    "stack": Stack,
    "quirk": Quirk,
}
