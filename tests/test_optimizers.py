"""Every package computes the updates that `compare.contract.Optimizer` documents."""

from __future__ import annotations

import numpy as np
import pytest

from compare.contract import Optimizer
from tests.support.training import (
    load_results,
    random_updates,
    start_training,
    wait_for,
)

NAMES = ("gradient_descent", "sgd", "momentum", "rmsprop", "adam", "adamw")
# A decay of SGD that float32 represents exactly, because Keras rounds it.
SETTINGS = [
    {"name": name, "learning_rate": 0.03, "weight_decay": decay}
    for name in NAMES
    for decay in (0.0, 2.0**-5)
]


def expected_update(optimizer, *, parameter, gradients):
    """Return the parameter after the updates, by the documented formulas."""
    p, first, second = parameter.copy(), 0.0, 0.0
    rate, decay = optimizer.learning_rate, optimizer.weight_decay
    beta1, beta2 = optimizer.betas
    for step, gradient in enumerate(gradients, start=1):
        g = gradient + decay * p
        match optimizer.name:
            case "gradient_descent":
                p = p - rate * gradient
            case "sgd":
                p = p - rate * g
            case "momentum":
                first = optimizer.momentum * first + g
                p = p - rate * first
            case "rmsprop":
                kept = optimizer.momentum
                second = kept * second + (1 - kept) * g**2
                p = p - rate * g / (np.sqrt(second) + optimizer.epsilon)
            case "adam" | "adamw":
                if optimizer.name == "adamw":
                    g, p = gradient, p - rate * decay * p
                first = beta1 * first + (1 - beta1) * g
                second = beta2 * second + (1 - beta2) * g**2
                root = np.sqrt(second / (1 - beta2**step)) + optimizer.epsilon
                p = p - rate * first / (1 - beta1**step) / root
    return p


@pytest.mark.parametrize(
    "framework",
    [
        pytest.param(name, marks=getattr(pytest.mark, each))
        for each in ("torch", "tf", "jax")
        for name in (each, f"keras[{each}]")
    ],
)
def test_an_optimizer_computes_the_documented_updates(framework, tmp_path):
    wait_for(start_training(framework, tmp_path, optimizers=SETTINGS))
    found = load_results(tmp_path / "optimizers.npz")
    parameter, gradients = random_updates()
    for setting, array in zip(SETTINGS, found.values(), strict=True):
        expected = expected_update(
            Optimizer(**setting), parameter=parameter, gradients=gradients
        )
        np.testing.assert_allclose(
            array, expected, rtol=1e-12, atol=1e-14, err_msg=str(setting)
        )


def test_hyperparameters_are_exact_in_float32():
    optimizer = Optimizer(name="adam", learning_rate=1.0)
    values = (*optimizer.betas, optimizer.momentum, optimizer.epsilon)
    assert all(float(np.float32(value)) == value for value in values)


def test_only_plain_updates_have_no_state():
    plain = {n for n in NAMES if not Optimizer(name=n, learning_rate=1.0).has_state}
    assert plain == {"gradient_descent", "sgd"}
