"""A profile of JAX assigns the time of a step to operations."""

from __future__ import annotations

import pytest

from tests.impl_torch.test_rounding import run_module

pytestmark = pytest.mark.jax

STEPS = 4  # of each profile


@pytest.fixture(scope="module")
def profiles():
    return run_module("tests.impl_jax.profile_checks")


@pytest.mark.parametrize("mode", ["eager", "jit"])
def test_the_self_times_of_a_jax_profile_add_up_to_the_steps(profiles, mode):
    found = profiles[mode]
    assert len(found["steps_us"]) == STEPS
    self_ns = sum(self_ns for *_, self_ns in found["operations"])
    assert self_ns > 0.98 * sum(found["steps_us"]) * 1e3


@pytest.mark.parametrize("mode", ["eager", "jit"])
def test_products_and_fused_kernels_of_jax_are_found(profiles, mode):
    calls = {}
    for name, kind, count, _ in profiles[mode]["operations"]:
        if kind == "matrix product" or "ynn" in name:  # a product in a fused kernel
            calls["products"] = calls.get("products", 0) + count
        elif kind == "fused kernel":
            calls["fused"] = calls.get("fused", 0) + count
    assert calls["products"] == 5 * STEPS  # 2 forward, 3 backward
    assert calls["fused"] > 0
