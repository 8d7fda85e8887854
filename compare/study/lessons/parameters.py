"""Parameters, buffers and plain tensors: what a module trains and saves.

A module is a Python object that recognises which of its attributes are numbers to
learn. There are three kinds of attributes: parameters are trained, buffers are only
stored, and plain tensors are ignored by the module. The kind of an attribute decides
whether it is found, saved and updated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "module": "The module `Scale` has one attribute of each kind. `scale` is "
        "trained: an `nn.Parameter`, or a `Variable`. `calls` is only stored: a "
        "buffer, or a `Variable` with `trainable=False`. `shift` is a plain tensor. In "
        "PyTorch it even requires a gradient, but that does not make it a parameter: "
        "the type of the attribute counts, not its gradient. TensorFlow has one type "
        "for the first two kinds, and a flag. Both an `nn.Parameter` and a `Variable` "
        "can be used wherever a tensor can. `nn.Parameter` is a subclass of `Tensor`, "
        "printed with the words `Parameter containing`.",
        "list parameters": "PyTorch lists what is trained with `named_parameters()` "
        "and what is saved with `state_dict()`; TensorFlow with `trainable_variables` "
        "and `variables`. Found for training: {{ trained|join(', ') }}. Found for "
        "saving: {{ saved|join(', ') }}. The plain tensor is in neither list, although "
        "it is an attribute like the others.",
        "gradients": "The loss depends on `shift` as much as on `scale`, and autograd "
        "does not depend on modules: both get a gradient. PyTorch writes it into "
        "`.grad`, because `shift` requires a gradient. A tape watches trainable "
        "variables by default, and a constant only after `watch`.",
        "optimizer": "The optimizer updates the tensors that it receives, and it "
        "receives what the module found. `scale` changes from one to "
        "{{ scale|figure }}. `shift` stays at {{ shift|figure }}, although its "
        "gradient {{ shift_gradient|figure }} is available. There is no warning. The "
        "optimizer would not zero that gradient either, so in PyTorch every further "
        "backward pass would add to it.",
        "save": "All programs save the state and not the object: names and arrays. "
        "PyTorch first creates a dictionary of it (`state_dict`). A TensorFlow "
        "checkpoint traverses the object from attribute to attribute and writes each "
        "variable that it finds.",
        "restore": "Another module, created with a different `shift`, loads the "
        "state. `scale` is restored as {{ restored_scale|figure }} and `calls` as "
        "{{ restored_calls|figure }}, the values of the first module. `shift` keeps "
        "the value from its constructor, {{ restored_shift|figure }}: it was never "
        "saved. All programs check that the state is complete, PyTorch by default "
        "and TensorFlow with `assert_consumed`. No check detects that a plain "
        "tensor is missing.",
        "results": "The names and the numbers are the same: all frameworks separate "
        "the three kinds in the same way.",
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
        "jax": (
            "flax.nnx.Module",
            "flax.nnx.Param",
            "flax.nnx.state",
            "flax.nnx.Optimizer",
            "optax.sgd",
        ),
    },
    exercise=Exercise(
        task="Make `shift` a parameter: `nn.Parameter(torch.tensor(shift))` in "
        'PyTorch, `tf.Variable(shift, name="shift")` in TensorFlow. Change nothing '
        "else. Which of the later steps are affected?",
        change={
            "torch.tensor(shift, requires_grad=True)": (
                "nn.Parameter(torch.tensor(shift))"
            ),
            "tf.constant(shift)": 'tf.Variable(shift, name="shift")',
            "self.shift = jnp.array(shift)": "self.shift = nnx.Param(jnp.array(shift))",
        },
        answer="All except the gradients. Now {{ after.trained|join(' and ') }} are "
        "found for training, `shift` changes from {{ before.shift|figure }} to "
        "{{ after.shift|figure }}, and the other module loads this value. Its "
        "gradient is the same as before: a missing gradient was never the problem.",
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
    """Return the arrays of the same step, with the gradients written out."""
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
