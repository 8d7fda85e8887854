"""Recurrent layers: time axis first or second (batch_first)."""

from flax import nnx
from jax import Array


def over_first_axis(
    x: Array, *, input_weight: Array, recurrent_weight: Array, bias: Array
) -> Array:
    cell = _cell(input_weight, recurrent_weight, bias)
    return nnx.RNN(cell, time_major=True, rngs=nnx.Rngs(0))(x)


def over_second_axis(
    x: Array, *, input_weight: Array, recurrent_weight: Array, bias: Array
) -> Array:
    cell = _cell(input_weight, recurrent_weight, bias)
    return nnx.RNN(cell, rngs=nnx.Rngs(0))(x)


def _cell(
    input_weight: Array, recurrent_weight: Array, bias: Array
) -> nnx.SimpleCell:
    inputs, units = input_weight.shape
    cell = nnx.SimpleCell(
        inputs,
        units,
        dtype=bias.dtype,
        param_dtype=bias.dtype,
        rngs=nnx.Rngs(0),
    )
    cell.dense_i.kernel = nnx.Param(input_weight)
    cell.dense_h.kernel = nnx.Param(recurrent_weight)
    cell.dense_i.bias = nnx.Param(bias)
    return cell
