"""Measure simulated and real rounding, and print the results as JSON.

    python -m tests.impl_torch.measuring

It runs in a process of its own: the process of the tests imports no framework.
"""

from __future__ import annotations

import copy
import json

import torch
from torch import nn

from compare.numerics.dtypes import UNDERFLOW, UNIT_ROUNDOFF
from compare.numerics.tolerance import TRIALS, compute_tolerance
from impl_torch.rounding import rounded
from tests.impl_torch.layers import (
    IMAGES,
    LAYERS,
    SEQUENCE,
    compiled_model,
    draw_input,
    make_layer,
)

DTYPE = "float32"
UNIT = UNIT_ROUNDOFF[DTYPE]


def simulated(seed: int, *, unit: float = UNIT):
    """Return the context of one trial."""
    return rounded(unit=unit, underflow=UNDERFLOW[DTYPE], seed=seed)


def differentiate(layer, x, weights):
    """Return the output, all gradients and all buffers in float64."""
    x = x.clone().requires_grad_(x.is_floating_point())
    layer.zero_grad()
    output = layer(x)
    output.backward(weights.to(output.dtype))
    found = {"output": output, **dict(layer.named_buffers())}
    if x.requires_grad:
        found["input gradient"] = x.grad
    found |= {f"gradient {n}": p.grad for n, p in layer.named_parameters()}
    return {n: a.detach().double().clone() for n, a in found.items()}


def in_float64(layer, x, weights):
    """Return the same of a copy in float64."""
    x = x.double() if x.is_floating_point() else x
    return differentiate(copy.deepcopy(layer).double(), x, weights)


def distances(one, other):
    return {n: float((one[n] - array).abs().max()) for n, array in other.items()}


def bound(layer, x, weights):
    """Return the plain results in float64, and each one's tolerance."""
    plain = in_float64(layer, x, weights)
    trials = []
    for seed in TRIALS:
        with simulated(seed):
            trials.append(distances(in_float64(layer, x, weights), plain))
    return plain, {
        name: compute_tolerance(
            [trial[name] for trial in trials],
            largest=float(array.abs().max()),
            dtype=DTYPE,
            check="step",
        )
        for name, array in plain.items()
    }


def prepare(make, shape):
    """Return a layer, an input and the weights of the output's gradient."""
    torch.manual_seed(0)
    layer, x = make_layer(make), draw_input(shape)
    output = copy.deepcopy(layer)(x).detach()
    return layer, x, torch.randn_like(output)


def measure_layers():
    """Return the real errors of eager layers next to their tolerances."""
    rows = []
    for name, (make, shape) in LAYERS.items():
        given = prepare(make, shape)
        plain, tolerance = bound(*given)
        real = distances(differentiate(copy.deepcopy(given[0]), *given[1:]), plain)
        with simulated(0, unit=0.0):
            unmoved = distances(in_float64(*given), plain)
        for tensor, array in plain.items():
            largest = float(array.abs().max())
            row = {"layer": name, "tensor": tensor, "largest": largest}
            row |= {"error": real[tensor], "tolerance": tolerance[tensor]}
            rows.append(row | {"unmoved": unmoved[tensor]})
    return rows


def measure_compiled():
    """Return the same for layers that `torch.compile` fuses."""
    layer, x, weights = prepare(compiled_model, IMAGES)
    plain, tolerance = bound(layer, x, weights)
    compiled = copy.deepcopy(layer)
    compiled.forward = torch.compile(compiled.forward)
    real = distances(differentiate(compiled, x, weights), plain)
    return [
        {"layer": "compiled", "tensor": n, "error": e, "tolerance": tolerance[n]}
        for n, e in real.items()
    ]


def without_bias(layer):
    nn.init.zeros_(layer.bias)


def with_larger_epsilon(layer):
    layer.eps = 1e-3


def with_tanh(layer):
    layer.approximate = "tanh"


def with_momentum(layer):
    layer.momentum = 0.11


