"""Channels of a picture: red first, or blue first.

The pretrained networks of torchvision expect red, green, blue. Those of
keras.applications that came from Caffe (VGG, ResNet) expect blue, green, red, and their
preprocess_input turns the channels round; so does OpenCV when it reads a file. The
shapes are the same either way: weights of one behind the preparation of the other see
red where blue should be.
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
    """A few small pictures, red first, and a kernel."""
    n, height, width, outputs = rng.integers(2, 6, size=4)
    return Problem(
        inputs=rng.standard_normal((n, height + 2, width + 2, 3)),
        parameters={"weight": rng.standard_normal((3, 3, 3, outputs)) / 3},
    )


def red_first(x: Array, *, weight: Array, einsum: Einsum) -> Array:
    """Convolved as they are."""
    return _convolved(x, weight, einsum=einsum)


def blue_first(x: Array, *, weight: Array, einsum: Einsum) -> Array:
    """Turned round, then convolved."""
    return _convolved(x[..., ::-1], weight, einsum=einsum)


def _convolved(x: Array, weight: Array, *, einsum: Einsum) -> Array:
    return convolve(x, weight, stride=1, padding=(0, 0), einsum=einsum)
