"""A chain of convolutions with a ReLU between two of them, forward and backward.

Each convolution is written as a sum over image windows. Every sum is computed by the
einsum passed in, so that the caller chooses the arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.contract import Array, Arrays, Einsum

Pads = tuple[int, int]  # pixels before and after
Padding = Callable[[int, int, int], Pads]  # side, kernel, stride -> pixels
KernelTransform = Callable[["Array"], "Array"]


def pad_half_kernel(side: int, kernel: int, stride: int) -> Pads:  # noqa: ARG001
    """Return half the kernel size on both sides, the usual padding in PyTorch."""
    return kernel // 2, kernel // 2


def pad_same(side: int, kernel: int, stride: int) -> Pads:
    """Return the padding of TensorFlow's ``SAME``.

    It is the least that gives ``ceil(side / stride)`` outputs. If its sum is odd, the
    extra pixel is at the end.
    """
    needed = max((-(-side // stride) - 1) * stride + kernel - side, 0)
    return needed // 2, needed - needed // 2


def keep_kernel(kernel: Array) -> Array:
    """Return the kernel unchanged."""
    return kernel


def transpose_kernel(kernel: Array) -> Array:
    """Return the kernel with height and width swapped.

    Shape:
        (height, width, inputs, outputs) -> (width, height, inputs, outputs).
    """
    return kernel.transpose(1, 0, 2, 3)


def flip_kernel(kernel: Array) -> Array:
    """Return the kernel flipped in both directions.

    With it, the cross-correlation that frameworks compute becomes the convolution of
    mathematics.
    """
    return kernel[::-1, ::-1]


@dataclass(frozen=True, kw_only=True)
class ConvolutionPass:
    """What the backward pass needs from the forward pass of one convolution.

    Shape:
        ``windows`` (N, H', W', size, size, inputs), ``outputs`` (N, H', W', outputs).
    """

    inputs: tuple[int, ...]  # shape
    padding: tuple[Pads, Pads]  # of rows and of columns
    windows: Array
    outputs: Array  # before the ReLU


@dataclass(frozen=True, kw_only=True)
class ConvolutionChain:
    """Several convolutions, each applied to the ReLU of the previous one's outputs.

    Args:
        names: of the layers, in forward order.
        stride: of every layer.
        padding: computes how many zeros surround an image.
        transform: applied to a kernel before it is used. It must be its own inverse,
            because the gradient is transformed back by applying it again.
    """

    names: Sequence[str]
    stride: int
    padding: Padding = pad_half_kernel
    transform: KernelTransform = keep_kernel

    def forward(
        self, x: Array, parameters: Arrays, *, einsum: Einsum
    ) -> list[ConvolutionPass]:
        """Return the forward pass of each layer.

        Args:
            x: the images, of shape (N, H, W, inputs).
            parameters: ``NAME.weight`` of shape (size, size, inputs, outputs) and
                ``NAME.bias`` of shape (outputs,) for each layer.
            einsum: computes every sum of products.
        """
        done: list[ConvolutionPass] = []
        for name in self.names:
            kernel = self.transform(parameters[f"{name}.weight"])
            x = np.maximum(done[-1].outputs, 0) if done else x
            rows, columns = (
                self.padding(side, size, self.stride)
                for side, size in zip(x.shape[1:3], kernel.shape[:2], strict=True)
            )
            windows = extract_windows(
                np.pad(x, ((0, 0), rows, columns, (0, 0))),
                size=kernel.shape[0],
                stride=self.stride,
            )
            products = einsum("nhwijc,ijco->nhwo", windows, kernel)
            done.append(
                ConvolutionPass(
                    inputs=x.shape,
                    padding=(rows, columns),
                    windows=windows,
                    outputs=products + parameters[f"{name}.bias"],
                )
            )
        return done

    def backward(
        self,
        done: list[ConvolutionPass],
        d_outputs: Array,
        parameters: Arrays,
        *,
        einsum: Einsum,
    ) -> Arrays:
        """Return the gradients of the parameters.

        Args:
            done: the forward pass.
            d_outputs: the gradient of the last layer's outputs, in their shape.
            parameters: those of the forward pass.
            einsum: computes every sum of products.
        """
        gradients: dict[str, Array] = {}
        for number in reversed(range(len(done))):
            name, layer = self.names[number], done[number]
            weight = einsum("nhwijc,nhwo->ijco", layer.windows, d_outputs)
            gradients[f"{name}.weight"] = self.transform(weight)
            gradients[f"{name}.bias"] = einsum("nhwo->o", d_outputs)
            if number:  # the gradient of the images is not needed
                kernel = self.transform(parameters[f"{name}.weight"])
                d_windows = einsum("nhwo,ijco->nhwijc", d_outputs, kernel)
                d_inputs = self._fold(d_windows, layer, einsum=einsum)
                d_outputs = d_inputs * (done[number - 1].outputs > 0)
        return gradients

    def outputs(self, done: list[ConvolutionPass]) -> Arrays:
        """Return the outputs of each layer, by its name."""
        pairs = zip(self.names, done, strict=True)
        return {name: layer.outputs for name, layer in pairs}

    def _fold(self, windows: Array, layer: ConvolutionPass, *, einsum: Einsum) -> Array:
        """Return the gradient of a layer's inputs from that of its windows."""
        (top, bottom), (left, right) = layer.padding
        _, height, width, _ = layer.inputs
        padded = fold_windows(
            windows,
            height=top + height + bottom,
            width=left + width + right,
            stride=self.stride,
            einsum=einsum,
        )
        return padded[:, top : top + height, left : left + width]


def extract_windows(x: Array, *, size: int, stride: int) -> Array:
    """Return every window of images that are already padded.

    Shape:
        (N, H, W, C) -> (N, H', W', size, size, C).
    """
    found = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(1, 2))
    return found[:, ::stride, ::stride].transpose(0, 1, 2, 4, 5, 3)


def fold_windows(
    windows: Array, *, height: int, width: int, stride: int, einsum: Einsum
) -> Array:
    """Sum windows at the positions they came from: the transpose of `extract_windows`.

    Neighbouring windows overlap, so that one pixel belongs to several of them. Every
    window is therefore cut into pieces of stride x stride pixels. Pieces with the same
    position in their windows do not overlap and together form one image. There is one
    such image for each position, and `einsum` sums the images pixel by pixel. For a
    kernel of 3 at stride 2, a pixel belongs to at most two pieces in each direction.

    Shape:
        (N, H', W', size, size, C) -> (N, height, width, C).
    """
    n, rows, columns, size, _, channels = windows.shape
    pieces, high, wide = (-(-length // stride) for length in (size, height, width))
    shape = (pieces, pieces, n, high, stride, wide, stride, channels)
    placed = np.zeros(shape, windows.dtype)
    for a, b in np.ndindex(pieces, pieces):
        piece = windows[
            :, :, :, a * stride : (a + 1) * stride, b * stride : (b + 1) * stride
        ]
        i, j = piece.shape[3:5]
        # The piece at (a, b) of window (h, w) covers block (h + a, w + b) of the image.
        target = placed[a, b, :, a : a + rows, :i, b : b + columns, :j]
        target[:] = piece.transpose(0, 1, 3, 2, 4, 5)
    image = einsum("abnhiwjc->nhiwjc", placed)
    image = image.reshape(n, high * stride, wide * stride, channels)
    return image[:, :height, :width]
