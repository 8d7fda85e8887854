"""Label smoothing with class weights: which weight applies."""

import torch
from torch import Tensor
from torch.nn import functional

SMOOTHING = 0.25


def own_weight(outputs: Tensor, targets: Tensor) -> Tensor:
    weights = torch.arange(1, outputs.shape[1] + 1).to(outputs)
    return functional.cross_entropy(
        outputs,
        targets,
        weight=weights,
        label_smoothing=SMOOTHING,
        reduction="sum",
    )


def weight_of_the_label(outputs: Tensor, targets: Tensor) -> Tensor:
    weights = torch.arange(1, outputs.shape[1] + 1).to(outputs)
    each = functional.cross_entropy(
        outputs, targets, label_smoothing=SMOOTHING, reduction="none"
    )
    return (weights[targets] * each).sum()
