"""Recurrent network (RNN): one cell in a loop over any sequence length.

A recurrent network (RNN) reads a sequence one time step after another and keeps a
hidden state. It is one small layer, the cell, which is applied at every time step. With
one sequence per batch, a Python loop needs no padding and no mask. Each sequence gets a
computational graph of its own length. The gradients flow back through it, one time step
after another (backpropagation through time).
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
        "recurrent weights are initialised as an orthogonal matrix (a rotation, or its "
        "mirror image) times `SCALE`. An orthogonal matrix changes no lengths, so at "
        "first only `SCALE` and the tanh make a state fade.",
        "loop": "Iterating over a tensor goes along its first axis in both frameworks; "
        "here this is time. The same cell is used in every iteration, so all time "
        "steps share its weights.",
        "data": "{{ lengths|length }} sequences of {{ lengths.min()|figure }} to "
        "{{ lengths.max()|figure }} time steps, with three numbers per time step. The "
        "target is the mean of the first of these numbers over time. The axis of "
        "length one is the batch axis: a batch contains a single sequence.",
        "training": "One sequence per step. The gradient of a shared weight is the sum "
        "over all time steps in which it was used. Neither program computes this sum "
        "explicitly: it follows from the recorded graph. The mean loss of an epoch "
        "falls from {{ losses[: lengths|length].mean()|figure }} to "
        "{{ losses[-(lengths|length) :].mean()|figure }}.",
        "gradient over time": "How much would the output change if an input changed? "
        "The gradient with respect to the input at each time step answers this. "
        "PyTorch needs `requires_grad` on the sequence. TensorFlow's tape has to "
        "`watch` it, because it is not a variable. The norm of this gradient is "
        "{{ reach[-1]|figure(2) }} at the last input. At the first input, "
        "{{ reach|length - 1 }} steps earlier, it is {{ reach[0]|figure(2) }}: "
        "gradients vanish on the way back (vanishing gradients).",
        "library": "Both libraries have this cell. With the same weights it returns "
        "the same state. Keras returns an output and a state, which are equal here but "
        "not in every cell. PyTorch expects the weights transposed. With biases, it "
        "would have two where Keras has one.",
        "results": "The state after the longest sequence is returned too, for "
        "comparison: from the hand-written cell and from the library's cell.",
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
            step="gradient over time",
            caption="Norm of the output's gradient with respect to the input at each "
            "time step.",
            arrays={"reach": "gradient norm"},
            x_title="time step",
            y_title="gradient norm",
            y_log=True,
        ),
    ),
    exercise=Exercise(
        task="Let states fade faster, with a `SCALE` of `0.5`. Does the loss suffer, "
        "and how large is the gradient at the first time step?",
        change={
            "EPOCHS, RATE, SCALE = 10, 0.02, 0.9": "EPOCHS, RATE, SCALE = 10, 0.02, 0.5"
        },
        answer="At the first time step the gradient is {{ after.reach[0]|figure(2) }} "
        "instead of {{ before.reach[0]|figure(2) }}. At the last step it is "
        "{{ after.reach[-1]|figure(2) }}, of the same order as before. The loss hides "
        "this: {{ after.losses[-12:].mean()|figure(2) }} instead of "
        "{{ before.losses[-12:].mean()|figure(2) }}. The mean depends on every input "
        "equally, but twelve sequences can be fitted without the distant ones. Whether "
        "a network uses distant inputs is visible in its gradients, not in its "
        "training loss.",
        holds=lambda before, after: bool(
            after["reach"][0] < before["reach"][0] / 1e4
            and after["reach"][-1] > before["reach"][-1] / 2
            and after["losses"][-12:].mean() < 2 * before["losses"][-12:].mean()
        ),
    ),
)


def expected() -> Arrays:
    """Return the same results, with backpropagation through time written out."""
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
    """Return the state before each time step, and after the last one."""
    states = [np.zeros(8)]
    for each in x:
        states.append(np.tanh(each @ kernel + states[-1] @ recurrent))
    return np.array(states)


def _slopes(states: Array, back: Array, *, recurrent: Array) -> Array:
    """Return the gradient before the tanh of each time step, given the last state's."""
    slopes = np.zeros_like(states[1:])
    for step in reversed(range(len(slopes))):
        slopes[step] = back * (1 - states[step + 1] ** 2)
        back = slopes[step] @ recurrent.T
    return slopes
