"""Defects of data-parallel training, planted in the only process."""

from __future__ import annotations

from contextlib import contextmanager
from unittest import mock

import tensorflow as tf

from compare.workloads import shares
from impl_tf import replicas


@contextmanager
def planted(defect):
    """Plant a defect in the sessions that are built meanwhile; "" plants none."""
    if not defect:
        yield
        return
    owner, name, change = DEFECTS[defect]
    with mock.patch.object(owner, name, change):
        yield


def sum_twice(*arguments, **named):
    return 2 * shares.weigh_share(*arguments, **named)


def reduce_nothing(strategy, _, value, axis):
    return strategy.experimental_local_results(value)[0]


def repeat_first(batch, *, replicas):
    return [shares.divide_batch(batch, replicas=replicas)[0]] * replicas


def set_first_only(self, parameters):
    super(replicas.ReplicatedSession, self).set_parameters(parameters)
    for variable in self.named_state().values():
        _, second = self._strategy.experimental_local_results(variable)
        second.assign(1.001 * second)


DEFECTS = {
    "gradients summed": (replicas, "weigh_share", sum_twice),
    "gradients not summed": (tf.distribute.MirroredStrategy, "reduce", reduce_nothing),
    "same share": (replicas, "divide_batch", repeat_first),
    "uneven shares weigh the same": (replicas, "weigh_share", lambda *_, **__: 0.5),
    "parameters out of step": (
        replicas.ReplicatedSession,
        "set_parameters",
        set_first_only,
    ),
    "normalized": (replicas, "require_no_buffers", lambda _: None),
}
