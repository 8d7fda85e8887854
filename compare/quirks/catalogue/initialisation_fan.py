"""Depthwise kernel initialisation: fan-in of one or all channels.

The bound of Kaiming (He) uniform initialisation is the square root of 6 / fan-in. The
fan-in is the number of products that are summed for one output: pixels of the kernel
times channels. A depthwise convolution sums over one channel only. PyTorch stores such
a kernel as (channels, 1, 3, 3) and Flax as (3, 3, 1, channels): they count one channel.
Keras stores it as (3, 3, channels, 1) and counts all channels. The weights of the same
initialiser are then sqrt(channels) times smaller. Here the kernel consists of draws
between -1 and 1, multiplied by the bound of the framework's own initialiser. Keras
rounds this bound to float32 even for float64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import extract_padded_windows

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="initialisation",
    part=Part.LAYER,
    defaults={"torch": "one_channel", "tf": "all_channels", "jax": "one_channel"},
)


def problem(rng: Generator) -> Problem:
    """Return a few small images, and numbers from -1 to 1 for a depthwise kernel."""
    n, channels = rng.integers(2, 6, size=2)
    height, width = rng.integers(4, 7, size=2)
    return Problem(
        inputs=rng.standard_normal((n, height, width, channels)),
        parameters={"draws": rng.uniform(-1, 1, (3, 3, channels, 1))},
    )


def one_channel(x: Any, *, draws: Array, einsum: Einsum) -> Any:
    """The fan-in is the number of the kernel's pixels, 9."""
    return _convolve_depthwise(x, draws, fan=9, einsum=einsum)


def all_channels(x: Any, *, draws: Array, einsum: Einsum) -> Any:
    """The fan-in is 9 pixels times the number of channels."""
    return _convolve_depthwise(x, draws, fan=9 * draws.shape[2], einsum=einsum)


def _convolve_depthwise(x: Any, draws: Any, *, fan: int, einsum: Einsum) -> Any:
    bound = np.float32((6 / fan) ** 0.5)
    windows = extract_padded_windows(x, size=3, stride=1, padding=(0, 0))
    return einsum("nhwijc,ijcm->nhwc", windows, draws * float(bound))
