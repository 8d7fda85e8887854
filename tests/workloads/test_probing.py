"""Tests of the probes: their data contain what exposes errors."""

from __future__ import annotations

import numpy as np
import pytest

from compare import workloads
from compare.numerics.convolution import ConvolutionChain
from compare.numerics.einsum import matmul_einsum
from compare.workloads import probing
from compare.workloads.cnn import LAYERS, STRIDE

PROBED = ("two_layer", "cnn", "mlp", "stack", "modular", "control_flow")


@pytest.fixture(params=PROBED)
def probe(request):
    return workloads.build(request.param).probe()


def all_inputs(workload):
    return np.concatenate([b["inputs"] for b in workload.batches("float64")])


def test_a_probe_is_built_again_from_its_fields(probe):
    name = type(probe).model
    fields = {key: getattr(probe, key) for key in workloads.list_keys(name)}
    again = workloads.build(name, fields)
    for one, other in zip(
        probe.batches("float64"), again.batches("float64"), strict=True
    ):
        assert all(np.array_equal(one[key], other[key]) for key in one)


def test_its_last_batch_is_uneven(probe):
    *others, last = [len(batch["inputs"]) for batch in probe.batches("float64")]
    assert set(others) == {probing.BATCH}
    assert last == probing.LAST


def test_one_sample_is_zero_and_others_contain_zeros_and_negative_zeros(probe):
    inputs = all_inputs(probe)
    samples = inputs.reshape(len(inputs), -1)
    assert (samples == 0).all(axis=1).any()
    zeros = (inputs == 0) & np.signbit(inputs)
    assert zeros.any()


def test_its_features_differ(probe):
    inputs = all_inputs(probe)
    means = np.abs(inputs).reshape(-1, inputs.shape[-1]).mean(axis=0)
    assert len(set(np.round(means, 6))) == len(means)


@pytest.mark.parametrize("name", [name for name in PROBED if name != "modular"])
def test_a_relu_input_is_exactly_zero(name):
    probe = workloads.build(name).probe()
    batch = next(probe.batches("float64"))
    whole = {
        key: np.concatenate([b[key] for b in probe.batches("float64")]) for key in batch
    }
    outputs = probe.reference(probe.parameters("float64"), whole).activations
    first = next(iter(outputs.values()))
    assert (first == 0).any()


def test_an_uneven_batch_keeps_its_whole_program():
    *_, last = workloads.build("modular").probe().batches("float64")
    assert len(last["program"]) == workloads.build("modular").probe().depth


def test_images_are_not_square_and_larger_than_the_kernel_before_every_layer():
    probe = workloads.build("cnn").probe()
    images = all_inputs(probe)
    chain = ConvolutionChain(names=LAYERS, stride=STRIDE)
    passes = chain.forward(images, probe.parameters("float64"), einsum=matmul_einsum)
    for layer in passes:
        _, height, width, _ = layer.inputs
        assert height != width
        assert min(height, width) > 3


def test_labels_repeat_and_reach_both_ends():
    probe = workloads.build("cnn").probe()
    labels = np.concatenate([b["targets"] for b in probe.batches("float64")])
    assert {0, probe.sizes["classes"] - 1} <= set(labels)
    assert len(set(labels)) < len(labels)
