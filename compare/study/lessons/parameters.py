"""Parameters and plain tensors: what a module finds, saves and trains.

A module is a Python object that knows which of its attributes are numbers to learn.
Three kinds are told apart: what is trained, what is only remembered, and what is no
concern of the module at all. Which kind an attribute is decides who finds it, who saves
it and who moves it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "module": "The module `Scale` holds one attribute of each kind. `scale` is to "
        "be trained: an `nn.Parameter`, or a `Variable`. `calls` is only remembered: a "
        "buffer, or a `Variable` with `trainable=False`. `shift` is a plain tensor. In "
        "PyTorch it even asks for a gradient, but that does not make it a parameter: "
        "the type of the attribute counts, not its gradient. TensorFlow has one type "
        "for the first two kinds, and a flag.",
        "found": "PyTorch lists what is trained with `named_parameters()` and what is "
        "saved with `state_dict()`; TensorFlow with `trainable_variables` and "
        "`variables`. Found for training: {{ trained|join(', ') }}. Found for saving: "
        "{{ saved|join(', ') }}. The plain tensor is in neither list, though it is an "
        "attribute like the others.",
        "gradients": "The loss depends on `shift` as much as on `scale`, and autograd "
        "does not care about modules: both get a gradient. PyTorch writes it into "
        "`.grad`, because `shift` asked. A tape watches trainable variables unasked "
        "and a constant only when told to.",
        "optimizer": "The optimizer moves what it is given, and it is given what the "
        "module found. `scale` moves from one to {{ scale|figure }}. `shift` stays at "
        "{{ shift|figure }}, although its gradient {{ shift_gradient|figure }} is at "
        "hand. Nothing warns of that. Nobody would set that gradient back to zero "
        "either: in PyTorch every further step would add to it.",
        "save": "Both write the state and not the object: names and arrays. PyTorch "
        "makes a dictionary of it first; a TensorFlow checkpoint walks the object from "
        "attribute to attribute and writes each variable that it meets.",
        "restore": "Another module, made with a `shift` of its own, reads the state. "
        "`scale` comes back as {{ restored_scale|figure }} and `calls` as "
        "{{ restored_calls|figure }}, as the first module had them. `shift` keeps what "
        "its constructor put there, {{ restored_shift|figure }}: it was never saved. "
        "Both programs ask for completeness, PyTorch by default and TensorFlow by "
        "`assert_consumed`, and neither notices that a plain tensor is missing.",
        "results": "The same names, and the same numbers: the two frameworks draw the "
        "line between the three kinds in the same places.",
    },
    apis={
        "torch": (
            "torch.nn.parameter.Parameter",
            "torch.nn.Module.register_buffer",
            "torch.nn.Module.named_parameters",
            "torch.nn.Module.state_dict",
        ),
        "tf": (
            "tf.Module",
            "tf.Variable",
            "tf.GradientTape",
            "tf.train.Checkpoint",
        ),
    },
    exercise=Exercise(
        task="Make `shift` a parameter: `nn.Parameter(torch.tensor(shift))` in "
        'PyTorch, `tf.Variable(shift, name="shift")` in TensorFlow. Change nothing '
        "else. Which of the later steps notice?",
        change={
            "torch.tensor(shift, requires_grad=True)": (
                "nn.Parameter(torch.tensor(shift))"
            ),
            "tf.constant(shift)": 'tf.Variable(shift, name="shift")',
        },
        answer="All but the gradients. Now {{ after.trained|join(' and ') }} are found "
        "for training, `shift` moves from {{ before.shift|figure }} to "
        "{{ after.shift|figure }}, and that is what the other module reads back. Its "
        "gradient is the same as before: it was never the gradient that was missing.",
        holds=lambda before, after: bool(
            after["trained"].tolist() == ["scale", "shift"]
            and after["saved"].tolist() == ["calls", "scale", "shift"]
            and not before["shift"].any()
            and after["shift"].all()
            and (after["restored_shift"] == after["shift"]).all()
            and (after["shift_gradient"] == before["shift_gradient"]).all()
        ),
    ),
)


def expected() -> Arrays:
    """The same step with the gradients written out."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((8, 3)), rng.standard_normal((8, 3))
    slope = 2 * (x - y) / x.size
    scale_gradient, shift_gradient = (slope * x).sum(axis=0), slope.sum(axis=0)
    scale = np.ones(3) - 0.125 * scale_gradient
    return {
        "scale_gradient": scale_gradient,
        "shift_gradient": shift_gradient,
        "scale": scale,
        "calls": np.array(1),
        "shift": np.zeros(3),
        "restored_scale": scale,
        "restored_calls": np.array(1),
        "restored_shift": np.full(3, 7.0),
    }
