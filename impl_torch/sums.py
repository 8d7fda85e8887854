"""How far rounding moves products and sums, in units of roundoff.

A sum of n terms moves by ``sqrt(n) * sum|terms|``. The sum of magnitudes is
the result of the same operation for the absolute values of its inputs.
"""

from collections.abc import Callable
from functools import partial
from math import ceil, inf, ldexp, prod
from typing import Any

import torch
from torch import Tensor

from impl_torch.executed import (
    Executed,
    product_magnitudes,
    scaled,
    sum_magnitudes,
)

# An error per element of each result; None: the result is exact.
_Errors = list[Tensor | None]


def sum_rule(kind: str) -> Callable[[Executed], _Errors] | None:
    """Return the function that computes an operation's errors, if it sums."""
    return _RULES.get(kind)


def _product(op: Executed, *, terms: Callable[..., float]) -> _Errors:
    factor = max(1, terms(*op.args)) ** 0.5
    return [each.mul_(factor) for each in product_magnitudes(op)]


def _convolution_terms(*args: Any) -> float:
    _, weight, _, stride, _, _, transposed, _, groups = args
    if transposed:
        kernel = ceil(weight[0, 0].numel() / prod(stride))
        return weight.shape[0] / groups * kernel
    return weight[0].numel()


def _convolution_backward(op: Executed) -> _Errors:
    gradient, inputs, weight, _, stride, *_, transposed, _, groups, mask = (
        op.args
    )
    small, exponents = zip(
        *map(scaled, (gradient, inputs, weight)), strict=True
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


def _sum(
    op: Executed, *, terms: Callable[..., float] | None = None
) -> _Errors:
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


def _scatter(op: Executed) -> _Errors:
    """Bound sums at indices, each with the number of its non-zero terms."""
    if op.named.get("accumulate", True) is False:
        return [None]
    if op.named.get("reduce") in {"amax", "amin"}:
        return [None]
    one = {"alpha": 1} if "alpha" in op.kwargs else {}
    counts = op.on(lambda tensor: tensor.ne(0).to(tensor.dtype), **one)[0]
    return [sum_magnitudes(op)[0].mul_(counts.sqrt()).mul_(counts.gt(1))]


def _variance(op: Executed) -> _Errors:
    """Bound a variance, also where one pass computes it.

    Its relative error grows with root mean square / standard deviation.
    """
    result = op.on(torch.clone)
    n = op.args[0].numel() / max(1, result[0].numel())
    named = {k: v for k, v in op.named.items() if k in {"dim", "keepdim"}}
    squares = op.args[0].square().mean(**named).mul_(n)
    if "var" in op.kind:
        bounds: _Errors = [squares.mul_(result[0]).sqrt_()]
    else:
        bounds = [squares.sqrt_()]
    if len(result) > 1:
        mean = op.args[0].abs().mean(**named).mul_(n**0.5)
        bounds.append(mean.reshape(result[1].shape))
    return bounds


def _relative(op: Executed) -> _Errors:
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


_RULES: dict[str, Callable[[Executed], _Errors]] = {
    **dict.fromkeys(
        ("mm", "bmm", "mv", "dot", "vdot"),
        partial(_product, terms=lambda a, _: a.shape[-1]),
    ),
    **dict.fromkeys(
        ("addmm", "addmv", "baddbmm"),
        partial(_product, terms=lambda _, a, __: a.shape[-1] + 1),
    ),
    "addbmm": partial(_product, terms=lambda _, a, __: a[:, 0].numel() + 1),
    "convolution": partial(_product, terms=_convolution_terms),
    "convolution_backward": _convolution_backward,
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
