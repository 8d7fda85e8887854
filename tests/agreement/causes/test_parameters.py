"""Mistakes in how a parameter is used, planted and named."""

from __future__ import annotations

import numpy as np
import pytest

from tests.agreement.causes.planting import names

# name, explanation, parameters, change: a linear one that is its own adjoint
DENSE = (
    ("bias_twice", "layer2.bias is added twice", ["layer2.bias"], lambda b: 2 * b),
    (
        "bias_twice",
        "every bias is added twice",
        ["layer1.bias", "layer2.bias", "layer3.bias"],
        lambda b: 2 * b,
    ),
    (
        "weight_transposed",
        "layer2.weight is used with inputs and outputs swapped",
        ["layer2.weight"],
        lambda w: w.T,
    ),
)
KERNELS = (
    (
        "convolution_flip",
        "conv2.weight is flipped in both directions",
        ["conv2.weight"],
        lambda k: k[::-1, ::-1],
    ),
    (
        "convolution_flip",
        "every weight is flipped in both directions",
        ["conv1.weight", "conv2.weight"],
        lambda k: k[::-1, ::-1],
    ),
    (
        "kernel_flipped",
        "conv1.weight is flipped vertically",
        ["conv1.weight"],
        lambda k: k[::-1],
    ),
    (
        "kernel_flipped",
        "conv2.weight is flipped horizontally",
        ["conv2.weight"],
        lambda k: k[:, ::-1],
    ),
    (
        "kernel_layout",
        "conv1.weight has height and width swapped",
        ["conv1.weight"],
        lambda k: k.transpose(1, 0, 2, 3),
    ),
)


def changing(session, wrong, change, *, kept=()):
    """Return a step that uses changed parameters, and updates the right ones."""

    def use(arrays):
        return {n: change(a) if n in wrong else a for n, a in arrays.items()}

    def run(state, batch):
        now = session.step(use(state), batch)
        done = session.end(state, now, use(now.gradients))
        for name in kept:
            done.parameters[name] = state[name]
        return done

    return run


@pytest.mark.parametrize(("name", "words", "wrong", "change"), DENSE)
def test_a_changed_bias_or_matrix_is_named(mlp, name, words, wrong, change):
    (cause,) = mlp.causes(changing(mlp, wrong, change))
    assert (cause.name, cause.explanation) == (name, words)


@pytest.mark.parametrize(("name", "words", "wrong", "change"), KERNELS)
def test_a_changed_kernel_is_named(stack, name, words, wrong, change):
    (cause,) = stack.causes(changing(stack, wrong, change))
    assert (cause.name, cause.explanation) == (name, words)


def test_a_square_kernel_with_inputs_and_outputs_swapped_is_named(square):
    swap = changing(square, ["conv2.weight"], lambda k: k.transpose(0, 1, 3, 2))
    (cause,) = square.causes(swap)
    assert cause.name == "weight_transposed"
    words = "conv2.weight is used with inputs and outputs swapped"
    assert cause.explanation == words


@pytest.mark.parametrize("is_kept", [False, True])
def test_a_bias_that_is_left_out_is_named_with_or_without_its_decay(cnn, is_kept):
    wrong = ["conv2.bias"]
    run = changing(cnn, wrong, np.zeros_like, kept=wrong if is_kept else ())
    (cause,) = cnn.causes(run)
    assert cause.name == "bias_left_out"
    assert cause.explanation == "conv2.bias is left out"


def test_every_bias_that_is_left_out_is_named(mlp):
    every = [f"layer{number}.bias" for number in (1, 2, 3)]
    (cause,) = mlp.causes(changing(mlp, every, np.zeros_like))
    assert cause.explanation == "every bias is left out"


def test_a_parameter_in_place_of_another_is_named(mlp):
    def run(state, batch):
        used = {**state, "layer1.bias": state["layer2.bias"]}
        now = mlp.step(used, batch)
        found = now.gradients
        both = found["layer1.bias"] + found["layer2.bias"]
        nothing = np.zeros_like(both)
        gradients = {**found, "layer2.bias": both, "layer1.bias": nothing}
        return mlp.end(state, now, gradients)

    (cause,) = mlp.causes(run)
    assert cause.name == "wrong_parameter"
    assert cause.explanation == "layer2.bias is used in place of layer1.bias"


def test_swapped_parameters_are_named(mlp):
    def swap(arrays):
        one, other = "layer1.bias", "layer2.bias"
        return {**arrays, one: arrays[other], other: arrays[one]}

    def run(state, batch):
        now = mlp.step(swap(state), batch)
        return mlp.end(state, now, swap(now.gradients))

    (cause,) = mlp.causes(run)
    assert names([cause]) == ["parameters_swapped"]
    assert cause.explanation == "layer1.bias and layer2.bias are swapped"