DEFECTS = {
    "bias dropped": ("Linear", without_bias, "output"),
    "epsilon of LayerNorm": ("LayerNorm", with_larger_epsilon, "output"),
    "epsilon of BatchNorm": ("BatchNorm2d", with_larger_epsilon, "output"),
    "momentum of BatchNorm": ("BatchNorm2d", with_momentum, "running_var"),
    "approximate GELU": ("GELU", with_tanh, "output"),
}


def measure_defects():
    """Return how many tolerances each planted defect is away."""
    found = {}
    for name, (layer_name, plant, tensor) in DEFECTS.items():
        layer, x, weights = prepare(*LAYERS[layer_name])
        plain, tolerance = bound(layer, x, weights)
        defective = copy.deepcopy(layer)
        plant(defective)
        error = distances(differentiate(defective, x, weights), plain)
        found[name] = error[tensor] / tolerance[tensor]
    return found


def measure_draws():
    """Return whether draws and the generator's state are those without the context."""

    def draw():
        torch.manual_seed(3)
        x = torch.ones(SEQUENCE, dtype=torch.float64)
        layer = nn.TransformerEncoderLayer(16, 4, 32, dropout=0.3).double()
        masks = [
            nn.functional.dropout(x, 0.4) == 0,
            layer(x).detach() > 0,
            torch.rand_like(x),
            torch.randn(5, dtype=torch.float64),
            x.bernoulli(0.3),
        ]
        return [*masks, torch.get_rng_state()]

    plain = draw()
    with simulated(0):
        moved = draw()
    return [torch.equal(a, b) for a, b in zip(plain, moved, strict=True)]


def measure_moves():
    """Return what single operations do to single numbers."""
    torch.manual_seed(0)
    a, b = torch.randn(2, 30, 30, dtype=torch.float64)
    size = {"product": (a * b).abs(), "matrix": (30**0.5) * a.abs() @ b.abs()}
    plain = {"product": a * b, "matrix": a @ b}
    base, zeros = a.clone(), torch.zeros(30, 30, dtype=torch.float64)
    with simulated(1):
        moved = {"product": a * b, "matrix": a @ b}
        base[:, 0].mul_(3)
        exact = {
            "sum of zeros": (zeros @ b).abs().sum().item() == 0,
            "relu": torch.equal(a.relu(), torch.maximum(a, zeros)),
            "cat": torch.equal(torch.cat([a, b])[:30], a.clone()),
            "gather": torch.equal(a[[1, 2]], a[1:3]),
            "integers": int(torch.arange(5).sum()) == 10,
            "power of two": torch.equal(a * 0.25, a / 4),
            "sum of one term": torch.equal(a[None].sum(0), a),
        }
    moves = {n: (moved[n] - plain[n]).abs() / (UNIT * size[n]) for n in plain}
    column = (base[:, 0] - 3 * a[:, 0]).abs() / (UNIT * (3 * a[:, 0]).abs())
    moves |= {"view": column}
    spans = {n: [float(m.min()), float(m.max())] for n, m in moves.items()}
    return {"spans": spans, "exact": exact}


def measure_seeds():
    """Return gradients moved by two equal seeds and another one, and unmoved."""
    x = torch.ones(4, 3, dtype=torch.float64)

    def gradient(context):
        torch.manual_seed(0)
        layer = nn.Linear(3, 2).double()
        loss = layer(x).square().mean()  # outside: only gradients are moved
        with context:
            loss.backward()
        return layer.weight.grad.flatten().tolist()

    return [gradient(simulated(s)) for s in (5, 5, 6)] + [
        gradient(simulated(0, unit=0.0))
    ]


if __name__ == "__main__":
    torch.set_num_threads(1)
    parts = (
        measure_layers,
        measure_compiled,
        measure_defects,
        measure_draws,
        measure_moves,
        measure_seeds,
    )
    print(json.dumps({part.__name__: part() for part in parts}))
