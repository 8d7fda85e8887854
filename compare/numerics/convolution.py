"""A chain of convolutions with a ReLU between each two, forward and backward.

Written as windows and sums; every sum goes through the einsum that is given.
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
    """As much on either side as the kernel reaches out: what PyTorch's users write."""
    return kernel // 2, kernel // 2


def pad_same(side: int, kernel: int, stride: int) -> Pads:
    """TensorFlow's SAME: no more than the stride needs, an odd pixel at the end."""
    needed = max((-(-side // stride) - 1) * stride + kernel - side, 0)
    return needed // 2, needed - needed // 2


def keep_kernel(kernel: Array) -> Array:
    """The kernel as it is."""
    return kernel


def transpose_kernel(kernel: Array) -> Array:
    """A kernel whose height and width are swapped."""
    return kernel.transpose(1, 0, 2, 3)


def flip_kernel(kernel: Array) -> Array:
    """A kernel turned by half a circle: convolution in the mathematicians' sense."""
    return kernel[::-1, ::-1]


@dataclass(frozen=True, kw_only=True)
class ConvolutionPass:
    """What one convolution keeps of its forward pass."""

    inputs: tuple[int, ...]  # shape
    padding: tuple[Pads, Pads]  # of rows and of columns
    extract_windows: Array
    outputs: Array  # before any ReLU


@dataclass(frozen=True, kw_only=True)
class ConvolutionChain:
    """Convolutions with the names of their layers.

    Args:
        names: of the layers, forward.
        stride: of every layer.
        padding: how many zeros stand around an image.
        turned: what is done to a kernel before it is used; done twice, nothing.
    """

    names: Sequence[str]
    stride: int
    padding: Padding = pad_half_kernel
    turned: KernelTransform = keep_kernel

    def forward(
        self, x: Array, parameters: Arrays, *, einsum: Einsum
    ) -> list[ConvolutionPass]:
        """Each layer's outputs; the first layer sees `x`, the next a ReLU's outputs.

        Shape:
            `x` (N, H, W, inputs).
        """
        done: list[ConvolutionPass] = []
        for name in self.names:
            kernel = self.turned(parameters[f"{name}.weight"])
            x = np.maximum(done[-1].outputs, 0) if done else x
            rows, columns = (
                self.padding(side, size, self.stride)
                for side, size in zip(x.shape[1:3], kernel.shape[:2], strict=True)
            )
            taken = extract_windows(
                np.pad(x, ((0, 0), rows, columns, (0, 0))),
                size=kernel.shape[0],
                stride=self.stride,
            )
            products = einsum("nhwijc,ijco->nhwo", taken, kernel)
            done.append(
                ConvolutionPass(
                    inputs=x.shape,
                    padding=(rows, columns),
                    windows=taken,
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
        """The parameters' gradients, given that of the last layer's outputs."""
        gradients: dict[str, Array] = {}
        for number in reversed(range(len(done))):
            name, layer = self.names[number], done[number]
            weight = einsum("nhwijc,nhwo->ijco", layer.windows, d_outputs)
            gradients[f"{name}.weight"] = self.turned(weight)
            gradients[f"{name}.bias"] = einsum("nhwo->o", d_outputs)
            if number:  # nobody asks for the gradient of the images
                kernel = self.turned(parameters[f"{name}.weight"])
                d_windows = einsum("nhwo,ijco->nhwijc", d_outputs, kernel)
                d_inputs = self._folded(d_windows, layer, einsum=einsum)
                d_outputs = d_inputs * (done[number - 1].outputs > 0)
        return gradients

    def outputs(self, done: list[ConvolutionPass]) -> Arrays:
        """What each layer returned, by its name."""
        pairs = zip(self.names, done, strict=True)
        return {name: layer.outputs for name, layer in pairs}

    def _folded(self, taken: Array, layer: ConvolutionPass, *, einsum: Einsum) -> Array:
        (top, bottom), (left, right) = layer.padding
        _, height, width, _ = layer.inputs
        padded = fold_windows(
            taken,
            height=top + height + bottom,
            width=left + width + right,
            stride=self.stride,
            einsum=einsum,
        )
        return padded[:, top : top + height, left : left + width]


def extract_windows(x: Array, *, size: int, stride: int) -> Array:
    """Every window of an image that is padded already.

    Shape:
        (N, H, W, C) -> (N, H', W', size, size, C).
    """
    found = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(1, 2))
    return found[:, ::stride, ::stride].transpose(0, 1, 2, 4, 5, 3)


def fold_windows(
    taken: Array, *, height: int, width: int, stride: int, einsum: Einsum
) -> Array:
    """Windows summed back to where they were taken from: the transpose of `windows`.

    A kernel of 3 at stride 2 covers a pixel up to twice in each direction: what it
    covers is cut into pieces as large as the stride, so that pieces lie side by side
    and never over each other, and those that meet in a pixel are summed.

    Shape:
        (N, H', W', size, size, C) -> (N, height, width, C).
    """
    n, rows, columns, size, _, channels = taken.shape
    pieces, high, wide = (-(-length // stride) for length in (size, height, width))
    shape = (pieces, pieces, n, high, stride, wide, stride, channels)
    placed = np.zeros(shape, taken.dtype)
    for a, b in np.ndindex(pieces, pieces):
        piece = taken[
            :, :, :, a * stride : (a + 1) * stride, b * stride : (b + 1) * stride
        ]
        i, j = piece.shape[3:5]
        where = placed[a, b, :, a : a + rows, :i, b : b + columns, :j]
        where[:] = piece.transpose(0, 1, 3, 2, 4, 5)
    image = einsum("abnhiwjc->nhiwjc", placed)
    image = image.reshape(n, high * stride, wide * stride, channels)
    return image[:, :height, :width]
