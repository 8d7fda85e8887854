"""A session that computes every step with the workload's reference, in float64."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np

from compare.contract import Captures, GraphReport, Operation, Snapshot
from compare.numerics.dtypes import round_to_dtype
from compare.numerics.einsum import matmul_einsum

STEP = {"name": "step", "kind": "other operation", "processor": "host"}


class Session:
    """The parameters of a workload, in its dtype, and the optimizer's state."""

    def __init__(self, workload, *, mode, device, dtype):
        self._workload, self._dtype = workload, dtype
        self.load(workload.parameters(dtype))

    def place(self, batch):
        return batch

    def step(self, batch):
        return self.snapshot(batch).loss

    def read_loss(self, loss):
        return loss

    def synchronize(self):
        pass

    def snapshot(self, batch):
        done = self._evaluate(batch)
        self._parameters, self._memory = self._round(done.parameters), done.memory
        return Snapshot(
            loss=round_to_dtype(done.loss, self._dtype),
            gradients=self._round(done.gradients),
            parameters=self._parameters,
        )

    def activations(self, batch):
        return self._round(self._evaluate(batch).activations)

    def operations(self, operands):
        return None

    def predict(self, batch):
        *_, outputs = self.activations(batch).values()
        return outputs

    def load(self, parameters):
        self._memory = {}
        self.set_parameters(parameters)

    def set_parameters(self, parameters):
        self._parameters = dict(parameters)

    def parameters(self):
        return self._parameters

    def captures_count(self):
        return 0

    def graph(self):
        return GraphReport(captures=Captures.NONE, captures_count=0)

    def profile(self, batches, *, save_to):
        for batch in batches:
            self.step(batch)
        Path(save_to).write_bytes(gzip.compress(b'{"traceEvents": []}'))
        return [Operation(**STEP, calls=len(batches), self_ns=1e3)]

    def _evaluate(self, batch):
        return self._workload.reference(
            {name: array.astype(float) for name, array in self._parameters.items()},
            batch,
            einsum=matmul_einsum,
            memory=self._memory,
        )

    def _round(self, arrays):
        return {
            n: round_to_dtype(np.asarray(a), self._dtype) for n, a in arrays.items()
        }
