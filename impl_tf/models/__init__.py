"""The networks, one per file, by the name that workloads use."""

from impl_tf.models.cnn import Cnn
from impl_tf.models.mlp import Mlp
from impl_tf.models.quirk import Quirk
from impl_tf.models.stack import Stack
from impl_tf.models.two_layer import TwoLayer

MODELS = {
    "two_layer": TwoLayer,
    "cnn": Cnn,
    "mlp": Mlp,
    "stack": Stack,
    "quirk": Quirk,
}
