"""Weight decay: on all parameters or on weights only."""

from typing import Any

import jax
import optax

RATE, DECAY = 2.0**-5, 0.5


def everything() -> optax.GradientTransformation:
    return optax.chain(optax.add_decayed_weights(DECAY), optax.sgd(RATE))


def weights_alone() -> optax.GradientTransformation:
    def is_weight(parameters: Any) -> Any:
        return jax.tree.map(lambda p: p.ndim > 1, parameters)

    decay = optax.add_decayed_weights(DECAY, mask=is_weight)
    return optax.chain(decay, optax.sgd(RATE))
