"""The defects in modes of users' models: where they are, and what a check must find.

Most models compute another thing while a mode captures them. The others are correct:
the defect is in the training step or in the compiler, planted by `planting.py` in the
worker while it runs the session of that mode.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
IMAGES = {"torch": "float32:8x2x6x6", "tf": "float32:8x6x6x2"}


@dataclass(frozen=True, kw_only=True)
class Defect:
    """A defect in one mode of a user's model."""

    framework: str
    name: str
    model: str  # a class in torch_models.py or tf_models.py
    mode: str
    # The first layer that a card must name; empty: the defect changes no tensor of the
    # checked batches, but the capture or the result at another batch size.
    first: str
    plant: str = ""  # a function in planting.py; empty: the model itself differs
    optimizer: str = "sgd"
    inputs: str = "float32:8x10"

    @property
    def target(self) -> str:
        """The model as a user names it."""
        return f"{FOLDER / f'{self.framework}_models.py'}:{self.model}"


def _torch(
    name: str, model: str, mode: str, first: str, plant: str = "", **more: str
) -> Defect:
    return Defect(
        framework="torch",
        name=name,
        model=model,
        mode=mode,
        first=first,
        plant=plant,
        **more,
    )


def _tf(
    name: str, model: str, mode: str, first: str, plant: str = "", **more: str
) -> Defect:
    return Defect(
        framework="tf",
        name=name,
        model=model,
        mode=mode,
        first=first,
        plant=plant,
        **more,
    )


TORCH = (
    _torch("batch norm with another momentum", "BatchMomentum", "trace", "middle"),
    _torch("running statistics not updated", "StaleStatistics", "trace", "middle"),
    _torch("batch size of the example", "FrozenBatch", "trace", ""),
    # The branch is another one in a later batch only.
    _torch("branch on a tensor frozen", "FrozenBranch", "trace", "middle"),
    _torch("number of the data frozen", "FrozenGlobal", "trace", "middle"),
    _torch("float32 constant", "Narrow", "trace", "middle"),
    _torch("in-place aliasing lost", "Aliasing", "trace", "middle"),
    _torch("norm of stale weights", "StaleWeights", "trace", "middle"),
    _torch("every third update lost", "Plain", "script", "first", "lose_third"),
    _torch("another learning rate", "Plain", "script", "first", "change_rate"),
    _torch("a frozen parameter trained", "Frozen", "script", "first", "train_frozen"),
    _torch(
        "optimizer's state reset",
        "Plain",
        "trace",
        "first",
        "forget_state",
        optimizer="momentum",
    ),
    _torch("gradient of a custom function", "CustomGradient", "eager", "first"),
    _torch("gelu by tanh", "Gelu", "compile", "middle", "approximate_gelu"),
    _torch("softmax over another axis", "Softmax", "compile", "attend", "turn_softmax"),
    _torch("layer norm epsilon", "Norm", "compile-step", "middle"),
    _torch("dropout scaled twice", "Dropout", "compile", "middle"),
    _torch(
        "kernel flipped",
        "Images",
        "compile",
        "conv",
        inputs=IMAGES["torch"],
    ),
    _torch("gradient detached", "Detached", "compile", "first"),
    _torch("loss of another reduction", "Plain", "compile-step", "loss", "change_loss"),
    _torch("one parameter not updated", "Plain", "compile", "head", "lose_last"),
    _torch("compiler disabled", "Disabled", "compile", ""),
    _torch("compiler errors suppressed", "Plain", "compile", "", "suppress_errors"),
)
TF = (
    _tf("gelu by tanh", "Gelu", "xla", "middle"),
    _tf("layer norm epsilon", "Norm", "function", "middle"),
    _tf("gain and bias swapped", "Swapped", "keras", "middle"),
    _tf("running statistics not updated", "StaleStatistics", "function", "middle"),
    _tf("mask applied twice", "Mask", "function", "middle"),
    _tf("padding on the other side", "Images", "xla", "conv", inputs=IMAGES["tf"]),
    _tf("batch size of the first trace", "FrozenBatch", "function", ""),
    _tf("random number frozen", "FrozenRandom", "function", "middle"),
    _tf("number of the data frozen", "FrozenGlobal", "function", "middle"),
    _tf("gradient stopped", "Detached", "xla", "dense"),
    _tf("gradient of a custom function", "CustomGradient", "eager", "first"),
    _tf("float32 constant", "Narrow", "function", "middle"),
    _tf("tied weights untied", "Tied", "function", "first"),
    _tf("softmax over another axis", "Softmax", "function", "middle"),
    _tf("one parameter not updated", "Plain", "function", "head", "lose_last"),
    _tf("another learning rate", "Plain", "xla", "first", "change_rate"),
    _tf(
        "epsilon in a layer of Keras",
        "KerasNorm",
        "keras",
        "keras_norm.keras_norm_layer",
    ),
    _tf(
        "optimizer's state reset",
        "Plain",
        "function",
        "first",
        "forget_state",
        optimizer="momentum",
    ),
    _tf("functions run eagerly", "Plain", "function", "", "run_eagerly"),
    _tf("a call of Python in the graph", "CallsPython", "function", ""),
)
DEFECTS = {"torch": TORCH, "tf": TF}
