"""A recurrent net: one cell, in a Python loop over sequences of any length.

A recurrent net reads a sequence one time step after the other and keeps a state. It is
one small layer, used as often as the sequence is long. Written as a Python loop it
needs no padding and no mask: each sequence gets a graph of its own length, and the
gradients travel back through it, one time step after the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Array, Arrays

LESSON = Lesson(
    steps={
        "cell": "The new state is a function of an input and of the old state. The "
        "recurrent weights start as a rotation, or its mirror image, times `SCALE`. "
        "Such a matrix changes no lengths, so it is `SCALE`, and then the tanh, that "
        "makes a state fade.",
        "loop": "Iterating over a tensor goes along its first axis in both "
        "frameworks, which is time here. The same cell is used in every turn, so all "
        "turns share their weights.",
        "data": "{{ lengths|length }} sequences of {{ lengths.min()|figure }} to "
        "{{ lengths.max()|figure }} time steps, three numbers each. What is to be "
        "learnt is the mean of the first of these over time. The axis of length one "
        "is a batch of a single sequence.",
        "training": "One sequence a step. The gradient of a shared weight is the sum "
        "over all the time steps in which it was used; neither program says so "
        "anywhere, it follows from the recording. The mean loss of an epoch falls "
        "from {{ losses[: lengths|length].mean()|figure }} to "
        "{{ losses[-(lengths|length) :].mean()|figure }}.",
        "through time": "How much would the output change if an input did? Its "
        "gradient at each time step tells. PyTorch wants `requires_grad` on the "
        "sequence, TensorFlow's tape has to `watch` it, because it is no variable. "
        "The last input reaches the output with {{ reach[-1]|figure(2) }}, the "
        "first, {{ reach|length - 1 }} steps earlier, with "
        "{{ reach[0]|figure(2) }}: gradients vanish on the way.",
        "library": "Both libraries have this cell. With our weights they give our "
        "state. Keras returns an output and a state, which are the same "
        "thing here but not in every cell. PyTorch wants its weights "
        "transposed, and would have two biases where Keras has one.",
        "results": "The state after the longest sequence, from the hand-written cell "
        "and from the library's, is returned with the rest, to be compared.",
    },
    apis={
        "torch": (
            "torch.nn.Module",
            "torch.nn.RNNCell",
            "torch.autograd.grad",
            "torch.optim.SGD",
        ),
        "tf": (
            "tf.Module",
            "tf.keras.layers.SimpleRNNCell",
            "tf.GradientTape.watch",
            "tf.Variable.assign_sub",
        ),
    },
    pictures=(
        Picture(
            step="through time",
            caption="How far each time step's input moves the output.",
            arrays={"reach": "gradient's norm"},
            x_title="time step",
            y_title="norm of the gradient",
            y_log=True,
        ),
    ),
    exercise=Exercise(
        task="Let states fade faster: a `SCALE` of `0.5`. Does the loss suffer, and "
        "what reaches the output from the first time step?",
        change={
            "EPOCHS, RATE, SCALE = 10, 0.02, 0.9": "EPOCHS, RATE, SCALE = 10, 0.02, 0.5"
        },
        answer="From the first time step {{ after.reach[0]|figure(2) }} is left, in "
        "place of {{ before.reach[0]|figure(2) }}; the last step's "
        "{{ after.reach[-1]|figure(2) }} is of the same order as before. The loss "
        "hides it: {{ after.losses[-12:].mean()|figure(2) }} beside "
        "{{ before.losses[-12:].mean()|figure(2) }}. That a net cannot look back far "
        "is seen in its gradients, not in a loss that does not ask for it.",
        holds=lambda before, after: bool(
            after["reach"][0] < before["reach"][0] / 1e4
            and after["reach"][-1] > before["reach"][-1] / 2
            and after["losses"][-12:].mean() < 2 * before["losses"][-12:].mean()
        ),
    ),
)


def expected() -> Arrays:
    """The same, with the gradients carried back through time by hand."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(5, 30, 12)
    sequences = [rng.normal(size=(n, 1, 3))[:, 0] for n in lengths]
    kernel, rotation = rng.normal(0, 0.5, (3, 8)), rng.normal(0, 1, (8, 8))
    recurrent = 0.9 * np.linalg.qr(rotation).Q
    output = rng.normal(0, 0.5, (8, 1))
    losses = []
    for x in sequences * 10:
        states = _states(x, kernel=kernel, recurrent=recurrent)
        error = (states[-1] @ output - x[:, 0].mean()).item()
        losses.append(error**2)
        slopes = _slopes(states, 2 * error * output[:, 0], recurrent=recurrent)
        output = output - 0.02 * 2 * error * states[-1][:, np.newaxis]
        kernel = kernel - 0.02 * x.T @ slopes
        recurrent = recurrent - 0.02 * states[:-1].T @ slopes
    states = _states(max(sequences, key=len), kernel=kernel, recurrent=recurrent)
    slopes = _slopes(states, output[:, 0], recurrent=recurrent)
    return {
        "lengths": lengths,
        "losses": np.array(losses),
        "reach": np.linalg.norm(slopes @ kernel.T, axis=1),
        "state": states[-1:],
        "library_state": states[-1:],
    }


def _states(x: Array, *, kernel: Array, recurrent: Array) -> Array:
    """The state before each time step, and after the last one."""
    states = [np.zeros(8)]
    for each in x:
        states.append(np.tanh(each @ kernel + states[-1] @ recurrent))
    return np.array(states)


def _slopes(states: Array, back: Array, *, recurrent: Array) -> Array:
    """What each time step receives, before its tanh, of what the last state does."""
    slopes = np.zeros_like(states[1:])
    for step in reversed(range(len(slopes))):
        slopes[step] = back * (1 - states[step + 1] ** 2)
        back = slopes[step] @ recurrent.T
    return slopes
