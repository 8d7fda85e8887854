"""The references' gradients are derivatives, and their arithmetics what they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compare import workloads
from compare.errors import DataError, UsageError
from compare.workloads.reference import (
    exact,
    in_order,
    perturbed,
    products_summed,
    updated,
)

CONFIGS = {
    "two_layer": {"batch": 4, "inputs": 6, "hidden": 5, "outputs": 3},
    "cnn": {"batch": 6},
}


@pytest.fixture(params=CONFIGS)
def workload(request):
    """Each workload at a size small enough to differentiate numerically."""
    return workloads.build(request.param, CONFIGS[request.param])


def test_gradients_are_the_derivatives_of_the_loss(workload):
    """Along random directions, by central differences in float64."""
    rng = np.random.default_rng(3)
    parameters = workload.parameters("float64")
    batch = next(iter(workload.batches("float64")))
    gradients = workload.reference(parameters, batch).gradients
    for name, value in parameters.items():
        direction = rng.standard_normal(value.shape)
        step = 1e-6 / np.linalg.norm(direction)
        losses = [
            workload.reference(
                {**parameters, name: value + sign * step * direction}, batch
            ).loss
            for sign in (1, -1)
        ]
        numeric = (losses[0] - losses[1]) / (2 * step)
        assert np.vdot(gradients[name], direction) == pytest.approx(
            numeric, rel=1e-4, abs=1e-6
        ), name


def test_parameters_follow_the_gradients(workload):
    parameters = workload.parameters("float64")
    snapshot = workload.reference(parameters, next(iter(workload.batches("float64"))))
    expected = updated(parameters, snapshot.gradients, optimizer=workload.optimizer)
    for name, value in expected.items():
        np.testing.assert_array_equal(value, snapshot.parameters[name])


def test_everything_follows_from_the_seed(workload):
    again = workloads.build(workload.model, CONFIGS[workload.model])
    other = workloads.build(workload.model, {**CONFIGS[workload.model], "seed": 1})
    name = next(iter(workload.parameters("float32")))
    mine, same, different = (
        w.parameters("float32")[name] for w in (workload, again, other)
    )
    np.testing.assert_array_equal(mine, same)
    assert (mine != different).any()


def test_the_same_numbers_are_drawn_in_either_dtype(workload):
    wide, narrow = (next(iter(workload.batches(d))) for d in ("float64", "float32"))
    np.testing.assert_array_equal(wide["inputs"].astype("float32"), narrow["inputs"])


def test_gradient_descent_with_decay_by_hand():
    optimizer = workloads.build("cnn", {"learning_rate": 0.5, "weight_decay": 0.1})
    after = updated(
        {"w": np.array([2.0])}, {"w": np.array([3.0])}, optimizer=optimizer.optimizer
    )
    np.testing.assert_allclose(after["w"], 2.0 - 0.5 * (3.0 + 0.1 * 2.0))


def test_an_epoch_shows_each_training_image_at_most_once_in_another_order():
    cnn = workloads.build("cnn")
    epochs = [
        np.concatenate([b["targets"] for b in cnn.batches("float32", epoch=e)])
        for e in (0, 1)
    ]
    assert len(epochs[0]) == len(epochs[1]) == 1408
    assert (epochs[0] != epochs[1]).any()


def test_the_stream_goes_on_past_an_epoch():
    cnn = workloads.build("cnn", {"batch": 1000})
    stream = workloads.stream(cnn, dtype="float32")
    first, second = next(stream), next(stream)
    assert (first["targets"] != second["targets"]).any()


def test_training_images_are_normalised_channel_by_channel():
    cnn = workloads.build("cnn", {"data": "synthetic", "image_size": 8, "batch": 512})
    images = np.concatenate([b["inputs"] for b in cnn.batches("float64")])
    np.testing.assert_allclose(images.mean((0, 1, 2)), 0, atol=0.05)
    np.testing.assert_allclose(images.std((0, 1, 2)), 1, atol=0.05)


def test_a_staged_workload_is_the_same_workload(tmp_path):
    cnn = workloads.build("cnn", {"data": "synthetic", "image_size": 8})
    staged = cnn.staged(tmp_path)
    for mine, theirs in zip(
        cnn.batches("float32"), staged.batches("float32"), strict=True
    ):
        np.testing.assert_array_equal(mine["inputs"], theirs["inputs"])
        np.testing.assert_array_equal(mine["targets"], theirs["targets"])
    assert cnn.sizes == staged.sizes


def test_more_images_in_a_batch_than_there_are_is_an_error(tmp_path):
    with pytest.raises(DataError, match="expected at least 5000 images"):
        workloads.build("cnn", {"batch": 5000}).staged(tmp_path)


def test_an_unknown_key_names_the_nearest():
    with pytest.raises(UsageError, match="did you mean learning_rate"):
        workloads.build("two_layer", {"learning_rat": 1.0})


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("two_layer", {"batch": "many"}),
        ("two_layer", {"hidden": 0}),
        ("two_layer", {"seed": -1}),
        ("two_layer", {"learning_rate": float("nan")}),
        ("cnn", {"batch": 0}),
        ("cnn", {"epochs": -1}),
        ("cnn", {"learning_rate": 0.0}),
    ],
)
def test_a_value_of_the_wrong_kind_is_an_error_that_names_it(name, config):
    with pytest.raises(UsageError, match=next(iter(config))):
        workloads.build(name, config)


def test_how_many_products_an_element_sums():
    a, b = np.ones((2, 3, 4)), np.ones((4, 5))
    assert products_summed("ijk,kl->il", a, b) == 3 * 4
    assert products_summed("kl->kl", b) == 1


@settings(max_examples=30)
@given(st.integers(min_value=0, max_value=10_000))
def test_the_two_orders_of_summing_differ_by_rounding_alone(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((5, 300)), rng.standard_normal((300, 4))
    np.testing.assert_allclose(
        exact("ij,jk->ik", a, b), in_order("ij,jk->ik", a, b), atol=1e-12
    )


def test_a_perturbation_is_of_the_size_that_rounding_may_have():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((50, 400)), rng.standard_normal((400, 40))
    unit = 2.0**-24
    value = perturbed(unit=unit, rng=rng)("ij,jk->ik", a, b)
    moved = np.abs(value - a @ b)
    np.testing.assert_allclose(moved, unit * 20 * (np.abs(a) @ np.abs(b)), rtol=1e-6)
    narrow = a.astype("float32") @ b.astype("float32")
    rounding = np.abs(
        narrow - a.astype("float32").astype("float64") @ b.astype("float32")
    )
    assert (rounding < moved).mean() > 0.99
