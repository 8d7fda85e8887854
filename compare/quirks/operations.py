"""NumPy operations and problems that several catalogue modules use.

Products and sums go through the argument `einsum`, which selects the arithmetic (see
`compare.numerics.einsum`).
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from autograd import numpy as np
from autograd.extend import defvjp, primitive

from compare.numerics.differentiation import affine, broadcast_vector, stop_gradient
from compare.quirks.entry import Problem

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Arrays, Einsum


def extract_padded_windows(
    x: Array, *, size: int, stride: int, padding: tuple[int, int]
) -> Array:
    """Return every window of zero-padded images.

    Shape:
        (N, H, W, C) -> (N, H', W', size, size, C).
    """
    padded = np.pad(x, ((0, 0), padding, padding, (0, 0)), "constant")
    rows = (padded.shape[1] - size) // stride + 1
    columns = (padded.shape[2] - size) // stride + 1
    shifted = [
        [
            padded[
                :,
                i : i + (rows - 1) * stride + 1 : stride,
                j : j + (columns - 1) * stride + 1 : stride,
            ]
            for j in range(size)
        ]
        for i in range(size)
    ]
    windows: Array = np.stack([np.stack(row, axis=3) for row in shifted], axis=3)
    return windows


def convolve(
    x: Array, weight: Array, *, stride: int, padding: tuple[int, int], einsum: Einsum
) -> Any:
    """Convolve images with a square kernel (size, size, inputs, outputs)."""
    windows = extract_padded_windows(
        x, size=weight.shape[0], stride=stride, padding=padding
    )
    return einsum("nhwijc,ijco->nhwo", windows, weight)


def dense_problem(rng: Generator) -> Problem:
    """Return a dense layer of random size, for a quirk in a loss or an optimizer."""
    n, inputs, outputs = rng.integers(3, 9, size=3)
    return Problem(
        inputs=rng.standard_normal((n, inputs)),
        parameters={
            "weight": rng.standard_normal((inputs, outputs)),
            "bias": rng.standard_normal(outputs),
        },
    )


def standardise(x: Any, *, epsilon: float, einsum: Einsum) -> Any:
    """Normalise each column of a matrix: (x - mean) / sqrt(variance + epsilon)."""
    mean, variance = mean_and_variance(x, einsum=einsum)
    centred = x - broadcast_vector(mean, like=x, einsum=einsum)
    return einsum("nc,c->nc", centred, 1 / np.sqrt(variance + epsilon))


def mean_and_variance(x: Any, *, einsum: Einsum) -> tuple[Any, Any]:
    """Return the mean and the biased variance of each column of a matrix."""
    mean = einsum("nc->c", x) / len(x)
    centred = x - broadcast_vector(mean, like=x, einsum=einsum)
    return mean, einsum("nc,nc->c", centred, centred) / len(x)


def normalise_with_statistics(
    x: Any,
    *,
    mean: Array,
    variance: Array,
    epsilon: float,
    einsum: Einsum,
) -> Any:
    """Normalise a matrix by given statistics: batch normalisation in evaluation."""
    return einsum("nc,c->nc", x - mean, 1 / np.sqrt(variance + epsilon))


def scale_and_shift(x: Any, *, gamma: Any, beta: Any, einsum: Einsum) -> Any:
    """Multiply each channel by its gamma and add its beta."""
    axes = "nabcd"[: x.ndim - 1]
    scaled = einsum(f"{axes}z,z->{axes}z", x, gamma)
    return scaled + broadcast_vector(beta, like=x, einsum=einsum)


def normalisation_problem(
    rng: Generator, *, mean: float = 0.0, deviation: float = 1.0
) -> Problem:
    """Return samples of this mean and standard deviation, a scale and a shift."""
    n, channels = rng.integers(4, 9, size=2)
    return Problem(
        inputs=mean + deviation * rng.standard_normal((n, channels)),
        parameters={
            "gamma": 1 + rng.random(channels),
            "beta": rng.standard_normal(channels),
        },
    )


def classification_problem(rng: Generator) -> Problem:
    """Return a dense layer whose outputs are logits, and the labels of its samples."""
    drawn = dense_problem(rng)
    samples, classes = len(drawn.inputs), len(drawn.parameters["bias"])
    return replace(drawn, targets=rng.integers(0, classes, size=samples))


def log_softmax(logits: Any, *, einsum: Einsum) -> Any:
    """Return the logarithm of the softmax over each row of logits."""
    shifted = logits - stop_gradient(logits).max(axis=1, keepdims=True)
    total = einsum("no->n", np.exp(shifted))
    ones = np.ones(shifted.shape[1], shifted.dtype)
    return shifted - einsum("n,o->no", np.log(total), ones)


def one_hot(labels: Array, *, like: Any) -> Any:
    """Return labels as one-hot rows, with the classes and dtype of `like`."""
    return np.eye(like.shape[1], dtype=like.dtype)[labels]


def max_pool(x: Array, *, size: int, stride: int, padding: tuple[int, int]) -> Array:
    """Max pooling: the largest pixel of every window, separately for each channel.

    Padding is minus infinity, so that it is never the maximum.

    Shape:
        (N, H, W, C) -> (N, H', W', C).
    """
    sides = ((0, 0), padding, padding, (0, 0))
    padded = np.pad(x, sides, "constant", constant_values=-np.inf)
    windows = extract_padded_windows(padded, size=size, stride=stride, padding=(0, 0))
    flat = np.reshape(windows, (*windows.shape[:3], size**2, windows.shape[5]))
    chosen = np.argmax(flat, axis=3)
    n, h, w, c = np.indices(chosen.shape)
    return flat[n, h, w, chosen, c]


def distinct_pixels(shape: tuple[int, int, int, int], *, rng: Generator) -> Array:
    """Return images whose pixel values are far apart.

    Rounding then cannot change which pixel is the maximum of a window.
    """
    n, height, width, channels = shape
    values = np.linspace(-2, 2, height * width)
    ordered = np.stack([np.stack([values] * channels, axis=1)] * n)
    return rng.permuted(ordered, axis=1).reshape(shape)


def update_moments(
    gradients: Arrays, memory: Arrays, *, beta1: float, beta2: float
) -> dict[str, Array]:
    """Return Adam's state after one more step.

    The state holds the step number and, for each parameter, the first and the second
    moment without bias correction.
    """
    now = {"step": np.asarray(int(memory.get("step", 0)) + 1)}
    for name, g in gradients.items():
        first = memory.get(f"first:{name}", np.zeros_like(g))
        second = memory.get(f"second:{name}", np.zeros_like(g))
        now[f"first:{name}"] = beta1 * first + (1 - beta1) * g
        now[f"second:{name}"] = beta2 * second + (1 - beta2) * g**2
    return now


def adam_direction(memory: Arrays, name: str, *, beta1: float, beta2: float) -> Array:
    """Return Adam's update direction without epsilon.

    The direction is first moment / sqrt(second moment), both with bias correction.
    """
    t = int(memory["step"])
    second = memory[f"second:{name}"] / (1 - beta2**t)
    direction: Array = memory[f"first:{name}"] / (1 - beta1**t) / np.sqrt(second)
    return direction


def recurrent_problem(rng: Generator, *, gates: int, biases: int = 1) -> Problem:
    """Return short sequences and a recurrent layer with its gates side by side."""
    n, inputs, units = rng.integers(2, 5, size=3)
    width = gates * units
    shape, name = ((width,), "bias") if biases == 1 else ((biases, width), "biases")
    return Problem(
        inputs=rng.standard_normal((n, rng.integers(3, 6), inputs)),
        parameters={
            "input_weight": rng.standard_normal((inputs, width)),
            "recurrent_weight": rng.standard_normal((units, width)),
            name: rng.standard_normal(shape),
        },
    )


def gru(
    x: Any,
    weights: tuple[Any, Any, Any],
    *,
    order: str = "rzn",
    reset_after: bool = True,
    einsum: Einsum,
) -> Any:
    """Return the last state of a gated recurrent unit (GRU).

    Args:
        x: sequences (N, T, C).
        weights: input weights, recurrent weights, and a pair of biases for these two.
        order: order of the blocks in the weights: reset (r), update (z), candidate (n).
        reset_after: whether the reset gate is applied after or before the matrix
            product with the state. If before, the gate does not scale the candidate's
            recurrent bias.
        einsum: the product to use.
    """
    input_weight, recurrent_weight, (input_bias, recurrent_bias) = weights
    given = affine(x, input_weight, input_bias, einsum=einsum)
    own = _split_gates(recurrent_weight, order)["n"]
    state = np.zeros((x.shape[0], recurrent_weight.shape[0]), given.dtype)
    for t in range(x.shape[1]):
        arriving = _split_gates(given[:, t], order)
        product = affine(state, recurrent_weight, recurrent_bias, einsum=einsum)
        kept = _split_gates(product, order)
        r = sigmoid(arriving["r"] + kept["r"], einsum=einsum)
        z = sigmoid(arriving["z"] + kept["z"], einsum=einsum)
        past = r * kept["n"]
        if not reset_after:
            bias = _split_gates(recurrent_bias, order)["n"]
            past = affine(r * state, own, bias, einsum=einsum)
        n = tanh(arriving["n"] + past, einsum=einsum)
        state = (1 - z) * n + z * state
    return state


def lstm(
    x: Any,
    weights: tuple[Any, Any, Any],
    *,
    order: str = "ifgo",
    einsum: Einsum,
) -> Any:
    """Return the last state of a long short-term memory (LSTM).

    Args:
        x: sequences (N, T, C).
        weights: input weights, recurrent weights, and one bias.
        order: order of the blocks in the weights: input, forget, cell (g), output.
        einsum: the product to use.
    """
    input_weight, recurrent_weight, bias = weights
    given = affine(x, input_weight, bias, einsum=einsum)
    state = np.zeros((x.shape[0], recurrent_weight.shape[0]), given.dtype)
    cell = state
    for t in range(x.shape[1]):
        product = einsum("nh,hg->ng", state, recurrent_weight)
        gates = _split_gates(given[:, t] + product, order)
        i, f, o = (sigmoid(gates[name], einsum=einsum) for name in "ifo")
        cell = f * cell + i * tanh(gates["g"], einsum=einsum)
        state = o * tanh(cell, einsum=einsum)
    return state


def sigmoid(x: Any, *, einsum: Einsum) -> Any:
    """Apply the logistic function to each element."""
    return _apply_saturating(
        x, lambda x: 1 / (1 + np.exp(-x)), lambda y: y * (1 - y), einsum
    )


def tanh(x: Any, *, einsum: Einsum) -> Any:
    """Apply the hyperbolic tangent to each element."""
    return _apply_saturating(x, np.tanh, lambda y: 1 - y**2, einsum)


@primitive  # type: ignore[untyped-decorator]
def _apply_saturating(x: Any, function: Any, slope: Any, einsum: Einsum) -> Any:  # noqa: ARG001
    """Apply an elementwise function whose derivative is computed from its result.

    Near saturation the derivative is almost zero, and the rounding error of the result
    dominates it. The result therefore goes through `einsum`, which can model rounding.
    """
    axes = "abcdefgh"[: x.ndim]
    return einsum(f"{axes}->{axes}", function(x))


defvjp(
    _apply_saturating, lambda y, _x, _f, slope, _e: lambda g: g * slope(y), argnums=(0,)
)


def _split_gates(array: Any, order: str) -> dict[str, Any]:
    width = array.shape[-1] // len(order)
    return {
        letter: array[..., k * width : (k + 1) * width]
        for k, letter in enumerate(order)
    }


@primitive  # type: ignore[untyped-decorator]
def erf(x: Any) -> Any:
    """Apply the error function to each element.

    SciPy is not used, because workers run without it.
    """
    return np.vectorize(math.erf, otypes=[x.dtype])(x)


defvjp(erf, lambda _, x: lambda g: g * 2 / math.sqrt(math.pi) * np.exp(-(x**2)))
