"""Random nets are valid, repeatable, and reduced as far as possible."""

from __future__ import annotations

import pytest

from compare.errors import UsageError
from compare.workloads.net import SIZES, Net, resolve_layers
from tests.soak.random_nets import DrawnNet, draw_net, reduce_net

SOME = range(200)


def test_every_drawn_net_can_be_built_and_has_parameters():
    for number in SOME:
        net = draw_net(3, number).net
        assert net.parameters("float64")
        batch = next(net.batches("float64"))
        assert len(batch["inputs"]) == len(batch["targets"]) == net.batch


def test_a_number_always_draws_the_same_net_and_others_draw_others():
    assert draw_net(1, 7) == draw_net(1, 7)
    assert len({draw_net(1, number).net for number in SOME}) > 190


def test_every_kind_of_layer_is_drawn():
    drawn = {
        layer.kind for number in SOME for layer in draw_net(0, number).net.resolved
    }
    assert drawn == set(SIZES)


def test_the_reduction_keeps_what_fails_and_nothing_else():
    net = Net(
        layers="conv 4 3 2, gelu, batch_norm, flatten, dense 8, layer_norm, dense 3",
        batch=4,
        update="adam",
    )

    def fails(drawn: DrawnNet) -> bool:
        return "gelu" in drawn.net.layers

    smallest = reduce_net(DrawnNet(net=net, dtype="float64"), fails).net
    kinds = [layer.kind for layer in smallest.resolved]
    assert "gelu" in kinds
    assert len(kinds) <= 3  # a layer with parameters, and one that makes it fit
    assert (smallest.batch, smallest.side, smallest.update) == (2, 1, "sgd")


def test_a_net_that_fails_whatever_is_removed_ends_with_one_layer_that_learns():
    smallest = reduce_net(draw_net(0, 5), lambda _: True)
    learning = [layer for layer in smallest.net.resolved if layer.parameters]
    assert len(learning) == 1


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ("dense 4", "expected samples of rank 1 or 2"),
        ("conv 4 3", "expected 3 positive numbers"),
        ("dense 3 4", "expected 1 positive number; received 'dense 3 4'"),
        ("conv 4 9 1, avg_pool 9", "does not fit samples of shape"),
        ("flatten, sequence 5", "does not fit samples of shape"),
        ("convolution 4 3 1", "did you mean"),
        ("", "layer"),
    ],
)
def test_a_layer_that_does_not_fit_is_refused_with_its_reason(layers, expected):
    with pytest.raises(UsageError, match=expected):
        resolve_layers(layers, (4, 4, 2))
