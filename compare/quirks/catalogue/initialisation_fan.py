"""A depthwise kernel's fan: one channel or all of them.

Kaiming's (He's) bound is the root of 6 / fan, where the fan is how many products make
one output: pixels of the kernel times channels. A depthwise convolution sums over one
channel only. PyTorch keeps such a kernel as (channels, 1, 3, 3) and counts one channel;
Keras keeps it as (3, 3, channels, 1) and counts them all, so that the same initialiser
starts with weights that are sqrt(channels) times smaller. Here the kernel is given
draws between -1 and 1, times the bound of the framework's own initialiser, which Keras
rounds to float32 even for float64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import extract_windows

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="initialisation",
    part=Part.LAYER,
    defaults={"torch": "one_channel", "tf": "all_channels"},
)


def problem(rng: Generator) -> Problem:
    """A few small images; a depthwise kernel's draws between -1 and 1."""
    n, channels = rng.integers(2, 6, size=2)
    height, width = rng.integers(4, 7, size=2)
    return Problem(
        inputs=rng.standard_normal((n, height, width, channels)),
        parameters={"draws": rng.uniform(-1, 1, (3, 3, channels, 1))},
    )


def one_channel(x: Any, *, draws: Array, einsum: Einsum) -> Any:
    """The fan is the kernel's pixels: 9."""
    return _depthwise(x, draws, fan=9, einsum=einsum)


def all_channels(x: Any, *, draws: Array, einsum: Einsum) -> Any:
    """The fan is the kernel's pixels times all channels."""
    return _depthwise(x, draws, fan=9 * draws.shape[2], einsum=einsum)


def _depthwise(x: Any, draws: Any, *, fan: int, einsum: Einsum) -> Any:
    bound = np.float32((6 / fan) ** 0.5)
    taken = extract_windows(x, size=3, stride=1, padding=(0, 0))
    return einsum("nhwijc,ijcm->nhwc", taken, draws * float(bound))
