"""Defects of data-parallel training, planted in every process that builds a session.

A workload `Planted` is sent to the other replicas. Reading it plants its defect there.
"""

from __future__ import annotations

import dataclasses
import os
import signal
from dataclasses import dataclass

from compare.workloads import shares
from compare.workloads.mlp import Mlp
from compare.workloads.net import Net
from impl_torch import replica

NAMES = ("synchronize_gradients", "divide_batch", "weigh_share", "require_no_buffers")
ORIGINAL = {name: getattr(replica, name) for name in NAMES}
METHODS = ("set_parameters", "step")
ORIGINAL_METHODS = {name: getattr(replica.Replica, name) for name in METHODS}


@dataclass(frozen=True, kw_only=True)
class Planted(Mlp):
    """A workload that plants a defect in the process that it is sent to."""

    defect: str = ""

    def __reduce__(self):
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(Mlp)}
        return receive, (Mlp, self.defect, fields)


@dataclass(frozen=True, kw_only=True)
class Normalized(Net):
    """A workload whose batch normalization is not refused."""

    def __reduce__(self):
        return receive, (Net, "normalized", dataclasses.asdict(self))


def receive(kind, defect, fields):
    plant(defect, is_first=False)
    return kind(**fields)


def plant(defect, *, is_first):
    """Undo other defects and plant this one; an empty name plants none."""
    for name, original in ORIGINAL.items():
        setattr(replica, name, original)
    for name, original in ORIGINAL_METHODS.items():
        setattr(replica.Replica, name, original)
    if defect:
        DEFECTS[defect](is_first)


def sum_instead_of_average(_):
    replica.weigh_share = lambda *a, **k: 2 * shares.weigh_share(*a, **k)


def average_nothing(_):
    replica.synchronize_gradients = lambda objective: objective


def train_on_the_same_share(_):
    replica.divide_batch = lambda batch, *, replicas: (
        [shares.divide_batch(batch, replicas=replicas)[0]] * replicas
    )


def weigh_equally(_):
    replica.weigh_share = lambda *_, **__: 0.5


def start_out_of_step(is_first):
    def set_parameters(self, parameters):
        moved = {name: 1.001 * array for name, array in parameters.items()}
        ORIGINAL_METHODS["set_parameters"](self, moved)

    if not is_first:
        replica.Replica.set_parameters = set_parameters


def crash_in_a_step(is_first):
    def step(self, batch):
        os.kill(os.getpid(), signal.SIGKILL)

    if not is_first:
        replica.Replica.step = step


def raise_in_a_step(is_first):
    def step(self, batch):
        raise ValueError("planted")

    if not is_first:
        replica.Replica.step = step


def admit_buffers(_):
    replica.require_no_buffers = lambda _: None


DEFECTS = {
    "normalized": admit_buffers,
    "gradients summed": sum_instead_of_average,
    "gradients not averaged": average_nothing,
    "same share": train_on_the_same_share,
    "uneven shares weigh the same": weigh_equally,
    "parameters out of step": start_out_of_step,
    "killed in a step": crash_in_a_step,
    "error in a step": raise_in_a_step,
}
