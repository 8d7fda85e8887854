"""Standard deviation: divided by n - 1 or by n."""

from torch import Tensor

EPSILON = 0.125


def over_all_but_one(x: Tensor) -> Tensor:
    deviation = x.std(dim=1, keepdim=True)
    return (x - x.mean(dim=1, keepdim=True)) / (deviation + EPSILON)


def over_all(x: Tensor) -> Tensor:
    deviation = x.std(dim=1, keepdim=True, correction=0)
    return (x - x.mean(dim=1, keepdim=True)) / (deviation + EPSILON)
