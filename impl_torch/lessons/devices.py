"""Devices: where tensors are stored, and what happens if they are mixed."""

import numpy as np
import torch
from torch import Tensor, nn

SIZE = 64


# [step: choose a device]
def choose_device() -> str:
    """Return the name of a GPU if there is one, else of the CPU."""
    return "cuda:0" if torch.cuda.is_available() else "cpu"


# [step: transfer]
def transferred(array: np.ndarray, device: str) -> Tensor:
    """Return an array as a tensor on a device."""
    tensor = torch.tensor(array)
    if torch.cuda.is_available():
        tensor = tensor.pin_memory()  # a GPU can read this memory itself
    return tensor.to(device, non_blocking=True)


# [step: create and compute]
def main() -> dict[str, object]:
    """Compute on a device; mix devices; move a layer."""
    device = choose_device()
    rng = np.random.default_rng(0)
    x = transferred(rng.standard_normal((SIZE, SIZE)), device)
    product = x @ x  # on the same device
    where = str(product.device)

    # [step: back to main memory]
    try:
        on_cpu = product.numpy()
    except TypeError as error:
        print(error)
        on_cpu = product.cpu().numpy()

    # [step: mixed devices]
    elsewhere = x.to("meta")  # a device of shapes without numbers
    try:
        mixed = str((x + elsewhere).device)
    except RuntimeError as error:
        print(error)
        mixed = "refused"

    # [step: a layer]
    layer = nn.Linear(SIZE, 1, bias=False, dtype=torch.float64)
    nn.init.ones_(layer.weight)
    layer.to(device)
    places = sorted({str(p.device) for p in layer.parameters()})
    sums = layer(x).detach().cpu()

    # [step: wait]
    if torch.cuda.is_available():
        torch.cuda.synchronize()  # returns when the GPU has finished
        waited = "for the GPU"
    else:
        waited = "not needed on a CPU"

    # [step: results]
    return {
        "product": on_cpu,
        "sums": sums,
        "same_device": places == [where],
        "where": where,
        "mixed": mixed,
        "waited": waited,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
