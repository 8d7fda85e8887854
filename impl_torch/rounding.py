"""Move the result of every operation by the rounding error of a dtype."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from math import frexp
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch._C import _dispatch_has_kernel_for_dispatch_key as has_kernel
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from impl_torch.drawing import drawing
from impl_torch.executed import Executed
from impl_torch.kernels import EXACT, KERNELS
from impl_torch.sums import sum_rule

__all__ = ["drawing", "rounded"]

WIDE_EPS = 2.0**-52  # of float64
POOL = 2**16 - 15  # how many signs are drawn at once; a prime number


@contextmanager
def rounded(*, unit: float, underflow: float, seed: int) -> Iterator[None]:
    """Move the result of every operation by its own rounding error in a dtype.

    For an eager step in float64: forward, loss, backward, update. Each
    element moves up or down, at random, by as much as rounding may cause.
    Products and sums of n terms: ``unit * sqrt(n) * sum|terms|``, and
    `underflow`. Kernels of several operations: by the errors of each.
    Other operations: one unit of the result. Operations that only copy,
    compare, draw or multiply by a power of two do not move.

    Sparse tensors do not move. Decompositions of matrices move by one unit
    only, which is too little for an ill-conditioned matrix.

    Args:
        unit: unit roundoff of the imitated arithmetic.
        underflow: its largest absolute error because a number is small.
        seed: of the signs. PyTorch's generators are not used.

    Source: see `compare.numerics.einsum.perturbed_einsum`.
    """
    mode = _Mover(unit=unit, underflow=underflow, seed=seed)
    # The fused kernels of attention have no decomposition for gradients.
    with sdpa_kernel(SDPBackend.MATH), mode:
        yield


class _Mover(TorchDispatchMode):
    """Receives every operation below autograd, also those of gradients."""

    def __init__(self, *, unit: float, underflow: float, seed: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._unit, self._underflow = unit, underflow
        self._rng = np.random.default_rng(seed)
        self._signs: dict[Any, Tensor] = {}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        op = Executed(function=func, args=args, kwargs=kwargs or {})
        return _choose(func)(self, op)

    def _run(self, op: Executed) -> Any:
        return op.function(*op.args, **op.kwargs)

    def _move_sums(
        self, op: Executed, *, rule: Callable[[Executed], Any]
    ) -> Any:
        if isinstance(op.args[0], Tensor) and not _is_float(op.args[0]):
            return self._move_by_unit(op)  # complex numbers, or integers
        # Before the operation, which may write to its inputs.
        errors = rule(op)
        result = self._run(op)
        results = [result] if isinstance(result, Tensor) else result
        for each, error in zip(results, errors, strict=True):
            if error is not None and _is_float(each):
                self._move(each, error.to(each.dtype))
        return result

    def _decompose(self, op: Executed) -> Any:
        with self:
            way = KERNELS.get(op.function, op.function.decompose)
            return way(*op.args, **op.kwargs)

    def _move_by_unit(self, op: Executed) -> Any:
        result = self._run(op)
        if _scales_exactly(op):
            return result
        for each in tree_leaves(_written(op) or result):
            if isinstance(each, Tensor) and each.numel():
                value = torch.view_as_real(each) if each.is_complex() else each
                if _is_float(value):
                    sign = self._draw(value)
                    _add_finite(
                        value, sign.mul(value).mul_(self._unit_of(value))
                    )
        return result

    def _move(self, value: Tensor, units: Tensor) -> None:
        """Move each element by its units; a sum of zeros is exact."""
        if value.numel():
            error = units.sign().mul_(self._underflow)
            error.add_(units, alpha=self._unit_of(value))
            _add_finite(value, error.view_as(value) * self._draw(value))

    def _unit_of(self, value: Tensor) -> float:
        """Return the unit, or that of a result in a narrower dtype.

        A model may compute a part in float32 whatever its own dtype.
        """
        return max(self._unit, narrow_unit(torch.finfo(value.dtype).eps))

    def _draw(self, value: Tensor) -> Tensor:
        """Return a random sign for each element, in the layout of a tensor."""
        shape = zip(value.shape, value.stride(), strict=True)
        extent = 1 + sum((size - 1) * stride for size, stride in shape)
        pool = self._pool(value)
        if extent > POOL:
            pool = pool[:POOL].repeat(extent // POOL + 2)
        start = int(self._rng.integers(POOL))
        return pool.as_strided(value.shape, value.stride(), start)

    def _pool(self, value: Tensor) -> Tensor:
        """Return signs for any start: the same ones, twice in a row."""
        key = value.device, value.dtype
        if key not in self._signs:
            signs = 1 - 2 * self._rng.integers(0, 2, size=POOL, dtype="int8")
            pool = torch.from_numpy(signs).to(value.device, value.dtype)
            self._signs[key] = pool.repeat(2)
        return self._signs[key]


def narrow_unit(eps: float) -> float:
    """Return the error of results in a dtype; 0 in the session's float64."""
    return eps if eps > WIDE_EPS else 0.0


@cache
def _choose(func: Any) -> Callable[[_Mover, Executed], Any]:
    """Return how an operation is run and moved."""
    kind = Executed(function=func, args=(), kwargs={}).kind
    is_draw = torch.Tag.nondeterministic_seeded in func.tags
    if func.is_view or kind in EXACT:
        return _Mover._run
    if is_draw and kind != "native_dropout":
        return _Mover._run
    if (rule := sum_rule(kind)) is not None:
        return partial(_Mover._move_sums, rule=rule)
    if func in KERNELS or has_kernel(func.name(), "CompositeImplicitAutograd"):
        return _Mover._decompose
    return _Mover._move_by_unit


def _add_finite(value: Tensor, error: Tensor) -> None:
    """Add errors in place, except where the sum would not be finite.

    Masks contain infinities and the largest numbers: rounding keeps those.
    """
    moved = error.add_(value)
    value.copy_(torch.where(moved.isfinite(), moved, value))


def _is_float(value: Any) -> bool:
    """Return whether a value can be moved: floating-point, not sparse."""
    return (
        isinstance(value, Tensor)
        and value.is_floating_point()
        and value.layout is torch.strided
        and not value._is_zerotensor()
    )


def _scales_exactly(op: Executed) -> bool:
    """Return whether an operation multiplies by a power of two."""
    if op.kind not in {"mul", "div"} or len(op.args) != 2:
        return False
    factor = op.args[1]
    if isinstance(factor, Tensor):
        if factor.ndim > 0 or factor.device.type != "cpu":
            return False
        factor = factor.item()
    return isinstance(factor, int | float) and abs(frexp(factor)[0]) == 0.5


def _written(op: Executed) -> list[Any]:
    """Return the arguments that an operation writes to."""
    given = op.named
    names = [
        each.name
        for each in op.function._schema.arguments
        if each.alias_info is not None and each.alias_info.is_write
    ]
    if given.get("grad_scale") is None:  # fused updates: only read then
        names = [name for name in names if name != "grads"]
    return [given[name] for name in names if name in given]
