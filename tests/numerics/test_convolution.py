"""Convolutions compared with loops over pixels, forward and backward."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compare.numerics import convolution
from compare.numerics.convolution import ConvolutionChain
from compare.numerics.einsum import matmul_einsum

TRANSFORMS = {
    "kept": convolution.keep_kernel,
    "transposed": convolution.transpose_kernel,
    "flipped": convolution.flip_kernel,
}


def convolve_slowly(x, kernel, *, pads, stride):
    """Return a cross-correlation, one output pixel at a time."""
    x = np.pad(x, ((0, 0), *pads, (0, 0)))
    size = kernel.shape[0]
    rows = range(0, x.shape[1] - size + 1, stride)
    columns = range(0, x.shape[2] - size + 1, stride)
    pixels = [
        [
            np.tensordot(x[:, r : r + size, c : c + size], kernel, axes=3)
            for c in columns
        ]
        for r in rows
    ]
    return np.array(pixels).transpose(2, 0, 1, 3)


def draw_chain(*, seed=0, size=3, height=7, width=6, widths=(2, 3, 4)):
    """Return images and parameters of a chain; all lengths are different."""
    rng = np.random.default_rng(seed)
    names = [f"conv{number}" for number in range(1, len(widths))]
    parameters = {}
    for name, inputs, outputs in zip(names, widths, widths[1:], strict=False):
        parameters[f"{name}.weight"] = rng.standard_normal(
            (size, size, inputs, outputs)
        )
        parameters[f"{name}.bias"] = rng.standard_normal(outputs)
    return names, rng.standard_normal((2, height, width, widths[0])), parameters


@pytest.mark.parametrize(
    ("side", "kernel", "stride", "expected"),
    [(8, 3, 2, (1, 1)), (8, 4, 1, (2, 2)), (5, 1, 1, (0, 0)), (9, 7, 3, (3, 3))],
)
def test_half_a_kernel_is_added_on_both_sides(side, kernel, stride, expected):
    assert convolution.pad_half_kernel(side, kernel, stride) == expected


@pytest.mark.parametrize(
    ("side", "kernel", "stride", "expected"),
    [
        (8, 3, 2, (0, 1)),
        (9, 3, 2, (1, 1)),
        (8, 3, 1, (1, 1)),
        (8, 2, 1, (0, 1)),
        (7, 5, 3, (2, 2)),
        (8, 1, 2, (0, 0)),
        (6, 1, 4, (0, 0)),
        (10, 6, 3, (2, 3)),
    ],
)
def test_same_padding_gives_one_output_per_stride(side, kernel, stride, expected):
    before, after = convolution.pad_same(side, kernel, stride)
    assert (before, after) == expected
    outputs = (side + before + after - kernel) // stride + 1
    assert outputs == -(-side // stride)


def test_a_transposed_kernel_has_height_and_width_swapped():
    kernel = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    found = convolution.transpose_kernel(kernel)
    assert found.shape == (3, 2, 4, 5)
    assert found[2, 1, 3, 4] == kernel[1, 2, 3, 4]


def test_a_flipped_kernel_is_flipped_in_both_directions():
    kernel = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    found = convolution.flip_kernel(kernel)
    np.testing.assert_array_equal(found[0, 0], kernel[1, 2])
    np.testing.assert_array_equal(found[1, 0], kernel[0, 2])


def test_a_kept_kernel_is_the_same_array():
    kernel = np.ones((2, 2, 1, 1))
    assert convolution.keep_kernel(kernel) is kernel


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("padding", [convolution.pad_half_kernel, convolution.pad_same])
@pytest.mark.parametrize(("size", "stride"), [(3, 2), (3, 1), (2, 3)])
def test_a_chain_convolves_the_relu_of_each_layer(transform, padding, size, stride):
    names, x, parameters = draw_chain(size=size)
    chain = ConvolutionChain(
        names=names, stride=stride, padding=padding, transform=TRANSFORMS[transform]
    )
    done = chain.forward(x, parameters, einsum=matmul_einsum)
    assert list(chain.outputs(done)) == names
    for name, layer in zip(names, done, strict=True):
        kernel = TRANSFORMS[transform](parameters[f"{name}.weight"])
        pads = [padding(side, size, stride) for side in x.shape[1:3]]
        assert layer.inputs == x.shape
        assert list(layer.padding) == pads
        expected = convolve_slowly(x, kernel, pads=pads, stride=stride)
        expected = expected + parameters[f"{name}.bias"]
        np.testing.assert_allclose(layer.outputs, expected, atol=1e-12)
        assert chain.outputs(done)[name] is layer.outputs
        x = np.maximum(layer.outputs, 0)


def test_a_chain_pads_by_half_a_kernel_and_keeps_kernels_by_default():
    names, x, parameters = draw_chain()
    plain = ConvolutionChain(names=names, stride=2)
    spelled = ConvolutionChain(
        names=names,
        stride=2,
        padding=convolution.pad_half_kernel,
        transform=convolution.keep_kernel,
    )
    one, other = (
        c.forward(x, parameters, einsum=matmul_einsum)[-1].outputs
        for c in (plain, spelled)
    )
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("padding", [convolution.pad_half_kernel, convolution.pad_same])
@pytest.mark.parametrize(("size", "stride"), [(3, 2), (3, 1), (2, 3), (5, 2)])
def test_gradients_are_the_derivatives_of_the_outputs(transform, padding, size, stride):
    names, x, parameters = draw_chain(size=size, widths=(2, 3, 4, 2))
    chain = ConvolutionChain(
        names=names, stride=stride, padding=padding, transform=TRANSFORMS[transform]
    )
    done = chain.forward(x, parameters, einsum=matmul_einsum)
    rng = np.random.default_rng(1)
    d_outputs = rng.standard_normal(done[-1].outputs.shape)
    gradients = chain.backward(done, d_outputs, parameters, einsum=matmul_einsum)
    assert set(gradients) == set(parameters)

    def loss_of(changed):
        return np.vdot(
            d_outputs, chain.forward(x, changed, einsum=matmul_einsum)[-1].outputs
        )

    for name, value in parameters.items():
        assert gradients[name].shape == value.shape
        direction = rng.standard_normal(value.shape)
        up, down = (
            loss_of({**parameters, name: value + sign * 1e-6 * direction})
            for sign in (1, -1)
        )
        numeric = (up - down) / 2e-6
        assert np.vdot(gradients[name], direction) == pytest.approx(
            numeric, rel=1e-6, abs=1e-6
        ), name


def test_a_relu_passes_no_gradient_where_its_input_is_zero():
    names, x, parameters = draw_chain(widths=(1, 1, 1))
    parameters["conv1.weight"] = np.zeros_like(parameters["conv1.weight"])
    parameters["conv1.bias"] = np.zeros(1)
    chain = ConvolutionChain(names=names, stride=1)
    done = chain.forward(x, parameters, einsum=matmul_einsum)
    ones = np.ones(done[-1].outputs.shape)
    gradients = chain.backward(done, ones, parameters, einsum=matmul_einsum)
    assert not gradients["conv1.weight"].any()
    assert not gradients["conv1.bias"].any()
    assert gradients["conv2.bias"] == ones.sum()


def test_the_gradient_of_the_images_is_not_computed():
    names, x, parameters = draw_chain(widths=(2, 3))
    chain = ConvolutionChain(names=names, stride=1)
    done = chain.forward(x, parameters, einsum=matmul_einsum)
    equations = []

    def recording(subscripts, *operands):
        equations.append(subscripts)
        return matmul_einsum(subscripts, *operands)

    chain.backward(done, done[-1].outputs, parameters, einsum=recording)
    assert equations == ["nhwijc,nhwo->ijco", "nhwo->o"]


def test_every_sum_of_a_chain_is_computed_by_the_einsum_passed_in():
    names, x, parameters = draw_chain(widths=(2, 3, 4))
    chain = ConvolutionChain(names=names, stride=2)
    equations = []

    def recording(subscripts, *operands):
        equations.append(subscripts)
        return matmul_einsum(subscripts, *operands)

    done = chain.forward(x, parameters, einsum=recording)
    assert equations == ["nhwijc,ijco->nhwo"] * 2
    equations.clear()
    chain.backward(done, done[-1].outputs, parameters, einsum=recording)
    layer = ["nhwijc,nhwo->ijco", "nhwo->o"]
    assert equations == [*layer, "nhwo,ijco->nhwijc", "abnhiwjc->nhiwjc", *layer]


@pytest.mark.parametrize(("size", "stride"), [(1, 1), (3, 1), (3, 2), (2, 3)])
def test_a_window_is_the_part_of_the_image_at_its_position(size, stride):
    x = np.arange(2 * 7 * 8 * 3).reshape(2, 7, 8, 3)
    windows = convolution.extract_windows(x, size=size, stride=stride)
    assert windows.shape[1] == (7 - size) // stride + 1
    assert windows.shape[2] == (8 - size) // stride + 1
    for row, column in np.ndindex(windows.shape[1:3]):
        top, left = row * stride, column * stride
        np.testing.assert_array_equal(
            windows[:, row, column], x[:, top : top + size, left : left + size]
        )


@settings(max_examples=40)
@given(
    size=st.integers(1, 5),
    stride=st.integers(1, 4),
    more=st.integers(0, 5),
    channels=st.integers(1, 3),
)
def test_folded_windows_are_added_at_their_positions(size, stride, more, channels):
    height, width = size + more, size + 2 * more
    rows, columns = ((side - size) // stride + 1 for side in (height, width))
    rng = np.random.default_rng(0)
    windows = rng.standard_normal((2, rows, columns, size, size, channels))
    expected = np.zeros((2, height, width, channels))
    for row, column in np.ndindex(rows, columns):
        top, left = row * stride, column * stride
        expected[:, top : top + size, left : left + size] += windows[:, row, column]
    found = convolution.fold_windows(
        windows, height=height, width=width, stride=stride, einsum=matmul_einsum
    )
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_folded_windows_keep_their_dtype():
    windows = np.ones((1, 2, 2, 3, 3, 1), "float32")
    found = convolution.fold_windows(
        windows, height=5, width=5, stride=2, einsum=matmul_einsum
    )
    assert found.dtype == "float32"


def test_pieces_that_are_summed_are_as_few_as_possible():
    """Rounding is perturbed for each sum, so its number of terms matters."""
    shapes = []

    def recording(subscripts, *operands):
        shapes.append(operands[0].shape[:2])
        return matmul_einsum(subscripts, *operands)

    for size, stride in [(3, 2), (3, 3), (4, 1), (2, 3)]:
        windows = np.ones((1, 2, 2, size, size, 1))
        convolution.fold_windows(
            windows, height=9, width=9, stride=stride, einsum=recording
        )
    assert shapes == [(2, 2), (1, 1), (4, 4), (1, 1)]
