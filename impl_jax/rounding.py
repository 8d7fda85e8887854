"""Move the result of every operation by the rounding error of a dtype."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal

WIDE_EPS = 2.0**-52  # of float64

# Results that are exact: copies, comparisons, choices, signs.
EXACT = {
    *("broadcast_in_dim", "reshape", "transpose", "squeeze", "rev", "copy"),
    *("slice", "dynamic_slice", "dynamic_update_slice", "gather", "pad"),
    *("concatenate", "select_n", "select_and_gather_add", "expand_dims"),
    *("max", "min", "neg", "abs", "sign", "floor", "ceil", "round", "clamp"),
    *("reduce_max", "reduce_min", "cummax", "cummin", "sort", "top_k"),
    *("stop_gradient", "iota", "copy_p", "device_put", "real", "imag"),
    *("random_bits", "random_wrap", "random_unwrap", "split", "scatter"),
    *("reduce_precision", "nextafter", "optimization_barrier"),
}


@contextmanager
def rounded(*, unit: float, underflow: float, seed: int) -> Iterator[None]:
    """Move the result of every operation by its own rounding error in a dtype.

    For functions that `evaluate` runs. Each element moves up or down, at
    random, by as much as rounding may cause. Products and sums of n terms:
    ``unit * sqrt(n) * sum|terms|``, and `underflow`. Other operations: one
    unit of the result. Operations that only copy, compare or choose do not
    move their results.

    Args:
        unit: unit roundoff of the imitated arithmetic.
        underflow: its largest absolute error because a number is small.
        seed: of the signs.

    Source: see `compare.numerics.einsum.perturbed_einsum`.
    """
    # differs: operations are read from a captured program; others intercept
    _ACTIVE.append(_Mover(unit=unit, underflow=underflow, seed=seed))
    try:
        yield
    finally:
        _ACTIVE.pop()


def evaluate(function: Callable[[Any], Any], inputs: Any) -> Any:
    """Call a function of arrays; move its operations within `rounded`.

    Raises:
        NotImplementedError: the operations cannot be captured.
    """
    if not _ACTIVE:
        return function(inputs)
    try:
        program, shapes = jax.make_jaxpr(function, return_shape=True)(inputs)
    except Exception as error:  # whatever tracing raises
        first = str(error).partition("\n")[0]
        raise NotImplementedError(f"it cannot be captured: {first}") from error
    values = _ACTIVE[-1].run_closed(program, jax.tree.leaves(inputs))
    return jax.tree.unflatten(jax.tree.structure(shapes), values)


class _Mover:
    """Runs a captured program operation by operation."""

    def __init__(self, *, unit: float, underflow: float, seed: int) -> None:
        self._unit, self._underflow = unit, underflow
        self._rng = np.random.default_rng(seed)

    def run_closed(self, program: ClosedJaxpr, inputs: Sequence[Any]) -> Any:
        return self.run(program.jaxpr, program.consts, inputs)

    def run(self, program: Jaxpr, consts: Any, inputs: Sequence[Any]) -> Any:
        values: dict[Any, Any] = dict(
            zip(
                [*program.constvars, *program.invars],
                [*consts, *inputs],
                strict=True,
            )
        )

        def read(each: Any) -> Any:
            return each.val if isinstance(each, Literal) else values[each]

        for op in program.eqns:
            results = self._run_operation(op, list(map(read, op.invars)))
            values.update(zip(op.outvars, results, strict=True))
        return list(map(read, program.outvars))

    def _run_operation(self, op: Any, inputs: list[Any]) -> list[Any]:
        name = op.primitive.name
        if name in LOOPS:
            return LOOPS[name](self, op.params, inputs)
        if (inner := find_inner(op.params)) is not None:
            return list(self.run_closed(inner, inputs))
        results = bind(op, inputs)
        if name in EXACT or is_widening(op, inputs, results):
            return results
        sums = results
        if name in TERMS and is_inexact(results[0]):
            root = np.sqrt(TERMS[name](op.params, inputs))
            sums = [root * s for s in bind(op, [jnp.abs(x) for x in inputs])]
        return [
            self._move(y, jnp.abs(s)) if is_inexact(y) else y
            for y, s in zip(results, sums, strict=True)
        ]

    def _move(self, value: Any, errors: Any) -> Any:
        """Move each element by errors in units; a sum of zeros is exact."""
        eps = float(jnp.finfo(value.dtype).eps)
        unit = max(self._unit, eps if eps > WIDE_EPS else 0.0)
        signs = 1 - 2 * self._rng.integers(0, 2, size=value.shape)
        smallest = self._underflow * (errors > 0)
        moved = value + signs * (unit * errors + smallest)
        kept = jnp.where(jnp.isfinite(moved), moved, value)
        return kept.astype(value.dtype)

    def repeat(self, params: Any, inputs: list[Any]) -> list[Any]:
        """Run a scan."""
        first, count = params["num_consts"], params["num_carry"]
        consts, carry = inputs[:first], inputs[first : first + count]
        rows, order = inputs[first + count :], range(params["length"])
        stacked: list[list[Any]] = []
        for at in reversed(order) if params["reverse"] else order:
            each = [row[at] for row in rows]
            found = self.run_closed(params["jaxpr"], [*consts, *carry, *each])
            carry = found[:count]
            stacked.append(found[count:])
        if params["reverse"]:
            stacked.reverse()
        return [
            *carry,
            *(jnp.stack(each) for each in zip(*stacked, strict=True)),
        ]

    def loop(self, params: Any, inputs: list[Any]) -> list[Any]:
        """Run a while loop."""
        first = params["cond_nconsts"]
        second = first + params["body_nconsts"]
        state = inputs[second:]
        while self.run_closed(params["cond_jaxpr"], [*inputs[:first], *state])[
            0
        ]:
            body = [*inputs[first:second], *state]
            state = self.run_closed(params["body_jaxpr"], body)
        return list(state)

    def choose(self, params: Any, inputs: list[Any]) -> list[Any]:
        """Run a branch."""
        index, *rest = inputs
        return list(self.run_closed(params["branches"][int(index)], rest))


_ACTIVE: list[_Mover] = []
LOOPS = {"scan": _Mover.repeat, "while": _Mover.loop, "cond": _Mover.choose}


def bind(op: Any, inputs: Sequence[Any]) -> list[Any]:
    """Return the results of an operation."""
    found = op.primitive.bind(*inputs, **op.params)
    return list(found) if op.primitive.multiple_results else [found]


def is_inexact(value: Any) -> bool:
    """Return whether a result can be moved: a real floating-point array."""
    return bool(jnp.issubdtype(jnp.asarray(value).dtype, jnp.floating))


def find_inner(params: Any) -> ClosedJaxpr | None:
    """Return the program that an operation calls once, if it calls one."""
    for key in ("jaxpr", "call_jaxpr", "fun_jaxpr"):
        inner = params.get(key)
        if isinstance(inner, ClosedJaxpr):
            return inner
        if isinstance(inner, Jaxpr):
            return ClosedJaxpr(inner, ())
    return None


def is_widening(op: Any, inputs: Sequence[Any], results: list[Any]) -> bool:
    """Return whether an operation is a conversion that keeps every value."""
    if op.primitive.name != "convert_element_type":
        return False
    before, after = jnp.asarray(inputs[0]).dtype, results[0].dtype
    if not all(jnp.issubdtype(d, jnp.floating) for d in (before, after)):
        return True
    return bool(jnp.finfo(after).eps <= jnp.finfo(before).eps)


def contracted(params: Any, inputs: Sequence[Any]) -> int:
    """Return the terms of each element of a product of matrices."""
    (axes, _), _ = params["dimension_numbers"]
    return prod(inputs[0].shape[axis] for axis in axes)


def window(params: Any, inputs: Sequence[Any]) -> int:
    """Return the terms of each element of a convolution."""
    numbers = params["dimension_numbers"]
    return prod(inputs[1].shape[axis] for axis in numbers.rhs_spec[1:])


def reduced(params: Any, inputs: Sequence[Any]) -> int:
    """Return the terms of each element of a sum over axes."""
    return prod(inputs[0].shape[axis] for axis in params["axes"])


def scattered(params: Any, inputs: Sequence[Any]) -> int:
    """Return a bound of the terms of each element of a scattered sum."""
    return 1 + inputs[2].size // max(1, inputs[0].size)


TERMS: dict[str, Callable[[Any, Sequence[Any]], int]] = {
    "dot_general": contracted,
    "conv_general_dilated": window,
    "reduce_sum": reduced,
    "cumsum": lambda params, inputs: inputs[0].shape[params["axis"]],
    "reduce_window_sum": lambda params, _: prod(params["window_dimensions"]),
    "scatter-add": scattered,
}
