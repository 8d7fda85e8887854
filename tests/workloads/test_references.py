"""Workloads: gradients of the references, data, configuration, arithmetics."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compare import quirks, workloads
from compare.errors import DataError, UsageError
from compare.numerics.convolution import extract_windows, fold_windows
from compare.numerics.einsum import (
    count_products,
    matmul_einsum,
    perturbed_einsum,
    sequential_einsum,
    sgd_step,
)

SMALL_CNN = {"data": "synthetic", "image_size": 16, "batch": 4}
STACK = {"batch": 2, "side": 5, "widths": (2, 4, 3)}

# Sizes are small enough for numerical differentiation.
WORKLOADS = {
    "two_layer": ("two_layer", {"batch": 4, "inputs": 6, "hidden": 5, "outputs": 3}),
    "two_layer, large numbers": (
        "two_layer",
        {"batch": 4, "inputs": 6, "hidden": 5, "outputs": 3, "scale": 2.0**10},
    ),
    "cnn": ("cnn", {"batch": 6}),
    "mlp": ("mlp", {"batch": 4, "widths": (6, 5, 4, 3)}),
    "mlp of one layer": ("mlp", {"batch": 4, "widths": (6, 3)}),
    "stack": ("stack", STACK),
    "stack, even kernel": ("stack", {**STACK, "kernel": 4, "stride": 1}),
    "stack, stride larger than the kernel": (
        "stack",
        {**STACK, "kernel": 2, "stride": 3},
    ),
    "stack, unused pixels": ("stack", {**STACK, "side": 6, "stride": 3}),
    "chain": ("chain", {"batch": 4, "width": 5}),
    "chain of one operation": ("chain", {"batch": 4, "width": 5, "operations": 1}),
    "layers": ("layers", {"batch": 4, "width": 5}),
    "rnn": ("rnn", {"batch": 5, "longest": 6}),
    "rnn, padded": ("rnn", {"batch": 5, "longest": 6, "padding": "longest"}),
    "rnn, one length": ("rnn", {"batch": 5, "lengths": 1, "longest": 3}),
    "stack, wide kernel": ("stack", {**STACK, "kernel": 7, "widths": (1, 2, 3, 2)}),
    "modular": ("modular", {"batch": 5, "width": 4, "outputs": 3}),
    "modular of one layer": (
        "modular",
        {"batch": 5, "width": 4, "outputs": 3, "depth": 1, "programs": 2},
    ),
    "tree": ("tree", {"batch": 4, "width": 3, "structures": 4}),
    "tree of one operator": ("tree", {"batch": 4, "leaves": 2, "structures": 3}),
    "control_flow": (
        "control_flow",
        {"batch": 4, "inputs": 6, "hidden": 5, "outputs": 3},
    ),
}


@pytest.fixture(params=WORKLOADS)
def workload(request):
    """Each workload, some in several configurations."""
    name, config = WORKLOADS[request.param]
    return workloads.build(name, config)


def test_gradients_are_the_derivatives_of_the_loss(workload):
    assert_gradients_are_derivatives(workload, workload.reference)


def assert_gradients_are_derivatives(workload, reference):
    """Compare with central differences along random directions, in float64."""
    rng = np.random.default_rng(3)
    parameters = workload.parameters("float64")
    batch = next(iter(workload.batches("float64")))
    snapshot = reference(parameters, batch)
    for name in snapshot.gradients:  # a buffer has none
        value = parameters[name]
        direction = rng.standard_normal(value.shape)
        step = 1e-6 / np.linalg.norm(direction)
        losses = [
            reference({**parameters, name: value + sign * step * direction}, batch).loss
            for sign in (1, -1)
        ]
        numeric = (losses[0] - losses[1]) / (2 * step)
        assert np.vdot(snapshot.gradients[name], direction) == pytest.approx(
            numeric, rel=1e-4, abs=1e-6 * max(1, abs(snapshot.loss))
        ), name


def test_the_reference_updates_the_parameters_with_the_gradients(workload):
    parameters = workload.parameters("float64")
    snapshot = workload.reference(parameters, next(iter(workload.batches("float64"))))
    expected = sgd_step(parameters, snapshot.gradients, optimizer=workload.optimizer)
    for name, value in expected.items():
        np.testing.assert_array_equal(value, snapshot.parameters[name])


def test_quantities_are_in_the_order_of_computation(workload):
    parameters = workload.parameters("float64")
    snapshot = workload.reference(parameters, next(iter(workload.batches("float64"))))
    trained = [name for name in parameters if name in snapshot.gradients]
    layers = list(dict.fromkeys(name.split(".")[0] for name in trained))
    assert list(snapshot.activations) == layers
    assert list(snapshot.gradients) == trained
    assert list(snapshot.parameters) == list(parameters)


def test_flops_per_step_counts_the_products_of_the_reference(workload):
    """A product is counted if both operands have an axis to sum over."""
    flops = 0.0

    def counting(subscripts, *operands):
        nonlocal flops
        result = matmul_einsum(subscripts, *operands)
        length = count_products(subscripts, *operands)
        if len(operands) == 2 and result.ndim > 1 and length > 1:
            flops += 2.0 * result.size * length
        return result

    parameters = workload.parameters("float64")
    batches = list(islice(workload.batches("float64"), 4))
    for batch in batches:
        workload.reference(parameters, batch, einsum=counting)
    assert workload.flops_per_step == flops / len(batches)


def test_a_respelled_step_has_the_gradients_of_its_own_loss():
    cnn = workloads.build("cnn", SMALL_CNN)
    for reference in cnn.respelled.values():
        assert_gradients_are_derivatives(cnn, reference)


@pytest.mark.parametrize("side", [8, 9])
def test_a_respelled_step_gives_other_results(side):
    cnn = workloads.build("cnn", {**SMALL_CNN, "image_size": side})
    parameters = cnn.parameters("float64")
    batch = next(iter(cnn.batches("float64")))
    plain = cnn.reference(parameters, batch).quantities()
    for name, reference in cnn.respelled.items():
        other = reference(parameters, batch).quantities()
        assert list(other) == list(plain)
        for quantity, array in plain.items():
            assert other[quantity].shape == array.shape, f"{name}: {quantity}"
        assert abs(other["loss"] - plain["loss"]) > 1e-3, name


def test_every_respelled_quirk_is_in_the_catalogue(workload):
    assert set(workload.respelled) <= set(quirks.quirk_names())


@pytest.mark.parametrize("name", ["two_layer", "mlp", "stack"])
def test_a_scale_multiplies_the_data(name):
    plain, scaled = (workloads.build(name, {"scale": scale}) for scale in (1.0, 8.0))
    mine, theirs = (next(iter(w.batches("float32"))) for w in (plain, scaled))
    for array in mine:
        np.testing.assert_array_equal(8 * mine[array], theirs[array])


@pytest.mark.parametrize("name", ["mlp", "stack"])
def test_scaled_data_give_the_same_step_in_other_units(name):
    """Weights change equally if the rate is divided by the square of the scale."""
    plain, scaled = (
        workloads.build(name, {"scale": scale, "learning_rate": 2.0**-9 / scale**2})
        for scale in (1.0, 2.0**6)
    )
    mine, theirs = (
        w.reference(w.parameters("float64"), next(iter(w.batches("float64"))))
        for w in (plain, scaled)
    )
    np.testing.assert_allclose(theirs.loss, 2.0**12 * mine.loss)
    for parameter, array in mine.parameters.items():
        if parameter.endswith("weight"):
            np.testing.assert_allclose(theirs.parameters[parameter], array)


@settings(max_examples=40)
@given(
    size=st.integers(1, 5),
    stride=st.integers(1, 4),
    more=st.integers(0, 6),
    seed=st.integers(0, 1000),
)
def test_folding_is_the_transpose_of_extracting_windows(size, stride, more, seed):
    rng = np.random.default_rng(seed)
    height, width = size + more, size + int(rng.integers(0, 5))
    x = rng.standard_normal((2, height, width, 3))
    taken = extract_windows(x, size=size, stride=stride)
    d_taken = rng.standard_normal(taken.shape)
    d_x = fold_windows(
        d_taken, height=height, width=width, stride=stride, einsum=matmul_einsum
    )
    assert d_x.shape == x.shape
    np.testing.assert_allclose(np.vdot(taken, d_taken), np.vdot(x, d_x))


def test_initial_parameters_follow_from_the_seed(workload):
    again, other = replace(workload), replace(workload, seed=1)
    name = next(iter(workload.parameters("float32")))
    mine, same, different = (
        w.parameters("float32")[name] for w in (workload, again, other)
    )
    np.testing.assert_array_equal(mine, same)
    assert (mine != different).any()


def test_every_dtype_gets_the_same_random_numbers(workload):
    wide, narrow = (next(iter(workload.batches(d))) for d in ("float64", "float32"))
    np.testing.assert_array_equal(wide["inputs"].astype("float32"), narrow["inputs"])


def test_gradient_descent_with_decay_by_hand():
    optimizer = workloads.build("cnn", {"learning_rate": 0.5, "weight_decay": 0.1})
    after = sgd_step(
        {"w": np.array([2.0])}, {"w": np.array([3.0])}, optimizer=optimizer.optimizer
    )
    np.testing.assert_allclose(after["w"], 2.0 - 0.5 * (3.0 + 0.1 * 2.0))


def test_each_epoch_has_the_same_number_of_images_in_another_order():
    cnn = workloads.build("cnn")
    epochs = [
        np.concatenate([b["targets"] for b in cnn.batches("float32", epoch=e)])
        for e in (0, 1)
    ]
    assert len(epochs[0]) == len(epochs[1]) == 1408
    assert (epochs[0] != epochs[1]).any()


def test_the_stream_continues_after_an_epoch():
    cnn = workloads.build("cnn", {"batch": 1000})
    stream = workloads.stream(cnn, dtype="float32")
    first, second = next(stream), next(stream)
    assert (first["targets"] != second["targets"]).any()


def test_training_images_are_normalised_per_channel():
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


def test_a_batch_larger_than_the_data_is_an_error(tmp_path):
    with pytest.raises(DataError, match="expected at least 5000 images"):
        workloads.build("cnn", {"batch": 5000}).staged(tmp_path)


def test_an_unknown_key_suggests_the_nearest():
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
        ("mlp", {"widths": (3,)}),
        ("mlp", {"widths": (3, 0)}),
        ("mlp", {"scale": 0.0}),
        ("stack", {"kernel": 0}),
        ("stack", {"stride": 0}),
        ("stack", {"side": 0}),
        ("stack", {"widths": ("three", 4)}),
        ("rnn", {"lengths": 65, "longest": 70}),
        ("rnn", {"longest": 3}),
        ("rnn", {"padding": "shortest"}),
        ("modular", {"width": 0}),
        ("modular", {"modules": 0}),
        ("modular", {"depth": 0}),
        ("modular", {"programs": 0}),
        ("modular", {"programs": 9, "modules": 2, "depth": 3}),
        ("modular", {"learning_rate": -1.0}),
        ("tree", {"leaves": 1}),
        ("tree", {"width": 0}),
        ("tree", {"structures": 4, "leaves": 2}),
        ("chain", {"operations": 0}),
        ("chain", {"width": 0}),
        ("layers", {"layers": 0}),
        ("layers", {"learning_rate": 0.0}),
        ("control_flow", {"hidden": 0}),
        ("control_flow", {"learning_rate": 0.0}),
    ],
)
def test_the_error_for_an_invalid_value_names_its_key(name, config):
    with pytest.raises(UsageError, match=next(iter(config))):
        workloads.build(name, config)


def test_products_summed_counts_the_products_per_element():
    a, b = np.ones((2, 3, 4)), np.ones((4, 5))
    assert count_products("ijk,kl->il", a, b) == 3 * 4
    assert count_products("kl->kl", b) == 1


@settings(max_examples=30)
@given(st.integers(min_value=0, max_value=10_000))
def test_the_two_orders_of_summing_differ_only_by_rounding(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((5, 300)), rng.standard_normal((300, 4))
    np.testing.assert_allclose(
        matmul_einsum("ij,jk->ik", a, b),
        sequential_einsum("ij,jk->ik", a, b),
        atol=1e-12,
    )


def test_a_perturbation_has_the_size_of_rounding_errors():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((50, 400)), rng.standard_normal((400, 40))
    unit = 2.0**-24
    value = perturbed_einsum(unit=unit, underflow=0.0, rng=rng)("ij,jk->ik", a, b)
    moved = np.abs(value - a @ b)
    # The sums of absolute values are computed in float32, in the order of the CPU.
    np.testing.assert_allclose(
        moved, unit * 20 * (np.abs(a) @ np.abs(b)), rtol=400 * unit
    )
    narrow = a.astype("float32") @ b.astype("float32")
    rounding = np.abs(
        narrow - a.astype("float32").astype("float64") @ b.astype("float32")
    )
    assert (rounding < moved).mean() > 0.99


def test_a_workload_defines_only_what_it_needs(tmp_path):
    """Of all workloads, only `cnn` is trained for epochs and reads data."""
    trainable = {
        n for n in workloads.WORKLOADS if workloads.is_trainable(workloads.build(n))
    }
    assert trainable == {"cnn"}
    for name in set(workloads.WORKLOADS) - {"cnn"}:
        workload = workloads.build(name)
        assert workloads.stage(workload, folder=tmp_path) is workload
        for member in ("epochs", "validation", "metrics", "staged"):
            assert not hasattr(workload, member), f"{name}: {member}"
    assert not list(tmp_path.iterdir())


def test_staging_stores_data_in_the_folder(tmp_path):
    cnn = workloads.build("cnn", {"data": "synthetic", "image_size": 8})
    staged = workloads.stage(cnn, folder=tmp_path)
    assert [str(path) for path in tmp_path.iterdir()] == [staged.data]
