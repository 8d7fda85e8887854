"""KL divergence reduction: mean over all elements or over the batch."""

from torch import Tensor
from torch.nn import functional


def over_everything(outputs: Tensor, targets: Tensor) -> Tensor:
    logs = functional.log_softmax(outputs, dim=1)
    return functional.kl_div(logs, targets)


def over_the_batch(outputs: Tensor, targets: Tensor) -> Tensor:
    logs = functional.log_softmax(outputs, dim=1)
    return functional.kl_div(logs, targets, reduction="batchmean")
