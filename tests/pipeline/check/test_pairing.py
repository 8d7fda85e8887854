"""Inputs, parameters and outputs of a second model are found by trying."""

from __future__ import annotations

import numpy as np
import pytest

from compare.errors import UsageError
from compare.pipeline.check.pairing import are_close, list_parameters, match_model
from compare.targets.loading import Stage
from compare.workers import messages
from compare.workers.process import TargetRefusedError
from compare.workloads.target import ArraySpec, Placement

IMAGES = (ArraySpec(shape=(4, 3, 12, 10), name="0"),)
SHARED = {"conv.weight": [8, 3, 3, 3], "conv.bias": [8]}
OTHERS = {"conv2d.kernel": [3, 3, 3, 8], "conv2d.bias": [8]}
OIHW = {"conv.weight": [2, 3, 1, 0]}


def inspected(shapes, *, inputs=(), outputs=((4, 5),), axes=None):
    """Return what a worker reports about a model."""
    return messages.Inspected(
        kind="Model",
        inputs=list(inputs),
        found_by="",
        outputs=[ArraySpec(shape=shape) for shape in outputs],
        targets=[],
        loss="mean_square",
        shapes=shapes,
        axes=axes or {},
        trained=list(shapes),
        buffers=[],
        frozen=[],
        tied=[],
        is_random=False,
        narrowed=[],
        flops=0.0,
        forward_s=1.0,
        length=0,
    )


def channels_last(inputs):
    """Inspect a model that takes images with three channels in the last place."""
    if inputs[0].shape[-1] != 3:
        raise TargetRefusedError(
            messages.Refused(stage=Stage.FORWARD, reason="expected 3 channels")
        )
    return inspected(OTHERS, inputs=inputs, outputs=((4, 10, 8, 8),))


def match(inspect, **changes):
    options = {
        "shared": list_parameters(inspected(SHARED, axes=OIHW)),
        "inputs": IMAGES,
        "outputs": [(4, 8, 10, 8)],
        "known": None,
    }
    return match_model(inspect, **{**options, **changes})


def test_images_are_given_in_the_order_of_axes_that_the_model_accepts():
    found = match(channels_last)

    assert found.placements[0].inputs == ((0, 2, 3, 1),)
    assert found.placements[0].outputs == ((0, 2, 3, 1),)
    assert found.facts.inputs[0].shape == (4, 12, 10, 3)
    assert found.placements[0].parameters["conv2d.kernel"] == (
        "conv.weight",
        (2, 3, 1, 0),
    )


def test_a_mapping_states_the_axes_of_inputs():
    known = Placement(inputs=((0, 2, 3, 1),), outputs=((0, 2, 3, 1),))

    assert match(channels_last, known=known).placements[0].inputs == known.inputs


def test_a_model_that_accepts_no_order_of_axes_is_refused_with_its_reason():
    inputs = (ArraySpec(shape=(4, 6, 12, 10), name="0"),)

    with pytest.raises(TargetRefusedError, match="expected 3 channels"):
        match(channels_last, inputs=inputs)


def test_left_over_parameters_are_reported_rather_than_refused_inputs():
    def with_scale(inputs):
        facts = channels_last(inputs)
        facts.shapes = {**OTHERS, "norm.gamma": [8]}
        return facts

    with pytest.raises(UsageError, match=r"norm\.gamma"):
        match(with_scale)


def test_other_shapes_of_outputs_are_refused():
    with pytest.raises(UsageError, match="expected outputs of the shapes"):
        match(channels_last, outputs=[(4, 7)])


def test_images_of_equal_sides_and_channels_are_tried_in_further_orders():
    shape = (4, 3, 3, 3)
    inputs = (ArraySpec(shape=shape, name="0"),)

    found = match(channels_last, inputs=inputs)

    tried = {placement.inputs for placement in found.placements}
    assert tried >= {((),), ((0, 2, 3, 1),)}


def test_without_shared_parameters_a_model_defines_them():
    found = match(channels_last, shared=None)

    assert found.placements[0].parameters == {name: (name, ()) for name in OTHERS}


def test_outputs_are_the_same_up_to_rounding_only():
    one = np.linspace(-1, 1, 9)

    assert are_close(one * (1 + 1e-13), one)
    assert not are_close(one * (1 + 1e-5), one)
    assert not are_close(one[:-1], one)
