"""Recurrent layers: time axis first or second (batch_first).

PyTorch's recurrent layers expect (time, batch, channels) unless batch_first=True. Keras
expects (batch, time, channels), and so does nnx.RNN of Flax unless time_major=True.
Given an array in the other layout, none of them raises an error. The state then passes
from one sample to the next instead of from one time step to the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd import numpy as np

from compare.numerics.differentiation import broadcast_vector
from compare.quirks.entry import Part, Problem, Quirk
from compare.quirks.operations import recurrent_problem, tanh

if TYPE_CHECKING:
    from numpy.random import Generator

    from compare.contract import Array, Einsum

QUIRK = Quirk(
    topic="recurrent",
    part=Part.LAYER,
    defaults={
        "torch": "over_first_axis",
        "tf": "over_second_axis",
        "jax": "over_second_axis",
    },
)


def problem(rng: Generator) -> Problem:
    """Return short sequences (batch, time, channels) and a recurrent layer."""
    return recurrent_problem(rng, gates=1)


def over_first_axis(
    x: Any, *, input_weight: Array, recurrent_weight: Array, bias: Array, einsum: Einsum
) -> Any:
    """The state passes along the first axis."""
    given = einsum("ntc,ch->nth", x, input_weight)
    given = given + broadcast_vector(bias, like=given, einsum=einsum)
    states = [tanh(given[0], einsum=einsum)]
    for arriving in given[1:]:
        kept = einsum("th,hg->tg", states[-1], recurrent_weight)
        states.append(tanh(arriving + kept, einsum=einsum))
    return np.stack(states)


def over_second_axis(
    x: Any, *, input_weight: Array, recurrent_weight: Array, bias: Array, einsum: Einsum
) -> Any:
    """The state passes along the second axis."""
    states = over_first_axis(
        np.swapaxes(x, 0, 1),
        input_weight=input_weight,
        recurrent_weight=recurrent_weight,
        bias=bias,
        einsum=einsum,
    )
    return np.swapaxes(states, 0, 1)
