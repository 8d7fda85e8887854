"""Fit the single number that a family of mistakes leaves open, such as a factor.

A fit explains nothing by itself: the step is evaluated with the number afterwards, and
every tensor has to follow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.agreement.causes.evidence import gradient_key
from compare.contract import parameter_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from compare.agreement.causes.evidence import Evidence
    from compare.contract import Array, Arrays

# Below the factor of any mistake, above the rounding errors of a fit in float64.
FACTOR_TOLERANCE = 1e-6


def fit_factor(received: Array, expected: Array) -> float:
    """Return the factor of `expected` that fits `received` best, by least squares."""
    square = float(np.vdot(expected, expected))
    return float(np.vdot(expected, received)) / square if square else float("nan")


def is_one(factor: float) -> bool:
    """Return whether a factor changes nothing."""
    return bool(np.isclose(factor, 1, rtol=FACTOR_TOLERANCE, atol=0))


def flatten(arrays: Iterable[Array]) -> Array:
    """Return all elements in one vector."""
    return np.concatenate([np.ravel(array) for array in arrays])


def received_moves(evidence: Evidence) -> dict[str, Array]:
    """Return by how much the step moved each parameter."""
    return {
        name: evidence.received[parameter_key(name)] - p
        for name, p in evidence.state.items()
    }


def expected_moves(evidence: Evidence) -> dict[str, Array]:
    """Return by how much the reference moves each parameter."""
    return {
        name: evidence.expected[parameter_key(name)] - p
        for name, p in evidence.state.items()
    }


def applied_gradients(evidence: Evidence) -> dict[str, Array]:
    """Return the gradients that plain gradient descent must have applied."""
    optimizer = evidence.workload.optimizer
    return {
        name: -move / optimizer.learning_rate
        - optimizer.weight_decay * evidence.state[name]
        for name, move in received_moves(evidence).items()
    }


def expected_gradients(evidence: Evidence) -> dict[str, Array]:
    """Return the reference's gradients; empty in a trajectory."""
    return _select_gradients(evidence, evidence.expected)


def received_gradients(evidence: Evidence) -> dict[str, Array]:
    """Return the session's gradients; empty in a trajectory."""
    return _select_gradients(evidence, evidence.received)


def _select_gradients(evidence: Evidence, arrays: Arrays) -> dict[str, Array]:
    keys = {name: gradient_key(name) for name in evidence.state}
    return {name: arrays[key] for name, key in keys.items() if key in arrays}
