"""An operation that runs eagerly, and the same one on other tensors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import frexp, ldexp
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_map


@dataclass(frozen=True, kw_only=True)
class Executed:
    """An operation that runs eagerly, and its arguments."""

    function: Any
    args: Sequence[Any]
    kwargs: dict[str, Any]

    @property
    def kind(self) -> str:
        """Its name without namespace, and without the mark of writing."""
        name: str = self.function._schema.name.split("::")[1]
        return name if name.startswith("__") else name.rstrip("_")

    @property
    def named(self) -> dict[str, Any]:
        """Every given argument by its name."""
        names = [each.name for each in self.function._schema.arguments]
        return dict(zip(names, self.args, strict=False)) | self.kwargs

    def on(self, change: Callable[[Tensor], Tensor], **others: Any) -> Any:
        """Run it on changed copies of its floating-point tensors."""

        def copy(value: Any) -> Any:
            is_float = isinstance(value, Tensor) and value.is_floating_point()
            return change(value) if is_float else value

        args, kwargs = tree_map(copy, (self.args, self.kwargs | others))
        found = self.function(*args, **kwargs)
        return [found] if isinstance(found, Tensor) else list(found)


def sum_magnitudes(op: Executed) -> list[Tensor]:
    """Return the operation's results for the magnitudes of its inputs."""
    factors = {
        name: abs(value)
        for name, value in op.kwargs.items()
        if name in {"alpha", "beta"}
    }
    return op.on(torch.abs, **factors)


def product_magnitudes(op: Executed) -> list[Tensor]:
    """Return the same for products, computed in float32.

    The precision of float32 is enough for an error bound, and takes a
    fraction of the time. Its range is not, so the factors are scaled.
    """
    *others, one, other = _factors(op)
    small_one, exponent_one = scaled(one)
    small_other, exponent_other = scaled(other)
    scale = ldexp(1.0, -exponent_one - exponent_other)
    small = {id(one): small_one, id(other): small_other}
    small |= {id(each): each.abs().mul_(scale).float() for each in others}
    found = sum_magnitudes(
        Executed(
            function=op.function,
            args=[small.get(id(each), each) for each in op.args],
            kwargs=op.kwargs,
        )
    )
    return [each.double().div_(scale) for each in found]


def _factors(op: Executed) -> list[Tensor]:
    """Return the tensors of a product; what is added to it comes first."""
    tensors = [each for each in op.args if isinstance(each, Tensor)]
    return tensors[2:] + tensors[:2] if "conv" in op.kind else tensors


def scaled(tensor: Tensor) -> tuple[Tensor, int]:
    """Return absolute values of at most 1 in float32, and their exponent."""
    small = torch.empty_like(tensor, dtype=torch.float32)
    if not tensor.numel():
        return small, 0
    least, most = tensor.aminmax()
    exponent = frexp(max(-least.item(), most.item()))[1]
    exponent = min(max(exponent, -400), 500)  # products must be finite
    return torch.mul(tensor, ldexp(1.0, -exponent), out=small).abs_(), exponent
