"""The optimizers of `compare.contract.Optimizer`, built from Optax."""

import optax
from compare.contract import NO_OPTIMIZER, Optimizer

from impl_jax.quirks import spelled


def make_optimizer(optimizer: Optimizer) -> optax.GradientTransformation:
    """Return the transformation of gradients into changes of parameters."""
    if "." in optimizer.name:
        return spelled(optimizer.name)()
    if optimizer.name == NO_OPTIMIZER:
        return optax.identity()
    has_decay = optimizer.name != "gradient_descent"
    decay = optax.add_decayed_weights(optimizer.weight_decay * has_decay)
    rule = scale(optimizer)
    is_decoupled = optimizer.name == "adamw"
    return optax.chain(
        *((rule, decay) if is_decoupled else (decay, rule)),
        optax.scale(-optimizer.learning_rate),
    )


def scale(optimizer: Optimizer) -> optax.GradientTransformation:
    """Return what an optimizer multiplies by the learning rate."""
    if optimizer.name in {"gradient_descent", "sgd"}:
        return optax.identity()
    if optimizer.name == "momentum":
        return optax.trace(decay=optimizer.momentum)
    if optimizer.name == "rmsprop":
        return optax.scale_by_rms(
            decay=optimizer.momentum,
            eps=optimizer.epsilon,
            eps_in_sqrt=False,
        )
    beta1, beta2 = optimizer.betas
    return optax.scale_by_adam(b1=beta1, b2=beta2, eps=optimizer.epsilon)
