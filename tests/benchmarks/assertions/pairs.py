"""The pairs that are compared: random programs, and quirks in two frameworks.

Each pair is identified by its number or name, so that a run can be resumed.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import torch

from compare import quirks, workloads
from compare.agreement.parity import has_quirk
from compare.frameworks import frameworks
from tests.benchmarks.assertions.layers import LAYERS

FORMS = ("torch by hand", "numpy", "tf", "jax")
SHARES = (0.6, 0.2, 0.1, 0.1)  # those of TensorFlow and JAX take longer
STEPS = 3
VISIBLE = 1e-9  # of the largest output or gradient, in float64


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two functions or sessions that agree, or do not."""

    name: str
    kind: str  # "program" or "quirk"
    is_correct: bool
    a: Any
    b: Any
    inputs: Any
    detail: str


def draw_program(number: int, *, is_correct: bool) -> Pair | None:
    """Return a random program twice; None if its mistake changes nothing."""
    rng = np.random.default_rng([7, number])
    batch, width = int(rng.integers(1, 9)), int(rng.integers(1, 65))
    chosen = [LAYERS[i] for i in rng.integers(0, len(LAYERS), size=rng.integers(1, 6))]
    made = [layer(rng, width) for layer in chosen]
    form = str(rng.choice(FORMS, p=SHARES))
    dtype = "float64" if rng.random() < 0.1 else "float32"
    scale = 10 ** rng.uniform(-2, 2)
    x = (scale * rng.standard_normal((batch, width))).astype("float32").astype(dtype)
    expected = _chain([forms["torch"] for forms, _ in made])
    others = [forms[form] for forms, _ in made]
    detail = f"{' '.join(layer.__name__ for layer in chosen)}; {form}; {dtype}"
    name = f"program {number} {'correct' if is_correct else 'mistaken'}"
    if not is_correct:
        at = int(rng.integers(len(made)))
        mistakes = made[at][1]
        if not mistakes:
            return None
        mistake = str(rng.choice(sorted(mistakes)))
        others = [forms["torch"] for forms, _ in made]
        others[at] = mistakes[mistake]
        detail = f"{detail}; {mistake}"
        if not _is_visible(expected, _chain(others), x):
            return None
    return Pair(
        name=name,
        kind="program",
        is_correct=is_correct,
        a=expected,
        b=_chain(others),
        inputs=x,
        detail=detail,
    )


def _chain(functions):
    def run(x):
        for function in functions:
            x = function(x)
        return x

    return run


def _is_visible(expected, mistaken, x):
    """Return whether a mistake changes the output or its gradient in float64."""

    def evaluate(function):
        leaf = torch.from_numpy(x.astype("float64")).requires_grad_()
        output = function(leaf)
        output.backward(torch.linspace(1, 2, output.numel()).reshape(output.shape))
        return output.detach(), leaf.grad

    return any(
        not (one - other).abs().max() <= VISIBLE * one.abs().max()
        for one, other in zip(evaluate(expected), evaluate(mistaken), strict=True)
    )


def list_quirk_pairs():
    """Yield (quirk, framework, framework, spelling, spelling), same and different."""
    for name in quirks.quirk_names():
        entry = quirks.find_quirk(name)
        for other in ("tf", "jax"):
            if not all(has_quirk(frameworks()[f], entry) for f in ("torch", other)):
                continue
            for one, two in itertools.product(entry.spellings, repeat=2):
                impossible = entry.quirk.impossible
                if one not in impossible.get("torch", ()) and two not in impossible.get(
                    other, ()
                ):
                    yield name, "torch", other, one, two


def build_quirk_pair(name, one, other, spelling, another, *, dtype) -> Pair:
    """Return sessions of a quirk's workload in two frameworks."""
    sessions, batches = [], []
    for framework, each in ((one, spelling), (other, another)):
        workload = workloads.build("quirk", {"quirk": name, "spelling": each})
        make = import_module(f"impl_{framework}.session").Session
        sessions.append(make(workload, mode="eager", device="cpu", dtype=dtype))
        batches = list(itertools.islice(workload.batches(dtype), STEPS))
    return Pair(
        name=f"{name} {one}.{spelling} {other}.{another}",
        kind="quirk",
        is_correct=spelling == another,
        a=sessions[0],
        b=sessions[1],
        inputs=batches,
        detail=dtype,
    )
