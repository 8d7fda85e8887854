"""The training step, once: forward, loss, backward, update."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from compare.contract import NO_OPTIMIZER, Optimizer
from jax import Array

from impl_jax.layers import Net
from impl_jax.optimizers import make_optimizer
from impl_jax.quirks import spelled


def sum_of_squares(outputs: Array, targets: Array) -> Array:
    """Return the squared error, summed over all elements."""
    return jnp.sum(jnp.square(outputs - targets))


def cross_entropy(logits: Array, labels: Array) -> Array:
    """Return the cross-entropy over the last axis, averaged over the rest."""
    each = optax.softmax_cross_entropy_with_integer_labels(logits, labels)
    return jnp.mean(each)


def squared_error(outputs: Array, targets: Array) -> Array:
    """Return the squared error, averaged over the batch only."""
    return sum_of_squares(outputs, targets) / len(outputs)


def mean_square(outputs: Array, targets: Array) -> Array:
    """Return the squared error, averaged over all elements."""
    return jnp.mean(jnp.square(outputs - targets))


LOSSES = {
    "sum_of_squares": sum_of_squares,
    "cross_entropy": cross_entropy,
    "squared_error": squared_error,
    "mean_square": mean_square,
    "token_cross_entropy": cross_entropy,
}


class State(NamedTuple):
    """Everything that a step changes."""

    parameters: dict[str, Array]
    buffers: dict[str, Array]
    memory: Any  # of the optimizer


class Objective:
    """A model and its loss as one function, which the step differentiates."""

    def __init__(self, model: Callable[..., Array], *, loss: str) -> None:
        self.model = model
        self.loss = spelled(loss) if "." in loss else LOSSES[loss]

    def __call__(
        self, parameters: Any, buffers: Any, inputs: Any, targets: Any
    ) -> Any:
        """Return the loss, and the buffers after the step."""
        net = Net({**parameters, **buffers})
        loss = self.loss(self.model(net, inputs), targets)
        if "losses" in net:  # the last two, the last one first
            net.update("losses", jnp.stack([loss, net["losses"][0]]))
        return loss, {**buffers, **net.updates}


class TrainingStep:
    """A training step as pure functions of the state, captured or not."""

    def __init__(
        self,
        objective: Objective,
        *,
        optimizer: Optimizer,
        capture: Callable[..., Any] = lambda function: function,
    ) -> None:
        self._objective = objective
        self._is_trained = optimizer.name != NO_OPTIMIZER
        self.update = make_optimizer(optimizer)
        self.traces = 0  # how often `run` was captured
        self.run = capture(self._run)  # this is timed
        self.observe = capture(self._observe)  # also returns gradients

    @contextmanager
    def uncounted(self) -> Iterator[None]:
        """Do not count what is captured in order to describe it."""
        before = self.traces
        yield
        self.traces = before

    def _observe(self, state: State, inputs: Any, targets: Any) -> Any:
        """Return the state after the step, the loss and the gradients."""
        parameters, buffers, memory = state
        given = (parameters, buffers, inputs, targets)
        if not self._is_trained:
            loss, buffers = self._objective(*given)
            return State(parameters, buffers, memory), loss, {}
        differentiate = jax.value_and_grad(self._objective, has_aux=True)
        (loss, buffers), gradients = differentiate(*given)
        changes, memory = self.update.update(gradients, memory, parameters)
        parameters = optax.apply_updates(parameters, changes)
        return State(parameters, buffers, memory), loss, gradients

    def _run(self, state: State, inputs: Any, targets: Any) -> Any:
        """Return the state after the step and the loss."""
        self.traces += isinstance(targets, jax.core.Tracer)
        state, loss, _ = self._observe(state, inputs, targets)
        return state, loss
