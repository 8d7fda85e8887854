"""Mistakes in a batch, planted and named."""

from __future__ import annotations

import numpy as np
import pytest

from compare import workloads
from compare.agreement.causes.batches import OTHER_BATCHES
from compare.workloads.mlp import Mlp
from tests.agreement.causes.planting import MLP, Session, names

FEW = {**MLP, "batch": 3}


def changing(session, name, change):
    """Return a step on batches with one changed array."""
    return lambda state, batch: session.step(
        state, {**batch, name: change(batch[name])}
    )


def layer_outputs(session, run):
    """Return the layer outputs of a run in the first state."""
    state, batch = session.start()
    found = run(state, batch).activations
    return {f"activation:{name}": array for name, array in found.items()}


@pytest.mark.parametrize(
    ("shift", "sample"), [(1, "previous"), (-1, "next")], ids=["previous", "next"]
)
def test_targets_of_a_neighbouring_sample_are_named(mlp, shift, sample):
    run = changing(mlp, "targets", lambda y: np.roll(y, shift, axis=0))
    assert mlp.explanations(run) == [f"targets belong to the {sample} sample"]
    assert names(mlp.causes(run)) == ["targets_shifted"]


@pytest.mark.parametrize(("shift", "words"), [(1, "1 higher"), (-1, "1 lower")])
def test_labels_that_are_numbered_differently_are_named(cnn, shift, words):
    run = changing(cnn, "targets", lambda y: (y + shift) % 10)
    assert cnn.explanations(run) == [f"labels are numbered {words}"]
    assert names(cnn.causes(run)) == ["labels_shifted"]


def test_inputs_in_the_reverse_order_are_named(mlp):
    run = changing(mlp, "inputs", lambda x: x[::-1])
    assert mlp.explanations(run) == ["inputs are in the reverse order of their targets"]
    assert names(mlp.causes(run)) == ["inputs_shuffled"]


def test_another_order_of_inputs_is_found_from_the_outputs_of_layers(mlp):
    order = [2, 0, 1, 3, 5, 6, 4]
    run = changing(mlp, "inputs", lambda x: x[order])
    assert mlp.explanations(run) == []
    seen = layer_outputs(mlp, run)
    found = mlp.causes(run, activations=seen)
    assert names(found) == ["inputs_shuffled"]
    assert found[0].explanation == "inputs are in another order than their targets"


def test_outputs_of_layers_in_no_order_name_no_order(mlp):
    run = changing(mlp, "inputs", lambda x: x[[2, 0, 1, 3, 5, 6, 4]])
    seen = layer_outputs(mlp, run)
    for wrong in (np.repeat(seen["activation:layer1"][:1], 7, axis=0), np.ones((2, 2))):
        assert mlp.causes(run, activations={**seen, "activation:layer1": wrong}) == ()


def test_inputs_as_bytes_are_named(mlp):
    run = changing(mlp, "inputs", lambda x: np.trunc(x) % 256)
    assert mlp.explanations(run) == [
        "inputs are converted to unsigned bytes, which wrap around"
    ]
    assert names(mlp.causes(run)) == ["inputs_as_bytes"]


@pytest.mark.parametrize(
    ("words", "change"),
    [
        ("images are mirrored", lambda x: x[:, :, ::-1]),
        ("images are upside down", lambda x: x[:, ::-1]),
    ],
)
def test_flipped_images_are_named(stack, words, change):
    run = changing(stack, "inputs", change)
    assert stack.explanations(run) == [words]
    assert names(stack.causes(run)) == ["image_orientation"]


def test_transposed_images_are_a_candidate(stack):
    run = changing(stack, "inputs", lambda x: x.transpose(0, 2, 1, 3))
    assert "rows and columns of images are swapped" in stack.explanations(run)


@pytest.mark.parametrize("order", [(0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1)])
def test_reordered_channels_are_named(cnn, order):
    run = changing(cnn, "inputs", lambda x: x[..., order])
    assert cnn.explanations(run) == [
        f"the channels of images are in the order {list(order)}"
    ]
    assert names(cnn.causes(run)) == ["channels_reordered"]


def test_of_many_channels_the_reverse_order_is_tried(tmp_path):
    config = {"batch": 2, "side": 6, "widths": (5, 2)}
    session = Session(workloads.build("stack", config), tmp_path)
    run = changing(session, "inputs", lambda x: x[..., ::-1])
    assert session.explanations(run) == [
        "the channels of images are in the order [4, 3, 2, 1, 0]"
    ]


class Several(Mlp):
    """As many batches per epoch as are tried, and one more."""

    def batches(self, dtype, *, epoch=0):
        """Yield batches that differ by a factor."""
        (batch,) = super().batches(dtype, epoch=epoch)
        for number in range(OTHER_BATCHES + 1):
            yield {name: (1 + number / 8) * array for name, array in batch.items()}


@pytest.fixture(scope="module")
def several(tmp_path_factory):
    return Session(Several(**FEW), tmp_path_factory.mktemp("several"), steps=1)


@pytest.mark.parametrize("other", [1, 4, OTHER_BATCHES - 1])
def test_the_batch_of_another_step_is_named(several, other):
    wrong = list(several.workload.batches("float64"))[other]
    (cause,) = several.causes(lambda state, _: several.step(state, wrong))
    assert cause.name == "another_batch"
    assert cause.explanation == f"step 0 used the batch of step {other}"


def test_batches_far_away_are_not_tried(several):
    wrong = list(several.workload.batches("float64"))[OTHER_BATCHES]
    assert several.causes(lambda state, _: several.step(state, wrong)) == ()
