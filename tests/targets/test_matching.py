"""Corresponding parameters of two models: found again, or refused with what is left."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compare.errors import UsageError
from compare.targets.matching import (
    MAX_COMBINATIONS,
    Parameter,
    array_axes,
    compose,
    fitting_axes,
    output_axes,
    permute_shape,
    propose,
    role_of,
)
from compare.workloads.target import Placement

TORCH = [
    Parameter(name="conv.weight", shape=(8, 3, 3, 5), axes=(2, 3, 1, 0)),
    Parameter(name="conv.bias", shape=(8,)),
    Parameter(name="bn.weight", shape=(8,)),
    Parameter(name="bn.bias", shape=(8,)),
    Parameter(name="fc.weight", shape=(8, 8), axes=(1, 0)),
    Parameter(name="fc.bias", shape=(8,)),
    Parameter(name="bn.running_mean", shape=(8,), is_trained=False),
    Parameter(name="bn.running_var", shape=(8,), is_trained=False),
]
KERAS = [
    Parameter(name="net.conv2d.kernel", shape=(3, 5, 3, 8)),
    Parameter(name="net.conv2d.bias", shape=(8,)),
    Parameter(name="net.batch_norm.gamma", shape=(8,)),
    Parameter(name="net.batch_norm.beta", shape=(8,)),
    Parameter(name="net.batch_norm.moving_mean", shape=(8,), is_trained=False),
    Parameter(name="net.batch_norm.moving_variance", shape=(8,), is_trained=False),
    Parameter(name="net.dense.kernel", shape=(8, 8)),
    Parameter(name="net.dense.bias", shape=(8,)),
]

shapes = st.lists(st.integers(1, 5), min_size=1, max_size=4).map(tuple)


def test_a_network_with_other_names_and_layouts_is_matched():
    found = propose(TORCH, KERAS, known=None)

    assert found.parameters == {
        "net.conv2d.kernel": ("conv.weight", (2, 3, 1, 0)),
        "net.conv2d.bias": ("conv.bias", ()),
        "net.batch_norm.gamma": ("bn.weight", ()),
        "net.batch_norm.beta": ("bn.bias", ()),
        "net.batch_norm.moving_mean": ("bn.running_mean", ()),
        "net.batch_norm.moving_variance": ("bn.running_var", ()),
        "net.dense.kernel": ("fc.weight", (1, 0)),
        "net.dense.bias": ("fc.bias", ()),
    }


def test_a_square_matrix_has_the_order_of_its_layer_first_and_the_other_as_well():
    found = propose(TORCH, KERAS, known=None)

    assert found.alternatives == {"net.dense.kernel": [()]}
    axes = [each["net.dense.kernel"][1] for each in found.combinations()]
    assert axes == [(1, 0), ()]


@given(st.data())
def test_permuted_axes_are_found_again(data):
    shape = data.draw(shapes)
    axes = tuple(data.draw(st.permutations(range(len(shape)))))
    one = Parameter(name="a", shape=shape, axes=axes)
    other = Parameter(name="b", shape=permute_shape(shape, axes))

    assert permute_shape(shape, axes) == permute_shape(
        shape, fitting_axes(one, other)[0]
    )
    assert compose(axes, (), rank=len(shape)) == axes


@given(st.data())
def test_axes_of_two_layouts_are_composed_as_arrays_are_transposed(data):
    rank = data.draw(st.integers(1, 4))
    one, other = (tuple(data.draw(st.permutations(range(rank)))) for _ in range(2))
    canonical = np.arange(np.prod(range(2, 2 + rank))).reshape(range(2, 2 + rank))
    ours, theirs = (canonical.transpose(np.argsort(axes)) for axes in (one, other))

    assert np.array_equal(ours.transpose(compose(one, other, rank=rank)), theirs)


@given(st.permutations(range(len(TORCH))))
def test_parameters_of_equal_names_are_found_in_any_order(order):
    second = [TORCH[number] for number in order]

    found = propose(TORCH, second, known=None)

    assert {name: to for name, (to, _) in found.parameters.items()} == {
        each.name: each.name for each in TORCH
    }


@given(st.lists(shapes, min_size=1, max_size=6))
def test_layers_without_common_names_are_matched_in_their_order(layers):
    first = [
        Parameter(name=f"layer{number}.weight", shape=shape)
        for number, shape in enumerate(layers)
    ]
    second = [
        Parameter(name=f"dense_{number}.kernel", shape=shape[::-1])
        for number, shape in enumerate(layers)
    ]
    found = propose(first, second, known=None)

    for number, shape in enumerate(layers):
        to, axes = found.parameters[f"dense_{number}.kernel"]
        matched = next(each for each in first if each.name == to)
        assert permute_shape(matched.shape, axes) == shape[::-1]
    assert len({to for to, _ in found.parameters.values()}) == len(layers)


def test_a_forgotten_bias_is_left_over_and_named():
    with pytest.raises(UsageError) as error:
        propose(TORCH, [e for e in KERAS if e.name != "net.dense.bias"], known=None)

    assert "fc.bias (8,)" in str(error.value)
    assert "--mapping" in str(error.value)


def test_two_biases_of_a_recurrent_layer_are_left_over_next_to_one():
    first = [
        Parameter(name="rnn.bias_ih_l0", shape=(28,)),
        Parameter(name="rnn.bias_hh_l0", shape=(28,)),
    ]
    second = [Parameter(name="lstm.lstm_cell.bias", shape=(28,))]

    with pytest.raises(UsageError, match=r"rnn\.bias_hh_l0"):
        propose(first, second, known=None)


def test_a_scale_and_a_shift_are_never_exchanged():
    first = [Parameter(name="norm.weight", shape=(4,))]
    second = [Parameter(name="norm.beta", shape=(4,))]

    with pytest.raises(UsageError, match="left over"):
        propose(first, second, known=None)


def test_swapped_names_of_scale_and_shift_are_matched_by_name():
    first = [Parameter(name=f"n.{part}", shape=(4,)) for part in ("weight", "bias")]
    second = [Parameter(name=f"m.{part}", shape=(4,)) for part in ("beta", "gamma")]

    found = propose(first, second, known=None).parameters

    assert found == {"m.beta": ("n.bias", ()), "m.gamma": ("n.weight", ())}


def test_a_mapping_takes_precedence_and_may_be_incomplete():
    first = [Parameter(name="a", shape=(4, 4)), Parameter(name="b", shape=(4, 4))]
    second = [Parameter(name="c", shape=(4, 4)), Parameter(name="d", shape=(4, 4))]
    known = Placement(parameters={"c": ("b", (1, 0))})

    found = propose(first, second, known=known)

    assert found.parameters == {"c": ("b", (1, 0)), "d": ("a", ())}
    assert list(found.alternatives) == ["d"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"x": ("fc.bias", ())}, 'no parameter "x"'),
        ({"net.dense.bias": ("x", ())}, 'no parameter "x"'),
        (
            {"net.dense.bias": ("bn.bias", ()), "net.conv2d.bias": ("bn.bias", ())},
            "each parameter once",
        ),
        ({"net.dense.kernel": ("fc.weight", (0, 2))}, "expected axes that permute"),
        ({"net.conv2d.kernel": ("conv.weight", ())}, "expected the shape"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(parameters, message):
    with pytest.raises(UsageError, match=message):
        propose(TORCH, KERAS, known=Placement(parameters=parameters))


def test_a_depthwise_kernel_is_matched_although_its_convention_differs():
    one = Parameter(name="dw.weight", shape=(6, 1, 3, 3), axes=(2, 3, 1, 0))
    other = Parameter(name="dw.kernel", shape=(3, 3, 6, 1))

    assert fitting_axes(one, other)[0] == (2, 3, 0, 1)


def test_many_ambiguous_matrices_give_a_limited_number_of_combinations():
    first = [
        Parameter(name=f"l{n}.weight", shape=(4, 4), axes=(1, 0)) for n in range(9)
    ]
    second = [Parameter(name=f"d{n}.kernel", shape=(4, 4)) for n in range(9)]

    every = list(propose(first, second, known=None).combinations())

    assert 2 < len(every) <= MAX_COMBINATIONS
    assert {axes for _, axes in every[0].values()} == {(1, 0)}
    assert {axes for _, axes in every[1].values()} == {()}


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("a.weight", "weight"),
        ("a/kernel", "weight"),
        ("rnn.weight_ih_l0", "weight"),
        ("rnn.weight_hh_l1_reverse", "recurrent"),
        ("lstm.cell.recurrent_kernel", "recurrent"),
        ("bn.moving_variance", "variance"),
        ("alpha", ""),
    ],
)
def test_the_role_of_a_parameter_follows_from_its_name(name, role):
    assert role_of(name) == role


def test_inputs_are_tried_unchanged_and_with_their_channels_moved():
    assert array_axes((8, 10)) == [()]
    assert array_axes((8, 3, 5, 7)) == [(), (0, 2, 3, 1), (0, 3, 1, 2)]


def test_outputs_have_the_orders_of_axes_that_give_their_shape():
    assert output_axes((8, 3, 5, 7), (8, 5, 7, 3)) == [(0, 2, 3, 1)]
    assert output_axes((8, 4, 4, 4), (8, 4, 4, 4))[0] == ()
    assert output_axes((8, 3), (8, 4)) == []
