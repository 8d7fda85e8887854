"""Move the result of every operation by the rounding error of a dtype."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.framework import op_callbacks

from impl_tf import kernels, sums
from impl_tf.drawing import drawing
from impl_tf.executed import (
    Executed,
    assign_variable,
    is_copy,
    is_moved,
    memory,
    read_variable,
    require_visible,
    variable_dtype,
)

__all__ = ["drawing", "rounded"]

WIDE_EPS = 2.0**-52  # of float64
POOL = 2**16  # the number of places in the signs to start from


@contextmanager
def rounded(*, unit: float, underflow: float, seed: int) -> Iterator[None]:
    """Move the result of every operation by its own rounding error in a dtype.

    For an eager step in float64 on a CPU: forward, loss, backward, update.
    Each element moves up or down, at random, by as much as rounding may
    cause. Products and sums of n terms: ``unit * sqrt(n) * sum|terms|``, and
    `underflow`. Kernels of several operations: the sum of their errors. Other
    operations: one unit of the result. Operations that only copy, compare or
    draw do not move their results.

    Functions of `tf.function` run eagerly within the context.

    Args:
        unit: unit roundoff of the imitated arithmetic.
        underflow: its largest absolute error because a number is small.
        seed: of the signs. TensorFlow's generators are not used.

    Raises:
        NotImplementedError: An operation runs a graph, whose operations
            cannot be moved, or its result is complex or not on a CPU.

    Source: see `compare.numerics.einsum.perturbed_einsum`.
    """
    move = _Mover(unit=unit, underflow=underflow, seed=seed)
    ran_eagerly = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    op_callbacks.add_op_callback(move)
    try:
        with kernels.grouped_convolutions():
            yield
    finally:
        op_callbacks.remove_op_callback(move)
        tf.config.run_functions_eagerly(ran_eagerly)


class _Mover:
    """A callback that TensorFlow runs after each operation.

    TensorFlow ignores what a callback returns, so a result is moved in its
    own memory. No other code has read it yet, and tapes refer to it.
    """

    def __init__(self, *, unit: float, underflow: float, seed: int) -> None:
        self._unit, self._underflow = unit, underflow
        self._rng = np.random.default_rng(seed)
        self._draw(4 * POOL)
        # The precision of float32 is enough for errors, but not its range
        # for the errors of float64.
        is_narrow = unit > np.finfo("float64").eps
        self._dtype = tf.float32 if is_narrow else tf.float64

    def __call__(
        self, kind: Any, inputs: Any, *others: Any, **at: Any
    ) -> None:
        attributes, outputs = others[:2]
        # TensorFlow's Python code has some types as bytes.
        kind = kind.decode() if isinstance(kind, bytes) else kind
        # Operations of a graph have no results yet.
        if kind in kernels.EXACT or at.get("graph") is not None:
            return
        named = dict(zip(attributes[::2], attributes[1::2], strict=True))
        op = Executed(
            kind=kind, inputs=inputs, attributes=named, outputs=outputs
        )
        if kind in kernels.UPDATES:
            self._move_variables(op)
            return
        require_visible(op)
        # Without floating-point inputs nothing rounds: these are draws.
        if any(x.dtype.is_floating for x in inputs):
            self._move_outputs(op)

    def _move_outputs(self, op: Executed) -> None:
        if op.kind in kernels.KERNELS:
            errors = kernels.KERNELS[op.kind](op, *map(memory, op.inputs))
            for output, error in zip(op.outputs, errors, strict=True):
                self._move(output, error)
        elif (n := sums.count_terms(op)) is None:
            if not kernels.is_scaling(op):
                self._move_by_unit(op)
        elif n and not is_copy(memory(op.outputs[0]), op.inputs):
            total = sums.sum_magnitudes(op, dtype=self._dtype)
            self._move(op.outputs[0], memory(total) * np.sqrt(n))

    def _move(self, output: Any, error: Any) -> None:
        """Move a result by errors in units; `error` is overwritten."""
        array = memory(output)
        # A sum of zeros is exact in every dtype, so it must not move.
        smallest = self._underflow * (error > 0)
        error *= self._unit_of(array)
        error += smallest
        error *= self._take("signs", array.shape)
        _copy_finite(array + error, to=array)

    def _move_by_unit(self, op: Executed) -> None:
        if kernels.is_whole_number(op):
            return
        for output in op.outputs:
            if is_moved(output.dtype):
                array = memory(output)
                if not is_copy(array, op.inputs):
                    factors = self._take_factors(array)
                    _copy_finite(array * factors, to=array)

    def _move_variables(self, op: Executed) -> None:
        """Move the variables that an operation updates, as one stores them."""
        for handle in op.inputs:
            if handle.dtype != tf.resource:
                continue
            dtype = variable_dtype(handle)
            if is_moved(dtype):
                array = read_variable(handle)
                rows = kernels.updated_rows(op)
                array[rows] *= self._take("factors", array[rows].shape)
                assign_variable(handle, array)

    def _unit_of(self, value: Any) -> float:
        """Return the unit, or that of a result in a narrower dtype.

        A model may compute a part in float32 whatever its own dtype.
        """
        eps = np.finfo(value.dtype).eps if value.dtype.kind == "f" else 0.0
        return max(self._unit, narrow_unit(float(eps)))

    def _take_factors(self, value: Any) -> Any:
        """Return the factors of one unit of a result."""
        if (unit := self._unit_of(value)) == self._unit:
            return self._take("factors", value.shape)
        return 1 + unit * self._take("signs", value.shape)

    def _take(self, name: str, shape: tuple[int, ...]) -> Any:
        """Return signs, or the factors of one unit, from a random place."""
        size = prod(shape)
        if size + POOL > self._pool["signs"].size:
            self._draw(size + POOL)
        start = int(self._rng.integers(POOL))
        return self._pool[name][start : start + size].reshape(shape)

    def _draw(self, size: int) -> None:
        bits = self._rng.integers(0, 2, size=size, dtype="int8")
        signs = 1.0 - 2.0 * bits
        self._pool = {"signs": signs, "factors": 1 + self._unit * signs}


def narrow_unit(eps: float) -> float:
    """Return the error of results in a dtype; 0 in the session's float64."""
    return eps if eps > WIDE_EPS else 0.0


def _copy_finite(moved: Any, *, to: Any) -> None:
    """Copy moved values, except those that are not finite.

    Masks contain infinities and the largest numbers: rounding keeps those.
    """
    np.copyto(to, moved, where=np.isfinite(moved))
