"""What is altered in which exported file, and which node is then wrong.

``edit_torch`` and ``edit_tf`` have a function of the same name for each defect.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
TARGETS = {
    "torch": (f"{FOLDER / 'net_torch.py'}:Net", "float32:8x3x12x12"),
    "tf": (f"{FOLDER / 'net_tf.py'}:Net", "float32:8x12x12x3"),
}
NORM = "net_1/batch_normalization_1/batchnorm"


@dataclass(frozen=True)
class PlantedExport:
    """A defect of an exported file.

    Attributes:
        name: of the function that plants it.
        framework: of the model.
        form: of the file.
        nodes: any of these is the right node; empty if none can be named.
    """

    name: str
    framework: str
    form: str
    nodes: frozenset[str]


def plant(framework: str, form: str, **nodes: str) -> list[PlantedExport]:
    """Return defects of one form: name -> names of right nodes, with spaces between."""
    return [
        PlantedExport(name, framework, form, frozenset(right.split()))
        for name, right in nodes.items()
    ]


DEFECTS = [
    *plant(
        "torch",
        "onnx",
        transposed_weight="linear",
        larger_epsilon="getitem",
        shifted_padding="conv2d",
        training_mode="getitem",
        approximate_gelu="gelu",
        other_slope="leaky_relu",
        other_softmax_axis="softmax",
        padding_not_counted="avg_pool2d",
        larger_layer_epsilon="layer_norm",
        other_scale="div",
        missing_bias="linear_4",
        half_precision_weight="linear",
        swapped_concatenation="cat",
        frozen_size="",
    ),
    *plant(
        "torch",
        "program",
        rounded_constant="mul",
        batch_statistics="batch_norm",
    ),
    *plant(
        "tf",
        "frozen",
        shifted_same_padding="net_1/conv2d_1_2/convolution",
        smaller_epsilon=f"{NORM}/add",
        other_leaky_slope="net_1/LeakyRelu",
        # The kernel itself is a node.
        flipped_kernel="net_1/conv2d_1/convolution "
        "net_1/conv2d_1/convolution/ReadVariableOp",
        other_flatten_order="net_1/Reshape",
        swapped_statistics=f"{NORM}/add",
    ),
]
