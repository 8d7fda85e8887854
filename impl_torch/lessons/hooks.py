"""Forward hooks: activation statistics during training."""

from itertools import pairwise

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

SIZES, STEPS, RATE = (64, 50, 50, 10), 40, 0.125
SCALES = {"good": 1.0, "other": 3.0}


# [step: hook]
class Hook:
    """Records mean and standard deviation of a layer's output."""

    def __init__(self, layer: nn.Module) -> None:
        self.means, self.deviations = [], []
        layer.register_forward_hook(self.note)

    def note(self, _layer: nn.Module, _inputs: tuple, output: Tensor) -> None:
        self.means.append(output.mean().item())
        self.deviations.append(output.std(correction=0).item())


# [step: layers]
def dense_layers(scale: float) -> list[nn.Module]:
    """Return three layers with Kaiming initialisation, times a scale."""
    rng = np.random.default_rng(0)
    layers = []
    for inputs, outputs in pairwise(SIZES):
        spread = scale * np.sqrt(2 / inputs)
        weight = spread * rng.standard_normal((inputs, outputs))
        layer = nn.Linear(inputs, outputs, dtype=torch.float64)
        layer.weight = nn.Parameter(torch.tensor(weight.T))
        nn.init.zeros_(layer.bias)
        layers.append(layer)
    return layers


# [step: forward]
def forward(layers: list[nn.Module], x: Tensor) -> Tensor:
    """Apply all layers, with a ReLU after each but the last."""
    for layer in layers[:-1]:
        x = layer(x).relu()
    return layers[-1](x)  # (n, 10)


# [step: data]
def main() -> dict[str, object]:
    """Train with a good and a bad initialisation; return all records."""
    pixels, labels = load_digits(return_X_y=True)
    pixels, labels = pixels[:200], labels[:200]
    x = torch.tensor((pixels - pixels.mean()) / pixels.std())  # (n, 64)
    y = torch.tensor(labels)  # (n,)

    arrays = {}
    for start, scale in SCALES.items():
        # [step: registration]
        layers = dense_layers(scale)
        hooks = [Hook(layer) for layer in layers]

        # [step: training]
        weights = [w for layer in layers for w in layer.parameters()]
        optimizer = torch.optim.SGD(weights, lr=RATE)
        losses = []
        for _ in range(STEPS):
            loss = nn.functional.cross_entropy(forward(layers, x), y)
            losses.append(loss.item())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

        # [step: recorded statistics]
        arrays[f"{start}_losses"] = losses
        for number, hook in enumerate(hooks, start=1):
            arrays[f"{start}_means_{number}"] = hook.means
            arrays[f"{start}_deviations_{number}"] = hook.deviations
            for step in (0, STEPS - 1):
                mean, deviation = hook.means[step], hook.deviations[step]
                print(
                    f"{start} start, step {step:2}, layer {number}: "
                    f"mean {mean:6.2f}, deviation {deviation:6.2f}"
                )

    # [step: results]
    return arrays


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
