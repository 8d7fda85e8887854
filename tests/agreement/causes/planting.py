"""Plant mistakes into NumPy sessions, and search for their causes.

A session computes with the reference of its workload, or with a network of its own, so
that a mistake is a few lines of NumPy. It runs through every check of a real session.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from compare import workloads
from compare.agreement.causes import Evidence, find_causes
from compare.agreement.causes.network import network_of
from compare.agreement.examine import Checked
from compare.agreement.judge import agrees, judge
from compare.numerics.arrays import load_arrays
from compare.numerics.einsum import sgd_step
from compare.reference.expectation import as_float64, expectations
from compare.runs.words import Check
from compare.workloads.mlp import Mlp

STEPS = 9  # a state with biases that are not zero, and the start of a trajectory
MLP = {"batch": 7, "widths": (6, 5, 5, 3)}
CNN = {"data": "synthetic", "image_size": 12, "batch": 5}
STACK = {"batch": 2, "side": 6, "widths": (2, 4, 3), "stride": 3}
NETWORKS = {
    "two_layer": {"batch": 4, "inputs": 6, "hidden": 5, "outputs": 3},
    "mlp": MLP,
    "cnn": CNN,
    "stack": STACK,
}


class Session:
    """The reference of a workload with changes, run through every check."""

    def __init__(self, workload, folder, *, steps=STEPS):
        self.workload = workload
        self.expected = [
            each
            for each in expectations(
                workload, dtype="float64", steps=steps, folder=folder
            )
            if each.check is not Check.PREDICTION
        ]

    def causes(self, run, *, is_called_twice=False, **options):
        """Return the causes found for a step: state, batch -> snapshot.

        A step that keeps values between calls is called twice for every snapshot, as by
        a session: for the gradients, then for the loss and the parameters.
        """
        evidence = Evidence(
            workload=self.workload,
            dtype="float64",
            checked=tuple(self._check(run, is_called_twice=is_called_twice)),
            **options,
        )
        return find_causes(evidence)

    def start(self):
        """Return the state and the batch of the first step."""
        stream = workloads.stream(self.workload, dtype="float64")
        return load_arrays(self.expected[0].state), as_float64(next(stream))

    def step(self, state, batch):
        return self.workload.reference(state, batch)

    def run_network(self, state, batch, **parts):
        """Return a step of the workload's network with other parts."""
        network = replace(network_of(self.workload), **parts)
        now = network.differentiate(state, batch)
        return replace(now, parameters=self.update(state, now.gradients))

    def end(self, state, now, gradients):
        """Return a step whose gradients, and with them its update, are others."""
        after = self.update(state, gradients)
        return replace(now, gradients=gradients, parameters=after)

    def explanations(self, run, **options):
        """Return the causes that are found, in words."""
        return [cause.explanation for cause in self.causes(run, **options)]

    def update(self, state, gradients, **changed):
        optimizer = replace(self.workload.optimizer, **changed)
        return sgd_step(state, gradients, optimizer=optimizer)

    def _check(self, run, *, is_called_twice):
        def take(state, batch):
            observed = run(state, batch)
            if not is_called_twice:
                return observed
            return replace(run(state, batch), gradients=observed.gradients)

        state = None
        stream = workloads.stream(self.workload, dtype="float64")
        batches = [as_float64(batch) for batch in islice(stream, len(self.expected))]
        for each in self.expected:
            is_step, batch = each.check is Check.STEP, batches[each.step]
            if is_step or each.step == 0:
                state = load_arrays(each.state)
            elif each.step in each.restarts:
                state = load_arrays(each.restarts[each.step])
            now = take(state, batch) if is_step else run(state, batch)
            is_repeated = is_step and each.step == 0
            again = select(take(state, batch), each) if is_repeated else None
            state, received = now.parameters, select(now, each)
            yield Checked(
                expected=each,
                received=received,
                agrees=agrees(judge(received, expected=each, dtype="float64")),
                again=again,
            )


@dataclass(frozen=True, kw_only=True)
class Uneven(Mlp):
    """Two batches per epoch, the second one smaller."""

    def batches(self, dtype, *, epoch=0):
        """Yield a whole batch and a part of it."""
        (batch,) = super().batches(dtype, epoch=epoch)
        yield batch
        yield {name: array[:4] for name, array in batch.items()}


def select(snapshot, expected):
    return {
        name: np.asarray(array)
        for name, array in snapshot.quantities().items()
        if name in expected.tolerance and not name.startswith("activation")
    }


def names(causes):
    """Return the names of causes."""
    return [cause.name for cause in causes]
