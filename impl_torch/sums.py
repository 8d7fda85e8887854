"""How far rounding moves products and sums, in units of roundoff.

A sum of n terms moves by ``sqrt(n) * sum|terms|``. The sum of magnitudes is
the result of the same operation for the absolute values of its inputs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil, frexp, inf, ldexp, prod
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

# An error per element and result; None: the result is exact.
Bounds = list[Tensor | None]


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
    small_one, exponent_one = _scaled(one)
    small_other, exponent_other = _scaled(other)
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
    return [each.double().mul_(1 / scale) for each in found]


def _factors(op: Executed) -> list[Tensor]:
    """Return the tensors of a product; what is added to it comes first."""
    tensors = [each for each in op.args if isinstance(each, Tensor)]
    return tensors[2:] + tensors[:2] if "conv" in op.kind else tensors


def _scaled(tensor: Tensor) -> tuple[Tensor, int]:
    """Return absolute values of at most 1 in float32, and their exponent."""
    size = tensor.abs()
    largest = size.amax().item() if size.numel() else 0.0
    exponent = max(frexp(largest)[1], -400)  # the product's must be finite
    return size.mul_(ldexp(1.0, -exponent)).float(), exponent


def _product(op: Executed, *, terms: Callable[..., float]) -> Bounds:
    factor = max(1, terms(*op.args)) ** 0.5
    return [each.mul_(factor) for each in product_magnitudes(op)]


def _convolution_terms(*args: Any) -> float:
    _, weight, _, stride, _, _, transposed, _, groups = args
    if transposed:
        kernel = ceil(weight[0, 0].numel() / prod(stride))
        return weight.shape[0] / groups * kernel
    return weight[0].numel()


def _convolution_backward(op: Executed) -> Bounds:
    gradient, inputs, weight, _, stride, *_, transposed, _, groups, mask = (
        op.args
    )
    small, exponents = zip(
        *map(_scaled, (gradient, inputs, weight)), strict=True
    )
    found = op.function(*small, *op.args[3:])
    side, kernel = gradient[0, 0].numel(), weight[0, 0].numel()
    if transposed:
        side = inputs[0, 0].numel()
        terms = weight.shape[1] * kernel
    else:
        terms = weight.shape[0] / groups * ceil(kernel / prod(stride))
    by_result = [
        (terms, exponents[0] + exponents[2]),
        (len(inputs) * side, exponents[0] + exponents[1]),
        (len(inputs) * gradient[0, 0].numel(), exponents[0]),
    ]
    return [
        each.double().mul_(n**0.5 * ldexp(1.0, exponent)) if wanted else None
        for each, (n, exponent), wanted in zip(
            found, by_result, mask, strict=True
        )
    ]


def _sum(op: Executed, *, terms: Callable[..., float] | None = None) -> Bounds:
    """Bound sums of equally many terms; a sum of one term is that term."""
    found = sum_magnitudes(op)
    if terms is None:
        n = [op.args[0].numel() / max(1, each.numel()) for each in found]
    else:
        n = [terms(*op.args)] * len(found)
    return [
        each.mul_(count**0.5) if count > 1 else None
        for each, count in zip(found, n, strict=True)
    ]


def _scatter(op: Executed) -> Bounds:
    """Bound sums at indices, each with the number of its non-zero terms."""
    if op.named.get("accumulate", True) is False:
        return [None]
    if op.named.get("reduce") in {"amax", "amin"}:
        return [None]
    one = {"alpha": 1} if "alpha" in op.kwargs else {}
    counts = op.on(lambda tensor: tensor.ne(0).to(tensor.dtype), **one)[0]
    return [sum_magnitudes(op)[0].mul_(counts.sqrt()).mul_(counts.gt(1))]


def _variance(op: Executed) -> Bounds:
    """Bound a variance, also where one pass computes it.

    Its relative error grows with root mean square / standard deviation.
    """
    result = op.on(torch.clone)
    n = op.args[0].numel() / max(1, result[0].numel())
    named = {k: v for k, v in op.named.items() if k in {"dim", "keepdim"}}
    squares = op.args[0].square().mean(**named).mul_(n)
    if "var" in op.kind:
        bounds: Bounds = [squares.mul_(result[0]).sqrt_()]
    else:
        bounds = [squares.sqrt_()]
    if len(result) > 1:
        mean = op.args[0].abs().mean(**named).mul_(n**0.5)
        bounds.append(mean.reshape(result[1].shape))
    return bounds


def _relative(op: Executed) -> Bounds:
    """Bound results whose error is relative: norms and long products."""
    if op.named.get("ord") in {0, inf, -inf}:
        return [None]
    found, given = op.on(torch.clone), op.args[0]
    inputs = [given] if isinstance(given, Tensor) else given
    return [
        each.abs().mul_((one.numel() / max(1, each.numel())) ** 0.5)
        for one, each in zip(inputs, found, strict=True)
    ]


def _window(_: Any, kernel: Any, *rest: Any) -> float:
    return prod(kernel)


def _back_window(_: Any, __: Any, kernel: Any, *rest: Any) -> float:
    return prod(kernel)


def _adaptive(inputs: Tensor, size: Any) -> float:
    given = inputs.shape[-len(size) :]
    return prod(ceil(a / b) + 1 for a, b in zip(given, size, strict=True))


def _interpolated(inputs: Tensor, *rest: Any) -> float:
    """Count terms; positions in long axes are inexact, and so are weights."""
    return 4 * max(inputs.shape[2:]) ** 2


PRODUCTS: dict[str, Callable[[Executed], Bounds]] = {
    **dict.fromkeys(
        ("mm", "bmm", "mv", "dot", "vdot"),
        partial(_product, terms=lambda a, b: a.shape[-1]),
    ),
    **dict.fromkeys(
        ("addmm", "addmv", "baddbmm"),
        partial(_product, terms=lambda _, a, b: a.shape[-1] + 1),
    ),
    "addbmm": partial(_product, terms=lambda _, a, b: a[:, 0].numel() + 1),
    "convolution": partial(_product, terms=_convolution_terms),
    "convolution_backward": _convolution_backward,
}
SUMS: dict[str, Callable[[Executed], Bounds]] = {
    **dict.fromkeys(("sum", "mean", "nansum"), _sum),
    "cumsum": partial(_sum, terms=lambda x, dim: x.shape[dim]),
    **dict.fromkeys(("var", "var_mean", "std", "std_mean"), _variance),
    **dict.fromkeys(
        ("linalg_vector_norm", "_foreach_norm", "prod", "cumprod"), _relative
    ),
    **dict.fromkeys(
        ("avg_pool2d", "avg_pool3d"), partial(_sum, terms=_window)
    ),
    **dict.fromkeys(
        ("avg_pool2d_backward", "avg_pool3d_backward"),
        partial(_sum, terms=_back_window),
    ),
    **dict.fromkeys(
        ("_adaptive_avg_pool2d", "_adaptive_avg_pool3d"),
        partial(_sum, terms=_adaptive),
    ),
    **dict.fromkeys(
        ("_adaptive_avg_pool2d_backward", "_adaptive_avg_pool3d_backward"),
        partial(_sum, terms=lambda *_: 4),
    ),
    **dict.fromkeys(
        (
            f"upsample_{kind}{end}"
            for kind in ("linear1d", "bilinear2d", "trilinear3d", "bicubic2d")
            for end in ("", "_backward")
        ),
        partial(_sum, terms=_interpolated),
    ),
    **dict.fromkeys(
        (
            *("index_add", "scatter_add", "scatter_reduce", "index_put"),
            *("_index_put_impl", "_unsafe_index_put", "index_reduce"),
            *("embedding_dense_backward", "col2im", "unfold_backward"),
            *(
                "max_pool2d_with_indices_backward",
                "fractional_max_pool2d_backward",
            ),
            *("max_pool3d_with_indices_backward",),
            *("adaptive_max_pool2d_backward", "adaptive_max_pool3d_backward"),
            *(f"upsample_nearest{n}d_backward" for n in (1, 2, 3)),
            *(f"_upsample_nearest_exact{n}d_backward" for n in (1, 2, 3)),
            *(f"reflection_pad{n}d_backward" for n in (1, 2, 3)),
            *(f"replication_pad{n}d_backward" for n in (1, 2, 3)),
        ),
        _scatter,
    ),
}
