"""Users' models with a defect in one mode, as a user compares them: two callables.

The models are those of `tests.planted.targets`. A defect of the training step is
planted in a step that a user would write. Defects that change no value, only the
capture, are what `assert_compiles` is for.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager, nullcontext

import keras
import numpy as np
import tensorflow as tf
import torch

from tests.planted.targets import planting, tf_models, torch_models
from tests.planted.targets.defects import DEFECTS

CAPTURES_ONLY = {
    *("compiler disabled", "compiler errors suppressed"),
    *("functions run eagerly", "a call of Python in the graph"),
}
IN_COMPILER = {"approximate_gelu", "turn_softmax"}
SIZES = (8, 8, 8, 5)  # the last batch is another size
RATE = 0.1


def list_target_pairs():
    """Yield the defects that change a value."""
    for framework, defects in DEFECTS.items():
        for defect in defects:
            if defect.name not in CAPTURES_ONLY:
                yield framework, defect


@contextmanager
def build_target_pair(framework, defect, *, dtype):
    """Yield the correct callable, the defective one, and the calls."""
    torch.manual_seed(0)
    keras.utils.set_random_seed(0)
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    if framework == "tf":
        sys.modules[tf_models.__name__].KNOWN.clear()
    build = _build_torch if framework == "torch" else _build_tf
    calls = _draw_calls(defect, dtype=dtype)
    context = nullcontext()
    if defect.plant in IN_COMPILER:
        context = getattr(planting, defect.plant)("impl_torch")
    try:
        with context:
            yield *build(defect, calls, dtype=dtype), calls
    finally:
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")


def _draw_calls(defect, *, dtype):
    shape = [int(n) for n in defect.inputs.partition(":")[2].split("x")][1:]
    rng = np.random.default_rng(0)
    return [
        (1 + rng.standard_normal((size, *shape))).astype(dtype)
        if index % 2
        else (rng.standard_normal((size, *shape)) - 1).astype(dtype)
        for index, size in enumerate(SIZES)
    ]


def _build_torch(defect, calls, *, dtype):
    model = getattr(torch_models, defect.model)().to(getattr(torch, dtype))
    if defect.model == "CustomGradient":
        first, head = model.first, model.head
        return lambda x: head(first(x).sin()), model
    if defect.plant and defect.plant not in IN_COMPILER:
        momentum = 0.9 if defect.optimizer == "momentum" else 0.0
        return (
            torch_step(model, momentum=momentum),
            torch_step(model, momentum=momentum, mistake=defect.plant),
        )
    if defect.mode == "trace":
        traced = torch.jit.trace(model, torch.from_numpy(calls[0]))
        if defect.model == "StaleWeights":  # only an update shows it
            return torch_step(model, momentum=0.0), torch_step(traced, momentum=0.0)
        return model, traced
    return model, torch.compile(model)


def torch_step(model, *, momentum, mistake=""):
    """Return a training step of a user, with a mistake."""
    rate = RATE * (1.001 if mistake == "change_rate" else 1)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(trained, lr=rate, momentum=momentum)
    count = [0]

    def step(x):
        count[0] += 1
        optimizer.zero_grad()
        outputs = model(x)
        loss = outputs.square().mean()
        if mistake == "change_loss":
            loss = loss * (outputs.numel() / (outputs.numel() - 1))
        loss.backward()
        if mistake == "lose_last":
            trained[-1].grad = None
        if mistake != "lose_third" or count[0] % 3:
            optimizer.step()
        if mistake == "forget_state":
            optimizer.state.clear()
        if mistake == "train_frozen":
            for p in model.parameters():
                if not p.requires_grad:
                    p.data.mul_(0.999)
        return loss.detach()

    return step


def _build_tf(defect, calls, *, dtype):
    model = getattr(tf_models, defect.model)()
    model(tf.constant(calls[0]))
    if defect.model == "CustomGradient":
        first, head = model.first, model.head
        return lambda x: head(tf.sin(first(x))), model
    if defect.plant:
        momentum = 0.9 if defect.optimizer == "momentum" else 0.0
        return (
            tf_step(model, momentum=momentum),
            tf_step(model, momentum=momentum, mistake=defect.plant),
        )
    captured = tf.function(model.__call__, jit_compile=defect.mode == "xla")
    return model, captured


def tf_step(model, *, momentum, mistake=""):
    """Return a training step of a user, with a mistake."""
    rate = RATE * (1.001 if mistake == "change_rate" else 1)
    optimizer = keras.optimizers.SGD(rate, momentum=momentum)
    trained = list(model.trainable_variables)
    optimizer.build(trained)

    def step(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(x)))
        gradients = tape.gradient(loss, trained)
        if mistake == "lose_last":
            gradients[-1] = 0 * gradients[-1]
        optimizer.apply_gradients(zip(gradients, trained, strict=True))
        if mistake == "forget_state":
            for variable in optimizer.variables[2:]:
                variable.assign(0 * variable)
        return loss

    return step
