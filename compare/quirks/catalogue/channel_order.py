"""Image channel order: RGB or BGR.

The pretrained networks of torchvision expect images in RGB order (red, green, blue).
The networks of keras.applications that came from Caffe (VGG, ResNet) expect BGR order,
and their preprocess_input reverses the channels. OpenCV also reads files in BGR order.
The shapes are the same in both orders. With the preprocessing of the other framework, a
network therefore receives red in place of blue without an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import convolve

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="layout",
    part=Part.LAYER,
    defaults={"torch": "red_first", "tf": "blue_first"},
)


def problem(rng: Generator) -> Problem:
    """Return a few small images in RGB order, and a kernel."""
    n, height, width, outputs = rng.integers(2, 6, size=4)
    return Problem(
        inputs=rng.standard_normal((n, height + 2, width + 2, 3)),
        parameters={"weight": rng.standard_normal((3, 3, 3, outputs)) / 3},
    )


def red_first(x: Array, *, weight: Array, einsum: Einsum) -> Array:
    """The channels are convolved in RGB order."""
    return _convolve(x, weight, einsum=einsum)


def blue_first(x: Array, *, weight: Array, einsum: Einsum) -> Array:
    """The channels are reversed to BGR order, then convolved."""
    return _convolve(x[..., ::-1], weight, einsum=einsum)


def _convolve(x: Array, weight: Array, *, einsum: Einsum) -> Array:
    return convolve(x, weight, stride=1, padding=(0, 0), einsum=einsum)
